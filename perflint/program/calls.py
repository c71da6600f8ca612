"""What a call does: library entries, the project's own functions, constructors, hand-overs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perflint.catalog import Entry, Packs, TemplatePlaces
from perflint.catalog import Spec as Spec
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ATTR, CALL, CONST, DICT, NAME, STAR, Node
from perflint.program import attributes, branches, builtins, classes, hints, orm, templates
from perflint.program.effects import Effect, Hop, Summary, replace
from perflint.program.program import CALL_DEPTH, INSTANCES, RECEIVERS, WORDS, Program
from perflint.program.values import (
    BATCH,
    OTHER,
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassValue,
    Context,
    Either,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Loader,
    LoopVariable,
    Many,
    Mapping,
    Method,
    Object,
    Offloaded,
    Partial,
    Plain,
    Query,
    RelationAttribute,
    Row,
    Site,
    Super,
    Tuple,
    Unknown,
    Value,
    choices,
    join,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


@dataclass(slots=True)
class Arguments:
    """The arguments of one call. `star` and `double` tell of `*` and `**` whose contents are unknown."""

    positional: list[Value]
    keywords: dict[str, Value]
    star: bool = False
    double: bool = False
    nodes: tuple[Node, ...] = field(default=())

    def at(self, place: int | str) -> Value | None:
        """The argument at a position or of a name."""
        if isinstance(place, str):
            return self.keywords.get(place)
        return self.positional[place] if place < len(self.positional) else None

    def first(self, places: tuple[int | str, ...]) -> tuple[Value | None, int | str]:
        """The first of several spellings of an argument that is given."""
        for place in places:
            value = self.at(place)
            if value is not None:
                return value, place
        return None, -1

    @property
    def any(self) -> bool:
        return bool(self.positional or self.keywords or self.star or self.double)


NO_ARGUMENTS = Arguments([], {})


def evaluate(frame: Frame, node: Node) -> Value:
    """Evaluate a call expression."""
    site = (frame.file, node[1])
    function = node[2]
    if function == (NAME, "super"):
        return _super(frame, node)
    if function[0] == ATTR:
        receiver = frame.expr(function[2])
        arguments = evaluate_arguments(frame, node)
        frame.current = node
        options = choices(receiver)
        if len(options) > 1:
            return _call_each(frame, options, function[3], arguments, site, function, node)
        return call_attribute(frame, options[0], function[3], arguments, site, function, node)
    callee = frame.expr(function)
    consumes = isinstance(callee, External) and callee.name.startswith("builtins.")
    arguments = evaluate_arguments(frame, node, consumes)
    frame.current = node
    return call(frame, callee, arguments, site)


def evaluate_arguments(frame: Frame, node: Node, consumes: bool = False) -> Arguments:
    """Evaluate the arguments of a call, in order. A builtin that `consumes` them runs generators."""
    positional: list[Value] = []
    star = double = False
    for one in node[3]:
        if consumes or one[0] == STAR:
            frame.consumed = one[1] if one[0] == STAR else one
        value = frame.kept(one, frame.expr(one))
        if one[0] == STAR:
            if isinstance(value, Tuple):
                positional += value.elements
            else:
                star = True
        else:
            positional.append(value)
    keywords: dict[str, Value] = {}
    for name, one in node[4]:
        value = frame.kept(one, frame.expr(one))
        if name is None:
            if isinstance(value, Mapping) and value.items and value.rest == UNKNOWN:
                keywords.update((key, item) for key, item in value.items if isinstance(key, str))
            else:
                double = True
        else:
            keywords[name] = value
    return Arguments(positional, keywords, star, double, node[3])


def _call_each(
    frame: Frame, options: tuple[Value, ...], name: str, arguments: Arguments, site: Site, function: Node, node: Node
) -> Value:
    """Call a method on each receiver that it may be. If the result is awaited, only what can be awaited is meant."""
    is_awaited = frame.awaiting is node
    before = len(frame.effects)
    results: list[tuple[Value, list[Effect]]] = []
    for one in options:
        count = len(frame.effects)
        result = call_attribute(frame, one, name, arguments, site, function, node)
        results.append((result, frame.effects[count:]))
    del frame.effects[before:]
    fitting = [one for one in results if isinstance(one[0], Awaitable)] if is_awaited else []
    kept = fitting or results
    for _, effects in kept:
        for effect in effects:
            sure = min(effect.confidence, Confidence.MEDIUM) if len(kept) > 1 else effect.confidence
            frame.effects.append(replace(effect, confidence=sure))
    return join([one for one, _ in kept])


def _super(frame: Frame, node: Node) -> Value:
    scope: Frame | None = frame
    while scope is not None and scope.owner is None:
        scope = scope.closure
    if scope is None or scope.owner is None:
        return UNKNOWN
    receiver = scope.receiver if scope.receiver is not None else Object(scope.owner)
    return Super(scope.owner, receiver)


def call_attribute(
    frame: Frame, receiver: Value, name: str, arguments: Arguments, site: Site, function: Node, node: Node
) -> Value:
    """`receiver.name(...)`."""
    packs = frame.program.packs
    if isinstance(receiver, Query):
        return orm.call(frame, receiver, name, arguments, site)
    if isinstance(receiver, Many):
        return builtins.call_many(frame, receiver, name, arguments, function[2], site)
    if isinstance(receiver, Mapping):
        macro = templates.item(frame, receiver, name)
        if macro is not None:
            return call(frame, macro, arguments, site)
        return builtins.call_mapping(frame, receiver, name, arguments, function[2])
    if isinstance(receiver, Plain):
        return builtins.call_text(receiver, name)
    if isinstance(receiver, Instance) and name not in _attributes(packs, receiver.type):
        entry = packs.method(receiver.type, name)
        if entry is not None:
            _register(frame, receiver.type, name, arguments)
            result = apply(frame, entry, f"{receiver.type}.{name}", receiver, arguments, site)
            if entry.inert_if and function[2][0] == NAME and function[2][1] in frame.env:
                switched = any(_matches(arguments, *guard) for guard in entry.inert_if)
                frame.env[function[2][1]] = replace(receiver, inert=switched)
            if entry.sql >= 0:
                _remember_sql(frame, function[2], receiver, entry, arguments)
            return result
    if isinstance(receiver, Unknown) and frame.facts.markdown:
        looked = orm.document_call(frame, function, name, arguments, site)
        if looked is not None:
            return looked
    if name in packs.batch_operators and isinstance(arguments.at(0), (LoopVariable, Many)):
        given = arguments.at(0)
        if isinstance(given, LoopVariable) or (isinstance(given, Many) and given.chunk):
            return BATCH
    if isinstance(receiver, (Unknown, LoopVariable)):
        session = orm.session_of(frame, name, arguments, node)
        if session is not None:
            return session_call(frame, session, name, arguments, site)
    callee = attributes.read(frame, receiver, name, (frame.file, function[1]), function)
    if isinstance(callee, Unknown) and isinstance(receiver, (Unknown, LoopVariable)):
        return UNKNOWN
    return call(frame, callee, arguments, site)


def session_call(frame: Frame, session: Instance, name: str, arguments: Arguments, site: Site) -> Value:
    """A call of something that can only be a session, since it is given a model or a statement: medium."""
    count = len(frame.effects)
    result = call_method(frame, Method(session, name), arguments, site)
    for at in range(count, len(frame.effects)):
        effect = frame.effects[at]
        frame.effects[at] = replace(effect, confidence=min(effect.confidence, Confidence.MEDIUM))
    return result


def _attributes(packs: Packs, type_name: str) -> frozenset[str]:
    """The attributes that a type names (not `*`): calling one calls what it holds."""
    found = packs.attribute_names.get(type_name)
    if found is None:
        names = {
            name
            for one in packs.ancestors(type_name)
            if one in packs.types
            for name in packs.types[one].attributes
            if name != "*"
        }
        methods = {
            name for one in packs.ancestors(type_name) if one in packs.types for name in packs.types[one].methods
        }
        found = packs.attribute_names[type_name] = frozenset(names - methods)
    return found


def _remember_sql(frame: Frame, holder: Node, receiver: Instance, entry: Entry, arguments: Arguments) -> None:
    value = arguments.at(entry.sql)
    text = value.text if isinstance(value, Plain) and isinstance(value.text, str) else ""
    if holder[0] == NAME and holder[1] in frame.env:
        frame.env[holder[1]] = replace(receiver, sql=text or "?")


def call(frame: Frame, callee: Value, arguments: Arguments, site: Site) -> Value:
    """Call a value."""
    if isinstance(callee, Either):
        return _call_either(frame, callee, arguments, site)
    if isinstance(callee, FunctionValue):
        return call_function(frame, callee, arguments, site)
    if isinstance(callee, External):
        return call_external(frame, callee.name, arguments, site)
    if isinstance(callee, ClassValue):
        return construct(frame, callee, arguments, site)
    if isinstance(callee, Method):
        return call_method(frame, callee, arguments, site)
    if isinstance(callee, Partial):
        merged = Arguments(
            [*callee.arguments, *arguments.positional],
            {**dict(callee.keywords), **arguments.keywords},
            arguments.star,
            arguments.double,
        )
        return call(frame, callee.target, merged, site)
    if isinstance(callee, Offloaded):
        return Awaitable(offload(frame, callee.target, arguments, callee.to, site))
    if isinstance(callee, Instance):
        entry = frame.program.packs.special(callee.type, "call")
        if entry is not None:
            return apply(frame, entry, callee.type, callee, arguments, site)
        return UNKNOWN
    if isinstance(callee, Object):
        function = attributes.read(frame, callee, "__call__", site, None)
        return call(frame, function, arguments, site) if isinstance(function, FunctionValue) else UNKNOWN
    if isinstance(callee, Query):
        return callee if callee.manager else UNKNOWN
    return UNKNOWN


def _call_either(frame: Frame, callee: Either, arguments: Arguments, site: Site) -> Value:
    """Call one of several. Beside a coroutine function, its plain twin is there for callers without a loop."""
    results: list[Value] = []
    marks: list[tuple[int, int]] = []
    for one in callee.choices:
        count = len(frame.effects)
        results.append(call(frame, one, arguments, site))
        marks.append((count, len(frame.effects)))
    if any(isinstance(one, Awaitable) for one in results):
        for result, (first, last) in zip(results, marks, strict=True):
            if not isinstance(result, Awaitable):
                frame.effects[first:last] = [
                    replace(effect, confidence=Confidence.LOW) for effect in frame.effects[first:last]
                ]
    return join(results)


def call_method(frame: Frame, callee: Method, arguments: Arguments, site: Site) -> Value:
    """Call a bound method that was read before."""
    receiver, name = callee.receiver, callee.name
    if isinstance(receiver, Query):
        return orm.call(frame, receiver, name, arguments, site)
    if isinstance(receiver, Row):
        return orm.call_row(frame, receiver, name, arguments, site)
    if isinstance(receiver, Many):
        return builtins.call_many(frame, receiver, name, arguments, None, site)
    if isinstance(receiver, Mapping):
        return builtins.call_mapping(frame, receiver, name, arguments, None)
    if isinstance(receiver, Loader):
        return orm.chain_loader(frame, receiver, name, arguments)
    if isinstance(receiver, RelationAttribute):
        return receiver
    if isinstance(receiver, ClassValue):
        for external in classes.externals(frame.program, receiver.key):
            entry = frame.program.packs.method(external, name)
            if entry is not None:
                result = apply(frame, entry, f"{external}.{name}", receiver, arguments, site)
                if isinstance(result, Instance) and frame.program.models.is_manager(result.type):
                    return Object(receiver.key)
                return result
        return UNKNOWN
    if isinstance(receiver, Object):
        for external in classes.externals(frame.program, receiver.cls):
            entry = frame.program.packs.method(external, name)
            if entry is not None:
                result = apply(frame, entry, f"{external}.{name}", receiver, arguments, site)
                # a queryset that was built without its manager is no longer all that its class is
                return UNKNOWN if entry.query and result == receiver else result
        return UNKNOWN
    if isinstance(receiver, Instance):
        entry = frame.program.packs.method(receiver.type, name)
        if entry is not None:
            _register(frame, receiver.type, name, arguments)
            return apply(frame, entry, f"{receiver.type}.{name}", receiver, arguments, site)
    return UNKNOWN


def call_external(frame: Frame, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a library's function or class by its dotted name."""
    program = frame.program
    packs = program.packs
    if name.startswith("builtins."):
        found = builtins.call(frame, name[9:], arguments, site)
        if found is not None:
            return found
    _register(frame, "", name, arguments)
    entry = packs.calls.get(name)
    if entry is not None:
        return apply(frame, entry, name, External(name), arguments, site)
    if name in packs.types:
        return construct_library(frame, name, arguments, site)
    meaning = packs.semantics.get(name) or packs.annotations.get(name)
    if meaning is not None:
        return _semantic(frame, meaning, arguments, site)
    head, _, tail = name.rpartition(".")
    if head in packs.types:  # Class.method(...): an alternative constructor or an unbound method
        entry = packs.method(head, tail)
        if entry is not None:
            return apply(frame, entry, name, Instance(head), arguments, site)
    if head in packs.objects:
        return call_method(frame, Method(Instance(packs.objects[head]), tail), arguments, site)
    return UNKNOWN


