"""Globals that keep the constant which their file gives them: nobody assigns them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.program import outside

if TYPE_CHECKING:
    from perflint.program.program import Program


def is_settled(program: Program, index: int, name: str) -> bool:
    """Whether no function rebinds a file's global, no other file may, and no star import may bring another.

    What is set by a name that only the running program knows (`setattr(options, key, value)`) is as its file leaves it.
    """
    if name in program.writers(index) or name in outside.writers(program) or "*" in program.static(index):
        return False
    return program.files[index].template is None
