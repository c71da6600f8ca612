"""Filters that leave one row at most, by what a model says no two rows have the same of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Shelf(models.Model):
    name = models.CharField(max_length=50, unique=True)
class Book(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")
    place = models.IntegerField()
    title = models.CharField(max_length=50)
    class Meta:
        unique_together = ("shelf", "place")
class Copy(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    number = models.IntegerField()
    lent = models.BooleanField()
    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="one"),
            models.UniqueConstraint(fields=["book"], condition=models.Q(lent=True), name="two"),
        ]
class Cover(models.Model):
    book = models.OneToOneField(Book, on_delete=models.CASCADE)
    artist = models.ForeignKey(Shelf, on_delete=models.CASCADE)
"""
HEAD = "from shop.models import Book, Copy, Cover, Shelf\n"


def counted(query: str, mark: str = "  # <- PW303") -> str:
    return f"def f(shelf: Shelf, book: Book, number, numbers):\n    return len({query}) > 1{mark}\n"


COUNTED = {
    "no unique column": counted("Book.objects.filter(title=number)"),
    "one of two columns": counted("Book.objects.filter(shelf=shelf)"),
    "both columns": counted("Book.objects.filter(shelf=shelf, place=number)", ""),
    "both columns, one after the other": counted("Book.objects.filter(place=number).filter(shelf=shelf)", ""),
    "a key's column": counted("Book.objects.filter(shelf_id=number, place=number)", ""),
    "one row's own relation and the rest": counted("shelf.books.filter(place=number)", ""),
    "one row's own relation alone": counted("shelf.books.filter(title=number)"),
    "the row's key": counted("Book.objects.filter(pk=number)", "") + counted("Book.objects.filter(id=number)", ""),
    "a unique column": counted("Shelf.objects.filter(name=number)", ""),
    "a constraint": counted("Copy.objects.filter(book=book, number=number)", ""),
    "a constraint with a condition": counted("Copy.objects.filter(book=book)"),
    "a one-to-one": counted("Cover.objects.filter(book=book)", ""),
    "many values": counted("Book.objects.filter(shelf=shelf, place__in=numbers)"),
    "a comparison of another kind": counted("Book.objects.filter(shelf=shelf, place__gt=number)"),
    "what is left out": counted("Book.objects.exclude(pk=number)"),
    "NULL": counted("Shelf.objects.filter(name=None)"),
    "either of two": counted("(Book.objects.filter(pk=number) | Book.objects.filter(title=number)).all()"),
}
LOOPS = {
    "a loop over one row at most": (
        "def f(number):\n    for book in Book.objects.filter(pk=number):\n        print(book.shelf.name)\n"
        "        Copy.objects.filter(book=book).count()\n"
    ),
    "a loop over many": (
        "def f(number):\n    for book in Book.objects.filter(place=number):\n        book.shelf.name  # <- PW101\n"
        "        Copy.objects.filter(book=book).count()  # <- PW102\n"
    ),
    "one row of each of many": (
        "def f():\n    for shelf in Shelf.objects.all():\n"
        "        for book in Book.objects.filter(shelf=shelf, place=1):  # <- PW102\n            print(book.title)\n"
    ),
    "a short list of rows": (
        "def f(one: Book, other: Book):\n    for book in [one, other]:\n        print(book.shelf.name)\n"
    ),
    "a short list for each row": (
        "def f():\n    for cover in Cover.objects.select_related('book'):\n"
        "        for book in [cover.book]:\n            print(book.shelf.name)  # <- PW101\n"
    ),
    "a short list or many": (
        "def f(cover: Cover, all):\n    for book in Book.objects.all() if all else [cover.book]:\n"
        "        print(book.shelf.name)  # <- PW101\n"
    ),
    "a helper for many that is given one": (
        "def names(books):\n    return [book.shelf.name for book in books]\n"
        "def f(book: Book):\n    return names([book])\n"
    ),
}
ALCHEMY = """
#: shop/__init__.py
#: shop/models.py
from sqlalchemy import Column, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, relationship
class Base(DeclarativeBase):
    pass
class Shelf(Base):
    __tablename__ = "shelf"
    id = Column(Integer, primary_key=True)
class Book(Base):
    __tablename__ = "book"
    __table_args__ = (UniqueConstraint("shelf_id", "place"), Index("by_code", "code", "edition", unique=True))
    id = Column(Integer, primary_key=True)
    shelf_id = Column(ForeignKey("shelf.id"))
    place = Column(Integer)
    code = Column(String)
    edition = Column(Integer)
    shelf = relationship("Shelf")
class Loan(Base):
    __tablename__ = "loan"
    book_id = Column(ForeignKey("book.id"), primary_key=True)
    reader_id = Column(Integer, primary_key=True)
"""
ALCHEMY_HEAD = (
    "from sqlalchemy import select\nfrom sqlalchemy.orm import Session\nfrom shop.models import Book, Loan, Shelf\n"
)


