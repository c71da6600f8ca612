"""Who answers requests, and on which thread: handlers of each framework, and what runs around them."""

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


@pytest.mark.parametrize("text", cases(HANDLERS))
def test_a_client_is_built_for_each_request_by(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW401")


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
