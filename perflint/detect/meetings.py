"""One mechanism for all rules: walk over the summaries, and note each effect that meets a rule's context."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as replace
from typing import Any

from perflint.catalog import Catalog
from perflint.catalog.cards import Card
from perflint.core.finding import Confidence
from perflint.detect import agreed
from perflint.detect.alone import runs_alone, runs_once, sets_up
from perflint.detect.stack import in_one_piece
from perflint.program import Program, displays, schemas, serializers, tags, templates
from perflint.program.effects import READS, Effect, Loop, Summary
from perflint.program.measures import MEASURES
from perflint.program.roles import Entry, find_entries, heirs_of, nested_entries, summary_of
from perflint.program.settings import settings_effects
from perflint.program.twins import has_coroutine
from perflint.program.values import (
    PLAIN,
    Awaitable,
    Caller,
    Context,
    FunctionKey,
    Instance,
    Object,
    Site,
    Value,
    choices,
)  # fmt: skip

RECURSION = 20_000 if sys.version_info >= (3, 11) else 5_000
"""Frames that evaluation may use: deep expressions times deep call chains. Before 3.11 each takes C stack."""


FRAMEWORK_LOOPS = (serializers.CONTEXT, displays.CONTEXT)
"""Contexts that are loops of a framework, not of the source."""

CLIENTS = ("opens-http-client", "opens-sdk-client")
"""What is opened to be used again and again, whoever does it."""
HIDDEN_LOOPS = frozenset("map filter sorted sort min max".split())
"""Builtins that call a function with each element."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """An effect that meets the context of a rule: where it stands, and all that its message needs.

    `site` is the place of the finding, `function` the function it stands in. `loops` are the loops that multiply
    it, outermost first. `entry` is the handler whose request it belongs to, if that is the context. `symbol` is the
    class that it stands in, where there is no function.
    """

    card: Card
    effect: Effect
    site: Site
    function: FunctionKey | None
    confidence: Confidence
    loops: tuple[Loop, ...] = ()
    entry: Entry | None = None
    root: FunctionKey | None = None
    count: int = 1
    symbol: str = ""


def meetings(program: Program, catalog: Catalog) -> list[Meeting]:
    """Every meeting, one for each rule and place."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION))
    try:
        return in_one_piece(lambda: _merged(program, _all(program, catalog)))()
    finally:
        sys.setrecursionlimit(limit)


def _all(program: Program, catalog: Catalog) -> Iterator[Meeting]:
    by_context: dict[str, list[Card]] = {}
    for card in catalog.cards.values():
        for context in (card.context, *card.also):
            by_context.setdefault(context, []).append(replace(card, context=context))
    entries: dict[FunctionKey, Entry] = {}
    _evaluate_roots(program, entries)
    rows = _by_effect(by_context.get("row", []))
    template_rows = _by_effect(by_context.get("template-row", []))
    loop_cards = _by_effect(by_context.get("event-loop", []))
    request_cards = _by_effect(by_context.get("request", []))
    handler_cards = _by_effect(by_context.get("async-handler", []))
    any_cards = _by_effect(by_context.get("any", []))
    untaken = agreed.excluded(program, entries)
    for summary in list(program.summaries.values()):
        key = summary.function
        if key is None and summary.schema is not None and program.files[summary.schema[0]].production:
            symbol = program.class_(summary.schema).qualname
            yield from (replace(one, symbol=symbol) for one in _in_rows(summary, rows))
        if key is None or not program.files[key[0]].production or not summary.effects:
            continue
        if program.files[key[0]].template is not None:
            yield from _in_rows(summary, template_rows)
            continue
        yield from _in_rows(summary, rows)
        if _on_loop(program, key, entries) and not runs_alone(program, key, entries):
            surest = Confidence.LOW if _is_dropped(program, key) else Confidence.HIGH
            serves = not runs_once(program, key, entries)
            yield from _on_event_loop(summary, loop_cards, surest, serves, untaken.get(key, frozenset()))
        yield from _anywhere(summary.effects, key, any_cards)
    yield from _in_listings(program, {context: _by_effect(cards) for context, cards in by_context.items()})
    for key, entry in sorted(entries.items()):
        if not entry.is_request:
            continue
        whole = summary_of(program, key)
        for inherited in heirs_of(program, key):
            yield from _in_request(program, inherited, key, entry, request_cards)
        if whole is not None:
            yield from _in_request(program, whole, key, entry, request_cards)
            yield from _idle(program, whole, key, entry, handler_cards)
    yield from _unreached(program, entries, request_cards)
    for index, file in enumerate(program.files):
        if file.production:
            body = program.module_frame(index)
            effects = [*body.effects, *settings_effects(program, index)]
            if file.markdown:  # a document's loops stand at the top level
                yield from _in_rows(Summary(None, tuple(body.effects), PLAIN), rows)
            yield from _anywhere(tuple(effects), None, any_cards)


