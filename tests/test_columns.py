"""Columns that a query leaves out: which reads of a row ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
from shop.fields import Money
from elsewhere import Tracker
class Shelf(models.Model):
    name = models.CharField(max_length=50)
    note = models.TextField()
class Book(models.Model):
    code = models.CharField(max_length=50, primary_key=True)
    title = models.CharField(max_length=50)
    text = models.TextField()
    price = Money()
    changes = Tracker()
    COVERS = dict(hard="hard")
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
#: shop/fields.py
from django.db import models
class Money(models.DecimalField):
    pass
#: shop/views.py
from django.db.models import Prefetch
from shop.models import Book, Shelf
"""


def loop(query: str, *lines: str) -> str:
    return f"def f(names, flag, books):\n    for row in {query}:\n" + "".join(f"        {line}\n" for line in lines)


DJANGO = {
    "only": loop("Book.objects.only('title')", "row.text  # <- PW108"),
    "a column that is named": loop("Book.objects.only('title')", "row.title"),
    "the key": loop("Book.objects.only('title')", "row.code", "row.pk"),
    "a project's own column": loop("Book.objects.only('title')", "row.price  # <- PW108"),
    "no column": loop("Book.objects.only('title')", "row.changes", "row.COVERS", "row.other"),
    "a method": loop("Book.objects.only('title')", "row.full_clean"),
    "read twice": loop("Book.objects.only('title')", "row.text  # <- PW108", "row.text"),
    "two columns": loop("Book.objects.only('title')", "row.text  # <- PW108", "row.price  # <- PW108"),
    "defer": loop("Book.objects.defer('text')", "row.text  # <- PW108", "row.title"),
    "defer after defer": loop("Book.objects.defer('text').defer('title')", "row.text  # <- PW108"),
    "defer after only": loop("Book.objects.only('title', 'text').defer('text')", "row.text  # <- PW108", "row.title"),
    "only after only": loop("Book.objects.only('text').only('title')", "row.text  # <- PW108"),
    "nothing is left out again": loop("Book.objects.defer('text').defer(None)", "row.text"),
    "only without names": loop("Book.objects.only()", "row.text"),
    "names that nobody knows": loop("Book.objects.only(*names)", "row.text"),
    "one name that nobody knows": loop("Book.objects.only('title', names)", "row.text"),
    "one of two": loop("(Book.objects.only('title') if flag else Book.objects.all())", "row.text"),
    "behind a condition": (
        "def f(flag):\n    books = Book.objects.all()\n    if flag:\n        books = books.defer('text')\n"
        "    for row in books:\n        row.text\n"
    ),
    "both of two": loop("Book.objects.only('title') | Book.objects.all()", "row.text"),
    "refined further": loop("Book.objects.only('title').filter(title='a').order_by('title')", "row.text  # <- PW108"),
    "plain values": loop("Book.objects.only('title').values_list('text')", "row.text"),
    "the query of a manager's method": loop("Shelf.objects.get(pk=1).books.only('shelf')", "row.text  # <- PW108"),
    "a relation's key": loop("Book.objects.only('title')", "row.shelf_id  # <- PW108"),
    "a relation's key that is named": loop("Book.objects.only('shelf_id')", "row.shelf_id"),
    "a relation that is named": loop("Book.objects.only('shelf')", "row.shelf_id"),
    "a path to another row": loop(
        "Book.objects.select_related('shelf').only('shelf__name')",
        "row.shelf.name",
        "row.shelf.note  # <- PW108",
        "row.text  # <- PW108",
        "row.shelf_id",
    ),
    "the whole of another row": loop("Book.objects.select_related('shelf').only('shelf')", "row.shelf.note"),
    "another row without a column": loop(
        "Book.objects.select_related('shelf').defer('shelf__note')", "row.shelf.note  # <- PW108", "row.shelf.name"
    ),
    "another row by a query of its own": loop(
        "Book.objects.prefetch_related('shelf').defer('shelf__note')", "row.shelf.note"
    ),
    "another row by a query that leaves it out": loop(
        "Book.objects.prefetch_related(Prefetch('shelf', queryset=Shelf.objects.only('name')))",
        "row.shelf.note  # <- PW108",
        "row.text",
    ),
    "a prefetch that may be another": (
        "def f(flag):\n    shelf = 'shelf'\n    if flag:\n"
        "        shelf = Prefetch('shelf', queryset=Shelf.objects.only('name'))\n"
        "    for row in Book.objects.prefetch_related(shelf):\n        row.shelf.note\n"
    ),
    "set before": loop("Book.objects.defer('text')", "row.text = 'a'", "row.text"),
    "one row": "def f():\n    return Book.objects.only('title').first().text\n",
    "rows whose parent is told by a key": (
        "def f(shelf: Shelf):\n    for row in shelf.books.only('title'):  # <- PW108\n        row.title\n"
    ),
    "rows whose parent is told by a key that is read": (
        "def f(shelf: Shelf):\n    for row in shelf.books.only('title', 'shelf'):\n        row.title\n"
    ),
    "rows without a parent": loop("Book.objects.filter(shelf=1).only('title')", "row.title"),
    "rows of a parameter": loop("books", "row.text"),
}


