"""The fixtures of each rule are linted: what is marked is found, and nothing else of that rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint.catalog.cards import Card
from tests.examples import Example, cases, fixture_rules, lint, of_fixtures, only
from tests.marked import difference, marks

EXAMPLES = of_fixtures()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_fixture(example: Example, tmp_path: Path) -> None:
    root = example.write(tmp_path)
    expected = marks(root)
    codes = {example.code, *(code for _, _, code in expected)}
    assert any(code == example.code for _, _, code in expected) != example.good
    assert not (text := difference(expected, only(lint(root), codes))), "\n" + text


@pytest.mark.parametrize("card", fixture_rules(), ids=lambda card: card.name)
def test_shows_more_silence_than_findings(card: Card) -> None:
    examples = [one for one in EXAMPLES if one.code == card.code]
    hits = sum(text.count(f"<- {card.code}") for one in examples for _, text in one.files)
    assert sum(cases(one) for one in examples if one.good) >= hits
