"""Functions that a project has twice: plain, and as a coroutine beside it."""

from __future__ import annotations

from perflint.program import classes
from perflint.program.program import Program
from perflint.program.values import FunctionKey

NAMES = ("a{}", "async_{}", "{}_async")
"""How a coroutine is named after its plain twin."""


def has_coroutine(program: Program, key: FunctionKey) -> bool:
    """Whether a plain function has a coroutine beside it that does the same: in its class, or in its module."""
    function = program.function(key)
    names = {form.format(function.name) for form in NAMES}
    if function.owner >= 0:
        found = [classes.method(program, (key[0], function.owner), name) for name in names]
        return any(one is not None and program.function(one).is_async for one in found)
    return any(
        one.name in names and one.is_async and one.owner < 0 and one.parent < 0
        for one in program.files[key[0]].functions
    )
