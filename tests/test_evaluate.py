"""Summaries and meetings: which effects a function has, how sure they are, and where each becomes a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint.core.finding import Confidence
from perflint.program.effects import Effect, Summary
from perflint.program.program import CALL_DEPTH
from tests.engine import Hit, assert_marked, cases, files_of, lint, summary


def effects(found: Summary, kind: str) -> list[Effect]:
    return [one for one in found.effects if one.kind == kind]


def names(effect: Effect) -> list[str]:
    return [hop.name for hop in effect.hops]


def hits(folder: Path, text: str, code: str) -> list[Hit]:
    return [one for one in lint(folder, files_of(text)) if one.code == code]


# --- summaries --------------------------------------------------------------------------------------------------

SLEEPER = "import time\ndef slow():\n    time.sleep(1)\ndef middle():\n    slow()\ndef top():\n    middle()\n"


def test_an_effect_stands_where_it_happens(tmp_path: Path) -> None:
    (one,) = effects(summary(tmp_path, SLEEPER, "slow"), "sleep")
    assert (one.callee, one.hops, one.blocks, one.site == one.origin) == ("time.sleep", (), True, True)


def test_an_effect_below_keeps_its_way(tmp_path: Path) -> None:
    (one,) = effects(summary(tmp_path, SLEEPER, "top"), "sleep")
    assert names(one) == ["middle", "slow"]
    assert one.site != one.origin


def test_a_function_without_effects_has_an_empty_summary(tmp_path: Path) -> None:
    assert summary(tmp_path, "def f(a):\n    return [one + 1 for one in a]\n", "f").effects == ()


def test_an_effect_in_each_branch_is_there_once_a_place(tmp_path: Path) -> None:
    text = "import time\ndef f(a):\n    if a:\n        time.sleep(1)\n    else:\n        time.sleep(2)\n"
    assert len(effects(summary(tmp_path, text, "f"), "sleep")) == 2


def test_the_shortest_way_to_an_effect_is_kept(tmp_path: Path) -> None:
    text = SLEEPER + "def both():\n    top()\n    slow()\n"
    assert sorted(len(one.hops) for one in effects(summary(tmp_path, text, "both"), "sleep")) == [1, 3]


@pytest.mark.parametrize(
    ("call", "there"),
    [
        ("time.sleep(1)", True),
        ("time.sleep(0)", False),
        ("time.sleep", False),
        ("lock.acquire()", True),
        ("lock.acquire(False)", False),
        ("lock.acquire(blocking=False)", False),
        ("lock.acquire(blocking=True)", True),
    ],
)
def test_guards_take_an_effect_away(call: str, there: bool, tmp_path: Path) -> None:
    text = f"import threading, time\nlock = threading.Lock()\ndef f():\n    {call}\n"
    found = summary(tmp_path, text, "f").effects
    assert any(one.kind in ("sleep", "wait") and one.blocks for one in found) is there


def test_what_a_coroutine_does_blocks_nobody_who_calls_it(tmp_path: Path) -> None:
    text = "import time\nasync def inner():\n    time.sleep(1)\nasync def outer():\n    await inner()\n"
    assert [one.blocks for one in effects(summary(tmp_path, text, "inner"), "sleep")] == [True]
    assert [one.blocks for one in effects(summary(tmp_path, text, "outer"), "sleep")] == [False]


def test_an_awaited_effect_costs_and_does_not_block(tmp_path: Path) -> None:
    text = "import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n        await c.get('x')\n"
    assert [one.blocks for one in effects(summary(tmp_path, text, "f"), "http")] == [False]


def test_an_effect_knows_the_loops_around_it(tmp_path: Path) -> None:
    text = "import requests\ndef f(a, b):\n    for x in a:\n        for y in b:\n            requests.get(y)\n"
    (one,) = effects(summary(tmp_path, text, "f"), "http")
    assert [loop.variable for loop in one.loops] == ["x", "y"]
    assert one.uses


def test_an_effect_knows_whether_it_uses_the_loop(tmp_path: Path) -> None:
    text = "import requests\ndef f(a):\n    for x in a:\n        url = x + '/'\n"
    text += "        requests.get(url)\n        requests.get('y')\n"
    assert sorted(one.uses for one in effects(summary(tmp_path, text, "f"), "http")) == [False, True]


def test_a_loop_inside_the_callee_stays_there(tmp_path: Path) -> None:
    text = "import requests\ndef load(a):\n    for x in a:\n        requests.get(x)\ndef f(a):\n    load(a)\n"
    (one,) = effects(summary(tmp_path, text, "f"), "http")
    assert (one.loops, one.met) == ((), True)


def test_a_chain_of_calls_is_followed_to_its_end_or_its_limit(tmp_path: Path) -> None:
    text = "import time\ndef f0():\n    time.sleep(1)\n"
    text += "".join(f"def f{at}():\n    f{at - 1}()\n" for at in range(1, CALL_DEPTH + 10))
    assert effects(summary(tmp_path, text, "f5"), "sleep")
    assert not effects(summary(tmp_path, text, f"f{CALL_DEPTH + 9}"), "sleep")


def test_effects_far_away_are_of_low_confidence(tmp_path: Path) -> None:
    text = "import time\ndef f0():\n    time.sleep(1)\n"
    text += "".join(f"def f{at}():\n    f{at - 1}()\n" for at in range(1, 12))
    assert [one.confidence for one in effects(summary(tmp_path, text, "f3"), "sleep")] == [Confidence.HIGH]
    assert [one.confidence for one in effects(summary(tmp_path, text, "f11"), "sleep")] == [Confidence.LOW]


def test_a_generator_says_what_it_yields_and_costs_nothing_until_it_runs(tmp_path: Path) -> None:
    text = "import time\ndef g():\n    time.sleep(1)\n    yield 1\ndef f():\n    g()\ndef h():\n    list(g())\n"
    assert not [one for one in effects(summary(tmp_path, text, "f"), "sleep") if one.blocks]
    assert [one.blocks for one in effects(summary(tmp_path, text, "h"), "sleep")] == [True]


def test_decorating_costs_nothing_when_the_function_runs(tmp_path: Path) -> None:
    text = (
        "import time\ndef mark(f):\n    time.sleep(1)\n    return f\n@mark\ndef quick(): ...\ndef f():\n    quick()\n"
    )
    assert not effects(summary(tmp_path, text, "f"), "sleep")


def test_defaults_cost_nothing_when_the_function_runs(tmp_path: Path) -> None:
    text = "import time\ndef quick(a=time.sleep(1)): ...\ndef f():\n    quick()\n"
    assert not effects(summary(tmp_path, text, "f"), "sleep")


# --- confidence -------------------------------------------------------------------------------------------------

CONFIDENCE = {
    "a name that is resolved": ("import time\nasync def f():\n    time.sleep(1)\n", "high"),
    "an annotation": ("import requests\nasync def f(s: requests.Session):\n    s.get('x')\n", "high"),
    "a light call": ("import os\nasync def f():\n    os.path.exists('x')\n", "high"),
    "a light call two calls away": (
        "import os\ndef a():\n    os.path.exists('x')\ndef b():\n    a()\nasync def f():\n    b()\n",
        "low",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CONFIDENCE.values(), ids=CONFIDENCE)
def test_a_finding_is_as_sure_as_its_weakest_step(text: str, expected: str, tmp_path: Path) -> None:
    (one,) = lint(tmp_path, files_of(text))
    assert one.confidence == expected


ROWS = """
from django.db import models
class Author(models.Model): ...
class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
"""
READ = "        b.author.name\n"
ROW_CONFIDENCE = {
    "rows of a known query": "def f():\n    for b in Book.objects.all():\n",
    "rows with loads that are computed": "def f(names):\n    for b in Book.objects.select_related(*names):\n",
    "rows with loads that a helper may add": (
        "from nowhere import loaded\ndef f():\n    for b in Book.objects.select_related(loaded()):\n"
    ),
    "rows that an annotation names": "def f(books: list[Book]):\n    for b in books:\n",
    "rows that only one branch loads": (
        "def f(flag):\n    books = Book.objects.all()\n    if flag:\n"
        "        books = books.select_related('author')\n    for b in books:\n"
    ),
}
UNSURE = {
    "rows with loads that are computed", "rows with loads that a helper may add", "rows that an annotation names",
}  # fmt: skip
KNOWN_GAPS_OF_ROWS = {}


@pytest.mark.parametrize("text", cases(ROW_CONFIDENCE, KNOWN_GAPS_OF_ROWS))
def test_a_read_is_as_sure_as_what_is_known_of_the_query(text: str, tmp_path: Path) -> None:
    unsure = text in {ROW_CONFIDENCE[name] for name in UNSURE}
    assert [one.confidence for one in hits(tmp_path, ROWS + text + READ, "PW101")] == ["low" if unsure else "high"]


# --- where a finding stands -------------------------------------------------------------------------------------


def test_the_same_effect_on_many_ways_is_one_finding(tmp_path: Path) -> None:
    text = SLEEPER + "async def f():\n    slow(); middle(); top()\n"
    assert [one.line for one in hits(tmp_path, text, "PW202")] == [9]


def test_each_line_that_pays_is_a_finding(tmp_path: Path) -> None:
    text = SLEEPER + "async def f():\n    slow()\n    middle()\n"
    assert [one.line for one in hits(tmp_path, text, "PW202")] == [9, 10]


def test_many_callers_of_one_function_are_one_finding(tmp_path: Path) -> None:
    text = SLEEPER + "".join(f"async def f{at}():\n    slow()\n" for at in range(9))
    assert [one.line for one in hits(tmp_path, text, "PW202")] == [9]


def test_few_callers_of_one_function_are_a_finding_each(tmp_path: Path) -> None:
    text = SLEEPER + "".join(f"async def f{at}():\n    slow()\n" for at in range(3))
    assert [one.line for one in hits(tmp_path, text, "PW202")] == [9, 11, 13]


PLACES = {
    "a coroutine pays where it blocks, not where it is awaited": """