def _by_effect(cards: list[Card]) -> dict[str, list[Card]]:
    table: dict[str, list[Card]] = {}
    for card in cards:
        for kind in card.effect:
            table.setdefault(kind, []).append(card)
    return table


def _evaluate_roots(program: Program, entries: dict[FunctionKey, Entry]) -> None:
    """Evaluate what can open a context: handlers, coroutines, functions with loops, those that render templates (whose
    loops stand in them), those that may count rows which they load; then what is nested in them."""
    registering = {name.rpartition(".")[2] for name in program.packs.registers} | program.packs.command_lines()
    for key in program.functions():
        if not registering.isdisjoint(program.function(key).called):
            summary_of(program, key)
    entries.update(find_entries(program))
    builders = program.packs.builders()
    rendering = program.packs.renderers
    for key in program.functions():
        function = program.function(key)
        loops = function.loops or not HIDDEN_LOOPS.isdisjoint(function.called)
        loops = loops or not rendering.isdisjoint(function.called)
        loops = loops or not (MEASURES.isdisjoint(function.called) or builders.isdisjoint(function.called))
        if function.parent < 0 and (key in entries or function.is_async or loops or _holds_roots(program, key)):
            summary_of(program, key)
    _hand_to_loops(program)
    templates.render_views(program)
    tags.render_views(program)
    schemas.respond(program, entries)
    serializers.serve_views(program)
    displays.serve(program)
    _count(program)
    entries.update(nested_entries(program))
    for key in program.functions():
        function = program.function(key)
        if (
            function.parent >= 0
            and function.name != "<lambda>"
            and (key in entries or function.is_async or function.loops)
        ):
            summary_of(program, key)


def _hand_to_loops(program: Program) -> None:
    """Evaluate what no root came by and what calls a function with a loop: it may be the one that knows the rows."""
    looping = {
        one.name for file in program.files for one in file.functions if one.loops and one.parameters and one.owner < 0
    }
    seen = {summary.function for summary in program.summaries.values()}
    for key in program.functions():
        function = program.function(key)
        if key not in seen and function.parent < 0 and not looping.isdisjoint(function.called):
            summary_of(program, key)


def _count(program: Program) -> None:
    """Evaluate what no root came by and what counts rows: it may ask no more than whether there are any."""
    counters = program.packs.counters()
    seen = {summary.function for summary in program.summaries.values()}
    for key in program.functions() if counters else ():
        function = program.function(key)
        if key not in seen and function.parent < 0 and not counters.isdisjoint(function.called):
            summary_of(program, key)


def _holds_roots(program: Program, key: FunctionKey) -> bool:
    return key in program.parents


def _on_loop(program: Program, key: FunctionKey, entries: dict[FunctionKey, Entry]) -> bool:
    if program.function(key).is_async:
        return True
    entry = entries.get(key)
    return entry is not None and entry.role.runs == "loop" and entry.is_request


