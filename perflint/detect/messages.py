"""A meeting told to a person: place, sentence, cost, and the steps that prove it."""

from __future__ import annotations

import re

from perflint.core.finding import Finding, Severity, Span, Step
from perflint.detect.meetings import Meeting
from perflint.facts.ir import ATTR, AWAIT, CALL, COMP, SUB, Facts, Node
from perflint.program import Program
from perflint.program.effects import READS, Loop
from perflint.program.text import unparse
from perflint.program.values import FunctionKey, Site

LETTERS = "NMKJIHG"
"""What the sizes of nested loops are called in a cost, outermost first."""


def finding_of(program: Program, meeting: Meeting) -> Finding:
    """The finding that a meeting is reported as."""
    card, effect = meeting.card, meeting.effect
    words = _words(program, meeting)
    return Finding(
        code=card.code,
        name=card.name,
        message=_fill(card.message, words),
        help=_fill(card.help, words),
        span=span_of(program, meeting.site),
        severity=Severity.INFO if effect.weight == "light" and effect.blocks else card.severity,
        confidence=meeting.confidence,
        symbol=meeting.symbol or _symbol(program, meeting.function),
        cost=_cost(meeting),
        steps=tuple(_steps(program, meeting)),
        count=meeting.count,
    )


def span_of(program: Program, site: Site) -> Span:
    """A place as a span of one file."""
    line, column, end_line, end_column = program.place(site)
    return Span(program.files[site[0]].path, line, column, end_line, end_column)


def _head(program: Program, site: Site) -> Span:
    """The first line of a place that spans many: a loop's head, a function's `def`."""
    span = span_of(program, site)
    if span.end_line == span.line:
        return span
    return Span(span.path, span.line, span.column, span.line, span.column + 1)


def _symbol(program: Program, key: FunctionKey | None) -> str:
    return program.function(key).qualname if key is not None else ""


def _cost(meeting: Meeting) -> str:
    if not meeting.loops:
        return ""
    letters = LETTERS[: len(meeting.loops)]
    first = "1" if meeting.loops[0].rows is not None else ""
    terms = [first] if first else []
    terms.append("·".join(letters))
    return " + ".join(terms)


def _words(program: Program, meeting: Meeting) -> dict[str, str]:
    effect = meeting.effect
    node = node_at(program, meeting.site)
    symbol = meeting.symbol or _symbol(program, meeting.function)
    route = meeting.entry.route if meeting.entry is not None else f"{symbol.rpartition('.')[2]}()" if symbol else "it"
    loop = meeting.loops[-1] if meeting.loops else None
    expression = unparse(node) if node is not None else effect.callee
    if effect.kind in READS and effect.hops and effect.detail not in expression:  # one call may read several
        expression += f" (reads {effect.detail})"
    return {
        "callee": _short(effect.callee) + "()" if "." in effect.callee else effect.callee,
        "expression": expression,
        "symbol": symbol or "the module",
        "route": route,
        "relation": effect.detail or "the relation",
        "model": effect.model or "the table",
        "row": f"different {effect.detail}" if effect.per_target else _variable(loop),
        "async": effect.twin or "the asynchronous form",
        "via": f" through {effect.hops[0].name}()" if effect.hops else "",
        "bulk": effect.detail or "its form for many",
        "times": ("up to " if effect.per_target else "") + (_cost(meeting) or "N"),
    }


def _variable(loop: Loop | None) -> str:
    return loop.variable if loop is not None and loop.variable not in ("", "_") else "row"


def _short(callee: str) -> str:
    """A library's name as people write it: `requests.get`, `Session.get`, `open`."""
    parts = callee.removeprefix("builtins.").split(".")
    return ".".join(parts[-2:]) if len(parts) > 2 else ".".join(parts)


def _fill(template: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match.group(1), match.group(0)), template)


def _steps(program: Program, meeting: Meeting) -> list[Step]:
    effect = meeting.effect
    steps = []
    if meeting.entry is not None and meeting.root is not None:
        place = (meeting.root[0], program.function(meeting.root).pos)
        steps.append(Step(_head(program, place), f"once for each request: {meeting.entry.route}", "context"))
    elif meeting.card.context == "event-loop" and meeting.function is not None:
        place = (meeting.function[0], program.function(meeting.function).pos)
        steps.append(Step(_head(program, place), "runs on the event loop", "context"))
    loop = meeting.loops[-1] if meeting.loops else None
    feeds = effect.source if effect.kind in READS else None
    source = feeds or (loop.rows if loop is not None else None)
    if source is not None and meeting.loops:
        steps.append(Step(span_of(program, source), "the query that feeds the loop", "source"))
    for one in meeting.loops:
        steps.append(Step(_head(program, one.site), f"once per {one.variable or 'row'}", "context"))
    # each hop is the call that leads on, in the function before it
    place = effect.site
    for hop in effect.hops:
        steps.append(Step(span_of(program, place), f"calls {hop.name}", "hop"))
        place = hop.site
    built = effect.source if effect.kind not in READS else None
    if built is not None and program.place(built)[0] != program.place(effect.origin)[0]:
        steps.append(Step(span_of(program, built), "the query is built here", "source"))
    if place != effect.origin or effect.hops or meeting.site != effect.origin:
        steps.append(Step(span_of(program, effect.origin), _says(meeting), "effect"))
    return steps


def _says(meeting: Meeting) -> str:
    effect = meeting.effect
    if effect.kind in READS:
        return f"reads {effect.detail}: one query"
    words = {
        "query": "runs a query", "database": "runs a statement", "write": "writes a row", "commit": "commits",
        "http": "calls another server", "sleep": "sleeps", "subprocess": "starts or waits for a process",
        "file": "reads or writes the disk", "client": "calls a remote service", "cache": "calls the cache",
        "cpu": "computes", "wait": "waits for another thread", "eager": "is given a result",
        "handshake": "opens a connection", "no-timeout": "is given no timeout",
        "unbounded-rows": "reads all rows", "unbounded-fetch": "reads all rows",
        "one-by-one": "takes one", "row-commit": "commits", "invariant": "asks the same",
        "defeated": "asks for prefetched rows again",
        "rows-for-count": "loads the rows", "rows-for-truth": "loads the rows",
        "count-for-truth": "counts the rows", "no-pool": "keeps no connection",
    }  # fmt: skip
    otherwise = "is built here" if effect.kind.startswith("opens-") else "is called"
    return f"{_short(effect.callee)} {words.get(effect.kind, otherwise)}"


def node_at(program: Program, site: Site) -> Node | None:
    """The expression at a place, found again for its text."""
    found = program.expressions.get(site[0])
    if found is None:
        found = program.expressions[site[0]] = _expressions(program.files[site[0]])
    return found.get(site[1])


def _expressions(file: Facts) -> dict[int, Node]:
    """The expressions of a file by their position."""
    found: dict[int, Node] = {}
    stack: list[object] = [file.body, *[function.body for function in file.functions]]
    stack += [cls.body for cls in file.classes]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        if one[0] in (ATTR, CALL, SUB, AWAIT, COMP) and len(one) > 2 and isinstance(one[1], int):
            found.setdefault(one[1], one)
        stack.extend(part for part in one if isinstance(part, tuple))
    return found
