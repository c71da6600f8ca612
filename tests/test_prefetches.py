"""What a prefetch serves, and what asks again although the rows are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Shelf(models.Model):
    name = models.CharField(max_length=50)
class Mark(models.Model):
    name = models.CharField(max_length=50)
    class Meta:
        ordering = ["name"]
class Book(models.Model):
    title = models.CharField(max_length=50)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
    marks = models.ManyToManyField(Mark)
#: shop/views.py
from django.db.models import Prefetch
from django.shortcuts import render
from shop.models import Book, Mark, Shelf
"""
SHELVES = "Shelf.objects.prefetch_related('books')"
BOOKS = "Book.objects.prefetch_related('marks')"


def loop(query: str, *lines: str) -> str:
    return f"def f(names, flag):\n    for row in {query}:\n" + "".join(f"        {line}\n" for line in lines)


ASKED = [
    "list(row.books.filter(title='a'))", "list(row.books.exclude(title='a'))", "list(row.books.order_by('title'))",
    "list(row.books.values('title'))", "list(row.books.distinct())", "list(row.books.select_related('shelf'))",
    "row.books.aggregate()", "row.books.get(title='a')", "row.books.first()", "row.books.last()",
    "list(row.books.iterator())", "list(row.books.all().iterator())", "row.books.in_bulk()",
    "row.books.filter(title='a').count()", "row.books.filter(title='a').exists()", "row.books.all().order_by('pk')[0]",
    "list(row.books.filter(title='a')[:3])",
]  # fmt: skip
SERVED = [
    "list(row.books.all())", "len(row.books.all())", "bool(row.books.all())", "row.books.count()", "row.books.exists()",
    "row.books.all().count()", "row.books.all()[0]", "list(row.books.all()[:2])", "row.books.contains(names)",
    "row.books.create(title='a')", "row.books.filter(title='a').update(title='b')", "row.books.filter(title='a')",
]  # fmt: skip


@pytest.mark.parametrize("read", ASKED)
def test_rows_that_are_there_are_asked_for_again(read: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + loop(SHELVES, read + "  # <- PW107"), "PW107")
    assert_marked(tmp_path, MODELS + loop("Shelf.objects.all()", read), "PW107")


@pytest.mark.parametrize("read", SERVED)
def test_a_prefetch_serves(read: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + loop(SHELVES, read), "PW107")


OTHERS = {
    "one rule speaks": (loop(SHELVES, "list(row.books.filter(title='a'))  # <- PW107"), "PW1"),
    "without a prefetch it is a query in a loop": (
        loop("Shelf.objects.all()", "list(row.books.filter(title='a'))  # <- PW102"),
        "PW1",
    ),
    "many to many": (loop(BOOKS, "list(row.marks.filter(name='a'))  # <- PW107"), "PW1"),
    "an ordered model": (loop(BOOKS, "row.marks.first()", "row.marks.last()  # <- PW107"), "PW1"),
    "a list of its own": (
        loop(
            "Shelf.objects.prefetch_related(Prefetch('books', queryset=Book.objects.all(), to_attr='own'))",
            "row.own",
            "list(row.books.filter(title='a'))  # <- PW102",
        ),
        "PW1",
    ),
    "another relation was prefetched": (loop("Shelf.objects.prefetch_related('other')", "row.books.last()"), "PW107"),
    "prefetched in one of two ways": (
        loop(f"({SHELVES} if flag else Shelf.objects.all())", "row.books.last()"),
        "PW107",
    ),
    "what is prefetched nobody knows": (loop("Shelf.objects.prefetch_related(*names)", "row.books.last()"), "PW107"),
    "the row is asked whether it holds them": (
        "def books(shelf):\n    if 'books' in shelf._prefetched_objects_cache:\n        return shelf.books.all()\n"
        "    return shelf.books.order_by('title')\n" + loop(SHELVES, "list(books(row))"),
        "PW1",
    ),
    "the row is asked by name": (
        "def books(shelf):\n    if 'books' in getattr(shelf, '_prefetched_objects_cache', {}):\n"
        "        return shelf.books.all()\n    return shelf.books.order_by('title')\n"
        + loop(SHELVES, "list(books(row))"),
        "PW1",
    ),
    "on the way out": (
        loop(SHELVES, "try:", "    row.name", "except ValueError:", "    row.books.last()", "    raise"),
        "PW1",
    ),
    "one row": (f"def f():\n    row = {SHELVES}.get(pk=1)\n    return row.books.last()\n", "PW107"),
    "in a helper": (
        "def last(shelf):\n    return shelf.books.last()\n" + loop(SHELVES, "last(row)  # <- PW107"),
        "PW1",
    ),
}


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_one_rule_speaks_of_it(case: tuple[str, str], tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + case[0], case[1])


PAGES = {
    "a template": (
        f"def page(request):\n    return render(request, 'shop/shelves.html', {{'shelves': {SHELVES}}})\n"
        "#: shop/templates/shop/shelves.html\n"
        "{% for shelf in shelves %}\n{{ shelf.books.count }}\n{{ shelf.books.last }} {# <- PW107 #}\n{% endfor %}\n"
    ),
    "a serializer": (
        "#: shop/api.py\nfrom rest_framework import serializers, viewsets\nfrom shop.models import Shelf\n"
        "class Shown(serializers.ModelSerializer):\n    last = serializers.SerializerMethodField()\n"
        "    class Meta: model, fields = Shelf, ['last']\n"
        "    def get_last(self, shelf):\n        return shelf.books.last().title  # <- PW107\n"
        f"class Shelves(viewsets.ModelViewSet):\n    serializer_class = Shown\n    queryset = {SHELVES}\n"
    ),
}


@pytest.mark.parametrize("text", cases(PAGES))
def test_pages_and_serializers_ask_again(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + text, "PW1")


TORTOISE = """
#: shop/__init__.py
#: shop/models.py
from tortoise import fields
from tortoise.models import Model
class Author(Model):
    books: fields.ReverseRelation["Book"]
class Book(Model):
    title = fields.CharField(max_length=50)
    author = fields.ForeignKeyField("models.Author", related_name="books")
#: shop/views.py
from shop.models import Author
async def f():
    for row in await Author.all().prefetch_related("books"):
"""
AWAITED = {
    "filtered": "        await row.books.filter(title='a')  # <- PW107\n",
    "looped over": "        async for book in row.books:\n            book.title\n",
    "listed": "        [book.title for book in row.books]\n",
}


@pytest.mark.parametrize("text", cases(AWAITED))
def test_what_is_awaited_asks_again(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, TORTOISE + text, "PW1")
