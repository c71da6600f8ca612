"""What a call of a library does, as its pack says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perflint.catalog.packs import Entry, Spec
from perflint.catalog.showing import TemplatePlaces
from perflint.facts.ir import ATTR, BIN, CALL, CONST, DICT, NAME, SEQ
from perflint.program import (
    asked,
    attributes,
    builtins,
    calls,
    classes,
    displays,
    hints,
    loading,
    orm,
    repeats,
    serializers,
    sources,
    templates,
)  # fmt: skip
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.effects import missed, replace
from perflint.program.sql import is_select, is_write, reads_whole_table
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassValue,
    Context,
    External,
    FunctionValue,
    Getter,
    Instance,
    LoopVariable,
    Many,
    Mapping,
    Method,
    Object,
    Offloaded,
    Partial,
    Plain,
    Query,
    Site,
    Tuple,
    Unknown,
    Value,
    choices,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def call_external(frame: Frame, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a library's function or class by its dotted name."""
    program = frame.program
    packs = program.packs
    if name.startswith("builtins."):
        found = builtins.call(frame, name[9:], arguments, site)
        if found is not None:
            return found
    register(frame, "", name, arguments)
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
        return calls.call_method(frame, Method(Instance(packs.objects[head]), tail), arguments, site)
    return UNKNOWN


def _semantic(frame: Frame, meaning: str, arguments: Arguments, site: Site) -> Value:
    if meaning == "partials" and arguments.positional:
        return Partial(
            arguments.positional[0], tuple(arguments.positional[1:]), tuple(sorted(arguments.keywords.items()))
        )
    if meaning == "getters":
        texts = [one.text for one in arguments.positional if isinstance(one, Plain) and isinstance(one.text, str)]
        return Getter(tuple([tuple(text.split(".")) for text in texts]))
    if meaning in ("passes", "passes-last") and arguments.positional:
        return builtins.pass_on(frame, arguments.positional[0 if meaning == "passes" else -1], site)
    if meaning == "casts" and arguments.positional:
        value = arguments.positional[-1]
        return hints.value_of(frame, arguments.nodes[0]) if isinstance(value, Unknown) and arguments.nodes else value
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
        inert = any(matches(arguments, *guard) for guard in entry.inert_if)
        return Instance(name, timeout=timeout, inert=inert)
    if isinstance(result, Instance) and timeout:
        return replace(result, timeout=True)
    return result


def as_awaited(entry: Entry) -> Entry:
    """The same entry under `async with` or `async for`."""
    return replace(entry, awaits=True)


def apply(frame: Frame, entry: Entry, callee: str, receiver: Value, arguments: Arguments, site: Site) -> Value:
    """Record what an entry says and give back what the call yields."""
    if entry.loader:
        return loading.loader(frame, entry, arguments)
    if entry.offloads is not None:
        if entry.effect:
            _record(frame, entry, callee, receiver, arguments, site)
        return _hand_over(frame, entry, callee, receiver, arguments, site)
    result: Value | None = None
    if entry.invokes is not None:
        count = len(frame.effects)
        result = _invoke(frame, entry, arguments, site)
        if entry.effect == "cache":
            frame.effects[count:] = [missed(one, len(frame.loops)) for one in frame.effects[count:]]
    if entry.loads and not entry.query and arguments.nodes and arguments.nodes[0][0] == NAME:
        loading.load_into(frame, arguments, entry.loads)
    if entry.renders:
        orm.render(frame, [*arguments.positional, *arguments.keywords.values()], site)
    if entry.displays is not None:
        displays.register(frame, entry.displays, arguments, site)
    if entry.represents:
        serializers.represent(frame, entry.represents, receiver, callee.rpartition(".")[2], arguments, site)
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
    if isinstance(value, Instance) and any(matches(arguments, *guard) for guard in entry.inert_if):
        value = replace(value, inert=True)
    if entry.queues:
        frame.record("queued", callee, site, blocks=False)
    if entry.needs_loop:
        frame.record("needs-loop", callee, site, blocks=False)
    if isinstance(value, Instance) and entry.bounds:
        value = replace(value, whole=False)
    if isinstance(value, Instance) and entry.per_request:
        value = replace(value, per_request=True)
    if entry.effect and isinstance(receiver, Instance) and receiver.whole and active:
        frame.record("unbounded-rows", callee, site, blocks=False, detail=callee, model="the collection")
    if result is not None and isinstance(value, Unknown):
        value = result
    return Awaitable(value) if entry.awaits and not isinstance(value, (Awaitable, Context)) else value


def _render(frame: Frame, places: TemplatePlaces, arguments: Arguments, site: Site) -> None:
    given = [_texts(frame, place, arguments) for place in places.name]
    names = [one for one in given if one is not None and not isinstance(one, (Unknown, Mapping))]
    if places.keywords:
        context: Value | None = Mapping(tuple(arguments.keywords.items()), UNKNOWN)
    else:
        found = [arguments.at(place) for place in places.context]
        context = next((one for one in found if isinstance(one, Mapping)), Mapping((), UNKNOWN))
    if isinstance(context, Mapping):
        for name in names:
            templates.render(frame, name, context, site)


