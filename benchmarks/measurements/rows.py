"""One query per row against one query: Django on PostgreSQL on the same machine, behind a Unix socket.

Run: python benchmarks/measurements/rows.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pgserver
from django.db import connection, models, transaction
from django.template import Context, Engine
from queries import prepare, timed

ROWS = 1000
PAGE = "{% for book in books %}<li>{{ book.title }} by {{ book.author.name }}</li>{% endfor %}"
SHELVES = (
    "{% for author in authors %}{% for book in author.books.all %}<li>{{ book.title }}</li>{% endfor %}{% endfor %}"
)


def serve(folder: str) -> pgserver.PostgresServer:
    """Start PostgreSQL and point Django at it."""
    server = pgserver.get_server(folder)
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres"}
    prepare({**database, "HOST": server.get_uri().partition("host=")[2] or "127.0.0.1"})
    return server


def main() -> None:
    """Print queries and time of each way."""
    with tempfile.TemporaryDirectory() as folder:
        server = serve(folder)
        try:
            measure()
        finally:
            connection.close()
            server.cleanup()


def save_each(rows: list[models.Model], committing: Callable[[], AbstractContextManager[object]]) -> None:
    """Save rows, each in what `committing` opens."""
    for row in rows:
        with committing():
            row.save()


def save_all(rows: list[models.Model]) -> None:
    """Save rows and commit once."""
    with transaction.atomic():
        save_each(rows, nullcontext)


def measure() -> None:
    """Make the tables, fill them and compare."""

    class Author(models.Model):
        name = models.CharField(max_length=50)

        class Meta:
            app_label = "shop"

    class Book(models.Model):
        title = models.CharField(max_length=50)
        author = models.ForeignKey(Author, models.CASCADE, related_name="books")

        class Meta:
            app_label = "shop"

    with connection.schema_editor() as editor:
        editor.create_model(Author)
        editor.create_model(Book)
    authors = Author.objects.bulk_create(Author(name=f"author {n}") for n in range(ROWS))
    Book.objects.bulk_create(Book(title=f"book {n}", author=author) for n, author in enumerate(authors))
    numbers = [author.pk for author in authors]
    page, shelves = Engine().from_string(PAGE), Engine().from_string(SHELVES)

    ways: dict[str, Callable[[], object]] = {
        "author of each book, lazy": lambda: [book.author.name for book in Book.objects.all()],
        "author of each book, select_related": lambda: [b.author.name for b in Book.objects.select_related("author")],
        "name of each author, left out by defer()": lambda: [one.name for one in Author.objects.defer("name")],
        "name of each author, named in only()": lambda: [one.name for one in Author.objects.only("name")],
        "books of each author, lazy": lambda: [list(author.books.all()) for author in Author.objects.all()],
        "books of each author, prefetch_related": lambda: [
            list(author.books.all()) for author in Author.objects.prefetch_related("books")
        ],
        "some books of each author, filtered although prefetched": lambda: [
            list(author.books.filter(title__endswith="7")) for author in Author.objects.prefetch_related("books")
        ],
        "some books of each author, chosen among those prefetched": lambda: [
            [book for book in author.books.all() if book.title.endswith("7")]
            for author in Author.objects.prefetch_related("books")
        ],
        "key of the author of each book, book.author.pk": lambda: [book.author.pk for book in Book.objects.all()],
        "key of the author of each book, book.author_id": lambda: [book.author_id for book in Book.objects.all()],
        "page of books with their authors, lazy": lambda: page.render(Context({"books": Book.objects.all()})),
        "page of books with their authors, select_related": lambda: page.render(
            Context({"books": Book.objects.select_related("author")})
        ),
        "page of authors with their books, lazy": lambda: shelves.render(Context({"authors": Author.objects.all()})),
        "page of authors with their books, prefetch_related": lambda: shelves.render(
            Context({"authors": Author.objects.prefetch_related("books")})
        ),
        "get() for each key": lambda: [Author.objects.get(pk=number).name for number in numbers],
        "in_bulk() once": lambda: [author.name for author in Author.objects.in_bulk(numbers).values()],
        "the same count() for each row": lambda: [Author.objects.count() for _ in numbers],
        "count() once": lambda: [Author.objects.count()] * ROWS,
        "create() for each row": lambda: [Author.objects.create(name="new") for _ in numbers],
        "bulk_create() once": lambda: Author.objects.bulk_create([Author(name="new") for _ in numbers]),
        "save() of each row": lambda: [author.save() for author in authors],
        "save() of each row, each in a transaction": lambda: save_each(authors, transaction.atomic),
        "save() of each row, in one transaction": lambda: save_all(authors),
        "bulk_update() once": lambda: Author.objects.bulk_update(authors, ["name"]),
    }
    for name, way in ways.items():
        queries, milliseconds = timed(way)
        print(f"{name}, {ROWS} rows: {queries} queries, {milliseconds:.0f} ms")


if __name__ == "__main__":
    main()
