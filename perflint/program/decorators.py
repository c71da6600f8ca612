"""What a decorator makes of a function or class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import CALL, Node
from perflint.program import calls, classes
from perflint.program.arguments import Arguments, evaluate_arguments
from perflint.program.effects import replace
from perflint.program.values import (
    Awaitable,
    ClassValue,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Method,
    Object,
    Offloaded,
    Value,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program


def decorate(frame: Frame, target: Value, node: Node, value: Value) -> Value:
    """Apply one decorator to a function."""
    packs = frame.program.packs
    if not isinstance(target, (FunctionValue, ClassValue)) and node[0] == CALL and node[4] and packs.registers:
        evaluate_arguments(frame, node)  # what it is given may register more: a provider, a dependency
    if isinstance(target, External):
        meaning = packs.semantics.get(target.name)
        if isinstance(value, FunctionValue):
            if meaning == "properties":
                return replace(value, kind="property", once=value.once)
            if meaning == "cached-properties":
                return replace(value, kind="cached-property")
            if meaning == "declares":
                return replace(value, kind="declared")
            if meaning == "contexts":
                return replace(value, kind="context")
            if meaning == "memoises":
                return replace(value, once=True)
            if target.name == "builtins.staticmethod":
                return replace(value, kind="static")
            if target.name == "builtins.classmethod":
                return replace(value, kind="class")
        entry = packs.calls.get(target.name)
        if entry is not None and entry.offloads is not None and not packs.decorators.get(target.name):
            return Offloaded(value, entry.offloads[1])
        return value
    if isinstance(target, Method) and isinstance(value, FunctionValue):
        return replace(value, kept=value.kept or _keeps(frame.program, target))
    if isinstance(target, (FunctionValue, ClassValue)) and isinstance(value, FunctionValue):
        frame.program.decorating += 1  # what a decorator makes differs for each function that it decorates
        try:
            return _wrapped(frame, target, node, value)
        finally:
            frame.program.decorating -= 1
    return value


def _keeps(program: Program, decorator: Method) -> bool:
    """Whether a library's object keeps what the decorated function gives."""
    holder = decorator.receiver
    types = [holder.type] if isinstance(holder, Instance) else []
    types = list(classes.externals(program, holder.cls)) if isinstance(holder, Object) else types
    entries = [program.packs.method(one, decorator.name) for one in types]
    return any(one is not None and one.keeps for one in entries)


def _wrapped(frame: Frame, target: Value, node: Node, value: FunctionValue) -> Value:
    if node[0] == CALL:
        count = len(frame.effects)
        inner = calls.call(frame, target, evaluate_arguments(frame, node), (frame.file, node[1]))
        del frame.effects[count:]
        if not isinstance(inner, FunctionValue):
            return value
        target = inner
    result = calls.call(frame, target, Arguments([value], {}), frame.here())
    if isinstance(result, Awaitable):
        result = result.result
    return result if isinstance(result, (FunctionValue, Offloaded)) else value


def decorated(program: Program, key: FunctionKey, frame: Frame | None) -> Value:
    """A function with its decorators applied, innermost first. Unknown decorators keep it."""
    function = program.function(key)
    value: Value = FunctionValue(key, env=frame)
    evaluator = frame or program.scope(key[0])
    if frame is None and function.owner >= 0 and any(one[0] == CALL and one[3] for one in function.decorators):
        from perflint.program.frame import Frame as Scope

        evaluator = Scope(program, key[0], None, None)  # a decorator's arguments may name methods of the class
        evaluator.env = {
            name: FunctionValue(method)
            for name, method in classes.methods(program, (key[0], function.owner))
            if method != key
        }
    for decorator in reversed(function.decorators):
        count = len(evaluator.effects)
        target = evaluator.expr(decorator[2] if decorator[0] == CALL else decorator)
        value = decorate(evaluator, target, decorator, value)
        del evaluator.effects[count:]  # decorating costs once
    return value