@pytest.mark.parametrize("text", cases(DJANGO))
def test_a_column_that_the_query_left_out_is_asked_for(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + text, "PW108")


ALCHEMY = """
#: shop/__init__.py
#: shop/models.py
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from shop.columns import Required
class Base(DeclarativeBase):
    pass
class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    note: Mapped[str]
class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Required(String)
    text = Required(String)
    pages = Column(Integer)
    shelf_id = Column(ForeignKey("shelf.id"))
    shelf = relationship("Shelf")
#: shop/columns.py
import functools
from sqlalchemy import Column
Required = functools.partial(Column, nullable=False)
#: shop/views.py
from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload, undefer
from shop.models import Book, Shelf
"""


def rows(options: str, *lines: str) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"def f(session: Session, names):\n    for row in session.scalars(select(Book).options({options})):\n{body}"


SQLALCHEMY = {
    "load_only": rows("load_only(Book.title)", "row.pages  # <- PW108", "row.title", "row.id"),
    "a column made as the named one": rows("load_only(Book.title)", "row.text  # <- PW108"),
    "columns by text": rows("load_only('title')", "row.pages  # <- PW108"),
    "defer": rows("defer(Book.text)", "row.text  # <- PW108", "row.pages"),
    "two options": rows("load_only(Book.title), load_only(Book.pages)", "row.pages", "row.text  # <- PW108"),
    "an option that nobody knows": rows("load_only(Book.title), *names", "row.pages"),
    "an option that takes it back": rows("defer(Book.text), undefer(Book.text)", "row.text"),
    "columns that nobody knows": rows("load_only(*names)", "row.pages"),
    "an error instead of a query": rows("load_only(Book.title, raiseload=True)", "row.pages"),
    "another model's columns": rows("load_only(Shelf.name)", "row.pages"),
    "of a relation": rows(
        "joinedload(Book.shelf).load_only(Shelf.name)", "row.shelf.note  # <- PW108", "row.shelf.name", "row.pages"
    ),
    "of a relation by a query of its own": rows(
        "selectinload(Book.shelf).defer(Shelf.note)", "row.shelf.note  # <- PW108", "row.shelf.name"
    ),
    "of a relation, in options of its own": rows(
        "joinedload(Book.shelf).options(load_only(Shelf.name))", "row.shelf.note  # <- PW108", "row.pages"
    ),
    "a relation": rows("joinedload(Book.shelf), load_only(Book.title)", "row.shelf.name"),
}


@pytest.mark.parametrize("text", cases(SQLALCHEMY))
def test_a_column_that_an_option_leaves_out_is_asked_for(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, ALCHEMY + text, "PW108")


PAGE = MODELS.replace("import Book, Shelf\n", "import Book, Shelf\nfrom django.shortcuts import render\n")


def test_a_template_asks_for_columns(tmp_path: Path) -> None:
    text = (
        "def page(request):\n"
        "    return render(request, 'shop/books.html', {'books': Book.objects.only('title')})\n"
        "#: shop/templates/shop/books.html\n"
        "{% for book in books %}\n{{ book.title }}\n{{ book.text }} {# <- PW108 #}\n{% endfor %}\n"
    )
    assert_marked(tmp_path, PAGE + text, "PW108")
