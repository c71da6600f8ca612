"""Classes whose annotated fields are read, by name, from the attributes of what they are made from.

A response model that a handler's rows are read into is a loop nobody wrote: each field is one read for each row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.showing import SchemaRule
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, CONST, NAME, SEQ, SUB, Node
from perflint.program import attributes, calls, classes, functions, hints, loops, schema_fields
from perflint.program.arguments import Arguments
from perflint.program.effects import Loop, Summary, replace
from perflint.program.program import CALL_DEPTH, INSTANCES, Program
from perflint.program.schema_fields import Field
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    ClassKey,
    ClassValue,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Many,
    Mapping,
    Object,
    Query,
    Row,
    Site,
    Tuple,
    Value,
    choices,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perflint.program.frame import Frame


def rule_of(program: Program, key: ClassKey) -> SchemaRule | None:
    """What a pack says of the library's class that makes this one a schema; None for other classes and for models."""
    for external in classes.externals(program, key) if program.packs.schemas else ():
        for one in program.packs.ancestors(external):
            if one in program.packs.schemas:
                return program.packs.schemas[one] if program.models.orm_of(key) is None else None
    return None


def read_with(frame: Frame, value: Value, schema: Object, site: Site) -> None:
    """Read a row, or each of many rows, with a schema."""
    for one in choices(value):
        read_into(frame, one, Many(schema) if isinstance(one, (Query, Many)) else schema, site)


def read_into(frame: Frame, value: Value, shape: Value, site: Site) -> None:
    """Read a value into what an annotation says: one schema, many of them, or a mapping to them."""
    for told in choices(shape):
        for one in choices(value):
            _read_into(frame, one, told, site)


def _read_into(frame: Frame, value: Value, told: Value, site: Site) -> None:
    if isinstance(told, (Many, Tuple)) and isinstance(value, (Query, Many)):
        element = told.element if isinstance(told, Many) else next(iter(told.elements), UNKNOWN)
        _each(frame, value, element, site)
    elif isinstance(told, Mapping) and isinstance(value, Mapping):
        for _, one in value.items:
            read_into(frame, one, told.rest, site)
    elif isinstance(told, Object) and rule_of(frame.program, told.cls) is not None:
        if isinstance(value, Row):
            summary = _summary(frame.program, told, value)
            callee = frame.program.class_(told.cls).name
            functions.carry(frame, FunctionValue(told.cls), summary, callee, site, False)
        elif isinstance(value, Mapping):
            given = dict(value.items)
            for field in _fields(frame.program, told):
                if field.path and field.path[0] in given:
                    read_into(frame, given[field.path[0]], field.shape, site)


def _each(frame: Frame, value: Query | Many, told: Value, site: Site) -> None:
    """Read each element of a value."""
    if not isinstance(told, Object):
        return
    element, counts, needs_use, rows = loops.iterate(frame, value, site, (NAME, ""), False)
    outer = frame.loops
    frame.loops = (*outer, Loop(site, "", counts, needs_use, rows, Confidence.HIGH))
    read_into(frame, element, told, site)
    frame.loops = outer


def _summary(program: Program, schema: Object, row: Row) -> Summary:
    """What reading one row into a schema costs; looked at once for each."""
    key = ("schema", schema, row)
    found = program.summaries.get(key)
    if found is not None:
        return found
    page = ("schema", schema.cls)
    seen = program.pages.get(page, 0)
    if key in program.running or program.depth >= CALL_DEPTH or seen >= INSTANCES:
        return Summary(None, (), UNKNOWN)
    program.pages[page] = seen + 1
    program.running.add(key)
    program.depth += 1
    try:
        found = _evaluate(program, schema, row)
    finally:
        program.depth -= 1
        program.running.discard(key)
    program.summaries[key] = found
    return found


def _evaluate(program: Program, schema: Object, row: Row) -> Summary:
    from perflint.program.frame import Frame

    frame = Frame(program, schema.cls[0], None, None)
    for field in _fields(program, schema):
        if field.called is not None:
            calls.call(frame, field.called, Arguments([row], {}), field.site)
            continue
        value: Value = row
        for name in field.path:
            value = attributes.read(frame, value, name, field.site, None)
        read_into(frame, value, field.shape, field.site)
    return Summary(None, tuple(functions.distinct(frame.effects)), PLAIN, schema=schema.cls)


def _fields(program: Program, schema: Object) -> Iterable[Field]:
    """The fields of a schema, inherited ones included."""
    rule = rule_of(program, schema.cls)
    found: dict[str, Field] = {}
    if rule is None or _is_prepared(program, schema.cls, rule):
        return ()
    for base in reversed(classes.mro(program, schema.cls)):
        if not isinstance(base, tuple):
            continue
        scope = _scope(program, base, schema)
        for name, node in classes.members(program, base).items():
            found.pop(name, None)
            if node[0] == ANN and not name.startswith("_") and _is_field(scope, node, rule):
                found[name] = Field((name,), (base[0], node[4]), shape_of(scope, node[2]))
            made = schema_fields.declared(scope, base, schema, name, node, rule) if node[0] == ASSIGN else None
            if made is not None:
                found[name] = made
    return found.values()


