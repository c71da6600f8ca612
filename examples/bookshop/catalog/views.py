"""The pages of the shop front."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Avg, F, Prefetch
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from catalog.helpers import cart_of, money, page_number, stars, total_cents
from catalog.models import Author, Book, Order, OrderLine, Publisher, Review


class BookList(ListView):
    """The whole catalogue, page by page."""

    queryset = Book.objects.select_related("author", "publisher").order_by("title")
    template_name = "catalog/book_list.html"
    context_object_name = "books"
    paginate_by = 24


@require_GET
def book_page(request: HttpRequest, isbn: str) -> HttpResponse:
    """One book with its newest reviews."""
    book = get_object_or_404(Book.objects.select_related("author", "publisher"), isbn=isbn)
    reviews = book.reviews.order_by("-written_on")[:10]
    average = book.reviews.aggregate(average=Avg("stars"))["average"]
    return render(
        request,
        "catalog/book.html",
        {"book": book, "reviews": reviews, "rating": stars(average), "author": book.author},
    )


class AuthorDirectory(View):
    """Everybody who has a portrait, each with the picture's credit line."""

    page_size = 50

    def get(self, request: HttpRequest) -> JsonResponse:
        """One page of authors."""
        authors = Author.objects.order_by("name")[: self.page_size]
        return JsonResponse({"authors": [self.entry(author) for author in authors]})  # <- PW101

    def entry(self, author: Author) -> dict[str, str]:
        """One line of the directory."""
        return {"name": author.name, "portrait": author.portrait.path}


class PhotographerDirectory(AuthorDirectory):
    """The same people for the press, with the photographers' names."""

    def get(self, request: HttpRequest) -> JsonResponse:
        """One page of authors with their portraits joined."""
        authors = Author.objects.select_related("portrait").order_by("name")[: self.page_size]
        entries = [self.entry(author) | {"by": author.portrait.photographer} for author in authors]
        return JsonResponse({"authors": entries})


@require_GET
def publishers(request: HttpRequest) -> HttpResponse:
    """A page that lists every publisher there is."""
    return render(request, "catalog/publishers.html", {"publishers": Publisher.objects.all()})  # <- PW301


@require_GET
def authors(request: HttpRequest) -> HttpResponse:
    """The authors, fifty to a page."""
    page = Paginator(Author.objects.order_by("name"), 50).get_page(page_number(request))
    return render(request, "catalog/authors.html", {"page": page})


@require_GET
def bibliography(request: HttpRequest) -> JsonResponse:
    """Authors, their books, and what readers wrote about each."""
    entries = []
    for author in Author.objects.order_by("name")[:20]:
        for book in author.books.all():  # <- PW101
            readers = [review.reader for review in book.reviews.all()]  # <- PW101
            entries.append({"author": author.name, "title": book.title, "readers": readers})
    return JsonResponse({"entries": entries})


@require_GET
def reading_lists(request: HttpRequest) -> JsonResponse:
    """Authors and their books with the best reviews, in three queries."""
    praise = Prefetch("books__reviews", queryset=Review.objects.filter(stars__gte=4))
    entries = []
    for author in Author.objects.prefetch_related("books", praise).order_by("name")[:20]:
        for book in author.books.all():
            readers = [review.reader for review in book.reviews.all()]
            entries.append({"author": author.name, "title": book.title, "readers": readers})
    return JsonResponse({"entries": entries})


# --- the cart ---------------------------------------------------------------------------------------------------


@require_POST
def add_to_cart(request: HttpRequest, isbn: str) -> HttpResponse:
    """Put one more copy into the cart."""
    book = get_object_or_404(Book.objects.listed(), isbn=isbn)
    cart = cart_of(request)
    cart[book.pk] = cart.get(book.pk, 0) + 1
    request.session["cart"] = {str(key): quantity for key, quantity in cart.items()}
    return redirect("book-list")


@require_GET
def cart(request: HttpRequest) -> JsonResponse:
    """What is in the cart."""
    lines: list[dict[str, Any]] = []
    for book_id, quantity in cart_of(request).items():
        book = Book.objects.get(pk=book_id)  # <- PW102
        lines.append({"title": book.title, "quantity": quantity, "price": money(book.price_cents * quantity)})
    return JsonResponse({"lines": lines})


@require_GET
def cart_total(request: HttpRequest) -> JsonResponse:
    """What the cart costs: the books are fetched in one query."""
    wanted = cart_of(request)
    books = Book.objects.in_bulk(list(wanted))
    priced = [(books[book_id].price_cents, quantity) for book_id, quantity in wanted.items() if book_id in books]
    return JsonResponse({"total": money(total_cents(priced))})


@require_POST
def place_order(request: HttpRequest) -> JsonResponse:
    """Turn the cart into an order."""
    wanted = cart_of(request)
    with transaction.atomic():
        order = Order.objects.create(reader_email=request.POST["email"])
        books = Book.objects.select_for_update().filter(pk__in=list(wanted))
        lines = [
            OrderLine(order=order, book=book, quantity=wanted[book.pk], unit_cents=book.price_cents) for book in books
        ]
        OrderLine.objects.bulk_create(lines)
        Book.objects.filter(pk__in=list(wanted)).update(stock=F("stock") - 1)
    request.session["cart"] = {}
    return JsonResponse({"order": order.pk, "lines": len(lines)})
