"""Small things that several pages need. Nothing in here touches the database or the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import HttpRequest


def money(cents: int) -> str:
    """A price as people read it."""
    return f"{cents // 100}.{cents % 100:02d} EUR"


def stars(average: float | None) -> str:
    """An average rating as text."""
    return "not rated yet" if average is None else f"{average:.1f} of 5"


def page_number(request: HttpRequest) -> int:
    """The page asked for, 1 when it is missing or no number."""
    value = request.GET.get("page", "1")
    return max(int(value), 1) if value.isdigit() else 1


def cart_of(request: HttpRequest) -> dict[int, int]:
    """The visitor's cart: how many copies of which book."""
    raw: Mapping[str, int] = request.session.get("cart", {})
    return {int(book_id): quantity for book_id, quantity in raw.items()}


def total_cents(lines: Iterable[tuple[int, int]]) -> int:
    """The sum of unit price times quantity."""
    return sum(unit * quantity for unit, quantity in lines)
