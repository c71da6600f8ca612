"""What one run of a command costs, as the operating system accounts for it."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PYTHON_SUFFIXES = frozenset({".py", ".pyi"})
TEMPLATE_SUFFIXES = frozenset({".html", ".htm", ".jinja", ".jinja2", ".j2"})
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of `ru_maxrss`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One finished run.

    `status` is the exit code, or minus the signal that ended it. `wall` and `cpu` are seconds; `cpu` is user plus
    system time of the process and of all it waited for. `peak` is the memory in MiB of the largest single process,
    and never less than what the measuring script itself held when it started the run.
    """

    status: int
    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to read: `files` and `lines` of Python, and the number of `templates`."""

    files: int
    lines: int
    templates: int


def measure(
    command: Sequence[str], folder: Path, output: Path | None = None, errors: Path | None = None, timeout: float = 1800
) -> Usage:
    """Run `command` in `folder` to its end, or kill it and what it started after `timeout` seconds.

    What it prints goes to the files `output` and `errors`, or nowhere. Python may keep its bytecode, as it does for
    whoever installs a tool.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.monotonic()
    with _target(output) as out, _target(errors) as err:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        watchdog = threading.Timer(timeout, _kill, [process.pid])
        watchdog.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _kill(process.pid)
            raise
        finally:
            watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    return Usage(process.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT / 2**20)


@contextlib.contextmanager
def _target(path: Path | None) -> Iterator[int]:
    """A file descriptor to write `path` anew, or one that takes everything and keeps nothing."""
    name, flags = (os.devnull, os.O_WRONLY) if path is None else (path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    descriptor = os.open(name, flags, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def tree_size(root: Path) -> Size:
    """Count what stands below `root`, whatever a linter would choose to look at."""
    files = lines = templates = 0
    for path in root.rglob("*"):
        if path.suffix in PYTHON_SUFFIXES and path.is_file():
            files += 1
            lines += path.read_bytes().count(b"\n")
        templates += path.suffix in TEMPLATE_SUFFIXES and path.is_file()
    return Size(files, lines, templates)


def commit() -> str:
    """The commit of this checkout, with `-dirty` if the linter or its rules were changed since; empty outside git."""
    described = subprocess.run(
        ["git", "-C", str(REPOSITORY), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        ["git", "-C", str(REPOSITORY), "status", "--porcelain", "--", "perflint", "rules"],
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() + ("-dirty" if changed.stdout.strip() else "")


def version_of(command: Sequence[str]) -> str:
    """The last word of what `command --version` prints; empty if it prints nothing."""
    run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    words = run.stdout.split()
    return words[-1] if run.returncode == 0 and words else ""


def python_version() -> str:
    """The interpreter that runs the linter, such as "CPython 3.13.0"."""
    return f"{platform.python_implementation()} {platform.python_version()}"