import time
async def inner():
    time.sleep(1)  # <- PW202
async def outer():
    await inner()
""",
    "a request pays at the constructor, wherever that is": """
#: clients.py
import requests
def make():
    return requests.Session()  # <- PW401
#: app.py
from flask import Flask
from clients import make
app = Flask(__name__)
@app.route("/")
def index():
    return make()
""",
    "a helper in another file pays at the call": """
#: helpers.py
import time
def slow():
    time.sleep(1)
#: app.py
from helpers import slow
async def f():
    slow()  # <- PW202
""",
    "an effect in a file of tests belongs to nobody": """
#: tests/helpers.py
import time
async def f():
    time.sleep(1)
""",
    "two handlers of one constructor are one finding": """
import requests
from flask import Flask
app = Flask(__name__)
def make():
    return requests.Session()  # <- PW401
@app.route("/a")
def a():
    make()
@app.route("/b")
def b():
    make()
""",
    "an async handler that awaits nothing": """
import time
from fastapi import FastAPI
app = FastAPI()
@app.get("/a")
async def a():  # <- PW216
    time.sleep(1)  # <- PW202
@app.get("/b")
async def b(request):
    await request.body()
    time.sleep(1)  # <- PW202
@app.get("/c")
def c(): ...
""",
    "code under an if that is never true": """
