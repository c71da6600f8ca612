"""What a call of one of the project's own functions does: its summary, carried to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perflint.core.finding import Confidence
from perflint.facts.ir import Function, Node, Parameter
from perflint.program import branches, dependencies, entries, hints, orm
from perflint.program import given as relations_given
from perflint.program.arguments import Arguments
from perflint.program.effects import READS, Effect, Hop, Memo, Summary, missed, replace
from perflint.program.program import CALL_DEPTH, CLASSES, FLAGS, INSTANCES, RECEIVERS, WORDS, Program
from perflint.program.sql import is_select
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    Awaitable,
    Caller,
    ClassValue,
    Context,
    Either,
    FunctionKey,
    FunctionValue,
    Instance,
    LoopVariable,
    Many,
    Mapping,
    Object,
    Plain,
    Query,
    Row,
    Site,
    Tuple,
    Unknown,
    Value,
    choices,
    is_other,
    join,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def call_function(frame: Frame, callee: FunctionValue, arguments: Arguments, site: Site) -> Value:
    """Call a function of the project: its effects become effects of this place."""
    program = frame.program
    function = program.function(callee.key)
    given = bind_arguments(program, callee, arguments)
    summary = summarise(program, callee, given)
    if callee.key in program.told:
        name, entry = program.told[callee.key]
        value = entries.apply(frame, entry, name, callee.bound or UNKNOWN, arguments, site)
        return summary.returns if isinstance(value, Unknown) else value
    if frame.function is not None:
        _note_caller(frame, frame.function, callee, function)
    if callee.kept:
        summary = replace(summary, effects=tuple([missed(one, 0) for one in summary.effects]))
    if not callee.once:
        # a generator runs where it is consumed: here only if this very call is what a loop runs over
        later = function.yields and callee.kind != "context" and frame.current is not frame.consumed
        carry(frame, callee, summary, function.name, site, function.is_async or later, _wraps(function))
    if callee.env is not None:
        _rebind(callee.env, summary)
    if summary.given:
        relations_given.hand_on(frame, callee, arguments, summary.given)
    if not frame.loops:
        frame.filled |= summary.filled
        if callee.kind == "cached-property":
            frame.filled.add(callee.key)
    result = summary.returns
    if function.yields:
        element = summary.yields if summary.yields is not None else UNKNOWN
        if callee.kind == "context":
            return Context(element)
        single = isinstance(element, (Row, Object)) or summary.deals
        chunks = (isinstance(element, Many) and element.chunk) or _is_chunking(program, function.name)
        return Many(element, chunks=chunks and not single)
    if function.returns is not None and all(isinstance(one, (Unknown, LoopVariable)) for one in choices(result)):
        told = _told_result(program, callee.key, function.returns)
        result = result if isinstance(told, Unknown) else told
    if callee.once:
        result = kept(result)
    if callee.kind == "cached-property" and frame.loops and callee.bound is not None and frame.is_self(callee.bound):
        result = orm.read_before(result)
    if not isinstance(result, Many) and _is_chunking(program, function.name):
        result = Many(Many(UNKNOWN, chunk=True), chunks=True)
    return Awaitable(result) if function.is_async else result


def _note_caller(frame: Frame, caller: Function, callee: FunctionValue, called: Function) -> None:
    """Note who calls whom. What a decorator puts around one function is told apart from what it puts around others."""
    program = frame.program
    by: Caller = (frame.file, caller.number)
    if frame.closure is not None and _wraps(caller):
        by = (*by, id(frame.closure))
    whom: list[Caller] = [callee.key]
    if callee.env is not None and _wraps(called):
        whom.append((*callee.key, id(callee.env)))
    for one in whom:
        program.callers.setdefault(one, set()).add(by)
        if frame.loops:
            program.looped.add((one, by))


def _rebind(scope: Frame, summary: Summary) -> None:
    """What a nested function assigns to a name of the functions around it."""
    for name, value in summary.rebound:
        holder: Frame | None = scope
        while holder is not None and name not in holder.env:
            holder = holder.closure
        if holder is not None:
            holder.env[name] = join([holder.env[name], value]) if holder.loops else value


def _is_chunking(program: Program, name: str) -> bool:
    """Whether a function says by its name that it deals its argument out in chunks."""
    known = program.chunking.get(name)
    if known is None:
        words = name.split("_")
        known = program.chunking[name] = any(program.packs.semantics.get(word) == "chunking" for word in words)
    return known


def _told_result(program: Program, key: FunctionKey, returns: Node) -> Value:
    """What a function's annotation says that it gives."""
    known = program.told_results.get(key)
    if known is None:
        known = program.told_results[key] = hints.value_of(program.scope(key[0]), returns)
    return known


