"""Counts the queries of every function `f` of the modules `case_*.py` of a folder, with 3 and with 6 rows.

Run: python -m tests.oracle.orms FOLDER LIBRARY
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

SIZES = (3, 6)


class Counter(logging.Handler):
    """Statements that a library logs."""

    number = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        Counter.number += 1


def count(logger: str) -> None:
    """Count what a library writes to its log from now on: a line for each statement."""
    log = logging.getLogger(logger)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(Counter())


def rows_of(model: str, size: int) -> list[dict[str, Any]]:
    """Rows of a model's columns: each points to the row of its own number, and author 1 has as many books again."""
    names = {"Book": "title", "Review": "text", "Cover": "color"}
    found = []
    for number in range(1, (2 * size if model == "Book" else size) + 1):
        near, first = (number, number) if number <= size else (number - size, 1)
        keys = {
            "Author": {"publisher_id": near},
            "Book": {"author_id": first, "editor_id": near, "parent_id": near},
            "Review": {"book_id": near},
            "Cover": {"book_id": near},
        }
        found.append({"id": number, names.get(model, "name"): f"{model} {number}", **keys.get(model, {})})
    return found


def peewee(models: ModuleType, cases: list[ModuleType]) -> dict[str, list[int]]:
    """Every case on Peewee."""
    names = ["Publisher", "Author", "Tag", "Book", "Note", "Link", "Review"]
    through = models.Book.tags.get_through_model()
    tables = [getattr(models, name) for name in names] + [through]

    def run(case: ModuleType, size: int) -> int:
        models.db.drop_tables(tables)
        models.db.create_tables(tables)
        for name in names:
            more = {"Book": {"key_id": 1}, "Link": {"review_id": 1}}
            for row in rows_of(name, size):
                getattr(models, name).insert(row | more.get(name, {})).execute()
        for number in range(1, size + 1):
            through.insert(book_id=number, tag_id=number).execute()
        Counter.number = 0
        case.f()
        return Counter.number

    count("peewee")
    return {case.__name__: [run(case, size) for size in SIZES] for case in cases}


def sqlalchemy(models: ModuleType, cases: list[ModuleType]) -> dict[str, list[int]]:
    """Every case on SQLAlchemy."""
    from sqlalchemy import insert

    names = ["Publisher", "Author", "Book", "Review"]

    def run(case: ModuleType, size: int) -> int:
        models.Base.metadata.drop_all(models.engine)
        models.Base.metadata.create_all(models.engine)
        with models.engine.begin() as connection:
            for name in names:
                for row in rows_of(name, size):
                    more = {"founder_id": row["id"]} if name == "Publisher" else {}
                    connection.execute(insert(getattr(models, name)).values(**row, **more))
        Counter.number = 0
        case.f()
        return Counter.number

    listen(models.engine)
    return {case.__name__: [run(case, size) for size in SIZES] for case in cases}


def listen(engine: Any) -> None:
    """Count the statements that an engine of SQLAlchemy sends."""
    from sqlalchemy import event

    @event.listens_for(engine, "before_cursor_execute")
    def sent(*given: Any) -> None:
        Counter.number += 1


def tortoise(models: ModuleType, cases: list[ModuleType]) -> dict[str, list[int]]:
    """Every case on Tortoise."""
    from tortoise import Tortoise

    names = ["Publisher", "Author", "Tag", "Book", "Review", "Cover"]

    async def run(case: ModuleType, size: int) -> int:
        await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["shop.models"]})
        await Tortoise.generate_schemas()
        for name in names:
            for row in rows_of(name, size):
                await getattr(models, name).create(**row)
        for number in range(1, size + 1):
            await (await models.Book.get(id=number)).tags.add(await models.Tag.get(id=number))
        Counter.number = 0
        try:
            await case.f()
            return Counter.number
        finally:
            await Tortoise.close_connections()

    async def run_all() -> dict[str, list[int]]:
        return {case.__name__: [await run(case, size) for size in SIZES] for case in cases}

    count("tortoise.db_client")
    return asyncio.run(run_all())


def main(root: Path, library: str) -> None:
    """Print what each case cost as JSON."""
    sys.path.insert(0, str(root))
    models = importlib.import_module("shop.models")
    cases = [importlib.import_module(path.stem) for path in sorted(root.glob("case_*.py"))]
    runners: dict[str, Callable[[ModuleType, list[ModuleType]], dict[str, list[int]]]] = {
        "peewee": peewee,
        "sqlalchemy": sqlalchemy,
        "tortoise": tortoise,
    }
    try:
        print(json.dumps(runners[library](models, cases)), flush=True)
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # whatever threads a driver left behind


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
