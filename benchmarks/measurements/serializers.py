"""One query per serialized row against one query: Django REST framework on SQLite in memory, where a query is cheapest.

Run: python benchmarks/measurements/serializers.py
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, models
from queries import IN_MEMORY, prepare, timed

ROWS = 1000


def main() -> None:
    """Make the tables, fill them and print queries and time of each way."""
    prepare(IN_MEMORY)
    from rest_framework import serializers

    class Author(models.Model):
        name = models.CharField(max_length=50)

        class Meta:
            app_label = "shop"

    class Book(models.Model):
        title = models.CharField(max_length=50)
        author = models.ForeignKey(Author, models.CASCADE, related_name="books")

        class Meta:
            app_label = "shop"

    class AuthorSerializer(serializers.ModelSerializer):
        class Meta:
            model = Author
            fields = ("name",)

    class BookSerializer(serializers.ModelSerializer):
        author = AuthorSerializer()

        class Meta:
            model = Book
            fields = ("title", "author")

    class TitleSerializer(serializers.ModelSerializer):
        class Meta:
            model = Book
            fields = ("title",)

    class ShelfSerializer(serializers.ModelSerializer):
        books = TitleSerializer(many=True)

        class Meta:
            model = Author
            fields = ("name", "books")

    with connection.schema_editor() as editor:
        editor.create_model(Author)
        editor.create_model(Book)
    authors = Author.objects.bulk_create(Author(name=f"author {n}") for n in range(ROWS))
    Book.objects.bulk_create(Book(title=f"book {n}", author=author) for n, author in enumerate(authors))

    def books(rows: models.QuerySet[Book]) -> object:
        return BookSerializer(rows, many=True).data

    def shelves(rows: models.QuerySet[Author]) -> object:
        return ShelfSerializer(rows, many=True).data

    ways: dict[str, Callable[[], object]] = {
        "books with their authors, lazy": lambda: books(Book.objects.all()),
        "books with their authors, select_related": lambda: books(Book.objects.select_related("author")),
        "authors with their books, lazy": lambda: shelves(Author.objects.all()),
        "authors with their books, prefetch_related": lambda: shelves(Author.objects.prefetch_related("books")),
    }
    for name, way in ways.items():
        queries, milliseconds = timed(way)
        print(f"{name}, {ROWS} rows: {queries} queries, {milliseconds:.0f} ms")


if __name__ == "__main__":
    main()
