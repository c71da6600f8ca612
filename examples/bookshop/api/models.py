"""The shop's tables as this service sees them."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The declarative base."""


class Publisher(Base):
    """A publishing house."""

    __tablename__ = "catalog_publisher"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    city: Mapped[str]


class Author(Base):
    """A person who writes."""

    __tablename__ = "catalog_author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(Base):
    """A title on sale."""

    __tablename__ = "catalog_book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    isbn: Mapped[str] = mapped_column(unique=True)
    price_cents: Mapped[int]
    stock: Mapped[int]
    published_on: Mapped[datetime.date]
    author_id: Mapped[int] = mapped_column(ForeignKey("catalog_author.id"))
    publisher_id: Mapped[int] = mapped_column(ForeignKey("catalog_publisher.id"))

    author: Mapped[Author] = relationship(back_populates="books")
    publisher: Mapped[Publisher] = relationship(lazy="joined")
    reviews: Mapped[list[Review]] = relationship(back_populates="book")


class Review(Base):
    """What one reader thought of one book."""

    __tablename__ = "catalog_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader: Mapped[str]
    stars: Mapped[int]
    text: Mapped[str]
    book_id: Mapped[int] = mapped_column(ForeignKey("catalog_book.id"))

    book: Mapped[Book] = relationship(back_populates="reviews")
