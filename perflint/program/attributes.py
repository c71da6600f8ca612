"""What reading, writing, entering, iterating or printing a value does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, CALL, CLASS, DEF, SEQ, Node
from perflint.program import calls, classes, dispatch, entries, functions, hints, orm, outside, reading, specials
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.effects import READS
from perflint.program.values import (
    NOTHING,
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassKey,
    ClassValue,
    Context,
    Either,
    External,
    FunctionValue,
    Instance,
    Loader,
    Many,
    Mapping,
    Method,
    Module,
    Object,
    Plain,
    Query,
    RelationAttribute,
    Row,
    Site,
    Super,
    Unknown,
    Value,
    choices,
    is_empty,
    join,
    perhaps_none,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def read(frame: Frame, receiver: Value, name: str, site: Site, node: Node | None) -> Value:
    """The value of `receiver.name`; properties run, lazy relations are read."""
    if isinstance(receiver, Unknown):
        return UNKNOWN
    if isinstance(receiver, Either):
        return join(_of_any(frame, receiver.choices, name, site, node))
    if isinstance(receiver, Instance):
        return _of_instance(frame, receiver, name, site)
    if isinstance(receiver, Object):
        if name in frame.stored and frame.is_self(receiver):
            return frame.stored[name]
        options = dispatch.receivers(frame, receiver, name)
        if len(options) != 1 or options[0] != receiver:
            return _of_each(frame, options, name, site, node)
        return of_object(frame, receiver, name, site)
    if isinstance(receiver, External):
        return _of_external(frame, receiver, name)
    if isinstance(receiver, Module):
        return _of_module(frame, receiver, name)
    if isinstance(receiver, Row):
        return reading.read(frame, receiver, name, site)
    if isinstance(receiver, ClassValue):
        return of_class(frame, receiver, name, site)
    if isinstance(receiver, (Query, Many, Mapping, Loader)):
        found = orm.attribute(frame, receiver, name, site) if isinstance(receiver, Query) else None
        return found if found is not None else Method(receiver, name)
    if isinstance(receiver, Super):
        return _of_super(frame, receiver, name)
    if isinstance(receiver, RelationAttribute):
        return Method(receiver, name)
    return UNKNOWN


def _of_each(frame: Frame, options: tuple[Value, ...], name: str, site: Site, node: Node | None) -> Value:
    """What reading an abstract property or method of one of the classes that implement it gives."""
    before, values, ways = len(frame.effects), [], []
    for one in options:
        count = len(frame.effects)
        values.append(read(frame, one, name, site, node))
        ways.append(frame.effects[count:])
    frame.effects[before:] = dispatch.common(ways)
    return join(values)


def _of_any(frame: Frame, options: tuple[Value, ...], name: str, site: Site, node: Node | None) -> list[Value]:
    """What each of several gives. A row that has it at hand makes it doubtful that another of its model reads it."""
    values: list[Value] = []
    free: set[ClassKey | None] = set()
    costly: list[tuple[ClassKey | None, int, int]] = []
    before, noted = frame.read, set(frame.read)
    for one in options:
        first = len(frame.effects)
        frame.read = set(before)
        values.append(read(frame, one, name, site, node))
        noted |= frame.read
        if isinstance(one, Row):
            if any(effect.kind not in READS or effect.row is not None for effect in frame.effects[first:]):
                costly.append((one.model, first, len(frame.effects)))
            else:
                free.add(one.model)
    frame.read = noted
    for model, first, last in costly:
        if model in free:
            frame.effects[first:last] = [replace(one, confidence=Confidence.LOW) for one in frame.effects[first:last]]
    return values


def _of_module(frame: Frame, receiver: Module, name: str) -> Value:
    program = frame.program
    index = program.modules.find(receiver.name, frame.file)
    if index is not None:
        found = program.exported(index, name)
        if found is not None:
            return found
    inner = f"{receiver.name}.{name}"
    if program.modules.find(inner, frame.file) is not None or program.modules.is_folder(inner, frame.file):
        return Module(inner)
    return UNKNOWN


def _of_external(frame: Frame, receiver: External, name: str) -> Value:
    packs = frame.program.packs
    full = frame.program.canonical(f"{receiver.name}.{name}")
    if full in packs.objects:
        return Instance(packs.objects[full])
    if receiver.name in packs.objects:  # imported by name: `from django.db import connection`
        return _of_instance(frame, Instance(packs.objects[receiver.name]), name, (frame.file, 0))
    if receiver.name in packs.types:
        manager = frame.program.models.library_manager(receiver.name, name)
        if manager:
            return Query(manager, None, frame.here(), manager=True)
    return frame.program.external(full)


def _of_instance(frame: Frame, receiver: Instance, name: str, site: Site) -> Value:
    packs = frame.program.packs
    entry = packs.attribute(receiver.type, name)
    method = packs.method(receiver.type, name)
    if entry is not None and not (method is not None and _only_star(frame, receiver.type, name)):
        return entries.apply(frame, entry, f"{receiver.type}.{name}", receiver, NO_ARGUMENTS, site)
    if method is not None:
        return Method(receiver, name)
    found = outside.held(frame.program, receiver, name)
    return perhaps_none(found) if receiver.per_request else found


def _only_star(frame: Frame, type_name: str, name: str) -> bool:
    """Whether the type names no such attribute, and only says what any attribute is."""
    packs = frame.program.packs
    return not any(name in packs.types[one].attributes for one in packs.ancestors(type_name) if one in packs.types)


def of_class(frame: Frame, receiver: ClassValue, name: str, site: Site) -> Value:
    """`Class.name`: a function, a class attribute, a relation as loader options name it, a manager."""
    program = frame.program
    models = program.models
    found = classes.find(program, receiver.key, name)
    if models.orm_of(receiver.key) is not None:
        special = reading.class_attribute(frame, receiver.key, name, found, site)
        if special is not None:
            return special
    if found is not None:
        return _member(frame, found[0], found[1], receiver, site, name)
    for external in classes.externals(program, receiver.key):
        entry = program.packs.method(external, name)
        if entry is not None:
            return Method(receiver, name)
    return Method(receiver, name) if name == "__subclasses__" else UNKNOWN


def of_object(frame: Frame, receiver: Object, name: str, site: Site) -> Value:
    """`object.name`: what the constructor was given, what methods assigned, what the class defines."""
    program = frame.program
    found = classes.find(program, receiver.cls, name)
    if found is not None and found[1][0] in (DEF, CLASS):
        return _member(frame, found[0], found[1], receiver, site, name)
    for given, value in receiver.arguments:
        if given == name and (found is not None or is_set(frame, receiver, name)):
            return value
    assigned = stored_attribute(frame, receiver, name)
    if not isinstance(assigned, (Unknown, Plain)):
        return assigned
    if found is not None:
        value = _member(frame, found[0], found[1], receiver, site, name)
        if not isinstance(value, Unknown) and value != Plain(None):
            return value
    for external in classes.externals(program, receiver.cls):
        if program.packs.method(external, name) is not None:
            return Method(receiver, name)
        entry = program.packs.attribute(external, name)
        if entry is not None and entry.represents:
            return entries.apply(frame, entry, f"{external}.{name}", receiver, NO_ARGUMENTS, site)
        if entry is not None:
            return _of_instance(frame, Instance(external), name, site)
    told = outside.held(program, receiver, name)
    if not isinstance(told, Unknown):
        return told
    if found is None and isinstance(assigned, Unknown):
        if name == "__class__":
            return ClassValue(receiver.cls)
        return specials.call(frame, receiver, ("__getattr__",), [Plain(name)], site) or UNKNOWN
    return assigned


def is_set(frame: Frame, receiver: Object, name: str) -> bool:
    """Whether a library sets an attribute of the objects that it makes or runs."""
    packs = frame.program.packs
    return any(packs.attribute(one, name) is not None for one in classes.externals(frame.program, receiver.cls))


def stored_attribute(frame: Frame, receiver: Object, name: str) -> Value:
    """What the methods of the class and its bases assign to `self.name`, joined."""
    program = frame.program
    key = ("stored", receiver, name)
    if key in program.attribute_cache:
        return program.attribute_cache[key]
    if key in program.running:
        program.cut_off += 1
        return UNKNOWN
    if not any(
        name in classes.stores(program, one) for one in classes.mro(program, receiver.cls) if isinstance(one, tuple)
    ):
        program.attribute_cache[key] = UNKNOWN
        return UNKNOWN
    program.running.add(key)
    cut_off = program.cut_off
    values: list[Value] = []
    try:
        for base in classes.mro(program, receiver.cls):
            if not isinstance(base, tuple):
                continue
            for index in classes.stores(program, base).get(name, ()):
                function = (base[0], index)
                bound = FunctionValue(function, bound=receiver, owner=base)
                given = dict(receiver.arguments) if program.function(function).name == "__init__" else {}
                summary = functions.summarise(program, bound, given)
                for stored, value in summary.stored:
                    if stored == name:
                        values.append(value)
            if values:
                break
    finally:
        program.running.discard(key)
    known = [one for one in values if not isinstance(one, (Unknown, Plain))]
    filled = [one for one in known if not is_empty(one)]
    result = join(filled or known) if known else (values[0] if values else UNKNOWN)
    if known or program.cut_off == cut_off:
        # an answer that a cycle cut short may be better when asked again from outside it
        program.attribute_cache[key] = result
    return result


def _member(frame: Frame, owner: ClassKey, node: Node, receiver: Value, site: Site, name: str) -> Value:
    program = frame.program
    code = node[0]
    if code == DEF:
        value = program.function_value((owner[0], node[1]))
        return bind(frame, value, owner, receiver, site)
    if code == CLASS:
        return ClassValue((owner[0], node[1]))
    return class_variable(frame, owner, name, node)


def bind(frame: Frame, value: Value, owner: ClassKey, receiver: Value, site: Site) -> Value:
    """A function read through an instance or class: bound, or run if it is a property."""
    if not isinstance(value, FunctionValue):
        return value
    if value.kind in ("property", "cached-property"):
        if isinstance(receiver, ClassValue):
            return UNKNOWN
        bound = replace(value, bound=receiver, owner=owner)
        result = functions.call_function(frame, bound, NO_ARGUMENTS, site)
        if value.kind == "cached-property" and frame.loops and frame.is_self(receiver) and isinstance(result, Query):
            return replace(result, cached=True)  # it keeps the rows that it read in the first round
        return result
    if value.kind == "static":
        return replace(value, owner=owner)
    if value.kind == "class":
        cls = receiver if isinstance(receiver, ClassValue) else ClassValue(specials.class_of(receiver) or owner)
        if isinstance(receiver, Query):
            return replace(value, bound=receiver, owner=owner)
        return replace(value, bound=cls, owner=owner)
    if isinstance(receiver, ClassValue):
        return replace(value, owner=owner)
    return replace(value, bound=receiver, owner=owner)


def class_variable(frame: Frame, owner: ClassKey, name: str, node: Node) -> Value:
    """A class attribute: its value, else what its annotation says."""
    program = frame.program
    key = ("class", owner, name)
    if key in program.attribute_cache:
        return program.attribute_cache[key]
    if key in program.running:
        return UNKNOWN
    program.running.add(key)
    scope = program.scope(owner[0])
    count = len(scope.effects)
    try:
        if node[0] == ASSIGN:
            value = scope.expr(node[2])
            for target in node[1]:
                if target[0] == SEQ:
                    value = UNKNOWN
            if value in (NOTHING, Mapping((), UNKNOWN)) and f"{name}=" not in classes.stores(program, owner):
                value = replace(value, registry=True)  # empty as the class begins: what is added later is registered
        elif node[0] == ANN:
            value = scope.expr(node[3]) if node[3] is not None else UNKNOWN
            if isinstance(value, (Unknown, Plain)) or is_empty(value):
                told = hints.value_of(scope, node[2])
                value = told if not isinstance(told, Unknown) else value
        else:
            value = UNKNOWN
    finally:
        program.running.discard(key)
        del scope.effects[count:]
    program.attribute_cache[key] = value
    return value


def _of_super(frame: Frame, receiver: Super, name: str) -> Value:
    program = frame.program
    cls = specials.class_of(receiver.receiver)
    if isinstance(receiver.receiver, ClassValue):
        cls = receiver.receiver.key
    if isinstance(receiver.receiver, Query):
        return orm.super_attribute(frame, receiver, name)
    found = classes.find(program, cls or receiver.owner, name, after=receiver.owner)
    if found is None and cls is not None:
        found = classes.find(program, receiver.owner, name, after=receiver.owner)
    site = (frame.file, 0)
    if found is not None:
        return _member(frame, found[0], found[1], receiver.receiver, site, name)
    if isinstance(receiver.receiver, Row):
        return Method(receiver.receiver, name)
    if isinstance(receiver.receiver, ClassValue):
        started = reading.class_attribute(frame, receiver.receiver.key, name, None, site)
        if started is not None:
            return started
    for external in classes.externals(program, cls or receiver.owner):
        if program.packs.method(external, name):
            return Method(receiver.receiver if isinstance(receiver.receiver, Object) else Instance(external), name)
    return UNKNOWN


def assign(frame: Frame, receiver: Value, name: str, value: Value, site: Site) -> None:
    """`receiver.name = value`: a property's setter runs."""
    for one in choices(receiver):
        if not frame.is_self(one):
            outside.note(frame.program, one, name, value)
        if isinstance(one, Object):
            found = classes.find(frame.program, one.cls, name + ".setter")
            if found is not None:
                function = FunctionValue((found[0][0], found[1][1]), bound=one, owner=found[0])
                functions.call_function(frame, function, Arguments([value], {}), site)