def kept(value: Value) -> Value:
    return replace(value, once=True) if isinstance(value, Instance) else value


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a function by what binds them: `rest` is its `*args`, `extra` its `**kwargs`."""

    positional: tuple[str, ...]
    names: frozenset[str]
    defaults: tuple[tuple[str, Value], ...]
    rest: str | None
    extra: str | None


def signature(program: Program, key: FunctionKey) -> Signature:
    """The signature of a function of the project."""
    known = program.signatures.get(key)
    if known is None:
        parameters = program.function(key).parameters
        named = [one for one in parameters if one.kind in ("pos", "kw")]
        constants = [(one.name, branches.default_of(one)) for one in named]
        known = program.signatures[key] = Signature(
            tuple([one.name for one in parameters if one.kind == "pos"]),
            frozenset([one.name for one in named]),
            tuple([(name, Plain(constant)) for name, constant in constants if constant is not branches.UNDECIDED]),
            next((one.name for one in parameters if one.kind == "*"), None),
            next((one.name for one in parameters if one.kind == "**"), None),
        )
    return known


def bind_arguments(program: Program, callee: FunctionValue, arguments: Arguments) -> dict[str, Value]:
    """Arguments by parameter name. What is unknown is left out."""
    parameters = signature(program, callee.key)
    positional = parameters.positional
    # a wrapper takes its receiver into `*args`
    received = [callee.bound] if callee.bound is not None and not positional else []
    if callee.bound is not None:
        positional = positional[1:]
    given = dict(zip(positional, arguments.positional, strict=False))
    for name, value in arguments.keywords.items():
        if name in parameters.names:
            given[name] = value
    if not arguments.star and not arguments.double:
        for name, value in parameters.defaults:
            given.setdefault(name, value)
    if parameters.rest is not None and not arguments.star:
        given[parameters.rest] = Tuple((*received, *arguments.positional[len(positional) :]))
    if parameters.extra is not None and not arguments.double:
        extra = [one for one in arguments.keywords.items() if one[0] not in parameters.names]
        given[parameters.extra] = Mapping(tuple(extra), UNKNOWN, closed=True)
    decides = program.function(callee.key).decides
    return {
        name: _argument(program, callee.key, name, value)
        for name, value in given.items()
        if not isinstance(value, Unknown) or (value.there and name in decides)
    }


NESTED = 3
"""Tuples in tuples that an argument is known through: a function that calls itself may nest them without end."""


def _shallow(value: Value, levels: int) -> Value:
    if not isinstance(value, Tuple):
        return value
    if not levels:
        return UNKNOWN
    return Tuple(tuple([_shallow(one, levels - 1) for one in value.elements]))


_KEYED = (Either, Mapping, Tuple, Plain)
"""Values of which a summary is keyed by less than all."""


def _argument(program: Program, key: FunctionKey, name: str, value: Value) -> Value:
    """An argument as a summary is keyed by: of constants only those that decide something, and statements."""
    kind = type(value)
    if kind not in _KEYED:
        return value
    if isinstance(value, Either) and len(value.choices) == 1 and isinstance(value.choices[0], (Instance, Object)):
        return value.choices[0]  # what is done for callers that give nothing is not what this one does
    if isinstance(value, Mapping):
        return replace(value, items=tuple([(name, _without_word(one)) for name, one in value.items]))
    if isinstance(value, Tuple):
        return Tuple(tuple([_shallow(_without_word(one), NESTED) for one in value.elements]))
    if not isinstance(value, Plain):
        return value
    if branches.is_flag(value) or (isinstance(value.text, str) and is_select(value.text)):
        return value
    return branches.as_argument(program, key, name, value)


def _without_words(given: dict[str, Value]) -> dict[str, Value]:
    """Arguments where of constants only `None` and flags are kept."""
    return {name: _without_word(value) for name, value in given.items() if not isinstance(value, Unknown)}


def _without_word(value: Value) -> Value:
    if isinstance(value, Unknown):
        return UNKNOWN
    return PLAIN if isinstance(value, Plain) and not branches.is_flag(value) and not is_other(value) else value


def carry(
    frame: Frame, callee: FunctionValue, summary: Summary, name: str, site: Site, is_async: bool, wraps: bool = False
) -> None:
    """Bring a callee's effects to the place of the call. `wraps`: it is the wrapper of a decorator."""
    if not summary.effects:
        return
    best: dict[Any, tuple[Effect, tuple[Memo, ...]]] = {}
    uses = frame.uses_loop()
    keeps = callee.kind == "cached-property"  # what it builds is kept on the instance
    elsewhere = frame.offloaded > 0
    varies = frame.varies()
    another = _is_another(callee, varies)
    tried = frame.tries >= frame.level()
    apart = elsewhere or (is_async and not frame.is_awaited_here())
    own = isinstance(callee.bound, (Row, Query))
    on_self = callee.bound is not None and frame.is_self(callee.bound)
    for effect in summary.effects:
        if keeps and effect.kind.startswith("opens-"):
            continue
        kept_by = (callee.key, *effect.kept_by) if keeps else effect.kept_by
        kept_by = (*frame.memos, *kept_by) if frame.memos else kept_by
        if kept_by and not frame.loops and not frame.filled.isdisjoint(effect.kept_by if not keeps else kept_by):
            continue
        key = (
            (effect.kind, effect.origin)
            if effect.kind.startswith(_REQUEST_KINDS)
            else (effect.kind, effect.row, effect.detail, effect.met or bool(effect.loops and effect.loops[-1].counts))
        )
        known = best.get(key)
        if known is None or is_surer(effect, known[0]):
            best[key] = effect, kept_by
    for effect, kept_by in best.values():
        again = effect.per_target and effect.confidence > Confidence.LOW and _was_read(frame, effect)
        hops = len(effect.hops) + 1
        if hops > FAR:
            continue
        kept = on_self and (keeps or effect.own)  # whatever loops there are here, its object stays the same
        confidence = effect.confidence
        failing = effect.failing or frame.failing > 0
        steps = hops - wraps - sum(one.wraps for one in effect.hops) if hops > NEAR else hops
        if again or steps > NEAR or (effect.weight == "light" and hops > 1) or (failing and effect.kind == "sleep"):
            confidence = Confidence.LOW  # each call on the way may be one of many branches
        frame.effects.append(
            Effect(
                effect.kind,
                effect.callee,
                site,
                effect.origin,
                effect.blocks and not is_async and not elsewhere,
                confidence,
                (Hop(effect.site, name, own and effect.callee.endswith("." + name), wraps), *effect.hops),
                () if kept else frame.loops,
                uses,
                effect.row,
                effect.source,
                effect.detail,
                effect.model,
                effect.twin,
                effect.weight,
                is_met(effect),
                effect.awaited,
                failing,
                kept_by,
                another if effect.keyed else varies or effect.kind != "write",
                effect.tried or tried,
                effect.per_target,
                kept,
                effect.missed,
                effect.keyed,
                effect.apart or apart,
            )
        )


