"""One run: from paths and settings to findings that are selected, ordered and known by a fingerprint."""

from __future__ import annotations

import gc
import os
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from perflint import catalog, detect, files, fingerprint, program, suppress
from perflint.catalog.cards import Card
from perflint.config import ConfigError, Settings, check_selector, enabled, match, nearest
from perflint.core.finding import Confidence, Finding, Severity, Span, Step
from perflint.facts import Facts
from perflint.files import Found, Scope, Source, Unreadable
from perflint.markdown import column_shifts, python_of_markdown
from perflint.report.result import Result
from perflint.suppress import BLANKET, UNREADABLE, UNUSED
from perflint.workers import Broken, Extracted, Progress, extract_all

# What these three are called where their cards are missing (a broken installation must still say what it cannot read).
_OWN = {UNREADABLE: "unanalysed-file", UNUSED: "unused-suppression", BLANKET: "blanket-suppression"}


@dataclass(frozen=True, slots=True)
class Stdin:
    """Source text that is not in its file yet. `name` is the path it counts as, "" for none."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What is looked at: the linted files, and the rest of their project, which only lends its definitions.

    `quiet` are the names of the linted templates that nobody named: much is called .html that is no template of this
    project, so that it is no finding when one of them cannot be read.
    """

    linted: tuple[Source, ...]
    context: tuple[Source, ...]
    unreadable: tuple[Unreadable, ...]
    locations: Mapping[str, str]
    quiet: frozenset[str]
    count: int


def run(
    paths: Sequence[str],
    settings: Settings,
    *,
    stdin: Stdin | None = None,
    progress: Progress | None = None,
    cwd: str | None = None,
) -> Result:
    """Lint `paths` (the working folder if there are none).

    Raises ConfigError for a selector, PathError for a path, CatalogError for a pack that cannot be used. Faults of
    perflint while it reads one file are told in `Result.errors`.
    """
    started = time.monotonic()
    here = cwd or os.getcwd()
    known = catalog.load(settings.packs, settings.cards)
    cards = known.cards
    names = _OWN | {code: card.name for code, card in cards.items()}
    default = {code for code, card in cards.items() if card.default} | (_OWN.keys() - cards.keys())
    wanted = enabled(settings.choices, names, default) | {UNREADABLE}
    ignores = _file_ignores(settings, names)
    with _quiet():
        inputs = _read_inputs(paths or ([] if stdin else ["."]), settings, here, stdin)
        sources = [*inputs.linted, *inputs.context]
        extracted = extract_all(sources, settings.jobs, progress)
        readable = [one for one in extracted if isinstance(one, Facts)]
        linked = program.link(readable, known)
        found = detect.detect(linked, known)
    left_out = {one.path for one in extracted if isinstance(one, Unreadable)} & inputs.quiet
    linted = {source.path for source in inputs.linted} - left_out
    shifted = _undo_dedent(found, sources)
    shifted = [one for one in shifted if one.span.path in linted]
    kept, silenced = _suppress(shifted, sources, linted, names, cards)
    kept += _unreadable_findings([*inputs.unreadable, *_unparsable(extracted, linted)], cards)
    chosen = [
        one
        for one in kept
        if one.code == UNREADABLE
        or (
            one.code in wanted
            and one.confidence >= settings.min_confidence
            and not _is_ignored(one, ignores, inputs.locations)
        )
    ]
    chosen.sort(key=lambda one: (one.span.path, one.span.line, one.span.column, one.code, one.message))
    root = files.git_root(os.path.normpath(os.path.join(here, *paths[:1]))) or settings.root or here
    result = Result(
        findings=(),
        files=inputs.count - len(left_out),
        cwd=here,
        root=root,
        silenced=silenced,
        errors=(*_errors(extracted), *dict.fromkeys(linked.errors)),
        texts={source.path: source.text for source in sources},
        cards=cards,
    )
    marked = fingerprint.assign(
        chosen,
        lambda one: result.line(one.span.path, one.span.line),
        lambda path: _from(root, os.path.normpath(os.path.join(here, path))) or path,
    )
    return replace(result, findings=tuple(marked), seconds=time.monotonic() - started)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without garbage collection (all that is built lives to the end of the run) and without Python's warnings
    about the code that is read."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if collecting:
            gc.enable()


# --- files ------------------------------------------------------------------------------------------------------


def scope_of(settings: Settings, cwd: str) -> Scope:
    """What a search may see under these settings."""
    globs = [*([settings.exclude] if settings.exclude else []), *settings.extend_exclude]
    return Scope(
        cwd=cwd,
        excludes=tuple((one.base, one.patterns) for one in globs),
        default_excludes=settings.exclude is None,
        gitignore=settings.respect_gitignore,
        markdown=settings.markdown,
        extension=settings.extension,
    )


