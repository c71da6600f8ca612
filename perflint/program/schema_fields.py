"""Fields of schemas: annotations, and objects of a library's field classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perflint.catalog.showing import SchemaField, SchemaRule
from perflint.facts.ir import ASSIGN, ATTR, CALL, NAME, Node
from perflint.program import calls, classes
from perflint.program.arguments import NO_ARGUMENTS, Arguments, evaluate_arguments
from perflint.program.values import (
    UNKNOWN,
    ClassKey,
    ClassValue,
    External,
    FunctionValue,
    Many,
    Object,
    Plain,
    Site,
    Tuple,
    Value,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program


class Field(NamedTuple):
    """One field: what it reads of a row, one attribute after the other, or what is `called` with the row instead.

    `shape` is what the value is read into.
    """

    path: tuple[str, ...]
    site: Site
    shape: Value = UNKNOWN
    called: Value | None = None


def declared(scope: Frame, owner: ClassKey, schema: Object, name: str, node: Node, rule: SchemaRule) -> Field | None:
    """The field that an assignment in a schema's body makes; None for anything else."""
    value = node[2] if node[0] == ASSIGN else None
    if value is None or value[0] != CALL or value[2][0] not in (NAME, ATTR):
        return None
    kind = _kind(scope, value)
    if kind is None or not _is_chosen(schema, name, rule):
        return None
    count = len(scope.effects)
    arguments = evaluate_arguments(scope, value)
    shape = _shape(scope, value)
    del scope.effects[count:]
    site = (owner[0], value[1])
    called, _ = arguments.first(kind.calls)
    method, _ = arguments.first(kind.method)
    if method is not None:
        found = classes.find(scope.program, schema.cls, _text(method))
        key = classes.method(scope.program, schema.cls, _text(method))
        if found is None or key is None:
            return None
        called = FunctionValue(key, bound=Object(schema.cls), owner=found[0])
    if called is not None:
        return Field((), site, called=called)
    source = _text(arguments.keywords.get(rule.source))
    return Field(tuple((source or name).split(".")), site, shape)


def _kind(scope: Frame, call: Node) -> SchemaField | None:
    value = scope.expr(call[2]) if call[2][0] in (NAME, ATTR) else UNKNOWN
    return scope.program.packs.schema_fields.get(value.name) if isinstance(value, External) else None


def _shape(scope: Frame, node: Node) -> Value:
    """What a field reads its value into: a schema, or many of them."""
    kind = _kind(scope, node) if node[0] == CALL else None
    if kind is None:
        return UNKNOWN
    for place in kind.each:
        if isinstance(place, int) and place < len(node[3]):
            return Many(_shape(scope, node[3][place]))
    arguments = evaluate_arguments(scope, node)
    nested, _ = arguments.first(kind.nests)
    if isinstance(nested, FunctionValue):
        nested = calls.call(scope, nested, NO_ARGUMENTS, (scope.file, node[1]))
    if isinstance(nested, ClassValue):
        nested = Object(nested.key, options(scope.program, arguments))
    if not isinstance(nested, Object):
        return UNKNOWN
    return Many(nested) if arguments.keywords.get(kind.many) == Plain(True) else nested


def options(program: Program, arguments: Arguments) -> tuple[tuple[str, Value], ...]:
    """The arguments that choose among the fields of a schema."""
    names = {name for rule in program.packs.schemas.values() for name in (rule.only, rule.excluded) if name}
    return tuple([(name, arguments.keywords[name]) for name in sorted(names & arguments.keywords.keys())])


def _is_chosen(schema: Object, name: str, rule: SchemaRule) -> bool:
    """Whether the options that a schema is made with leave a field in; where they are not known, no field is."""
    given = dict(schema.arguments)
    for option in (rule.only, rule.excluded):
        names = given.get(option)
        if names is None or names == Plain(None):
            continue
        listed = [_text(one).partition(".")[0] for one in names.elements] if isinstance(names, Tuple) else [""]
        if "" in listed or (name in listed) != (option == rule.only):
            return False
    return True


def _text(value: Value | None) -> str:
    return value.text if isinstance(value, Plain) and isinstance(value.text, str) else ""
