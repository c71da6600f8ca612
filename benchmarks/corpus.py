"""Run perflint on real applications and keep what it says of them.

    python benchmarks/corpus.py                   fetch and run
    python benchmarks/corpus.py fetch             download and unpack the pinned applications
    python benchmarks/corpus.py run               lint each, store the counts in results/corpus.json
    python benchmarks/corpus.py sample 50 --seed TEXT > review.md
                                                  draw findings to be read and judged by a person
    python benchmarks/corpus.py diff              what changed against the stored counts

The applications of corpus.toml are data: they are downloaded as wheels and unpacked, never installed or imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import tomli
from measure import (
    PYTHON_SUFFIXES,
    REPOSITORY,
    TEMPLATE_SUFFIXES,
    Usage,
    commit,
    measure,
    python_version,
    tree_size,
    version_of,
)

HERE = Path(__file__).resolve().parent
PINS = HERE / "corpus.toml"
STORE = HERE / ".corpus"
RESULTS = HERE / "results" / "corpus.json"
KEPT_SUFFIXES = PYTHON_SUFFIXES | TEMPLATE_SUFFIXES | {".toml", ".cfg", ".conf", ".ini", ".yml", ".yaml", ".txt"}
ARGUMENTS = ("check", ".", "--output-format", "json", "--exit-zero")
DEFAULT_PERFLINT = (sys.executable, "-m", "perflint")
TIMEOUT = 1800.0
"""Seconds that one application may take."""
CONTEXT_LINES = 6
"""Lines shown above and below a finding's own line; a step's own line gets one each."""
Counts = dict[str, dict[str, int]]
"""Findings by code and confidence."""


@dataclass(frozen=True, slots=True)
class Application:
    """One pinned application, as corpus.toml says it."""

    name: str
    version: str
    stack: str
    wheel: str
    leave_out: tuple[str, ...] = ()

    @property
    def tree(self) -> Path:
        """The folder it is unpacked to."""
        return STORE / "trees" / f"{self.name}-{self.version}"

    @property
    def findings(self) -> Path:
        """What the last run printed about it."""
        return STORE / "findings" / f"{self.name}.json"

    @property
    def findings_before(self) -> Path:
        """What the run before the last one printed about it."""
        return STORE / "findings-before" / f"{self.name}.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in one application: what a reviewer has to see. `steps` are (file, line, role, message)."""

    application: str
    file: str
    line: int
    code: str
    confidence: str
    message: str
    fingerprint: str
    steps: tuple[tuple[str, int, str, str], ...] = ()

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        return f"{self.application} {self.file}:{self.line}"


class CorpusError(Exception):
    """What cannot be done, for the user."""


def applications(names: Sequence[str] = ()) -> list[Application]:
    """The pinned applications, or those called `names`."""
    pinned = [_application(table) for table in tomli.loads(PINS.read_text(encoding="utf-8"))["application"]]
    unknown = set(names) - {one.name for one in pinned}
    if unknown:
        raise CorpusError(f"not in {PINS.name}: {', '.join(sorted(unknown))}")
    return [one for one in pinned if not names or one.name in names]


def _application(table: Mapping[str, Any]) -> Application:
    leave_out = tuple(table.get("leave-out", ()))
    return Application(table["name"], table["version"], table["stack"], table["wheel"], leave_out)


# --- fetch ------------------------------------------------------------------------------------------------------


def fetch(names: Sequence[str]) -> int:
    """Download and unpack what is not there yet; return the exit code."""
    for application in applications(names):
        if not application.tree.is_dir():
            unpack(application, download(application))
        print(f"{application.name} {application.version}: {application.tree}")
    return 0


def download(application: Application) -> Path:
    """Get the wheel that the pin names. Nothing of it runs: pip reads a wheel's metadata and no more."""
    folder = STORE / "wheels" / application.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--platform", "any"),
            *("--dest", str(folder), f"{application.name}=={application.version}"),
        ],
        check=True,
    )
    wheels = list(folder.glob("*.whl"))
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest() if len(wheels) == 1 else "no single wheel"
    if found != application.wheel:
        raise CorpusError(f"{application.name} {application.version}: expected {application.wheel}, got {found}")
    return wheels[0]