def _semantic(frame: Frame, meaning: str, arguments: Arguments, site: Site) -> Value:
    if meaning == "partials" and arguments.positional:
        return Partial(
            arguments.positional[0], tuple(arguments.positional[1:]), tuple(sorted(arguments.keywords.items()))
        )
    if meaning in ("passes", "passes-last") and arguments.positional:
        return builtins.pass_on(frame, arguments.positional[0 if meaning == "passes" else -1], site)
    if meaning == "casts" and arguments.positional:
        return arguments.positional[-1]
    if meaning == "chunks" and arguments.positional:
        value = builtins.pass_on(frame, arguments.positional[0], site)
        return Many(Many(value.element if isinstance(value, Many) else UNKNOWN, chunk=True), chunks=True)
    if meaning == "slices" and arguments.positional:
        value = builtins.pass_on(frame, arguments.positional[0], site)
        return (
            Many(value.element, chunk=True, source=value.source)
            if isinstance(value, Many)
            else Many(UNKNOWN, chunk=True)
        )
    if meaning == "wraps":
        return External("functools.wraps()")
    if meaning == "memoises" and arguments.positional:
        target = arguments.positional[0]
        return replace(target, once=True) if isinstance(target, FunctionValue) else UNKNOWN
    if meaning == "memoises":
        return External("functools.cache")
    if meaning == "sequences":
        return builtins.pass_on(frame, arguments.positional[0], site) if arguments.positional else Many(UNKNOWN)
    if meaning == "mappings":
        return Mapping((), UNKNOWN)
    return UNKNOWN


