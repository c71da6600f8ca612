"""The projects run for real: their pages answer, and the marked ones, no others, ask more of a bigger database."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.marked import marked_functions

for library in ("aiohttp", "aiosqlite", "fastapi", "flask_sqlalchemy", "httpx", "requests", "sqlmodel"):
    pytest.importorskip(library)

HERE = Path(__file__).resolve().parent
PROJECTS = HERE.parent / "fixtures" / "projects"

GROWING = {
    "flask_sqlalchemy_blog": {"index", "labels", "tags", "counts", "export", "WriterList"},
    "fastapi_sqlmodel": {"heroes", "hero_teams", "journeys", "busy"},
    "aiohttp_service": {"latest"},
}
"""The pages that a mark of PW101 or PW102 is about: every other page takes the same number of queries."""

MARKED = {
    "flask_sqlalchemy_blog": ("blog/views.py", GROWING["flask_sqlalchemy_blog"]),
    "fastapi_sqlmodel": ("heroes/main.py", {"heroes", "hero_teams", "HeroRepository"}),
    "aiohttp_service": ("telemetry/app.py", {"Telemetry"}),
}


@cache
def project(name: str, rows: int) -> dict[str, dict[str, int]]:
    """What each page answered with so many rows."""
    run = subprocess.run(
        [sys.executable, str(HERE / "probes" / "projects.py"), name, str(rows)],
        cwd=PROJECTS / name,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert run.returncode == 0, run.stderr
    pages: dict[str, dict[str, int]] = json.loads(run.stdout)
    return pages


@pytest.mark.parametrize("name", sorted(GROWING))
def test_every_page_answers(name: str) -> None:
    assert {answer["status"] for answer in project(name, 3).values()} == {200}


@pytest.mark.parametrize("name", sorted(GROWING))
def test_the_marked_pages_and_no_others_grow_with_the_database(name: str) -> None:
    few, many = project(name, 3), project(name, 6)
    assert {page for page in few if many[page]["queries"] > few[page]["queries"]} == GROWING[name]


@pytest.mark.parametrize("name", sorted(GROWING))
def test_the_marks_stand_in_the_pages_that_grow(name: str) -> None:
    module, functions = MARKED[name]
    assert marked_functions(PROJECTS / name / module, ("PW101", "PW102")) == functions
