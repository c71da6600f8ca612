"""Special methods of the project's own classes: what subscripts, `len()` and text call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.facts.ir import DEF
from perflint.program import classes, functions
from perflint.program.arguments import Arguments
from perflint.program.values import ClassKey, FunctionValue, Object, Row, Site, Value, choices, join

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def class_of(value: Value) -> ClassKey | None:
    """The project's class of an object or a row."""
    if isinstance(value, Object):
        return value.cls
    return value.model if isinstance(value, Row) else None


def call(frame: Frame, value: Value, names: tuple[str, ...], given: list[Value], site: Site) -> Value | None:
    """Call the first of these methods that the value's class defines; None where the project defines none."""
    results: list[Value] = []
    for one in choices(value):
        key = class_of(one)
        if key is None:
            continue
        for name in names:
            found = classes.find(frame.program, key, name)
            if found is not None and found[1][0] == DEF:
                function = FunctionValue((found[0][0], found[1][1]), bound=one, owner=found[0])
                results.append(functions.call_function(frame, function, Arguments(list(given), {}), site))
                break
    return join(results) if results else None


def to_text(frame: Frame, value: Value, site: Site | None) -> None:
    """What turning a value into text costs."""
    call(frame, value, ("__str__", "__repr__"), [], site or frame.here())


def truth(frame: Frame, value: Value, site: Site) -> None:
    """What asking whether a value is true costs."""
    call(frame, value, ("__bool__", "__len__"), [], site)