import time
from typing import TYPE_CHECKING
async def f():
    if TYPE_CHECKING:
        time.sleep(1)
    else:
        time.sleep(1)  # <- PW202
""",
    "all parts of a try": """
import time
async def f():
    try:
        time.sleep(1)  # <- PW202
    except ValueError:
        time.sleep(1)  # <- PW202
    else:
        time.sleep(1)  # <- PW202
    finally:
        time.sleep(1)  # <- PW202
async def g():
    try:
        return 1
    finally:
        time.sleep(1)  # <- PW202
""",
    "every case of a match": """
import time
async def f(x):
    match x:
        case 1 if time.sleep(1):  # <- PW202
            pass
        case [a, b]:
            time.sleep(1)  # <- PW202
        case _:
            return
    time.sleep(1)  # <- PW202
""",
    "code behind a with that swallows": """
import contextlib, time
async def f():
    with contextlib.suppress(ValueError):
        raise ValueError
    time.sleep(1)  # <- PW202
""",
    "module level runs once, on no loop": """
import time
time.sleep(1)
class A:
    time.sleep(1)
""",
    "a method of a nested class": """
import time
class A:
    class B:
        async def f(self):
            time.sleep(1)  # <- PW202
""",
    "a coroutine in a function": """
import time
def make():
    async def f():
        time.sleep(1)  # <- PW202
    return f
""",
    "a coroutine in a coroutine": """
