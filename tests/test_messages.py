"""What a finding says: sentence, advice, cost, place, and the steps that prove it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint.core.finding import Finding, Severity, Span, Step
from perflint.facts.ir import Node
from perflint.program.text import mentions, slot_of, unparse
from tests.engine import extract, files_of, findings

SHOP = """
#: shop/models.py
from django.db import models
class Author(models.Model): ...
class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
#: shop/cards.py
def card(book):
    return inner(book)
def inner(book):
    return book.author.name
#: shop/views.py
from django.http import HttpResponse
from shop.models import Author, Book
from shop.cards import card
def books(request):
    shelf = Book.objects.filter(pk__gt=1)
    for book in shelf:
        card(book)
def nested(request):
    for author in Author.objects.filter(pk__gt=1):
        for book in Book.objects.filter(author=author):
            book.author.name
"""
API = """
import time, requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    async def fetch(self):
        return inner()
def inner():
    return requests.get("https://x").json()
@app.get("/books/{pk}")
def books(pk):
    time.sleep(1)
@app.post("/more")
def more():
    requests.Session()
@app.put("/late")
async def late():
    inner()
"""


def find(folder: Path, text: str, code: str, line: int, path: str = "app.py") -> Finding:
    """The only finding of a code on a line."""
    (one,) = [
        one
        for one in findings(folder, files_of(text))
        if (one.code, one.span.line, one.span.path) == (code, line, path)
    ]
    return one


def steps(one: Finding) -> list[tuple[str, str, int, str]]:
    return [(step.role, step.span.path, step.span.line, step.message) for step in one.steps]


# --- rows -------------------------------------------------------------------------------------------------------


def test_a_relation_says_what_runs_for_what_and_what_it_costs(tmp_path: Path) -> None:
    one = find(tmp_path, SHOP, "PW101", 8, "shop/views.py")
    assert one.message == "card(book) (reads author) runs one query per book: books() costs 1 + N queries"
    assert one.help.startswith("load author together with the rows")
    assert (one.cost, one.symbol, one.name, one.severity) == ("1 + N", "books", "relation-in-loop", Severity.ERROR)


def test_the_steps_lead_from_the_query_to_the_read(tmp_path: Path) -> None:
    one = find(tmp_path, SHOP, "PW101", 8, "shop/views.py")
    assert steps(one) == [
        ("source", "shop/views.py", 6, "the query that feeds the loop"),
        ("context", "shop/views.py", 7, "once per book"),
        ("hop", "shop/views.py", 8, "calls card"),
        ("hop", "shop/cards.py", 3, "calls inner"),
        ("effect", "shop/cards.py", 5, "reads author: one query"),
    ]


def test_each_step_covers_what_it_talks_of(tmp_path: Path) -> None:
    one = find(tmp_path, SHOP, "PW101", 8, "shop/views.py")
    assert one.span == Span("shop/views.py", 8, 9, 8, 19)
    by_role: dict[str, Step] = {step.role: step for step in one.steps}
    assert by_role["effect"].span == Span("shop/cards.py", 5, 12, 5, 23)
    assert by_role["hop"].span == Span("shop/cards.py", 3, 12, 3, 23)


def test_nested_loops_multiply(tmp_path: Path) -> None:
    one = find(tmp_path, SHOP, "PW101", 12, "shop/views.py")
    assert one.cost == "1 + N·M"
    assert [step[3] for step in steps(one) if step[0] == "context"] == ["once per author", "once per book"]


def test_a_query_in_the_outer_loop_costs_one_factor(tmp_path: Path) -> None:
    one = find(tmp_path, SHOP, "PW102", 11, "shop/views.py")
    assert (one.cost, "per author" in one.message) == ("1 + N", True)


def test_rows_that_no_query_feeds_cost_no_first_one(tmp_path: Path) -> None:
    text = SHOP + "def f(names):\n    for name in names:\n        Book.objects.get(pk=name)\n"
    one = find(tmp_path, text, "PW102", 15, "shop/views.py")
    assert (one.cost, one.symbol) == ("N", "f")
    assert one.message.startswith("Book.objects.get(pk=name) runs one query per name")


@pytest.mark.parametrize("variable", ["_", "a.b", "(_, _)"])
def test_a_row_without_a_name_is_called_a_row(variable: str, tmp_path: Path) -> None:
    text = SHOP + f"def f(names, a):\n    for {variable} in names:\n        Book.objects.get(pk=1)\n"
    assert "per row" in find(tmp_path, text, "PW113", 15, "shop/views.py").message


# --- loop and request -------------------------------------------------------------------------------------------


def test_a_blocking_call_names_the_way_to_it(tmp_path: Path) -> None:
    one = find(tmp_path, API, "PW201", 7)
    assert one.message.startswith("requests.get() waits for another server on the event loop through inner()")
    assert (one.symbol, one.cost) == ("Api.fetch", "")
    assert steps(one) == [
        ("context", "app.py", 6, "runs on the event loop"),
        ("hop", "app.py", 7, "calls inner"),
        ("effect", "app.py", 9, "requests.get calls another server"),
    ]


def test_a_blocking_call_right_there_has_no_way(tmp_path: Path) -> None:
    one = find(tmp_path, "import time\nasync def f():\n    time.sleep(1)\n", "PW202", 3)
    assert "through" not in one.message
    assert "asyncio.sleep" in one.help
    assert [role for role, *_ in steps(one)] == ["context"]


@pytest.mark.parametrize(
    ("code", "line", "route"),
    [("PW602", 12, "GET /books/{pk}"), ("PW401", 15, "POST /more"), ("PW406", 9, "PUT /late")],
)
def test_a_request_is_named_by_its_verb_and_path(code: str, line: int, route: str, tmp_path: Path) -> None:
    one = find(tmp_path, API, code, line)
    assert route in one.message
    assert one.steps[0].message == f"once for each request: {route}"
    assert one.steps[0].role == "context"


def test_a_handler_without_a_path_is_named_as_a_call(tmp_path: Path) -> None:
    text = "import requests\nfrom django.http import HttpResponse\ndef show(request):\n    requests.Session()\n"
    assert "show()" in find(tmp_path, text, "PW401", 4).message


def test_the_symbol_is_that_of_the_place_and_not_of_the_handler(tmp_path: Path) -> None:
    assert find(tmp_path, API, "PW406", 9).symbol == "inner"


def test_no_sentence_keeps_a_hole(tmp_path: Path) -> None:
    for text in (SHOP, API):
        (tmp_path / str(len(text))).mkdir()
        for one in findings(tmp_path / str(len(text)), files_of(text)):
            said = [one.message, one.help, *[step.message for step in one.steps]]
            assert not [part for part in said if "{" in part.replace("{pk}", "") or "…()" in part or not part], said


def test_many_callers_are_counted(tmp_path: Path) -> None:
    text = "import time\ndef slow():\n    time.sleep(1)\n"
    text += "".join(f"async def f{at}():\n    slow()\n" for at in range(9))
    assert find(tmp_path, text, "PW202", 5).count == 9


def test_light_effects_are_only_information(tmp_path: Path) -> None:
    text = "import os\nasync def f():\n    os.path.exists('x')\n    open('x')\n"
    assert find(tmp_path, text, "PW204", 3).severity == Severity.INFO
    assert find(tmp_path, text, "PW204", 4).severity > Severity.INFO


# --- text of nodes ----------------------------------------------------------------------------------------------


def node(text: str) -> Node:
    found: Node = extract(f"it = {text}\n").body[0][2]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "book.author",
        "Book.objects.get(pk=book)",
        "books[0].author",
        "f(1, True, None)",
        'get("x", *rest)',
        "a()",
        "f([], ())",
        'shelf["a"]',
    ],
)
def test_an_expression_is_shown_as_it_is_written(text: str) -> None:
    assert unparse(node(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f('x')", 'f("x")'),
        ("f(a + b)", "f(…)"),
        ("f(x for x in y)", "f(…)"),
        ("f(f'{x}')", 'f(f"…")'),
        ("f(first_argument, second_argument)", "f(…)"),
        ("f(**more)", "f(**…)"),
        ("(lambda: 1)()", "…()"),
        ("a" * 80, "a" * 59 + "…"),
    ],
)
def test_what_is_long_is_shortened(text: str, expected: str) -> None:
    assert unparse(node(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", "name"),
        ("self._client", "self._client"),
        ("cache[key]", "cache"),
        ("cache.get(key)", "cache"),
        ("f().x", ""),
        ("1", ""),
    ],
)
def test_a_slot_is_named_by_its_path(text: str, expected: str) -> None:
    assert slot_of(node(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("f(x)", True), ("y[x]", True), ("f(a=[1, {2: x}])", True), ("f('x')", False), ("y.x", False), ("f(x=1)", False)],
)
def test_a_node_mentions_names_and_no_texts(text: str, expected: bool) -> None:
    assert mentions(node(text), {"x"}) is expected
