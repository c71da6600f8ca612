"""Where the data lies, and how a fault in it is told."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

MARKER = "README.md"


class CatalogError(Exception):
    """A card or pack that does not follow the format. The text names file and key."""


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
        raise CatalogError(f"{where}: unknown {what} {unknown[0]!r}")
