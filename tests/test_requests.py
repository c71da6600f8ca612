"""What runs once for each request, and what runs once: handlers, dependencies, start-up, slots that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

# `requests.Session()` is PW401, a `requests.get` PW406; only PW401 counts here.
HANDLERS = {
    "a FastAPI route": """
import requests
from fastapi import FastAPI
app = FastAPI()
@app.get("/books")
def books():
    return requests.Session()  # <- PW401
@app.api_route("/more")
async def more():
    return requests.Session()  # <- PW401
def nobody_calls():
    return requests.Session()
@app.on_event("startup")
def start():
    requests.Session()
""",
    "a FastAPI router in another file": """
#: routers.py
import requests
from fastapi import APIRouter
router = APIRouter(prefix="/books")
@router.post("/")
def create():
    return requests.Session()  # <- PW401
#: main.py
from fastapi import FastAPI
from routers import router
app = FastAPI()
app.include_router(router)
""",
    "add_api_route": """
import requests
from fastapi import FastAPI
def books():
    return requests.Session()  # <- PW401
def other():
    return requests.Session()
app = FastAPI()
app.add_api_route("/books", books)
""",
    "a FastAPI websocket and a middleware": """
import requests
from fastapi import FastAPI
app = FastAPI()
@app.websocket("/ws")
async def socket(ws):
    requests.Session()  # <- PW401
@app.middleware("http")
async def timing(request, call_next):
    requests.Session()  # <- PW401
    return await call_next(request)
""",
    "a Starlette route list": """
import requests
from starlette.applications import Starlette
from starlette.routing import Route
async def books(request):
    requests.Session()  # <- PW401
app = Starlette(routes=[Route("/books", books)])
""",
    "a Flask route": """
import requests
from flask import Blueprint, Flask
app = Flask(__name__)
bp = Blueprint("x", __name__)
@app.route("/")
def index():
    requests.Session()  # <- PW401
@bp.get("/x")
def show():
    requests.Session()  # <- PW401
@app.before_request
def before():
    requests.Session()  # <- PW401
@app.cli.command("x")
def command():
    requests.Session()
""",
    "a Flask app factory": """
import requests
from flask import Flask
def create_app():
    app = Flask(__name__)
    session = requests.Session()
    @app.route("/")
    def index():
        session.headers
        requests.Session()  # <- PW401
    return app
""",
    "a Flask view class and add_url_rule": """
import requests
from flask import Flask
from flask.views import MethodView
app = Flask(__name__)
class Books(MethodView):
    def get(self):
        requests.Session()  # <- PW401
    def helper(self):
        requests.Session()
def show():
    requests.Session()  # <- PW401
app.add_url_rule("/x", "x", show)
""",
    "a Django view by its URL": """
#: shop/urls.py
from django.urls import path
from shop import views
from shop.views import Books
urlpatterns = [path("books/", views.books), path("more/", Books.as_view()), path("list/", views.hidden)]
#: shop/views.py
import requests
from django.views import View
def books(req):
    requests.Session()  # <- PW401
def helper(req):
    requests.Session()
class Books(View):
    def get(self, req):
        requests.Session()  # <- PW401
    def helper(self):
        requests.Session()
def hidden(*args):
    requests.Session()  # <- PW401
""",
    "a Django view by its first parameter": """
import requests
from django.http import HttpResponse
def books(request):
    requests.Session()  # <- PW401
    return HttpResponse("")
def books_of(author, request):
    requests.Session()
""",
    "a Django middleware": """
#: shop/settings.py
MIDDLEWARE = ["shop.middleware.Timing", "django.middleware.common.CommonMiddleware"]
#: shop/middleware.py
import requests
from django.conf import settings
class Timing:
    def __init__(self, get_response):
        self.session = requests.Session()
    def __call__(self, request):
        requests.Session()  # <- PW401
class Unused:
    def __call__(self, request):
        requests.Session()
""",
    "a DRF view": """
import requests
from rest_framework.decorators import api_view
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet
@api_view(["GET"])
def books(request):
    requests.Session()  # <- PW401
class Books(APIView):
    def post(self, request):
        requests.Session()  # <- PW401
class BookSet(ModelViewSet):
    def list(self, request):
        requests.Session()  # <- PW401
    def get_queryset(self):
        requests.Session()  # <- PW401
    def helper(self):
        requests.Session()
""",
    "a DRF action": """
