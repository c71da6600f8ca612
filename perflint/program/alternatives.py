"""Relations of which a row has one: `if row.shelf: … elif row.box: …`. Over one of them, the others are empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perflint.facts.ir import ATTR, IF, NAME, Node
from perflint.facts.template_ir import AUTO
from perflint.program.values import Row

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def rules_out(frame: Frame, test: Node, orelse: Sequence[Node]) -> bool:
    """Whether a test asks for a relation beside which a later one asks for that which led to the row."""
    asked = _asked(frame, test)
    while asked is not None and not asked[1] and len(orelse) == 1 and orelse[0][0] == IF:
        _, later, _, orelse = orelse[0]
        other = _asked(frame, later)
        if other is None or other[0] != asked[0]:
            return False
        if other[1]:
            return True
    return False


def holds(frame: Frame, test: Node) -> bool:
    """Whether a test asks for the relation that led to the row: it is set."""
    asked = _asked(frame, test)
    return asked is not None and asked[1]


def _asked(frame: Frame, test: Node) -> tuple[str, bool] | None:
    """The row whose relation a test asks for, if that may be empty, and whether the row was reached over it."""
    if test[0] == AUTO:
        test = test[2]
    if test[0] != ATTR or test[2][0] != NAME:
        return None
    row = frame.env.get(test[2][1])
    relation = frame.program.models.relation(row.model, test[3]) if isinstance(row, Row) else None
    if not isinstance(row, Row) or relation is None or not relation.optional:
        return None
    return test[2][1], any(name == test[3] for name, _ in row.shared)
