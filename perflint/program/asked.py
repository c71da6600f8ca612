"""What was asked before: whether a queue is empty, whether a future is done, whether a cache holds something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perflint.catalog.packs import Entry
from perflint.core.finding import Confidence
from perflint.facts.ir import ASSIGN, ATTR, AWAIT, BOOL, BREAK, CALL, COMPARE, CONST, EXPR, NAME, OP, SUB, Node
from perflint.program.effects import replace
from perflint.program.text import slot_of
from perflint.program.values import UNKNOWN, External, Instance, Object, Value, choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perflint.program.frame import Frame

Answer = tuple[str, str, bool]
"""The object that was asked, as a slot, the method that asks it, and whether it said yes."""
NOTHING_ASKED: frozenset[Answer] = frozenset()
OPENED = ("opens-", "handshake")
"""Effects that something which is kept has once."""


def answers(test: Node, holds: bool) -> frozenset[Answer]:
    """What objects have said of themselves where a test holds, or fails."""
    if test[0] == BOOL:
        if bool(test[2]) == holds:  # one of several is enough: which one is unknown
            return NOTHING_ASKED
        return NOTHING_ASKED.union(*[answers(one, holds) for one in test[1]])
    if test[0] == OP and len(test[1]) == 1:  # not x
        return answers(test[1][0], not holds)
    if test[0] == COMPARE and test[2] == ("Gt",) and test[3][0] == (CONST, 0):
        return answers(test[1], holds)
    if test[0] == CALL and test[2][0] == ATTR and not test[3] and not test[4]:
        slot = slot_of(test[2][2])
        return frozenset(((slot, test[2][3], holds),)) if slot else NOTHING_ASKED
    return NOTHING_ASKED


def afterwards(test: Node, body: Sequence[Node]) -> frozenset[Answer]:
    """What objects have said of themselves behind a loop that ends only when its test fails."""
    said = answers(test, False)
    return said if said and not _leaves(body) else NOTHING_ASKED


def _leaves(body: Any) -> bool:
    return isinstance(body, tuple) and (body == (BREAK,) or any(map(_leaves, body)))


def is_ready(frame: Frame, entry: Entry) -> bool:
    """Whether the object whose method is called has said that it need not wait."""
    node = frame.current
    if not frame.answers or node is None or node[0] != CALL or node[2][0] != ATTR:
        return False
    slot = slot_of(node[2][2])
    return any((slot, name, expected) in frame.answers for name, expected in entry.ready_if)


def without_loop(frame: Frame, test: Node) -> bool | None:
    """Whether callers on no event loop are those for whom a test holds (True) or fails (False); None: it asks no loop.

    `if loop is None` asks for what may be none, `if loop.is_running()` the loop itself.
    """
    if test[0] == OP and len(test[1]) == 1:
        inner = without_loop(frame, test[1][0])
        return None if inner is None else not inner
    if test[0] == CALL and test[2][0] == ATTR and test[2][2][0] == NAME:
        return False if _is_loop(frame, test[2][2], f".{test[2][3]}") else None
    if test[0] == NAME:
        return False if _is_loop(frame, test) else None
    if test[0] == COMPARE and test[3][0] == (CONST, None) and test[1][0] == NAME and _is_loop(frame, test[1]):
        return test[2][0] in ("Is", "Eq")
    return None


def _is_loop(frame: Frame, name: Node, member: str = "") -> bool:
    """Whether a name may hold an event loop (which `member` is asked whether it runs)."""
    semantics = frame.program.packs.semantics
    return any(
        isinstance(one, Instance) and semantics.get(one.type + member) == "loops"
        for one in choices(frame.env.get(name[1], UNKNOWN))
    )


def asks_for_loop(frame: Frame, body: Sequence[Node]) -> bool:
    """Whether a `try` only asks for the running loop: what handles its failure is done where none runs."""
    if not body or body[0][0] not in (EXPR, ASSIGN):
        return False
    call = body[0][1] if body[0][0] == EXPR else body[0][2]
    if call[0] != CALL or call[2][0] not in (NAME, ATTR):
        return False
    callee = frame.expr(call[2])
    return isinstance(callee, External) and frame.program.packs.semantics.get(callee.name) == "loop-tests"


def _origin_of(node: Node) -> str:
    """The slot of what an expression asks for a value: `cache.find(key)` asks `cache`, `self.made` itself."""
    if node[0] == AWAIT:
        node = node[2]
    if node[0] in (ATTR, SUB):
        return slot_of(node)
    return slot_of(node[2][2]) if node[0] == CALL and node[2][0] == ATTR else ""


def sought(frame: Frame, names: Iterable[str]) -> dict[str, int]:
    """The holders that were asked for what these names hold: from here on it is made, since it was not there."""
    slots = [_origin_of(frame.origins[name]) for name in names if name in frame.origins]
    if not any(slots):
        return frame.sought
    return {**dict.fromkeys(filter(None, slots), len(frame.effects)), **frame.sought}


def put(frame: Frame, statement: Node) -> None:
    """`cache.keep(key, value)`: a holder that had nothing is given what was made meanwhile."""
    node = statement[2] if statement[0] == AWAIT else statement
    if not frame.sought or node[0] != CALL or node[2][0] != ATTR:
        return
    given = [*node[3], *[one for _, one in node[4]]]
    opened = any(one[0] == NAME and is_opened(frame.env.get(one[1], UNKNOWN)) for one in given)
    if given and (given[0][0] == CONST or opened):  # under a key that differs, others find nothing
        kept(frame, slot_of(node[2][2]))


def is_opened(value: Value) -> bool:
    """Whether a value may be what was opened: a client, and not what it was asked for."""
    return any(isinstance(one, (Instance, Object)) for one in choices(value))


def kept(frame: Frame, slot: str) -> None:
    """What was opened since a slot was found empty fills it: it is found there by most requests."""
    since = frame.sought.get(slot)
    if since is not None:
        frame.effects[since:] = [
            replace(one, confidence=Confidence.LOW) if one.kind.startswith(OPENED) else one
            for one in frame.effects[since:]
        ]
