"""What costs nothing is silent, and what cannot be decided is low: shared objects, words, coroutines, one-off clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases
from tests.test_models import DJANGO

HEAD = "from shop.models import Author, Book, Publisher, Review\n"
PARENTS = {
    "what the one parent of all rows reads, it keeps": """
def f(author):
    for book in Author.objects.get(pk=author).books.all():
        book.author.publisher.name
""",
    "and so through filters": """
def f(author):
    for book in Author.objects.get(pk=author).books.filter(title="x").order_by("title"):
        book.author.publisher.name
""",
    "beside the parent each row has others": """
def f(author):
    for book in Author.objects.get(pk=author).books.all():
        book.editor.publisher.name  # <- PW101, PW101
""",
    "the parent of many is a row of its own loop": """
def f():
    for author in Author.objects.all():
        for book in author.books.all():  # <- PW101
            book.author.publisher.name  # <- PW101
""",
    "a parent that was loaded whole": """
def f():
    for author in Author.objects.select_related("publisher"):
        for book in author.books.all():  # <- PW101
            book.author.publisher.name
""",
    "rows of many parents in one list": """
def f():
    books = [book for author in Author.objects.all() for book in author.books.all()]  # <- PW101
    for book in books:
        book.author.publisher.name  # <- PW101
""",
    "without a parent each row has its own": """
def f():
    for book in Book.objects.select_related("author"):
        book.author.publisher.name  # <- PW101
""",
    "one of two ways that leads to the parent": """
def person(book, flag):
    if flag:
        return book.editor
    return book.author
def f(author, flag):
    for book in Author.objects.get(pk=author).books.select_related("editor"):
        person(book, flag).publisher.name
""",
    "two ways that both lead elsewhere": """
def person(book, flag):
    if flag:
        return book.editor
    return book.author
def f(flag):
    for book in Book.objects.select_related("editor", "author"):
        person(book, flag).publisher.name  # <- PW101
""",
}


@pytest.mark.parametrize("project", cases(PARENTS))
def test_rows_of_one_parent_share_it(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"#: app.py\n{HEAD}{project}", "PW1", DJANGO)


SECRETS = """
#: secrets.py
import requests
def get(name):
    return read(name)
def read(name):
    if name.startswith("remote/"):
        return requests.get(name, timeout=3)
    return name.upper()
def same(name):
    return name
"""
NAMES = "".join(f'    get("KEY_{number}")\n' for number in range(40))
WORDS = {
    "words that other files compare with": f"""
from secrets import get
def f(one):
    return one in ({", ".join(f'"KEY_{number}"' for number in range(40))})
async def g():
{NAMES}
""",
    "a word that the file asks for": f"""
from secrets import get
async def g(name):
{NAMES}
    get("remote/key")  # <- PW201
    get(name)  # <- PW201
""",
    "what is no test there is one here": """
import time
from secrets import same
def f(name):
    return name == "slow"
async def g():
    if same("slow") == "slow":
        time.sleep(1)  # <- PW202
""",
    "a part of a word is not decided by it": """
import time
def f(name):
    if "low" in name:
        time.sleep(1)
async def g():
    f("slow")  # <- PW202
""",
}


@pytest.mark.parametrize("project", cases(WORDS))
def test_a_word_decides_only_where_it_is_asked_for(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"#: app.py\n{project}", "PW2", SECRETS)
