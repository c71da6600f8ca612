"""Facts of many files, on several cores where that pays."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import IO

from perflint import facts
from perflint.facts import Facts
from perflint.files import Source, Unreadable
from perflint.markdown import python_of_markdown

MANY_LINES = 30_000
"""Below this number of lines starting processes costs more than it saves."""
MIN_CORES = 4
"""With fewer cores, handing facts from one process to another costs about as much time as sharing the work saves."""
RECURSION = 20_000
"""Frames that a worker may use to pack what it found."""
MAX_WORKERS = 8
"""Beyond it the one process that collects the facts is what everybody waits for."""

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault of perflint itself while it read one file."""

    path: str
    reason: str


Extracted = Facts | Unreadable | Broken


def extract_one(source: Source) -> Extracted:
    """Facts of one file, or why there are none. Never raises for what a file holds."""
    try:
        if source.language == "template":
            return facts.extract_template(source.path, source.text, production=source.production)
        text = python_of_markdown(source.text) if source.markdown else source.text
        return facts.extract(source.path, text, production=source.production, markdown=source.markdown)
    except facts.Unparsable as error:
        fault = max(error.line, 1), max(error.column, 1), error.reason
        return _rest(source, fault) or Unreadable(source.path, *fault)
    except (RecursionError, MemoryError):
        return Unreadable(source.path, 1, 1, "nested too deeply to analyse")
    except Exception as error:
        # One file must not take the others' findings away; the run says so and does not end clean.
        return Broken(source.path, f"{type(error).__name__}: {error}")


def _rest(source: Source, fault: tuple[int, int, str]) -> Facts | None:
    """Facts of a file without what Python cannot parse: others import the rest. None where nothing is left."""
    text = facts.mended(source.text) if source.language == "python" and not source.markdown else None
    if text is None:
        return None
    try:
        return replace(facts.extract(source.path, text, production=source.production, markdown=False), fault=fault)
    except facts.Unparsable:
        return None


def worker_count(jobs: int, sources: Sequence[Source]) -> int:
    """How many processes to use. `jobs` is what was asked for, 0 for what fits the machine and the work."""
    if not hasattr(os, "fork") or len(sources) < 2:
        return 1
    if jobs:
        return min(jobs, len(sources))
    lines = 0
    for source in sources:
        lines += source.text.count("\n")
        if lines > MANY_LINES:
            break
    else:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_WORKERS, len(sources)) if cores >= MIN_CORES else 1


def extract_all(sources: Sequence[Source], jobs: int, progress: Progress | None = None) -> list[Extracted]:
    """Facts of all files in their order; the result does not depend on `jobs`."""
    workers = worker_count(jobs, sources)
    if workers == 1:
        return _extract_here(sources, 1, progress)
    # The longest first, each to who has least to do: the processes end at about the same time.
    shares: list[list[int]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for at in sorted(range(len(sources)), key=lambda at: -len(sources[at].text)):
        least = loads.index(min(loads))
        shares[least].append(at)
        loads[least] += len(sources[at].text) + 1
    found: list[Extracted | None] = [None] * len(sources)
    children: list[tuple[int, IO[bytes], list[int]]] = []
    try:
        for share in shares[1:]:
            children.append(_start(sources, share))
        for at, one in zip(shares[0], _extract_here([sources[at] for at in shares[0]], workers, progress), strict=True):
            found[at] = one
        while children:
            _finish(sources, found, *children.pop(0))
    finally:
        for pid, file, _ in children:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            file.close()
    if progress:
        progress(len(sources), len(sources))
    return [one or Broken(source.path, "no facts") for one, source in zip(found, sources, strict=True)]


def _extract_here(sources: Sequence[Source], workers: int, progress: Progress | None) -> list[Extracted]:
    found = []
    for done, source in enumerate(sources, 1):
        found.append(extract_one(source))
        if progress and done % 16 == 0:
            progress(done * workers, len(sources) * workers)
    return found


def _start(sources: Sequence[Source], share: list[int]) -> tuple[int, IO[bytes], list[int]]:
    """Start a process for a share of the files. Its result comes through a file without a name."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about threads, of which the child needs none
        pid = os.fork()
    if pid:
        return pid, file, share
    status = 1
    try:
        # As deep as the facts of one file may be nested, and pickle takes more than one frame a level.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
        _dump([extract_one(sources[at]) for at in share], file)
        status = 0
    except BaseException as error:
        sys.stderr.write(f"perflint: a worker stopped: {type(error).__name__}: {error}\n")
    finally:
        os._exit(status)  # the child must not run what the parent has registered for its own end


def _dump(found: list[Extracted], file: IO[bytes]) -> None:
    """Write facts for the parent. Those that cannot be handed over are None: the parent makes them itself."""
    try:
        packed = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
    except (RecursionError, MemoryError):
        packed = pickle.dumps([one if _can_be_packed(one) else None for one in found], pickle.HIGHEST_PROTOCOL)
    file.write(packed)
    file.flush()


def _can_be_packed(one: Extracted) -> bool:
    try:
        pickle.dumps(one, pickle.HIGHEST_PROTOCOL)
    except (RecursionError, MemoryError):
        return False
    return True


def _finish(
    sources: Sequence[Source], found: list[Extracted | None], pid: int, file: IO[bytes], share: list[int]
) -> None:
    """Wait for a process and take its result. Where it died, its files are reported as not analysed."""
    _, status = os.waitpid(pid, 0)
    with file:
        if status == 0:
            file.seek(0)
            # Our own child wrote it a moment ago into a file that nobody else can open.
            for at, one in zip(share, pickle.load(file), strict=True):
                found[at] = extract_one(sources[at]) if one is None else one
        else:
            for at in share:
                found[at] = Broken(sources[at].path, f"the worker process ended with status {status}")
