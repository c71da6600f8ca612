"""Which branches run: constants that callers give, types, and what a branch knows in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

# Each program calls `f` and others on the event loop; `time.sleep` in a branch that runs is found where it is called.
PROGRAMS = {
    "an argument that is not given beside one with an annotation": """
import time
from typing import Optional
class Viewer:
    pass
class Gate:
    def check(self, page: Optional["Viewer"] = None, viewer: Optional[Viewer] = None):
        if page or viewer:
            form = None
            if viewer:
                form = viewer.form
            if not (self.may(page) or (form and time.sleep(1))):
                raise ValueError
    def ask(self, page):
        self.check(page=page)
gate = Gate()
async def h(page):
    gate.ask(page)
    gate.check(viewer=page)  # <- PW202
""",
    "what is not given stays so for more callers than are told apart": """
import time
class Page:
    pass
def check(page=None, draft=None):
    if draft is not None:
        time.sleep(1)
"""
    + "".join(f"class P{at}(Page):\n    pass\n" for at in range(30))
    + """
async def h(draft):
"""
    + "".join(f"    check(P{at}())\n" for at in range(30))
    + """
    check(None, draft)  # <- PW202
""",
    "an argument that was tested": """
import time
def ask(word=None):
    if word is None:
        time.sleep(1)
def keep(word=None, file=None):
    return ask(word)
async def true(self):
    word = self.get("word", default="")
    if word and self.allowed:
        keep(word, file=3)
async def given(word):
    if word is not None:
        keep(word)
async def early(word):
    if not word:
        return
    keep(word)
async def inside(word):
    return [word and keep(word), keep(word) if word else None]
async def otherwise(word, flag):
    if not word:
        keep(word)  # <- PW202
""",
    "an argument that was tested for something else": """
import time
def ask(word=None):
    if word is None:
        time.sleep(1)
async def after(word, flag):
    if word:
        print(word)
    ask(word)  # <- PW202
async def either(word, flag):
    if word or flag:
        ask(word)  # <- PW202
async def rebound(word, words):
    if word:
        for one in words:
            ask(word)  # <- PW202
            word = one.next
""",
    "an argument that is built": """
import time
def ask(word=None):
    if word is None:
        time.sleep(1)
async def h(word):
    ask("%s!" % word)
    ask(f"{word}")
    ask(word + "s")
    ask(word or "words")
    ask([word])
async def i(word, words):
    ask(words.get(word))  # <- PW202
""",
    "an empty text is there but not true": """
import time
def ask(word=None):
    if not word:
        time.sleep(1)
    if word is None:
        time.sleep(1)
async def h(word):
    ask("")  # <- PW202
    ask("x")
    ask(f"{word}")  # <- PW202
    ask(f"{word}.")
""",
    "a global that nobody sets": """
#: flags.py
from typing import Optional
words: Optional[list] = None
ON = True
OFF = False
#: app.py
import time
import flags
from flags import OFF, words
HERE = None
def slow(given=None):
    if given is not None:
        time.sleep(1)
async def h(kind):
    if OFF or not flags.ON:
        time.sleep(1)
    if words or HERE:
        time.sleep(1)
    chosen = None or flags.words
    slow(chosen)
    if flags.words is None:
        time.sleep(1)  # <- PW202
""",
    "a global that somebody sets": """
#: flags.py
from typing import Optional
words: Optional[list] = None
client = None
def connect(one):
    global client
    client = one
#: config.py
import flags
def read(given):
    flags.words = given
#: local.py
from flags import *
#: app.py
import time
import flags, local
async def a():
    if flags.words is not None:
        time.sleep(1)  # <- PW202
async def b():
    client = flags.client
    if client is not None:
        time.sleep(1)  # <- PW202
""",
    "a wrapper for coroutine functions, and one for others": """
import asyncio, functools, inspect, time
def checked(view):
    if inspect.iscoroutinefunction(view):
        @functools.wraps(view)
        async def wait(*args):
            return await view(*args)
        return wait
    @functools.wraps(view)
    def call(*args):
        return view(*args)
    return call
