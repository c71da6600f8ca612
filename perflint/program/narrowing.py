"""What a test tells of the names in it, where it holds and where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import BOOL, CALL, COMPARE, CONST, NAME, OP, SEQ, WALRUS, Node
from perflint.program import branches, hints
from perflint.program.values import (
    NOT_NONE,
    TRUE,
    Either,
    LoopVariable,
    Plain,
    Row,
    Unknown,
    Value,
    at_loop,
    join,
    presence_of,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def narrowing(frame: Frame, test: Node, holds: bool = True) -> dict[str, Value]:
    """What names are where a test holds, or where it fails: `isinstance(x, C)`, `x == "word"`, `x is None`, `x`."""
    code = test[0]
    if code in (NAME, WALRUS):
        return _there(frame, test[1], TRUE) if holds else {}
    if code == OP and len(test[1]) == 1:
        return narrowing(frame, test[1][0], not holds)
    if code == BOOL and test[2] != holds:  # all parts of `a and b` hold; all parts of `a or b` fail
        found: dict[str, Value] = {}
        for one in test[1]:
            found.update(narrowing(frame, one, holds))
        return found
    if code == COMPARE and len(test[2]) == 1 and test[1][0] in (NAME, WALRUS):
        return _compared(frame, test[1][1], test[2][0], test[3][0], holds)
    if code == CALL and test[2] == (NAME, "isinstance") and len(test[3]) == 2 and test[3][0][0] == NAME:
        return _is_instance(frame, test[3][0][1], test[3][1], holds)
    return {}


def _compared(frame: Frame, name: str, how: str, other: Node, holds: bool) -> dict[str, Value]:
    """What `name == constant` or `name is None` tells."""
    if other[0] != CONST:
        return {}
    equal = how in ("Eq", "Is") if holds else how in ("NotEq", "IsNot")
    if equal and branches.constant_of(Plain(other[1])) is not branches.UNDECIDED and other[1] != "…":
        return {name: Plain(other[1])} if isinstance(frame.env.get(name), (Unknown, Plain)) else {}
    differs = how in ("NotEq", "IsNot") if holds else how in ("Eq", "Is")
    return _there(frame, name, NOT_NONE) if differs and other[1] is None else {}


def _there(frame: Frame, name: str, level: int) -> dict[str, Value]:
    """A name whose value a test found to be there."""
    value = frame.env.get(name)
    if not isinstance(value, (Unknown, Plain)) or name in frame.shared or presence_of(value) >= level:
        return {}
    return {name: replace(value, there=level)} if isinstance(value, Unknown) or value.text is ... else {}


def _is_instance(frame: Frame, name: str, kind: Node, holds: bool) -> dict[str, Value]:
    value = frame.env.get(name)
    if isinstance(value, Either):
        left = [one for one in value.choices if branches.is_one_of(frame, one, kind) is not (not holds)]
        return {name: join(left)} if 0 < len(left) < len(value.choices) else {}
    if not holds or (value is not None and not isinstance(value, (Unknown, LoopVariable))):
        return {}
    kinds = kind[2] if kind[0] == SEQ else (kind,)
    told = [hints.value_of(frame, one) for one in kinds]
    if any(isinstance(one, Unknown) for one in told):
        return {}
    if not isinstance(value, LoopVariable):
        return {name: join(told)}
    rows = all(isinstance(one, Row) for one in told)  # of other objects more is known where they are made
    return {name: at_loop(join(told), value.loop)} if rows else {}


def take_back(told: dict[str, Value], after: dict[str, Value], env: dict[str, Value]) -> None:
    """Take back in `after` what only one outcome of a test told of the names in `env`."""
    for name, value in told.items():
        if after.get(name) == value:
            if name in env:
                after[name] = env[name]
            else:
                del after[name]


def learn(frame: Frame, test: Node, holds: bool) -> tuple[dict[str, Value], dict[str, Value]]:
    """Note what an outcome of a test tells, for the part of an expression that only it leads to.

    What is given back is for `forget`: what was told, and what the names were before.
    """
    told = narrowing(frame, test, holds)
    env = {name: frame.env[name] for name in told if name in frame.env}
    frame.env.update(told)
    return told, env


def forget(frame: Frame, told: dict[str, Value], env: dict[str, Value]) -> None:
    """Take back what `learn` noted."""
    take_back(told, frame.env, env)
