"""SQLAlchemy: sides of a relation, mixins, rows that share a row, and rows picked out of containers.

`tests/oracle/test_orms.py` runs the same functions on SQLite: their queries grow with the rows where a line is marked.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from typing import Optional
from sqlalchemy import Column, ForeignKey, Integer, String, create_engine
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Session, backref, declared_attr, relationship
engine = create_engine("sqlite://")
class Base(DeclarativeBase):
    pass
class Publisher(Base):
    __tablename__ = "publisher"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    founder_id = Column(ForeignKey("author.id"))
    founder = relationship("Author", foreign_keys=[founder_id])
    authors = relationship("Author", foreign_keys="Author.publisher_id", back_populates="publisher")
class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    publisher_id = Column(ForeignKey("publisher.id"))
    publisher = relationship("Publisher", foreign_keys=[publisher_id], back_populates="authors")
class Written:
    @declared_attr
    def author_id(cls):
        return Column(ForeignKey("author.id"))
    @declared_attr
    def author(cls):
        return relationship("Author", backref=backref("books"), foreign_keys=[cls.author_id])
class Book(Written, Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    editor_id = Column(ForeignKey("author.id"))
    editor = relationship("Author", foreign_keys=[editor_id])
    parent_id = Column(ForeignKey("book.id"))
    parts = relationship("Book", backref=backref("parent", remote_side=[id]))
    reviews = relationship("Review", back_populates="book")
    @hybrid_property
    def by(self):
        return self.author.name
    @by.expression
    def by(cls):
        return Author.name
class Review(Base):
    __tablename__ = "review"
    id = Column(Integer, primary_key=True)
    text = Column(String)
    book_id = Column(ForeignKey("book.id"))
    book = relationship("Book", back_populates="reviews")
"""
HEAD = (
    "from sqlalchemy import select\n"
    "from sqlalchemy.orm import Session, joinedload, lazyload, selectinload\n"
    "from shop.models import Author, Book, Publisher, Review, engine\n"
)
CASES = {
    "the side that foreign_keys names": """
def f():
    with Session(engine) as session:
        for publisher in session.query(Publisher):
            for author in publisher.authors:  # <- PW101
                print(author.name)
""",
    "the own side that foreign_keys names": """
def f():
    with Session(engine) as session:
        for publisher in session.query(Publisher).filter(Publisher.id > 0):
            print(publisher.founder)  # <- PW101
""",
    "many of itself": """
def f():
    with Session(engine) as session:
        for book in session.query(Book):
            print([part.title for part in book.parts])  # <- PW101
""",
    "a relation of a mixin": """
def f():
    with Session(engine) as session:
        for book in session.query(Book):
            print(book.author.name)  # <- PW101
""",
    "a relation of a mixin from the other side": """
def f():
    with Session(engine) as session:
        for author in session.query(Author):
            print([book.title for book in author.books])  # <- PW101
""",
    "a relation of a mixin loaded": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).options(joinedload(Book.author)):
            print(book.author.name, book.author_id)
