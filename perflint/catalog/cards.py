"""Cards: what a rule says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perflint.catalog.format import CatalogError, check
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
    body: str
    family: str
    path: Path


CARD_KEYS = {
    "code", "name", "summary", "severity", "max-confidence", "default", "since", "effect", "context", "fix",
    "frameworks", "message", "help", "references", "runs", "yields-to", "near",
}  # fmt: skip


CONTEXTS = ("row", "template-row", "event-loop", "request", "async-handler", "any")


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
            since=data["since"],
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
            body=parts[2].lstrip("\n"),
            family=path.parent.name,
            path=path,
        )
    except KeyError as error:
        raise CatalogError(f"{path}: {error} is missing or not one of the known values") from error
    if card.context not in CONTEXTS:
        raise CatalogError(f"{path}: context {card.context!r} is not one of {', '.join(CONTEXTS)}")
    return card