def _was_read(frame: Frame, effect: Effect) -> bool:
    """Whether an earlier loop has read for these rows what a callee reads of them, here or in another callee."""
    if effect.row is None or effect.source is None:
        return False
    first = frame.first_read.setdefault((effect.source, effect.model, effect.detail), effect.row)
    return first != effect.row and all(loop.site != first for loop in frame.loops)


def _is_another(callee: FunctionValue, varies: bool) -> bool:
    """Whether what is called is asked for something else in each round; `varies` tells it of what the call mentions."""
    if isinstance(callee.bound, Row) and (callee.bound.loop is not None or callee.kind):
        return callee.bound.loop is not None
    return varies or bool(callee.kind)


def _wraps(function: Function) -> bool:
    """Whether a function is what a decorator puts around another: it passes on whatever it is given."""
    return function.parent >= 0 and {"*", "**"} <= {one.kind for one in function.parameters}


NEAR = 4
"""Calls up to which the way to an effect counts as taken: of longer ones a third was right, when read."""


FAR = 12
"""Calls beyond which an effect is no longer carried."""


_REQUEST_KINDS = ("opens-", "no-", "unbounded-", "handshake", "sleep")


def is_met(effect: Effect) -> bool:
    """Whether a loop nearer to the effect already made it a finding of its own."""
    if effect.met:
        return True
    if effect.kind in READS:
        return effect.row is not None and any(loop.site == effect.row for loop in effect.loops)
    return any(loop.counts and (effect.uses or not loop.needs_use) for loop in effect.loops[-1:])