def construct_library(frame: Frame, name: str, arguments: Arguments, site: Site) -> Value:
    """Build an instance of a library's class."""
    entry = frame.program.packs.construct(name)
    result = apply(frame, entry, name, External(name), arguments, site)
    timeout = bool(entry.timeout_default and entry.timeout and _given(entry, arguments))
    timeout = timeout or any(arguments.at(one) is not None for one in entry.timeout_also)
    if isinstance(result, Unknown):
        inert = any(_matches(arguments, *guard) for guard in entry.inert_if)
        return Instance(name, timeout=timeout, inert=inert)
    if isinstance(result, Instance) and timeout:
        return replace(result, timeout=True)
    return result


def construct(frame: Frame, callee: ClassValue, arguments: Arguments, site: Site) -> Value:
    """Build an instance of a class of the project."""
    program = frame.program
    if program.models.orm_of(callee.key) is not None:
        # what the constructor is given is on the row; the rest was never in the database
        return Row(callee.key, loads=frozenset((name,) for name in arguments.keywords), open_loads=True)
    given = _constructor_arguments(program, callee, arguments)
    value = Object(callee.key, given)
    function = classes.method(program, callee.key, "__init__")
    if function is not None:
        found = classes.find(program, callee.key, "__init__")
        owner = found[0] if found else callee.key
        call_function(frame, FunctionValue(function, bound=value, owner=owner), arguments, site)
    for external in classes.externals(program, callee.key):
        entry = program.packs.construct(external) if external in program.packs.types else None
        if entry is not None and entry.opens:
            apply(frame, entry, external, External(external), arguments, site)
            break
    return value