@checked
def plain(kind):
    time.sleep(1)
@checked
async def slow(kind):
    time.sleep(1)  # <- PW202
async def h(kind):
    plain(kind)  # <- PW202
    await slow(kind)
""",
    "a number that is not given": """
import time
def f(retries=0):
    for attempt in range(3):
        if attempt >= retries:
            return
        time.sleep(1)
def g(retries=0):
    if retries > 0:
        time.sleep(1)
async def h(n):
    f()  # <- PW202
    g()
    g(3)  # <- PW202
    g(n)  # <- PW202
""",
    "the only round of a range": """
import time
def f(retries=0):
    for attempt in range(retries + 1):
        if attempt >= retries:
            return
        time.sleep(1)
async def h():
    f()
    f(2)  # <- PW202
""",
    "a word": """
import time
def f(kind):
    if kind == "slow":
        time.sleep(1)
async def h(kind):
    f("fast")
    f("slow")  # <- PW202
    f(kind)  # <- PW202
""",
    "a word that nobody tests is told from all that are tested": """
import time
def f(kind, other="x"):
    if kind == "slow":
        time.sleep(1)
    if kind == other:
        time.sleep(1)
async def h():
    f("fast", "faster")  # <- PW202
""",
    "a test for coroutine functions": """
import asyncio, inspect, time
def plain(x): ...
async def awaited(x): ...
def f(call):
    if asyncio.iscoroutinefunction(call):
        return
    time.sleep(1)
def g(call):
    if inspect.iscoroutinefunction(call):
        time.sleep(1)
async def h(unknown):
    f(awaited)
    f(plain)  # <- PW202
    f(unknown)  # <- PW202
    g(awaited)  # <- PW202
    g(plain)
    g(unknown)  # <- PW202
""",
    "the start of a word": """
import time
def f(name):
    if name.startswith(("oidc/", "jwt/")):
        time.sleep(1)
def outer(name):
    f(name)
async def h():
    outer("database")
    outer("jwt/token")  # <- PW202
""",
    "one of several words": """
import time
def f(kind):
    if kind not in ("a", "b"):
        return
    time.sleep(1)
async def h():
    f("c")
    f("b")  # <- PW202
""",
    "a word that is built is another one": """
import time
def f(kind):
    if kind + "x" == "slow":
        time.sleep(1)
    if kind.upper() == "Y":
        time.sleep(1)
async def h():
    f("z")  # <- PW202
""",
    "a word of the constructor": """
import time
class Store:
    def __init__(self, kind):
        self.kind = kind
    def read(self):
        if self.kind != "disk":
            return
        time.sleep(1)
async def h(kind):
    Store("memory").read()
    Store("disk").read()  # <- PW202
    Store(kind).read()  # <- PW202
""",
    "a name that a loop changes is no constant in it": """
import time
async def f(rows):
    first = True
    count = 0
    for row in rows:
        if not first:
            time.sleep(1)  # <- PW202
        if count == 2:
            time.sleep(1)  # <- PW202
        first = False
        count += 1
""",
    "a name that an inner function changes is no constant": """
import time
async def f(rows):
    done = False
    def finish():
        nonlocal done
        done = True
    finish()
    if done:
        time.sleep(1)  # <- PW202
""",
    "what a test told holds in its branch": """
import time
def f(kind):
    if kind == "slow":
        time.sleep(1)
async def h(kind):
    if kind == "fast":
        f(kind)
    if kind != "fast":
        return
    f(kind)
""",
    "what a test told is forgotten after it": """
import time
def f(kind):
    if kind == "slow":
        time.sleep(1)
async def h(kind):
    if kind == "fast":
        print(kind)
    f(kind)  # <- PW202
""",
    "the rest of a decided condition": """
import time
def slow():
    time.sleep(1)
    return True
def f(wait=False):
    return wait and slow()
async def h():
    f()
    f(True)  # <- PW202
""",
    "an assertion tells the type": """
import requests
async def h(thing):
    assert isinstance(thing, requests.Session)
    thing.get("https://x")  # <- PW201
""",
    "a cached property that was read before": """
