"""Queries in a loop that ask the same in each round."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.CharField(max_length=50)
class BookQuerySet(models.QuerySet):
    def listed(self):
        return self.filter(title="a")
class Book(models.Model):
    title = models.CharField(max_length=50)
    site = models.ForeignKey(Site, on_delete=models.CASCADE)
    objects = BookQuerySet.as_manager()
class Note(models.Model):
    text = models.CharField(max_length=50)
#: shop/views.py
import time
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from shop.models import Book, Note, Site
"""


def loop(*lines: str, before: tuple[str, ...] = (), over: str = "rows") -> str:
    head = "".join(f"    {line}\n" for line in before)
    body = "".join(f"        {line}\n" for line in lines)
    return f"def f(rows, user, name, use, make):\n{head}    for row in {over}:\n{body}"


COUNT = "Book.objects.count()"
HIT = COUNT + "  # <- PW113"
QUERIES = {
    "a count": loop(HIT),
    "of an argument": loop("Book.objects.filter(title=name).first()  # <- PW113"),
    "of an argument's attribute": loop("Book.objects.get(title=user.name)  # <- PW113"),
    "a method of a manager": loop("Book.objects.listed().exists()  # <- PW113"),
    "a condition": loop("Book.objects.filter(Q(title=name) | Q(title='b')).exists()  # <- PW113"),
    "looped over": loop("for book in Book.objects.all():  # <- PW113", "    use(book)"),
    "listed": loop("found = list(Site.objects.filter(name=name))  # <- PW113"),
    "in a comprehension": "def f(rows):\n    return [Book.objects.count() for row in rows]  # <- PW113\n",
    "in an inner loop": loop("for one in row:", "    " + HIT),
    "of the row": loop("Book.objects.filter(title=row).count()  # <- PW102"),
    "of what the row gives": loop("name = row.name", "Book.objects.get(title=name)  # <- PW102"),
    "of what is bound later": loop("Book.objects.get(title=name)  # <- PW102", "name = row.name"),
    "of what is counted": loop("Book.objects.get(title=name)  # <- PW102", "name += 1"),
    "of an attribute that is set": loop("Book.objects.get(title=user.name)  # <- PW102", "user.name = row"),
    "of an object that is changed": loop("Book.objects.get(title=user.name)  # <- PW102", "user.update(row)"),
    "of an item that is set": loop("Book.objects.filter(**user).first()  # <- PW102", "user['a'] = row"),
    "of what a function gives": loop("Book.objects.get(title=make())  # <- PW102"),
    "of what comes next": loop("Book.objects.get(title=next(user))  # <- PW102"),
    "of the time": loop("Book.objects.filter(title=timezone.now()).count()  # <- PW113"),
    "of what a with binds": loop("with use(row) as name:", "    Book.objects.get(title=name)  # <- PW102"),
    "of what a walrus binds": loop("if name := row.name:", "    Book.objects.get(title=name)  # <- PW102"),
    "of what unpacking binds": loop("name, user = row", "Book.objects.get(title=name)  # <- PW102"),
    "of an inner loop's row": loop("for one in row:", "    Book.objects.get(title=one)  # <- PW102"),
    "of the outer loop's row": loop("for one in row:", "    Book.objects.get(title=row)  # <- PW113"),
    "rows of it are written": loop(COUNT + "  # <- PW102", "Book.objects.create(title=row)  # <- PW103"),
    "rows of it were written": loop("Book(title=row).save()  # <- PW103", COUNT + "  # <- PW102"),
    "rows of another model are written": loop(HIT, "Note.objects.create(text=row)  # <- PW103"),
    "written by a helper": "def add(row):\n    Book.objects.create(title=row)\n"
    + loop(COUNT + "  # <- PW102", "add(row)"),
    "something is written by a statement": loop(
        COUNT + "  # <- PW102", "connection.cursor().execute('UPDATE book SET a = 1 WHERE b = %s', [row])  # <- PW103"
    ),
    "the loop waits": loop(COUNT + "  # <- PW102", "time.sleep(1)"),
    "asked for once": loop(f"if name is None:\n            name = {COUNT}", before=("name = None",)),
    "on the way out": loop("if row:", f"    return {COUNT}"),
    "what leaves the loop": loop("if row:", f"    found = {COUNT}", "    break"),
    "a few rounds": loop(COUNT, over="('a', 'b')"),
    "numbers": loop(COUNT, over="range(name)"),
    "while something is left": f"def f(rows):\n    while rows:\n        {COUNT}\n        rows.pop()\n",
    "rows that were read before": loop("list(found)", before=("found = Book.objects.all()",)),
    "what an object keeps": (
        "from functools import cached_property\nclass Shop:\n    @cached_property\n    def books(self):\n"
        "        return Book.objects.all()\n    def f(self, rows):\n        for row in rows:\n"
        "            for book in self.books:\n                print(row, book)\n"
    ),
    "a helper's query": "def number():\n    return Book.objects.count()\n" + loop("number()  # <- PW102"),
}


@pytest.mark.parametrize("text", cases(QUERIES))
def test_a_query_that_asks_the_same(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, MODELS + text, "PW1")


ALCHEMY = """
from sqlalchemy import Column, Integer, String, func, select
from sqlalchemy.orm import Session, declarative_base
Base = declarative_base()
class Tax(Base):
    __tablename__ = "tax"
    id = Column(Integer, primary_key=True)
    name = Column(String)
def f(session: Session, rows, name):
    for row in rows:
"""
STATEMENTS = {
    "a statement": "session.scalars(select(Tax).where(Tax.name == name)).all()  # <- PW113",
    "a query": "session.query(Tax).filter(Tax.name == name).first()  # <- PW113",
    "of the row": "session.scalars(select(Tax).where(Tax.name == row)).all()  # <- PW102",
    "a row that the session keeps": "session.get(Tax, name)  # <- PW102",
    "a row that the session of a query keeps": "session.query(Tax).get(name)  # <- PW102",
    "what is added is sent before the query": (
        "session.add(Tax(name=row))\n        session.query(Tax).first()  # <- PW102"
    ),
    "what is added may be found": (
        "session.add(Tax(name=row))\n        session.flush()\n        session.query(Tax).first()  # <- PW102"
    ),
}


@pytest.mark.parametrize("text", cases(STATEMENTS))
def test_a_statement_that_asks_the_same(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, ALCHEMY + f"        {text}\n", ("PW102", "PW113"))
