"""What costs nothing is silent, what cannot be decided is low: shared rows, words, coroutines, constants, slices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases, files_of, findings, lint, marks
from tests.test_models_django import DJANGO

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


COROUTINES = {
    "a coroutine that only plain callers get": """
import time
class Engine:
    def run(self, flow):
        if flow.is_coroutine:
            async def inner():
                time.sleep(1)
            return inner()
        time.sleep(1)
def start(flow):
    engine = Engine()
    while flow.waits():
        engine.run(flow)
    return flow.state
""",
    "an engine for some type": """
import time
from typing import Generic, TypeVar
T = TypeVar("T")
class Engine(Generic[T]):
    def run(self, flow):
        async def inner():
            time.sleep(1)
        return inner()
def start(flow):
    engine = Engine[int]()
    while flow.waits():
        engine.run(flow)
""",
    "a coroutine that somebody awaits": """
import time
class Engine:
    def run(self, flow):
        async def inner():
            time.sleep(1)  # <- PW202
        return inner()
async def start(flow):
    await Engine().run(flow)
""",
    "a coroutine that a plain caller hands on": """
import time
def run(flow):
    async def inner():
        time.sleep(1)  # <- PW202
    return inner()
def both(flow):
    return run(flow)
async def start(flow):
    await both(flow)
""",
    "a coroutine that nobody is known to ask for": """
import time
def run(flow):
    async def inner():
        time.sleep(1)  # <- PW202
    return inner()
""",
    "a wrapper that a decorator makes": """
import time
def slow(function):
    async def inner(*args):
        time.sleep(1)  # <- PW202
        return await function(*args)
    return inner
""",
    "what blocks gives nothing to await": """
import boto3
def wrap(original):
    async def patched(**kwargs):
        return await original(**kwargs)
    return patched
client = boto3.client("sqs")
send = wrap(client.send_message)
async def f():
    await client.send_message(QueueUrl="q")
    client.send_message(QueueUrl="q")  # <- PW206
""",
}


@pytest.mark.parametrize("project", cases(COROUTINES))
def test_who_awaits_a_coroutine(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, project, "PW2")


IDENTITY = """
#: kinds.py
import enum
class Kind:
    SLOW = "slow"
class Named(Kind):
    pass
class Member(enum.Enum):
    SLOW = "slow"
"""
IDENTITIES = {
    "the constant of a plain class": """
from kinds import Kind
def f(row):
    if row.kind is Kind.SLOW:
        time.sleep(1)
""",
    "a constant that is inherited, and more": """
from kinds import Named
def f(row):
    if row.kind is Named.SLOW and row.title:
        time.sleep(1)
""",
    "equality": """
from kinds import Kind
def f(row):
    if row.kind == Kind.SLOW:
        time.sleep(1)  # <- PW602
""",
    "a member of an enumeration": """
from kinds import Member
def f(row):
    if row.kind is Member.SLOW:
        time.sleep(1)  # <- PW602
""",
    "an object that holds the constant itself": """
from kinds import Kind
class Thing:
    def __init__(self):
        self.kind = Kind.SLOW
def f(row):
    if Thing().kind is Kind.SLOW:
        time.sleep(1)  # <- PW602
""",
}


@pytest.mark.parametrize("project", cases(IDENTITIES))
def test_a_text_that_was_read_is_no_constant(project: str, tmp_path: Path) -> None:
    head = "#: app.py\nimport time\nfrom flask import Flask\napp = Flask(__name__)\n"
    tail = '@app.get("/<row>")\ndef view(row):\n    f(load(row))\n'
    assert_marked(tmp_path, head + project + tail, "PW602", IDENTITY)


SLICES = {
    "slices with their statement": """
from itertools import batched
def f(session: Session, ids):
    found = (("SELECT 1", {"ids": list(chunk)}) for chunk in batched(ids, 500))
    for statement, params in found:
        session.execute(statement, params)
""",
    "one of a slice": """
