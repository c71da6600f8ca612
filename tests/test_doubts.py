"""What costs nothing is silent, what cannot be decided is low: shared rows, words, coroutines, constants, slices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, findings
from tests.test_models_django import DJANGO

HEAD = "from shop.models import Author, Book, Publisher, Review\n"
PARENTS = {
    "what the one parent of all rows reads, it keeps": """
def f(author):
    for book in Author.objects.get(pk=author).books.all():
        book.author.publisher.name
""",
    "and so through filters": """
def f(author):
    for book in Author.objects.get(pk=author).books.filter(title="x").order_by("title"):
        book.author.publisher.name
""",
    "beside the parent each row has others": """
def f(author):
    for book in Author.objects.get(pk=author).books.all():
        book.editor.publisher.name  # <- PW101, PW101
""",
    "the parent of many is a row of its own loop": """
def f():
    for author in Author.objects.all():
        for book in author.books.all():  # <- PW101
            book.author.publisher.name  # <- PW101
""",
    "a parent that was loaded whole": """
def f():
    for author in Author.objects.select_related("publisher"):
        for book in author.books.all():  # <- PW101
            book.author.publisher.name
""",
    "rows of many parents in one list": """
def f():
    books = [book for author in Author.objects.all() for book in author.books.all()]  # <- PW101
    for book in books:
        book.author.publisher.name  # <- PW101
""",
    "without a parent each row has its own": """
def f():
    for book in Book.objects.select_related("author"):
        book.author.publisher.name  # <- PW101
""",
    "one of two ways that leads to the parent": """
def person(book, flag):
    if flag:
        return book.editor
    return book.author
def f(author, flag):
    for book in Author.objects.get(pk=author).books.select_related("editor"):
        person(book, flag).publisher.name
""",
    "two ways that both lead elsewhere": """
def person(book, flag):
    if flag:
        return book.editor
    return book.author
def f(flag):
    for book in Book.objects.select_related("editor", "author"):
        person(book, flag).publisher.name  # <- PW101
""",
}


@pytest.mark.parametrize("project", cases(PARENTS))
def test_rows_of_one_parent_share_it(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"#: app.py\n{HEAD}{project}", "PW1", DJANGO)


SECRETS = """
#: secrets.py
import requests
def get(name):
    return read(name)
def read(name):
    if name.startswith("remote/"):
        return requests.get(name, timeout=3)
    return name.upper()
def same(name):
    return name
"""
NAMES = "".join(f'    get("KEY_{number}")\n' for number in range(40))
WORDS = {
    "words that other files compare with": f"""
from secrets import get
def f(one):
    return one in ({", ".join(f'"KEY_{number}"' for number in range(40))})
async def g():
{NAMES}
""",
    "a word that the file asks for": f"""
from secrets import get
async def g(name):
{NAMES}
    get("remote/key")  # <- PW201
    get(name)  # <- PW201
""",
    "what is no test there is one here": """
import time
from secrets import same
def f(name):
    return name == "slow"
async def g():
    if same("slow") == "slow":
        time.sleep(1)  # <- PW202
""",
    "a part of a word is not decided by it": """
import time
def f(name):
    if "low" in name:
        time.sleep(1)
async def g():
    f("slow")  # <- PW202
""",
}


@pytest.mark.parametrize("project", cases(WORDS))
def test_a_word_decides_only_where_it_is_asked_for(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"#: app.py\n{project}", "PW2", SECRETS)


COROUTINES = {
    "a coroutine that only plain callers get": """
import time
class Engine:
    def run(self, flow):
        if flow.is_coroutine:
            async def inner():
                time.sleep(1)
            return inner()
        time.sleep(1)
def start(flow):
    engine = Engine()
    while flow.waits():
        engine.run(flow)
    return flow.state
""",
    "an engine for some type": """
import time
from typing import Generic, TypeVar
T = TypeVar("T")
class Engine(Generic[T]):
    def run(self, flow):
        async def inner():
            time.sleep(1)
        return inner()
def start(flow):
    engine = Engine[int]()
    while flow.waits():
        engine.run(flow)
""",
    "a coroutine that somebody awaits": """
import time
class Engine:
    def run(self, flow):
        async def inner():
            time.sleep(1)  # <- PW202
        return inner()
async def start(flow):
    await Engine().run(flow)
""",
    "a coroutine that a plain caller hands on": """
import time
def run(flow):
    async def inner():
        time.sleep(1)  # <- PW202
    return inner()
def both(flow):
    return run(flow)
async def start(flow):
    await both(flow)
""",
    "a coroutine that nobody is known to ask for": """
import time
def run(flow):
    async def inner():
        time.sleep(1)  # <- PW202
    return inner()
""",
    "a wrapper that a decorator makes": """
import time
def slow(function):
    async def inner(*args):
        time.sleep(1)  # <- PW202
        return await function(*args)
    return inner
""",
    "what blocks gives nothing to await": """
import boto3
def wrap(original):
    async def patched(**kwargs):
        return await original(**kwargs)
    return patched
client = boto3.client("sqs")
send = wrap(client.send_message)
async def f():
    await client.send_message(QueueUrl="q")
    client.send_message(QueueUrl="q")  # <- PW206
""",
}


@pytest.mark.parametrize("project", cases(COROUTINES))
def test_who_awaits_a_coroutine(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, project, "PW2")


IDENTITY = """
#: kinds.py
import enum
class Kind:
    SLOW = "slow"
class Named(Kind):
    pass
class Member(enum.Enum):
    SLOW = "slow"
