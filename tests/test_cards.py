"""Each card says what its rule does, and its examples are linted: the bad ones are found, the good ones are silent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perflint import catalog
from perflint.catalog.cards import Card
from tests.examples import SECTIONS, Example, cases, lint, of_card, of_cards, only, sections
from tests.marked import difference, marks

REPOSITORY = Path(__file__).resolve().parent.parent
VARIABLES = {"callee", "expression", "symbol", "route", "relation", "model", "row", "async", "via", "times", "bulk"}
EXAMPLES = of_cards()
CARDS = sorted(catalog.load().cards.values(), key=lambda card: card.code)


def names(card: Card) -> str:
    """The name of a test's parameter."""
    return card.name


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_front_matter(card: Card) -> None:
    assert re.fullmatch(r"PW\d{3}", card.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", card.name)
    assert card.path.stem == card.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", card.since)
    assert card.fix in ("safe", "unsafe", "none")
    assert card.runs in ("", "thread", "loop")
    for text in (card.summary, card.message, card.help):
        assert text
        assert not text.endswith(".")
        assert "\n" not in text
    assert card.references
    assert all(one.startswith("https://") for one in card.references)


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_templates_name_known_variables(card: Card) -> None:
    for text in (card.message, card.help):
        assert set(re.findall(r"{(\w*)}", text)) <= VARIABLES
    assert re.sub(r"{\w+}", "", card.message).count("{") == 0


def test_codes_and_names_are_unique() -> None:
    assert len({card.code for card in CARDS}) == len({card.name for card in CARDS}) == len(CARDS)


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_sections(card: Card) -> None:
    found = sections(card)
    assert tuple(title for title, _ in found) == SECTIONS
    assert all(text.strip() for _, text in found)
    assert not card.body.split("## ")[0].strip()


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_says_how_its_number_was_measured(card: Card) -> None:
    text = " ".join(dict(sections(card))["Why it is slow"].split())
    if card.family == "run":
        return
    assert re.search(r"\d+(\.\d+)? (ms|s|µs|MB)\b", text)
    scripts = re.findall(r"`python ([\w/]+\.py)`", text)
    assert scripts
    assert all((REPOSITORY / script).is_file() for script in scripts)


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_shows_more_silence_than_findings(card: Card) -> None:
    examples = of_card(card)
    hits = sum(text.count(f"<- {card.code}") for one in examples if not one.good for _, text in one.files)
    assert hits
    assert sum(cases(one) for one in examples if one.good) >= hits


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example, tmp_path: Path) -> None:
    root = example.write(tmp_path)
    expected = only(marks(root), {example.code})
    assert bool(expected) != example.good
    assert not (text := difference(expected, only(lint(root), {example.code}))), "\n" + text
