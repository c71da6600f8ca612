"""Loops that a framework runs: what it does with each row of a query, as if the loop stood in the source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.program import attributes, calls, classes, functions, orm
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.effects import READS, Effect, Loop, Summary, replace
from perflint.program.program import Program
from perflint.program.values import (
    FEW,
    PLAIN,
    FunctionValue,
    Many,
    Object,
    Query,
    Row,
    Site,
    Value,
    at_loop,
    choices,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


Show = Callable[["Frame", Row], None]
"""What is done with one row: evaluated in a frame of its own, whose effects stand where the rows are shown."""


def run(frame: Frame, context: str, name: str, rows: Value, site: Site, show: Show, at: Site) -> None:
    """Do something for each of some rows here. What it costs per row is noted for the rules of `context`.

    `at` is where rows are shown: they are evaluated there once, however many places show such rows.
    """
    options = choices(rows)
    sure = Confidence.HIGH if len(options) == 1 else Confidence.MEDIUM
    for one in options:
        if isinstance(one, Query):
            orm.evaluate(frame, one, site, False)
            element, counts = orm.element(frame.program, one, at), not one.batch
        elif isinstance(one, Many):
            element, counts = at_loop(one.element, at), not 0 <= one.size <= FEW
        else:
            continue
        if isinstance(element, Row) and element.model is not None:
            variable = frame.program.class_(element.model).name.lower()
            loop = Loop(site, variable, counts, False, one.source, sure)
            _for_each(frame, context, name, replace(element, source=None), loop, show)


def _for_each(frame: Frame, context: str, name: str, row: Row, loop: Loop, show: Show) -> None:
    from perflint.program.frame import Frame as NewFrame

    program = frame.program
    inner = NewFrame(program, loop.site[0], None, None)
    show(inner, row)
    effects = [_in_loop(one, row, loop) for one in functions.distinct(inner.effects)]
    told = [replace(one, loops=(loop, *one.loops)) for one in effects if not functions.is_met(one)]
    if told:
        program.listings[context, name, replace(row, loop=loop.site)] = Summary(None, tuple(told), PLAIN)
    carry(frame, [replace(one, met=True) for one in effects], name, loop.site)


def _in_loop(effect: Effect, row: Row, loop: Loop) -> Effect:
    """An effect of showing a row, as one of this loop."""
    if effect.kind in READS and effect.row == row.loop:
        return replace(effect, row=loop.site, source=effect.source or loop.rows)
    return effect


def carry(frame: Frame, effects: list[Effect], name: str, site: Site) -> None:
    """Bring what showing a row costs to the place that shows it."""
    functions.carry(frame, FunctionValue((site[0], 0)), Summary(None, tuple(effects), PLAIN), name, site, False)


def lower(effects: list[Effect], start: int, confidence: Confidence) -> None:
    """Make effects from `start` on no surer than this."""
    effects[start:] = [replace(one, confidence=min(one.confidence, confidence)) for one in effects[start:]]


# --- what is done with a row -----------------------------------------------------------------------------------------


def call_with(frame: Frame, receiver: Object, name: str, row: Row) -> None:
    """Call a method with the row. What it costs stands in the method, since there the row is read."""
    site = (frame.file, 0)
    for one in choices(attributes.read(frame, receiver, name, site, None)):
        if isinstance(one, FunctionValue):
            frame.effects += [_within(frame.program, receiver, effect) for effect in effects_of(frame, one, row)]


def effects_of(frame: Frame, function: FunctionValue, row: Row) -> tuple[Effect, ...]:
    """What a function that is given the row costs, as it stands in the function."""
    given = functions.bind_arguments(frame.program, function, Arguments([row], {}))
    return functions.summarise(frame.program, function, given).effects


def _within(program: Program, receiver: Object, effect: Effect) -> Effect:
    """An effect where the last of the receiver's own methods on the way leads to it."""
    own = classes.mro(program, receiver.cls)
    while effect.hops:
        inner = program.enclosing(effect.hops[0].site)
        if inner is None or (inner[0], program.function(inner).owner) not in own:
            break
        effect = replace(effect, site=effect.hops[0].site, hops=effect.hops[1:])
    return effect


def read_path(frame: Frame, value: Value, path: list[str], site: Site) -> Value:
    """`row.a.b`, where what can be called is called."""
    for name in path:
        value = attributes.read(frame, value, name, site, None)
        if isinstance(value, FunctionValue) and not functions.wants_more(frame.program, value):
            value = calls.call(frame, value, NO_ARGUMENTS, site)
    return value