def _read_inputs(paths: Sequence[str], settings: Settings, cwd: str, stdin: Stdin | None) -> _Inputs:
    scope = scope_of(settings, cwd)
    found, unreadable = files.search(paths, scope)
    linted: list[Source] = []
    broken = 0
    contents: dict[str, bytes] = {}
    starts = list(paths)
    if stdin is not None:
        piped = _piped(stdin, scope)
        found = [piped, *(one for one in found if one.location != piped.location)]
        contents[piped.location] = stdin.content
        starts += [stdin.name] if stdin.name else []
    rest = files.rest_of_project(starts, scope, found, settings.root, settings.src)
    if all(one.language == "template" for one in (*found, *rest)):  # nothing here renders them
        found, rest = [one for one in found if one.named], []
    quiet = frozenset(one.name for one in found if one.language == "template" and not one.named)
    for one in found:
        content = contents.get(one.location)
        read = (
            files.read(one, settings.include_tests)
            if content is None
            else files.source_of(one, content, settings.include_tests)
        )
        if isinstance(read, Source):
            linted.append(read)
        elif one.name not in quiet:
            unreadable.append(read)
            broken += 1
    context = []
    for one in rest:
        source = files.read(one, settings.include_tests)
        if isinstance(source, Source):  # a broken file that nobody asked about is not this run's matter
            context.append(source)
    locations = {one.name: one.location for one in found}
    return _Inputs(tuple(linted), tuple(context), tuple(unreadable), locations, quiet, len(linted) + broken)


def _piped(stdin: Stdin, scope: Scope) -> Found:
    if not stdin.name:
        return Found("-", os.path.join(scope.cwd, "-"), "-", "python", True)
    location = os.path.normpath(os.path.join(scope.cwd, stdin.name))
    language = files.language_of(stdin.name, scope)
    return Found(files.shown_name(location, scope.cwd), location, os.path.basename(location), language, True)


# --- findings of the run itself ---------------------------------------------------------------------------------


def _own_finding(
    code: str, span: Span, message: str, help_text: str, cards: Mapping[str, Card], severity: Severity
) -> Finding:
    card = cards.get(code)
    return Finding(
        code=code,
        name=card.name if card else _OWN[code],
        message=message,
        help=help_text,
        span=span,
        severity=card.severity if card else severity,
        confidence=Confidence.HIGH,
    )


def _unparsable(extracted: Iterable[Extracted], linted: Collection[str]) -> list[Unreadable]:
    found = [_fault(one) if isinstance(one, Facts) else one for one in extracted]
    return [one for one in found if isinstance(one, Unreadable) and one.path in linted]


def _fault(facts: Facts) -> Unreadable | None:
    return Unreadable(facts.path, *facts.fault, partly=True) if facts.fault is not None else None


def _unreadable_findings(broken: Iterable[Unreadable], cards: Mapping[str, Card]) -> list[Finding]:
    return [
        _own_finding(
            UNREADABLE,
            Span(one.path, one.line, one.column, one.line, one.column + 1),
            f"cannot be analysed: {one.reason}{' (the rest of the file is)' if one.partly else ''}",
            "mend the file, or leave it out with --exclude; to read syntax newer than "
            f"Python {sys.version_info[0]}.{sys.version_info[1]} run perflint on a newer Python",
            cards,
            Severity.ERROR,
        )
        for one in broken
    ]


def _errors(extracted: Iterable[Extracted]) -> Iterator[str]:
    for one in extracted:
        if isinstance(one, Broken):
            yield f"{one.path}: internal error, the file was not analysed: {one.reason}"


# --- comments ---------------------------------------------------------------------------------------------------


def _suppress(
    findings: Sequence[Finding],
    sources: Iterable[Source],
    linted: Collection[str],
    names: Mapping[str, str],
    cards: Mapping[str, Card],
) -> tuple[list[Finding], int]:
    """Findings that no comment silences, with those about the comments, and the number of silenced ones.

    Selection comes later: a comment is used if it silences a finding of any rule, switched on or not.
    """

    @cache
    def codes_of(selector: str) -> frozenset[str]:
        return match(selector, names)

    comments: dict[str, suppress.Comments] = {}
    production = set()
    for source in sources:
        if suppress.has_comments(source.text, codes_of):
            read = suppress.read_template_comments if source.language == "template" else suppress.read_comments
            text = python_of_markdown(source.text) if source.markdown else source.text
            comments[source.path] = read(source.path, text, codes_of)
        if source.production and source.path in linted:
            production.add(source.path)
    outcome = suppress.apply(findings, comments, codes_of)
    about = [one for one in _about_comments(outcome, comments, names, cards) if one.span.path in production]
    # Only a comment that names them silences these two: else a blanket comment would hide that it is one.
    naming = {
        path: replace(said, suppressions=tuple(one for one in said.suppressions if _names_own(one.codes, codes_of)))
        for path, said in comments.items()
    }
    second = suppress.apply(about, naming, codes_of)
    return [*outcome.kept, *second.kept], outcome.silenced + second.silenced