from itertools import batched
def f(session: Session, ids):
    found = [("SELECT 1", chunk[0]) for chunk in batched(ids, 500)]
    for statement, params in found:
        session.execute(statement, params)  # <- PW102
""",
}


@pytest.mark.parametrize("project", cases(SLICES))
def test_slices_in_tuples_are_slices(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"from sqlalchemy.orm import Session\n{project}", "PW102")


MAPPED = """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class Base(DeclarativeBase):
    pass
class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")
    desk: Mapped["Desk"] = relationship(back_populates="author")
class Desk(Base):
    __tablename__ = "desk"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="desk")
class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")
"""
SAID = {
    "book in session.scalars(select(Book)):\n        book.author.name": "per different author: f() costs up to 1 + N",
    "author in session.scalars(select(Author)):\n        author.books": "one query per author: f() costs 1 + N",
    "author in session.scalars(select(Author)):\n        author.desk": "one query per author: f() costs 1 + N",
}


@pytest.mark.parametrize("loop", SAID)
def test_a_session_reads_the_same_object_once(loop: str, tmp_path: Path) -> None:
    text = f"{MAPPED}\ndef f(session: Session):\n    for {loop}\n"
    (found,) = [one for one in findings(tmp_path, {"app.py": text}) if one.code == "PW101"]
    assert SAID[loop] in found.message


AGAIN = {
    "rows that an earlier loop has read": """
    books = list(session.scalars(select(Book)))
    for book in books:
        book.author.name  # <- PW101
    for book in books:
        book.author.name
""",
    "each row's own rows, again": """
    authors = list(session.scalars(select(Author)))
    for author in authors:
        author.desk  # <- PW101
    for book in session.scalars(select(Book)):
        book.author.name  # <- PW101
""",
    "the same relation of other rows": """
    for book in session.scalars(select(Book).where(Book.id < 9)):
        book.author.name  # <- PW101
    for book in session.scalars(select(Book).where(Book.id > 9)):
        book.author.name  # <- PW101
""",
    "rows that a helper has read in a loop": """
    books = list(session.scalars(select(Book)))
    names(books)
    for book in books:
        book.author.id
""",
    "rows that a helper has read, read by another": """
    books = list(session.scalars(select(Book)))
    names(books)
    for book in books:
        name(book)
""",
    "rows that are read by a helper alone": """
    books = list(session.scalars(select(Book)))
    for book in books:
        name(book)  # <- PW101
""",
    "another relation than a helper has read": """
    authors = list(session.scalars(select(Author)))
    desks(authors)
    for author in authors:
        author.books  # <- PW101
""",
    "a loop around": """
    books = list(session.scalars(select(Book)))
    for book in books:
        if any(other.author.name == book.author.name for other in books):  # <- PW101, PW101
            return book
""",
}


@pytest.mark.parametrize("body", cases(AGAIN))
def test_what_an_earlier_loop_has_read(body: str, tmp_path: Path) -> None:
    helpers = "def names(books):\n    return [book.author.id for book in books]\n"
    helpers += "def name(book):\n    return book.author.id\n"
    helpers += "def desks(authors):\n    return [author.desk for author in authors]\n"
    helpers = helpers.replace("in books]", "in books]  # <- PW101" if "names(books)" in body else "in books]")
    helpers = helpers.replace("in authors]", "in authors]  # <- PW101" if "desks(" in body else "in authors]")
    assert_marked(tmp_path, f"{MAPPED}\n{helpers}def f(session: Session):{body}", "PW101")


COMMANDS = {
    "a coroutine of a command line": """
import time
import cyclopts
app = cyclopts.App()
@app.command
async def now():
    time.sleep(1)
@app.command(name="later")
async def later():
    await wait()
async def wait():
    time.sleep(1)
""",
    "a command that starts a loop": """
import asyncio, time
import click
async def main():
    time.sleep(1)
@click.command()
def run():
    asyncio.run(main())
""",
    "a command and a handler": """
import time
import typer
from fastapi import FastAPI
cli, app = typer.Typer(), FastAPI()
@cli.command()
def run():
    asyncio.run(wait())
@app.get("/")
async def view():
    await wait()
