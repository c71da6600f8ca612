"""What a parameter is without an argument: its default, or what a framework provides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perflint.facts.ir import CONST, Node
from perflint.program import calls, functions, hints
from perflint.program.arguments import NO_ARGUMENTS
from perflint.program.values import PLAIN, UNKNOWN, FunctionValue, Many, Mapping, Plain, Unknown, Value

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def default_value(frame: Frame, scope: Frame, parameter: Any) -> Value:
    """What a parameter holds when nobody says: a dependency's result, its annotation, its default."""
    program = frame.program
    if parameter.kind == "*":
        return Many(UNKNOWN)
    if parameter.kind == "**":
        return Mapping((), UNKNOWN)
    if program.packs.markers:
        found = hints.dependency(scope, parameter.annotation, parameter.default)
        if found is not None:
            result = _depend(frame, *found)
            if not isinstance(result, (Unknown, Plain)):
                return result
    if program.packs.by_name and parameter.annotation is None and parameter.default is None:
        provided = _provided(frame, parameter.name)
        if not isinstance(provided, Unknown):
            return provided
    value = hints.value_of(scope, parameter.annotation)
    if isinstance(value, Unknown) and parameter.default is not None and parameter.default != (CONST, None):
        count = len(scope.effects)
        value = scope.expr(parameter.default)
        del scope.effects[count:]
        if isinstance(value, Plain):
            return PLAIN
    return value


def _provided(frame: Frame, name: str) -> Value:
    """The value that a framework hands to a parameter because a provider has its name."""
    program, function = frame.program, frame.function
    if function is None or not function.decorators or function.name == name:
        return UNKNOWN
    keys = program.providers(frame.file).get(name, [])
    if not keys:
        return UNKNOWN
    before = [key for key in keys if key[1] < function.number]
    key = before[-1] if before else keys[0]
    count = len(frame.effects)
    result = functions.plain_result(calls.call(frame, program.function_value(key), NO_ARGUMENTS, frame.here()))
    if program.provided_once(key):
        del frame.effects[count:]
        return functions.kept(result)
    return result


def _depend(frame: Frame, scope: Frame, node: Node) -> Value:
    """The value of a dependency; what it costs is paid here, once for each request. Plain ones run in a thread."""
    target = scope.expr(node)
    site = (frame.file, frame.function.pos) if frame.function is not None else (frame.file, 0)
    is_async = isinstance(target, FunctionValue) and frame.program.function(target.key).is_async
    handed = frame.function is not None and frame.function.is_async and not is_async
    frame.offloaded += handed
    try:
        return functions.plain_result(calls.call(frame, target, NO_ARGUMENTS, site))
    finally:
        frame.offloaded -= handed
