"""`uvicorn api.main:app --port 8800`: the service and what it opens for its whole life."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api import books, live, reports
from api.config import config
from api.database import async_engine, engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the shared client, close it and the engines at the end."""
    async with httpx.AsyncClient(base_url=config.price_service, timeout=2.0) as price_client:
        app.state.price_client = price_client
        yield
    await live.async_visits.aclose()
    await async_engine.dispose()
    engine.dispose()


app = FastAPI(title="Bookshop", lifespan=lifespan)
app.add_middleware(GZipMiddleware, minimum_size=1024)
app.include_router(books.router)
app.include_router(live.router)
app.include_router(reports.router)


@app.get("/health")
async def health() -> dict[str, str]:
    """Whether the service is up."""
    return {"status": "ok"}
