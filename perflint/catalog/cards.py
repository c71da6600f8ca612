"""Cards: what a rule says."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from perflint.catalog.format import CatalogError, check, located
from perflint.config import nearest
from perflint.core.finding import Confidence, Severity


@dataclass(frozen=True, slots=True)
class Card:
    """One rule: everything a person reads about it, and what the engine matches."""

    code: str
    name: str
    summary: str
    severity: Severity
    max_confidence: Confidence
    default: bool
    since: str
    effect: tuple[str, ...]
    context: str
    fix: str
    frameworks: tuple[str, ...]
    message: str
    help: str
    references: tuple[str, ...]
    runs: str
    yields_to: tuple[str, ...]
    near: int | None
    also: tuple[str, ...]
    body: str
    family: str
    path: Path


CARD_KEYS = {
    "code", "name", "summary", "severity", "max-confidence", "default", "since", "effect", "context", "fix",
    "frameworks", "message", "help", "references", "runs", "yields-to", "near", "also",
}  # fmt: skip


CONTEXTS = ("row", "template-row", "serializer-row", "listing-row", "event-loop", "request", "async-handler", "any")


PLACEHOLDERS = frozenset("callee expression symbol route relation model row async via times bulk".split())
"""What a message may be filled with, in braces."""

_OWN_CODE = re.compile(r"(?!PW)[A-Z]{1,8}[0-9]{1,4}")


def read_own_card(path: Path, kinds: Set[str]) -> Card:
    """Read a user's card, whose effects are among `kinds`. Raises CatalogError naming file, line and key."""
    try:
        card = read_card(path)
    except (CatalogError, OSError, TypeError, AttributeError, ValueError) as error:
        raise located(error, path) from error
    if not _OWN_CODE.fullmatch(card.code):
        told = f"code {card.code!r} must be capitals and digits, as in BILL001, and not begin with PW"
        raise located(CatalogError(told, "code"), path)
    for kind in card.effect:
        if kind not in kinds:
            raise located(CatalogError(f"unknown effect {kind!r}{nearest(kind, kinds)}", kind), path)
    for key, text in (("message", card.message), ("help", card.help)):
        for word in re.findall(r"\{(\w*)\}", text):
            if word not in PLACEHOLDERS:
                told = f"{key}: unknown placeholder {{{word}}}{nearest(word, PLACEHOLDERS)}"
                raise located(CatalogError(told, word), path)
    return card


def read_card(path: Path) -> Card:
    """Read one card. Raises CatalogError with the file and the key that is wrong."""
    import tomli

    text = path.read_text(encoding="utf-8")
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise CatalogError(f"{path}: a card starts with front matter between two +++ lines")
    try:
        data = tomli.loads(parts[1])
    except tomli.TOMLDecodeError as error:
        raise CatalogError(f"{path}: {error}") from error
    check(data, CARD_KEYS, str(path))
    try:
        card = Card(
            code=data["code"],
            name=data["name"],
            summary=data["summary"],
            severity=Severity[data["severity"].upper()],
            max_confidence=Confidence[data.get("max-confidence", "high").upper()],
            default=data.get("default", "on") == "on",
            since=data.get("since", ""),
            effect=tuple(data.get("effect", ())),
            context=data["context"],
            fix=data.get("fix", "none"),
            frameworks=tuple(data.get("frameworks", ())),
            message=data["message"],
            help=data["help"],
            references=tuple(data.get("references", ())),
            runs=data.get("runs", ""),
            yields_to=tuple(data.get("yields-to", ())),
            near=data.get("near"),
            also=tuple(data.get("also", ())),
            body=parts[2].lstrip("\n"),
            family=path.parent.name,
            path=path,
        )
    except KeyError as error:
        raise CatalogError(f"{path}: {error} is missing or not one of the known values", str(error.args[0])) from error
    for key, context in (("context", card.context), *[("also", one) for one in card.also]):
        if context not in CONTEXTS:
            raise CatalogError(f"{path}: context {context!r} is not one of {', '.join(CONTEXTS)}", key)
    return card
