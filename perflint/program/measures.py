"""Rows that are loaded only to be counted, or only to learn whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import ASSIGN, AWAIT, CALL, CONST, DEF, IF, IFEXP, LAMBDA, NAME, OP, WHILE, Node
from perflint.program import uniqueness
from perflint.program.effects import replace
from perflint.program.values import Either, Many, Query, Site, Value, choices

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program

MEASURES = frozenset({"len", "bool"})
"""Builtins that ask rows for no more than their number."""
EMPTINESS = frozenset((("Eq", 0), ("NotEq", 0), ("Gt", 0), ("LtE", 0), ("GtE", 1), ("Lt", 1)))
"""Comparisons of a number that ask no more than whether it is zero."""
MIRRORED = {"Gt": "Lt", "Lt": "Gt", "GtE": "LtE", "LtE": "GtE"}


def note(frame: Frame, kind: str, node: Node, value: Value, site: Site) -> None:
    """Note that `node`, of which only the number is asked here, loads rows that nobody reads."""
    if not isinstance(value, (Query, Many, Either)) or len(choices(value)) > 1 or frame.facts.template is not None:
        return
    query: Query | None = None
    if isinstance(value, Query) and not (value.ran or value.manager):
        if node[0] == CALL or (node[0] == NAME and not value.cached and _is_only_measured(frame, node[1])):
            query = value
    elif isinstance(value, (Query, Many)) and node[0] == CALL and frame.sent[0] == (frame.file, node[1]):
        query = frame.sent[1]
    if query is None or query.bounded or (query.model is None and not query.looks):
        return
    if uniqueness.is_single(frame.program, query):
        return
    if query.relation and (query.loaded or query.open_loads):
        return  # what is there already is counted for nothing
    frame.record(
        kind, query.type.rpartition(".")[2], site, blocks=False, source=query.source,
        confidence=Confidence.MEDIUM if query.looks else Confidence.HIGH,
    )  # fmt: skip


def note_comparison(frame: Frame, node: Node, before: int) -> None:
    """Note what a comparison asks of a number of rows: `orders.count() > 0`, `0 < len(orders)`."""
    if len(node[2]) != 1:
        return
    left, operator, right = node[1], node[2][0], node[3][0]
    if left[0] == CONST:
        left, operator, right = right, MIRRORED.get(operator, operator), left
    if right[0] == CONST and type(right[1]) is int and (operator, right[1]) in EMPTINESS:
        note_number(frame, left, before)


def note_number(frame: Frame, node: Node, before: int) -> None:
    """Note that of the number of rows which `node` gives only the truth is asked. `before` as in `conditionals.ask`."""
    call = node[2] if node[0] == AWAIT else node
    if call[0] != CALL or frame.facts.template is not None:
        return
    site = (frame.file, call[1])
    for at in range(before, len(frame.effects)):
        if frame.effects[at].kind == "rows-for-count" and frame.effects[at].site == site:
            frame.effects[at] = replace(frame.effects[at], kind="rows-for-truth")
    query = frame.sent[1]
    if frame.counted != site or frame.sent[0] != site or query is None:
        return
    if query.bounded or query.ran or query.loaded or uniqueness.is_single(frame.program, query):
        return
    if any(one.source == query.source and one.site != site for one in frame.effects):
        return  # rows that were read before are counted for nothing
    frame.record(
        "count-for-truth", query.type.rpartition(".")[2], site, blocks=False, source=query.source,
        confidence=Confidence.MEDIUM if query.looks else Confidence.HIGH,
    )  # fmt: skip


def _is_only_measured(frame: Frame, name: str) -> bool:
    """Whether a function binds a name itself and asks what it holds for nothing but its number."""
    function = frame.function
    if function is None or name in frame.globals or any(one.name == name for one in function.parameters):
        return False
    return all(_is_measure(holder, node) for holder, node in _uses(frame.program, frame.file, function.body, name))


def _is_measure(holder: Node, node: Node) -> bool:
    if holder[0] == CALL:
        return holder[2][0] == NAME and holder[2][1] in MEASURES and holder[3] == (node,)
    if holder[0] == ASSIGN:
        return node in holder[1]
    if holder[0] in (IF, IFEXP):
        return bool(holder[1] is node)
    return bool(holder[2] is node) if holder[0] == WHILE else bool(holder[0] == OP)


def _uses(program: Program, file: int, body: object, name: str) -> list[tuple[Node, Node]]:
    """Every mention of a name below a body, functions in it included, with the node that it stands in."""
    found: list[tuple[Node, Node]] = []
    stack: list[tuple[object, Node]] = [(body, ())]
    functions = program.files[file].functions
    while stack:
        one, holder = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        code = one[0] if isinstance(one[0], int) and not isinstance(one[0], bool) else 0
        if code == NAME and len(one) == 2:
            if one[1] == name:
                found.append((holder, one))
        elif len(one) == 2 and code in (DEF, LAMBDA) and isinstance(one[1], int):
            stack.append((functions[one[1]].body, one))
        else:
            stack += [(part, one if code else holder) for part in one]
    return found
