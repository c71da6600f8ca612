"""PostgreSQL connections per request against a pool (same machine, Unix socket): psycopg, SQLAlchemy, Django.

Run: python benchmarks/measurements/connections.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable

import django
import pgserver
import psycopg
import psycopg_pool
import sqlalchemy
from django.conf import settings
from django.core.signals import request_finished, request_started
from sqlalchemy.pool import NullPool

ROUNDS = 60


def timed(name: str, work: Callable[[], object]) -> None:
    """Print the median time of one call."""
    work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    print(f"{name}: {statistics.median(times) * 1000:.1f} ms")


def drivers(uri: str) -> None:
    """psycopg itself."""

    def own_connection() -> None:
        with psycopg.connect(uri) as connection:
            connection.execute("SELECT 1").fetchone()

    timed("psycopg.connect per request", own_connection)
    with psycopg_pool.ConnectionPool(uri, min_size=1, open=True) as pool:

        def borrowed() -> None:
            with pool.connection() as connection:
                connection.execute("SELECT 1").fetchone()

        timed("psycopg_pool.ConnectionPool", borrowed)


def engines(uri: str) -> None:
    """SQLAlchemy engines, one per request, one without a pool, one shared."""
    url = uri.replace("postgresql://", "postgresql+psycopg://")

    def ask(engine: sqlalchemy.Engine) -> None:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))

    kept = []

    def own_engine() -> None:
        kept.append(sqlalchemy.create_engine(url))
        ask(kept[-1])

    timed("create_engine per request", own_engine)
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name <> 'counter' AND backend_type = 'client backend'"
    )
    with psycopg.connect(uri, application_name="counter") as connection:
        number = connection.execute(statement).fetchone()
    print(f"connections left open after {ROUNDS + 1} requests: {number[0] if number else '?'}")
    for engine in kept:
        engine.dispose()
    without = sqlalchemy.create_engine(url, poolclass=NullPool)
    timed("one engine with NullPool", lambda: ask(without))
    shared = sqlalchemy.create_engine(url)
    timed("one engine", lambda: ask(shared))
    shared.dispose()


def persistent(host: str, max_age: int) -> None:
    """A Django request's worth of signals and one query."""
    from django.db import connection

    connection.settings_dict["CONN_MAX_AGE"] = max_age

    def request() -> None:
        request_started.send(None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        request_finished.send(None)

    timed(f"Django, CONN_MAX_AGE = {max_age}", request)
    connection.close()


def main() -> None:
    """Print what each way costs."""
    with tempfile.TemporaryDirectory() as folder:
        server = pgserver.get_server(folder)
        try:
            uri = server.get_uri()
            drivers(uri)
            engines(uri)
            host = uri.partition("host=")[2] or "127.0.0.1"
            database = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "HOST": host}
            settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[])
            django.setup()
            for max_age in (0, 60):
                persistent(host, max_age)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
