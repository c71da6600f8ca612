"""What a model says of itself beside its columns: that it is only a base of others, that its rows have an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import ANN, ASSIGN, CLASS, CONST, SEQ, Node
from perflint.program import classes
from perflint.program.values import ClassKey

if TYPE_CHECKING:
    from perflint.program.program import Program


def is_abstract(program: Program, key: ClassKey, option: str) -> bool:
    """Whether a class only lends its columns to those that derive from it; `option` is the path that says so."""
    holder, _, name = option.rpartition(".")
    own = _inner(program, key, holder)
    return own is not None and bool(name) and _value(classes.members(program, own).get(name)) == (CONST, True)


def is_ordered(program: Program, key: ClassKey | None, option: str, abstract: str) -> bool:
    """Whether the rows of a model have an order of their own, as the path `option` says."""
    holder, _, name = option.rpartition(".")
    hidden = False
    for base in classes.mro(program, key) if key is not None and name else ():
        own = _inner(program, base, holder) if isinstance(base, tuple) else None
        if own is None or (hidden and isinstance(base, tuple) and is_abstract(program, base, abstract)):
            continue  # a model that says anything itself takes nothing over from what is only its base
        found = classes.find(program, own, name)
        value = _value(found[1]) if found is not None else None
        if value is not None:
            return not (value[0] == SEQ and not value[2])
        hidden = True
    return False


def at(program: Program, key: ClassKey, option: str) -> Node | None:
    """What stands at a path below a class's own body."""
    holder, _, name = option.rpartition(".")
    own = _inner(program, key, holder)
    return _value(classes.members(program, own).get(name)) if own is not None else None


def _inner(program: Program, key: ClassKey, name: str) -> ClassKey | None:
    """The class inside a class's own body; the class itself without a name."""
    node = classes.members(program, key).get(name) if name else None
    if name and (node is None or node[0] != CLASS):
        return None
    return (key[0], node[1]) if node is not None else key


def _value(node: Node | None) -> Node | None:
    if node is None or node[0] not in (ASSIGN, ANN):
        return None
    value: Node | None = node[2] if node[0] == ASSIGN else node[3]
    return value