import time
async def f():
    async def g():
        async def h():
            time.sleep(1)  # <- PW202
        await h()
    await g()
""",
    "a coroutine under an if, a try and a loop": """
import time
if True:
    async def f():
        time.sleep(1)  # <- PW202
try:
    async def g():
        time.sleep(1)  # <- PW202
except ImportError:
    pass
""",
    "both definitions under a version check": """
import sys, time
if sys.version_info > (3, 11):
    async def f():
        time.sleep(1)  # <- PW202
else:
    async def f():
        time.sleep(1)  # <- PW202
""",
    "an overload and a stub": """
import time
from typing import overload
@overload
async def f(a: int) -> int: ...
@overload
async def f(a: str) -> str: ...
async def f(a):
    time.sleep(1)  # <- PW202
""",
}

KNOWN_GAPS = {"code behind a with that swallows": "what follows a with that swallows a raise is not reached"}


@pytest.mark.parametrize("text", cases(PLACES, KNOWN_GAPS))
def test_a_finding_stands_where_the_effect_meets_its_context(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, ("PW202", "PW216", "PW401"))


# --- limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "async def f():\n    " + "x = " + " + ".join(["g()"] * 400) + "\n",
        "async def f(x):\n    x" + ".g()" * 300 + "\n",
        "async def f(x):\n    " + "[" * 60 + "x" + "]" * 60 + "\n",
        "async def f(x):\n" + "".join(f"{'    ' * at}if x:\n" for at in range(1, 40)) + "    " * 40 + "pass\n",
        "async def f(x):\n    if x: pass\n" + "    elif x: pass\n" * 200,
        "async def f(x):\n" + "    x = [x, x]\n" * 60,
        "async def f(x):\n" + "    x = {'a': x, 'b': x}\n" * 40,
        "async def f(x):\n" + "    x = lambda y=x: y\n" * 40 + "    x()\n",
        "async def f(x):\n" + "    x = (x, x)\n" * 18 + "    for a in x:\n        print(a)\n",
    ],
    ids=["sum", "chain", "list", "blocks", "elif", "lists", "dicts", "lambdas", "tuples"],
)
def test_odd_code_ends_and_leaves_the_rest_alone(text: str, tmp_path: Path) -> None:
    text += "import time\nasync def last():\n    time.sleep(1)\n"
    assert [one.line for one in hits(tmp_path, text, "PW202")] == [text.count("\n")]


def test_one_function_with_many_arguments_is_still_priced(tmp_path: Path) -> None:
    text = "import requests, time\ndef g(a, b):\n    time.sleep(1)\n"
    text += "".join(f"class C{at}: ...\n" for at in range(40))
    text += "async def f():\n" + "".join(f"    g(C{at}(), {at})\n" for at in range(40))
    found = hits(tmp_path, text, "PW202")
    assert found
    assert found[0].line == text.split("\n").index("async def f():") + 2


def test_a_function_is_priced_for_each_of_many_classes(tmp_path: Path) -> None:
    models = "".join(f"class Shelf{at}(models.Model):\n    name = models.CharField(max_length=9)\n" for at in range(40))
    text = f"""\
from django.db import models
from django.shortcuts import get_object_or_404

{models}
class Author(models.Model):
    name = models.CharField(max_length=9)


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    shelf = models.ForeignKey(Shelf0, on_delete=models.CASCADE)


def find(model, **conditions):
    return get_object_or_404(model, **conditions)


"""
    text += "".join(
        f"def show{at}(request, key):\n    return find(Shelf{at}, pk{at}=key), find(Shelf{at}, name=key)\n"
        for at in range(40)
    )
    text += "def books(request, key):\n    for book in find(Author, pk=key).books.all():\n        book.shelf.name\n"
    assert [one.line for one in hits(tmp_path, text, "PW101")] == [text.count("\n")]


def test_a_broken_file_does_not_take_the_others_away(tmp_path: Path) -> None:
    project = {
        "a.py": "import b\nasync def f(:\n",
        "b.py": "import time, a\nasync def f():\n    a.x()\n    time.sleep(1)\n",
    }
    assert [(one.path, one.line, one.code) for one in lint(tmp_path, project)] == [
        ("a.py", 2, "PW000"),
        ("b.py", 4, "PW202"),
    ]