def unpack(application: Application, wheel: Path) -> None:
    """Write the wheel's sources, templates and settings to the application's folder.

    An empty settings file makes that folder a project of its own, so that no settings from above apply.
    """
    part = application.tree.with_name(application.tree.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if wanted(member, application.leave_out):
                archive.extract(member, part)
    (part / "perflint.toml").touch()
    part.rename(application.tree)
    wheel.unlink()


def wanted(member: str, leave_out: Iterable[str]) -> bool:
    """Whether a wheel's member is the application's own text that a linter may look at."""
    path = PurePosixPath(member)
    if path.suffix not in KEPT_SUFFIXES or len(path.parts) < 2 or path.parts[0].endswith((".dist-info", ".data")):
        return False
    return not any(path.is_relative_to(folder) for folder in leave_out)


# --- run --------------------------------------------------------------------------------------------------------


def run(names: Sequence[str], perflint: Sequence[str], timeout: float) -> int:
    """Lint each application and store what came of it; return 1 if any could not be linted."""
    chosen = applications(names)
    for application in chosen:
        _need(application.tree, "fetch")
    # Measured one after the other, and read only then: what this process holds would count as its children's peak.
    usages = [lint(application, perflint, timeout) for application in chosen]
    rows = {one.name: row(one, usage) for one, usage in zip(chosen, usages, strict=True)}
    stored = stored_results(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    merged = {one.name: {**stored, **rows}[one.name] for one in applications() if one.name in {**stored, **rows}}
    head = {
        "perflint": version_of(perflint),
        "commit": commit(),
        "python": python_version(),
        "command": shlex.join(["perflint", *ARGUMENTS]),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**head, "applications": merged}, indent=1) + "\n", encoding="utf-8")
    print(runs_table(rows))
    return int(any(one["failure"] for one in rows.values()))


def lint(application: Application, perflint: Sequence[str], timeout: float) -> Usage:
    """Lint one application; what was known of it before is kept beside."""
    application.findings.parent.mkdir(parents=True, exist_ok=True)
    if application.findings.is_file():
        application.findings_before.parent.mkdir(parents=True, exist_ok=True)
        application.findings.replace(application.findings_before)
    print(f"{application.name} {application.version} …", file=sys.stderr, flush=True)
    errors = application.findings.with_suffix(".err")
    return measure([*perflint, *ARGUMENTS], application.tree, application.findings, errors, timeout)


def row(application: Application, usage: Usage) -> dict[str, Any]:
    """What is stored of one run: `cpu` and `wall` in seconds, `peak` in MiB, `failure` in words or null."""
    failure, counts = None, {}
    try:
        counts = count(findings_of(application))
    except CorpusError as error:
        failure = str(error)
    if usage.status != 0:
        failure = f"exit {usage.status}: {_last_line(application.findings.with_suffix('.err'))}"
    size = tree_size(application.tree)
    return {
        "version": application.version,
        "files": size.files,
        "lines": size.lines,
        "templates": size.templates,
        "cpu": round(usage.cpu, 2),
        "wall": round(usage.wall, 2),
        "peak": round(usage.peak),
        "findings": sum(sum(one.values()) for one in counts.values()),
        "counts": counts,
        "failure": failure,
    }


