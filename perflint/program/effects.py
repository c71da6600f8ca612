"""What evaluation records: effects, the loops around them, and a function's summary.

As with values, nobody changes them, and they are not frozen, since that would make construction several times slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from perflint.core.copying import replace as replace
from perflint.core.finding import Confidence
from perflint.program.values import ClassKey, FunctionKey, Path, Site, Value

Memo = FunctionKey | str
"""What keeps a result: a cached property, or a private attribute that an early return asks for."""


def memo_of(slot: str) -> tuple[Memo, ...]:
    """The memo that a dotted slot is (`self._state`): its last name, if it is private."""
    holder, _, name = slot.rpartition(".")
    return (name,) if holder and name.startswith("_") else ()


@dataclass(slots=True, unsafe_hash=True)
class Loop:
    """A loop as the effects inside it see it.

    `counts` tells whether a query per round is a finding: not for literals, ranges without use, chunks, retries.
    `needs_use` means that it only counts for calls that use the loop's variable. `rows` is the source of the
    query whose rows it runs over, `few` marks one that goes round a few times: the loops around it see through it,
    `of_chunk` one over a slice of many.
    """

    site: Site
    variable: str
    counts: bool
    needs_use: bool
    rows: Site | None
    confidence: Confidence
    few: bool = False
    of_chunk: bool = False


class Hop(NamedTuple):
    """A call on the way from a context to an effect: where, and the name of what is called.

    `overrides` tells that it is the model's own form of the library's method that has the effect, `wraps` that it is a
    decorator's wrapper: what it calls is what was meant.
    """

    site: Site
    name: str
    overrides: bool = False
    wraps: bool = False


READS = frozenset(("relation", "own-key", "left-out"))
"""What a row asks for when it is read: once for each row of the loop that it comes from."""


@dataclass(slots=True, unsafe_hash=True)
class Effect:
    """One effect, as the function that holds it sees it.

    `site` is the place in this function (the call that leads there), `origin` that of the effect itself, `hops`
    the calls between. `callee` is the library's name for it. `blocks` tells whether it holds the thread that
    runs this function. `loops` are the loops around `site` in this function, innermost last; `row` is the loop
    whose row a relation belongs to; `met` that a loop nearer to the effect already made it a finding.
    `kept_by` are the memos on the way: once one of them is filled, it costs nothing more. `varies` tells whether
    the call at `site` mentions something that the loop around it binds, `tried` whether a `try` inside that loop
    catches what it raises. `per_target` marks a relation to one row, which all rows that point to it read only once.
    `own` tells that the outermost memo is kept on `self`, `missed` that it is done only for what a cache does not hold,
    `keyed` that it is done once for each of the things that it is asked for,
    `apart` that it is not one of as many calls as there are rows, one after the other: it is handed over, or only made,
    or given what the one before gave, or the loop waits between its rounds or may stop early.
    """

    kind: str
    callee: str
    site: Site
    origin: Site
    blocks: bool
    confidence: Confidence
    hops: tuple[Hop, ...] = ()
    loops: tuple[Loop, ...] = ()
    uses: bool = True
    row: Site | None = None
    source: Site | None = None
    detail: str = ""
    model: str = ""
    twin: str = ""
    weight: str = "moderate"
    met: bool = False
    awaited: bool = False
    failing: bool = False
    kept_by: tuple[Memo, ...] = ()
    varies: bool = True
    tried: bool = False
    per_target: bool = False
    own: bool = False
    missed: bool = False
    keyed: bool = False
    apart: bool = False


def missed(effect: Effect, loops: int) -> Effect:
    """An effect as it is where a cache was asked first, inside `loops` loops: to fill it, not for each request.

    A loop that fills the cache runs all its rounds.
    """
    sure = Confidence.LOW if effect.kind.startswith("unbounded-") else effect.confidence
    once = not any(one.counts for one in effect.loops[loops:])
    return replace(effect, confidence=sure, missed=effect.missed or once)


@dataclass(slots=True, unsafe_hash=True)
class Summary:
    """What a call of a function with these arguments does and gives.

    `stored` are the attributes of `self` that it assigns, `filled` the memos it fills, `rebound` the globals, `given`
    the relations that it sets on rows of its parameters. Without a function it tells what reading a row into a `schema`
    does. `deals` tells that what it yields are the elements of chunks, one by one.
    """

    function: FunctionKey | None
    effects: tuple[Effect, ...]
    returns: Value
    stored: tuple[tuple[str, Value], ...] = ()
    yields: Value | None = None
    filled: frozenset[Memo] = frozenset()
    rebound: tuple[tuple[str, Value], ...] = ()
    schema: ClassKey | None = None
    given: tuple[tuple[str, frozenset[Path]], ...] = ()
    deals: bool = False
