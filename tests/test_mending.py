"""Files that Python cannot parse: what is left of them, and that others find it there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from perflint.facts import mended
from tests.engine import assert_marked, findings

LEFT = {
    "a statement": ("x = 1\nprint 'x'\ny = 2", "x = 1\npass\ny = 2"),
    "a statement in a function": (
        "def f():\n    raise A, b, c\n    return 1",
        "def f():\n    pass\n    return 1",
    ),
    "a handler": ("try:\n    x\nexcept A, e:\n    y", "try:\n    x\nexcept Exception:\n    y"),
    "a function whose head is broken": ("x = 1\ndef f(:\n    y\n\nz = 2", "x = 1\npass\n\n\nz = 2"),
    "a function with its decorators": ("x = 1\n@a\n@b(1)\ndef f():\n    if a <> b:\n        c", "x = 1\n\n\npass\n\n"),
    "the inner of two functions": (
        "def f():\n    def g():\n        while a <> b:\n            c\n    return g",
        "def f():\n    pass\n\n\n    return g",
    ),
    "a method": (
        "class A:\n    def f(self):\n        if a <> b:\n            c\n    x = 1",
        "class A:\n    pass\n\n\n    x = 1",
    ),
    "several faults": ("print 1\nprint 2\nx = 1", "pass\npass\nx = 1"),
}


@pytest.mark.parametrize(("text", "left"), LEFT.values(), ids=LEFT.keys())
def test_what_is_left(text: str, left: str) -> None:
    rest = mended(text)
    assert rest == left
    ast.parse(rest)


@pytest.mark.parametrize("text", ["def f(:\n    x", "print 'x'", "(", "x = [\n1,\n\nclass A:\n    y = (", "\0", ""])
def test_nothing_is_left(text: str) -> None:
    assert mended(text) is None


def test_others_find_the_rest(tmp_path: Path) -> None:
    assert_marked(
        tmp_path,
        """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Author(models.Model):
    name = models.TextField()
class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
def broken():
    raise Author, 1
#: shop/views.py
from shop.models import Book
def f():
    for book in Book.objects.all():
        book.author.name  # <- PW101
""",
        "PW1",
    )


def test_the_fault_is_told(tmp_path: Path) -> None:
    found = findings(tmp_path, {"app.py": "import time\nasync def f():\n    time.sleep(1)\ndef g():\n    raise A, b\n"})
    assert [(one.code, one.span.line) for one in found] == [("PW202", 3), ("PW000", 5)]
    assert found[1].message.endswith("(the rest of the file is)")