import requests
from rest_framework.decorators import action
from rest_framework.viewsets import GenericViewSet
class BookSet(GenericViewSet):
    @action(detail=True)
    def publish(self, request, pk=None):
        requests.Session()  # <- PW401
""",
    "aiohttp handlers": """
import requests
from aiohttp import web
routes = web.RouteTableDef()
@routes.get("/a")
async def a(request):
    requests.Session()  # <- PW401
async def b(request):
    requests.Session()  # <- PW401
async def c(request):
    requests.Session()  # <- PW401
async def nobody(request):
    requests.Session()
class D(web.View):
    async def get(self):
        requests.Session()  # <- PW401
async def start(app):
    app["session"] = requests.Session()
app = web.Application()
app.add_routes([web.get("/b", b)])
app.router.add_get("/c", c)
app.on_startup.append(start)
""",
    "a method registered as a handler": """
import requests
from fastapi import FastAPI
class Api:
    def books(self):
        requests.Session()  # <- PW401
    def other(self):
        requests.Session()
app = FastAPI()
api = Api()
app.add_api_route("/books", api.books)
""",
    "a handler of a base class": """
import requests
from rest_framework.views import APIView
class Base(APIView):
    def get(self, request):
        return self.make()
    def make(self):
        raise NotImplementedError
class Books(Base):
    def make(self):
        return requests.Session()  # <- PW401
""",
    "below a handler": """
#: clients.py
import requests
def make():
    return requests.Session()  # <- PW401
def unused():
    return requests.Session()
#: app.py
from fastapi import FastAPI
from clients import make
app = FastAPI()
@app.get("/books")
def books():
    return fetch()
def fetch():
    return make().get("https://x")
""",
    "a handler with a decorator of the project": """
import functools, requests
from fastapi import FastAPI
app = FastAPI()
def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
@app.get("/books")
@logged
def books():
    requests.Session()  # <- PW401
""",
    "tests, commands and migrations are no requests": """
#: tests/test_app.py
import requests
from flask import Flask
app = Flask(__name__)
@app.route("/")
def index():
    requests.Session()
#: shop/management/commands/load.py
import requests
from django.core.management.base import BaseCommand
def fill(request):
    requests.Session()
#: shop/migrations/0001_initial.py
import requests
from django.db import migrations
def forward(request):
    requests.Session()
""",
    "a queue's task is no request": """
import requests
from celery import shared_task
@shared_task
def work(request):
    requests.Session()
""",
    "Flask-RESTful": """
import requests
from flask_restful import Api, Resource
class Books(Resource):
    def get(self):
        requests.Session()  # <- PW401
    def helper(self):
        requests.Session()
api = Api()
api.add_resource(Books, "/books")
""",
    "Flask-RESTX": """
import requests
from flask_restx import Namespace, Resource
books = Namespace("books")
@books.route("/")
class Books(Resource):
    def post(self):
        self.helper()
    def helper(self):
        requests.Session()  # <- PW401
    def unused(self):
        requests.Session()
""",
    "Pyramid": """
import requests
from pyramid.config import Configurator
from pyramid.view import view_config
@view_config(route_name="books", renderer="json")
def books(request):
    requests.Session()  # <- PW401
class Shelves:
    def __init__(self, request):
        self.request = request
    @view_config(route_name="shelves", renderer="json")
    def listed(self):
        requests.Session()  # <- PW401
    def helper(self):
        requests.Session()
def added(request):
    requests.Session()  # <- PW401
def nobody(request):
    requests.Session()
config = Configurator()
config.add_view(added, route_name="added")
""",
}

DEPENDENCIES = {
    "a default": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
def unused():
    return requests.Session()
@app.get("/")
def index(s=Depends(session)): ...
""",
    "Annotated": """
import requests
from typing import Annotated
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
@app.get("/")
def index(s: Annotated[requests.Session, Depends(session)]): ...
""",
    "an alias of Annotated in another file": """
#: deps.py
import requests
from typing import Annotated
from fastapi import Depends
def session():
    return requests.Session()  # <- PW401
Session = Annotated[requests.Session, Depends(session)]
#: app.py
from fastapi import FastAPI
from deps import Session
app = FastAPI()
@app.get("/")
def index(s: Session): ...
""",
    "a chain": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
def api(s=Depends(session)):
    return s
def user(a=Depends(api)):
    return a
