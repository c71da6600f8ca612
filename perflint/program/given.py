"""Relations that the program itself sets on rows: `book.shelf = shelf` leaves nothing to be read there.

What a loop sets on each row, the rows that it runs over have from there on, and so have those of the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from perflint.facts.ir import ATTR, CALL, NAME, Node
from perflint.program.columns import is_left_out
from perflint.program.values import Either, FunctionValue, Many, Path, Query, Row, Site, Value, choices, replace

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame

LONG = 3
"""Relations up to which a path of what a row has goes on to the row that it is given to."""

Given = tuple[tuple[str, frozenset[Path]], ...]
"""Paths of relations that rows were given, by the parameter that holds the rows."""


def note(frame: Frame, target: Node, receiver: Value, value: Value) -> None:
    """`row.shelf.owner = …`: the row that the first name holds has what is behind this path, and what that has."""
    if not isinstance(receiver, (Row, Either)):
        return
    models = [one.model for one in choices(receiver) if isinstance(one, Row)]
    if not any(one is None or frame.program.models.relation(one, target[3]) is not None for one in models) and not any(
        isinstance(one, Row) and is_left_out(frame.program, one, target[3]) for one in choices(receiver)
    ):
        return  # a column that is there
    path: Path = (target[3],)
    holder = target[2]
    while holder[0] == ATTR:
        path, holder = (holder[3], *path), holder[2]
    if holder[0] != NAME or holder[1] not in frame.env:
        return
    rows = [one for one in choices(frame.env[holder[1]]) if isinstance(one, Row)]
    behind = [(*path, *one) for one in value.loads if len(one) < LONG] if isinstance(value, Row) else []
    paths = {path, *behind}
    _give(frame, holder[1], paths)
    for row in rows:
        if row.loop is not None:
            frame.given.setdefault(row.loop, set()).update(paths)


def leave(frame: Frame, source: Node, loop: Site) -> None:
    """Behind a loop the rows that it ran over have what each of them was given."""
    paths = frame.given.pop(loop, None)
    if paths and source[0] == NAME and source[1] in frame.env:
        _give(frame, source[1], paths)


def to_parameters(frame: Frame) -> Given:
    """What a function gave the rows of its parameters."""
    return tuple(sorted((name, frozenset(paths)) for name, paths in frame.given.items() if isinstance(name, str)))


def hand_on(frame: Frame, callee: FunctionValue, arguments: Arguments, given: Given) -> None:
    """What a callee gave the rows of its arguments, these rows have here."""
    node = frame.current
    if node is None or node[0] != CALL or node[3] is not arguments.nodes:
        return
    names = [one.name for one in frame.program.function(callee.key).parameters if one.kind == "pos"]
    places = dict(zip(names if callee.bound is None else names[1:], node[3], strict=False))
    places |= {name: value for name, value in node[4] if name}
    if callee.bound is not None and names and node[2][0] == ATTR:
        places[names[0]] = node[2][2]
    for name, paths in given:
        place = places.get(name)
        if place is not None and place[0] == NAME and place[1] in frame.env:
            _give(frame, place[1], paths)
            for row in choices(frame.env[place[1]]):
                if isinstance(row, Row) and row.loop is not None:
                    frame.given.setdefault(row.loop, set()).update(paths)


def _give(frame: Frame, name: str, paths: Iterable[Path]) -> None:
    value = frame.env[name]
    found = _with(value, frozenset(paths))
    if found is value:
        return
    frame.env[name] = found
    function = frame.function
    if function is not None and name not in frame.bound_at and any(one.name == name for one in function.parameters):
        frame.given.setdefault(name, set()).update(paths)


def _with(value: Value, paths: frozenset[Path]) -> Value:
    if isinstance(value, (Row, Query)):
        return replace(value, loads=value.loads | paths)
    if isinstance(value, Many) and isinstance(value.element, (Row, Either)):
        return replace(value, element=_with(value.element, paths))
    if isinstance(value, Either):
        return Either(tuple([_with(one, paths) for one in value.choices]))
    return value
