"""Whole small applications are linted as a user lints them, and every finding stands where their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.marked import difference, findings, marks

PROJECTS = Path(__file__).resolve().parent / "fixtures" / "projects"
NAMES = sorted(folder.name for folder in PROJECTS.iterdir() if not folder.name.startswith((".", "_")))


@pytest.mark.parametrize("name", NAMES)
def test_finds_the_marked_lines_and_nothing_else(name: str) -> None:
    expected = marks(PROJECTS / name)
    assert expected
    assert not (text := difference(expected, findings(PROJECTS / name))), "\n" + text