@app.get("/")
def index(u=Depends(user)): ...
""",
    "a generator": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    with requests.Session() as s:  # <- PW401
        yield s
async def later():
    s = requests.Session()  # <- PW401
    try:
        yield s
    finally:
        s.close()
@app.get("/")
def index(a=Depends(session), b=Depends(later)): ...
""",
    "a class": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
class Api:
    def __init__(self):
        self.session = requests.Session()  # <- PW401
class Other:
    def __init__(self):
        self.session = requests.Session()
@app.get("/")
def index(api: Api = Depends()): ...
@app.get("/2")
def second(api=Depends(Api)): ...
""",
    "a callable object": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
class Check:
    def __init__(self):
        self.session = requests.Session()
    def __call__(self):
        return requests.Session()  # <- PW401
check = Check()
@app.get("/")
def index(ok=Depends(check)): ...
""",
    "dependencies of a route, a router and an app": """
import requests
from fastapi import APIRouter, Depends, FastAPI
def one():
    requests.Session()  # <- PW401
def two():
    requests.Session()  # <- PW401
def three():
    requests.Session()  # <- PW401
router = APIRouter(dependencies=[Depends(two)])
app = FastAPI(dependencies=[Depends(three)])
@router.get("/", dependencies=[Depends(one)])
def index(): ...
app.include_router(router)
""",
    "a dependency that is kept": """
import functools, requests
from fastapi import Depends, FastAPI
app = FastAPI()
@functools.lru_cache
def session():
    return requests.Session()
def from_state(request):
    return request.app.state.session
@app.get("/")
def index(a=Depends(session), b=Depends(from_state)): ...
""",
    "a Litestar provider": """
import requests
from litestar import Litestar, get
from litestar.di import Provide
def session():
    return requests.Session()  # <- PW401
@get("/", dependencies={"s": Provide(session)})
def index(s): ...
app = Litestar([index])
""",
}

