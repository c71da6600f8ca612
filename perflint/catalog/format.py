"""Where the data lies, and how a fault in it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from perflint.config import nearest

MARKER = "README.md"


class CatalogError(Exception):
    """A card or pack that does not follow the format. The text names file and key; `key` is what to look for there."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def located(error: Exception, path: Path) -> CatalogError:
    """A fault in a user's file, with the line that it stands in where one can be named."""
    if isinstance(error, KeyError):
        error = CatalogError(f"{error} is missing")
    elif not isinstance(error, CatalogError):
        error = CatalogError(f"a value has the wrong type ({error})")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    word = re.compile(rf"(?<![\w-]){re.escape(error.key)}(?![\w-])")
    at = next((f":{number}" for number, line in enumerate(lines, 1) if error.key and word.search(line)), "")
    message = str(error).removeprefix(str(path)).removeprefix(path.name).lstrip(": ")
    return CatalogError(f"{path}{at}: {message}", error.key)


def rules_dir() -> Path:
    """The folder of cards and packs: shipped inside the package, else the checkout's sibling folder.

    The sibling counts only if its marker file is there, so that a stranger's `rules` package is never read.
    """
    here = Path(__file__).resolve().parent.parent
    for candidate in (here / "_rules", here.parent / "rules"):
        if (candidate / MARKER).is_file() and (candidate / "packs").is_dir():
            return candidate
    raise CatalogError(f"the rules folder is missing beside {here}: reinstall perflint")


def check(table: Mapping[str, Any], known: Set[str], where: str, what: str = "key") -> None:
    """Raise CatalogError naming the first key that the format does not have."""
    unknown = sorted(table.keys() - known)
    if unknown:
        raise CatalogError(f"{where}: unknown {what} {unknown[0]!r}{nearest(unknown[0], known)}", unknown[0])