async def wait():
    time.sleep(1)  # <- PW202
""",
    "a coroutine that nobody is known to start": """
import time
import typer
cli = typer.Typer()
async def wait():
    time.sleep(1)  # <- PW202
""",
    "a wrapper around commands and handlers": """
import functools, time
import cyclopts
from fastapi import FastAPI
cli, app = cyclopts.App(), FastAPI()
def guarded(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper
@cli.command
@guarded
async def now():
    await ask()
@guarded
async def ask():
    time.sleep(1)
@app.get("/")
@guarded
async def view():
    await wait()
@guarded
async def wait():
    time.sleep(1)  # <- PW202
""",
}


@pytest.mark.parametrize("project", cases(COMMANDS))
def test_a_command_line_has_a_loop_of_its_own(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, project, "PW202")


ENDS = {
    "the end of a lifespan": """
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app):
    yield
    await close()
app = FastAPI(lifespan=lifespan)
""",
    "one of several handlers": """
from fastapi import FastAPI
async def start(): ...
async def stop():
    await close()
app = FastAPI(on_startup=[start], on_shutdown=[stop, start])
""",
    "the end of the process": """
import asyncio, atexit
atexit.register(lambda: asyncio.run(close()))
""",
    "a signal": """
import asyncio, signal
def stop(number, frame):
    asyncio.get_event_loop().create_task(close())
signal.signal(signal.SIGTERM, stop)
""",
    "a service that says so": """
class Store:
    async def teardown(self):
        await close()
async def on_shutdown():
    await close()
""",
    "a signal on the loop": """
import asyncio, signal
def install():
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, lambda: asyncio.create_task(close()))
""",
}


@pytest.mark.parametrize("project", cases(ENDS))
def test_nobody_waits_for_what_runs_at(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"import time\nasync def close():\n    time.sleep(1)\n{project}", "PW202")


def test_what_runs_at_the_end_and_for_requests_holds_these_up(tmp_path: Path) -> None:
    project = """
import asyncio, atexit, time
from fastapi import FastAPI
app = FastAPI()
async def close():
    time.sleep(1)  # <- PW202
atexit.register(lambda: asyncio.run(close()))
@app.get("/")
async def index():
    await close()
"""
    assert_marked(tmp_path, project, "PW202")


def test_a_word_still_names_an_attribute(tmp_path: Path) -> None:
    project = """
#: app.py
from shop.models import Author
def each(name):
    for author in Author.objects.all():
        getattr(author, name)  # <- PW101
#: other.py
from app import each
def f(words):
    for word in words:
        if word == "publisher":
            each("publisher")
"""
    assert_marked(tmp_path, project, "PW101", DJANGO)


COMMANDS = """
import argparse
import asyncio
import time
async def add(args):
    time.sleep(1)
async def serve(args):
    time.sleep(1)  # <- PW202
def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    one = commands.add_parser("add")
    one.set_defaults(func=add, count=3)
    asyncio.run(run(parser.parse_args()))
async def run(args):
    await args.func(args)
"""


STEPS = """
import argparse
import asyncio
import time
def main():
    asyncio.run(start())
async def start():
    await prepare()
    for _ in range(3):
        await again()
    await serve()
    await both()
async def prepare():
    time.sleep(1)
    await deeper()
async def deeper():
    time.sleep(1)
async def again():
    time.sleep(1)  # <- PW202
async def serve():
    while True:
        time.sleep(1)  # <- PW202
async def both():
    time.sleep(1)  # <- PW202
async def nobody():
    await both()
async def script():
    time.sleep(1)
def run(words):
    parser = argparse.ArgumentParser()
    asyncio.run(script(parser.parse_args(words)))
if __name__ == "__main__":
    main()
"""


def test_a_step_of_what_a_program_does_when_it_starts_holds_nobody_up(tmp_path: Path) -> None:
    assert_marked(tmp_path, STEPS, "PW2")


def test_what_an_argument_parser_runs_holds_nobody_up(tmp_path: Path) -> None:
    assert_marked(tmp_path, COMMANDS, "PW2")


RUN = """import asyncio, time
async def show(reply):
    time.sleep(1){0}
