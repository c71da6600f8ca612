"""What tests share: a folder tree from a dict, findings from a few words, and an engine that finds what it is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from perflint import catalog, detect, facts, program
from perflint.core.finding import Confidence, Finding, Severity, Span, Step
from perflint.facts import Facts
from perflint.report import Result

NAMES = {
    "PW000": "unanalysed-file",
    "PW001": "unused-suppression",
    "PW002": "blanket-suppression",
    "PW101": "relation-in-loop",
    "PW102": "query-in-loop",
    "PW201": "blocking-http-in-async",
    "PW301": "unpaginated-list",
}


def make_finding(path: str = "shop/views.py", line: int = 1, **changes: Any) -> Finding:
    """A finding of PW101 with one field or another changed."""
    column = changes.pop("column", 1)
    values: dict[str, Any] = {
        "code": "PW101",
        "message": "book.author runs one query per book",
        "help": "load it with the books",
        "span": Span(path, line, column, line, changes.pop("end_column", column + 4)),
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
    }
    values.update(changes)
    values.setdefault("name", NAMES.get(values["code"]))
    return Finding(**values)


def make_step(path: str, line: int, message: str, role: str = "hop") -> Step:
    """A step over the first three characters of a line."""
    return Step(Span(path, line, 1, line, 4), message, role)


def make_result(findings: Sequence[Finding], texts: Mapping[str, str] | None = None, **changes: Any) -> Result:
    """A result in the folder /repo, which is its repository as well."""
    values: dict[str, Any] = {"files": 3, "cwd": "/repo", "root": "/repo", "cards": catalog.load().cards}
    values.update(changes)
    return Result(findings=tuple(findings), texts=texts or {}, **values)


class Linked(list[str]):
    """Stands for a program: the paths of its files, and no faults."""

    errors: tuple[str, ...] = ()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files below a new folder and make it the working folder."""

    def write(content: Mapping[str, str | bytes]) -> Path:
        # Not tmp_path itself: its name holds the test's, and a folder above must never count.
        root = tmp_path / "work"
        for name, text in content.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        root.mkdir(exist_ok=True)
        monkeypatch.chdir(root)
        return Path(os.getcwd())

    return write


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An engine that finds one PW101 for each `slow(...)` in production code and templates; its texts by path.

    `slow("shop/models.py:3")` has its effect on that line; `slow_low()` has low confidence, `slow_http()` is a PW201.
    """
    texts: dict[str, str] = {}
    production: set[str] = set()

    def noting(real: Callable[..., Facts]) -> Callable[..., Facts]:
        def extract(path: str, text: str, **told: bool) -> Facts:
            found = real(path, text, **told)
            texts[path] = text
            if told["production"]:
                production.add(path)
            return found

        return extract

    def detected(linked: Sequence[str], known: object) -> list[Finding]:
        found = []
        for path in linked:
            for number, line in enumerate(texts[path].split("\n"), 1):
                at = line.find("slow")
                if path in production and at >= 0 and "(" in line[at:] and not line.lstrip().startswith("#"):
                    found.append(_slow(path, number, at, line))
        return found

    monkeypatch.setattr(facts, "extract", noting(facts.extract))
    monkeypatch.setattr(facts, "extract_template", noting(facts.extract_template))
    monkeypatch.setattr(program, "link", lambda found, known: Linked(one.path for one in found), raising=False)
    monkeypatch.setattr(detect, "detect", detected, raising=False)
    return texts


def _slow(path: str, number: int, at: int, line: str) -> Finding:
    call = line[at : line.index(")", at) + 1]
    steps = ()
    if '"' in call:
        where, _, effect_line = call.split('"')[1].rpartition(":")
        steps = (make_step(where, int(effect_line), "reads author: one query", "effect"),)
    return make_finding(
        path,
        number,
        column=at + 1,
        end_column=at + 1 + len(call),
        code="PW201" if call.startswith("slow_http") else "PW101",
        confidence=Confidence.LOW if call.startswith("slow_low") else Confidence.HIGH,
        symbol="view",
        steps=steps,
    )
