"""Globals that keep the constant which their file gives them: nobody assigns them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perflint.facts.ir import CALL, CONST, NAME
from perflint.program import outside
from perflint.program.values import Module

if TYPE_CHECKING:
    from perflint.program.program import Program


def is_settled(program: Program, index: int, name: str) -> bool:
    """Whether no function rebinds a file's global, no other file may, and no star import may bring another."""
    if name in program.writers(index) or name in outside.writers(program) or "*" in program.static(index):
        return False
    return program.files[index].template is None and index not in _set_by_name(program)


def _set_by_name(program: Program) -> set[int]:
    """Files whose globals are set by names that only the running program knows: `setattr(options, key, value)`."""
    found = program.set_by_name
    if found is None:
        found = program.set_by_name = set()
        for index, file in enumerate(program.files):
            for function in file.functions if file.template is None else ():
                if "setattr" in function.called:
                    for holder in _holders(function.body):
                        value = program.scope(index).lookup(holder)
                        target = program.modules.find(value.name, index) if isinstance(value, Module) else None
                        if target is not None:
                            found.add(target)
    return found


def _holders(body: tuple[Any, ...]) -> set[str]:
    """Names whose attributes are set by a name that is no constant."""
    found: set[str] = set()
    stack: list[Any] = [body]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            if len(one) == 5 and one[0] == CALL and one[2] == (NAME, "setattr") and len(one[3]) == 3:
                holder, key = one[3][0], one[3][1]
                if holder[0] == NAME and key[0] != CONST:
                    found.add(holder[1])
            stack.extend(one)
    return found
