"""A file that Python cannot parse, without the statements and functions that it stumbles over.

What the rest of the file defines is still there for the files that import it. Lines keep their places.
"""

from __future__ import annotations

import ast
import re
import warnings

MOST = 60
"""Faults up to which a file is read without them."""

_DEFINITION = re.compile(r"\s*(async\s+def|def)\b")
_HANDLER = re.compile(r"(\s*)except\b.*:\s*(#.*)?$")


def mended(text: str) -> str | None:
    """A text without its faults; None where they spoil the rest, or nothing is left."""
    lines = text.split("\n")
    tried: set[int] = set()
    for _ in range(MOST):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse("\n".join(lines))
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not 0 <= at < len(lines) or not _mend(lines, at, at in tried):
                return None
            tried.add(at)
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return "\n".join(lines) if any(one.strip() not in ("", "pass") for one in lines) else None
    return None


def _mend(lines: list[str], at: int, again: bool) -> bool:
    """Take the fault on a line out: the statement alone, else the function around it; False where neither helps."""
    line = lines[at]
    handler = _HANDLER.match(line)
    if not again and handler is not None:
        lines[at] = f"{handler[1]}except Exception:"
        return True
    if not again and line.strip() and not line.rstrip().endswith((":", ",", "(", "[", "{", "\\")):
        lines[at] = f"{_indent(line)}pass"
        return True
    return _leave_out(lines, at)


def _leave_out(lines: list[str], at: int) -> bool:
    """Leave the innermost function around a line out, with its decorators."""
    start = at
    while start >= 0 and not (_DEFINITION.match(lines[start]) and (start == at or _is_inside(lines, start, at))):
        start -= 1
    if start < 0:
        return False
    indent = _indent(lines[start])
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(_indent(lines[end])) > len(indent)):
        end += 1
    lines[start:end] = [f"{indent}pass", *[""] * (end - start - 1)]
    while start and lines[start - 1].startswith(f"{indent}@"):
        start -= 1
        lines[start] = ""
    return True


def _is_inside(lines: list[str], start: int, at: int) -> bool:
    return not lines[at].strip() or len(_indent(lines[start])) < len(_indent(lines[at]))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
