"""JSON for the shelves on the front page and for partner sites."""

from __future__ import annotations

import time
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Avg, Count
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from catalog.helpers import money, stars
from catalog.models import Book, Review

price_session = requests.Session()


def card(book: Book) -> dict[str, str]:
    """What a shelf shows of one book."""
    return {"title": book.title, "author": book.author.name, "price": money(book.price_cents)}


def rating(book: Book) -> str:
    """The average rating of one book: one query."""
    average = Review.objects.filter(book=book).aggregate(average=Avg("stars"))["average"]
    return stars(average)


# --- shelves ----------------------------------------------------------------------------------------------------


@require_GET
def new_arrivals(request: HttpRequest) -> JsonResponse:
    """The newest books and who publishes them."""
    books = Book.objects.filter(is_listed=True).order_by("-published_on")[:50]
    shelf = []
    for book in books:
        shelf.append({"title": book.title, "publisher": book.publisher.name})  # <- PW101
    return JsonResponse({"books": shelf})


@require_GET
def bestsellers(request: HttpRequest) -> JsonResponse:
    """The books most often ordered and who publishes them."""
    books = Book.objects.select_related("publisher").annotate(sold=Count("order_lines")).order_by("-sold", "title")[:50]
    shelf = []
    for book in books:
        shelf.append({"title": book.title, "publisher": book.publisher.name, "sold": book.sold})
    return JsonResponse({"books": shelf})


@require_GET
def staff_picks(request: HttpRequest) -> JsonResponse:
    """Books under ten euros, as cards."""
    picks = Book.objects.filter(price_cents__lt=1000).order_by("title")[:50]
    return JsonResponse({"books": [card(book) for book in picks]})  # <- PW101


@require_GET
def on_sale(request: HttpRequest) -> JsonResponse:
    """Books in stock, as the same cards."""
    offers = Book.objects.with_credits().filter(stock__gt=0).order_by("title")[:50]
    return JsonResponse({"books": [card(book) for book in offers]})


@require_GET
def genre_labels(request: HttpRequest) -> JsonResponse:
    """Books with their shelf labels."""
    books = Book.objects.order_by("title")[:50]
    labels = {}
    for book in books:
        labels[book.title] = ", ".join(genre.name for genre in book.genres.all())  # <- PW101
    return JsonResponse(labels)


@require_GET
def genre_index(request: HttpRequest) -> JsonResponse:
    """Listed books with their shelf labels, in two queries."""
    books = Book.objects.filter(is_listed=True).prefetch_related("genres").order_by("title")[:50]
    labels = {}
    for book in books:
        labels[book.title] = ", ".join(genre.name for genre in book.genres.all())
    return JsonResponse(labels)


@require_GET
def ratings(request: HttpRequest) -> JsonResponse:
    """How readers liked the newest books."""
    books = Book.objects.order_by("-published_on")[:30]
    return JsonResponse({book.isbn: rating(book) for book in books})  # <- PW102


@require_GET
def top_rated(request: HttpRequest) -> JsonResponse:
    """How readers liked the best books, averaged in the database."""
    books = Book.objects.annotate(average=Avg("reviews__stars")).order_by("-average", "title")[:30]
    return JsonResponse({book.isbn: stars(book.average) for book in books})


@require_GET
def author_ids(request: HttpRequest) -> JsonResponse:
    """Which author wrote which book, by number: the key is on the row."""
    books = Book.objects.order_by("title")[:50]
    return JsonResponse({book.isbn: book.author_id for book in books})


@require_GET
def single_card(request: HttpRequest, isbn: str) -> JsonResponse:
    """One card: one author more is one query more, whatever the size of the catalogue."""
    book = get_object_or_404(Book, isbn=isbn)
    return JsonResponse(card(book) | {"rating": rating(book)})


# --- partner feeds ----------------------------------------------------------------------------------------------


@require_GET
def sitemap(request: HttpRequest) -> JsonResponse:
    """Every ISBN in the shop."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT isbn, title FROM catalog_book ORDER BY isbn")
        rows = cursor.fetchall()  # <- PW302
    return JsonResponse({"books": [{"isbn": isbn, "title": title} for isbn, title in rows]})


@require_GET
def sitemap_page(request: HttpRequest) -> JsonResponse:
    """The hundred ISBNs after the given one."""
    with connection.cursor() as cursor:
        after = request.GET.get("after", "")
        cursor.execute("SELECT isbn, title FROM catalog_book WHERE isbn > %s ORDER BY isbn LIMIT 100", [after])
        rows = cursor.fetchall()
    return JsonResponse({"books": [{"isbn": isbn, "title": title} for isbn, title in rows]})


@require_GET
def statistics(request: HttpRequest) -> JsonResponse:
    """How much there is of everything: one row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), SUM(stock) FROM catalog_book")
        [(titles, copies)] = cursor.fetchall()
    return JsonResponse({"titles": titles, "copies": copies})


# --- prices of the wholesaler -----------------------------------------------------------------------------------


@require_GET
def wholesale_price(request: HttpRequest, isbn: str) -> JsonResponse:
    """What the wholesaler asks for a book today."""
    answer = requests.get(f"{settings.PRICE_SERVICE_URL}/quotes/{isbn}")  # <- PW406, PW407
    return JsonResponse(answer.json())


@require_GET
def cached_price(request: HttpRequest, isbn: str) -> JsonResponse:
    """The same price over a shared connection, asked at most once a minute."""
    quote: dict[str, Any] | None = cache.get(f"quote:{isbn}")
    if quote is None:
        quote = price_session.get(f"{settings.PRICE_SERVICE_URL}/quotes/{isbn}", timeout=2).json()
        cache.set(f"quote:{isbn}", quote, timeout=60)
    return JsonResponse(quote)


@require_GET
def confirmed_price(request: HttpRequest, isbn: str) -> JsonResponse:
    """The price, once the wholesaler has had a moment to settle it."""
    time.sleep(0.05)  # <- PW602
    return JsonResponse(price_session.get(f"{settings.PRICE_SERVICE_URL}/quotes/{isbn}", timeout=2).json())