import time
from functools import cached_property
from asgiref.sync import sync_to_async
class User:
    @cached_property
    def rights(self):
        time.sleep(1)
        return {}
    async def prepare(self):
        def read():
            _ = self.rights
        await sync_to_async(read)()
    def may(self, what):
        return what in self.rights
async def careless(user: User):
    user.may("x")  # <- PW202
async def careful(user: User):
    await user.prepare()
    user.may("x")
async def twice(user: User):
    user.may("x")  # <- PW202
    user.may("y")
""",
    "a private attribute that an early return asks for": """
import asyncio, time
class Job:
    def __init__(self):
        self._state = None
    def wait(self):
        self._state = "done"
    @property
    def state(self):
        if self._state:
            return self._state
        time.sleep(1)
        return "unknown"
async def early():
    job = Job()
    return job.state  # <- PW202
async def late():
    job = Job()
    job.wait()
    return job.state
""",
    "an object that may not be there": """
import time
class Job:
    def run(self):
        pass
def find(name):
    return Job() if name else None
def search(name):
    if name:
        return Job()
    return None
def given(job=None):
    if job is None:
        time.sleep(2)
async def f(name, names, jobs: dict[str, Job]):
    job = search(name)
    if job is None:
        time.sleep(1)  # <- PW202
    other = None
    if name:
        other = Job()
    if not other:
        time.sleep(1)  # <- PW202
    made = {}
    for one in names:
        made[one] = Job()
    if made.get(name) is None:
        time.sleep(1)  # <- PW202
    one = jobs.get(name)
    if one is None:
        time.sleep(1)  # <- PW202
    two = jobs.get(name, Job())
    if two is None:
        time.sleep(1)
    three = Job()
    if three is None:
        time.sleep(1)
    four = jobs[name]
    if four is None:
        time.sleep(1)
    given(one)
    given(Job())
    given()  # <- PW202
""",
    "a global that is filled once": """
import time
known = None
def load():
    global known
    if known is None:
        time.sleep(1)
        known = {}
    return known
def look():
    found = None
    if found is None:
        time.sleep(1)
        found = {}
    return found
async def f():
    load()
    look()  # <- PW202
""",
    "a coroutine that only runs at start-up": """
import time
from contextlib import asynccontextmanager
from fastapi import FastAPI
async def warm():
    time.sleep(1)
async def refresh():
    time.sleep(1)  # <- PW202
@asynccontextmanager
async def lifespan(app):
    await warm()
    await refresh()
    yield
app = FastAPI(lifespan=lifespan)
@app.post("/refresh")
async def again():
    await refresh()
""",
    "what only debugging runs": """
import time
from shop import settings
def slow():
    time.sleep(1)
async def f(debug, quiet):
    if debug:
        slow()
    if settings.DEBUG and quiet:
        slow()
    if not debug:
        slow()  # <- PW202
""",
    "many decorated functions keep their own twins": "import asyncio, time\n"
    "def dispatch(other):\n"
    "    def decorator(plain):\n"
    "        def wrapper(*args):\n"
    "            f = plain if args else other\n"
    "            return f()\n"
    "        return wrapper\n"
    "    return decorator\n"
    + "".join(
        f"async def a{n}(): await asyncio.sleep(1)\n@dispatch(a{n})\ndef s{n}(): time.sleep(1)\n" for n in range(40)
    )
    + "async def h():\n    waiting = s39()\n    await waiting\n",
    "options by name that nobody gives": """
import time
def run(model, **options):
    return work(model, **options)
def work(model, **options):
    delay = options.get("delay", None)
    if delay is not None:
        time.sleep(delay)
    if options.pop("wait", False):
        time.sleep(1)
async def nothing(given):
    run("x")
    run("x", user=1)
    work("x", delay=None, wait=False)
async def something(given):
    run("x", delay=1)  # <- PW202
    run("x", wait=True)  # <- PW202
    run("x", **given)  # <- PW202
""",
    "options by name that something may have put there": """
import time
def handed(**options):
    fill(options)
    if options.get("delay"):
        time.sleep(1)
