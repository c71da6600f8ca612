"""Transactions that are committed for each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

HEAD = """
import sqlite3
import time
import requests
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from django.db import transaction
app = Flask(__name__)
db = SQLAlchemy(app)
"""


def loop(*lines: str, takes: str = "session: Session, rows", head: str = "for row in rows:") -> str:
    return f"def f({takes}):\n    {head}\n" + "".join(f"        {line}\n" for line in lines)


COMMITS = {
    "a session": loop("row.state = 1", "session.commit()  # <- PW112"),
    "an awaited session": "async "
    + loop("row.state = 1", "await session.commit()  # <- PW112", takes="session: AsyncSession, rows"),
    "a connection": (
        "def f(rows):\n    connection = sqlite3.connect('a')\n    for row in rows:\n"
        "        connection.execute('INSERT INTO a VALUES (?)', row)\n        connection.commit()  # <- PW112\n"
    ),
    "the application's session": loop("row.state = 1", "db.session.commit()  # <- PW112", takes="rows"),
    "a helper that commits it": "def keep(row):\n    row.state = 1\n    db.session.commit()\n"
    + loop("keep(row)  # <- PW112", takes="rows"),
    "a helper that commits what it is given": "def keep(session: Session, row):\n    session.commit()\n"
    + loop("keep(session, row)"),
    "a session of its own": loop("with Session() as session:", "    session.commit()", takes="rows"),
    "a helper with a session of its own": "def keep(row):\n    with Session() as session:\n        session.commit()\n"
    + loop("keep(row)", takes="rows"),
    "the row's own session": loop("row.session.commit()", takes="rows: list[Session]"),
    "a failure is caught": loop("try:", "    session.commit()", "except ValueError:", "    session.rollback()"),
    "another server is called": loop("requests.post('http://a', timeout=1)", "session.commit()"),
    "the loop waits": loop("time.sleep(1)", "session.commit()"),
    "a batch": loop("if number % 500 == 0:", "    session.commit()", head="for number, row in enumerate(rows):"),
    "a batch in each round": loop(
        "for number, one in enumerate(row):",
        "    if number % 500 == 0:",
        "        session.commit()",
        "session.commit()",
    ),
    "chunks": loop("session.commit()", head="for at in range(0, len(rows), 500):"),
    "a few": loop("session.commit()", head="for row in ('a', 'b'):"),
    "while there is more": loop("session.commit()", head="while rows:"),
    "on the way out": loop("if row:", "    session.commit()", "    return"),
    "savepoints": loop("with session.begin_nested():", "    row.state = 1"),
    "a block": loop("with transaction.atomic():", "    row.save()"),
    "a flush": loop("session.flush()"),
    "after the loop": loop("row.state = 1") + "    session.commit()\n",
}


@pytest.mark.parametrize("text", cases(COMMITS))
def test_a_commit_for_each_row(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, HEAD + text, "PW112")