ONCE = {
    "a slot that is asked for where it is named": """
import requests
from fastapi import FastAPI
app = FastAPI()
kept = {}
def session():
    if (found := kept.get("session")) is None:
        found = requests.Session()
        kept["session"] = found
    return found
@app.get("/")
def index():
    return session().get("https://x")
""",
    "module level": """
import requests
from fastapi import FastAPI
app = FastAPI()
session = requests.Session()
class Api:
    session = requests.Session()
@app.get("/")
def index():
    return session.get("https://x"), Api.session.get("https://x")
""",
    "start-up and lifespan": """
import contextlib, requests
from fastapi import FastAPI
@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.session = requests.Session()
    yield
app = FastAPI(lifespan=lifespan)
@app.on_event("startup")
async def start():
    app.state.other = requests.Session()
@app.get("/")
def index(request):
    return request.app.state.session.get("https://x")
""",
    "a memoised function": """
import functools, requests
from fastapi import FastAPI
app = FastAPI()
@functools.cache
def cached():
    return requests.Session()
@functools.lru_cache(maxsize=None)
def lru_cached():
    return requests.Session()
def plain():
    return requests.Session()  # <- PW401
@app.get("/")
def index():
    cached(), lru_cached(), plain()
""",
    "a global behind a guard": """
import requests
from fastapi import FastAPI
app = FastAPI()
_session = None
def session():
    global _session
    if _session is None:
        _session = requests.Session()
    return _session
@app.get("/")
def index():
    session()
""",
    "a global behind an early return": """
import requests
from fastapi import FastAPI
app = FastAPI()
_session = None
def session():
    global _session
    if _session:
        return _session
    _session = requests.Session()
    return _session
@app.get("/")
def index():
    session()
""",
    "a dict behind a guard": """
import requests
from fastapi import FastAPI
app = FastAPI()
_sessions = {}
def session(key):
    if key not in _sessions:
        _sessions[key] = requests.Session()
    return _sessions[key]
def other(key):
    return _sessions.setdefault(key, requests.Session())
def local(key):
    sessions = {}
    sessions[key] = requests.Session()  # <- PW401
    return sessions
@app.get("/{key}")
def index(key):
    session(key)
    local(key)
""",
    "a local name for a dict that is kept": """
import requests
from fastapi import FastAPI
from flask import g
app = FastAPI()
CACHE = {}
class Core:
    def __init__(self):
        self.data = {}
core = Core()
def of_an_attribute(core, key):
    kept = core.data.setdefault("sessions", {})
    if key in kept:
        return kept[key]
    session = requests.Session()
    kept[key] = session
    return session
def of_a_global(key):
    kept = CACHE
    found = kept.get(key)
    if found is None:
        found = kept[key] = requests.Session()
    return found
def of_another(core, key):
    every = core.data
    kept = every["sessions"]
    kept[key] = requests.Session()
    return kept[key]
def of_a_copy(core, key):
    kept = dict(core.data)
    kept[key] = requests.Session()  # <- PW401
def of_an_own_one(core, key):
    kept = core.data
    kept = {}
    kept[key] = requests.Session()  # <- PW401
def in_an_own_one(key):
    own = {"a": {}}
    kept = own["a"]
    kept = kept.get("b")
    kept[key] = requests.Session()  # <- PW401
def of_the_request(key):
    kept = g.sessions
    kept[key] = requests.Session()  # <- PW401
def without_it(core, key):
    kept = core.data
    kept[key] = 1
    return requests.Session()  # <- PW401
def exchanged(core, key):
    one = core.data
    other = one
    one = other
    one[key] = requests.Session()
@app.get("/{key}")
def index(key):
    of_an_attribute(core, key)
    of_a_global(key)
    of_another(core, key)
    of_a_copy(core, key)
    of_an_own_one(core, key)
    in_an_own_one(key)
    of_the_request(key)
    without_it(core, key)
    exchanged(core, key)
""",
    "a slot of a shared object": """
import requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    def __init__(self):
        self._session = None
    def session(self):
        if self._session is None:
            self._session = requests.Session()
        return self._session
api = Api()
@app.get("/")
def index():
    api.session()
""",
    "a slot of a class": """
import requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    _session = None
    @classmethod
    def session(cls):
        if cls._session is None:
            cls._session = requests.Session()
        return cls._session
@app.get("/")
def index():
    Api.session()
""",
    "a slot of an object that lives as long as the request": """
import requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    def __init__(self):
        self.session = requests.Session()  # <- PW401
@app.get("/")
def index():
    Api().session.get("https://x")
""",
    "a cached property of a shared object": """
import functools, requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    @functools.cached_property
    def session(self):
        return requests.Session()
api = Api()
@app.get("/")
def index():
    api.session
""",
    "a singleton by __new__": """
import requests
from fastapi import FastAPI
app = FastAPI()
class Api:
    _instance = None
    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.session = requests.Session()
        return cls._instance
@app.get("/")
def index():
    Api()
""",
    "flask.g lives as long as the request": """
import requests
from flask import Flask, g
app = Flask(__name__)
def session():
    if "session" not in g:
        g.session = requests.Session()  # <- PW401
    return g.session
def attribute():
    if not hasattr(g, "other"):
        g.other = requests.Session()  # <- PW401
    return g.other
@app.route("/")
def index():
    session(), attribute()
""",
    "the app's state outlives the request": """
import requests
from flask import Flask, current_app
app = Flask(__name__)
@app.route("/")
def index():
    if not hasattr(current_app, "session"):
        current_app.session = requests.Session()
    return current_app.session.get("https://x")
""",
    "the request's state does not": """
import requests
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/")
def index(request: Request):
    request.state.session = requests.Session()  # <- PW401
""",
    "a given client": """
import requests
from fastapi import FastAPI
app = FastAPI()
shared = requests.Session()
def fetch(session=None):
    session = session or requests.Session()
    return session.get("https://x")
def other(session=None):
    if session is None:
        session = requests.Session()
    return session.get("https://x")
@app.get("/")
def index():
    fetch(shared), other(session=shared)
""",
    "no client is given": """
import requests
from fastapi import FastAPI
app = FastAPI()
def fetch(session=None):
    session = session or requests.Session()  # <- PW401
    return session.get("https://x")
@app.get("/")
def index():
    fetch()
""",
    "__main__": """
import requests
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
def index(): ...
if __name__ == "__main__":
    requests.Session()
""",
    "a thread-local slot": """
import threading, requests
from fastapi import FastAPI
app = FastAPI()
local = threading.local()
def session():
    if not hasattr(local, "session"):
        local.session = requests.Session()
    return local.session
@app.get("/")
def index():
    session()
""",
    "a function that no handler reaches": """
import requests
from fastapi import FastAPI
app = FastAPI()
def script():
    requests.Session().get("https://x")
@app.get("/")
def index(): ...
""",
}