def summarise(program: Program, callee: FunctionValue, given: dict[str, Value]) -> Summary:
    """Evaluate a function for these arguments, once for each."""
    callee = _for_receiver(program, callee)
    asked = (callee.key, callee.bound, tuple(sorted(given.items())), id(callee.env) if callee.env is not None else 0)
    key = program.asked.setdefault(asked, len(program.asked))
    known = program.summaries.get(key)
    if known is not None and program.depth >= program.deep.get(key, 0):
        program.cut_off += key in program.deep
        return known
    if program.depth >= CALL_DEPTH or key in program.running:
        program.cut_off += 1
        program.too_deep += key not in program.running
        return Summary(callee.key, (), UNKNOWN)
    counted = (callee.key, callee.bound if isinstance(callee.bound, ClassValue) else None)
    seen = program.instances.get(counted, 0)
    fewer = _without_words(given)
    if fewer != given:
        worded = program.worded.get(counted, 0)
        if worded >= WORDS:
            file = callee.key[0]
            coarse = {name: branches.coarser(program, file, value) for name, value in given.items()}
            return summarise(program, callee, coarse if coarse != given else fewer)
        program.worded[counted] = worded + 1
    elif seen >= INSTANCES and given and callee.env is None and not (program.decorating or program.unlimited):
        told = {name: one for name, one in given.items() if branches.is_flag(one) or isinstance(one, ClassValue)}
        more = CLASSES if any(isinstance(one, ClassValue) for one in told.values()) else FLAGS
        if told != given or seen >= INSTANCES + more:
            return summarise(program, callee, told if told != given else {})
        program.instances[counted] = seen + 1
    else:
        program.instances[counted] = seen + 1
    program.running.add(key)
    too_deep = program.too_deep
    program.depth += 1
    try:
        summary = _evaluate(program, callee, given)
    except RecursionError:  # an expression or chain deeper than the interpreter allows: unknown
        summary = Summary(callee.key, (), UNKNOWN)
    except Exception as error:  # a fault of ours costs this function only, and is told
        where = f"{program.files[callee.key[0]].path}: {program.function(callee.key).qualname}"
        program.errors.append(f"{where}: {type(error).__name__}: {error}")
        summary = Summary(callee.key, (), UNKNOWN)
    finally:
        program.depth -= 1
        program.running.discard(key)
    program.summaries[key] = summary
    program.deep.pop(key, None)
    if program.too_deep != too_deep:
        program.deep[key] = program.depth  # asked for nearer to a root, it shows more
    return summary


def _for_receiver(program: Program, callee: FunctionValue) -> FunctionValue:
    """The method as it is evaluated: for its own class, once many classes that inherit it were looked at."""
    bound, owner = callee.bound, callee.owner
    if not isinstance(bound, Object) or owner is None or bound.cls == owner:
        return callee
    seen = program.receivers.setdefault(callee.key, set())
    if bound.cls in seen:
        return callee
    if len(seen) >= RECEIVERS and not program.unlimited:
        return replace(callee, bound=Object(owner))
    seen.add(bound.cls)
    return callee