def _is_field(scope: Frame, node: Node, rule: SchemaRule) -> bool:
    """Whether an annotation makes a field that is read under its own name."""
    _, _, annotation, value, _ = node
    if value is not None and value[0] == CALL and any(name in rule.renames for name, _ in value[4]):
        return False
    head = scope.expr(annotation[2]) if annotation[0] == SUB and annotation[2][0] in (NAME, ATTR) else UNKNOWN
    return not (isinstance(head, External) and head.name in rule.unread)


def _is_prepared(program: Program, key: ClassKey, rule: SchemaRule) -> bool:
    """Whether a method of the class is given what is read before its fields are: it may be anything then."""
    for base in classes.mro(program, key):
        for _, method in classes.methods(program, base) if isinstance(base, tuple) else ():
            for decorator in program.function(method).decorators:
                target = decorator[2] if decorator[0] == CALL else decorator
                if target[0] in (NAME, ATTR):
                    value = program.scope(method[0]).expr(target)
                    if isinstance(value, External) and value.name in rule.prepared_by:
                        return True
    return False


def _scope(program: Program, base: ClassKey, schema: Object) -> Frame:
    """Where the annotations of a class are looked up: the variables of a generic one are known."""
    if not schema.arguments or base != schema.cls:
        return program.scope(base[0])
    from perflint.program.frame import Frame

    scope = Frame(program, base[0], None, None)
    scope.env.update(schema.arguments)
    return scope


def shape_of(scope: Frame, node: Node) -> Value:
    """What an annotation says; of a generic schema (`Page[BookRead]`) also what its variables are."""
    if node[0] == SUB and node[2][0] in (NAME, ATTR):
        head = scope.expr(node[2])
        if isinstance(head, ClassValue) and rule_of(scope.program, head.key) is not None:
            given = node[3][2] if node[3][0] == SEQ else (node[3],)
            names = _variables(scope.program, head.key)
            return Object(head.key, tuple(zip(names, [_class_of(scope, one) for one in given], strict=False)))
    return hints.value_of(scope, node)


def _class_of(scope: Frame, node: Node) -> Value:
    value = scope.expr(node) if node[0] in (NAME, ATTR) else UNKNOWN
    return value if isinstance(value, ClassValue) else UNKNOWN


def _variables(program: Program, key: ClassKey) -> list[str]:
    """The type variables of a class, in the order in which its bases name them."""
    found: dict[str, None] = {}
    for base in program.class_(key).bases:
        if base[0] == SUB:
            for one in base[3][2] if base[3][0] == SEQ else (base[3],):
                if one[0] == NAME:
                    found[one[1]] = None
    return list(found)


# --- where it happens ----------------------------------------------------------------------------------------------


def construct(frame: Frame, key: ClassKey, arguments: Arguments, site: Site) -> tuple[tuple[str, Value], ...]:
    """Build a schema: rows among its arguments are read into its fields. Gives what chooses among its fields."""
    if any(_holds_rows(one) for one in arguments.keywords.values()):
        read_into(frame, Mapping(tuple(arguments.keywords.items()), UNKNOWN), Object(key), site)
    return schema_fields.options(frame.program, arguments)


def _holds_rows(value: Value) -> bool:
    return any(
        isinstance(one, (Row, Query)) or (isinstance(one, Many) and _holds_rows(one.element)) for one in choices(value)
    )


def respond(program: Program, keys: Iterable[FunctionKey]) -> None:
    """Read what handlers return into their response models."""
    if program.packs.responses and program.packs.schemas:
        for key in keys:
            try:
                _respond(program, key)
            except Exception as error:  # a fault of ours costs this handler only, and is told
                where = f"{program.files[key[0]].path}: {program.function(key).qualname}"
                program.errors.append(f"{where}: {type(error).__name__}: {error}")


def _respond(program: Program, key: FunctionKey) -> None:
    from perflint.program import roles
    from perflint.program.frame import Frame

    told = _response(program, key)
    value = roles.value_of(program, key) if told is not None else None
    if told is None or value is None:
        return
    summary = functions.summarise(program, value, {})
    if not any(_holds_rows(one) or isinstance(one, Mapping) for one in choices(summary.returns)):
        return
    function = program.function(key)
    frame = Frame(program, key[0], function, value.env)
    shape = shape_of(program.scope(key[0]), told[0])
    read_into(frame, summary.returns, shape, (key[0], told[1]))
    effects = [replace(one, blocks=False) for one in frame.effects]  # where it runs is the framework's affair
    program.summaries["handled", key] = Summary(key, tuple(functions.distinct(effects)), PLAIN)


def _response(program: Program, key: FunctionKey) -> tuple[Node, int] | None:
    """The annotation that a handler's result is read into, and where it stands."""
    function = program.function(key)
    scope = program.scope(key[0])
    for decorator in function.decorators:
        if decorator[0] != CALL or decorator[2][0] != ATTR:
            continue
        router = scope.expr(decorator[2][2])
        types = program.packs.ancestors(router.type) if isinstance(router, Instance) else ()
        argument = next((program.packs.responses[one] for one in types if one in program.packs.responses), "")
        if argument:
            given = dict(decorator[4])
            if argument in given:
                return (given[argument], decorator[1]) if given[argument] != (CONST, None) else None
            return (function.returns, function.pos) if function.returns is not None else None
    return None
