"""Rows that many rows share: a relation that leads all of them to one row is read once, not per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry
from perflint.facts.ir import ATTR, CALL, COMP, COMPARE, CONST, NAME, Node
from perflint.program import classes
from perflint.program.values import ClassKey, ClassValue, Query, RelationAttribute, Row, Shared, choices, replace

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame


def narrowed(frame: Frame, query: Query, entry: Entry, arguments: Arguments) -> Query:
    """A query after a filter: what compares a key with one value gives all rows the same row behind that key.

    It holds where the session hands out one object for each key. Elsewhere each row reads its own.
    """
    model = query.model
    orm = frame.program.models.orm_of(model) if model is not None else None
    if model is None or orm is None or not orm.identity_map:
        return query
    names: set[str] = set()
    if entry.parent >= 0:
        names |= _leading_to(frame, model, arguments, entry.parent)
    for name in arguments.keywords:
        names |= _behind(frame, model, name)
    for node in arguments.nodes:
        names |= _compared(frame, model, node)
    held = {name for node in arguments.nodes for name in _held(frame, model, node)}
    known = {name for name, _ in query.shared}
    more: tuple[Shared, ...] = tuple([(name, None) for name in sorted(names - known)])
    if not more and not held:
        return query
    return replace(query, shared=(*query.shared, *more), loads=query.loads | {(name,) for name in held})


def _behind(frame: Frame, model: ClassKey, name: str) -> set[str]:
    """The relations to one row that a relation's name or its key's column stands for."""
    models = frame.program.models
    relation = models.relation(model, name)
    if relation is not None:
        return set() if relation.many else {name}
    return models.keyed_by(model, name)


def _compared(frame: Frame, model: ClassKey, node: Node) -> set[str]:
    """The same for `Book.shelf == shelf`; not where two columns are compared, as a join does."""
    column = compared(frame, model, node)
    return _behind(frame, model, column) if column else set()


def compared(frame: Frame, model: ClassKey, node: Node) -> str:
    """The column of a model that a condition compares with one value; "" where there is none."""
    if node[0] != COMPARE or node[2] != ("Eq",) or node[1][0] != ATTR or not _is_of(frame, model, node[1]):
        return ""
    other = node[3][0]
    if other == (CONST, None) or (other[0] == ATTR and isinstance(frame.expr(other[2]), ClassValue)):
        return ""
    return str(node[1][3])


def _held(frame: Frame, model: ClassKey, node: Node) -> set[str]:
    """What `Book.shelf_id.in_(shelf.id for shelf in shelves)` says: the rows behind these keys are there already."""
    if node[0] != CALL or node[2][0] != ATTR or node[2][3] not in frame.program.packs.batch_operators or not node[3]:
        return set()
    column, keys = node[2][2], node[3][0]
    if column[0] != ATTR or keys[0] != COMP or not _is_of(frame, model, column):
        return set()
    key = keys[4][0]
    drawn = {target[1] for target, _, _, _ in keys[3] if target[0] == NAME}
    is_key = key[0] == ATTR and key[2][0] == NAME and key[2][1] in drawn
    return _behind(frame, model, column[3]) if is_key else set()


def _is_of(frame: Frame, model: ClassKey, node: Node) -> bool:
    owner = frame.expr(node[2]) if node[2][0] in (NAME, ATTR) else None
    return isinstance(owner, ClassValue) and owner.key in classes.mro(frame.program, model)


def _leading_to(frame: Frame, model: ClassKey, arguments: Arguments, at: int) -> set[str]:
    """The relations to one row that lead to an argument: by its model, else by its name, else any of them."""
    models = frame.program.models
    ones = {name for name, relation in models.relations(model).items() if not relation.many}
    for one in arguments.positional:
        relation = models.relation(one.model, one.name) if isinstance(one, RelationAttribute) else None
        if relation is not None:
            return {relation.inverse} & ones
    given = choices(arguments.positional[at]) if at < len(arguments.positional) else ()
    targets = [one.model for one in given if isinstance(one, Row) and one.model is not None]
    if targets:
        return {name for key in targets for name in models.between(model, key)} & ones
    node = arguments.nodes[at] if at < len(arguments.nodes) else None
    named = {node[1] if node[0] == NAME else node[3]} if node is not None and node[0] in (NAME, ATTR) else set()
    return (named & ones) or ones