def merged(given, **options):
    options |= given
    if options.get("delay"):
        time.sleep(1)
def put(name, **options):
    options[name] = 1
    if options.get("delay"):
        time.sleep(1)
def updated(given, **options):
    options.update(given)
    if options.get("delay"):
        time.sleep(1)
async def h(given, name):
    handed()  # <- PW202
    merged(given)  # <- PW202
    put(name)  # <- PW202
    updated(given)  # <- PW202
""",
    "what only the constructor sets": """
import time
from pathlib import Path
class Prompts:
    def __init__(self, folder=None):
        self.folder = Path(folder) if folder else None
        if self.folder:
            self.load()
    def load(self):
        time.sleep(1)
class Linked:
    def __init__(self):
        self.folder = None
        self.link()
        if self.folder:
            time.sleep(1)
    def link(self):
        self.folder = Path("x")
async def h(given):
    Prompts()
    Prompts("x")  # <- PW202
    Prompts(given)  # <- PW202
    Linked()  # <- PW202
""",
}


@pytest.mark.parametrize("text", cases(PROGRAMS))
def test_only_branches_that_run_cost(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, ("PW201", "PW202"))


LIBRARY_DEFAULTS = {
    "a library as it is": """
import requests
from flask import Flask
app = Flask(__name__)
session = requests.Session()
@app.route("/")
def index():
    return session.get("https://x").text  # <- PW407
""",
    "a library that the project gives another default": """
#: app.py
import requests
from flask import Flask
app = Flask(__name__)
session = requests.Session()
@app.route("/")
def index():
    return session.get("https://x").text
#: patches.py
from requests.adapters import HTTPAdapter
plain = HTTPAdapter.send
def send(self, *args, timeout=None, **kwargs):
    return plain(self, *args, timeout=timeout or 30, **kwargs)
def install():
    HTTPAdapter.send = send
""",
}


@pytest.mark.parametrize("text", cases(LIBRARY_DEFAULTS))
def test_what_the_project_patches_has_no_known_default(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW407")


PAGED = """
#: shop/__init__.py
#: shop/models.py
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): ...
class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
#: shop/views.py
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session
from shop.models import Book
app = FastAPI()
def narrowed(statement, filters):
    for one in filters:
        statement = one.apply(statement)
    return statement
@app.get("/books")
def books(session: Session, limit):
    return session.scalars(narrowed(select(Book), [limit])).all()
def seen(statement, user):
    if user.is_guest:
        return user.limited(statement)
    return statement
@app.get("/seen")
def visible(session: Session, user):
    return session.scalars(seen(select(Book), user)).all()
def kept(statement, user):
    if user.is_guest:
        return statement.order_by(Book.id)
    return statement
@app.get("/kept")
def ordered(session: Session, user):
    return session.scalars(kept(select(Book), user)).all()  # <- PW301
@app.get("/all")
def everything(session: Session):
    return session.scalars(select(Book)).all()  # <- PW301
"""


def test_a_statement_that_an_unknown_object_changed_may_be_limited(tmp_path: Path) -> None:
    assert_marked(tmp_path, PAGED, "PW301")


MANAGERS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class BookQuerySet(models.QuerySet):
    pass
class Whole(models.Manager):
    def get_queryset(self):
        return BookQuerySet(self.model, using=self._db)
class Living(Whole):
    def get_queryset(self):
        return super().get_queryset().filter(deleted=None)
class Book(models.Model):
    deleted = models.DateField(null=True)
    objects = Whole()
    living = Living()
#: shop/views.py
from typing import cast
from django.http import JsonResponse
from shop.models import Book
def living(request):
    return JsonResponse({"books": list(Book.living.all())})
def every(request):
    return JsonResponse({"books": list(Book.objects.all())})  # <- PW301
def told(request):
    books = cast("BookQuerySet", Book.objects.all())
    return JsonResponse({"books": list(books[:10])})
"""


def test_a_manager_that_narrows_what_its_base_builds_gives_no_whole_table(tmp_path: Path) -> None:
    assert_marked(tmp_path, MANAGERS, "PW301")
