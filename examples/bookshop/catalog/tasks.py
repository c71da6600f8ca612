"""Background work. A task may wait: nobody's request stands behind it."""

from __future__ import annotations

import time

from celery import shared_task

from catalog.models import Book, Review
from catalog.services import price_service, reprice

BATCH = 100


@shared_task
def refresh_prices() -> int:
    """Ask the wholesaler for every price, a hundred books at a time."""
    changed = 0
    last = 0
    while batch := list(Book.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        changed += reprice(batch, price_service().quotes(book.isbn for book in batch))
        time.sleep(0.01)
    return changed


@shared_task
def review_digest() -> list[str]:
    """One line for each of the newest reviews."""
    lines = []
    for review in Review.objects.order_by("-written_on")[:200]:
        lines.append(f"{review.reader} read {review.book.title}: {review.stars} stars")  # <- PW101
    return lines


@shared_task
def praise_digest() -> list[str]:
    """One line for each of the best reviews, the book's author named."""
    reviews = Review.objects.select_related("book__author").filter(stars=5).order_by("-written_on")[:200]
    return [f"{review.reader} loves {review.book.title} by {review.book.author.name}" for review in reviews]
