"""What an annotation says of a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import ANN, ASSIGN, ATTR, BIN, CALL, CONST, NAME, SEQ, SUB, Node
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassValue,
    External,
    Instance,
    Maker,
    Many,
    Mapping,
    Module,
    Object,
    Row,
    Tuple,
    Value,
    join,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame

ALIAS_DEPTH = 6
"""Type aliases that one annotation is followed through."""

PLAIN_TYPES = frozenset(f"builtins.{name}" for name in ("str", "int", "float", "bool", "bytes", "complex"))


def value_of(frame: Frame, node: Node | None) -> Value:
    """An instance of what the annotation names; UNKNOWN where it says nothing usable."""
    if node is None:
        return UNKNOWN
    code = node[0]
    if code == BIN:  # X | None
        return join([one for one in (value_of(frame, node[2]), value_of(frame, node[3])) if one != PLAIN] or [PLAIN])
    if code == CONST:
        return PLAIN if node[1] is None else UNKNOWN
    if code == SUB:
        return _generic(frame, node)
    if code in (NAME, ATTR):
        alias = alias_of(frame, node)
        if alias is not None:
            if frame.program.alias_depth >= ALIAS_DEPTH:
                return UNKNOWN  # an alias that names itself
            frame.program.alias_depth += 1
            try:
                return value_of(*alias)
            finally:
                frame.program.alias_depth -= 1
        return instance_of(frame, frame.expr(node))
    return UNKNOWN


def admits_none(node: Node | None) -> bool:
    """Whether an annotation says that a value may be None: `X | None`, `Optional[X]`, `Union[X, None]`."""
    if node is None or node == (CONST, None):
        return True
    if node[0] == BIN:
        return admits_none(node[2]) or admits_none(node[3])
    if node[0] != SUB:
        return False
    head = node[2][1] if node[2][0] == NAME else node[2][3] if node[2][0] == ATTR else ""
    parts = node[3][2] if node[3][0] == SEQ else (node[3],)
    if head == "Annotated":
        return admits_none(parts[0])
    return head == "Optional" or (head == "Union" and (CONST, None) in parts)


def instance_of(frame: Frame, value: Value) -> Value:
    """An instance of a class value."""
    program = frame.program
    if isinstance(value, ClassValue):
        if program.models.orm_of(value.key) is not None:
            return Row(value.key, open_loads=True)
        return Object(value.key)
    if isinstance(value, External):
        if value.name in PLAIN_TYPES:
            return PLAIN
        meaning = program.packs.annotations.get(value.name)
        if meaning == "sequences":
            return Many(UNKNOWN)
        if meaning == "mappings":
            return Mapping((), UNKNOWN)
        if value.name in program.packs.types:
            return Instance(value.name)
    return UNKNOWN


def alias_of(frame: Frame, node: Node) -> tuple[Frame, Node] | None:
    """The annotation that a type alias stands for (`SessionDep = Annotated[…]`), with the module it is read in."""
    program = frame.program
    file, name = frame.file, ""
    if node[0] == NAME:
        name = node[1]
        if name in frame.env:
            return None
    elif node[0] == ATTR:
        holder = frame.expr(node[2])
        if not isinstance(holder, Module):
            return None
        found = program.modules.find(holder.name, frame.file)
        if found is None:
            return None
        file, name = found, node[3]
    for _ in range(8):
        statement = program.static(file).get(name)
        if statement is None:
            return None
        if statement[0] == ASSIGN and statement[2][0] == CALL:
            return _bound(program.scope(file), statement[2])
        if statement[0] == ASSIGN and statement[2][0] in (SUB, BIN):
            return program.scope(file), statement[2]
        if statement[0] == ANN and statement[3] is not None and statement[3][0] in (SUB, BIN):
            return program.scope(file), statement[3]
        if statement[0] == ASSIGN or statement[0] == ANN or not isinstance(statement[1], tuple):
            return None
        module, attribute, level = statement[1]
        if attribute is None:
            return None
        source = program.modules.find(program.modules.absolute(file, module, level), file)
        if source is None:
            return None
        file, name = source, attribute
    return None


def _bound(frame: Frame, node: Node) -> tuple[Frame, Node] | None:
    """The bound of a type variable."""
    head = frame.expr(node[2])
    if isinstance(head, External) and frame.program.packs.annotations.get(head.name) == "variables":
        return next(((frame, value) for name, value in node[4] if name == "bound"), None)
    return None


def _generic(frame: Frame, node: Node) -> Value:
    head = frame.expr(node[2])
    index = node[3]
    parts = index[2] if index[0] == SEQ else (index,)
    packs = frame.program.packs
    if isinstance(head, External):
        meaning = packs.annotations.get(head.name)
        if meaning == "transparent" and parts:
            return value_of(frame, parts[0])
        if meaning == "unions":
            values = [value_of(frame, one) for one in parts]
            return join([one for one in values if one != PLAIN] or [PLAIN])
        if meaning == "sequences":
            if head.name == "builtins.tuple" and len(parts) > 1 and parts[-1] != (CONST, "…"):
                return Tuple(tuple([value_of(frame, one) for one in parts]))
            return Many(value_of(frame, parts[0])) if parts else Many(UNKNOWN)
        if meaning == "mappings":
            return Mapping((), value_of(frame, parts[-1] if parts else None))
        if meaning == "awaitables":
            return Awaitable(value_of(frame, parts[-1] if parts else None))
        if meaning == "callables" and parts:
            return Maker(value_of(frame, parts[-1]))
        if meaning == "classes" and parts:
            return frame.expr(parts[0]) if parts[0][0] in (NAME, ATTR) else UNKNOWN
        for orm in packs.orms:
            if (orm.query and head.name in packs.ancestors(orm.query)) or head.name in orm.managers.values():
                target = frame.expr(parts[0]) if parts and parts[0][0] in (NAME, ATTR) else UNKNOWN
                if isinstance(target, ClassValue):
                    return frame.program.models.query_from_annotation(frame, orm, head.name, target.key)
        return instance_of(frame, head)
    if isinstance(head, ClassValue):
        return instance_of(frame, head)
    return UNKNOWN


def dependency(frame: Frame, annotation: Node | None, default: Node | None) -> tuple[Frame, Node] | None:
    """The callable of a dependency marker (`Depends(f)`) in a default or inside `Annotated[…]`, and its scope."""
    if default is not None:
        found = _marked(frame, default, annotation)
        if found is not None:
            return found
    for _ in range(4):
        if annotation is None or annotation[0] not in (NAME, ATTR):
            break
        alias = alias_of(frame, annotation)
        if alias is None:
            return None
        frame, annotation = alias
    if annotation is not None and annotation[0] == SUB and annotation[3][0] == SEQ:
        parts = annotation[3][2]
        for one in parts[1:]:
            found = _marked(frame, one, parts[0])
            if found is not None:
                return found
    return None


def _marked(frame: Frame, node: Node, annotation: Node | None) -> tuple[Frame, Node] | None:
    if node[0] != CALL or not frame.program.packs.markers:
        return None
    target = frame.expr(node[2])
    if isinstance(target, External) and target.name in frame.program.packs.markers:
        if node[3]:
            return frame, node[3][0]
        for name, value in node[4]:
            if name == "dependency":
                return frame, value
        return (frame, annotation) if annotation is not None else None
    return None
