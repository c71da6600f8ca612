"""Comments that silence findings, and the findings about such comments (PW001, PW002).

    requests.get(url)          # perflint: ignore[PW201] a health check, once a day
    # perflint: ignore[relation-in-loop]        alone on its line: the code line below
    # perflint: file-ignore[PW4]
    {# perflint: ignore[PW101] #}               in templates
    cursor.execute(sql)        # noqa: PW302

On a finding's line a comment silences that finding; on the line of an effect, every finding that ends there.
"""

from __future__ import annotations

import difflib
import io
import itertools
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from perflint.core.finding import Finding, Suppression
from perflint.facts.template_lexer import comments as comments_of

UNUSED = "PW001"
BLANKET = "PW002"
UNREADABLE = "PW000"

# Each expression is anchored and has one way to match a given text, so that a hostile comment costs linear time.
_DIRECTIVE = re.compile(r"perflint:[ \t]*([A-Za-z][A-Za-z-]*)")
_NOQA = re.compile(r"noqa[ \t]*:[ \t]*", re.IGNORECASE)
_MAY_BE_OURS = re.compile(r"perflint:|noqa", re.IGNORECASE)
_NOQA_CODE = re.compile(r"[A-Za-z]+[0-9]+")
_BETWEEN = re.compile(r"[ \t,]+")
_SCOPES = {"ignore": "line", "file-ignore": "file"}
MAX_DIRECTIVES = 10
"""As many of one comment are read."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A comment that is meant to silence something and cannot. Lines and columns as in Suppression."""

    path: str
    line: int
    column: int
    end_column: int
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Comments:
    """What one file's comments say.

    `next_line` is, for each comment alone on its line, the code line it is about.
    """

    suppressions: tuple[Suppression, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    next_line: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Findings that stay, how many were silenced, and the comments that silenced nothing or everything."""

    kept: tuple[Finding, ...]
    silenced: int
    unused: tuple[tuple[Suppression, tuple[str, ...]], ...]
    blanket: tuple[Suppression, ...]


# --- reading comments -------------------------------------------------------------------------------------------


def has_comments(text: str, match: Callable[[str], frozenset[str]]) -> bool:
    """Whether a text may hold a comment of ours: most files do not, and need no second look.

    A `noqa` counts only with a code that we know; other tools' are everywhere.
    """
    if "perflint:" in text:
        return True
    if "noqa" not in text.lower():
        return False
    return any(match(code) for noqa in _NOQA.finditer(text) for code in _noqa_codes(text, noqa.end()))


def read_comments(path: str, text: str, match: Callable[[str], frozenset[str]]) -> Comments:
    """The comments of one Python file. `match` gives the codes that a selector stands for, none if it is unknown."""
    if not has_comments(text, match):
        return Comments()
    lines = text.split("\n")

    def is_comment(line: int) -> bool:
        return line <= len(lines) and lines[line - 1].lstrip().startswith("#")

    return _read(path, _python_comments(text), match, is_comment)


def read_template_comments(path: str, text: str, match: Callable[[str], frozenset[str]]) -> Comments:
    """As `read_comments`, for the `{# … #}` comments of a template, each line of one for itself."""
    if not has_comments(text, match):
        return Comments()
    found = list(_template_comments(text))
    alone = {line for line, _, _, is_alone in found if is_alone}
    return _read(path, [one for one in found if _MAY_BE_OURS.search(one[2])], match, alone.__contains__)


def _template_comments(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """As `_python_comments`. A line is a comment's alone if nothing but comments is on it."""
    lines = text.split("\n")
    for number, parts in itertools.groupby(comments_of(text), key=lambda one: one[0]):
        line, end, told = lines[number - 1], 0, list(parts)
        outside = []
        for _, column, part in told:
            outside.append(line[end : column - 1])
            end = column - 1 + len(part)
        outside.append(line[end:])
        alone = not "".join(outside).replace("{#", "").replace("#}", "").strip()
        for _, column, part in told:
            yield number, column, part, alone


def _python_comments(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Line, column (from 1), text and loneliness of the comments that may be ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.COMMENT and _MAY_BE_OURS.search(token.string):
                    line, column = token.start
                    yield line, column + 1, token.string, not token.line[:column].strip()
    except (tokenize.TokenError, SyntaxError):  # PW000 says that the file is broken; what was read so far counts
        return


def _read(
    path: str,
    comments: Iterable[tuple[int, int, str, bool]],
    match: Callable[[str], frozenset[str]],
    is_comment: Callable[[int], bool],
) -> Comments:
    """`is_comment` tells of a line (from 1) whether nothing but comments is on it."""
    suppressions: list[Suppression] = []
    mistakes: list[Mistake] = []
    for line, column, comment, alone in comments:
        for parsed in _parse(path, line, column, comment, alone, match):
            if isinstance(parsed, Mistake):
                mistakes.append(parsed)
            else:
                suppressions.append(parsed)
    lonely = {one.line for one in suppressions if one.alone and one.scope == "line"}
    return Comments(tuple(suppressions), tuple(mistakes), _code_lines_after(lonely, is_comment) if lonely else None)


def _code_lines_after(numbers: set[int], is_comment: Callable[[int], bool]) -> dict[int, int]:
    """For each comment line, the next line that is no comment: several comments may stand above one statement."""
    found: dict[int, int] = {}
    for number in sorted(numbers, reverse=True):
        below = number + 1
        if below in found:
            found[number] = found[below]
            continue
        while is_comment(below):
            below += 1
        found[number] = below
    return found


def _parse(
    path: str, line: int, column: int, comment: str, alone: bool, match: Callable[[str], frozenset[str]]
) -> Iterator[Suppression | Mistake]:
    directives = list(itertools.islice(_DIRECTIVE.finditer(comment), MAX_DIRECTIVES))
    for index, directive in enumerate(directives):
        stop = directives[index + 1].start() if index + 1 < len(directives) else len(comment)
        yield _directive(path, line, column, comment, alone, directive, stop)
    noqa = _NOQA.search(comment)
    if noqa:
        # Other tools' codes stay theirs: only codes that we know count.
        known = tuple(code for code in _noqa_codes(comment, noqa.end()) if match(code))
        if known:
            yield Suppression(path, line, column + noqa.start(), column + len(comment), known, "line", "noqa", False)


def _noqa_codes(comment: str, at: int) -> Iterator[str]:
    while code := _NOQA_CODE.match(comment, at):
        yield code[0]
        between = _BETWEEN.match(comment, code.end())
        if between is None:
            return
        at = between.end()


def _directive(
    path: str, line: int, column: int, comment: str, alone: bool, directive: re.Match[str], stop: int
) -> Suppression | Mistake:
    start, word, at = column + directive.start(), directive[1].lower(), directive.end()
    if word not in _SCOPES:
        close = difflib.get_close_matches(word, _SCOPES, n=1, cutoff=0.5)
        hint = f"write perflint: {close[0] if close else 'ignore'}[CODE]"
        return Mistake(path, line, start, column + at, f"perflint knows no comment {word!r}", hint)
    codes: tuple[str, ...] = ()
    end = at
    if comment.startswith("[", at):
        close_at = comment.find("]", at, stop)
        if close_at < 0:
            return Mistake(
                path, line, start, column + stop, "the list of rules is not closed", f"write perflint: {word}[CODE]"
            )
        codes = tuple(code.strip() for code in comment[at + 1 : close_at].split(",") if code.strip())
        end = close_at + 1
    return Suppression(path, line, start, column + end, codes, _SCOPES[word], "perflint", alone)


# --- applying them ----------------------------------------------------------------------------------------------


def apply(
    findings: Iterable[Finding], comments: Mapping[str, Comments], match: Callable[[str], frozenset[str]]
) -> Outcome:
    """Silence `findings` by the comments of each file. `match` gives the codes that a selector stands for.

    A file that cannot be read (PW000) is never silenced.
    """
    by_place: dict[tuple[str, int], list[int]] = {}
    by_file: dict[str, list[int]] = {}
    every: list[Suppression] = []
    reach: list[dict[str, frozenset[str]]] = []
    for path in sorted(comments):
        said = comments[path]
        for one in said.suppressions:
            index = len(every)
            every.append(one)
            reach.append({code: match(code) for code in one.codes})
            if one.scope == "file":
                by_file.setdefault(path, []).append(index)
                continue
            line = (said.next_line or {}).get(one.line, one.line) if one.alone else one.line
            by_place.setdefault((path, line), []).append(index)
    used: list[set[str]] = [set() for _ in every]
    kept: list[Finding] = []
    silenced = 0
    for finding in findings:
        hit = False
        if finding.code != UNREADABLE:
            for index in _candidates(finding, by_place, by_file):
                selectors = [code for code, codes in reach[index].items() if finding.code in codes]
                if selectors or not every[index].codes:
                    used[index].update(selectors or [""])
                    hit = True
        if hit:
            silenced += 1
        else:
            kept.append(finding)
    unused = [
        (one, tuple(code for code in one.codes if code not in used[index]))
        for index, one in enumerate(every)
        if one.codes and any(code not in used[index] for code in one.codes)
    ]
    blanket = [one for one in every if not one.codes]
    return Outcome(tuple(kept), silenced, tuple(unused), tuple(blanket))


def _candidates(
    finding: Finding, by_place: Mapping[tuple[str, int], list[int]], by_file: Mapping[str, list[int]]
) -> Iterator[int]:
    """The comments that may speak about a finding: at its first or last line, at its effects, in its file."""
    yield from by_file.get(finding.span.path, ())
    places = {(finding.span.path, finding.span.line), (finding.span.path, finding.span.end_line)}
    places.update((step.span.path, step.span.line) for step in finding.steps if step.role == "effect")
    for place in sorted(places):
        yield from by_place.get(place, ())