def _constructor_arguments(program: Program, callee: ClassValue, arguments: Arguments) -> tuple[tuple[str, Value], ...]:
    """Arguments worth remembering, by parameter or field: instances, clients, functions."""
    function = classes.method(program, callee.key, "__init__")
    names: list[str] = []
    if function is not None:
        names = [one.name for one in program.function(function).parameters[1:] if one.kind in ("pos", "kw")]
    else:
        for base in reversed(classes.mro(program, callee.key)):
            if isinstance(base, tuple):
                names += [name for name, node in classes.members(program, base).items() if node[0] == ANN]
    found = {}
    for name, value in zip(names, arguments.positional, strict=False):
        found[name] = value
    found.update((name, value) for name, value in arguments.keywords.items() if name in names)
    if function is not None and not arguments.star and not arguments.double:
        for parameter in program.function(function).parameters[1:]:
            if parameter.name not in found:
                constant = branches.default_of(parameter)
                if constant is not branches.UNDECIDED:
                    found[parameter.name] = Plain(constant)
    kept: list[tuple[str, Value]] = []
    words = branches.tested_fields(program, callee.key)
    for name, value in sorted(found.items()):
        told = isinstance(value, (Instance, FunctionValue, ClassValue, External, Query, Row, Method, Partial))
        if told or branches.is_flag(value) or (name in words and branches.constant_of(value) is not branches.UNDECIDED):
            kept.append((name, value))
        elif isinstance(value, Object):
            kept.append((name, Object(value.cls) if value.arguments else value))
    return tuple(kept)


# --- library entries ---------------------------------------------------------------------------------------------


def as_awaited(entry: Entry) -> Entry:
    """The same entry under `async with` or `async for`."""
    return replace(entry, awaits=True)


def apply(frame: Frame, entry: Entry, callee: str, receiver: Value, arguments: Arguments, site: Site) -> Value:
    """Record what an entry says and give back what the call yields."""
    if entry.loader:
        return orm.loader(frame, entry, arguments)
    if entry.offloads is not None:
        if entry.effect:
            _record(frame, entry, callee, receiver, arguments, site)
        return _hand_over(frame, entry, receiver, arguments, site)
    result: Value | None = None
    if entry.invokes is not None:
        result = _invoke(frame, entry, arguments, site)
    if entry.loads and not entry.query and arguments.nodes and arguments.nodes[0][0] == NAME:
        orm.load_into(frame, arguments, entry.loads)
    if entry.renders:
        orm.render(frame, [*arguments.positional, *arguments.keywords.values()], site)
    if entry.template is not None:
        _render(frame, entry.template, arguments, site)
    active = _active(frame, entry, arguments)
    if active and (entry.effect or entry.opens or entry.no_pool[0] or entry.fetches_all):
        _record(frame, entry, callee, receiver, arguments, site)
    value = value_of(frame, entry.returns, receiver, arguments, site)
    if entry.query in ("bound", "refine") and isinstance(value, Query):
        value = replace(value, bounded=True)
    if isinstance(value, Instance) and entry.whole_unless is not None:
        value = replace(value, whole=not any(_limits(arguments, *guard) for guard in entry.whole_unless))
    if isinstance(value, Instance) and any(_matches(arguments, *guard) for guard in entry.inert_if):
        value = replace(value, inert=True)
    if entry.needs_loop:
        frame.record("needs-loop", callee, site, blocks=False)
    if isinstance(value, Instance) and entry.bounds:
        value = replace(value, whole=False)
    if entry.effect and isinstance(receiver, Instance) and receiver.whole and active:
        frame.record("unbounded-rows", callee, site, blocks=False, detail=callee, model="the collection")
    if result is not None and isinstance(value, Unknown):
        value = result
    return Awaitable(value) if entry.awaits and not isinstance(value, (Awaitable, Context)) else value


def _render(frame: Frame, places: TemplatePlaces, arguments: Arguments, site: Site) -> None:
    given = [arguments.at(place) for place in places.name]
    names = [one for one in given if one is not None and not isinstance(one, (Unknown, Mapping))]
    if places.keywords:
        context: Value | None = Mapping(tuple(arguments.keywords.items()), UNKNOWN)
    else:
        found = [arguments.at(place) for place in places.context]
        context = next((one for one in found if isinstance(one, Mapping)), Mapping((), UNKNOWN))
    if isinstance(context, Mapping):
        for name in names:
            templates.render(frame, name, context, site)


def _active(frame: Frame, entry: Entry, arguments: Arguments) -> bool:
    if any(_matches(arguments, name, expected) for name, expected in entry.unless):
        return False
    return not entry.only_if or any(_matches(arguments, name, expected) for name, expected in entry.only_if)


def _matches(arguments: Arguments, name: str, expected: Any) -> bool:
    value = arguments.at(int(name) if name.isdigit() else name)
    if value is None:
        # an unknown `**options` may hold the guard: stay silent
        return arguments.double and expected == "*" and not name.isdigit()
    if isinstance(expected, str) and "." in expected:
        return isinstance(value, Instance) and value.type == expected
    if expected == "*":
        return value != Plain(None)
    return isinstance(value, Plain) and value.text == expected and type(value.text) is type(expected)


