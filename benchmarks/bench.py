"""Measure perflint beside ruff on the same trees in the same run.

    python benchmarks/corpus.py fetch django homeassistant wagtail fastapi
    python benchmarks/bench.py --runs 5

Both start cold: nothing kept from an earlier run is used, though files may be in the page cache. A run is a whole
process with its start-up; its CPU seconds are those of all the processes it started. The two take turns, so that a
machine that slows down slows both, and the ratio is the median over the pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus import Application, CorpusError, applications, table
from measure import Usage, commit, measure, python_version, tree_size, version_of

RUFF = "0.17.5"
"""The version to compare with: another one is another yardstick."""
RUFF_ARGUMENTS = ("check", ".", "--isolated", "--no-cache", "--select", "ASYNC,PERF,DJ,S113", "--exit-zero")
PERFLINT_ARGUMENTS = ("check", ".", "--exit-zero")
TREES = ("fastapi", "django", "wagtail", "homeassistant")
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One tree: `cpu` and `ruff_cpu` are median seconds, `low` and `high` the extremes of ours, `peak` MiB.

    `files` and `lines` are the Python of the tree, whatever either tool leaves out.
    """

    tree: str
    version: str
    files: int
    lines: int
    cpu: float
    low: float
    high: float
    peak: float
    ruff_cpu: float
    ruff_peak: float
    ratio: float

    @property
    def per_line(self) -> float:
        """Our CPU in microseconds for each line of the tree."""
        return self.cpu / max(self.lines, 1) * 1e6

    @property
    def ruff_per_line(self) -> float:
        """Ruff's CPU in microseconds for each line of the tree."""
        return self.ruff_cpu / max(self.lines, 1) * 1e6


def compare(application: Application, ours: Sequence[str], ruff: Sequence[str], runs: int) -> Row:
    """Let both commands lint one tree in turn, once to warm up and then `runs` times."""
    pairs = [(_checked(ours, application.tree), _checked(ruff, application.tree)) for _ in range(runs + 1)]
    return summary(application, pairs[1:])


def _checked(command: Sequence[str], folder: Path) -> Usage:
    usage = measure(command, folder)
    if usage.status != 0:
        raise CorpusError(f"{shlex.join(command)} ended with {usage.status} in {folder.name}")
    return usage


def summary(application: Application, pairs: Sequence[tuple[Usage, Usage]]) -> Row:
    """The medians of the counted runs (ours, ruff's) of one tree."""
    size = tree_size(application.tree)
    cpu, ruff_cpu = [ours.cpu for ours, _ in pairs], [ruff.cpu for _, ruff in pairs]
    return Row(
        application.name,
        application.version,
        size.files,
        size.lines,
        statistics.median(cpu),
        min(cpu),
        max(cpu),
        statistics.median(ours.peak for ours, _ in pairs),
        statistics.median(ruff_cpu),
        statistics.median(ruff.peak for _, ruff in pairs),
        statistics.median(ours.cpu / ruff.cpu for ours, ruff in pairs),
    )


def results_table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    head = (
        *("tree", "files", "lines", "perflint CPU s", "min–max", "µs/line", "peak MiB"),
        *("ruff CPU s", "µs/line", "peak MiB", "ratio"),
    )
    return table(head, [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row.tree} {row.version}",
        f"{row.files:,}",
        f"{row.lines:,}",
        f"{row.cpu:.2f}",
        f"{row.low:.2f}–{row.high:.2f}",
        f"{row.per_line:.1f}",
        f"{row.peak:.0f}",
        f"{row.ruff_cpu:.3f}",
        f"{row.ruff_per_line:.2f}",
        f"{row.ruff_peak:.0f}",
        f"{row.ratio:.1f}",
    )


def pinned_ruff(path: Path) -> Path:
    """The ruff to measure. Raises CorpusError if it is not the pinned version."""
    found = version_of([str(path)]) if path.is_file() else ""
    if found != RUFF:
        raise CorpusError(f"ruff {RUFF} is needed at {path}, found {found or 'none'}: pip install ruff=={RUFF}")
    return path


def cold(perflint: Sequence[str]) -> tuple[str, ...]:
    """Our arguments, with the one that turns the cache off if there is a cache."""
    usage = subprocess.run([*perflint, "check", "--help"], capture_output=True, text=True, check=False)
    return (*PERFLINT_ARGUMENTS, "--no-cache") if "--no-cache" in usage.stdout else PERFLINT_ARGUMENTS


def report(head: dict[str, str], rows: Sequence[Row]) -> str:
    """The results as a page: what was measured with what, and the table."""
    lines = ["# perflint beside ruff, cold", "", *(f"- {name}: {value}" for name, value in head.items()), ""]
    return "\n".join([*lines, results_table(rows), ""])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    top.add_argument("--runs", type=int, default=5, help="counted runs of each tool and tree (default %(default)s)")
    top.add_argument("--trees", nargs="+", default=list(TREES), metavar="TREE", help="applications of corpus.toml")
    top.add_argument("--ruff", type=Path, default=Path(sys.executable).parent / "ruff", help="executable")
    top.add_argument("--dry-run", action="store_true", help="print the table, store nothing")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and store; return the exit code."""
    given = parser().parse_args(arguments)
    perflint = (sys.executable, "-m", "perflint")
    try:
        trees = applications(given.trees)
        missing = [one.name for one in trees if not one.tree.is_dir()]
        if missing:
            raise CorpusError(f"first: python benchmarks/corpus.py fetch {' '.join(missing)}")
        ruff, arguments_here = pinned_ruff(given.ruff), cold(perflint)
        rows = [compare(one, (*perflint, *arguments_here), (str(ruff), *RUFF_ARGUMENTS), given.runs) for one in trees]
    except CorpusError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    head = {
        "command": shlex.join(["python", "benchmarks/bench.py", "--runs", str(given.runs), "--trees", *given.trees]),
        "perflint": f"{version_of(perflint)} at {commit()}, `{shlex.join(['perflint', *arguments_here])}`",
        "ruff": f"{RUFF}, `{shlex.join(['ruff', *RUFF_ARGUMENTS])}`",
        "python": python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "figures": f"medians of {given.runs} runs; CPU is user + system of the whole process, peak its largest process",
    }
    print(results_table(rows))
    if not given.dry_run:
        RESULTS.mkdir(exist_ok=True)
        stored = {**head, "rows": [asdict(row) for row in rows]}
        (RESULTS / "bench.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "bench.md").write_text(report(head, rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