def _is_dropped(program: Program, key: FunctionKey) -> bool:
    """Whether a plain function hands this coroutine out, and nobody who is known to call that can await it."""
    parent = program.function(key).parent
    if parent < 0:
        return False
    seen: set[Caller] = {(key[0], parent)}
    waiting: list[Caller] = [(key[0], parent)]
    while waiting:
        one = waiting.pop()
        function = (one[0], one[1])
        summary = summary_of(program, function)
        callers = program.callers.get(one, set())
        if program.function(function).is_async or summary is None:
            return False
        if any(isinstance(value, Awaitable) for value in choices(summary.returns)):
            if not callers:
                return False
            waiting += callers - seen
            seen |= callers
        elif one == (key[0], parent):
            return False
    return True


def _in_rows(summary: Summary, cards: dict[str, list[Card]]) -> Iterator[Meeting]:
    for effect in summary.effects:
        if not effect.loops or effect.kind not in cards:
            continue
        loops = _multiplying(effect)
        if not loops:
            continue
        for card in cards[effect.kind]:
            confidence = min(effect.confidence, card.max_confidence, *[loop.confidence for loop in loops])
            if card.near is not None and sum(not hop.overrides for hop in effect.hops) > card.near:
                confidence = Confidence.LOW
            elif effect.missed:
                confidence = Confidence.LOW  # most rounds find what an earlier one, or request, left in the cache
            elif effect.kind in ("write", "row-commit") and (effect.failing or effect.tried):
                confidence = Confidence.LOW  # each row fails on its own, which no bulk form does
            elif effect.kind == "write" and effect.hops:
                confidence = min(confidence, Confidence.MEDIUM)  # the overriding method may do what no bulk form does
            yield Meeting(card, effect, effect.site, summary.function, confidence, loops, root=summary.function)


def _in_listings(program: Program, cards: dict[str, dict[str, list[Card]]]) -> Iterator[Meeting]:
    """What loops that a framework runs cost per row, at the place that pays."""
    found: dict[tuple[Any, ...], Meeting] = {}
    for (context, _, row), summary in program.listings.items():
        for meeting in _in_rows(summary, cards.get(context, {})):
            if program.files[meeting.site[0]].production:
                # a relation is read once per row, whichever field is the first to ask
                is_read = meeting.effect.kind in READS
                asked = (meeting.effect.detail, meeting.effect.model) if is_read else meeting.site
                key = meeting.card.code, row, asked
                if key not in found or _rank(meeting) < _rank(found[key]):
                    found[key] = replace(meeting, function=program.enclosing(meeting.site))
    yield from found.values()


def _multiplying(effect: Effect) -> tuple[Loop, ...]:
    """The loops that multiply an effect, outermost first; none when it is paid once or elsewhere."""
    if effect.kind in READS:
        if effect.row is None:
            return ()
        for at, loop in enumerate(effect.loops):
            if loop.site == effect.row:
                return tuple([one for one in effect.loops[:at] if one.counts] + [loop])
        return ()
    if effect.met or not effect.varies:
        return ()
    if effect.kind == "http" and (effect.apart or any(one.needs_use for one in effect.loops[-1:])):
        return ()  # nobody waits for it in turn, or it is a page or an attempt by its number
    counting = [one for one in effect.loops if one.counts]
    for loop in reversed(effect.loops):
        if loop.counts and (effect.uses or not loop.needs_use):
            return tuple(counting)
        if not loop.few:
            return ()
    return ()


def _on_event_loop(
    summary: Summary,
    cards: dict[str, list[Card]],
    surest: Confidence,
    serves: bool,
    untaken: frozenset[agreed.Place],
) -> Iterator[Meeting]:
    for effect in summary.effects:
        if effect.blocks and effect.weight != "trivial" and (serves or effect.loops):
            for card in cards.get(effect.kind.removeprefix("batch-"), ()):
                confidence = min(effect.confidence, card.max_confidence, surest)
                if agreed.place_of(effect) in untaken:
                    confidence = Confidence.LOW
                yield Meeting(card, effect, effect.site, summary.function, confidence, root=summary.function)