COROUTINES = {
    "a coroutine that throws its client away": """
#: store.py
import httpx, requests
class Rates:
    async def today(self):
        async with httpx.AsyncClient() as client:  # <- PW401
            return (await client.get("https://x")).text
    async def text(self):
        return (await httpx.AsyncClient().get("https://x")).text  # <- PW401
    def plain(self):
        return requests.Session().get("https://x").text
async def read():
    async with httpx.AsyncClient() as client:  # <- PW401
        return (await client.get("https://x")).text
#: app.py
from fastapi import FastAPI
from store import read
app = FastAPI()
@app.get("/")
async def index():
    return 1
async def refresh():
    return await read()
""",
    "a coroutine that throws away what another function builds for it": """
#: model.py
import httpx
class Model:
    given = None
    def client(self):
        if self.given is not None:
            return self.given
        return httpx.AsyncClient()  # <- PW401
    def kept(self):
        if self._client is None:
            self._client = httpx.AsyncClient()
        return self._client
    def connect(self):
        self.open = httpx.AsyncClient()
        return self.open
    async def ask(self):
        return (await self.client().get("https://x")).text
    async def ask_kept(self):
        return (await self.kept().get("https://x")).text
    async def ask_open(self):
        return (await self.connect().get("https://x")).text
    async def start(self):
        self.started = self.other()
    def other(self):
        return httpx.AsyncClient()
    def script(self):
        return self.third().get("https://x")
    def third(self):
        return httpx.Client()
#: app.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
""",
    "what is given back or kept lives on": """
import httpx
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
class Rates:
    async def connect(self):
        self.client = httpx.AsyncClient()
    async def make(self):
        return httpx.AsyncClient()
""",
    "a command, and what runs at the start": """
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
async def main():
    async with httpx.AsyncClient() as client:
        await client.get("https://x")
    await step()
async def step():
    async with httpx.AsyncClient() as client:
        await client.get("https://x")
class Warm:
    async def up(self):
        async with httpx.AsyncClient() as client:
            await client.get("https://x")
@app.on_event("startup")
async def start():
    await Warm().up()
if __name__ == "__main__":
    asyncio.run(main())
""",
    "a project that answers no requests": """
import httpx
class Rates:
    async def today(self):
        async with httpx.AsyncClient() as client:
            return (await client.get("https://x")).text
""",
}

CASES = HANDLERS | DEPENDENCIES | ONCE | COROUTINES

KNOWN_GAPS = {
    "the request's state does not": "what is kept on request.state counts as kept for ever",
}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
def test_a_client_is_built_for_each_request_by(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW401")


MANY = """
import time
class Store:
    def load(self, key):
        time.sleep(1)
    async def aload(self, key):
        return key
    def save(self, key):
        time.sleep(1)
""" + "".join(
    f"""
async def load{number}(store: Store):
    store.load(1)  # <- PW202
async def save{number}(store: Store):
    store.save(1){"  # <- PW202" if not number else ""}
"""
    for number in range(6)
)


def test_many_calls_of_one_function_are_one_finding_unless_a_coroutine_stands_beside_it(tmp_path: Path) -> None:
    assert_marked(tmp_path, MANY, "PW202")


OTHERS = {
    "sleep in a threaded handler": """
import time
from fastapi import FastAPI
app = FastAPI()
@app.get("/a")
def a():
    time.sleep(1)  # <- PW602
@app.get("/b")
async def b():
    time.sleep(1)  # <- PW202
def nobody():
    time.sleep(1)
""",
    "a sleep that is handed over": """
import asyncio, time
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()
@app.get("/a")
def a(tasks: BackgroundTasks):
    tasks.add_task(time.sleep, 1)
@app.get("/b")
async def b():
    await asyncio.sleep(1)
    await asyncio.to_thread(time.sleep, 1)
""",
    "an aiohttp handler runs on the loop": """
import time
from aiohttp import web
routes = web.RouteTableDef()
@routes.get("/a")
async def a(request):
    time.sleep(1)  # <- PW202
""",
    "a plain dependency runs in a thread": """
import time
from fastapi import Depends, FastAPI
app = FastAPI()
def plain():
    time.sleep(1)  # <- PW602
async def on_loop():
    time.sleep(1)  # <- PW202
@app.get("/a")
async def a(x=Depends(plain), y=Depends(on_loop)): ...
""",
}


@pytest.mark.parametrize("text", cases(OTHERS))
def test_a_handler_sleeps_on_its_own_thread_in(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, ("PW202", "PW602"))