def _texts(frame: Frame, place: int | str, arguments: Arguments) -> Value | None:
    """An argument that may be a list of names: a list's texts are told apart, in their order."""
    nodes = arguments.nodes
    if isinstance(place, int) and place < len(nodes) and nodes[place][0] == SEQ:
        return Tuple(tuple([frame.expr(one) for one in nodes[place][2] if one[0] == CONST]))
    return arguments.at(place)


def _active(frame: Frame, entry: Entry, arguments: Arguments) -> bool:
    if any(matches(arguments, name, expected) or _has_flag(frame, arguments, name, expected)
           for name, expected in entry.unless):  # fmt: skip
        return False
    if entry.ready_if and asked.is_ready(frame, entry):
        return False
    return not entry.only_if or any(matches(arguments, name, expected) for name, expected in entry.only_if)


def _has_flag(frame: Frame, arguments: Arguments, name: str, expected: Any) -> bool:
    """Whether an argument is a library's constant (`fcntl.LOCK_NB`), or several put together with it."""
    if not (isinstance(expected, str) and "." in expected and name.isdigit() and int(name) < len(arguments.nodes)):
        return False
    waiting = [arguments.nodes[int(name)]]
    while waiting:
        node = waiting.pop()
        if node[0] == BIN and node[1] == "BitOr":
            waiting += node[2:4]
        elif node[0] in (NAME, ATTR):
            value = frame.expr(node)
            if isinstance(value, External) and value.name == expected:
                return True
    return False


def matches(arguments: Arguments, name: str, expected: Any) -> bool:
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
    return matches(arguments, name, expected)


def _record(frame: Frame, entry: Entry, callee: str, receiver: Value, arguments: Arguments, site: Site) -> None:
    if isinstance(receiver, Instance) and receiver.inert:
        return
    blocks = not entry.awaits
    common: dict[str, Any] = {"twin": entry.twin, "weight": entry.weight, "awaited": entry.awaits}
    if entry.effect:
        kind = "write" if entry.sql >= 0 and _changes_rows(frame, arguments.at(entry.sql)) else entry.effect
        if kind == "write" and entry.sql >= 0 and _gives_many(arguments, entry.sql):
            kind = "batch-write"  # one statement with many sets of values
        elif entry.batch or (entry.sql >= 0 and isinstance(arguments.at(entry.sql), LoopVariable)):
            kind = f"batch-{kind}"  # takes many at once, or the loop runs over different statements
        frame.record(kind, callee, site, blocks=blocks, pending=entry.pending, **common)
        if kind == "http" and isinstance(receiver, Instance) and not frame.program.packs.construct(receiver.type).opens:
            frame.effects[-1] = replace(frame.effects[-1], apart=True)  # the rest of an answer: no call of its own
        if entry.bulk and frame.varies():
            frame.record("one-by-one", callee, site, blocks=False, detail=entry.bulk)
        asked = arguments.at(0)
        if kind == "commit" and not callee.endswith("__exit__"):
            repeats.note_commit(frame)
        if entry.returns[:1] == ("executed",) and isinstance(asked, Query):
            repeats.note(frame, site, orm.model_name(frame, asked.model))
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


def _changes_rows(frame: Frame, statement: Value | None) -> bool:
    """Whether a statement is one that writes: by its text, or by its type."""
    if isinstance(statement, Plain):
        return isinstance(statement.text, str) and is_write(statement.text)
    if not isinstance(statement, Instance):
        return False
    return is_write(statement.sql) or frame.program.packs.is_writing(statement.type)


def _gives_many(arguments: Arguments, at: int) -> bool:
    """Whether a statement comes with many sets of values: a list, beside a text one of dicts."""
    values = arguments.at(at + 1)
    by_text = isinstance(arguments.at(at), Plain)
    return isinstance(values, Many) and (not by_text or isinstance(values.element, Mapping))


def _given(entry: Entry, arguments: Arguments) -> bool:
    if entry.timeout in arguments.keywords:
        return arguments.keywords[entry.timeout] != Plain(None)
    if 0 <= entry.timeout_at < len(arguments.positional):
        return True
    return arguments.double or arguments.star


def _hand_over(frame: Frame, entry: Entry, callee: str, receiver: Value, arguments: Arguments, site: Site) -> Value:
    assert entry.offloads is not None
    places, to = entry.offloads
    target, place = arguments.first(places)
    if target is None:
        return UNKNOWN
    if to != "iteration" and all(_is_result(one) for one in choices(target)) and _is_called(frame, arguments, place):
        frame.record("eager", callee, site, blocks=True)
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


