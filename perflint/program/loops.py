"""Loops and comprehensions: what runs once per element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import ATTR, AWAIT, CALL, COMP, FOR, SUB, Node
from perflint.program import asked, attributes, branches, columns, given, orm, repeats, statements, uniqueness
from perflint.program.effects import Loop
from perflint.program.values import (
    FEW,
    NOTHING,
    PLAIN,
    UNKNOWN,
    Instance,
    LoopVariable,
    Many,
    Mapping,
    Object,
    Plain,
    Query,
    Site,
    Tuple,
    Unknown,
    Value,
    at_loop,
    choices,
    join,
    merge,
    without_loop,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def for_(frame: Frame, node: Node) -> None:
    _, pos, target, source, body, orelse, is_async = node
    site = (frame.file, pos)
    frame.consumed = source
    value = frame.kept(source, frame.expr(source))
    frame.current = source
    element, loop = loop_over(frame, value, site, source, target, is_async)
    inside(frame, loop, target, element, body)
    given.leave(frame, source, site)
    frame.block(orelse)


def inside(frame: Frame, loop: Loop, target: Node | None, element: Value, body: tuple[Node, ...]) -> None:
    loops, guards = frame.loops, frame.guards
    frame.loops = (*loops, loop)
    frame.bodies[loop.site] = (FOR, -1, target, None, body, (), False)
    branches.forget_constants(frame, body)
    frame.tainted.append(
        set(branches.names_of(target)) | (frame.tainted[-1] if frame.tainted else set()) if target else set()
    )
    if target is not None:
        statements.store(frame, target, element, len(frame.effects))
    before, count, offloaded = dict(frame.env), len(frame.effects), frame.offloaded
    frame.block(body)
    frame.offloaded = offloaded
    statements.leave(frame, count)
    repeats.settle(frame, count, len(frame.loops))
    frame.ended = False
    frame.env = merge(before, frame.env)
    frame.tainted.pop()
    frame.loops, frame.guards = loops, guards


def while_(frame: Frame, node: Node) -> None:
    _, pos, test, body, orelse = node
    loop = Loop((frame.file, pos), "", False, True, None, Confidence.LOW)
    loops = frame.loops
    frame.loops = (*loops, loop)
    frame.tainted.append(set())
    branches.forget_constants(frame, body)
    frame.expr(test)
    before, told, offloaded = dict(frame.env), frame.answers, frame.offloaded
    frame.answers |= asked.answers(test, True)
    frame.block(body)
    frame.offloaded = offloaded
    frame.answers = told | asked.afterwards(test, body)
    frame.ended = False
    frame.env = merge(before, frame.env)
    frame.tainted.pop()
    frame.loops = loops
    frame.block(orelse)


def loop_over(
    frame: Frame, value: Value, site: Site, source: Node, target: Node | None, is_async: bool
) -> tuple[Value, Loop]:
    """What one element is, and how the loop counts. Iterating a lazy query runs it: here."""
    variable = "".join(branches.names_of(target)[:1]) if target is not None else ""
    elements, counts, needs_use, rows = [], False, False, None
    confidence = Confidence.HIGH
    options = choices(value)
    for one in [one for one in options if one != NOTHING] or options:
        element, one_counts, one_needs, one_rows = iterate(frame, one, site, source, is_async)
        elements.append(element)
        counts, needs_use = counts or one_counts, needs_use or one_needs
        rows = rows or one_rows
    if len(options) > 1:
        confidence = Confidence.MEDIUM
        elements = [at_loop(one, site) if counts else one for one in elements]
    if any(isinstance(one, (Many, Mapping)) and one.registry for one in options):
        confidence = Confidence.LOW  # as many as the code has
    few = not counts and all(_is_few(frame, one) for one in options)
    of_chunk = any(isinstance(one, Many) and one.chunk for one in options)
    loop = Loop(site, variable, counts, needs_use, rows, confidence, few, of_chunk)
    columns.note_parents(frame, value, loop)
    return join(elements), loop


def iterate(
    frame: Frame, value: Value, site: Site, source: Node, is_async: bool
) -> tuple[Value, bool, bool, Site | None]:
    """One element of `value`, whether looping over it counts, whether only with use, and the rows' query."""
    if isinstance(value, Query):
        orm.evaluate(frame, value, site_of(source, frame.file, site), is_async)
        single = uniqueness.is_single(frame.program, value)
        element = orm.element(frame.program, value, None if single else site)
        return element, not (value.batch or single), False, value.source
    if isinstance(value, Many):
        few = 0 <= value.size <= FEW
        # what stands in a short list was read beside it, not once per round
        element = value.element if few and not isinstance(value.element, Unknown) else at_loop(value.element, site)
        return element, not (few or value.chunks or value.stream), value.range, value.source
    if isinstance(value, Tuple):
        element = join(list(value.elements)) if value.elements else UNKNOWN
        return element, len(value.elements) > FEW, False, None
    if isinstance(value, Mapping):
        return PLAIN, not 0 < max(len(value.items), value.size) <= FEW, False, None
    if isinstance(value, Instance):
        if frame.is_outer(source) and value.type in frame.program.models.query_types():
            return LoopVariable(site), True, False, None  # it keeps the rows it once read
        return attributes.iterate_instance(frame, value, site, is_async)
    if isinstance(value, Object):
        found = attributes.iterate_object(frame, value, site)
        if found is not None:
            return at_loop(found, site), True, False, None
    if isinstance(value, Plain):
        return PLAIN, value.text is ..., True, None
    return LoopVariable(site), not is_async, False, None


