"""Where everything is. The environment decides; the defaults are for development."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """The service's settings."""

    database: str = field(default_factory=lambda: os.environ.get("BOOKSHOP_DATABASE", str(ROOT / "bookshop.sqlite3")))
    price_service: str = field(default_factory=lambda: os.environ.get("PRICE_SERVICE_URL", "http://127.0.0.1:8801"))
    redis: str = field(default_factory=lambda: os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
    bucket: str = field(default_factory=lambda: os.environ.get("BOOKSHOP_BUCKET", "bookshop-covers"))


config = Config()
