"""Queries and time of what runs on Django, for the scripts beside this file."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import django
from django.conf import settings
from django.db import connection, reset_queries

ROUNDS = 5
IN_MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


def prepare(database: dict[str, str], **more: object) -> None:
    """Point Django at a database. `more` are settings beside it."""
    told: dict[str, object] = {"INSTALLED_APPS": [], "USE_TZ": True, **more}
    settings.configure(DEBUG=True, DATABASES={"default": database}, **told)
    django.setup()


def timed(work: Callable[[], object]) -> tuple[int, float]:
    """Queries and milliseconds of one call, the median of several."""
    times = []
    for _ in range(ROUNDS):
        reset_queries()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return len(connection.queries), statistics.median(times) * 1000
