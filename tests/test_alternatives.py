"""Relations of which a row has one: who comes over one of them does not read the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Owner(models.Model):
    name = models.CharField(max_length=50)
class Box(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Shelf(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Room(models.Model):
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
class Book(models.Model):
    box = models.ForeignKey(Box, null=True, on_delete=models.CASCADE, related_name="books")
    shelf = models.ForeignKey(Shelf, null=True, on_delete=models.CASCADE, related_name="books")
    room = models.ForeignKey(Room, null=True, on_delete=models.CASCADE, related_name="books")
    maker = models.ForeignKey(Owner, on_delete=models.CASCADE)
    def place(self):
        if self.box:
            return self.box.owner.name
        elif self.shelf:
            return "shelf"
        elif self.room:
            return self.room.owner.name
    def named(self):
        if self.maker:
            return self.maker.name
        elif self.shelf:
            return "shelf"
"""


def over(model: str, line: str) -> str:
    """A function that runs over the books of one row."""
    return f"def f():\n    one = {model}.objects.get(pk=1)\n    for book in one.books.all():\n        {line}\n"


CASES = {
    "over the second of three": over("Shelf", "book.place()"),
    "over the last, whose own relations are read": over("Room", "book.place()"),
    "over the first": over("Box", "book.place()"),
    "over none": (
        "def f():\n    for book in Book.objects.all():\n        book.place()  # <- PW101, PW101, PW101, PW101\n"
    ),
    "beside one that is never empty": over("Shelf", "book.named()  # <- PW101"),
    "without a choice between them": over("Shelf", "x = 1 if book.box else 2  # <- PW101"),
}


@pytest.mark.parametrize("text", cases(CASES))
def test_one_of_several_relations(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, "from shop.models import Book, Box, Room, Shelf\n" + text, "PW101", MODELS)
