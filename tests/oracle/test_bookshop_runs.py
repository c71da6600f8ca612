"""The bookshop runs for real: its pages answer, and the marked ones, no others, ask more of a bigger shop."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.marked import marked_functions

for library in (
    "aiosqlite",
    "anyio",
    "boto3",
    "celery",
    "django",
    "fakeredis",
    "fastapi",
    "httpx",
    "requests",
    "uvicorn",
):
    pytest.importorskip(library)

HERE = Path(__file__).resolve().parent
BOOKSHOP = HERE.parent.parent / "examples" / "bookshop"

MODULES = {
    "django": ("catalog/views.py", "catalog/feeds.py", "catalog/tasks.py"),
    "api": ("api/books.py", "api/live.py"),
}
MENDED = {
    "django": {
        *("PhotographerDirectory", "reading_lists", "cart_total", "bestsellers", "on_sale", "genre_index", "top_rated"),
        *("praise_digest", "book-list", "book_page", "single_card", "author_ids"),
    },
    "api": {"oldest", "scarce", "houses", "reviewers", "stars_grouped", "bylines", "by_isbn", "page"},
}
"""Pages that show what a marked page shows and ask the same number of queries, however many books there are."""


@cache
def shop(rows: int) -> dict[str, dict[str, dict[str, int]]]:
    """Side, page, and what it answered in a shop of so many books."""
    run = subprocess.run(
        [sys.executable, str(HERE / "probes" / "bookshop.py"), str(rows)],
        cwd=BOOKSHOP,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert run.returncode == 0, run.stderr
    pages: dict[str, dict[str, dict[str, int]]] = json.loads(run.stdout)
    return pages


def growing(side: str) -> set[str]:
    """The pages that took more queries for six books than for three."""
    few, many = shop(3)[side], shop(6)[side]
    return {page for page in few if many[page]["queries"] > few[page]["queries"]}


@pytest.mark.parametrize("side", ["django", "api"])
def test_every_page_answers(side: str) -> None:
    bad = {page: answer["status"] for page, answer in shop(3)[side].items() if answer["status"] not in (200, 302)}
    assert not bad


@pytest.mark.parametrize("side", ["django", "api"])
def test_the_marked_pages_and_no_others_grow_with_the_shop(side: str) -> None:
    marked = set().union(*(marked_functions(BOOKSHOP / module, ("PW101", "PW102")) for module in MODULES[side]))
    assert growing(side) == marked


@pytest.mark.parametrize("side", ["django", "api"])
def test_the_mended_pages_take_as_many_queries_for_six_books_as_for_three(side: str) -> None:
    few, many = shop(3)[side], shop(6)[side]
    assert {page: many[page]["queries"] for page in MENDED[side]} == {
        page: few[page]["queries"] for page in MENDED[side]
    }
