"""A whole table against one page, a number or a yes: Django objects, and a sqlite3 cursor. Time and peak memory.

Run: python benchmarks/measurements/results.py
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Callable

import django
from django.conf import settings
from django.db import connection, models

SIZES = (1_000, 100_000)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, and the peak of memory in MB, of one call."""
    started = time.perf_counter()
    work()
    milliseconds = (time.perf_counter() - started) * 1000
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return milliseconds, peak


def main() -> None:
    """Make a database and compare."""
    with tempfile.NamedTemporaryFile(suffix=".sqlite3") as file:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": file.name}
        settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[], USE_TZ=True)
        django.setup()
        compare(file.name)


def compare(file: str) -> None:
    """Fill the table and print what reading it costs, twice."""
    statement = "SELECT id, title, isbn, pages FROM shop_book"

    class Book(models.Model):
        title = models.CharField(max_length=50)
        isbn = models.CharField(max_length=13)
        pages = models.IntegerField()

        class Meta:
            app_label = "shop"

    def as_json(books: object) -> str:
        return json.dumps([{"id": b.pk, "title": b.title, "pages": b.pages} for b in books])  # type: ignore

    with connection.schema_editor() as editor:
        editor.create_model(Book)
    for size in SIZES:
        Book.objects.all().delete()
        Book.objects.bulk_create((Book(title=f"book {n}", isbn=str(n), pages=n) for n in range(size)), batch_size=5000)
        raw = sqlite3.connect(file)
        ways: dict[str, Callable[[], object]] = {
            "Django, all rows as JSON": lambda: as_json(Book.objects.all()),
            "Django, one page of 50 as JSON": lambda: as_json(Book.objects.order_by("pk")[:50]),
            "Django, len() of a queryset": lambda: len(Book.objects.all()),
            "Django, count()": lambda: Book.objects.count(),
            "Django, bool() of a queryset": lambda: bool(Book.objects.all()),
            "Django, exists()": lambda: Book.objects.exists(),
            "sqlite3 fetchall": lambda raw=raw: raw.execute(statement).fetchall(),  # type: ignore
            "sqlite3 LIMIT 50": lambda raw=raw: raw.execute(statement + " LIMIT 50").fetchall(),  # type: ignore
        }
        for name, way in ways.items():
            milliseconds, peak = timed(way)
            print(f"{name}, table of {size:,} rows: {milliseconds:.1f} ms, peak {peak:.1f} MB")
        raw.close()


if __name__ == "__main__":
    main()
