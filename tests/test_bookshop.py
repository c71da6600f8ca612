"""The example is linted as a user lints it, and every finding stands where the example says."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint import catalog
from tests.marked import difference, findings, marks

BOOKSHOP = Path(__file__).resolve().parent.parent / "examples" / "bookshop"

SHOWN = {
    *("PW101", "PW102", "PW201", "PW202", "PW203", "PW204", "PW205", "PW206", "PW216", "PW301", "PW302"),
    *("PW401", "PW402", "PW403", "PW404", "PW405", "PW406", "PW407", "PW602"),
}
"""The rules that the example is there to show."""


def test_finds_the_marked_lines_and_nothing_else() -> None:
    assert not (text := difference(marks(BOOKSHOP), findings(BOOKSHOP))), "\n" + text


def test_shows_every_rule_it_is_there_to_show() -> None:
    assert {code for _, _, code in marks(BOOKSHOP)} == SHOWN


@pytest.mark.parametrize("code", sorted(SHOWN))
def test_shows_rules_that_exist_and_are_on(code: str) -> None:
    assert catalog.load().cards[code].default


def test_lists_every_mistake_in_its_readme() -> None:
    text = (BOOKSHOP / "README.md").read_text(encoding="utf-8")
    assert not {code for code in SHOWN if code not in text}
