"""Finds, reads and checks `rules/`: cards (what a rule says) and packs (what libraries cost).

The only room that knows where the data is. The formats are described in `rules/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from perflint.catalog.cards import Card, read_card
from perflint.catalog.compiling import RawPack, compile_pack, read_pack
from perflint.catalog.format import CatalogError, rules_dir
from perflint.catalog.packs import (
    Packs,
)


@dataclass
class Catalog:
    """All cards, and packs on demand."""

    root: Path
    extra_packs: tuple[Path, ...] = ()

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Every card by code."""
        found = [read_card(path) for path in sorted((self.root / "cards").rglob("*.md"))]
        by_code = {card.code: card for card in sorted(found, key=lambda card: card.code)}
        if len(by_code) != len(found):
            raise CatalogError("two cards share a code")
        return by_code

    @cached_property
    def raw_packs(self) -> dict[str, RawPack]:
        """Every pack file by library name, not compiled."""
        paths = [*sorted((self.root / "packs").glob("*.toml")), *self.extra_packs]
        return {raw.name: raw for raw in map(read_pack, paths)}

    def packs(self, imported: Iterable[str] | None = None) -> Packs:
        """The packs for files that import these top-level modules; all of them for None.

        The standard library's pack always loads: its builtins need no import.
        """
        wanted = None if imported is None else {*imported, "builtins"}
        chosen: dict[str, RawPack] = {}

        def choose(raw: RawPack) -> None:
            if raw.name in chosen:
                return
            chosen[raw.name] = raw
            for need in raw.needs:
                if need not in self.raw_packs:
                    raise CatalogError(f"{raw.path}: needs {need!r}, and there is no such pack")
                choose(self.raw_packs[need])

        for raw in self.raw_packs.values():
            if wanted is None or not wanted.isdisjoint(raw.imports):
                choose(raw)
        packs = Packs()
        for name in sorted(chosen):
            compile_pack(chosen[name], packs)
        return packs


def load(extra_packs: Iterable[Path] = ()) -> Catalog:
    """The catalog of this installation, with the user's own packs added."""
    return Catalog(rules_dir(), tuple(extra_packs))
