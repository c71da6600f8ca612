"""Relations that are read only for the key of the row they lead to, which stands beside them on the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import ATTR, AWAIT, Node
from perflint.facts.template_ir import AUTO
from perflint.program import classes, columns
from perflint.program.effects import replace
from perflint.program.values import Row, Value

if TYPE_CHECKING:
    from perflint.program.frame import Frame

SAMENESS = frozenset(("Is", "IsNot", "Eq", "NotEq"))
"""Comparisons of which a key answers as well as the row."""


def note_attribute(frame: Frame, holder: Node, value: Value, name: str) -> None:
    """Note `book.author.pk`, where reading `holder` ran a query for the row that `value` is."""
    if isinstance(value, Row) and value.model is not None:
        mapper = frame.program.models.orm_of(value.model)
        if mapper is not None and columns.is_key(frame.program, value.model, mapper, name):
            _note(frame, holder)


def note_comparison(frame: Frame, node: Node, value: Value) -> None:
    """Note `book.author == author` and `book.author is None`, where reading `node` ran a query."""
    if isinstance(value, Row) and value.model is not None:
        own = classes.find(frame.program, value.model, "__eq__")
        if own is None:
            _note(frame, node)


def _note(frame: Frame, node: Node) -> None:
    while node[0] in (AUTO, AWAIT):
        node = node[2]
    if node[0] != ATTR or frame.beside is None or not frame.effects:
        return
    site, key = frame.beside
    last = frame.effects[-1]
    if site == last.site == (frame.file, node[1]) and last.kind == "relation" and last.detail == node[3]:
        frame.effects[-1] = replace(last, kind="own-key")
        frame.read.discard(key)  # who reads more of that row is not told that it is there
