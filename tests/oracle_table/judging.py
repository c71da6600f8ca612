"""Cases by row, linted together and judged one by one; the table of what came out.

A row is one thing that a detector's own tests decide: `Z74` is the 74th of django-zeal. Its class says what decides it
without running anything: the syntax of one function (L), values in it (T), the models (M), the project's flow (P),
configuration (C) or only data (D). The first four are decidable.

A case is a text as in `tests.engine`: its head is `<row>.py`, further files are titled. A line that must be found
ends with `# <- PW101`; `PW101/PW107` means either, `PW101, PW101` two findings. A line that is marked may hold
findings of other rules as well; one that is not marked may hold none of the rules that its group is about.

    python -m tests.oracle_table      prints the table
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

from perflint import catalog
from perflint.core.finding import Confidence, Finding
from tests.engine import files_of, findings

TOOLS = ("zeal", "nplusone", "query_doctor", "auto_prefetch", "query_profiler", "blockbuster", "aiocop")
"""The modules of this folder that hold cases."""
CLASSES = "LTMP"
MARK = re.compile(r"(?:#|\{#)\s*<-\s*(PW\d{3}(?:[/,]\s*PW\d{3})*)\s*(?:#\})?\s*$")

Status = Literal["right", "divergent", "unruled", "wrong"]
STATUSES: tuple[Status, ...] = ("right", "divergent", "unruled", "wrong")
Wanted = dict[tuple[str, int], list[tuple[str, ...]]]


@dataclass(frozen=True)
class Group:
    """Cases over the same models. `codes` are the rules they are about, by prefix."""

    codes: tuple[str, ...]
    cases: Mapping[str, str]
    shared: str = ""


@dataclass(frozen=True)
class Tool:
    """A detector: the classes of its rows in their order, and cases for them.

    `divergences` are rows that are answered otherwise on purpose, with the reason; a case of theirs holds the answer
    given here. `unruled` are rows about something that no rule looks at, with what that is. `advice` is what the help
    of a row's findings must say.
    """

    name: str
    letter: str
    classes: str
    groups: tuple[Group, ...]
    divergences: Mapping[str, str] = field(default_factory=dict)
    unruled: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> dict[str, str]:
        """The class of each row."""
        runs = [(one[0], int(one[1:] or 1)) for one in self.classes.split()]
        letters = "".join(letter * count for letter, count in runs)
        return {f"{self.letter}{number}": letter for number, letter in enumerate(letters, 1)}

    def decidable(self) -> dict[str, str]:
        """The rows that can be decided without running anything."""
        return {row: letter for row, letter in self.rows().items() if letter in CLASSES}

    def cases(self) -> dict[str, tuple[Group, str]]:
        """The case of each row that has one, with its group."""
        return {row: (group, text) for group in self.groups for row, text in group.cases.items()}


def spread(start: str, *texts: str) -> dict[str, str]:
    """Cases for consecutive rows from `start` on."""
    letter, first = start[0], int(start[1:])
    return {f"{letter}{first + at}": text for at, text in enumerate(texts)}


@cache
def tools() -> tuple[Tool, ...]:
    """Every detector that cases were written for."""
    return tuple([import_module(f"tests.oracle_table.{name}").TOOL for name in TOOLS])


def _named(row: str, text: str) -> dict[str, str]:
    """The files of a case, under names of its own."""
    return {(f"{row.lower()}.py" if name == "app.py" else name): body for name, body in files_of(text).items()}


@cache
def _found(name: str) -> Mapping[str, tuple[Finding, ...]]:
    """What is shown by default, by file, of all cases of a tool in one project."""
    tool = next(one for one in tools() if one.name == name)
    project: dict[str, str] = {}
    for group in tool.groups:
        project |= files_of(group.shared)
    for row, (_, text) in tool.cases().items():
        project |= _named(row, text)
    found: dict[str, list[Finding]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for one in findings(Path(folder), project):
            if one.confidence > Confidence.LOW:
                found.setdefault(one.span.path, []).append(one)
    return {path: tuple(each) for path, each in found.items()}


def found(tool: Tool, row: str) -> list[Finding]:
    """The findings in the files of a case."""
    _, text = tool.cases()[row]
    return [one for path in _named(row, text) for one in _found(tool.name).get(path, ())]


def wanted(files: Mapping[str, str]) -> Wanted:
    """What the marks ask for: by file and line, for each finding the codes that will do."""
    return {
        (path, number): [tuple(re.split(r"/\s*", one)) for one in re.split(r",\s*", match[1])]
        for path, text in files.items()
        for number, line in enumerate(text.split("\n"), 1)
        if (match := MARK.search(line))
    }


def faults(tool: Tool, row: str) -> list[str]:
    """What is missing in the findings of a case, and what is too much."""
    group, text = tool.cases()[row]
    files = _named(row, text)
    asked = wanted(files)
    told = []
    by_line: dict[tuple[str, int], Counter[str]] = {}
    for one in found(tool, row):
        place = one.span.path, one.span.line
        by_line.setdefault(place, Counter())[one.code] += 1
        if one.code.startswith(group.codes) and place not in asked:
            told.append(f"false alarm  {place[0]}:{place[1]} {one.code} ({str(one.confidence).lower()})")
    for (path, line), each in asked.items():
        left = Counter(by_line.get((path, line), Counter()))
        for codes in each:
            code = next((one for one in codes if left[one]), "")
            if code:
                left[code] -= 1
            else:
                told.append(f"missed       {path}:{line} {'/'.join(codes)}")
        for codes in each:
            told += [f"twice        {path}:{line} {one}" for one in codes if left.pop(one, 0) > 0]
    return told


def awaits_rule(tool: Tool, row: str) -> bool:
    """Whether all that a case is about belongs to rules that do not exist."""
    group, text = tool.cases()[row]
    cards = catalog.load().cards
    if not any(code.startswith(group.codes) for code in cards):
        return True
    asked = [codes for each in wanted(_named(row, text)).values() for codes in each]
    return bool(asked) and not any(code in cards for codes in asked for code in codes)


def status(tool: Tool, row: str) -> Status:
    """How a decidable row is decided."""
    if row in tool.unruled or (row in tool.cases() and awaits_rule(tool, row)):
        return "unruled"
    if row in tool.cases() and faults(tool, row):
        return "wrong"
    if row in tool.divergences:
        return "divergent"
    return "right" if row in tool.cases() else "wrong"


def table() -> str:
    """How many rows of each tool and class are decided how."""
    heads = ("tool", "class", "rows", "decidable", "right", "divergent", "no rule", "wrong")
    lines = []
    whole: Counter[str] = Counter()
    for tool in tools():
        classes = tool.rows()
        for letter in CLASSES:
            rows = [row for row, one in classes.items() if one == letter]
            counts = Counter(status(tool, row) for row in rows)
            lines.append((tool.name, letter, len(rows), len(rows), *[counts[one] for one in STATUSES]))
            whole += counts
        rest = sum(one not in CLASSES for one in classes.values())
        lines.append((tool.name, "C D", rest, 0, 0, 0, 0, 0))
    total = sum(len(tool.rows()) for tool in tools())
    lines.append(("all", "", total, sum(whole.values()), *[whole[one] for one in STATUSES]))
    text = "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in [heads, ("---",) * 8, *lines])
    ruled = whole["right"] + whole["divergent"] + whole["wrong"]
    return (
        f"{text}\nright: {whole['right']} of {sum(whole.values())} decidable rows, "
        f"{whole['right']} of {ruled} that a rule is about, "
        f"{whole['right']} of {whole['right'] + whole['wrong']} that no divergence is named for\n"
    )
