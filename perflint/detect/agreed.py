"""What all callers of a coroutine agree on: branches that the constants which each of them gives exclude."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from perflint.facts.ir import ATTR, CALL, CONST, NAME, STAR, Function, Node
from perflint.program import Program, branches, functions
from perflint.program.arguments import Arguments
from perflint.program.effects import Effect, Summary
from perflint.program.roles import Entry, value_of
from perflint.program.values import FunctionKey, Plain, Site, Value

FEW_CALLS = 2
"""Calls below which what they leave out may still be meant for others: a library's users, code to come."""
Place = tuple[str, Site, Site]
"""The kind of an effect, its place in the function that is looked at, and where it stands."""


def place_of(effect: Effect) -> Place:
    """What tells an effect of a summary from the others."""
    return effect.kind, effect.site, effect.origin


def excluded(program: Program, entries: dict[FunctionKey, Entry]) -> dict[FunctionKey, frozenset[Place]]:
    """By coroutine, the effects of branches that none of its callers takes."""
    summaries: dict[FunctionKey, list[Summary]] = {}
    for summary in program.summaries.values():
        if summary.function is not None and any(effect.blocks for effect in summary.effects):
            summaries.setdefault(summary.function, []).append(summary)
    found = {}
    for key, given in _agreed(program, _asked(program, entries, summaries)).items():
        callee = value_of(program, key)
        if callee is not None:
            arguments = functions.bind_arguments(program, callee, Arguments([], given, double=True))
            taken = functions.summarise(program, callee, arguments)
            kept = {place_of(effect) for effect in taken.effects}
            found[key] = frozenset(
                place_of(effect)
                for summary in summaries[key]
                for effect in summary.effects
                if place_of(effect) not in kept
            )
    return found


def _asked(
    program: Program, entries: dict[FunctionKey, Entry], summaries: dict[FunctionKey, list[Summary]]
) -> dict[str, FunctionKey]:
    """The coroutines that are asked about, by a name that no other function has, and that nobody but calls them."""
    found: dict[str, FunctionKey] = {}
    for key in summaries:
        function = program.function(key)
        if function.is_async and function.parent < 0 and not function.decorators and key not in entries:
            found[function.name] = key
    seen: dict[str, int] = {}
    for file in program.files:
        for function in file.functions if file.production else ():
            if function.name in found:
                seen[function.name] = seen.get(function.name, 0) + 1
    return {name: key for name, key in found.items() if seen.get(name) == 1}


def _agreed(program: Program, asked: dict[str, FunctionKey]) -> dict[FunctionKey, dict[str, Value]]:
    """The constants that every call of a name gives to parameters which decide something."""
    names = frozenset(asked)
    calls: dict[str, list[Node]] = {}
    handed: set[str] = set()
    for file in program.files:
        for function in file.functions if file.production else ():
            if not names.isdisjoint(function.called):
                for name, call in _mentions(function.body, names):
                    if call is None:
                        handed.add(name)
                    else:
                        calls.setdefault(name, []).append(call)
    found: dict[FunctionKey, dict[str, Value]] = {}
    for name, made in calls.items():
        key = asked[name]
        if name not in handed:
            given = _constants(program.function(key), made)
            if given:
                found[key] = given
    return found


def _mentions(body: Sequence[Any], names: frozenset[str]) -> Iterator[tuple[str, Node | None]]:
    """Every mention of a name: the call that it is, None where it is handed on."""
    waiting: list[Any] = [body]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, tuple) or not node:
            continue
        if node[0] == CALL and len(node) == 5 and (name := _name(node[2])) in names:
            yield name, node
            waiting += (*node[2][2:3], *node[3:])
        elif (name := _name(node)) in names:
            yield name, None
        else:
            waiting += node


def _name(node: Any) -> str:
    """The name that a name or attribute ends with."""
    if not isinstance(node, tuple) or not node:
        return ""
    if node[0] == NAME and len(node) == 2:
        return str(node[1])
    return str(node[3]) if node[0] == ATTR and len(node) == 4 else ""


def _constants(function: Function, calls: list[Node]) -> dict[str, Value]:
    """What all calls give the parameters that decide something, where it is the same constant."""
    if any(one[0] == STAR for call in calls for one in call[3]) or any(not one for call in calls for one, _ in call[4]):
        return {}
    places = [one.name for one in function.parameters if one.kind == "pos"][function.owner >= 0 :]
    found: dict[str, Value] = {}
    for parameter in function.parameters:
        if parameter.kind in ("pos", "kw") and parameter.name in function.decides:
            at = places.index(parameter.name) if parameter.name in places else len(places)
            given = {_given(call, parameter.name, at, parameter.default) for call in calls}
            if len(calls) < FEW_CALLS and not any(_gives(call, parameter.name, at) for call in calls):
                continue
            constant = given.pop() if len(given) == 1 else branches.UNDECIDED
            if constant is not branches.UNDECIDED:
                found[parameter.name] = Plain(constant)
    return found


def _gives(call: Node, name: str, at: int) -> bool:
    return at < len(call[3]) or any(word == name for word, _ in call[4])


def _given(call: Node, name: str, at: int, default: Node | None) -> Any:
    """The constant that a call gives to a parameter."""
    node = next((one for word, one in call[4] if word == name), call[3][at] if at < len(call[3]) else default)
    return branches.constant_of(Plain(node[1])) if node is not None and node[0] == CONST else branches.UNDECIDED
