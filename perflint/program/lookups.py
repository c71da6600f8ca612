"""Results that are looked up before they are computed: `found = store.get(key)`, and `store.set(key, found)` later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from perflint.facts.ir import ATTR, CALL, NAME, Node
from perflint.program.text import slot_of, unparse

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def note(frame: Frame, name: str, call: Node, before: int) -> None:
    """Note that a name holds what a call gave, and whether that asked a cache: None for one, else the call."""
    asked = any(one.kind == "cache" and not one.hops for one in frame.effects[before:])
    frame.looked_up[name] = None if asked else call


def are_filled(frame: Frame, slots: set[str], body: object) -> bool:
    """Whether one of some empty names was looked up in a cache, or in a store that gets what `body` puts there."""
    for name in slots & frame.looked_up.keys():
        asked = frame.looked_up[name]
        if asked is None:
            return True
        told = _lookup_of(asked)
        if told is not None and any(_lookup_of(one) == told and _hands(one) for one in _calls(body)):
            return not frame.is_local_container(asked[2][2])
    return False


def _lookup_of(call: Node) -> tuple[str, str] | None:
    """The store and the key of `store.method(key, …)`, as texts."""
    if call[2][0] != ATTR or not call[3]:
        return None
    store = slot_of(call[2][2])
    return (store, unparse(call[3][0])) if store else None


def _hands(call: Node) -> bool:
    """Whether something stands beside the key."""
    return len(call[3]) + len(call[4]) > 1


def _calls(body: object) -> Iterator[Node]:
    stack: list[Any] = [body]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple) and one and one[0] != NAME:
            if one[0] == CALL and len(one) == 5:
                yield one
            stack.extend(one)