def _evaluate(program: Program, callee: FunctionValue, given: dict[str, Value]) -> Summary:
    from perflint.program.frame import Frame

    function = program.function(callee.key)
    frame = Frame(program, callee.key[0], function, callee.env, callee.owner, callee.bound)
    parameters = function.parameters
    scope = program.scope(callee.key[0]) if callee.env is None else callee.env
    for at, parameter in enumerate(parameters):
        name = parameter.name
        if at == 0 and callee.bound is not None and parameter.kind == "pos":
            frame.env[name] = callee.bound
        elif name in given:
            value = given[name]
            if isinstance(value, Unknown):
                usual = dependencies.default_value(frame, scope, parameter)
                value = value if isinstance(usual, (Unknown, Plain)) else usual
            elif isinstance(value, (LoopVariable, Plain)) and parameter.annotation is not None:
                value = _told(scope, parameter, value, bool(function.decorators))
            frame.env[name] = value
        else:
            frame.env[name] = dependencies.default_value(frame, scope, parameter)
    frame.block(function.body)
    if frame.answered >= 0:
        rest = frame.effects[frame.answered :]
        frame.effects[frame.answered :] = [replace(one, confidence=Confidence.LOW) for one in rest]
    if frame.missing >= 0:
        frame.effects[frame.missing :] = [missed(one, 0) for one in frame.effects[frame.missing :]]
    returns = join(frame.returns) if frame.returns else PLAIN
    yields = join(frame.yields) if frame.yields else None
    return Summary(
        callee.key, tuple(distinct(frame.effects)), returns, tuple(sorted(frame.stored.items(), key=lambda x: x[0])),
        yields, frozenset(frame.filled),
        tuple((name, frame.env[name]) for name in sorted(frame.globals) if name in frame.env),
        given=relations_given.to_parameters(frame) if frame.given else (), deals=frame.deals,
    )  # fmt: skip


def _told(scope: Frame, parameter: Parameter, value: Value, decorated: bool) -> Value:
    """An argument as its parameter's annotation tells more of it. A decorator may give what was left out."""
    if value == Plain(None) and (not decorated or hints.admits_none(parameter.annotation)):
        return value
    told = hints.value_of(scope, parameter.annotation)
    if isinstance(told, Row) and isinstance(value, LoopVariable):
        return replace(told, loop=value.loop)
    return told if not isinstance(told, (Unknown, Plain)) else value


def wants_more(program: Program, value: FunctionValue) -> bool:
    """Whether a function needs arguments beside what it is bound to."""
    parameters = program.function(value.key).parameters
    needed = [one for one in parameters if one.default is None and not one.kind.startswith("*")]
    return len(needed) > (value.bound is not None)


def plain_result(result: Value) -> Value:
    """What a provider hands out: the awaited value, or what a generator yields."""
    if isinstance(result, Awaitable):
        result = result.result
    if isinstance(result, Many):
        return result.element
    return result.result if isinstance(result, Context) else result


def is_surer(one: Effect, other: Effect) -> bool:
    """Whether one way to an effect is surer than another, or as sure and shorter."""
    if one.confidence != other.confidence:
        return one.confidence > other.confidence
    return len(one.hops) < len(other.hops)


def distinct(effects: list[Effect]) -> list[Effect]:
    """One effect for each place and kind: the surest, then the shortest way."""
    best: dict[Any, Effect] = {}
    for effect in effects:
        key = (effect.kind, effect.site, effect.row, effect.detail, effect.loops and effect.loops[-1].site, effect.met,
               effect.origin if effect.kind.startswith(_REQUEST_KINDS) else None, effect.blocks)  # fmt: skip
        known = best.get(key)
        if known is None or is_surer(effect, known):
            best[key] = effect
    return list(best.values())