def _names_own(codes: Iterable[str], codes_of: Callable[[str], frozenset[str]]) -> bool:
    return any(codes_of(code) & {UNUSED, BLANKET} for code in codes)


def _about_comments(
    outcome: suppress.Outcome,
    comments: Mapping[str, suppress.Comments],
    names: Mapping[str, str],
    cards: Mapping[str, Card],
) -> Iterator[Finding]:
    for one, codes in outcome.unused:
        span = Span(one.path, one.line, one.column, one.line, one.end_column)
        told = [code for code in codes if not match(code, names) & {UNUSED, BLANKET}]
        strange = [code for code in told if not match(code, names)]
        if strange:
            hint = nearest(strange[0], [*names, *names.values()])
            message = f"there is no rule {strange[0]!r}{hint}" if hint else f"there is no rule {strange[0]!r}"
            yield _own_finding(UNUSED, span, message, "name a rule that exists", cards, Severity.WARNING)
        idle = [code for code in told if code not in strange]
        if idle:
            message = f"this comment silences nothing: no finding of {', '.join(idle)} here"
            yield _own_finding(UNUSED, span, message, "remove it", cards, Severity.WARNING)
    for one in outcome.blanket:
        span = Span(one.path, one.line, one.column, one.line, one.end_column)
        where = "file" if one.scope == "file" else "line"
        message = f"this comment names no rule and silences everything in its {where}"
        hint = "name the rules that it is about, as in # perflint: ignore[PW101]"
        yield _own_finding(BLANKET, span, message, hint, cards, Severity.WARNING)
    for said in comments.values():
        for mistake in said.mistakes:
            span = Span(mistake.path, mistake.line, mistake.column, mistake.line, mistake.end_column)
            yield _own_finding(UNUSED, span, mistake.message, mistake.help, cards, Severity.WARNING)


# --- choosing ---------------------------------------------------------------------------------------------------

_Ignore = tuple[files.Patterns, frozenset[str], bool]


def _file_ignores(settings: Settings, names: Mapping[str, str]) -> list[_Ignore]:
    found: list[_Ignore] = []
    for one in settings.per_file_ignores:
        where = f"{settings.where}: per-file-ignores" if settings.where else "--per-file-ignores"
        where += f" {one.pattern!r}"
        patterns = files.compile_patterns(one.base, [one.pattern])
        if patterns is None:
            raise ConfigError(f"{where}: not a pattern")
        codes = frozenset[str]().union(*(check_selector(code, where, names) for code in one.codes))
        found.append((patterns, codes, one.negated))
    return found


def _is_ignored(finding: Finding, ignores: Iterable[_Ignore], locations: Mapping[str, str]) -> bool:
    for patterns, codes, negated in ignores:
        if finding.code in codes:
            location = locations.get(finding.span.path, finding.span.path)
            if bool(patterns.verdict(location, False)) != negated:
                return True
    return False


# --- places -----------------------------------------------------------------------------------------------------


def _from(root: str, location: str) -> str | None:
    prefix = root.rstrip(os.sep) + os.sep
    return location[len(prefix) :].replace(os.sep, "/") if location.startswith(prefix) else None


def _undo_dedent(findings: Iterable[Finding], sources: Iterable[Source]) -> list[Finding]:
    """Columns of a Markdown document as they are in the document: its indented blocks were analysed dedented."""
    shifts = {
        source.path: column_shifts(source.text, python_of_markdown(source.text))
        for source in sources
        if source.markdown
    }
    if not shifts:
        return list(findings)

    def moved(span: Span) -> Span:
        shift = shifts.get(span.path)
        if shift is None:
            return span
        start, end = span.column + shift(span.line), span.end_column + shift(span.end_line)
        return replace(span, column=start, end_column=end)

    def moved_step(step: Step) -> Step:
        return replace(step, span=moved(step.span))

    return [replace(one, span=moved(one.span), steps=tuple(moved_step(step) for step in one.steps)) for one in findings]