async def main():
    while True:
        await show(input()){1}
{2}
"""
SCRIPTS = {
    "a file's body": ("asyncio.run(main())", False),
    "a loop in a file's body": ("loop = asyncio.new_event_loop()\nloop.run_until_complete(main())", False),
    "nobody": ("", True),
    "another coroutine beside it": (
        "async def both():\n    await asyncio.gather(main(), main())\nasyncio.run(both())", True
    ),
    "a coroutine that also waits for tasks": (
        "async def both():\n    asyncio.create_task(main())\n    await main()\nasyncio.run(both())", True
    ),
    "a coroutine that is also given to somebody": ("app.listen(show)\nasyncio.run(main())", True),
    "what others call as they like": (
        "@app.event\nasync def heard():\n    await main()\nasyncio.run(main())", True
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_holds_nobody_up_that_is_run_by(tmp_path: Path, text: str, told: bool) -> None:
    marks = ("  # <- PW202", "  # <- PW208") if told else ("", "")
    assert_marked(tmp_path, RUN.format(*marks, text), "PW2")


TABLE = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/urls.py
from django.urls import path
from shop import views
urlpatterns = [path("a", views.filled), path("f", views.found), path("b", views.always), path("c", views.other)]
#: shop/views.py
from django.core.cache import cache
from django.http import JsonResponse
from shop.models import Site
def filled(request):
    sites = cache.get("sites")
    if sites is None:
        sites = list(Site.objects.all())
        cache.set("sites", sites, 60)
    return JsonResponse({"sites": sites})
def found(request):
    sites = cache.get("sites")
    if sites is not None:
        return JsonResponse({"sites": sites})
    sites = list(Site.objects.all())
    cache.set("sites", sites, 60)
    return JsonResponse({"sites": sites})
def always(request):
    sites = cache.get("sites")
    if sites is None:
        cache.set("sites", 1, 60)
    return JsonResponse({"sites": list(Site.objects.all())})  # <- PW301
def other(request, sites=None):
    if not sites:
        sites = list(Site.objects.all())  # <- PW301
    return JsonResponse({"sites": sites})
"""


COUNTS = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/counts.py
from django.core.cache import cache
from shop.models import Site
def count(name):
    key = f"count-{name}"
    found = cache.get(key)
    if found is None:
        found = Site.objects.filter(name=name).count()
        cache.set(key, found, 60)
    return found
def early(name):
    found = cache.get(name)
    if found:
        return found
    found = Site.objects.filter(name=name).count()
    cache.set(name, found)
    return found
def all_of(names):
    found = cache.get("all")
    if found is None:
        found = [Site.objects.filter(name=name).count() for name in names]  # <- PW102
        cache.set("all", found)
    return found
def all_early(names):
    found = cache.get("all")
    if found:
        return found
    return [Site.objects.filter(name=name).count() for name in names]  # <- PW102
def beside(name):
    found = cache.get(name)
    if found is None:
        cache.set(name, 1)
    return Site.objects.filter(name=name).count()
