"""What the shop does outside a request: prices from the wholesaler, stock, mails."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import httpx
from django.conf import settings

from catalog.models import Book


class PriceService:
    """The wholesaler's price list, over one client that lives as long as the process."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=2.0)

    def quotes(self, isbns: Iterable[str]) -> dict[str, int]:
        """The prices of many books in one call."""
        answer = self._client.get("/quotes", params={"isbn": list(isbns)})
        answer.raise_for_status()
        return {quote["isbn"]: quote["cents"] for quote in answer.json()}


@lru_cache(maxsize=1)
def price_service() -> PriceService:
    """The process's price service."""
    return PriceService(settings.PRICE_SERVICE_URL)


def reprice(books: list[Book], quotes: dict[str, int]) -> int:
    """Set the quoted prices with one statement, and say how many changed."""
    changed = []
    for book in books:
        cents = quotes.get(book.isbn)
        if cents is not None and cents != book.price_cents:
            book.price_cents = cents
            changed.append(book)
    Book.objects.bulk_update(changed, ["price_cents"])
    return len(changed)