"""
IDENTITIES = {
    "the constant of a plain class": """
from kinds import Kind
def f(row):
    if row.kind is Kind.SLOW:
        time.sleep(1)
""",
    "a constant that is inherited, and more": """
from kinds import Named
def f(row):
    if row.kind is Named.SLOW and row.title:
        time.sleep(1)
""",
    "equality": """
from kinds import Kind
def f(row):
    if row.kind == Kind.SLOW:
        time.sleep(1)  # <- PW602
""",
    "a member of an enumeration": """
from kinds import Member
def f(row):
    if row.kind is Member.SLOW:
        time.sleep(1)  # <- PW602
""",
    "an object that holds the constant itself": """
from kinds import Kind
class Thing:
    def __init__(self):
        self.kind = Kind.SLOW
def f(row):
    if Thing().kind is Kind.SLOW:
        time.sleep(1)  # <- PW602
""",
}


@pytest.mark.parametrize("project", cases(IDENTITIES))
def test_a_text_that_was_read_is_no_constant(project: str, tmp_path: Path) -> None:
    head = "#: app.py\nimport time\nfrom flask import Flask\napp = Flask(__name__)\n"
    tail = '@app.get("/<row>")\ndef view(row):\n    f(load(row))\n'
    assert_marked(tmp_path, head + project + tail, "PW602", IDENTITY)


SLICES = {
    "slices with their statement": """
from itertools import batched
def f(session: Session, ids):
    found = (("SELECT 1", {"ids": list(chunk)}) for chunk in batched(ids, 500))
    for statement, params in found:
        session.execute(statement, params)
""",
    "one of a slice": """
from itertools import batched
def f(session: Session, ids):
    found = [("SELECT 1", chunk[0]) for chunk in batched(ids, 500)]
    for statement, params in found:
        session.execute(statement, params)  # <- PW102
""",
}


@pytest.mark.parametrize("project", cases(SLICES))
def test_slices_in_tuples_are_slices(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"from sqlalchemy.orm import Session\n{project}", "PW102")


MAPPED = """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class Base(DeclarativeBase):
    pass
class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")
    desk: Mapped["Desk"] = relationship(back_populates="author")
class Desk(Base):
    __tablename__ = "desk"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="desk")
class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")
"""
SAID = {
    "book in session.scalars(select(Book)):\n        book.author.name": "per different author: f() costs up to 1 + N",
    "author in session.scalars(select(Author)):\n        author.books": "one query per author: f() costs 1 + N",
    "author in session.scalars(select(Author)):\n        author.desk": "one query per author: f() costs 1 + N",
}


@pytest.mark.parametrize("loop", SAID)
def test_a_session_reads_the_same_object_once(loop: str, tmp_path: Path) -> None:
    text = f"{MAPPED}\ndef f(session: Session):\n    for {loop}\n"
    (found,) = [one for one in findings(tmp_path, {"app.py": text}) if one.code == "PW101"]
    assert SAID[loop] in found.message


AGAIN = {
    "rows that an earlier loop has read": """
    books = list(session.scalars(select(Book)))
    for book in books:
        book.author.name  # <- PW101
    for book in books:
        book.author.name
""",
    "each row's own rows, again": """
    authors = list(session.scalars(select(Author)))
    for author in authors:
        author.desk  # <- PW101
    for book in session.scalars(select(Book)):
        book.author.name  # <- PW101
""",
    "the same relation of other rows": """
    for book in session.scalars(select(Book).where(Book.id < 9)):
        book.author.name  # <- PW101
    for book in session.scalars(select(Book).where(Book.id > 9)):
        book.author.name  # <- PW101
""",
    "rows that a helper has read in a loop": """
    books = list(session.scalars(select(Book)))
    names(books)
    for book in books:
        book.author.id
""",
    "rows that a helper has read, read by another": """
    books = list(session.scalars(select(Book)))
    names(books)
    for book in books:
        name(book)
""",
    "rows that are read by a helper alone": """
    books = list(session.scalars(select(Book)))
    for book in books:
        name(book)  # <- PW101
""",
    "another relation than a helper has read": """
    authors = list(session.scalars(select(Author)))
    desks(authors)
    for author in authors:
        author.books  # <- PW101
""",
    "a loop around": """
    books = list(session.scalars(select(Book)))
    for book in books:
        if any(other.author.name == book.author.name for other in books):  # <- PW101, PW101
            return book
""",
}


@pytest.mark.parametrize("body", cases(AGAIN))
def test_what_an_earlier_loop_has_read(body: str, tmp_path: Path) -> None:
    helpers = "def names(books):\n    return [book.author.id for book in books]\n"
    helpers += "def name(book):\n    return book.author.id\n"
    helpers += "def desks(authors):\n    return [author.desk for author in authors]\n"
    helpers = helpers.replace("in books]", "in books]  # <- PW101" if "names(books)" in body else "in books]")
    helpers = helpers.replace("in authors]", "in authors]  # <- PW101" if "desks(" in body else "in authors]")
    assert_marked(tmp_path, f"{MAPPED}\n{helpers}def f(session: Session):{body}", "PW101")


def test_a_word_still_names_an_attribute(tmp_path: Path) -> None:
    project = """
#: app.py
from shop.models import Author
def each(name):
    for author in Author.objects.all():
        getattr(author, name)  # <- PW101
#: other.py
from app import each
def f(words):
    for word in words:
        if word == "publisher":
            each("publisher")
"""
    assert_marked(tmp_path, project, "PW101", DJANGO)