def _limits(arguments: Arguments, name: str, expected: Any) -> bool:
    """Whether an argument is given that leaves some rows out: not the empty filter."""
    if name.isdigit() and int(name) < len(arguments.nodes) and arguments.nodes[int(name)][:2] == (DICT, ()):
        return False
    return _matches(arguments, name, expected)


def _record(frame: Frame, entry: Entry, callee: str, receiver: Value, arguments: Arguments, site: Site) -> None:
    if isinstance(receiver, Instance) and receiver.inert:
        return
    blocks = not entry.awaits
    common: dict[str, Any] = {"twin": entry.twin, "weight": entry.weight, "awaited": entry.awaits}
    if entry.effect:
        kind = entry.effect
        if entry.batch or (entry.sql >= 0 and isinstance(arguments.at(entry.sql), LoopVariable)):
            kind = f"batch-{kind}"  # takes many at once, or the loop runs over different statements
        frame.record(kind, callee, site, blocks=blocks, **common)
    if entry.per_call:
        frame.record("handshake", callee, site, blocks=False, **common)
    if entry.opens and not (isinstance(receiver, Instance) and receiver.once):
        frame.record(f"opens-{entry.opens}", callee, site, blocks=False, **common)
    # the project may have given the library another default
    limited = (isinstance(receiver, Instance) and receiver.timeout) or callee.partition(".")[0] in frame.program.patched
    if entry.timeout and entry.effect and not limited and not _given(entry, arguments):
        frame.record("no-timeout", callee, site, blocks=False, **common)
    argument, values = entry.no_pool
    if argument:
        given = arguments.keywords.get(argument)
        if isinstance(given, External) and given.name in values:
            frame.record("no-pool", callee, site, blocks=False, detail=given.name.rpartition(".")[2], **common)
    if entry.fetches_all:
        statement = arguments.at(entry.sql) if entry.sql >= 0 else None
        sql = receiver.sql if isinstance(receiver, Instance) and entry.sql < 0 else ""
        if isinstance(statement, Plain) and isinstance(statement.text, str):
            sql = statement.text
        if reads_whole_table(sql):
            frame.record("unbounded-fetch", callee, site, blocks=False, detail=sql[:80], **common)


def _given(entry: Entry, arguments: Arguments) -> bool:
    if entry.timeout in arguments.keywords:
        return arguments.keywords[entry.timeout] != Plain(None)
    if 0 <= entry.timeout_at < len(arguments.positional):
        return True
    return arguments.double or arguments.star


_BOUNDING = ("limit", "where", "fetch first", "fetch next", " top ", "group by", "pragma", "returning", "having")
_AGGREGATES = ("count(", "sum(", "avg(", "min(", "max(", "exists(", "exists (")


def is_select(text: str) -> bool:
    """Whether a text is a statement that reads."""
    return text.lstrip()[:6].lower() == "select"


def reads_whole_table(sql: str) -> bool:
    """Whether a constant statement selects all rows of a table: no key, no limit, no aggregate."""
    text = " ".join(sql.lower().split())
    if not is_select(text) or " from " not in text:
        return False
    if any(word in text for word in _BOUNDING) or any(word in text for word in _AGGREGATES):
        return False
    return "{}" not in text.split(" from ", 1)[1]


def _hand_over(frame: Frame, entry: Entry, receiver: Value, arguments: Arguments, site: Site) -> Value:
    assert entry.offloads is not None
    places, to = entry.offloads
    target, place = arguments.first(places)
    if target is None:
        return UNKNOWN
    if entry.returns[:1] == ("offloader",):
        return Offloaded(target, to)
    if isinstance(place, int):
        rest = Arguments(arguments.positional[place + 1 :], {}, arguments.star, arguments.double)
    else:
        rest = NO_ARGUMENTS
    spare = {key: value for key, value in arguments.keywords.items() if key not in places}
    rest = Arguments(rest.positional, spare, rest.star, rest.double)
    result = offload(frame, target, rest, to, site)
    value = result if entry.returns[0] == "result" else value_of(frame, entry.returns, receiver, arguments, site)
    if isinstance(value, Unknown):
        value = result
    return Awaitable(value) if entry.awaits and not isinstance(value, Awaitable) else value


def offload(frame: Frame, target: Value, arguments: Arguments, to: str, site: Site) -> Value:
    """Evaluate a callable that runs elsewhere: its effects count, but do not hold this thread."""
    if to in ("task", "loop"):
        count = len(frame.effects)
        result = call(frame, target, arguments, site)
        del frame.effects[count:]
        return result
    frame.offloaded += 1
    try:
        result = call(frame, target, arguments, site)
    finally:
        frame.offloaded -= 1
    return result.result if isinstance(result, Awaitable) else result


def _invoke(frame: Frame, entry: Entry, arguments: Arguments, site: Site) -> Value:
    assert entry.invokes is not None
    places, given = entry.invokes
    target, _ = arguments.first(places)
    if target is None:
        return UNKNOWN
    words = given.split()
    if words[:2] == ["element", "of"]:
        source = arguments.at(int(words[2]))
        element = source.element if isinstance(source, Many) else UNKNOWN
        return call(frame, target, Arguments([element], {}), site)
    return call(frame, target, NO_ARGUMENTS, site)