def _is_result(value: Value) -> bool:
    """Whether a value is surely what some call gave, and nothing to call. A text may name a function."""
    if isinstance(value, Plain):
        return value.text is not None and not isinstance(value.text, str)
    return isinstance(value, (Many, Mapping, Tuple, Awaitable))


def _is_called(frame: Frame, arguments: Arguments, place: int | str | None) -> bool:
    """Whether an argument is a call."""
    node = arguments.nodes[place] if isinstance(place, int) and place < len(arguments.nodes) else None
    if isinstance(place, str) and frame.current is not None and frame.current[0] == CALL:
        node = next((one for name, one in frame.current[4] if name == place), None)
    return node is not None and node[0] == CALL


def offload(frame: Frame, target: Value, arguments: Arguments, to: str, site: Site) -> Value:
    """Evaluate a callable that runs elsewhere: its effects count, but do not hold this thread."""
    if to in ("task", "loop"):
        count = len(frame.effects)
        result = calls.call(frame, target, arguments, site)
        del frame.effects[count:]
        return result
    frame.offloaded += 1
    try:
        result = calls.call(frame, target, arguments, site)
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
        return calls.call(frame, target, Arguments([element], {}), site)
    return calls.call(frame, target, NO_ARGUMENTS, site)


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
        if isinstance(first, Plain) and isinstance(first.text, str) and (is_select(first.text) or is_write(first.text)):
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
    if kind == "entered":
        return _entered(frame, value_of(frame, spec[1], receiver, arguments, site), site, False)
    if kind == "awaitable" and spec[1][0] == "entered":
        return Awaitable(_entered(frame, value_of(frame, spec[1][1], receiver, arguments, site), site, True))
    if kind == "awaitable":
        return Awaitable(value_of(frame, spec[1], receiver, arguments, site))
    if kind == "class":
        made_of = arguments.at(0)
        if isinstance(made_of, ClassValue):
            return made_of
        texts = [one.text for one in arguments.positional if isinstance(one, Plain) and isinstance(one.text, str)]
        named = frame.program.models.labelled(texts, frame.file) if texts else None
        if named is not None:
            return ClassValue(named)
        own = frame.program.models.user_class(spec[1])
        return ClassValue(own) if own is not None else External(spec[1])
    if kind in ("result", "element"):
        target = arguments.at(spec[1])
        if kind == "element":
            return target.element if isinstance(target, Many) else UNKNOWN
        if isinstance(target, (FunctionValue, Partial)):
            return calls.call(frame, target, NO_ARGUMENTS, site)
        return target.result if isinstance(target, Awaitable) else UNKNOWN
    if kind == "attribute":
        return attributes.read(frame, receiver, spec[1], site, None)
    if kind == "made":
        maker = calls.call(frame, attributes.read(frame, receiver, spec[1], site, None), NO_ARGUMENTS, site)
        return calls.call(frame, maker, arguments, site)
    if kind == "keyed":
        return Mapping(((spec[1], value_of(frame, spec[2], receiver, arguments, site)),), UNKNOWN)
    if kind == "own":
        return sources.own_query(frame, spec[1], receiver, site)
    if kind in ("query", "row", "rows", "executed"):
        return sources.produce(frame, spec, receiver, arguments, site)
    return UNKNOWN


def _entered(frame: Frame, value: Value, site: Site, is_async: bool) -> Value:
    return attributes.enter(frame, value, site, (NAME, ""), is_async)


def register(frame: Frame, type_name: str, name: str, arguments: Arguments) -> None:
    """Note a handler that a call registers (`path("books/", view)`)."""
    packs = frame.program.packs
    if not packs.registers or (type_name == "" and name not in packs.registers):
        return
    role = None
    for one in packs.ancestors(type_name) if type_name else ("",):
        role = role or packs.registers.get(f"{one}.{name}" if one else name)
    if role is None:
        return
    if role.callables == ("*",):
        targets = list(arguments.keywords.values())
    else:
        targets = [one for place in role.callables for one in _members(arguments.at(place))]
    route = arguments.at(role.route) if role.route >= 0 else None
    path = str(route.text) if isinstance(route, Plain) and isinstance(route.text, str) else ""
    for choice in [one for target in targets for one in choices(target)]:
        handler: Value = choice
        while isinstance(handler, Partial):
            handler = handler.target
        if isinstance(handler, FunctionValue) and not handler.once:
            frame.program.registered.setdefault(handler.key, (role, path))
        elif isinstance(handler, Object):
            called = classes.method(frame.program, handler.cls, "__call__")
            if called is not None:
                frame.program.registered.setdefault(called, (role, path))
        elif isinstance(handler, ClassValue):
            frame.program.registered_classes.setdefault(handler.key, (role, path))


def _members(given: Value | None) -> list[Value]:
    """A callable that is given, or those of a list."""
    if isinstance(given, Tuple):
        return list(given.elements)
    return [] if given is None else [given.element if isinstance(given, Many) else given]
