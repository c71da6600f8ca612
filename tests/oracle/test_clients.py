"""Constructions are counted per request: something is built where a mark ran, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import Example, of_cards, of_fixtures
from tests.oracle.runner import require, run

require("fastapi", "flask", "aiohttp", "httpx", "requests", "redis", "boto3", "openai", "pymongo", "psycopg", "asyncpg")
require("psycopg_pool", "sqlalchemy", "aiosqlite", "celery")

pytestmark = pytest.mark.once

CODES = {"PW401", "PW402", "PW403", "PW404", "PW409"}
SKIPPED = {"sdk-client-per-request-bad-1": "needs MongoDB"}
EXAMPLES = [one for one in [*of_cards(), *of_fixtures()] if one.code in CODES and one.name not in SKIPPED]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_builds_where_it_is_marked(example: Example, tmp_path: Path) -> None:
    said = run("clients", example, tmp_path, {example.code})
    wrong, ran = [], set()
    for case in said["cases"]:
        ran.update(case["marks"])
        if (min(case["built"]) > 0) != bool(case["marks"]) or (not case["marks"] and max(case["built"])):
            wrong.append(f"{case['case']}: built {case['built']}, marks {case['marks']} {case['error']}")
    assert not wrong, "\n" + "\n".join(wrong)
    missing = set(said["marks"]) - ran
    assert not missing, f"marks that no route reaches: {sorted(missing)}"
