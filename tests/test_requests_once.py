"""What runs once and not for each request: start-up, slots that are kept, what is handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

# `requests.Session()` is PW401, a `requests.get` PW406; only PW401 counts here.
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
    "nor under another name": """
import requests
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/")
def index(request: Request):
    state = request.state
    if not hasattr(state, "session"):
        state.session = requests.Session()  # <- PW401
    sessions = request.state.sessions
    sessions["x"] = requests.Session()  # <- PW401
""",
    "the app's state does, also when the request leads there": """
import requests
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/")
def index(request: Request):
    state = request.app.state
    if not hasattr(state, "session"):
        state.session = requests.Session()
    sessions = request.app.state.sessions
    sessions["x"] = requests.Session()
    return request.app.state.session.get("https://x")
""",
    "what stands somewhere on the request may be the app's": """
import requests
from fastapi import FastAPI, Request
app = FastAPI()
@app.get("/")
def index(request: Request):
    sessions = request.scope["app"].sessions
    sessions["x"] = requests.Session()
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


@pytest.mark.parametrize("text", cases(ONCE))
def test_a_client_is_built_for_each_request_by(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW401")
