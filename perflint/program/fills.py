"""What a branch fills that its test found empty: it runs once, and what it fills is found from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perflint.facts.ir import ASSIGN, ATTR, BOOL, CALL, COMPARE, CONST, EXPR, IF, NAME, OP, SUB, TRY, WITH, Node
from perflint.program import branches, classes, specials
from perflint.program.effects import replace
from perflint.program.text import slot_of

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def filled_outside(frame: Frame, test: Node, body: Node) -> int:
    """How many loops are around a local that `body` fills where `test` finds it empty: each of them fills it once."""
    filled = (_found_empty(test) & branches.assigned(frame, body)) - frame.shared
    holders = [one.partition(".")[0] for one in _found_empty(test) if _is_filled_by_method(frame, one, body)]
    return min([frame.bound_at.get(one, 0) for one in (*filled, *holders)], default=len(frame.loops))


def _is_filled_by_method(frame: Frame, slot: str, body: Sequence[Node]) -> bool:
    """Whether a body calls a method of the object that has an empty attribute, and the method assigns that."""
    holder, _, name = slot.partition(".")
    key = specials.class_of(frame.env[holder]) if name and holder in frame.env else None
    if key is None:
        return False
    for statement in body:
        call = statement[1] if statement[0] == EXPR else None
        if call is None or call[0] != CALL or call[2][0] != ATTR or call[2][2] != (NAME, holder):
            continue
        method = classes.method(frame.program, key, call[2][3])
        owners = [one for one in classes.mro(frame.program, key) if isinstance(one, tuple)]
        if method is not None and any(
            owner[0] == method[0] and method[1] in classes.stores(frame.program, owner).get(name, ())
            for owner in owners
        ):
            return True
    return False


def _found_empty(test: Node) -> set[str]:
    """Names and attributes that are empty wherever a test holds."""
    if test[0] == BOOL and not test[2]:
        return {name for one in test[1] for name in _found_empty(one)}
    empty = None
    if test[0] == COMPARE and len(test[2]) == 1 and test[2][0] in ("Is", "Eq") and test[3][0] == (CONST, None):
        empty = test[1]
    elif test[0] == OP and len(test[1]) == 1:
        empty = test[1][0]
    return {slot_of(empty)} if empty is not None and empty[0] in (NAME, ATTR) else set()


def note_kept(frame: Frame, body: Sequence[Node], slots: set[str], before: int) -> None:
    """What is done from `before` on is kept by a key: so it is where the same was done for those who keep nothing."""
    targets = [target for one in body if one[0] == ASSIGN for target in one[1]]
    if not any(target[0] == SUB and slot_of(target[2]) in slots for target in targets):
        return
    kept = {(one.kind, one.origin) for one in frame.effects[before:] if not one.loops}
    for place, effect in enumerate(frame.effects[:before] if kept else ()):
        if (effect.kind, effect.origin) in kept and effect.loops == frame.loops:
            frame.effects[place] = replace(effect, keyed=True)


def stores_slot(frame: Frame, body: Sequence[Node], slots: set[str]) -> bool:
    """Whether a body fills one of `slots`, and the slot outlives the request."""
    for statement in body:
        if statement[0] == ASSIGN:
            for target in statement[1]:
                name = slot_of(target[2]) if target[0] == SUB else slot_of(target)
                if name in slots and target[0] == NAME and name in frame.globals:
                    return True
                if name in slots and target[0] != NAME:
                    return not frame.is_per_request(frame.expr(target[2]))
        elif statement[0] == EXPR and statement[1][0] == CALL and statement[1][2][0] == ATTR:
            holder = statement[1][2][2]
            if slot_of(holder) in slots and statement[1][3]:  # cache.set(key, value)
                return not frame.is_per_request(frame.expr(holder))
        elif statement[0] in (IF, WITH, TRY):
            for part in statement[1:]:
                if isinstance(part, tuple) and part and isinstance(part[0], tuple) and stores_slot(frame, part, slots):
                    return True
    return False