def value_of(frame: Frame, spec: Spec, receiver: Value, arguments: Arguments, site: Site) -> Value:
    """The value that a `returns` spec stands for."""
    kind = spec[0]
    if kind == "unknown":
        return UNKNOWN
    if kind == "value" or kind == "none":
        return PLAIN
    if kind == "instance":
        sql = ""
        if isinstance(receiver, Instance) and receiver.type != spec[1]:
            sql = receiver.sql
        value = Instance(spec[1], timeout=isinstance(receiver, Instance) and receiver.timeout, sql=sql)
        first = arguments.at(0)
        if isinstance(first, Plain) and isinstance(first.text, str) and is_select(first.text):
            return Instance(value.type, sql=first.text, timeout=value.timeout)
        return value
    if kind == "self":
        return receiver if not isinstance(receiver, External) else UNKNOWN
    if kind == "arg":
        return arguments.at(spec[1]) or UNKNOWN
    if kind == "list" or kind == "iter":
        element = value_of(frame, spec[1], receiver, arguments, site)
        return Many(element, chunks=isinstance(element, Many) and element.chunk)
    if kind == "map":
        return Mapping((), value_of(frame, spec[1], receiver, arguments, site))
    if kind == "chunk":
        return Many(UNKNOWN, chunk=True)
    if kind == "context":
        return Context(value_of(frame, spec[1], receiver, arguments, site))
    if kind == "awaitable":
        return Awaitable(value_of(frame, spec[1], receiver, arguments, site))
    if kind == "class":
        made_of = arguments.at(0)
        if isinstance(made_of, ClassValue):
            return made_of
        own = frame.program.models.user_class(spec[1])
        return ClassValue(own) if own is not None else External(spec[1])
    if kind in ("result", "element"):
        target = arguments.at(spec[1])
        if kind == "element":
            return target.element if isinstance(target, Many) else UNKNOWN
        if isinstance(target, (FunctionValue, Partial)):
            return call(frame, target, NO_ARGUMENTS, site)
        return target.result if isinstance(target, Awaitable) else UNKNOWN
    if kind == "own":
        return orm.own_query(frame, spec[1], receiver, site)
    if kind in ("query", "row", "rows", "executed"):
        return orm.produce(frame, spec, receiver, arguments, site)
    return UNKNOWN


def _register(frame: Frame, type_name: str, name: str, arguments: Arguments) -> None:
    """Note a handler that a call registers (`path("books/", view)`)."""
    packs = frame.program.packs
    if not packs.registers or (type_name == "" and name not in packs.registers):
        return
    role = None
    for one in packs.ancestors(type_name) if type_name else ("",):
        role = role or packs.registers.get(f"{one}.{name}" if one else name)
    if role is None:
        return
    target, _ = arguments.first(role.callables)
    route = arguments.at(role.route) if role.route >= 0 else None
    path = str(route.text) if isinstance(route, Plain) and isinstance(route.text, str) else ""
    for choice in choices(target) if target is not None else ():
        handler: Value = choice
        while isinstance(handler, Partial):
            handler = handler.target
        if isinstance(handler, FunctionValue):
            frame.program.registered.setdefault(handler.key, (role, path))
        elif isinstance(handler, ClassValue):
            frame.program.registered_classes.setdefault(handler.key, (role, path))
        elif isinstance(handler, Many) and isinstance(handler.element, FunctionValue):
            frame.program.registered.setdefault(handler.element.key, (role, path))


# --- the project's own functions ---------------------------------------------------------------------------------


def call_function(frame: Frame, callee: FunctionValue, arguments: Arguments, site: Site) -> Value:
    """Call a function of the project: its effects become effects of this place."""
    program = frame.program
    function = program.function(callee.key)
    given = bind_arguments(program, callee, arguments)
    summary = summarise(program, callee, given)
    if frame.function is not None:
        program.callers.setdefault(callee.key, set()).add((frame.file, frame.function.number))
    if not callee.once:
        # a generator runs where it is consumed: here only if this very call is what a loop runs over
        later = function.yields and callee.kind != "context" and frame.current is not frame.consumed
        carry(frame, callee, summary, function.name, site, function.is_async or later)
    if not frame.loops:
        frame.filled |= summary.filled
        if callee.kind == "cached":
            frame.filled.add(callee.key)
    result = summary.returns
    if function.yields:
        element = summary.yields if summary.yields is not None else UNKNOWN
        if callee.kind == "context":
            return Context(element)
        chunks = (isinstance(element, Many) and element.chunk) or _is_chunking(program, function.name)
        return Many(element, chunks=chunks)
    if isinstance(result, Unknown) and function.returns is not None:
        result = _told_result(program, callee.key, function.returns)
    if callee.once:
        result = _kept(result)
    if not isinstance(result, Many) and _is_chunking(program, function.name):
        result = Many(Many(UNKNOWN, chunk=True), chunks=True)
    return Awaitable(result) if function.is_async else result


def _is_chunking(program: Program, name: str) -> bool:
    """Whether a function says by its name that it deals its argument out in chunks."""
    return any(program.packs.semantics.get(word) == "chunking" for word in name.split("_"))


def _told_result(program: Program, key: FunctionKey, returns: Node) -> Value:
    """What a function's annotation says that it gives."""
    known = program.told_results.get(key)
    if known is None:
        known = program.told_results[key] = hints.value_of(program.scope(key[0]), returns)
    return known


def _kept(value: Value) -> Value:
    return replace(value, once=True) if isinstance(value, Instance) else value