def enter(frame: Frame, value: Value, site: Site, node: Node, is_async: bool) -> Value:
    """What `with value as x` binds; entering and leaving may cost."""
    site = (frame.file, node[1]) if node[0] == CALL else site
    options = choices(value)
    if is_async and len(options) > 1:  # what has no asynchronous form cannot be meant
        fitting = [one for one in options if _is_asynchronous(frame, one)]
        options = tuple(fitting) if fitting else options
    return join([_enter(frame, one, site, is_async) for one in options])


def _is_asynchronous(frame: Frame, value: Value) -> bool:
    if isinstance(value, Object):
        return classes.method(frame.program, value.cls, "__aenter__") is not None
    return isinstance(value, Awaitable)


def _enter(frame: Frame, value: Value, site: Site, is_async: bool) -> Value:
    if isinstance(value, Context):
        return value.result
    if isinstance(value, Awaitable) and isinstance(value.result, Context):
        return value.result.result
    if isinstance(value, Instance):
        result: Value = value
        packs = frame.program.packs
        entry = packs.special(value.type, "enter")
        if entry is not None:
            result = _at(frame, entry, value, "__enter__", site, is_async)
            if isinstance(result, Unknown):
                result = value
        leave = packs.special(value.type, "exit")
        if leave is not None:
            _at(frame, leave, value, "__exit__", site, is_async)
        return result
    if isinstance(value, Object):
        function = classes.method(frame.program, value.cls, "__aenter__" if is_async else "__enter__")
        result = value
        if function is not None:
            found = read(frame, value, "__aenter__" if is_async else "__enter__", site, None)
            result = calls.call(frame, found, NO_ARGUMENTS, site)
            if isinstance(result, Awaitable):
                result = result.result
            leave_function = read(frame, value, "__aexit__" if is_async else "__exit__", site, None)
            if isinstance(leave_function, FunctionValue):
                calls.call(frame, leave_function, Arguments([PLAIN, PLAIN, PLAIN], {}), site)
            return value if isinstance(result, Unknown) else result
        for external in classes.externals(frame.program, value.cls):
            if external in frame.program.packs.types:
                _enter(frame, Instance(external), site, is_async)
        return value
    if isinstance(value, Awaitable):
        return value.result
    return UNKNOWN


