"""The Python in Markdown documents, at its lines."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence

_FENCE = re.compile(
    r"(?P<indent>[ \t]*)(?P<item>(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>.*)", re.DOTALL
)
_PYTHON = frozenset(("python", "py", "python3"))
# ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT; `ast` itself is imported by perflint.facts alone.
_PARSE_ONLY = 0x400 | 0x2000


def python_of_markdown(text: str) -> str:
    """The Python blocks of a Markdown document at their lines, all else blank.

    A block in an indented fence is dedented. A block that is no Python by itself (an excerpt, a session) is blanked.
    """
    lines = text.split("\n")
    kept = [""] * len(lines)
    start = 0
    while start < len(lines):
        opening = _opening(lines[start])
        if opening is None:
            start += 1
            continue
        indent, fence, info = opening
        end = start + 1
        while end < len(lines) and not _closes(lines[end], fence):
            end += 1
        if _is_python(info):
            block = [_dedent(line, indent) for line in lines[start + 1 : end]]
            if _parses(block) or _parses(block := _dedent_all(block)):
                kept[start + 1 : end] = block
        start = end + 1
    return "\n".join(kept)


def _opening(line: str) -> tuple[str, str, str] | None:
    """The indent, fence and info string of a line that opens a block."""
    match = _FENCE.match(line)
    if match is None or (match["fence"][0] == "`" and "`" in match["info"]):
        return None
    return match["indent"] + " " * len(match["item"] or ""), match["fence"], match["info"]


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and not stripped.strip(fence[0])


def _is_python(info: str) -> bool:
    # ```python title="x", ```py,ignore, ```{python} and MyST's ```{code-block} python all say Python.
    words = re.split(r"[\s,{}]+", info.strip().lower())
    words = [word.lstrip(".") for word in words if word]
    if words and words[0] in {"code-block", "code-cell", "code", "sourcecode"}:
        words = words[1:]
    return bool(words) and words[0] in _PYTHON


def _dedent(line: str, indent: str) -> str:
    if line.startswith(indent):
        return line[len(indent) :]
    return line.lstrip(" \t") if not line[: len(indent)].strip() else line


def _dedent_all(block: Sequence[str]) -> list[str]:
    filled = [line for line in block if line.strip()]
    margins = [line[: len(line) - len(line.lstrip(" \t"))] for line in filled]
    margin = min(margins, key=len, default="")
    if not all(one.startswith(margin) for one in margins):  # tabs here, spaces there
        return list(block)
    return [line[len(margin) :] if line.strip() else "" for line in block]


def _parses(block: Sequence[str]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in an example is not for our user's terminal
            compile("\n".join(block) + "\n", "<block>", "exec", _PARSE_ONLY, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def column_shifts(markdown: str, python: str) -> Callable[[int], int]:
    """How many characters `python_of_markdown` took off the front of a line (from 1)."""
    before, after = markdown.split("\n"), python.split("\n")

    def shift(line: int) -> int:
        if not 1 <= line <= len(after) or not after[line - 1]:
            return 0
        return len(before[line - 1]) - len(after[line - 1])

    return shift