def findings_of(application: Application, path: Path | None = None) -> list[Finding]:
    """What the last run said of `application`, or what `path` holds. Raises CorpusError if that is no report."""
    path = path or application.findings
    _need(path, "run")
    try:
        return [_finding(application.name, item) for item in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise CorpusError(f"{application.name}: no report that can be read: {error!r}"[:200]) from error


def _finding(application: str, item: Mapping[str, Any]) -> Finding:
    steps = tuple(
        (step["filename"], step["location"]["row"], str(step.get("role", "")), step["message"])
        for step in item.get("related", [])
    )
    return Finding(
        application,
        item["filename"],
        item["location"]["row"],
        item["code"],
        item["confidence"],
        item["message"],
        item["fingerprint"],
        steps,
    )


def count(findings: Iterable[Finding]) -> Counts:
    """Findings by code and confidence, both in the order of their names."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for finding in findings:
        counts[finding.code][finding.confidence] += 1
    return {code: dict(sorted(counts[code].items())) for code in sorted(counts)}


def runs_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """What came of each application, as a Markdown table with a last row of sums."""
    head = ("application", "version", "files", "lines", "cpu s", "µs/line", "wall s", "peak MiB", "findings", "failure")
    keys = ("version", "files", "lines", "cpu", "", "wall", "peak", "findings")
    body = []
    for name, one in rows.items():
        values = [one[key] if key else f"{one['cpu'] / max(one['lines'], 1) * 1e6:.1f}" for key in keys]
        body.append([name, *values, one["failure"] or ""])
    sums = {key: sum(one[key] for one in rows.values()) for key in ("files", "lines", "cpu", "wall", "findings")}
    per_line = f"{sums['cpu'] / max(sums['lines'], 1) * 1e6:.1f}"
    last = [
        "all",
        "",
        sums["files"],
        sums["lines"],
        f"{sums['cpu']:.2f}",
        per_line,
        f"{sums['wall']:.2f}",
        "",
        sums["findings"],
        "",
    ]
    return table(head, [*body, last])


def _need(path: Path, command: str) -> None:
    if not path.exists():
        raise CorpusError(f"{path.name} is not there yet; first: python benchmarks/corpus.py {command}")


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "nothing was said")


# --- sample -----------------------------------------------------------------------------------------------------


def sample(number: int, seed: str, names: Sequence[str]) -> int:
    """Print `number` findings to be judged; return the exit code."""
    chosen = {one.name: one for one in applications(names)}
    drawn = draw([finding for one in chosen.values() for finding in _said_of(one)], number, seed)
    print(review_table(drawn))
    for finding in drawn:
        print(evidence(finding, chosen[finding.application].tree))
    return 0


def _said_of(application: Application) -> list[Finding]:
    """What the last run said; of an application that failed nothing, and a word about it."""
    try:
        return findings_of(application)
    except CorpusError as error:
        print(f"left out: {error}", file=sys.stderr)
        return []


def draw(findings: Iterable[Finding], number: int, seed: str) -> list[Finding]:
    """Draw up to `number` findings about code, spread over applications and codes.

    Each draw is from the application that was drawn from least, there from the code that was drawn least, and there
    the finding whose hash with `seed` is lowest: the same findings and seed give the same sample in any order of the
    input. What the linter says of files and comments (PW0…) is left out.
    """
    left: dict[str, dict[str, list[Finding]]] = {}
    for finding in findings:
        if not finding.code.startswith("PW0"):
            left.setdefault(finding.application, {}).setdefault(finding.code, []).append(finding)
    for codes in left.values():
        for waiting in codes.values():
            waiting.sort(key=lambda one: _lot(seed, one), reverse=True)  # the lowest lot is popped first
    by_application: Counter[str] = Counter()
    by_code: Counter[str] = Counter()
    drawn: list[Finding] = []
    while left and len(drawn) < number:
        application = min(left, key=lambda name: (by_application[name], name))
        codes = left[application]
        code = min(codes, key=lambda name: (by_code[name], _lot(seed, codes[name][-1])))
        drawn.append(codes[code].pop())
        by_application[application] += 1
        by_code[code] += 1
        if not codes[code]:
            del codes[code]
        if not codes:
            del left[application]
    return drawn


def _lot(seed: str, finding: Finding) -> tuple[bytes, str, int]:
    """What decides whose turn it is; fingerprints alike in two applications are told apart by the place."""
    lot = hashlib.blake2b(f"{seed}\0{finding.fingerprint}".encode(), digest_size=16).digest()
    return lot, finding.file, finding.line


def review_table(drawn: Iterable[Finding]) -> str:
    """The sample as a table whose last two columns are the reviewer's."""
    head = ("application", "file", "line", "code", "verdict", "reason")
    return table(head, [(one.application, one.file, one.line, one.code, "", "") for one in drawn])


def evidence(finding: Finding, tree: Path) -> str:
    """The lines a reviewer needs: the finding's surroundings, then those of each step that stands elsewhere."""
    parts = [
        f"\n## {finding.place} {finding.code} ({finding.confidence})\n\n{finding.message}\n",
        excerpt(tree / finding.file, finding.line, CONTEXT_LINES),
    ]
    for file, line, role, message in finding.steps:
        parts.append(f"- {role} {file}:{line}: {message}\n")
        if file != finding.file or abs(line - finding.line) > CONTEXT_LINES:
            parts.append(excerpt(tree / file, line, 1))
    return "\n".join(parts)


def excerpt(path: Path, line: int, around: int) -> str:
    """A fenced excerpt of `path` with line numbers, `line` marked; empty if the file cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    numbers = range(max(line - around, 1), min(line + around, len(lines)) + 1)
    shown = [f"{'>' if number == line else ' '}{number:6} {lines[number - 1]}" for number in numbers]
    return "\n".join(["````", *shown, "````", ""])


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a `|` in a cell is escaped, a line break becomes a space."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


# --- diff -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """How many findings of one code and confidence an application had and has."""

    application: str
    code: str
    confidence: str
    before: int
    after: int


def diff(reference: str, show_findings: bool) -> int:
    """Print what the last run changed against the counts committed at `reference`; return the exit code."""
    _need(RESULTS, "run")
    path = RESULTS.relative_to(REPOSITORY).as_posix()
    show = subprocess.run(
        ["git", "-C", str(REPOSITORY), "show", f"{reference}:{path}"], capture_output=True, text=True, check=False
    )
    if show.returncode != 0:
        raise CorpusError(f"no counts are stored at {reference}: {show.stderr.strip()}")
    before, after = stored_results(show.stdout), stored_results(RESULTS.read_text(encoding="utf-8"))
    print("\n".join(notes(before, after)))
    print(changes_table(changes(before, after)))
    if show_findings:
        for application in applications():
            print("\n".join(new_and_gone(application)))
    return 0


def stored_results(text: str) -> dict[str, dict[str, Any]]:
    """The applications of a results file."""
    applications: dict[str, dict[str, Any]] = json.loads(text)["applications"]
    return applications


def notes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What explains a change or hides one: applications that came, went, changed their version or failed."""
    lines = [f"{name}: new" for name in after if name not in before]
    lines += [f"{name}: gone" for name in before if name not in after]
    for name in before:
        old, new = before[name], after.get(name, before[name])
        if old["version"] != new["version"]:
            lines.append(f"{name}: {old['version']} → {new['version']}")
    lines += [f"{name}: failed: {one['failure']}" for name, one in after.items() if one["failure"]]
    return lines


def changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """Every count that differs, by application, code and confidence; what is missing on one side counts 0."""
    old, new = _flat(before), _flat(after)
    return [Change(*key, old[key], new[key]) for key in sorted({*old, *new}) if old[key] != new[key]]


def _flat(results: Mapping[str, Mapping[str, Any]]) -> Counter[tuple[str, str, str]]:
    flat: Counter[tuple[str, str, str]] = Counter()
    for name, one in results.items():
        for code, by_confidence in one["counts"].items():
            for confidence, number in by_confidence.items():
                flat[name, code, confidence] = number
    return flat


def changes_table(changed: Sequence[Change]) -> str:
    """The changes as a Markdown table, or one sentence if there are none."""
    if not changed:
        return "No count differs."
    head = ("application", "code", "confidence", "before", "after", "change")
    rows: list[Sequence[object]] = [
        (one.application, one.code, one.confidence, one.before, one.after, f"{one.after - one.before:+}")
        for one in changed
    ]
    before, after = sum(one.before for one in changed), sum(one.after for one in changed)
    return table(head, [*rows, ("all", "", "", before, after, f"{after - before:+}")])


def new_and_gone(application: Application) -> list[str]:
    """Which findings the last two runs here do not share, one line each."""
    if not application.findings_before.is_file():
        return []
    before = {one.fingerprint: one for one in findings_of(application, application.findings_before)}
    after = {one.fingerprint: one for one in findings_of(application)}
    new = [f"+ {one.place} {one.code} {one.message}" for key, one in after.items() if key not in before]
    return new + [f"- {one.place} {one.code} {one.message}" for key, one in before.items() if key not in after]


# --- command line -----------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    fetching = commands.add_parser("fetch", help="download and unpack the pinned applications")
    running = commands.add_parser("run", help="lint each application and store the counts")
    sampling = commands.add_parser("sample", help="draw findings to be judged")
    comparing = commands.add_parser("diff", help="what changed against the stored counts")
    running.add_argument("--perflint", default=shlex.join(DEFAULT_PERFLINT), help="command that is run")
    running.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds per application (default %(default)s)")
    sampling.add_argument("number", type=int, help="how many findings")
    sampling.add_argument("--seed", required=True, help="any text; the same text draws the same findings")
    for command in (fetching, running):
        command.add_argument("names", nargs="*", metavar="APPLICATION", help="only these")
    sampling.add_argument("--only", dest="names", nargs="+", default=[], metavar="APPLICATION", help="only these")
    comparing.add_argument("--against", default="HEAD", metavar="COMMIT", help="whose counts (default %(default)s)")
    comparing.add_argument("--findings", action="store_true", help="also what the last two runs here do not share")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    given = parser().parse_args(arguments)
    try:
        if given.command is None:
            return fetch([]) or run([], DEFAULT_PERFLINT, TIMEOUT)
        if given.command == "fetch":
            return fetch(given.names)
        if given.command == "run":
            return run(given.names, shlex.split(given.perflint), given.timeout)
        if given.command == "sample":
            return sample(given.number, given.seed, given.names)
        return diff(given.against, given.findings)
    except (CorpusError, subprocess.CalledProcessError) as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