class Counter:
    def __init__(self, store):
        self.store = store
    def __call__(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.keep(name, found, timeout=60)
        return found
    def early(self, name):
        found = self.store.fetch(name)
        if found is not None:
            return found
        found = Site.objects.filter(name=name).count()
        self.store.keep(name, found)
        return found
    def under_another_name(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.keep("other", found)
        return found
    def without_keeping(self, name):
        found = self.store.fetch(name)
        if found is None:
            found = Site.objects.filter(name=name).count()
            self.store.drop(name)
        return found
counter = Counter(open_store())
def count_all(names):
    for name in names:
        counter(name)
    for name in names:
        counter.early(name)
    for name in names:
        counter.under_another_name(name)  # <- PW102
    for name in names:
        counter.without_keeping(name)  # <- PW102
def counts(names):
    for name in names:
        count(name)
    for name in names:
        early(name)
    for name in names:
        beside(name)  # <- PW102
    for name in names:
        all_of([name])
#: shop/waits.py
from django.core.cache import cache
from shop.models import Site
async def wait(name):
    found = await cache.aget(name)
    if found is None:
        found = Site.objects.filter(name=name).count()  # <- PW205
"""


WRAPPED = """
from flask import g, has_request_context
from shop.models import Site
def memoize(function):
    def memoizer(*args):
        if not has_request_context():
            return function(*args)
        cache = g.memoize_cache
        if args not in cache:
            cache[args] = function(*args)
        return cache[args]
    return memoizer
def passing(function):
    def passes(*args):
        if not has_request_context():
            return function(*args)
        return function(*args)
    return passes
@memoize
def kept(name):
    return Site.objects.filter(name=name).count()
@passing
def passed(name):
    return Site.objects.filter(name=name).count()
class Shop:
    @property
    @memoize
    def sites(self):
        return Site.objects.filter(name=self.name).count()
    @memoize
    def has(self, name):
        return Site.objects.filter(name=name).exists()
def of_shops(names, shop: Shop):
    for name in names:
        shop.has("one")
    for name in names:
        shop.has(name)  # <- PW102
    for one in [Shop(name) for name in names]:
        one.sites  # <- PW102
def counts(names):
    for name in names:
        kept("one")
    for name in names:
        kept(name)  # <- PW102
    for name in names:
        passed("one")  # <- PW102
"""


def test_what_a_wrapper_keeps_is_kept_though_it_may_do_without(tmp_path: Path) -> None:
    models = (
        "#: shop/models.py\nfrom django.db import models\nclass Site(models.Model):\n    name = models.TextField()\n"
    )
    assert_marked(tmp_path, models + "#: shop/counts.py" + WRAPPED, "PW102")


KEPT = """#: shop/models.py
from django.db import models
class Site(models.Model):
    name = models.TextField()
#: shop/caches.py
from dogpile.cache import make_region
from flask_caching import Cache
class OwnCache(Cache):
    pass
class Caches:
    def __init__(self):
        self._cache = OwnCache()
    @property
    def cache(self) -> Cache:
        return self._cache
caches = Caches()
plain = Cache(config={})
region = make_region().configure("memory")
#: shop/counts.py
from django.core.cache import cache
from shop.caches import caches, plain, region
from shop.models import Site
@plain.memoize(timeout=60)
def memoized(name):
    return Site.objects.filter(name=name).count()
@caches.cache.memoize()
def held(name):
    return Site.objects.filter(name=name).count()
@region.cache_on_arguments()
def of_region(name):
    return Site.objects.filter(name=name).count()
@plain.unknown(timeout=60)
def unknown(name):
    return Site.objects.filter(name=name).count()
@plain.memoize()
def all_of(names):
    return [unknown(name) for name in names]  # <- PW102
def counts(names):
    for name in names:
        memoized(name)
        held(name)
        of_region(name)
    for name in names:
        unknown(name)  # <- PW102
    for name in names:
        cache.get_or_set(name, lambda: Site.objects.filter(name=name).count())
    for name in names:
        cache.get_or_set(name, Site.objects.filter(name=name).count())  # <- PW102
    for name in names:
        region.get_or_create(name, lambda: Site.objects.filter(name=name).count())
    for name in names:
        all_of([name])
"""


def test_what_a_decorator_keeps_in_a_cache_is_not_done_in_each_round(tmp_path: Path) -> None:
    assert_marked(tmp_path, KEPT, "PW102")


def test_what_is_done_for_what_a_cache_does_not_hold_is_not_done_in_each_round(tmp_path: Path) -> None:
    assert_marked(tmp_path, COUNTS, ("PW102", "PW205"))


def test_a_table_read_to_fill_the_cache_is_not_read_by_each_request(tmp_path: Path) -> None:
    found = [one for one in lint(tmp_path, files_of(TABLE)) if one.code == "PW301" and one.confidence != "low"]
    assert [(one.path, one.line, one.code) for one in found] == sorted(marks(files_of(TABLE)))
