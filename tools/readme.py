"""Write the generated sections of README.md anew: the table of rules, and what a run prints.

    python tools/readme.py            write them
    python tools/readme.py --check    exit with 1 if they are not up to date

A section stands between `<!-- name:begin -->` and `<!-- name:end -->`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from perflint import catalog, check
from perflint.catalog.cards import Card
from perflint.config import Settings
from perflint.report import render

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"

FAMILIES = {
    "1": "N+1 and queries per row",
    "2": "Blocked event loop",
    "3": "Unbounded results",
    "4": "Connections, clients and timeouts",
    "5": "Caching",
    "6": "Work inside a request",
    "7": "Configuration and deployment",
    "0": "The run itself",
}
"""What the first digit of a code stands for, in the order of the table."""

EXAMPLE = {
    "shop/models.py": """\
        from django.db import models


        class Author(models.Model):
            name = models.CharField(max_length=100)


        class Book(models.Model):
            title = models.CharField(max_length=100)
            active = models.BooleanField(default=True)
            author = models.ForeignKey(Author, on_delete=models.CASCADE)
        """,
    "shop/cards.py": """\
        from shop.models import Book


        def render_card(book: Book) -> str:
            return f"{book.title} by {book.author.name}"
        """,
    "shop/views.py": """\
        from django.http import HttpResponse

        from shop.cards import render_card
        from shop.models import Book


        def shelf(request):
            cards = []
            books = Book.objects.filter(active=True)[:50]
            for book in books:
                cards.append(render_card(book))
            return HttpResponse("".join(cards))
        """,
    "api/prices.py": """\
        import requests
        from fastapi import FastAPI

        app = FastAPI()


        def price_of(isbn: str) -> int:
            return requests.get(f"https://prices.example/{isbn}", timeout=3).json()["price"]


        @app.get("/prices/{isbn}")
        async def price(isbn: str) -> int:
            return price_of(isbn)
        """,
}
"""The code whose findings the README shows; the select keeps the page short."""
SHOWN = ("PW101", "PW201")


def rules_table() -> str:
    """One table of all rules, family by family."""
    lines = ["| code | rule | severity | default | what it finds |", "|---|---|---|---|---|"]
    cards = catalog.load().cards.values()
    for digit, title in FAMILIES.items():
        members = [card for card in cards if card.code[2] == digit]
        if members:
            lines.append(f"| | **{title}** | | | |")
            lines += [_row(card) for card in members]
    return "\n".join(lines)


def _row(card: Card) -> str:
    link = f"[{card.name}]({card.path.relative_to(ROOT).as_posix()})"
    summary = card.summary.replace("|", "\\|")
    return f"| {card.code} | {link} | {card.severity} | {'on' if card.default else 'off'} | {summary} |"


def example_output() -> str:
    """What a run over the example prints."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in EXAMPLE.items():
            path = Path(name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(re.sub("^ {8}", "", text, flags=re.MULTILINE), encoding="utf-8")
        result = check.run(["."], Settings(jobs=1))
        found = [one for one in result.findings if one.code in SHOWN]
        text = render(replace(result, findings=tuple(found)), "full")
        os.chdir(ROOT)
    return f"```text\n$ perflint check .\n{text.rstrip()}\n```"


SECTIONS: dict[str, Callable[[], str]] = {"rules": rules_table, "output": example_output}


def renewed(text: str) -> str:
    """`text` with every generated section as it must be. Raises ValueError if one is missing."""
    for name, make in SECTIONS.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{README.name} has no section between {begin} and {end}")
        text = f"{head}{begin}\n{make()}\n{end}{tail}"
    return text


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    before = README.read_text(encoding="utf-8")
    after = renewed(before)
    if arguments == ["--check"]:
        if before != after:
            print("README.md is not up to date: run make readme", file=sys.stderr)
            return 1
        return 0
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