def comprehension(frame: Frame, node: Node) -> Value:
    _, pos, kind, generators, elements = node
    env, loops, depth, count = frame.env, frame.loops, len(frame.tainted), len(frame.effects)
    frame.env = dict(env)
    chunks, few, registry = False, True, False
    for target, source, conditions, is_async in generators:
        frame.consumed = source
        value = frame.kept(source, frame.expr(source))
        frame.current = source
        # each generator is a loop of its own; their order tells them apart
        element, loop = loop_over(frame, value, (frame.file, _pos_of(source, pos)), source, target, is_async)
        few = few and loop.few
        registry = registry or (isinstance(value, (Many, Mapping)) and value.registry)
        frame.loops = (*frame.loops, loop)
        frame.bodies[loop.site] = node
        names = set(branches.names_of(target))
        if frame.tainted:
            names |= frame.tainted[-1]
        frame.tainted.append(names)
        statements.store(frame, target, element, len(frame.effects))
        for condition in conditions:
            frame.expr(condition)
    values = []
    for one in elements:
        value = frame.expr(one)
        chunks = chunks or _holds_chunk(value)
        values.append(value)
    repeats.settle(frame, count, len(frame.loops))
    del frame.tainted[depth:]
    frame.env, frame.loops = env, loops
    if kind == "dict":
        return Mapping((), without_loop(values[-1]), registry)
    return Many(without_loop(values[0]), size=FEW if few else -1, chunks=chunks, registry=registry)


def _holds_chunk(value: Value) -> bool:
    """Whether a value is a slice of many, or a tuple or dict with one in it."""
    if isinstance(value, Tuple):
        return any(_holds_chunk(one) for one in value.elements)
    if isinstance(value, Mapping):
        return any(_holds_chunk(one) for _, one in value.items)
    return isinstance(value, Many) and value.chunk


def _is_few(frame: Frame, value: Value) -> bool:
    if isinstance(value, Query):
        return uniqueness.is_single(frame.program, value)
    if isinstance(value, Many):
        return 0 <= value.size <= FEW
    if isinstance(value, Instance):
        entry = frame.program.packs.special(value.type, "iterate")
        return entry is not None and entry.few
    return isinstance(value, (Tuple, Mapping))


def site_of(node: Node, file: int, otherwise: Site | None) -> Site:
    pos = _pos_of(node, -1)
    if pos >= 0:
        return (file, pos)
    assert otherwise is not None or file >= 0
    return otherwise if otherwise is not None else (file, 0)


def _pos_of(node: Node, otherwise: int) -> int:
    if node[0] in (ATTR, CALL, SUB, AWAIT, COMP):
        return int(node[1])
    return otherwise
