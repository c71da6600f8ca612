"""The examples of `tests/test_orms.py` and `tests/test_sqlalchemy.py` on SQLite, with 3 and with 6 rows.

Queries grow where a line is marked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import test_orms, test_sqlalchemy
from tests.engine import files_of, write
from tests.marked import MARK
from tests.oracle.runner import REPOSITORY, require

require("peewee", "sqlalchemy", "tortoise", "aiosqlite")

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("library", "models", "head", "cases", "not_run"),
    [
        ("peewee", test_orms.PEEWEE, test_orms.PEEWEE_HEAD, test_orms.PEEWEE_CASES, set[str]()),
        ("sqlalchemy", test_sqlalchemy.MODELS, test_sqlalchemy.HEAD, test_sqlalchemy.CASES, set[str]()),
        ("tortoise", test_orms.TORTOISE, test_orms.TORTOISE_HEAD, test_orms.TORTOISE_CASES, set[str]()),
    ],
    ids=["peewee", "sqlalchemy", "tortoise"],
)
def test_queries_grow_where_it_is_marked(
    library: str, models: str, head: str, cases: Mapping[str, str], not_run: set[str], tmp_path: Path
) -> None:
    names = {f"case_{number:03}": name for number, name in enumerate(cases) if name not in not_run}
    root = write(tmp_path, files_of(models) | {f"{file}.py": head + cases[name] for file, name in names.items()})
    ended = subprocess.run(
        [sys.executable, "-m", "tests.oracle.orms", str(root), library],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    counts = json.loads(ended.stdout.splitlines()[-1])
    wrong = [
        f"{names[file]}: {small} and {large} queries"
        for file, (small, large) in counts.items()
        if (large > small) != any(MARK.search(line) for line in cases[names[file]].split("\n"))
    ]
    assert len(counts) == len(names)
    assert not wrong, "\n" + "\n".join(wrong)
