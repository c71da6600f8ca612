"""From a format's name to its text, and from a text to a file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from importlib import import_module

from perflint.report.result import Result

_MODULES = {
    "full": "full",
    "concise": "concise",
    "json": "json",
    "json-lines": "json_lines",
    "sarif": "sarif",
    "github": "github",
    "gitlab": "gitlab",
}


class ReportError(Exception):
    """A report that cannot be written. The text names the file and the reason."""


def render(result: Result, format_name: str) -> str:
    """The report in one format, as plain text that ends with a line end (or is empty)."""
    module = import_module(f"perflint.report.{_MODULES[format_name]}")
    text: Callable[[Result], str] = module.text
    return text(result)


def write_file(path: str, text: str) -> None:
    """Write a report as UTF-8, whole or not at all. Raises ReportError."""
    folder = os.path.dirname(os.path.abspath(path))
    temporary = ""
    try:
        if os.path.lexists(path) and not os.path.isfile(path):
            # /dev/stdout, a pipe: nothing that could be replaced.
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            return
        handle, temporary = tempfile.mkstemp(prefix=".perflint-", dir=folder)
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, _mode(path))
        os.replace(temporary, os.path.realpath(path))
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _mode(path: str) -> int:
    """The permissions of the file that is replaced, or those a new file gets."""
    try:
        return os.stat(path).st_mode & 0o7777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
