"""What a run yields, as every format needs it, and the names, lines and escapes that formats share."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from perflint.catalog.cards import Card
from perflint.core.finding import Finding, Severity, Span


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run.

    `findings` are those to report, in order. `files` counts the linted files, `silenced` the findings that comments
    took away. `errors` are faults of perflint itself, one sentence each: with any of them the run is not clean.
    `texts` holds the lines' source by shown path. `cwd` and `root` are absolute folders: shown paths are relative to
    `cwd`, `root` is the repository. `seconds` is the time that passed.
    """

    findings: tuple[Finding, ...]
    files: int
    cwd: str
    root: str
    silenced: int = 0
    errors: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    seconds: float = 0.0
    _lines: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def line(self, path: str, number: int) -> str:
        """The source line `number` (from 1) of a shown path, or "" if it is not to be had."""
        lines = self._lines.get(path)
        if lines is None:
            # Not splitlines(): form feeds and Unicode separators end no line in Python source.
            lines = self._lines[path] = self.texts.get(path, "").split("\n")
        return lines[number - 1] if 1 <= number <= len(lines) else ""


def one_line(result: Result, span: Span) -> tuple[int, int, int]:
    """A span cut to its first line, as line, column and end column: reviews show an annotation on one line only."""
    if span.end_line == span.line:
        return span.line, span.column, max(span.end_column, span.column)
    length = len(result.line(span.path, span.line))
    return span.line, span.column, max(length + 1, span.column)


def from_root(result: Result, path: str) -> str | None:
    """The posix path of a shown path from the repository's root, or None outside it."""
    location = os.path.normpath(os.path.join(result.cwd, path))
    prefix = result.root.rstrip(os.sep) + os.sep
    return location[len(prefix) :].replace(os.sep, "/") if location.startswith(prefix) else None


def uri(path: str) -> str:
    """A relative posix path as a URI reference. A colon in its first part would read as a scheme."""
    quoted = quote(path, safe="/:@!$&'()*+,;=~-._", errors="backslashreplace")
    return "./" + quoted if ":" in quoted.split("/", 1)[0] else quoted


# C0 and C1 controls, the marks that reorder or hide text, line separators, and lone surrogates: text from a linted
# file or its name must not drive a terminal or forge a line of a log.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` with every control character written as an escape."""
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def level(severity: Severity, info: str) -> str:
    """A severity's name, with the format's own word for "info"."""
    return info if severity is Severity.INFO else str(severity)


def counts(result: Result) -> list[tuple[str, str, int]]:
    """Code, name and number of findings of each rule that has any, the most frequent first."""
    tally: dict[tuple[str, str], int] = {}
    for finding in result.findings:
        tally[finding.code, finding.name] = tally.get((finding.code, finding.name), 0) + 1
    return sorted(((code, name, number) for (code, name), number in tally.items()), key=lambda one: (-one[2], one[0]))


def summary(result: Result) -> str:
    """One sentence about the whole run."""
    files = f"{result.files:,} file{'' if result.files == 1 else 's'}"
    silenced = f", {result.silenced:,} silenced by comments" if result.silenced else ""
    if not result.findings:
        return f"No findings in {files}{silenced}."
    number = len(result.findings)
    places = len({finding.span.path for finding in result.findings})
    where = f" in {places:,} of {files}" if places != result.files else f" in {files}"
    return f"{number:,} finding{'' if number == 1 else 's'}{where}{silenced}."
