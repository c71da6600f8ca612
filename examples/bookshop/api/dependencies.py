"""What the routes ask for by type."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Annotated, Any

import boto3
import httpx
import redis
from fastapi import Depends, Request
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from api.config import config
from api.database import URL, AsyncSessionFactory, SessionFactory

# --- the database -----------------------------------------------------------------------------------------------


def get_session() -> Iterator[Session]:
    """A session over the shared engine."""
    with SessionFactory() as session:
        yield session


async def get_async_session() -> AsyncIterator[AsyncSession]:
    """An asynchronous session over the shared engine."""
    async with AsyncSessionFactory() as session:
        yield session


def get_audit_session() -> Iterator[Session]:
    """A session over an engine of its own."""
    engine = create_engine(URL)  # <- PW404
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
AsyncSessionDep = Annotated[AsyncSession, Depends(get_async_session)]
AuditSessionDep = Annotated[Session, Depends(get_audit_session)]

# --- remote services --------------------------------------------------------------------------------------------


async def get_quote_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client for one request: a pool, a TLS context and a connection each time."""
    async with httpx.AsyncClient(base_url=config.price_service, timeout=2.0) as client:  # <- PW401
        yield client


def get_price_client(request: Request) -> httpx.AsyncClient:
    """The client that the lifespan opened."""
    client: httpx.AsyncClient = request.app.state.price_client
    return client


def get_counter() -> redis.Redis:
    """A redis client, and with it a connection pool, for one request."""
    return redis.Redis.from_url(config.redis, socket_timeout=2)  # <- PW402


@lru_cache(maxsize=1)
def get_cache() -> redis.Redis:
    """The process's redis client."""
    return redis.Redis.from_url(config.redis, socket_timeout=2)


def get_cover_store() -> Any:
    """An S3 client for one request."""
    return boto3.client("s3", region_name="eu-central-1")  # <- PW402


@lru_cache(maxsize=1)
def get_thumbnail_store() -> Any:
    """The process's S3 client."""
    return boto3.client("s3", region_name="eu-central-1")


QuoteClientDep = Annotated[httpx.AsyncClient, Depends(get_quote_client)]
PriceClientDep = Annotated[httpx.AsyncClient, Depends(get_price_client)]
CounterDep = Annotated[redis.Redis, Depends(get_counter)]
CacheDep = Annotated[redis.Redis, Depends(get_cache)]
CoverStoreDep = Annotated[Any, Depends(get_cover_store)]
ThumbnailStoreDep = Annotated[Any, Depends(get_thumbnail_store)]
