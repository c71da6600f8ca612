"""Coroutines beside which nobody waits for the event loop: before and behind all requests, and of command lines."""

from __future__ import annotations

from typing import Any

from perflint.facts.ir import AWAIT, CALL, COMPARE, CONST, EXPR, IF, NAME
from perflint.program import Program
from perflint.program.roles import Entry
from perflint.program.text import mentions
from perflint.program.values import Caller, FunctionKey

ALONE = ("startup", "command-line")
"""Roles of functions beside which nobody waits for the event loop."""
MAIN = (COMPARE, (NAME, "__name__"), ("Eq",), ((CONST, "__main__"),))


def runs_alone(program: Program, key: FunctionKey, entries: dict[FunctionKey, Entry]) -> bool:
    """Whether all that is known to call a coroutine runs before the first request, or for a command line."""
    return _leads_to(program, key, entries, once=False)


def sets_up(program: Program, key: FunctionKey, entries: dict[FunctionKey, Entry]) -> bool:
    """Whether all that is known to call a coroutine runs once, also what a person sets up while requests are served."""
    return _leads_to(program, key, entries, once=False, roles=(*ALONE, "set-up"))


def runs_once(program: Program, key: FunctionKey, entries: dict[FunctionKey, Entry]) -> bool:
    """Whether a coroutine is only a step of what a program does when it is started: no loop goes through it."""
    return bool(program.callers.get(key)) and _leads_to(program, key, entries, once=True)


def _leads_to(
    program: Program, key: FunctionKey, entries: dict[FunctionKey, Entry], once: bool, roles: tuple[str, ...] = ALONE
) -> bool:
    seen: set[Caller] = {key}
    waiting: list[Caller] = [key]
    while waiting:
        one = waiting.pop()
        function = (one[0], one[1])
        entry = entries.get(function)
        if entry is not None and entry.role.role in roles:
            continue
        callers = program.callers.get(one, set())
        if entry is not None and entry.is_request:
            return False
        if not callers:
            if _is_script(program, function) or _is_end(program, function):
                continue
            if once and one != key and (_is_main(program, function) or _reads_arguments(program, function)):
                continue
            return False
        if once and any((one, caller) in program.looped for caller in callers):
            return False
        waiting += callers - seen
        seen |= callers
    return True


def _is_end(program: Program, key: FunctionKey) -> bool:
    """Whether a function that nobody is known to call says by its name that it runs at the end: `teardown()`."""
    words = program.function(key).name.split("_")
    return any(program.packs.semantics.get(word) == "ending" for word in words)


def _is_main(program: Program, key: FunctionKey) -> bool:
    """Whether a file calls a function of its own when it is run: `if __name__ == "__main__": main()`."""
    function = program.function(key)
    blocks: list[Any] = [one[2] for one in program.files[key[0]].body if one[0] == IF and one[1] == MAIN]
    return function.owner < 0 and function.parent < 0 and any(mentions(one, {function.name}) for one in blocks)


def _is_script(program: Program, key: FunctionKey) -> bool:
    """Whether a file's body runs this coroutine, and none of the file's coroutines may run beside another one."""
    file, name = program.files[key[0]], program.function(key).name
    runs = [one for one in file.body if one[0] == EXPR and one[1][0] == CALL and _makes(one[1][3], name)]
    coroutines = [one for one in file.functions if one.is_async]
    if not runs or any(one.owner >= 0 or one.decorators for one in coroutines):
        return False
    names = {one.name for one in coroutines}
    others = [one for one in file.body if one not in runs]
    return not any(_hands_on(one, names) for one in (others, *[function.body for function in file.functions]))


def _makes(arguments: tuple[Any, ...], name: str) -> bool:
    return any(one[0] == CALL and one[2] == (NAME, name) for one in arguments)


def _hands_on(node: Any, names: set[str]) -> bool:
    """Whether one of `names` is mentioned anywhere but in `await name(...)`."""
    if not isinstance(node, (tuple, list)) or not node:
        return False
    if node[0] == NAME and len(node) == 2:
        return node[1] in names
    if node[0] == AWAIT and len(node) == 3 and node[2][0] == CALL and node[2][2][0] == NAME:
        node = node[2][3:]
    return any(_hands_on(one, names) for one in node)


def _reads_arguments(program: Program, key: FunctionKey) -> bool:
    return not program.packs.command_lines().isdisjoint(program.function(key).called)
