"""Models of SQLAlchemy, Flask-SQLAlchemy and SQLModel: which reads cost a query per row, and what loads them before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

ALCHEMY_2 = """
from sqlalchemy import Column, ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, lazyload, mapped_column, relationship
from sqlalchemy.orm import selectinload, subqueryload, contains_eager, raiseload, WriteOnlyMapped, DynamicMapped
from typing import List, Optional
class Base(DeclarativeBase): ...
links = Table("links", Base.metadata, Column("a", ForeignKey("books.id")), Column("b", ForeignKey("tags.id")))
class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[List["Book"]] = relationship(back_populates="author")
    eager: Mapped[List["Book"]] = relationship(lazy="selectin", viewonly=True)
    raised: Mapped[List["Book"]] = relationship(lazy="raise", viewonly=True)
    queried: DynamicMapped["Book"] = relationship(lazy="dynamic", viewonly=True)
class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
class Cover(Base):
    __tablename__ = "covers"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"))
class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped["Author"] = relationship(back_populates="books")
    maybe: Mapped[Optional["Author"]] = relationship(viewonly=True)
    joined: Mapped["Author"] = relationship(lazy="joined", viewonly=True)
    tags: Mapped[List[Tag]] = relationship(secondary=links)
    cover: Mapped["Cover"] = relationship(uselist=False)
"""


def rows(statement: str, *reads: str) -> str:
    """A function that runs over the rows of a SQLAlchemy 2 statement."""
    return (
        ALCHEMY_2
        + f"def f(session: Session):\n    for row in session.scalars({statement}):\n"
        + "".join(f"        {one}\n" for one in reads)
    )


SQLALCHEMY = {
    "a mapped row": rows("select(Book)", "row.author.id  # <- PW101"),
    "a mapped optional": rows("select(Book)", "row.maybe.id  # <- PW101"),
    "a column": rows("select(Book)", "row.author_id", "row.id"),
    "a mapped list": rows("select(Author)", "for one in row.books:  # <- PW101", "    one.id"),
    "a mapped list that is only measured": rows("select(Author)", "len(row.books)  # <- PW101"),
    "the parent of a row's own children": rows(
        "select(Author)", "for one in row.books:  # <- PW101", "    one.author.id"
    ),
    "a secondary table": rows("select(Book)", "list(row.tags)  # <- PW101"),
    "uselist=False": rows("select(Book)", "row.cover.id  # <- PW101"),
    "lazy selectin": rows("select(Author)", "list(row.eager)"),
    "lazy joined": rows("select(Book)", "row.joined.id"),
    "lazy raise": rows("select(Author)", "row.raised"),
    "lazy dynamic": rows("select(Author)", "row.queried.all()  # <- PW101"),
    "joinedload": rows("select(Book).options(joinedload(Book.author))", "row.author.id"),
    "selectinload": rows("select(Author).options(selectinload(Author.books))", "list(row.books)"),
    "subqueryload": rows("select(Author).options(subqueryload(Author.books))", "list(row.books)"),
    "an option of something else": rows("select(Book).options(joinedload(Book.tags))", "row.author.id  # <- PW101"),
    "a chain of options": rows(
        "select(Author).options(selectinload(Author.books).joinedload(Book.tags))",
        "for one in row.books:",
        "    list(one.tags)",
    ),
    "the first of a chain only": rows(
        "select(Author).options(selectinload(Author.books))",
        "for one in row.books:",
        "    list(one.tags)  # <- PW101",
    ),
    "contains_eager": rows("select(Book).join(Book.author).options(contains_eager(Book.author))", "row.author.id"),
    "a join alone loads nothing": rows("select(Book).join(Book.author)", "row.author.id  # <- PW101"),
    "lazyload switches eager loading off": rows(
        "select(Book).options(lazyload(Book.joined))", "row.joined.id  # <- PW101"
    ),
    "a wildcard": rows("select(Book).options(joinedload('*'))", "row.author.id"),
    "a single row": ALCHEMY_2 + "def f(session: Session):\n    row = session.get(Book, 1)\n    row.author.id\n",
    "all of them": ALCHEMY_2
    + "def f(session: Session):\n    for row in session.execute(select(Book)).scalars().all():\n"
    "        row.author.id  # <- PW101\n",
    "tuples of rows": ALCHEMY_2
    + "def f(session: Session):\n    for book, author in session.execute(select(Book, Author)):\n"
    "        book.author.id  # <- PW101\n        author.id\n",
    "columns only": ALCHEMY_2
    + "def f(session: Session):\n    for title, key in session.execute(select(Book.id, Book.author_id)):\n"
    "        title.author\n",
    "a query for each row": rows("select(Author)", "session.get(Book, row.id)  # <- PW102"),
    "a statement for each row": rows(
        "select(Author)", "session.scalars(select(Book).where(Book.author_id == row.id)).all()  # <- PW102"
    ),
    "builtin list in Mapped": """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class Base(DeclarativeBase): ...
class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()
class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    editor: Mapped["Author"] = relationship(viewonly=True)
def f(session: Session):
    for author in session.scalars(select(Author)):
        for book in author.books:  # <- PW101
            book.editor.id  # <- PW101
