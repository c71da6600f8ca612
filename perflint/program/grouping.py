"""Queries that give one row for each group, or for each different value: not as many as the table has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import ATTR, Node
from perflint.program import uniqueness
from perflint.program.values import ClassKey, ClassValue, Plain, Query

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame
    from perflint.program.program import Program


def by_values(frame: Frame, query: Query, arguments: Arguments) -> bool:
    """Whether a method that groups by the columns which a query gives, or by those that it is told, leaves fewer rows.

    It does unless a row is told from all others by them.
    """
    names = [path[0] for path in query.columns.kept if len(path) == 1] if query.values else []
    texts = [one.text for one in arguments.positional if isinstance(one, Plain) and isinstance(one.text, str)]
    names = names or texts
    return query.model is not None and bool(names) and _are_groups(frame.program, query.model, names)


def by_arguments(frame: Frame, arguments: Arguments) -> bool:
    """Whether a query that is grouped by these columns gives fewer rows than it reads."""
    return bool(arguments.nodes) and not any(_tells_apart(frame, one) for one in arguments.nodes)


def _are_groups(program: Program, model: ClassKey, names: list[str]) -> bool:
    relations = [program.models.relation(model, name) for name in names]
    many = any(one is not None and one.many for one in relations)  # joined to other rows, there are more
    return not many and not uniqueness.tells_apart(program, model, frozenset(names))


def _tells_apart(frame: Frame, node: Node) -> bool:
    """Whether an argument is a model, or a column that no two rows of its model share."""
    if node[0] == ATTR:
        holder = frame.expr(node[2])
        if isinstance(holder, ClassValue):
            return uniqueness.tells_apart(frame.program, holder.key, frozenset((node[3],)))
    return isinstance(frame.expr(node), ClassValue)