""",
    "a hybrid property with an expression": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).filter(Book.by != ""):
            print(book.by)  # <- PW101
""",
    "rows picked out of a list": """
def f():
    with Session(engine) as session:
        authors = session.query(Author).order_by(Author.id).all()
        for at, name in enumerate([author.name for author in authors]):
            print(name, authors[at].books)  # <- PW101
""",
    "rows picked out of a dict": """
def f():
    with Session(engine) as session:
        authors = {author.id: author for author in session.query(Author)}
        for publisher in session.query(Publisher).all():
            print(authors[publisher.id].books)  # <- PW101
""",
    "rows got from a dict": """
def f():
    with Session(engine) as session:
        authors = {author.id: author for author in session.query(Author)}
        for publisher in session.query(Publisher).all():
            print(authors.get(publisher.id).books)  # <- PW101
""",
    "the next row that fits": """
def f():
    with Session(engine) as session:
        authors = session.query(Author).all()
        for publisher in session.query(Publisher).all():
            author = next(one for one in authors if one.id == publisher.id)
            print(author.books)  # <- PW101
""",
    "one row picked out before": """
def f():
    with Session(engine) as session:
        authors = session.query(Author).all()
        for publisher in session.query(Publisher).all():
            print(publisher.name, authors[0].books)
""",
    "rows picked out for few": """
def f():
    with Session(engine) as session:
        authors = session.query(Author).all()
        for at in (0, 1, 2):
            print(authors[at].books)
""",
    "rows of one parent": """
def f():
    with Session(engine) as session:
        author = session.get(Author, 1)
        for book in session.query(Book).filter(Book.author == author):
            print(book.author.publisher.name)
""",
    "rows of one key": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).filter(Book.author_id == 1):
            print(book.author.name)
""",
    "rows of one key by keyword": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).filter_by(author_id=1):
            print(book.author.name)
""",
    "rows of one parent in a statement": """
def f():
    with Session(engine) as session:
        for book in session.scalars(select(Book).where(Book.author_id == 1)):
            print(book.author.name)
""",
    "rows of one parent read another": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).filter_by(author_id=1):
            print(book.editor.name)  # <- PW101
""",
    "columns compared with one another": """
def f():
    with Session(engine) as session:
        for book in session.query(Book).join(Author, Book.author_id == Author.id).filter(Book.author_id == Author.id):
            print(book.author.name)  # <- PW101
""",
    "keys of rows that are there": """
def f():
    with Session(engine) as session:
        authors = session.query(Author).all()
        for book in session.query(Book).filter(Book.author_id.in_([author.id for author in authors])):
            print(book.author.name)
""",
    "keys from elsewhere": """
def f(keys=tuple(range(40))):
    with Session(engine) as session:
        for book in session.query(Book).filter(Book.author_id.in_(keys)):
            print(book.author.name)  # <- PW101
""",
    "what the parent of all reads": """
def f():
    with Session(engine) as session:
        author = session.get(Author, 1)
        for book in author.books:
            print(book.author.publisher.name)
""",
    "what each parent reads for its rows": """
def f():
    with Session(engine) as session:
        for author in session.query(Author).options(selectinload(Author.books)):
            for book in author.books:
                print(book.author.publisher.name)  # <- PW101
""",
    "with_parent": """
def f():
    with Session(engine) as session:
        author = session.get(Author, 1)
        for book in session.query(Book).with_parent(author, Author.books):
            print(book.author.name, book.editor.name)  # <- PW101
""",
}


@pytest.mark.parametrize("text", cases(CASES))
def test_rows(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, HEAD + text, "PW1", MODELS)


PROJECTS = {
    "relations of an extension's subclass": """
from flask_sqlalchemy import SQLAlchemy as Base
class SQLAlchemy(Base):
    def apply(self):
        return None
db = SQLAlchemy()
class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.ForeignKey("author.id"))
    author = db.relationship("Author")
def f():
    for book in Book.query:
        book.author.id  # <- PW101
""",
    "a page of rows": """
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.ForeignKey("author.id"))
    author = db.relationship("Author")
def page(query, number, show):
    found = query.paginate(page=number)
    return {"total": found.total, "items": [show(one) for one in found.items]}  # <- PW101
def f(number):
    return [page(Book.query, number, lambda book: book.author.id) for _ in "x"]
def g(number):
    found = Book.query.paginate(page=number)
    return [book.author.id for book in found]  # <- PW101
def h(number):
    found = Book.query.options(db.joinedload(Book.author)).paginate(page=number)
    return [book.author.id for book in found.items], found.next().items
""",
    "what hands rows to a loop elsewhere": """
#: shop/__init__.py
#: shop/models.py
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()
class Author(db.Model):
    id = db.Column(db.Integer, primary_key=True)
