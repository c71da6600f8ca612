"""Figures for the back office: raw SQL, covers, the audit log."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import text

from api.config import config
from api.database import ArchiveSessionFactory
from api.dependencies import AuditSessionDep, CacheDep, CoverStoreDep, SessionDep, ThumbnailStoreDep

router = APIRouter(prefix="/reports", tags=["reports"])

ledger = sqlite3.connect(config.database, check_same_thread=False)


def slow_start() -> float:
    """Keeps curious people from asking too often."""
    time.sleep(0.01)  # <- PW602
    return time.perf_counter()


@contextmanager
def own_connection() -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work."""
    with closing(sqlite3.connect(config.database)) as connection:  # <- PW403
        yield connection


@router.get("/orders")
def orders() -> list[dict[str, Any]]:
    """Every order ever placed."""
    with own_connection() as connection:
        cursor = connection.execute("SELECT id, reader_email FROM catalog_order")
        return [{"id": number, "reader": email} for number, email in cursor.fetchall()]  # <- PW302


@router.get("/orders/latest")
def latest_orders() -> list[dict[str, Any]]:
    """The latest orders, over the process's connection."""
    cursor = ledger.execute("SELECT id, reader_email FROM catalog_order ORDER BY id DESC LIMIT 50")
    return [{"id": number, "reader": email} for number, email in cursor.fetchall()]


@router.get("/turnover")
def turnover(session: SessionDep, since: Annotated[float, Depends(slow_start)]) -> dict[str, Any]:
    """Money by publisher's city."""
    rows = session.execute(
        text(
            "SELECT p.city, SUM(l.quantity * l.unit_cents) FROM catalog_orderline l "
            "JOIN catalog_book b ON b.id = l.book_id JOIN catalog_publisher p ON p.id = b.publisher_id GROUP BY p.city"
        )
    )
    return {"cities": {city: cents for city, cents in rows}, "seconds": time.perf_counter() - since}


@router.get("/audit")
def audit(session: AuditSessionDep, limit: Annotated[int, Query(le=100)] = 20) -> list[dict[str, Any]]:
    """The latest order lines."""
    rows = session.execute(text("SELECT id, quantity FROM catalog_orderline ORDER BY id DESC LIMIT :n"), {"n": limit})
    return [{"line": line, "quantity": quantity} for line, quantity in rows]


@router.get("/archive")
def archive() -> dict[str, int]:
    """How many orders there are, asked of the archive."""
    with ArchiveSessionFactory() as session:
        return {"orders": session.execute(text("SELECT COUNT(*) FROM catalog_order")).scalar_one()}


@router.get("/covers/{isbn}")
def cover(isbn: str, store: CoverStoreDep) -> dict[str, str]:
    """A link to a cover, signed with a client of this request's own."""
    key = {"Bucket": config.bucket, "Key": f"{isbn}.jpg"}
    return {"url": store.generate_presigned_url("get_object", Params=key, ExpiresIn=300)}


@router.get("/thumbnails/{isbn}")
def thumbnail(isbn: str, store: ThumbnailStoreDep, cache: CacheDep) -> dict[str, str]:
    """A link to a small cover, signed with the shared client and kept for five minutes."""
    known = cache.get(f"thumbnail:{isbn}")
    if known is not None:
        return {"url": known.decode()}
    key = {"Bucket": config.bucket, "Key": f"small/{isbn}.jpg"}
    url: str = store.generate_presigned_url("get_object", Params=key, ExpiresIn=600)
    cache.set(f"thumbnail:{isbn}", url, ex=300)
    return {"url": url}
