"""What a call does: library entries, the project's own functions, constructors, hand-overs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry, Packs
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ATTR, NAME, Node
from perflint.program import (
    attributes,
    branches,
    builtins,
    classes,
    dispatch,
    entries,
    fields,
    functions,
    loading,
    orm,
    reading,
    schemas,
    sources,
    specials,
    templates,
)  # fmt: skip
from perflint.program.arguments import Arguments, evaluate_arguments
from perflint.program.effects import Effect, replace
from perflint.program.program import Program
from perflint.program.values import (
    BATCH,
    UNKNOWN,
    Awaitable,
    ClassValue,
    Either,
    External,
    FunctionValue,
    Getter,
    Instance,
    Loader,
    LoopVariable,
    Maker,
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


def _call_each(
    frame: Frame,
    options: tuple[Value, ...],
    name: str,
    arguments: Arguments,
    site: Site,
    function: Node,
    node: Node,
    *,
    virtual: bool = False,
) -> Value:
    """Call a method on each receiver that it may be. If the result is awaited, only what can be awaited is meant.

    In a virtual call the receivers are the classes that implement the method.
    """
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
    if virtual:
        frame.effects += dispatch.common([effects for _, effects in kept])
        return join([one for one, _ in kept])
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
    if isinstance(receiver, (Unknown, LoopVariable)):
        return _call_unknown(frame, receiver, name, arguments, site, function, node)
    if isinstance(receiver, Object):
        options = dispatch.receivers(frame, receiver, name)
        if len(options) != 1 or options[0] != receiver:
            return _call_each(frame, options, name, arguments, site, function, node, virtual=True)
    if isinstance(receiver, Query):
        return orm.call(frame, receiver, name, arguments, site)
    if isinstance(receiver, Tuple) and builtins.grows(name):  # a list made of it: `list(names).append(…)`
        receiver = Many(join(list(receiver.elements)))
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
            entries.register(frame, receiver.type, name, arguments)
            result = entries.apply(frame, entry, f"{receiver.type}.{name}", receiver, arguments, site)
            if entry.inert_if and function[2][0] == NAME and function[2][1] in frame.env:
                switched = any(entries.matches(arguments, *guard) for guard in entry.inert_if)
                frame.env[function[2][1]] = replace(receiver, inert=switched)
            if entry.sql >= 0:
                _remember_sql(frame, function[2], receiver, entry, arguments)
            return result
    if _takes_batch(packs, name, arguments):
        return BATCH
    callee = attributes.read(frame, receiver, name, (frame.file, function[1]), function)
    return call(frame, callee, arguments, site)


def _call_unknown(
    frame: Frame,
    receiver: Unknown | LoopVariable,
    name: str,
    arguments: Arguments,
    site: Site,
    function: Node,
    node: Node,
) -> Value:
    """`receiver.name(...)` of what nobody knows: its name, or what it is given, may tell."""
    if frame.facts.markdown and isinstance(receiver, Unknown):
        looked = sources.document_call(frame, function, name, arguments, site)
        if looked is not None:
            return looked
    if _takes_batch(frame.program.packs, name, arguments):
        return BATCH
    session = sources.session_of(frame, name, arguments, node)
    return session_call(frame, session, name, arguments, site) if session is not None else UNKNOWN


def _takes_batch(packs: Packs, name: str, arguments: Arguments) -> bool:
    """Whether a call is a condition that takes many keys, or one of a loop, at once."""
    if name not in packs.batch_operators:
        return False
    given = arguments.at(0)
    return isinstance(given, LoopVariable) or (isinstance(given, Many) and given.chunk)


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
        return functions.call_function(frame, callee, arguments, site)
    if isinstance(callee, External):
        return entries.call_external(frame, callee.name, arguments, site)
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
    if isinstance(callee, Getter):
        return _get(frame, callee, arguments, site)
    if isinstance(callee, Offloaded):
        return Awaitable(entries.offload(frame, callee.target, arguments, callee.to, site))
    if isinstance(callee, Instance):
        entry = frame.program.packs.special(callee.type, "call")
        if entry is not None:
            return entries.apply(frame, entry, callee.type, callee, arguments, site)
        return UNKNOWN
    if isinstance(callee, Maker):
        return callee.result
    if isinstance(callee, Object):
        function = attributes.read(frame, callee, "__call__", site, None)
        return call(frame, function, arguments, site) if isinstance(function, FunctionValue) else UNKNOWN
    if isinstance(callee, Query):
        return callee if callee.manager else UNKNOWN
    return UNKNOWN


def _get(frame: Frame, callee: Getter, arguments: Arguments, site: Site) -> Value:
    """Read the attributes that a getter names of its argument."""
    results: list[Value] = []
    for path in callee.paths if arguments.positional else ():
        value = arguments.positional[0]
        for name in path:
            value = attributes.read(frame, value, name, site, None)
        results.append(value)
    return results[0] if len(results) == 1 else Tuple(tuple(results)) if results else UNKNOWN


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
        return reading.call_row(frame, receiver, name, arguments, site)
    if isinstance(receiver, Many):
        return builtins.call_many(frame, receiver, name, arguments, None, site)
    if isinstance(receiver, Mapping):
        return builtins.call_mapping(frame, receiver, name, arguments, None)
    if isinstance(receiver, Loader):
        return loading.chain_loader(frame, receiver, name, arguments)
    if isinstance(receiver, RelationAttribute):
        return receiver
    if isinstance(receiver, ClassValue):
        if name == "__subclasses__":
            heirs = [ClassValue(one) for one in classes.subclasses(frame.program, receiver.key)]
            return Many(join(heirs), size=len(heirs)) if heirs else UNKNOWN
        for external in classes.externals(frame.program, receiver.key):
            entry = frame.program.packs.method(external, name)
            if entry is not None:
                result = entries.apply(frame, entry, f"{external}.{name}", receiver, arguments, site)
                if entry.reads >= 0:
                    schemas.read_into(frame, arguments.at(entry.reads) or UNKNOWN, Object(receiver.key), site)
                    return Object(receiver.key)
                if isinstance(result, Instance) and frame.program.models.is_manager(result.type):
                    return Object(receiver.key)
                return result
        return UNKNOWN
    if isinstance(receiver, Object):
        for external in classes.externals(frame.program, receiver.cls):
            entry = frame.program.packs.method(external, name)
            if entry is not None:
                result = entries.apply(frame, entry, f"{external}.{name}", receiver, arguments, site)
                if entry.reads >= 0:
                    schemas.read_with(frame, arguments.at(entry.reads) or UNKNOWN, receiver, site)
                # a queryset that was built without its manager is no longer all that its class is
                return UNKNOWN if entry.query and result == receiver else result
        return UNKNOWN
    if isinstance(receiver, Instance):
        entry = frame.program.packs.method(receiver.type, name)
        if entry is not None:
            entries.register(frame, receiver.type, name, arguments)
            return entries.apply(frame, entry, f"{receiver.type}.{name}", receiver, arguments, site)
    return UNKNOWN


def construct(frame: Frame, callee: ClassValue, arguments: Arguments, site: Site) -> Value:
    """Build an instance of a class of the project."""
    program = frame.program
    if program.models.orm_of(callee.key) is not None:
        # what the constructor is given is on the row; the rest was never in the database
        return Row(callee.key, loads=frozenset((name,) for name in arguments.keywords), open_loads=True)
    given: tuple[tuple[str, Value], ...] = ()
    if schemas.rule_of(program, callee.key) is not None:
        given = schemas.construct(frame, callee.key, arguments, site)
    given += _constructor_arguments(program, callee, arguments) + fields.constructed(program, callee.key, arguments)
    value = Object(callee.key, given)
    function = classes.method(program, callee.key, "__init__")
    if function is not None:
        found = classes.find(program, callee.key, "__init__")
        owner = found[0] if found else callee.key
        functions.call_function(frame, FunctionValue(function, bound=value, owner=owner), arguments, site)
    else:
        specials.call(frame, value, ("__post_init__",), [], site)
    name = program.class_name(callee.key) if program.packs.own else ""
    if name in program.packs.own:
        entries.apply(frame, program.packs.construct(name), name, External(name), arguments, site)
    for external in classes.externals(program, callee.key):
        entry = program.packs.construct(external) if external in program.packs.types else None
        if entry is not None and entry.opens:
            entries.apply(frame, entry, external, External(external), arguments, site)
            break
    return value


def _constructor_arguments(program: Program, callee: ClassValue, arguments: Arguments) -> tuple[tuple[str, Value], ...]:
    """Arguments worth remembering, by parameter or field: instances, clients, functions, rows."""
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
        told = told or (isinstance(value, Many) and isinstance(value.element, Row))
        if told or branches.is_flag(value) or (name in words and branches.constant_of(value) is not branches.UNDECIDED):
            kept.append((name, value))
        elif isinstance(value, Object):
            kept.append((name, Object(value.cls) if value.arguments else value))
    return tuple(kept)


# --- library entries ---------------------------------------------------------------------------------------------


# --- the project's own functions ---------------------------------------------------------------------------------
