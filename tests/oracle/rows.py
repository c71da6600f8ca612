"""Counts the queries of every handler of an example with 3 and with 6 rows.

Run: python -m tests.oracle.rows FOLDER CODES
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.oracle.support import (
    Marks,
    displays,
    fill,
    is_django,
    modules,
    set_up_django,
    uses,
    view_arguments,
    view_request,
    views,
)

SIZES = (3, 6)


class Counter:
    """Statements sent since the last time."""

    number = 0


def main(root: Path, codes: list[str]) -> None:
    """Print what each handler cost as JSON."""
    marks = Marks(root, codes)
    sys.path.insert(0, str(root))
    marks.install()
    if is_django(root):
        if uses(root, "rest_framework"):
            marks.install_in_serializers()
        cases = [*django_cases(root), *display_cases(modules(root), marks)]
        marks.install_in_django()
    else:
        cases = [case for module in modules(root) for case in module_cases(module)]
    found = []
    for name, run in cases:
        marks.take()
        counts, error = [], ""
        for size in SIZES:
            try:
                counts.append(run(size))
            except Exception as problem:
                counts.append(-1)
                error = f"{type(problem).__name__}: {problem}"
        found.append({"case": name, "counts": counts, "marks": marks.take(), "error": error})
    print(json.dumps({"cases": found, "marks": marks.all()}))
    sys.stdout.flush()
    os._exit(0)


Case = tuple[str, Callable[[int], int]]


def django_cases(root: Path) -> list[Case]:
    """Each view of Django."""
    set_up_django(root, ":memory:")
    found = modules(root)

    def runner(view: Callable[..., Any]) -> Callable[[int], int]:
        def run(size: int) -> int:
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            fill(size)
            with CaptureQueriesContext(connection) as queries:
                answer = view(view_request(size), **view_arguments(view))
                if not getattr(answer, "is_rendered", True):
                    answer.render()
            return len(queries)

        return run

    return [(name, runner(view)) for name, view in views(found) if not inspect.iscoroutinefunction(view)]


def display_cases(found: list[ModuleType], marks: Marks) -> Iterator[Case]:
    """Each class by which Django shows rows itself: admins, sitemaps, feeds, forms."""

    def runner(cls: type, show: Callable[[], object]) -> Callable[[int], int]:
        def run(size: int) -> int:
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            fill(size)
            with CaptureQueriesContext(connection) as queries:
                show()
            for one in (cls, *getattr(cls, "inlines", ())):
                marks.note_body(one)
            return len(queries)

        return run

    for name, cls, show in displays(found):
        yield name, runner(cls, show)


def module_cases(module: ModuleType) -> Iterator[Case]:
    """Each handler of a FastAPI or Flask application."""
    app = getattr(module, "app", None)
    if hasattr(module, "engine"):
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", lambda *_: setattr(Counter, "number", Counter.number + 1))
    if type(app).__module__.startswith("fastapi"):
        for route in app.routes:  # type: ignore[union-attr]
            endpoint = getattr(route, "endpoint", None)
            if getattr(endpoint, "__module__", "") == module.__name__:
                yield endpoint.__name__, lambda size, endpoint=endpoint: asyncio.run(call(module, endpoint, size))
    elif app is not None:
        for rule in app.url_map.iter_rules():
            if rule.endpoint != "static" and not rule.arguments:
                yield rule.endpoint, lambda size, rule=rule: call_flask(module, str(rule), size)


async def call(module: ModuleType, endpoint: Callable[..., Any], size: int) -> int:
    """Queries of one handler whose dependencies are resolved by hand."""
    metadata = module.SQLModel.metadata if hasattr(module, "SQLModel") else module.Base.metadata
    engine = module.engine
    if hasattr(engine, "sync_engine"):
        async with engine.begin() as connection:
            await connection.run_sync(lambda one: fill_tables(metadata, one, size))
    else:
        with engine.begin() as connection:
            fill_tables(metadata, connection, size)
    arguments, closing = await resolve(endpoint, size)
    Counter.number = 0
    result = endpoint(**arguments)
    if inspect.isawaitable(result):
        await result
    number = Counter.number
    for one in closing:
        if hasattr(one, "aclose"):
            await one.aclose()
        else:
            one.close()
    if hasattr(engine, "sync_engine"):
        await engine.dispose()
    return number


def fill_tables(metadata: Any, connection: Any, size: int) -> None:
    """Make the tables anew; row i points to row i of every other table."""
    metadata.drop_all(connection)
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        for number in range(1, size + 1):
            values = {
                column.name: number
                if column.foreign_keys or column.type.python_type is int
                else f"{column.name} {number}"
                for column in table.columns
            }
            connection.execute(table.insert().values(**values))


async def resolve(function: Callable[..., Any], size: int) -> tuple[dict[str, Any], list[Any]]:
    """Arguments for a handler or dependency, and the generators to close afterwards."""
    arguments: dict[str, Any] = {}
    closing: list[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        depends = getattr(parameter.default, "dependency", None)
        if depends is not None:
            inner, more = await resolve(depends, size)
            value = depends(**inner)
            closing += more
            if inspect.isgenerator(value):
                closing.insert(0, value)
                value = next(value)
            elif inspect.isasyncgen(value):
                closing.insert(0, value)
                value = await anext(value)
            arguments[parameter.name] = value
        elif parameter.default is inspect.Parameter.empty:
            arguments[parameter.name] = list(range(1, size + 1))
    return arguments, closing


def call_flask(module: ModuleType, rule: str, size: int) -> int:
    """Statements of one handler that uses the module's sqlite3 connection, or its engine."""
    if hasattr(module, "engine"):
        with module.engine.begin() as connection:
            fill_tables(module.Base.metadata, connection, size)
        Counter.number = 0
        answer = module.app.test_client().get(rule)
        assert answer.status_code == 200, answer.text
        return Counter.number
    connection: sqlite3.Connection = module.connection
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        width = len(connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
        connection.execute(f"DELETE FROM {table}")
        for number in range(1, size + 1):
            connection.execute(f"INSERT INTO {table} VALUES ({','.join('?' * width)})", [number] * width)
    connection.commit()
    sent: list[str] = []
    connection.set_trace_callback(sent.append)
    answer = module.app.test_client().get(rule)
    connection.set_trace_callback(None)
    assert answer.status_code == 200, answer.text
    return len(sent)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","))
