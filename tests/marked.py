"""Code whose expected findings stand in it as comments, `# <- PW101`, and what the linter says about it.

In a template they are comments of its own, `{# <- PW104 #}`.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from perflint.files import LANGUAGE_OF

Places = Counter[tuple[str, int, str]]
"""File (relative, with slashes), line and code, each with how often."""

MARK = re.compile(r"#\s*<-\s*([A-Z]{2,8}\d{3}(?:,\s*[A-Z]{2,8}\d{3})*)\s*(?:#\})?\s*$")
MARKED = frozenset(suffix for suffix, language in LANGUAGE_OF.items() if language != "markdown")
"""Suffixes of the files that may hold marks."""


def marks(root: Path, files: Iterable[Path] | None = None) -> Places:
    """What the comments under `root` expect."""
    places: Places = Counter()
    for file in sorted(one for one in root.rglob("*") if one.suffix in MARKED) if files is None else files:
        if any(part.startswith(".") for part in file.relative_to(root).parts):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if match := MARK.search(line):
                for code in match[1].split(","):
                    places[file.relative_to(root).as_posix(), number, code.strip()] += 1
    return places


def marked_functions(file: Path, codes: Iterable[str]) -> set[str]:
    """The names of the functions in `file` that hold a mark of one of `codes`; a method goes by its class's name."""
    text = file.read_text(encoding="utf-8")
    wanted = set(codes)
    lines = {
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := MARK.search(line)) and wanted & {code.strip() for code in match[1].split(",")}
    }
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and any(
            node.lineno <= line <= (node.end_lineno or node.lineno) for line in lines
        ):
            names.add(node.name)
    return names


def findings(root: Path, *arguments: str) -> Places:
    """What `perflint check` finds when it runs in `root`, at the default confidence."""
    run = subprocess.run(
        [sys.executable, "-m", "perflint", "check", *(arguments or (".",)), "--isolated", "--output-format", "json"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode in (0, 1), run.stderr
    return Counter((each["filename"], each["location"]["row"], each["code"]) for each in json.loads(run.stdout))


def difference(expected: Places, found: Places) -> str:
    """What is missing and what is too much, a line each; empty if nothing is."""
    lines = [f"missed       {file}:{line} {code}" for (file, line, code) in sorted((expected - found).elements())]
    lines += [f"false alarm  {file}:{line} {code}" for (file, line, code) in sorted((found - expected).elements())]
    return "\n".join(lines)
