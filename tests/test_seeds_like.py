"""Guides in Markdown are linted as documents: their blocks share names, and names that every reader knows are known."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.marked import Places, difference, findings, marks

DOCUMENTS = Path(__file__).resolve().parent / "fixtures" / "documents"
NAMES = sorted(file.name for file in DOCUMENTS.glob("*.md"))


def expected_in(name: str) -> Places:
    """What the comments in one document expect."""
    return marks(DOCUMENTS, [DOCUMENTS / name])


@pytest.mark.parametrize("name", NAMES)
def test_finds_the_marked_lines_and_nothing_else(name: str) -> None:
    assert expected_in(name)
    assert not (text := difference(expected_in(name), findings(DOCUMENTS, name))), "\n" + text


def test_reads_other_files_as_markdown_when_told_to(tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copy(DOCUMENTS / name, tmp_path / name.replace(".md", ".txt"))
    expected = sum((expected_in(name) for name in NAMES), start=Places())
    renamed = Places({(file.replace(".md", ".txt"), line, code): n for (file, line, code), n in expected.items()})
    found = findings(tmp_path, "--extension", "txt:markdown", ".")
    assert not (text := difference(renamed, found)), "\n" + text


def test_leaves_markdown_alone_in_folders(tmp_path: Path) -> None:
    shutil.copytree(DOCUMENTS, tmp_path / "docs")
    (tmp_path / "app.py").write_text("VALUE = 1\n", encoding="utf-8")
    assert not findings(tmp_path)