def bind_arguments(program: Program, callee: FunctionValue, arguments: Arguments) -> dict[str, Value]:
    """Arguments by parameter name. What is unknown is left out."""
    parameters = program.function(callee.key).parameters
    given: dict[str, Value] = {}
    positional = [one for one in parameters if one.kind == "pos"]
    if callee.bound is not None and positional:
        positional = positional[1:]
    for parameter, value in zip(positional, arguments.positional, strict=False):
        given[parameter.name] = value
    rest = arguments.positional[len(positional) :]
    names = {one.name for one in parameters if one.kind in ("pos", "kw")}
    for name, value in arguments.keywords.items():
        if name in names:
            given[name] = value
    for parameter in parameters:
        known = not arguments.star and not arguments.double and parameter.kind in ("pos", "kw")
        if known and parameter.name not in given:
            constant = branches.default_of(parameter)
            if constant is not branches.UNDECIDED:
                given[parameter.name] = Plain(constant)
        if parameter.kind == "*" and rest and not arguments.star:
            given[parameter.name] = Tuple(tuple(rest))
        elif parameter.kind == "**":
            extra = [(key, value) for key, value in arguments.keywords.items() if key not in names]
            if extra and not arguments.double:
                given[parameter.name] = Mapping(tuple(extra), UNKNOWN)
    return {
        name: _argument(program, callee.key, name, value)
        for name, value in given.items()
        if not isinstance(value, Unknown)
    }


def _argument(program: Program, key: FunctionKey, name: str, value: Value) -> Value:
    """An argument as a summary is keyed by: of constants only those that decide something, and statements."""
    if isinstance(value, Mapping):
        return replace(value, items=tuple([(name, _without_word(one)) for name, one in value.items]))
    if isinstance(value, Tuple):
        return Tuple(tuple([_without_word(one) for one in value.elements]))
    if not isinstance(value, Plain):
        return value
    if branches.is_flag(value) or (isinstance(value.text, str) and is_select(value.text)):
        return value
    return branches.as_argument(program, key, name, value)


def _without_words(given: dict[str, Value]) -> dict[str, Value]:
    """Arguments where of constants only `None` and flags are kept."""
    return {name: _without_word(value) for name, value in given.items()}


def _without_word(value: Value) -> Value:
    return PLAIN if isinstance(value, Plain) and not branches.is_flag(value) and value != OTHER else value


def carry(frame: Frame, callee: FunctionValue, summary: Summary, name: str, site: Site, is_async: bool) -> None:
    """Bring a callee's effects to the place of the call."""
    seen: set[Any] = set()
    uses = frame.uses_loop()
    keeps = callee.kind == "cached"  # what it builds is kept on the instance
    elsewhere = frame.offloaded > 0
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
        if key in seen:
            continue
        seen.add(key)
        hops = len(effect.hops) + 1
        if hops > FAR:
            continue
        confidence = effect.confidence
        failing = effect.failing or frame.failing > 0
        if hops > NEAR or (effect.weight == "light" and hops > 1) or (failing and effect.kind == "sleep"):
            confidence = Confidence.LOW  # each call on the way may be one of many branches
        frame.effects.append(
            Effect(
                effect.kind,
                effect.callee,
                site,
                effect.origin,
                effect.blocks and not is_async and not elsewhere,
                confidence,
                (Hop(effect.site, name), *effect.hops),
                frame.loops,
                uses,
                effect.row,
                effect.source,
                effect.detail,
                effect.model,
                effect.twin,
                effect.weight,
                effect.met or _met(effect),
                effect.awaited,
                failing,
                kept_by,
            )
        )


NEAR = 4
"""Calls up to which the way to an effect counts as taken: of longer ones a third was right, when read."""
FAR = 12
"""Calls beyond which an effect is no longer carried."""

_REQUEST_KINDS = ("opens-", "no-", "unbounded-", "handshake", "sleep")


def _met(effect: Effect) -> bool:
    """Whether a loop inside the callee already made the effect a finding of its own."""
    if effect.kind == "relation":
        return effect.row is not None and any(loop.site == effect.row for loop in effect.loops)
    return any(loop.counts and (effect.uses or not loop.needs_use) for loop in effect.loops[-1:])


def summarise(program: Program, callee: FunctionValue, given: dict[str, Value]) -> Summary:
    """Evaluate a function for these arguments, once for each."""
    callee = _for_receiver(program, callee)
    key = (callee.key, callee.bound, tuple(sorted(given.items())), id(callee.env) if callee.env is not None else 0)
    known = program.summaries.get(key)
    if known is not None:
        return known
    if program.depth >= CALL_DEPTH or key in program.running:
        program.cut_off += 1
        return Summary(callee.key, (), UNKNOWN)
    seen = program.instances.get(callee.key, 0)
    fewer = _without_words(given)
    if fewer != given:
        worded = program.worded.get(callee.key, 0)
        if worded >= WORDS:
            return summarise(program, callee, fewer)
        program.worded[callee.key] = worded + 1
    elif seen >= INSTANCES and given and callee.env is None and not program.decorating:
        return summarise(program, callee, {})
    else:
        program.instances[callee.key] = seen + 1
    program.running.add(key)
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
    return summary


def _for_receiver(program: Program, callee: FunctionValue) -> FunctionValue:
    """The method as it is evaluated: for its own class, once many classes that inherit it were looked at."""
    bound, owner = callee.bound, callee.owner
    if not isinstance(bound, Object) or owner is None or bound.cls == owner:
        return callee
    seen = program.receivers.setdefault(callee.key, set())
    if bound.cls in seen:
        return callee
    if len(seen) >= RECEIVERS:
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
            if isinstance(value, (LoopVariable, Plain)) and parameter.annotation is not None:
                value = _told(scope, parameter, value)
            frame.env[name] = value
        else:
            frame.env[name] = default_value(frame, scope, parameter)
    frame.block(function.body)
    returns = join(frame.returns) if frame.returns else PLAIN
    yields = join(frame.yields) if frame.yields else None
    return Summary(
        callee.key, tuple(distinct(frame.effects)), returns, tuple(sorted(frame.stored.items(), key=lambda x: x[0])),
        yields, frozenset(frame.filled),
    )  # fmt: skip