class Book(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    author_id = db.Column(db.ForeignKey("author.id"))
    author = db.relationship("Author")
#: shop/pages.py
def page(query, show):
    return [show(one) for one in query.paginate().items]  # <- PW101
def names(query, show):
    return [show(one) for one in query.paginate().items]
#: shop/views.py
from shop.models import Book
from shop.pages import names, page
class Resource:
    def get(self):
        return page(Book.query, lambda book: book.author.id)
    def post(self):
        return names(Book.query, lambda book: book.author_id)
""",
    "methods that a decorator wraps": """
import asyncio
from functools import wraps
from sqlalchemy import Column, Integer, select
from sqlalchemy.orm import DeclarativeBase, Session
class Base(DeclarativeBase):
    pass
class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
def traced(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
class Books:
    def __init__(self, session: Session):
        self.session = session
    @traced
    def find(self, key):
        return self.session.get(Book, key)
    @traced
    def find_again(self, key):
        return self.find(key)
    @traced
    def name(self, key):
        return str(key)
    @traced
    def find_once_more(self, key):
        return self.find_again(key)
def f(session: Session, keys):
    books = Books(session)
    for key in keys:
        books.find(key)  # <- PW102
        books.find_once_more(key)  # <- PW102
        books.find_again(key=key)  # <- PW102
        books.name(key)
""",
    "what only type checkers are told": """
import typing
from sqlalchemy import Column, Integer, select
from sqlalchemy.orm import DeclarativeBase, sessionmaker
class Base(DeclarativeBase):
    pass
class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
class Books:
    def __init__(self, make: sessionmaker):
        self.make = make
    def find(self, key):
        with self.make() as session:
            return session.scalars(select(Book).where(Book.id == key)).first()
class App:
    books: Books
class Holder:
    def __getattr__(self, name):
        return getattr(self.app, name)
if typing.TYPE_CHECKING:
    app: App
else:
    app = Holder()
def f(keys):
    for key in keys:
        app.books.find(key)  # <- PW102
""",
}


@pytest.mark.parametrize("text", cases(PROJECTS))
def test_rows_of(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW1")


SUBQUERIES = {
    "joined to a limited query": """
    last = select(Review.book_id).order_by(Review.id).limit(9).subquery()
    return session.scalars(select(Book).join(last, last.c.book_id == Book.id)).all()
""",
    "joined to a filtered query": """
    found = select(Review).where(Review.text == "x").cte("found")
    return session.scalars(select(Book).join(found, found.c.book_id == Book.id)).all()
""",
    "joined to a filtered query of the older kind": """
    found = session.query(Review).filter(Review.text == "x").subquery()
    return session.query(Book).join(found, found.c.book_id == Book.id).all()
""",
    "joined to a whole table": """
    every = select(Review).subquery()
    return session.scalars(select(Book).join(every, every.c.book_id == Book.id)).all()  # <- PW301
""",
    "with what a filtered query has beside it": """
    found = select(Review).where(Review.text == "x").subquery()
    return session.scalars(select(Book).outerjoin(found, found.c.book_id == Book.id)).all()  # <- PW301
""",
    "the same, told by an argument": """
    found = select(Review).where(Review.text == "x").subquery()
    return session.scalars(select(Book).join(found, found.c.book_id == Book.id, isouter=True)).all()  # <- PW301
""",
    "joined to a model": """
    return session.scalars(select(Book).join(Review, Review.book_id == Book.id)).all()  # <- PW301
""",
    "columns of a query": """
    every = select(Review).subquery()
    return session.execute(select(every)).all()
""",
}


@pytest.mark.parametrize("body", cases(SUBQUERIES))
def test_a_table_is_read(body: str, tmp_path: Path) -> None:
    head = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/books')\ndef books(session: Session):"
    assert_marked(tmp_path, HEAD + head + body, "PW301", MODELS)
