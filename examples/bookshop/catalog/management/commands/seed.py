"""`manage.py seed --books 12`: fills an empty shop."""

from __future__ import annotations

import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from catalog.models import Author, Book, Genre, Order, OrderLine, Portrait, Publisher, Review


class Command(BaseCommand):
    """Every book gets an author, a publisher, two genres, two reviews and an order of its own."""

    help = "Fill the shop with books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many books."""
        parser.add_argument("--books", type=int, default=12)

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace everything in the shop."""
        for model in (OrderLine, Order, Review, Book, Portrait, Author, Publisher, Genre):
            model.objects.all().delete()
        genres = [Genre.objects.create(name=name) for name in ("Crime", "Travel")]
        for number in range(options["books"]):
            author = Author.objects.create(name=f"Author {number:03d}")
            Portrait.objects.create(author=author, path=f"portraits/{number}.jpg", photographer=f"Studio {number}")
            book = Book.objects.create(
                title=f"Book {number:03d}",
                isbn=f"97800000{number:05d}",
                author=author,
                publisher=Publisher.objects.create(name=f"House {number:03d}", city="Leipzig"),
                price_cents=790 + number,
                stock=20,
                published_on=datetime.date(2024, 1, 1) + datetime.timedelta(days=number),
            )
            book.genres.set(genres)
            for stars in (4, 5):
                Review.objects.create(
                    book=book, reader=f"Reader {stars}", stars=stars, text="Read it.", written_on=book.published_on
                )
            order = Order.objects.create(reader_email=f"reader{number}@example.org")
            OrderLine.objects.create(order=order, book=book, quantity=1, unit_cents=book.price_cents)
        self.stdout.write(f"{options['books']} books")
