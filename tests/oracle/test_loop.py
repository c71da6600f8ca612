"""The event loop's longest stall is measured: it stalls where a mark ran, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.examples import Example, of_cards, of_fixtures
from tests.oracle.runner import require, run

require("django", "sqlalchemy", "fastapi", "aiohttp", "httpx", "redis", "boto3", "openai", "aiosqlite", "aiofiles")

pytestmark = pytest.mark.once

CODES = {"PW201", "PW202", "PW203", "PW204", "PW205", "PW206", "PW207", "PW208", "PW209"}
STALL = 0.18
"""Servers, files and statements take 0.2 s, and none less. A loop that does nothing else is late by less."""
EXAMPLES = [one for one in [*of_cards(), *of_fixtures()] if one.code in CODES]
NOT_REACHED = {
    "blocking-file-io-in-async-bad-2": "needs an upload",
    "blocking-sleep-in-async-bad_frameworks": "needs a WebSocket",
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_loop_stalls_where_it_is_marked(example: Example, tmp_path: Path) -> None:
    said = run("loop", example, tmp_path, CODES)
    wrong, ran = [], set()
    for case in said["cases"]:
        ran.update(case["marks"])
        if (case["gap"] > STALL) != bool(case["marks"]):
            wrong.append(f"{case['case']}: a gap of {case['gap']} s, marks {case['marks']} {case['error']}")
    assert not wrong, "\n" + "\n".join(wrong)
    missing = set(said["marks"]) - ran
    assert not missing or example.name in NOT_REACHED, f"marks that no case reaches: {sorted(missing)}"


HANDLERS = [one for one in [*of_cards(), *of_fixtures()] if one.code == "PW216" and not one.good]


@pytest.mark.parametrize("example", HANDLERS, ids=lambda example: example.name)
def test_async_handlers_stall_and_plain_ones_do_not(example: Example, tmp_path: Path) -> None:
    plain = tuple((name, re.sub(r"async (def .*# <- PW216)", r"\1", text)) for name, text in example.files)
    mended = Example(example.code, example.name, True, plain)
    for shown, stalls in ((example, True), (mended, False)):
        said = run("loop", shown, tmp_path / str(stalls), {"PW216"})
        ran = [case for case in said["cases"] if case["marks"]]
        assert {mark for case in ran for mark in case["marks"]} == set(said["marks"])
        assert [case["case"] for case in ran if (case["gap"] > STALL) != stalls] == []
