"""Relations that the program sets on rows by itself: nobody reads them afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class House(models.Model):
    name = models.CharField(max_length=50)
class Author(models.Model):
    name = models.CharField(max_length=50)
    house = models.ForeignKey(House, on_delete=models.CASCADE)
class BookQuerySet(models.QuerySet):
    def with_author(self, author):
        for book in self:
            book.author = author
        return self
class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    house = models.ForeignKey(House, on_delete=models.CASCADE)
    objects = BookQuerySet.as_manager()
"""
HEAD = "from shop.models import Author, Book, House\n"
LATER = "    for book in books:\n        book.author.name"
CASES = {
    "in the loop itself": (
        "def f(author: Author):\n    for book in Book.objects.all():\n        book.author = author\n"
        "        book.author.name\n"
    ),
    "in a loop before": (
        "def f(author: Author):\n    books = Book.objects.all()\n    for book in books:\n        book.author = author\n"
        f"{LATER}\n"
    ),
    "another relation": (
        "def f(house: House):\n    books = Book.objects.all()\n    for book in books:\n        book.house = house\n"
        f"{LATER}  # <- PW101\n"
    ),
    "a column": (
        "def f():\n    books = Book.objects.all()\n    for book in books:\n        book.title = 'x'\n"
        f"{LATER}  # <- PW101\n"
    ),
    "other rows of the model": (
        "def f(author: Author):\n    for book in Book.objects.all():\n        book.author = author\n"
        "    books = Book.objects.filter(title='x')\n"
        f"{LATER}  # <- PW101\n"
    ),
    "behind a relation that is loaded": (
        "def f():\n    books = Book.objects.select_related('author', 'house')\n    for book in books:\n"
        "        if book.house_id is not None:\n            book.author.house = book.house\n"
        "    for book in books:\n        book.author.house.name\n"
    ),
    "a row that was given its own relation": (
        "def f(house: House):\n    books = Book.objects.select_related('author')\n    for book in books:\n"
        "        author = book.author\n        author.house = house\n        book.author = author\n"
        "    for book in books:\n        book.author.house.name\n"
    ),
    "a row that was given another relation": (
        "def f(author: Author):\n    books = Book.objects.all()\n    for book in books:\n"
        "        book.author = author\n    for book in books:\n        book.author.house.name  # <- PW101\n"
    ),
    "in one of two branches": (
        "def f(author: Author, house: House, on):\n    for book in Book.objects.all():\n        if book.author_id:\n"
        "            book.author = author\n        if on:\n            book.house = house\n"
        "        book.author.name\n        book.house.name\n"
    ),
    "in many branches, and what is not set": (
        "def f(author: Author, house: House, a, b, c):\n    for book in Book.objects.select_related('author'):\n"
        "        if a:\n            book.author = author\n        if b:\n            book.author.house = house\n"
        "        if c:\n            book.title = 'x'\n        book.house.name  # <- PW101\n"
    ),
    "behind a relation, and not told": (
        "def f():\n    books = Book.objects.select_related('author', 'house')\n"
        "    for book in books:\n        book.author.house.name  # <- PW101\n"
    ),
    "in a helper that gives the rows back": (
        "def filled(books, author):\n    for book in books:\n        book.author = author\n    return books\n"
        f"def f(author: Author):\n    books = filled(list(Book.objects.all()), author)\n{LATER}\n"
    ),
    "in a helper that gives nothing back": (
        "def fill(books, author):\n    for book in books:\n        book.author = author\n"
        f"def f(author: Author):\n    books = list(Book.objects.all())\n    fill(books, author)\n{LATER}\n"
    ),
    "in a helper that only one branch calls": (
        "def fill(books, house):\n    for book in books:\n        book.house = house\n"
        "def f(house: House, on):\n    books = list(Book.objects.all())\n    if on:\n        fill(books, house)\n"
        f"{LATER}  # <- PW101\n"
    ),
    "in a helper of a helper": (
        "def fill(books, author):\n    for book in books:\n        book.author = author\n"
        "def prepare(author, books):\n    fill(books, author=author)\n"
        f"def f(author: Author):\n    books = list(Book.objects.all())\n    prepare(author, books=books)\n{LATER}\n"
    ),
    "in a helper for one row": (
        "def fill(book, author):\n    book.author = author\n"
        "def f(author: Author):\n    books = list(Book.objects.all())\n    for book in books:\n"
        f"        fill(book, author)\n{LATER}\n"
    ),
    "in a helper that was given other rows": (
        "def fill(books, author):\n    for book in books:\n        book.author = author\n"
        "def f(author: Author):\n    books = list(Book.objects.all())\n"
        f"    fill(list(Book.objects.filter(title='x')), author)\n{LATER}  # <- PW101\n"
    ),
    "in a helper on a name of its own": (
        "def fill(books, author):\n    books = list(Book.objects.filter(title='x'))\n    for book in books:\n"
        "        book.author = author\n"
        "def f(author: Author):\n    books = list(Book.objects.all())\n    fill(books, author)\n"
        f"{LATER}  # <- PW101\n"
    ),
    "in a method of the queryset": (
        f"def f(author: Author):\n    books = Book.objects.all().with_author(author)\n{LATER}\n"
    ),
}


@pytest.mark.parametrize("text", cases(CASES))
def test_relations_set_by_the_program(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text, "PW101", MODELS)
