"""Queries are counted with 3 and with 6 rows: they grow where a mark ran, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import Example, of_cards, of_fixtures
from tests.oracle.runner import require, run

require("django", "sqlalchemy", "fastapi", "flask", "sqlmodel", "aiosqlite")

pytestmark = pytest.mark.once

CODES = {"PW101", "PW102", "PW103", "PW104", "PW105", "PW107", "PW108", "PW109", "PW112", "PW113", "PW114"}
NEEDS = {"PW105": "rest_framework"}
SKIPPED = {
    "query-in-loop-bad-3": "needs a database file",
}
NOT_RUN = {"readings": "needs PostgreSQL"}
EXAMPLES = [one for one in [*of_cards(), *of_fixtures()] if one.code in CODES and one.name not in SKIPPED]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_queries_grow_where_it_is_marked(example: Example, tmp_path: Path) -> None:
    if example.code in NEEDS:
        pytest.importorskip(NEEDS[example.code])
    said = run("rows", example, tmp_path, CODES)
    wrong, ran = [], set()
    for case in said["cases"]:
        if case["case"] in NOT_RUN:
            continue
        small, large = case["counts"]
        ran.update(case["marks"])
        if case["error"]:
            wrong.append(f"{case['case']}: {case['error']}")
        elif (large > small) != bool(case["marks"]):
            wrong.append(f"{case['case']}: {small} and {large} queries, marks {case['marks']}")
    assert said["cases"]
    assert not wrong, "\n" + "\n".join(wrong)
    missing = set(said["marks"]) - ran
    if not any(name in NOT_RUN for name in (case["case"] for case in said["cases"])):
        assert not missing, f"marks that no handler reaches: {sorted(missing)}"
