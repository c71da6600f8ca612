"""Finds, reads and checks `rules/`: cards (what a rule says) and packs (what libraries cost).

The only room that knows where the data is. The formats are described in `rules/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from perflint.catalog.cards import Card, read_card, read_own_card
from perflint.catalog.compiling import EFFECTS, RawPack, compile_own_pack, compile_pack, read_own_pack, read_pack
from perflint.catalog.format import CatalogError, rules_dir
from perflint.catalog.packs import Packs


@dataclass
class Catalog:
    """All cards, and packs on demand; the user's own beside the shipped ones."""

    root: Path
    extra_packs: tuple[Path, ...] = ()
    extra_cards: tuple[Path, ...] = ()

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Every card by code. Raises CatalogError for one that does not follow the format."""
        found = list(_shipped_cards(self.root))
        if self.extra_cards:
            declared = [raw.data["library"].get("effects", ()) for raw in self.raw_packs.values()]
            kinds = EFFECTS.union(*[card.effect for card in found], *declared)
            found += [read_own_card(path, kinds) for path in self.extra_cards]
        by_code: dict[str, Card] = {}
        for card in sorted(found, key=lambda card: card.code):
            if card.code in by_code:
                raise CatalogError(f"{card.path}: {card.code} is the code of {by_code[card.code].path} as well")
            by_code[card.code] = card
        return by_code

    @cached_property
    def raw_packs(self) -> dict[str, RawPack]:
        """Every pack file by library name, not compiled. Raises CatalogError for one that cannot be read."""
        found = {raw.name: raw for raw in _shipped_packs(self.root)}
        for raw in map(read_own_pack, self.extra_packs):
            if raw.name in found:
                raise CatalogError(f"{raw.path}: there is a pack {raw.name!r} already, {found[raw.name].path}")
            found[raw.name] = raw
        return found

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
            if wanted is None or raw.own or not wanted.isdisjoint(raw.imports):
                choose(raw)
        packs = Packs()
        for name in sorted(chosen):
            if chosen[name].own:
                compile_own_pack(chosen[name], packs)
            else:
                compile_pack(chosen[name], packs)
        return packs


@cache
def _shipped_cards(root: Path) -> tuple[Card, ...]:
    return tuple(read_card(path) for path in sorted((root / "cards").rglob("*.md")))


@cache
def _shipped_packs(root: Path) -> tuple[RawPack, ...]:
    """The packs of an installation: they stay the same while a process runs, a user's may not."""
    return tuple(read_pack(path) for path in sorted((root / "packs").glob("*.toml")))


def load(extra_packs: Iterable[str] = (), extra_cards: Iterable[str] = ()) -> Catalog:
    """The catalog of this installation, with the user's own packs and cards (files, or folders of them) added."""
    return Catalog(rules_dir(), tuple(_files(extra_packs, "*.toml")), tuple(_files(extra_cards, "*.md")))


def _files(paths: Iterable[str], pattern: str) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(path.rglob(pattern))
        else:
            yield path
