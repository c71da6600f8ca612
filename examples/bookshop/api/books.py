"""The catalogue: plain `def` routes, which FastAPI runs in its thread pool."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from api.dependencies import AsyncSessionDep, get_session
from api.models import Author, Book, Review

router = APIRouter(prefix="/books", tags=["books"])

Db = Annotated[Session, Depends(get_session)]
Limit = Annotated[int, Query(ge=1, le=100)]


def summary(book: Book) -> dict[str, Any]:
    """A book and who wrote it."""
    return {"title": book.title, "author": book.author.name}


def average_stars(session: Session, book: Book) -> float | None:
    """The average rating of one book: one query."""
    return session.scalar(select(func.avg(Review.stars)).where(Review.book_id == book.id))


@router.get("/newest")
def newest(session: Db, limit: Limit = 50) -> list[dict[str, Any]]:
    """The newest books and who wrote them."""
    books = session.scalars(select(Book).order_by(Book.published_on.desc()).limit(limit)).all()
    return [{"title": book.title, "author": book.author.name} for book in books]  # <- PW101


@router.get("/oldest")
def oldest(session: Db, limit: Limit = 50) -> list[dict[str, Any]]:
    """The oldest books and who wrote them, joined."""
    query = select(Book).options(joinedload(Book.author)).order_by(Book.published_on).limit(limit)
    return [{"title": book.title, "author": book.author.name} for book in session.scalars(query)]


@router.get("/cheap")
def cheap(session: Db, limit: Limit = 50) -> list[dict[str, Any]]:
    """Books under ten euros."""
    cheap_books = []
    for book in session.scalars(select(Book).where(Book.price_cents < 1000).limit(limit)):
        cheap_books.append(summary(book))  # <- PW101
    return cheap_books


@router.get("/scarce")
def scarce(session: Db, limit: Limit = 50) -> list[dict[str, Any]]:
    """Books of which few copies are left."""
    few = session.scalars(select(Book).options(selectinload(Book.author)).where(Book.stock < 25).limit(limit))
    return [summary(book) for book in few]


@router.get("/houses")
def houses(session: Db, limit: Limit = 50) -> list[dict[str, str]]:
    """Books and their publishers: the mapping joins them by itself."""
    books = session.scalars(select(Book).order_by(Book.title).limit(limit)).all()
    return [{"title": book.title, "publisher": book.publisher.name} for book in books]


@router.get("/readers")
def readers(session: Db, limit: Limit = 20) -> dict[str, list[str]]:
    """Who reviewed what."""
    found: dict[str, list[str]] = {}
    for book in session.scalars(select(Book).order_by(Book.title).limit(limit)).all():
        found[book.title] = [review.reader for review in book.reviews]  # <- PW101
    return found


@router.get("/reviewers")
def reviewers(session: Db, limit: Limit = 20) -> dict[str, list[str]]:
    """Who reviewed what, in two queries."""
    found: dict[str, list[str]] = {}
    for book in session.scalars(select(Book).options(selectinload(Book.reviews)).order_by(Book.title).limit(limit)):
        found[book.title] = [review.reader for review in book.reviews]
    return found


@router.get("/stars")
def stars(session: Db, limit: Limit = 50) -> dict[str, float | None]:
    """How readers liked each book."""
    books = session.scalars(select(Book).order_by(Book.title).limit(limit)).all()
    return {book.isbn: average_stars(session, book) for book in books}  # <- PW102


@router.get("/stars/grouped")
def stars_grouped(session: Db, limit: Limit = 50) -> dict[str, float | None]:
    """How readers liked each book, averaged in the database."""
    query = (
        select(Book.isbn, func.avg(Review.stars)).join(Review, isouter=True).group_by(Book.isbn).order_by(Book.isbn)
    ).limit(limit)
    return {isbn: average for isbn, average in session.execute(query)}


@router.get("/export")
def export(session: Db) -> list[dict[str, Any]]:
    """Every book there is."""
    books = session.scalars(select(Book)).all()  # <- PW301
    return [{"isbn": book.isbn, "title": book.title} for book in books]


@router.get("/page")
def page(session: Db, limit: Limit = 50, after: str = "") -> list[dict[str, Any]]:
    """The books that follow the given ISBN."""
    books = session.scalars(select(Book).where(Book.isbn > after).order_by(Book.isbn).limit(limit)).all()
    return [{"isbn": book.isbn, "title": book.title} for book in books]


@router.get("/writers")
async def writers(session: AsyncSessionDep, limit: Limit = 50) -> dict[str, str]:
    """Who wrote what, asked one by one."""
    found: dict[str, str] = {}
    for book in await session.scalars(select(Book).order_by(Book.title).limit(limit)):
        author = await session.get(Author, book.author_id)  # <- PW102
        found[book.title] = author.name if author else "unknown"
    return found


@router.get("/bylines")
async def bylines(session: AsyncSessionDep, limit: Limit = 50) -> dict[str, str]:
    """Who wrote what, asked once."""
    books = (await session.scalars(select(Book).order_by(Book.title).limit(limit))).all()
    wanted = {book.author_id for book in books}
    authors = {author.id: author for author in await session.scalars(select(Author).where(Author.id.in_(wanted)))}
    return {book.title: authors[book.author_id].name for book in books}


@router.get("/by-isbn/{isbn}")
def by_isbn(session: Db, isbn: str) -> dict[str, Any]:
    """One book with everything: a handful of queries, however many books there are."""
    book = session.scalar(select(Book).where(Book.isbn == isbn))
    if book is None:
        raise HTTPException(status_code=404)
    return summary(book) | {"stars": average_stars(session, book), "reviews": len(book.reviews)}
