"""Relations that are read only for the key that stands beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Room(models.Model):
    code = models.CharField(max_length=50, unique=True)
    def __eq__(self, other):
        return self.code == other.code
class Shelf(models.Model):
    number = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=50)
class Book(models.Model):
    title = models.CharField(max_length=50)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
    room = models.ForeignKey(Room, to_field="code", on_delete=models.CASCADE)
    attic = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
class Cover(models.Model):
    book = models.OneToOneField(Book, on_delete=models.CASCADE)
#: shop/views.py
from django.shortcuts import render
from shop.models import Book, Cover, Room, Shelf
"""


def loop(query: str, *lines: str) -> str:
    return f"def f(other, use):\n    for row in {query}:\n" + "".join(f"        {line}\n" for line in lines)


BOOKS = "Book.objects.all()"
READS = {
    "pk": loop(BOOKS, "row.shelf.pk  # <- PW114"),
    "its own name": loop(BOOKS, "row.shelf.number  # <- PW114"),
    "another column": loop(BOOKS, "row.shelf.name  # <- PW101"),
    "pk of a key that points at another column": loop(BOOKS, "row.room.pk  # <- PW101"),
    "the other side holds no key": loop(BOOKS, "row.cover.pk  # <- PW101"),
    "one to one": loop("Cover.objects.all()", "row.book.pk  # <- PW114"),
    "loaded": loop("Book.objects.select_related('shelf')", "row.shelf.pk"),
    "the column": loop(BOOKS, "row.shelf_id"),
    "equal": loop(BOOKS, "row.shelf == other  # <- PW114"),
    "on the right": loop(BOOKS, "other != row.shelf  # <- PW114"),
    "none": loop(BOOKS, "row.shelf is not None  # <- PW114"),
    "one of several": loop(BOOKS, "row.shelf in other  # <- PW101"),
    "rows that are compared in their own way": loop(BOOKS, "row.attic == other  # <- PW101"),
    "truth": loop(BOOKS, "bool(row.shelf)  # <- PW101"),
    "the rest is read afterwards": loop(BOOKS, "row.shelf.pk", "row.shelf.name  # <- PW101"),
    "the rest was read before": loop(BOOKS, "row.shelf.name  # <- PW101", "row.shelf.pk"),
    "the rest is read by a helper": (
        "def name(book):\n    return book.shelf.name\n" + loop(BOOKS, "row.shelf.pk", "name(row)  # <- PW101")
    ),
    "the row is given a name": loop(BOOKS, "shelf = row.shelf  # <- PW101", "use(shelf.pk, shelf)"),
    "two relations": loop("Cover.objects.all()", "row.book.shelf.pk  # <- PW101, PW114"),
    "in a helper": "def key(book):\n    return book.shelf.pk\n" + loop(BOOKS, "key(row)  # <- PW114"),
    "one row": "def f():\n    row = Book.objects.get(pk=1)\n    return row.shelf.pk\n",
    "a template": (
        "def page(request):\n    return render(request, 'shop/books.html', {'books': Book.objects.all()})\n"
        "#: shop/templates/shop/books.html\n"
        "{% for book in books %}\n{{ book.shelf_id }}\n{{ book.shelf.pk }} {# <- PW114 #}\n{% endfor %}\n"
    ),
    "a template's test": (
        "def page(request):\n    return render(request, 'shop/some.html', {'books': Book.objects.all(), 'shelf': 1})\n"
        "#: shop/templates/shop/some.html\n"
        "{% for book in books %}\n{% if book.shelf == shelf %}yes{% endif %} {# <- PW114 #}\n{% endfor %}\n"
    ),
}


@pytest.mark.parametrize("text", cases(READS))
def test_a_key_is_read_where_it_stands(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + text, "PW1")


PEEWEE = """
from peewee import CharField, ForeignKeyField, Model
class Author(Model):
    name = CharField()
class Book(Model):
    author = ForeignKeyField(Author)
    writer = ForeignKeyField(Author, field="name")
def f():
    for row in Book.select():
"""


def test_other_mappers_keep_keys_too(tmp_path: Path) -> None:
    assert_marked(
        tmp_path,
        PEEWEE + "        row.author.id  # <- PW114\n        row.author_id, row.writer.id  # <- PW101\n",
        "PW1",
    )


def test_a_mapper_that_keeps_the_key_elsewhere(tmp_path: Path) -> None:
    text = (
        "from sqlalchemy import Column, ForeignKey, Integer\n"
        "from sqlalchemy.orm import Session, declarative_base, relationship\n"
        "Base = declarative_base()\n"
        "class Author(Base):\n    __tablename__ = 'author'\n    id = Column(Integer, primary_key=True)\n"
        "class Book(Base):\n    __tablename__ = 'book'\n    author_id = Column(ForeignKey('author.id'))\n"
        "    id = Column(Integer, primary_key=True)\n    author = relationship(Author)\n"
        "def f(session: Session):\n    for row in session.query(Book):\n        row.author.id  # <- PW101\n"
    )
    assert_marked(tmp_path, text, "PW1")