def _told(scope: Frame, parameter: Any, value: Value) -> Value:
    told = hints.value_of(scope, parameter.annotation)
    if isinstance(told, Row) and isinstance(value, LoopVariable):
        return replace(told, loop=value.loop)
    return told if not isinstance(told, (Unknown, Plain)) else value


def default_value(frame: Frame, scope: Frame, parameter: Any) -> Value:
    """What a parameter holds when nobody says: a dependency's result, its annotation, its default."""
    program = frame.program
    if parameter.kind == "*":
        return Many(UNKNOWN)
    if parameter.kind == "**":
        return Mapping((), UNKNOWN)
    if program.packs.markers:
        found = hints.dependency(scope, parameter.annotation, parameter.default)
        if found is not None:
            result = _depend(frame, *found)
            if not isinstance(result, (Unknown, Plain)):
                return result
    if program.packs.by_name and parameter.annotation is None and parameter.default is None:
        provided = _provided(frame, parameter.name)
        if not isinstance(provided, Unknown):
            return provided
    value = hints.value_of(scope, parameter.annotation)
    if isinstance(value, Unknown) and parameter.default is not None and parameter.default != (CONST, None):
        count = len(scope.effects)
        value = scope.expr(parameter.default)
        del scope.effects[count:]
        if isinstance(value, Plain):
            return PLAIN
    return value


def _provided(frame: Frame, name: str) -> Value:
    """The value that a framework hands to a parameter because a provider has its name."""
    program, function = frame.program, frame.function
    if function is None or not function.decorators or function.name == name:
        return UNKNOWN
    keys = program.providers(frame.file).get(name, [])
    if not keys:
        return UNKNOWN
    before = [key for key in keys if key[1] < function.number]
    key = before[-1] if before else keys[0]
    count = len(frame.effects)
    result = _plain_result(call(frame, program.function_value(key), NO_ARGUMENTS, frame.here()))
    if program.provided_once(key):
        del frame.effects[count:]
        return _kept(result)
    return result


def _depend(frame: Frame, scope: Frame, node: Node) -> Value:
    """The value of a dependency; what it costs is paid here, once for each request. Plain ones run in a thread."""
    target = scope.expr(node)
    site = (frame.file, frame.function.pos) if frame.function is not None else (frame.file, 0)
    is_async = isinstance(target, FunctionValue) and frame.program.function(target.key).is_async
    handed = frame.function is not None and frame.function.is_async and not is_async
    frame.offloaded += handed
    try:
        return _plain_result(call(frame, target, NO_ARGUMENTS, site))
    finally:
        frame.offloaded -= handed


def _plain_result(result: Value) -> Value:
    """What a provider hands out: the awaited value, or what a generator yields."""
    if isinstance(result, Awaitable):
        result = result.result
    if isinstance(result, Many):
        return result.element
    return result.result if isinstance(result, Context) else result


def distinct(effects: list[Effect]) -> list[Effect]:
    """One effect for each place and kind: the surest, then the shortest way."""
    best: dict[Any, Effect] = {}
    for effect in effects:
        key = (effect.kind, effect.site, effect.row, effect.detail, effect.loops and effect.loops[-1].site, effect.met,
               effect.origin if effect.kind.startswith(_REQUEST_KINDS) else None, effect.blocks)  # fmt: skip
        known = best.get(key)
        if known is None or (effect.confidence, -len(effect.hops)) > (known.confidence, -len(known.hops)):
            best[key] = effect
    return list(best.values())


def decorate(frame: Frame, target: Value, node: Node, value: Value) -> Value:
    """Apply one decorator to a function."""
    packs = frame.program.packs
    if isinstance(target, External):
        meaning = packs.semantics.get(target.name)
        if isinstance(value, FunctionValue):
            if meaning == "properties":
                return replace(value, kind="property", once=value.once)
            if meaning == "cached-properties":
                return replace(value, kind="cached")
            if meaning == "contexts":
                return replace(value, kind="context")
            if meaning == "memoises":
                return replace(value, once=True)
            if target.name == "builtins.staticmethod":
                return replace(value, kind="static")
            if target.name == "builtins.classmethod":
                return replace(value, kind="class")
        entry = packs.calls.get(target.name)
        if entry is not None and entry.offloads is not None and not packs.decorators.get(target.name):
            return Offloaded(value, entry.offloads[1])
        return value
    if isinstance(target, (FunctionValue, ClassValue)) and isinstance(value, FunctionValue):
        frame.program.decorating += 1  # what a decorator makes differs for each function that it decorates
        try:
            return _wrapped(frame, target, node, value)
        finally:
            frame.program.decorating -= 1
    return value


def _wrapped(frame: Frame, target: Value, node: Node, value: FunctionValue) -> Value:
    if node[0] == CALL:
        count = len(frame.effects)
        inner = call(frame, target, evaluate_arguments(frame, node), (frame.file, node[1]))
        del frame.effects[count:]
        if not isinstance(inner, FunctionValue):
            return value
        target = inner
    result = call(frame, target, Arguments([value], {}), frame.here())
    if isinstance(result, Awaitable):
        result = result.result
    return result if isinstance(result, (FunctionValue, Offloaded)) else value