def _in_request(
    program: Program, summary: Summary, key: FunctionKey, entry: Entry, cards: dict[str, list[Card]]
) -> Iterator[Meeting]:
    threaded = not program.function(key).is_async and entry.role.runs == "thread"
    for effect in summary.effects:
        for card in cards.get(effect.kind, ()):
            if card.runs == "thread" and (not threaded or not effect.blocks):
                continue
            if not program.files[effect.origin[0]].production:
                continue
            confidence = min(effect.confidence, card.max_confidence, entry.confidence)
            if card.runs == "thread" and effect.failing:
                confidence = Confidence.LOW  # a back-off after a failure
            function = effect_function(program, effect, key)
            yield Meeting(card, effect, effect.origin, function, confidence, entry=entry, root=key)


def _idle(
    program: Program, summary: Summary, key: FunctionKey, entry: Entry, cards: dict[str, list[Card]]
) -> Iterator[Meeting]:
    """An `async def` handler that awaits nothing and blocks, where a plain one would run in a thread."""
    function = program.function(key)
    if not function.is_async or function.awaits or function.yields or entry.role.runs != "thread":
        return
    if entry.role.role != "handler" or any(one.kind == "needs-loop" for one in summary.effects):
        return  # as a plain function it would find no loop in its thread
    for effect in summary.effects:
        if (
            effect.kind in cards
            and (effect.blocks or effect.kind == "cpu")
            and effect.weight not in ("trivial", "light")
        ):
            for card in cards[effect.kind]:
                confidence = min(effect.confidence, card.max_confidence, entry.confidence)
                yield Meeting(card, effect, (key[0], function.pos), key, confidence, entry=entry, root=key)
            return


def _unreached(program: Program, entries: dict[FunctionKey, Entry], cards: dict[str, list[Card]]) -> Iterator[Meeting]:
    """Clients built in a function that no handler is known to reach: worth a look, not shown by default.

    But where requests are answered, a coroutine that throws away what it builds builds it again for the next of them.
    """
    serves = any(entry.is_request for entry in entries.values())
    for summary in list(program.summaries.values()):
        key = summary.function
        if key is None or not program.files[key[0]].production or program.function(key).name == "__init__":
            continue
        opened = [effect for effect in summary.effects if effect.kind.startswith("opens-")]
        again = bool(opened) and serves and program.function(key).is_async and _throws_away(summary)
        again = again and key not in entries and not _is_command(program, key)
        again = again and not sets_up(program, key, entries)
        for effect in opened:
            built_by = program.enclosing(effect.origin) if effect.hops else key
            if built_by is None or (effect.hops and not (again and _hands_out(program, effect, built_by))):
                continue
            sure = Confidence.MEDIUM if again else Confidence.LOW
            for card in cards.get(effect.kind, ()):
                yield Meeting(card, effect, effect.origin, built_by, min(sure, effect.confidence), root=key)


def _hands_out(program: Program, effect: Effect, builder: FunctionKey) -> bool:
    """Whether a client that a function builds for the coroutine that calls it is kept by nothing on the way.

    Connections and engines that a helper opens are as often those of a migration or of a repair, made once.
    """
    if effect.kind not in CLIENTS or effect.kept_by or not program.files[builder[0]].production:
        return False
    summary = summary_of(program, builder)
    return summary is not None and not _keeps(summary)


def _keeps(summary: Summary) -> bool:
    """Whether a method keeps something that it has built on its object."""
    return any(_is_built(one) for _, value in summary.stored for one in choices(value))


def _throws_away(summary: Summary) -> bool:
    """Whether nothing that a function builds outlives its call."""
    given = [summary.returns] if summary.yields is None else [summary.returns, summary.yields]
    return not _keeps(summary) and not any(_is_built(one) for value in given for one in choices(value))


def _is_built(value: Value) -> bool:
    return isinstance(value, (Instance, Object, Context, Awaitable))


def _is_command(program: Program, key: FunctionKey) -> bool:
    """Whether a coroutine is started by nobody but its file: `main()`, or what only `main()` calls."""
    function = program.function(key)
    callers = program.callers.get(key, set())
    return function.owner < 0 and (not callers or all(one[0] == key[0] for one in callers))


def _anywhere(effects: tuple[Effect, ...], key: FunctionKey | None, cards: dict[str, list[Card]]) -> Iterator[Meeting]:
    for effect in effects:
        if not effect.hops:
            for card in cards.get(effect.kind, ()):
                yield Meeting(card, effect, effect.origin, key, min(effect.confidence, card.max_confidence))


