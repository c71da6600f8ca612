"""What changes by the minute: `async def` routes, which share one event loop."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import redis
import redis.asyncio
import requests
from fastapi import APIRouter, Request
from sqlalchemy import func, select

from api.config import config
from api.dependencies import AsyncSessionDep, CounterDep, PriceClientDep, QuoteClientDep, SessionDep
from api.models import Book

router = APIRouter(prefix="/live", tags=["live"])

NOTICES = Path(__file__).resolve().parent / "notices"

supplier = requests.Session()
visits = redis.Redis.from_url(config.redis, socket_timeout=2)
async_visits = redis.asyncio.Redis.from_url(config.redis, socket_timeout=2)


def fetch_quote(isbn: str) -> dict[str, Any]:
    """The supplier's answer about one book."""
    answer = supplier.get(f"{config.price_service}/quotes/{isbn}", timeout=2)
    answer.raise_for_status()
    quote: dict[str, Any] = answer.json()
    return quote


def price_in_cents(isbn: str) -> int:
    """The supplier's price of one book."""
    return int(fetch_quote(isbn)["cents"])


def shipping_terms() -> dict[str, Any]:
    """How parcels travel."""
    with open(NOTICES / "shipping.json", encoding="utf-8") as source:
        terms: dict[str, Any] = json.load(source)
    return terms


async def settle(attempt: int) -> None:
    """Give the supplier a moment between two attempts."""
    time.sleep(0.01 * attempt)  # <- PW202


# --- prices -----------------------------------------------------------------------------------------------------


@router.get("/quotes/{isbn}")
async def quote(isbn: str, client: QuoteClientDep) -> dict[str, Any]:
    """The wholesaler's answer, over a client of this request's own."""
    answer = await client.get(f"/quotes/{isbn}")
    return dict(answer.json())


@router.get("/prices/{isbn}")
async def price(isbn: str, client: PriceClientDep) -> dict[str, Any]:
    """The wholesaler's answer, over the shared client."""
    answer = await client.get(f"/quotes/{isbn}")
    return dict(answer.json())


@router.get("/list-price/{isbn}")
async def list_price(isbn: str, session: AsyncSessionDep) -> dict[str, Any]:
    """Our price beside the supplier's: the loop stands still while the supplier thinks."""
    ours = await session.scalar(select(Book.price_cents).where(Book.isbn == isbn))
    return {"ours": ours, "theirs": price_in_cents(isbn)}  # <- PW201


@router.get("/margin/{isbn}")
async def margin(isbn: str, session: AsyncSessionDep) -> dict[str, Any]:
    """The difference of both prices: the supplier is asked from a thread."""
    theirs = await asyncio.to_thread(price_in_cents, isbn)
    ours = await session.scalar(select(Book.price_cents).where(Book.isbn == isbn))
    return {"margin": (ours or 0) - theirs}


@router.get("/spot/{isbn}")
async def spot(isbn: str, session: AsyncSessionDep) -> dict[str, Any]:
    """The price of this moment, asked in the plainest way."""
    stock = await session.scalar(select(Book.stock).where(Book.isbn == isbn))
    answer = requests.get(f"{config.price_service}/quotes/{isbn}", timeout=2)  # <- PW201, PW406
    return {"stock": stock, "quote": answer.json()}


@router.get("/patient/{isbn}")
async def patient(isbn: str, client: PriceClientDep) -> dict[str, Any]:
    """The price, after a polite pause."""
    await settle(1)
    return dict((await client.get(f"/quotes/{isbn}")).json())


@router.get("/polite/{isbn}")
async def polite(isbn: str, client: PriceClientDep) -> dict[str, Any]:
    """The price, after a pause that lets others work."""
    await asyncio.sleep(0.01)
    return dict((await client.get(f"/quotes/{isbn}")).json())


# --- files and processes ----------------------------------------------------------------------------------------


@router.get("/notice")
async def notice() -> dict[str, str]:  # <- PW216
    """What hangs on the door."""
    return {"text": (NOTICES / "opening.txt").read_text(encoding="utf-8")}  # <- PW204


@router.get("/door")
async def door() -> dict[str, str]:
    """What hangs on the door, read in a thread."""
    return {"text": await anyio.Path(NOTICES / "opening.txt").read_text(encoding="utf-8")}


@router.get("/sign")
def sign() -> dict[str, str]:
    """What hangs on the door: a plain `def` runs in a thread anyway."""
    return {"text": (NOTICES / "opening.txt").read_text(encoding="utf-8")}


@router.get("/shipping")
async def shipping(session: AsyncSessionDep) -> dict[str, Any]:
    """How parcels travel, and how many books could."""
    copies = await session.scalar(select(func.sum(Book.stock)))
    return {"copies": copies, "terms": shipping_terms()}  # <- PW204


@router.get("/delivery")
async def delivery() -> dict[str, Any]:
    """How parcels travel, read in a thread."""
    return await anyio.to_thread.run_sync(shipping_terms)


@router.get("/version")
async def version(session: AsyncSessionDep) -> dict[str, Any]:
    """What runs here."""
    books = await session.scalar(select(func.count()).select_from(Book))
    done = subprocess.run([sys.executable, "-V"], capture_output=True, text=True, timeout=10)  # <- PW203
    return {"books": books, "python": done.stdout.strip()}


@router.get("/runtime")
async def runtime() -> dict[str, Any]:
    """What runs here, asked without holding up the loop."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-V", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return {"python": output.decode().strip()}


# --- stock and visitors -----------------------------------------------------------------------------------------


@router.get("/stock/{isbn}")
async def stock(isbn: str, session: SessionDep, client: PriceClientDep) -> dict[str, Any]:
    """How many copies are left: the synchronous session waits on the loop."""
    copies = session.scalar(select(Book.stock).where(Book.isbn == isbn))  # <- PW205
    answer = await client.get(f"/quotes/{isbn}")
    return {"copies": copies, "quote": answer.json()}


@router.get("/copies/{isbn}")
async def copies(isbn: str, session: AsyncSessionDep) -> dict[str, Any]:
    """How many copies are left."""
    return {"copies": await session.scalar(select(Book.stock).where(Book.isbn == isbn))}


@router.get("/visits/{isbn}")
async def visit(isbn: str, request: Request, client: PriceClientDep) -> dict[str, Any]:
    """Counts a visit with the synchronous client."""
    await client.get(f"/quotes/{isbn}")
    return {"visits": visits.incr(f"visits:{isbn}")}  # <- PW206


@router.get("/visitors/{isbn}")
async def visitor(isbn: str) -> dict[str, Any]:
    """Counts a visit without holding up the loop."""
    return {"visits": await async_visits.incr(f"visits:{isbn}")}


@router.get("/tally/{isbn}")
def tally(isbn: str, counter: CounterDep) -> dict[str, Any]:
    """Counts a visit in a thread, with the client that the dependency makes."""
    return {"visits": counter.incr(f"visits:{isbn}")}