def asked(query: str, mark: str = "  # <- PW303") -> str:
    return f"def f(session: Session, shelf: Shelf, number):\n    return len({query}.all()) > 1{mark}\n"


ASKED = {
    "the key": asked("session.query(Book).filter(Book.id == number)", ""),
    "half of a key": asked("session.query(Loan).filter(Loan.book_id == number)"),
    "a whole key": asked("session.query(Loan).filter_by(book_id=number).filter(Loan.reader_id == number)", ""),
    "a whole key in one condition": asked(
        "session.query(Loan).filter((Loan.book_id == number) & (Loan.reader_id == 2))", ""
    ),
    "a constraint": asked("session.query(Book).filter(Book.shelf_id == number, Book.place == number)", ""),
    "a unique index": asked("session.query(Book).filter_by(code=number, edition=number)", ""),
    "half of an index": asked("session.query(Book).filter_by(code=number)"),
    "two columns that are compared": asked("session.query(Book).filter(Book.id == Shelf.id)"),
    "another comparison": asked("session.query(Book).filter(Book.id > number)"),
    "rows of two models": asked("session.query(Book, Shelf).filter(Book.id == number)"),
}


@pytest.mark.parametrize("text", cases(COUNTED))
def test_rows_counted_in_django(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text, "PW303", MODELS)


@pytest.mark.parametrize("text", cases(LOOPS))
def test_loops_in_django(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text, ("PW101", "PW102"), MODELS)


@pytest.mark.parametrize("text", cases(ASKED))
def test_rows_counted_in_sqlalchemy(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, ALCHEMY_HEAD + text, "PW303", ALCHEMY)


def read(query: str, mark: str = "  # <- PW301") -> str:
    return f"def f(request):\n    return JsonResponse({{'found': list({query})}}){mark}\n"


READ = {
    "all rows": read("Copy.objects.values('number')"),
    "counted by a column": read("Copy.objects.values('number').annotate(n=Count('id'))", ""),
    "counted by a relation": read("Copy.objects.values('book').annotate(n=Count('id')).order_by('n')", ""),
    "counted by the row's key": read("Copy.objects.values('id').annotate(n=Count('id'))"),
    "counted by its other name": read("Copy.objects.values('pk', 'number').annotate(n=Count('id'))"),
    "counted by what is unique together": read("Copy.objects.values('book', 'number').annotate(n=Count('id'))"),
    "counted by rows that belong to it": read("Shelf.objects.values('books').annotate(n=Count('id'))"),
    "counted for each row": read("Copy.objects.annotate(n=Count('id'))"),
    "counted for each row, then its values": read("Copy.objects.annotate(n=Count('id')).values('number')"),
    "different values": read("Copy.objects.values_list('number', flat=True).distinct()", ""),
    "different unique values": read("Shelf.objects.values_list('name', flat=True).distinct()"),
    "different rows": read("Copy.objects.distinct()"),
    "one row for each value": read("Copy.objects.order_by('number').distinct('number')", ""),
    "values that nobody knows": read("Copy.objects.values(*names).annotate(n=Count('id'))"),
}
VIEWS = "from django.db.models import Count\nfrom django.http import JsonResponse\n"


@pytest.mark.parametrize("text", cases(READ))
def test_grouped_rows_are_fewer_than_a_table_has(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, VIEWS + HEAD + "names = []\n" + text, "PW301", MODELS)


GROUPED = """
from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
class Base(DeclarativeBase):
    pass
class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
app = FastAPI()
@app.get("/all")
def every(session: Session):
    return session.query(Book).all()  # <- PW301
@app.get("/kinds")
def kinds(session: Session):
    return session.query(Book).group_by(Book.kind).all()
@app.get("/initials")
def initials(session: Session):
    return session.execute(select(Book).group_by(func.lower(Book.kind))).scalars().all()
@app.get("/ids")
def ids(session: Session):
    return session.query(Book, func.count(Book.kind)).group_by(Book.id).all()  # <- PW301
@app.get("/both")
def both(session: Session):
    return session.execute(select(Book).group_by(Book)).scalars().all()  # <- PW301
"""


def test_statements_that_are_grouped_by_a_column_give_fewer_rows(tmp_path: Path) -> None:
    assert_marked(tmp_path, GROUPED, "PW301")