def effect_function(program: Program, effect: Effect, root: FunctionKey) -> FunctionKey | None:
    """The function that the origin of an effect stands in."""
    if not effect.hops:
        return root
    return program.enclosing(effect.origin)


def _merged(program: Program, found: Iterator[Meeting]) -> list[Meeting]:
    """One meeting for each rule and place: the surest, then the shortest path. The ways are counted."""
    best: dict[Any, Meeting] = {}
    ways: dict[Any, set[Any]] = {}
    for meeting in found:
        key = _identity(program, meeting)
        framework = meeting.loops[0].site if meeting.card.context in FRAMEWORK_LOOPS else None
        ways.setdefault(key, set()).add((meeting.root, meeting.effect.origin, framework))
        known = best.get(key)
        if known is None or _rank(meeting) < _rank(known):
            best[key] = meeting
    counted = [replace(meeting, count=len(ways[key])) for key, meeting in best.items()]
    return _gathered(program, _without_lesser(program, counted))


def _without_lesser(program: Program, found: list[Meeting]) -> list[Meeting]:
    """One finding where several rules speak of the same call: those that yield to another are silent beside it."""
    told: dict[Any, Confidence] = {}
    for one in found:
        key = (one.card.code, one.site[0], program.place(one.site)[0])
        told[key] = max(one.confidence, told.get(key, Confidence.LOW))
    loaded = {_asked(one) for one in found if one.effect.kind == "relation"}
    return [
        one
        for one in found
        if not (one.effect.kind == "own-key" and _asked(one) in loaded)  # it is read for more than its key elsewhere
        and not any(
            told.get((code, one.site[0], program.place(one.site)[0]), -1) >= one.confidence
            for code in one.card.yields_to
        )
    ]


def _asked(meeting: Meeting) -> Any:
    """The relation that is read, and the loop whose rows it is read of."""
    return meeting.effect.row, meeting.effect.detail, meeting.effect.model


MANY = 5
"""Places that call the same blocking function up to which each is a finding of its own."""


def _gathered(program: Program, found: list[Meeting]) -> list[Meeting]:
    """Many coroutines that call one blocking function: one finding with a count, since one place mends them all.

    Where a coroutine stands beside the function, each call is mended by itself: by calling that instead.
    """
    groups: dict[Any, list[Meeting]] = {}
    for meeting in found:
        hops = meeting.effect.hops
        key: tuple[Any, ...] = (meeting.card.code, meeting.site)
        if hops and meeting.card.context == "event-loop":
            called = program.enclosing(hops[0].site)
            if called is None or not has_coroutine(program, called):
                key = (meeting.card.code, hops[0].name, hops[0].site)
        groups.setdefault(key, []).append(meeting)
    kept = []
    for group in groups.values():
        if len(group) <= MANY:
            kept += group
        else:
            first = min(group, key=_rank)
            kept.append(replace(first, count=len(group)))
    return kept


def _identity(program: Program, meeting: Meeting) -> Any:
    if meeting.card.context in FRAMEWORK_LOOPS:  # the same fields are shown by many views
        return meeting.card.code, meeting.site[0], program.place(meeting.site)[0], meeting.effect.detail
    if meeting.effect.kind in READS and meeting.loops:
        return meeting.card.code, meeting.effect.row, meeting.effect.detail, meeting.effect.model
    return meeting.card.code, meeting.site[0], program.place(meeting.site)[0]


def _rank(meeting: Meeting) -> Any:
    hops = len(meeting.effect.hops)
    # of the places in a round that ask for a relation, the first one pays; one far from there may not come to it
    reads = meeting.effect.kind in READS and meeting.card.context not in FRAMEWORK_LOOPS
    near = max(hops - 1, 0) if reads else hops
    return (
        -meeting.confidence, meeting.entry is None, near, meeting.site, hops, meeting.effect.origin,
        meeting.entry.route if meeting.entry else "", meeting.root or (-1, -1),
    )  # fmt: skip
