"""Nodes as text and as sets of names: for messages, slots and loop use."""

from __future__ import annotations

from perflint.facts.ir import (
    ATTR,
    AWAIT,
    BIN,
    BOOL,
    CALL,
    COMP,
    CONST,
    DICT,
    FSTR,
    LAMBDA,
    NAME,
    SEQ,
    STAR,
    SUB,
    WALRUS,
    Node,
)  # fmt: skip


def mentions(node: object, names: set[str]) -> bool:
    """Whether a node mentions one of `names` anywhere."""
    stack = [node]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        if one[0] == NAME and len(one) == 2 and isinstance(one[1], str):
            if one[1] in names:
                return True
        else:
            stack.extend(one)
    return False


def slot_of(node: Node) -> str:
    """A name or dotted attribute as text ("self._client"), "" for anything else."""
    if node[0] == NAME:
        return str(node[1])
    if node[0] == ATTR:
        inner = slot_of(node[2])
        return f"{inner}.{node[3]}" if inner else ""
    if node[0] == SUB:
        return slot_of(node[2])
    if node[0] == CALL and node[2][0] == ATTR and node[2][3] == "get":
        return slot_of(node[2][2])  # `d.get(k) is None` asks for a slot of d
    if node[0] == WALRUS:
        return slot_of(node[2])
    return ""


def container_of(node: Node) -> Node | None:
    """The container that a node takes one of its items from: `d` of `d[k]`, `d.get(k)` and `d.setdefault(k, {})`."""
    container: Node | None = None
    if node[0] == SUB:
        container = node[2]
    elif node[0] == CALL and node[2][0] == ATTR and node[2][3] in ("get", "setdefault"):
        container = node[2][2]
    return container


def unparse(node: Node | None, short: int = 60) -> str:
    """A node as source text, shortened to `short` characters."""
    text = _unparse(node)
    return text if len(text) <= short else text[: short - 1] + "…"


def _unparse(node: Node | None) -> str:
    if node is None:
        return "…"
    code = node[0]
    if code == NAME:
        return str(node[1])
    if code == CONST:
        return "…" if node[1] == "…" else repr(node[1]).replace("'", '"') if isinstance(node[1], str) else repr(node[1])
    if code == ATTR:
        return f"{_unparse(node[2])}.{node[3]}"
    if code == CALL:
        parts = [_unparse(one) for one in node[3]] + [f"{k}={_unparse(v)}" if k else "**…" for k, v in node[4]]
        inner = ", ".join(parts)
        return f"{_unparse(node[2])}({inner if len(inner) <= 24 else '…'})"
    if code == SUB:
        return f"{_unparse(node[2])}[{_unparse(node[3])}]"
    if code == AWAIT:
        return f"await {_unparse(node[2])}"
    if code == STAR:
        return "*" + _unparse(node[1])
    if code == FSTR:
        return 'f"…"'
    if code == SEQ and len(node[2]) == 0:
        return {"list": "[]", "tuple": "()"}.get(node[1], "{}")
    if code in (COMP, SEQ, DICT, LAMBDA, BIN, BOOL):
        return "…"
    return "…"
