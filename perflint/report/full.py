"""`full`: what a person reads. The cost in a sentence, the way to it as code, what to do in a sentence.

    shop/views.py:31:22  PW101 relation-in-loop
      book.author runs one query per book: GET /books costs 1 + N queries

        30 │     for book in books:                     once per row
        31 │         shelf.append(render_card(book))    calls render_card
           │                      ━━━━━━━━━━━━━━━━━
      shop/cards.py
         7 │     return f"by {book.author.name}"        reads author: one query

      help: load it with the books: add .select_related("author") on line 29

The layout is made of pieces with a style each; `terminal.py` gives them colour, here they become plain text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from perflint.core.finding import Finding, Span
from perflint.report.result import Result, visible

PLAIN_WIDTH = 160
"""Cells a line may take where there is no terminal to ask."""
TAB = "    "
BAR = " │ "
GAP = 3
"""Cells between source and note."""
MIN_SOURCE = 56
"""Where less than this would be left for source beside the notes, they go below it."""
MAX_STEPS = 12
"""Steps shown in full; of more, the middle ones are left out."""

Piece = tuple[str, str]
"""Text and its style: path, code-error, code-warning, code-info, name, gutter, source, mark, note, help, plain."""
Line = list[Piece]


@dataclass(slots=True)
class _Row:
    """One source line of a frame, and what the steps say about it."""

    path: str
    number: int
    notes: list[str] = field(default_factory=list)


def text(result: Result) -> str:
    """The report without colour."""
    lines = ("".join(piece for piece, _ in line).rstrip() for line in layout(result, PLAIN_WIDTH))
    return "".join(f"{line}\n" for line in lines)


def layout(result: Result, width: int) -> Iterator[Line]:
    """Every line of the report as styled pieces. `width` is the number of cells to stay within if possible."""
    for finding in result.findings:
        yield from _finding(result, finding, width)
        yield []


def _finding(result: Result, finding: Finding, width: int) -> Iterator[Line]:
    span = finding.span
    yield [
        (f"{visible(span.path)}:{span.line}:{span.column}", "path"),
        ("  ", "plain"),
        (finding.code, f"code-{finding.severity}"),
        (" ", "plain"),
        (finding.name, "name"),
    ]
    yield [("  ", "plain"), (visible(finding.message), "message")]
    frame = list(_frame(result, finding, width))
    if frame:
        yield []
        yield from frame
    if finding.help:
        yield []
        yield [("  ", "plain"), ("help:", "help"), (" " + visible(finding.help), "plain")]


# --- the frame --------------------------------------------------------------------------------------------------


def _rows(result: Result, finding: Finding) -> list[list[_Row]]:
    """The lines to show, grouped by file in the order of the steps; the finding's own line is always among them."""
    groups: list[list[_Row]] = []
    own = finding.span
    steps = list(finding.steps)
    if len(steps) > MAX_STEPS:
        half = MAX_STEPS // 2
        steps = steps[:half] + steps[-half:]
    for span, note in [*((step.span, step.message) for step in steps)]:
        _place(groups, span, note)
    if not any(row.path == own.path and row.number == own.line for rows in groups for row in rows):
        same = next((rows for rows in groups if rows[0].path == own.path), None)
        if same is None:
            groups.insert(0, [_Row(own.path, own.line)])
        else:
            same.append(_Row(own.path, own.line))
    for rows in groups:
        rows.sort(key=lambda row: row.number)
    shown = [[row for row in rows if result.line(row.path, row.number).strip() or row.notes] for rows in groups]
    return [rows for rows in shown if rows]


def _place(groups: list[list[_Row]], span: Span, note: str) -> None:
    """Put a step into the group of its file. A way that returns to a file continues in that file's group."""
    rows = next((rows for rows in groups if rows[0].path == span.path), None)
    if rows is None:
        rows = []
        groups.append(rows)
    row = next((row for row in rows if row.number == span.line), None)
    if row is None:
        row = _Row(span.path, span.line)
        rows.append(row)
    if note and note not in row.notes:
        row.notes.append(note)