""",
    "1.x: Column, relationship and backref": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import Session, backref, joinedload, relationship
Base = declarative_base()
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"))
    author = relationship("Author", backref="books")
    editor_id = Column(Integer, ForeignKey("authors.id"))
    editor = relationship(Author, backref=backref("edited", lazy="joined"))
def f(session: Session):
    for book in session.query(Book).all():
        book.author.id  # <- PW101
        book.author_id
    for book in session.query(Book).options(joinedload("author")):
        book.author.id
    for book in session.query(Book).options(joinedload(Book.author)).filter(Book.id > 1):
        book.author.id
    for author in session.query(Author):
        len(author.books)  # <- PW101
        len(author.edited)
    session.query(Book).first().author.id
""",
    "1.x: dynamic": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import Session, declarative_base, relationship
Base = declarative_base()
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    books = relationship("Book", lazy="dynamic")
class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"))
def f(session: Session):
    for author in session.query(Author).all():
        author.books.filter(Book.id > 1).all()  # <- PW102
        author.books
""",
    "1.x: a loader that is extended in place": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload
Base = declarative_base()
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"))
    shelf_id = Column(Integer, ForeignKey("shelves.id"))
    author = relationship(Author)
    pages = relationship("Page")
class Page(Base):
    __tablename__ = "pages"
    id = Column(Integer, primary_key=True)
    book_id = Column(Integer, ForeignKey("books.id"))
    notes = relationship("Note")
    marks = relationship("Mark")
class Note(Base):
    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
    page_id = Column(Integer, ForeignKey("pages.id"))
class Mark(Base):
    __tablename__ = "marks"
    id = Column(Integer, primary_key=True)
    page_id = Column(Integer, ForeignKey("pages.id"))
class Shelf(Base):
    __tablename__ = "shelves"
    id = Column(Integer, primary_key=True)
    books = relationship(Book)
def f(session: Session):
    books = joinedload(Shelf.books)
    books.joinedload(Book.author)
    pages = books.selectinload(Book.pages)
    pages.joinedload(Page.notes)
    for shelf in session.query(Shelf).options(books):
        for book in shelf.books:
            book.author.id
            for page in book.pages:
                page.notes
                page.marks  # <- PW101
""",
    "1.x: the query property of a scoped session": """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base, relationship, scoped_session, sessionmaker
Session = scoped_session(sessionmaker())
Base = declarative_base()
Base.query = Session.query_property()
class Named:
    query = Session.query_property()
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    books = relationship("Book")
class Publisher(Named, Base):
    __tablename__ = "publishers"
    id = Column(Integer, primary_key=True)
    books = relationship("Book")
class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    query = Column(Integer)
def f():
    for author in Author.query.filter(Author.id > 1):
        len(author.books)  # <- PW101
    for publisher in Publisher.query.all():
        len(publisher.books)  # <- PW101
    for publisher in Publisher.query.first().books:
        publisher.id
    for book in Book.query:
        book.id
""",
    "Flask-SQLAlchemy": """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    books = db.relationship("Book", backref="author", lazy=True)
    covers = db.relationship("Book", lazy="joined")
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.Integer, db.ForeignKey("author.id"))
def f():
    for book in Book.query.all():
        book.author.id  # <- PW101
    for author in Author.query.filter(Author.id > 1):
        len(author.books)  # <- PW101
        len(author.covers)
    for book in Book.query.options(db.joinedload(Book.author)).all():
        book.author.id
    for author in db.session.scalars(db.select(Author)):
        Book.query.filter_by(author_id=author.id).all()  # <- PW102
""",
    "Flask-SQLAlchemy: a class of one's own": """
#: base.py
from flask_sqlalchemy import SQLAlchemy
class Mine(SQLAlchemy):
    def configure(self):
        pass
db = Mine(session_options={})
#: models.py
from base import db
class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.Integer, db.ForeignKey("author.id"))
    author = db.relationship(Author)
def f():
    for book in Book.query.all():
        book.author.id  # <- PW101
""",
    "Flask-SQLAlchemy: a mixin behind the base hides nothing of it": """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
class Plain:
    @classmethod
    def query(cls):
        return []
class Author(db.Model, Plain):
    id = db.Column(db.Integer, primary_key=True)
    books = db.relationship("Book")
class Publisher(Plain, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    books = db.relationship("Book")
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
def f():
    for author in Author.query.all():
        len(author.books)  # <- PW101
    for publisher in Publisher.query():
        len(publisher.books)
""",
    "SQLModel": """
from typing import List, Optional
from sqlmodel import Field, Relationship, Session, SQLModel, select
class BookBase(SQLModel):
    title: str
class Author(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    books: List["Book"] = Relationship(back_populates="author")
class Book(BookBase, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    author_id: Optional[int] = Field(default=None, foreign_key="author.id")
    author: Optional[Author] = Relationship(back_populates="books")
class BookRead(BookBase):
    author: Optional[Author] = None
def f(session: Session, given: List[BookRead]):
    for book in session.exec(select(Book)).all():
        book.author.id  # <- PW101
        book.title
    for author in session.exec(select(Author)):
        len(author.books)  # <- PW101
    for one in given:
        one.author.id
""",
    "a dataclass is no model": """
from dataclasses import dataclass
from sqlalchemy.orm import Session
@dataclass
class Author:
    id: int
@dataclass
class Book:
    author: Author
def f(session: Session, books: list[Book]):
    for book in books:
        book.author.id
""",
}

KNOWN_GAPS = {
    "lazyload switches eager loading off": "lazyload() does not switch a mapping's own loading off",
}


@pytest.mark.parametrize("text", cases(SQLALCHEMY, KNOWN_GAPS))
def test_models_of_sqlalchemy(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW1")
