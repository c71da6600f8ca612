"""Examples of rules: the fences of the cards and the files under tests/fixtures, as small projects."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perflint import catalog, check
from perflint.catalog.cards import Card
from perflint.config import Choice, Settings
from tests.marked import Places

FIXTURES = Path(__file__).resolve().parent / "fixtures"
SECTIONS = ("What it finds", "Why it is slow", "Bad", "Good", "Fix safety", "When to ignore it")
FENCE = re.compile(
    r'^```(?:python(?: title="(?P<title>[^"]+)")?|(?:html|jinja) title="(?P<template>[^"]+)")\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One small project that shows a rule (`good`: that it must stay silent about). Its files by relative path."""

    code: str
    name: str
    good: bool
    files: tuple[tuple[str, str], ...]

    def write(self, folder: Path) -> Path:
        """Write the files into a new folder below `folder` whose name tells nothing."""
        root = folder / "work"
        for name, text in self.files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root


def sections(card: Card) -> list[tuple[str, str]]:
    """Title and text of each section of a card, in order."""
    parts = re.split(r"^## (.+)$", card.body, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def of_card(card: Card) -> list[Example]:
    """The examples of a card: each untitled fence is one, and the titled fences of a section with one top folder."""
    found = []
    for title, text in sections(card):
        if title not in ("Bad", "Good"):
            continue
        fences = [(match["title"] or match["template"], match["text"]) for match in FENCE.finditer(text)]
        folders = dict.fromkeys(name.split("/")[0] for name, _ in fences if name)
        projects = [tuple(one for one in fences if one[0] and one[0].split("/")[0] == folder) for folder in folders]
        projects += [((f"example_{number}.py", code),) for number, (name, code) in enumerate(fences, 1) if not name]
        for number, files in enumerate(projects, 1):
            name = f"{card.name}-{title.lower()}-{number}"
            found.append(Example(card.code, name, title == "Good", files))
    return found


def of_cards() -> list[Example]:
    """The examples of all cards."""
    return [example for card in catalog.load().cards.values() for example in of_card(card)]


def fixture_rules() -> list[Card]:
    """The rules that have a folder of fixtures."""
    return [card for card in catalog.load().cards.values() if (FIXTURES / card.name).is_dir()]


def of_fixtures() -> list[Example]:
    """The fixtures of all rules: files and folders named bad_* and good_*."""
    return [example for card in fixture_rules() for example in _of_folder(card)]


def _of_folder(card: Card) -> Iterator[Example]:
    for path in sorted((FIXTURES / card.name).iterdir()):
        if path.name.startswith(("bad_", "good_")):
            files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
            base = path.parent if path.is_file() else path
            texts = tuple(
                (one.relative_to(base).as_posix(), one.read_text(encoding="utf-8"))
                for one in files
                if "__pycache__" not in one.parts
            )
            yield Example(card.code, f"{card.name}-{path.stem}", path.name.startswith("good_"), texts)


def lint(root: Path) -> Places:
    """What the linter finds in a folder at its default confidence, by rules that are off by default as well."""
    found = check.run(["."], Settings(jobs=1, choices=(Choice("", ("ALL",)),)), cwd=str(root))
    assert not found.errors, found.errors
    return Places((one.span.path, one.span.line, one.code) for one in found.findings)


def only(places: Places, codes: set[str]) -> Places:
    """The places of some codes."""
    return Places({place: count for place, count in places.items() if place[2] in codes})


def cases(example: Example) -> int:
    """How many cases an example shows: its functions, and one for each file without any."""
    total = 0
    for _, text in example.files:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            total += 1
            continue
        functions = sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))
        total += max(1, functions)
    return total