def _frame(result: Result, finding: Finding, width: int) -> Iterator[Line]:
    groups = _rows(result, finding)
    if not any(result.line(row.path, row.number).strip() for rows in groups for row in rows):
        return  # nothing of the text is to be had: a folder, a file that cannot be read
    digits = max(len(str(row.number)) for rows in groups for row in rows)
    gutter = max(6, digits + 4)
    room = width - gutter - len(BAR)
    beside = room - GAP - max((_cells(_notes(row)) for rows in groups for row in rows), default=0)
    if beside < MIN_SOURCE:  # the notes go below their lines
        beside = 0
    drawn = [_draw_group(result, finding, rows, beside or room) for rows in groups]
    column = max(_cells(shown) for group in drawn for _, shown, _, _ in group) + GAP
    empty: Piece = (" " * gutter + BAR, "gutter")
    for at, group in enumerate(drawn):
        if at > 0 or group[0][0].path != finding.span.path:
            yield [("  ", "plain"), (visible(group[0][0].path), "path")]
        for row, shown, start, length in group:
            line: Line = [(f"{row.number:>{gutter}}{BAR}", "gutter"), (shown, "source")]
            if row.notes and beside:
                line += [(" " * (column - _cells(shown)), "plain"), (_notes(row), "note")]
            yield line
            if length:
                yield [empty, (" " * start, "plain"), ("━" * length, f"code-{finding.severity}")]
            if row.notes and not beside:
                yield [empty, (" " * max(_indent(shown), start), "plain"), ("↳ " + _notes(row), "note")]


def _draw_group(result: Result, finding: Finding, rows: list[_Row], room: int) -> list[tuple[_Row, str, int, int]]:
    """The rows of one file, each with its source as shown and the start and length of its underline."""
    sources = [result.line(row.path, row.number).rstrip() for row in rows]
    # The first level of indentation stays, what all lines share beyond it goes.
    shared = max(0, min((_indent(source) for source in sources if source), default=0) - len(TAB))
    return [
        (row, *_draw(source[shared:], _mark(finding, row, shared), room))
        for row, source in zip(rows, sources, strict=True)
    ]


def _indent(source: str) -> int:
    """Characters of white space at the front; a line that is indented by tabs counts as not indented."""
    return len(source) - len(source.lstrip(" "))


def _notes(row: _Row) -> str:
    return visible(", ".join(row.notes))


def _mark(finding: Finding, row: _Row, cut: int) -> tuple[int, int] | None:
    """The columns (from 0, end exclusive) to underline in a row without its first `cut` characters."""
    span = finding.span
    if row.path != span.path or row.number != span.line:
        return None
    end = span.end_column - 1 if span.end_line == span.line else 1 << 30
    return span.column - 1 - cut, max(end, span.column) - cut


def _draw(source: str, mark: tuple[int, int] | None, room: int) -> tuple[str, int, int]:
    """A source line fit to be shown within `room` cells, and the start and length of its underline in cells."""
    source = source.rstrip()
    start, end = mark or (0, 0)
    start, end = max(0, min(start, len(source))), max(0, min(end, len(source)))
    # A line of a megabyte is cut before anything else looks at it; of the front only as much as the mark needs.
    cut = max(0, min(start - 4, end + 12 - room)) if end > room - 2 else 0
    before, marked, after = source[cut:start], source[start:end], source[max(end, cut) : cut + max(room, end - cut)]
    before, marked, after = (_printable(part) for part in (before, marked[:room], after))
    lead = "…" if cut else ""
    shown = _fit(lead + before + marked + after, room, len(source) > cut + room)
    left = _cells(lead + before)
    length = min(_cells(marked), max(_cells(shown) - left, 0)) if mark and marked else 0
    return shown, left, length


def _printable(text: str) -> str:
    return visible(text.replace("\t", TAB))


def _fit(text: str, room: int, more: bool) -> str:
    """`text` within `room` cells, with an ellipsis if something of it (or after it) is not shown."""
    if _cells(text) <= room and not more:
        return text
    kept = text[:room]
    while _cells(kept) > room - 1:
        kept = kept[:-1]
    return kept + "…"


def _cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def statistics(rows: Sequence[tuple[str, str, int]]) -> str:
    """A table of code, name and number of findings."""
    if not rows:
        return ""
    digits = len(f"{max(number for _, _, number in rows):,}")
    return "".join(f"{number:>{digits},}  {code}  {name}\n" for code, name, number in rows)
