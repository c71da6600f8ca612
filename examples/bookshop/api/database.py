"""Engines and session factories, made once when the process starts."""

from __future__ import annotations

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from api.config import config

URL = f"sqlite:///{config.database}"
ASYNC_URL = f"sqlite+aiosqlite:///{config.database}"

engine = create_engine(URL, pool_size=10, max_overflow=5, connect_args={"check_same_thread": False})
async_engine = create_async_engine(ASYNC_URL, pool_size=10)
archive_engine = create_engine(URL, poolclass=NullPool)  # <- PW405

SessionFactory = sessionmaker(engine)
AsyncSessionFactory = async_sessionmaker(async_engine, expire_on_commit=False)
ArchiveSessionFactory = sessionmaker(archive_engine)
