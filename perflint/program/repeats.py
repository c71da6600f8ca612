"""Queries that ask the same in each round of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perflint.facts.ir import (
    ANN,
    ASSIGN,
    ATTR,
    AUG,
    AWAIT,
    BREAK,
    CALL,
    COMP,
    DEF,
    EXPR,
    FOR,
    LAMBDA,
    NAME,
    RETURN,
    SEQ,
    STAR,
    SUB,
    TRY,
    WALRUS,
    WITH,
    Node,
)  # fmt: skip
from perflint.program import branches, effects
from perflint.program.text import mentions
from perflint.program.values import ClassValue, External, Instance, Query, Row, Site, Value

if TYPE_CHECKING:
    from perflint.program.frame import Frame

CHANGES = frozenset(("write", "batch-write", "commit", "database", "batch-database", "queued", "sleep", "subprocess"))
"""Effects after which the answer may be another, unless they are told to be about another model."""
SLOW = frozenset(("http", "client", "subprocess", "sleep", "wait"))
"""Effects beside which a commit weighs little: what took long to get is kept, whatever comes next."""
MOVING = frozenset(("builtins.next", "builtins.input"))
"""Builtins that give something else each time."""


def note(frame: Frame, site: Site, model: str) -> None:
    """Note the query that was just recorded at `site`, if no round of the loop around it asks anything else."""
    if frame.loops and model and frame.facts.template is None and frame.here() == site and _is_invariant(frame):
        last = frame.effects[-1]
        if last.site == site and last.kind == "query":
            frame.effects.append(effects.replace(last, kind="invariant"))


def settle(frame: Frame, since: int, depth: int) -> None:
    """A loop at `depth` is over: what it changes may change the answers, too."""
    inside = frame.effects[since:]
    kinds = {one.kind for one in inside}
    if "http" in kinds and ("sleep" in kinds or _may_stop(frame.bodies.get(frame.loops[-1].site))):
        frame.effects[since:] = inside = [_apart(one) if one.kind == "http" else one for one in inside]
    if "row-commit" in kinds and not kinds.isdisjoint(SLOW):
        frame.effects[since:] = inside = [one for one in inside if one.kind != "row-commit"]
    if "invariant" not in kinds:
        return
    changed = {_changed_by(frame, one) for one in inside if one.kind in CHANGES}
    if "" in changed:
        kept = [one for one in inside if one.kind != "invariant" or len(one.loops) != depth]
    else:
        kept = [one for one in inside if one.kind != "invariant" or one.model not in changed]
    frame.effects[since:] = kept


def _has_loop(body: Node | None) -> bool:
    """Whether a loop stands in the body of another."""
    stack: list[Any] = list(body[4]) if body is not None and body[0] == FOR else []
    while stack:
        one = stack.pop()
        if isinstance(one, tuple) and one:
            if one[0] == FOR and len(one) == 7:
                return True
            stack.extend(one)
    return False


def is_chained(frame: Frame) -> bool:
    """Whether the call under evaluation is given what an earlier round of the loop left."""
    level = frame.level()
    body = frame.bodies.get(frame.loops[level - 1].site) if level else None
    if body is None or body[0] != FOR or frame.current is None:
        return False
    left = branches.assigned(frame, body[4])
    chained = {one for one in left if one in frame.env and frame.bound_at.get(one, 0) < level}
    for _, targets, value in _assignments(body[4]) if chained else ():
        if mentions(value, chained):
            chained.update(name for target in targets for name in _roots(target))
    return mentions(frame.current, chained)


def _assignments(body: Node) -> list[Node]:
    """The assignments in a body, in their order."""
    found: list[Node] = []
    stack: list[Any] = [body]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple) and one:
            if one[0] == ASSIGN and len(one) == 3:
                found.append(one)
            stack.extend(reversed(one))
    return found


def _apart(effect: effects.Effect) -> effects.Effect:
    return effects.replace(effect, apart=True)


def _may_stop(body: Node | None) -> bool:
    """Whether a loop may end before its last round."""
    stack: list[Any] = list(body[4]) if body is not None and body[0] == FOR else []
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        if one[0] in (BREAK, RETURN) and len(one) in (1, 3):
            return True
        if one[0] == FOR and len(one) == 7:
            continue
        stack.extend(part for part in one if isinstance(part, tuple))
    return False


def _changed_by(frame: Frame, effect: effects.Effect) -> str:
    """The model whose rows an effect changes; "" where nobody knows."""
    if effect.kind not in ("write", "batch-write"):
        return ""
    head = effect.callee.rpartition(".")[0]  # `Book.save`
    return effect.model or (head if frame.program.models.all_named(head) else "")


def _is_invariant(frame: Frame) -> bool:
    level, node = frame.level(), frame.current
    if not level or node is None or node[0] != CALL or not frame.loops[level - 1].counts:
        return False  # an attribute may keep what it gave
    loop = frame.loops[level - 1]
    body = frame.bodies.get(loop.site)
    if loop.needs_use or body is None:
        return False
    return not mentions(node, _changed(body, node)) and _is_fixed(frame, node)


def _changed(body: Node, asked: Node) -> set[str]:
    """The names that a loop binds, and those whose objects it changes by more than the call `asked`."""
    names: set[str] = set()
    stack: list[Any] = [body]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        code = one[0]
        targets: list[Node | None] = []
        if code == ASSIGN:
            targets += one[1]
        elif code in (AUG, ANN):
            targets.append(one[1])
        elif code == FOR and len(one) == 7:
            targets.append(one[2])
        elif code == WITH and len(one) == 5:
            targets += [target for _, target in one[2]]
        elif code == COMP and len(one) == 5:
            targets += [generator[0] for generator in one[3]]
        elif code == TRY and len(one) == 5:
            names.update(name for _, name, _ in one[2] if name)
        elif code == WALRUS and len(one) == 3 and isinstance(one[1], str):
            names.add(one[1])
        elif code == EXPR and len(one) == 2 and not _stands_in(asked, one[1]):
            targets.append(one[1])  # `found.append(…)`: whatever the method does to it
        for target in targets:
            names.update(_roots(target))
        stack.extend(part for part in one if isinstance(part, tuple))
    return names


def _stands_in(asked: Node, node: Node) -> bool:
    """Whether a call is the one that a chain of methods begins with."""
    while node is not asked and node[0] in (ATTR, CALL, AWAIT):
        node = node[2]
    return node is asked


def _roots(target: Node | None) -> list[str]:
    """The names that a target binds, or through which it is reached."""
    while target is not None and target[0] in (ATTR, SUB, STAR, CALL, AWAIT):
        target = target[1] if target[0] == STAR else target[2]
    if target is None:
        return []
    if target[0] == SEQ:
        return [name for one in target[2] for name in _roots(one)]
    return [target[1]] if target[0] == NAME else []


def _is_fixed(frame: Frame, node: Node) -> bool:
    """Whether nothing is called on the way that may give something else each time."""
    stack: list[Any] = [node]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        if one[0] in (LAMBDA, DEF) and len(one) == 2:
            return False
        if one[0] == CALL and len(one) == 5 and not _gives_the_same(_value_of(frame, one[2])):
            return False
        stack.extend(part for part in one if isinstance(part, tuple))
    return True


def _value_of(frame: Frame, function: Node) -> Value | None:
    """What is called: the receiver of a method, or the function itself."""
    node = function[2] if function[0] == ATTR else function
    before = len(frame.effects)
    value = frame.expr(node) if node[0] in (NAME, ATTR, CALL) else None
    del frame.effects[before:]
    return value


def _gives_the_same(called: Value | None) -> bool:
    """Whether calling it, or a method of it, is no more than building a query or asking it."""
    if isinstance(called, External):
        return called.name not in MOVING
    return isinstance(called, (Query, ClassValue, Row, Instance))


def note_commit(frame: Frame) -> None:
    """Note the commit that was just recorded, if it ends a transaction which is not one round's own."""
    node = frame.current
    if node is None or node[0] != CALL or node[2][0] != ATTR:
        return
    holder = node[2][2]
    while holder[0] in (ATTR, CALL, SUB):
        holder = holder[2]
    if holder[0] != NAME or (frame.loops and _has_loop(frame.bodies.get(frame.loops[-1].site))):
        return  # what an inner loop has done is a batch
    own = frame.varies() if frame.loops else holder[1] in frame.env and not frame.is_self(frame.env[holder[1]])
    if not own:
        frame.effects.append(effects.replace(frame.effects[-1], kind="row-commit"))
