"""`if`: what a test tells of the names in it, and of the effects of what runs where it holds or fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from perflint.facts.ir import ANN, CALL, NAME, WALRUS, Node
from perflint.facts.template_ir import AUTO
from perflint.program import (
    alternatives,
    asked,
    branches,
    fills,
    hints,
    lookups,
    loops,
    measures,
    narrowing,
    orm,
    statements,
    templates,
)  # fmt: skip
from perflint.program.effects import memo_of, missed, replace
from perflint.program.values import Instance, Object, Query, Value, merge

if TYPE_CHECKING:
    from perflint.program.frame import Frame


class Branch(NamedTuple):
    """What runs where a test holds, or fails.

    `slots` are empty (where it holds) or filled there, `told` is what it tells of names, `runs` False where it surely
    comes out otherwise, `loopless` tells that no event loop runs there.
    """

    test: Node
    holds: bool
    body: Sequence[Node]
    slots: set[str]
    told: dict[str, Value]
    runs: bool
    loopless: bool


def if_(frame: Frame, node: Node) -> None:
    _, test, body, orelse = node
    start = len(frame.effects)
    ask(frame, test, frame.expr(test), start)
    before = len(frame.effects)
    env, guards, sought = frame.env, frame.guards, frame.sought
    empty, present = branches.none_checks(test)
    known = True if alternatives.holds(frame, test) else branches.truth(frame, test)
    if frame.answered < 0 and branches.asks_the_row(frame, test):
        frame.answered = before
    elsewhere = branches.asks_for_thread(frame, test)  # one of both branches is for callers without a loop
    nowhere = asked.without_loop(frame, test)
    first = Branch(test, True, body, empty, narrowing.narrowing(frame, test, True), known is not False, nowhere is True)
    second = Branch(
        test, False, orelse, present, narrowing.narrowing(frame, test, False), known is not True, nowhere is False
    )
    missing = bool(frame.looked_up) and lookups.are_filled(frame, empty, body)
    level = fills.filled_outside(frame, test, body) if frame.loops and empty else len(frame.loops)
    frame.offloaded += elsewhere
    frame.sought = asked.sought(frame, empty)
    held, held_ended = _take(frame, first, env, guards)
    if len(frame.effects) > start and alternatives.rules_out(frame, test, orelse):
        frame.doubt(start)
    if len(frame.effects) > before or empty:
        _weigh(frame, first, before, level, missing)
    frame.sought = sought
    unfound = frame.sought = asked.sought(frame, present)
    failed, failed_ended = _take(frame, second, env, guards)
    frame.offloaded -= elsewhere
    frame.sought = unfound if held_ended else sought
    frame.ended = held_ended and failed_ended
    if held_ended:  # what follows runs as the second branch does
        frame.env, frame.guards = failed, guards | present
        frame.answers |= asked.answers(test, False)
        frame.offloaded += second.loopless and not failed_ended
        _go_on(frame, present)
    elif failed_ended:
        frame.env, frame.guards = held, guards
        frame.answers |= asked.answers(test, True)
    else:
        narrowing.take_back(first.told, held, env)
        narrowing.take_back(second.told, failed, env)
        frame.env, frame.guards = merge(held, failed), guards
    if branches.is_for_checkers(test):
        declare(frame, body)


def _take(frame: Frame, one: Branch, env: dict[str, Value], guards: set[str]) -> tuple[dict[str, Value], bool]:
    """Evaluate one branch of a test: the names after it, and whether it never comes to its end."""
    if not one.body and not one.told:
        return env, not one.runs
    before, told, offloaded = len(frame.effects), frame.answers, frame.offloaded
    frame.env, frame.guards, frame.ended = {**env, **one.told}, guards | one.slots, False
    if one.runs:
        frame.offloaded += one.loopless
        frame.answers = told | asked.answers(one.test, one.holds)
        frame.block(one.body)
        frame.answers, frame.offloaded = told, offloaded
    after, ended = frame.env, frame.ended or not one.runs
    statements.leave(frame, before)
    frame.ended = False
    frame.env = env
    return after, ended


def _weigh(frame: Frame, first: Branch, before: int, level: int, missing: bool) -> None:
    """What the test tells of the effects since `before`, which happen only where it holds.

    `level` is the number of loops around a local that it fills, `missing` that it runs for what a cache does not hold.
    """
    test, body = first.test, first.body
    if level < len(frame.loops):  # `if found is None: found = …`
        kept, inner = frame.loops[:level], len(frame.loops)
        frame.effects[before:] = [replace(one, loops=kept + one.loops[inner:]) for one in frame.effects[before:]]
    if first.slots and fills.stores_slot(frame, body, first.slots):
        fills.note_kept(frame, body, first.slots, before)
        del frame.effects[before:]  # filled once, then found
    if len(frame.effects) == before:
        return
    if missing:
        frame.effects[before:] = [missed(one, len(frame.loops)) for one in frame.effects[before:]]
    if (
        branches.asks_for_debugging(frame, test)
        or branches.asks_for_identity(frame, test)
        or templates.asks_for_missing(frame, test)
    ):
        frame.doubt(before)
    if frame.loops and branches.ends_batch(test, body):
        frame.effects[before:] = [
            replace(one, loops=frame.loops[:-1]) if one.loops == frame.loops else one
            for one in frame.effects[before:]
            if one.kind != "row-commit"
        ]


def _go_on(frame: Frame, present: set[str]) -> None:
    """The rest of a body runs only where slots were found empty: `if found: return found`."""
    for slot in present:
        frame.since.setdefault(slot, len(frame.effects))
        frame.memos += memo_of(slot)
    whole = frame.function.body if frame.function is not None else ()
    if frame.missing < 0 and not frame.loops and lookups.are_filled(frame, present, whole):
        frame.missing = len(frame.effects)


def declare(frame: Frame, body: Sequence[Node]) -> None:
    """What a type checker is told that a name holds: whatever stands in for it when the program runs does the same."""
    for one in body:
        if one[0] == ANN and one[1][0] == NAME and one[3] is None:
            told = hints.value_of(frame, one[2])
            if isinstance(told, (Instance, Object)):
                frame.bind(one[1][1], told)


def ask(frame: Frame, test: Node, value: Value, before: int) -> None:
    """Asking whether a queryset holds rows reads them; its name keeps them. `before` are the effects up to the test."""
    measures.note_number(frame, test, before)
    place = frame.here()
    if test[0] == NAME and isinstance(value, Query):  # a name has no place of its own
        value = frame.kept(test, value)
        place = value.source if isinstance(value, Query) and value.source[0] == frame.file else place
    measures.note(frame, "rows-for-truth", test, value, loops.site_of(test, frame.file, place))
    if isinstance(value, Query) and not value.manager and test[0] in (NAME, CALL, WALRUS, AUTO):
        orm.evaluate(frame, value, loops.site_of(test, frame.file, place), False)
        if test[0] in (NAME, WALRUS) and test[1] in frame.env:
            frame.env[test[1]] = replace(value, cached=True)
