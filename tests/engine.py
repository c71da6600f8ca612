"""Small projects for the tests of the engine: sources in, places of findings and summaries of functions out.

A project is one text. A line `#: shop/models.py` begins a file; text without such a line is `app.py`. Lines that
must be found end with `# <- PW101`, as in cards and fixtures; those of templates with `{# <- PW104 #}`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from perflint import catalog, check, facts, files, program
from perflint.config import Choice, Settings
from perflint.core.finding import Confidence, Finding
from perflint.facts import Facts
from perflint.program import Program, functions, roles
from perflint.program.effects import Summary
from perflint.program.values import Value
from tests.marked import MARK, Places, difference

TITLE = re.compile(r"^#: (\S+)\n", re.MULTILINE)
ALL = Settings(jobs=1, min_confidence=Confidence.LOW, choices=(Choice("", ("ALL",)),))


class Hit(NamedTuple):
    """One finding: where, what, and how sure."""

    path: str
    line: int
    code: str
    confidence: str


def files_of(text: str) -> dict[str, str]:
    """The files of a project by path. The title stays in a file as its first line."""
    head, *rest = TITLE.split(text)
    found = {path: f"#: {path}\n{body}" for path, body in zip(rest[::2], rest[1::2], strict=True)}
    return found | {"app.py": head} if head.strip() else found


def write(folder: Path, project: Mapping[str, str | bytes]) -> Path:
    """Write a project below `folder`, where nothing in its path tells of a test."""
    root = folder / "work"
    root.mkdir(exist_ok=True)
    for name, text in project.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def findings(folder: Path, project: Mapping[str, str | bytes]) -> tuple[Finding, ...]:
    """What the linter finds at any confidence, by place."""
    result = check.run(["."], ALL, cwd=str(write(folder, project)))
    assert not result.errors, result.errors
    return result.findings


def lint(folder: Path, project: Mapping[str, str | bytes]) -> list[Hit]:
    """The places of what the linter finds at any confidence."""
    return [
        Hit(one.span.path, one.span.line, one.code, str(one.confidence).lower()) for one in findings(folder, project)
    ]


def marks(project: Mapping[str, str]) -> Places:
    """The places that the comments of a project expect."""
    return Counter(
        (path, number, code.strip())
        for path, text in project.items()
        for number, line in enumerate(text.split("\n"), 1)
        if (match := MARK.search(line))
        for code in match[1].split(",")
    )


def assert_marked(folder: Path, text: str, codes: str | tuple[str, ...], shared: str = "") -> None:
    """Assert that what is shown by default is what is marked, of the rules whose code starts with one of `codes`.

    `shared` is a text of files that stand beside the project's own.
    """
    project = files_of(shared) | files_of(text)
    found = Counter(
        (one.path, one.line, one.code)
        for one in lint(folder, project)
        if one.code.startswith(codes) and one.confidence != "low"
    )
    if told := difference(marks(project), found):
        pytest.fail(f"\n{told}", pytrace=False)


def cases(table: Mapping[str, str], gaps: Mapping[str, str] | None = None) -> list[Any]:
    """The projects of a table as parameters by name. Those in `gaps` are known to fail, for the reason given there."""
    gaps = gaps or {}
    assert gaps.keys() <= table.keys(), sorted(gaps.keys() - table.keys())
    return [
        pytest.param(text, id=name, marks=[pytest.mark.xfail(strict=True, reason=gaps[name])] if name in gaps else [])
        for name, text in table.items()
    ]


def extract(text: str, path: str = "app.py") -> Facts:
    """The facts of one production file."""
    if files.LANGUAGE_OF.get(Path(path).suffix) == "template":
        return facts.extract_template(path, text, production=True)
    return facts.extract(path, text, production=True, markdown=False)


def link(folder: Path, project: Mapping[str, str]) -> Program:
    """The program of a project; nothing of it is evaluated yet."""
    root = write(folder, project)
    found = [extract(text, str(root / name)) for name, text in project.items()]
    return program.link(found, catalog.load())


def summary(folder: Path, text: str, function: str, arguments: Iterable[Value] = ()) -> Summary:
    """What a call of a function (its dotted name in the first file that has it) does and gives."""
    linked = link(folder, files_of(text))
    key = next(one for one in linked.functions() if linked.function(one).qualname == function)
    value = roles.value_of(linked, key)
    assert value is not None
    names = [one.name for one in linked.function(key).parameters]
    return functions.summarise(linked, value, dict(zip(names, arguments, strict=False)))


def source(raw: bytes, name: str = "app.py") -> str:
    """The text of a file as it is read: decoded, without a mark of its encoding, with plain line ends."""
    found = files.source_of(files.Found(name, f"/{name}", name, "python", True), raw)
    assert isinstance(found, files.Source), found
    return found.text