def _at(frame: Frame, entry: Entry, value: Instance, name: str, site: Site, is_async: bool) -> Value:
    if is_async and not entry.awaits:
        entry = entries.as_awaited(entry)
    result = entries.apply(frame, entry, f"{value.type}.{name}", value, NO_ARGUMENTS, site)
    return result.result if isinstance(result, Awaitable) else result


def iterate_instance(
    frame: Frame, value: Instance, site: Site, is_async: bool
) -> tuple[Value, bool, bool, Site | None]:
    """One element of a library's iterable."""
    entry = frame.program.packs.special(value.type, "iterate")
    if entry is None:
        return UNKNOWN, False, False, None
    element = entries.apply(
        frame,
        entries.as_awaited(entry) if is_async else entry,
        f"{value.type}.__iter__",
        value,
        NO_ARGUMENTS,
        site,
    )
    element = element.result if isinstance(element, Awaitable) else element
    if isinstance(element, Many) and element.chunk:
        return element, False, False, None
    return element, not (entry.endless or entry.few), False, None


def iterate_object(frame: Frame, value: Object, site: Site) -> Value | None:
    """One element of an object with `__iter__`; None where it has none."""
    for name in ("__iter__", "__aiter__"):
        if classes.method(frame.program, value.cls, name) is not None:
            found = read(frame, value, name, site, None)
            result = calls.call(frame, found, NO_ARGUMENTS, site)
            result = result.result if isinstance(result, Awaitable) else result
            if isinstance(result, Many):
                return result.element
            if isinstance(result, Query):
                orm.evaluate(frame, result, site, False)
                return orm.element(frame.program, result, None)
            return UNKNOWN
    return None


def get_item(frame: Frame, value: Instance, site: Site) -> Value:
    """`value[key]` of a library's type."""
    entry = frame.program.packs.method(value.type, "__getitem__")
    if entry is not None:
        return entries.apply(frame, entry, f"{value.type}.__getitem__", value, NO_ARGUMENTS, site)
    return UNKNOWN
