"""What a name, an attribute or a call holds: one client behind many ways to hold it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    Either,
    External,
    Instance,
    Mapping,
    Plain,
    Unknown,
    Value,
    choices,
    join,
)
from tests.engine import assert_marked, cases, summary

INSTANCES = {
    "self.x set in __init__": """
import requests
class Api:
    def __init__(self):
        self.session = requests.Session()
        self.names = {}
    async def f(self):
        self.session.get("https://x")  # <- PW201
        self.names.get("x")
        self.other.get("x")
""",
    "self.x set in another method": """
import requests
class Api:
    def start(self):
        self.session = requests.Session()
    async def f(self):
        self.session.get("https://x")  # <- PW201
""",
    "self.x set by unpacking, with and walrus": """
import requests
class Api:
    def __init__(self):
        self.one, self.two = requests.Session(), {}
        if (session := requests.Session()):
            self.three = session
    async def f(self):
        self.one.get("https://x")  # <- PW201
        self.two.get("x")
        self.three.get("https://x")  # <- PW201
""",
    "a class attribute": """
import requests
class Api:
    session = requests.Session()
    limits: dict = {}
    async def f(self):
        self.session.get("https://x")  # <- PW201
        Api.session.get("https://x")  # <- PW201
        self.limits.get("x")
""",
    "the class of an object": """
import requests
class Api:
    session = requests.Session()
    async def f(self):
        type(self).session.get("https://x")  # <- PW201
        self.__class__.session.get("https://x")  # <- PW201
""",
    "an annotated class attribute": """
import requests
class Api:
    session: requests.Session
    cache: dict[str, str]
    async def f(self):
        self.session.get("https://x")  # <- PW201
        self.cache.get("x")
""",
    "an annotated parameter kept on self": """
import requests
class Api:
    def __init__(self, session: requests.Session, names: dict):
        self.session = session
        self.names = names
    async def f(self):
        self.session.get("https://x")  # <- PW201
        self.names.get("x")
""",
    "an attribute of an attribute": """
import requests
class Api:
    def __init__(self):
        self.session = requests.Session()
class Shop:
    def __init__(self):
        self.api = Api()
async def f():
    Shop().api.session.get("https://x")  # <- PW201
    shop = Shop()
    shop.api.session.get("https://x")  # <- PW201
    shop.session.get("x")
""",
    "what the constructor is given": """
import requests
class Api:
    def __init__(self, session, names):
        self.session = session
        self.names = names
    def call(self):
        return self.session.get("https://x")
    def look(self):
        return self.names.get("x")
api = Api(requests.Session(), {})
async def f():
    api.call()  # <- PW201
    api.look()
""",
    "a dataclass": """
import requests
from dataclasses import dataclass, field
@dataclass
class Api:
    session: requests.Session
    other: requests.Session = field(default_factory=requests.Session)
    names: dict = field(default_factory=dict)
async def f(api: Api):
    api.session.get("https://x")  # <- PW201
    api.other.get("https://x")  # <- PW201
    api.names.get("x")
""",
    "a pydantic model": """
import requests
from pydantic import BaseModel
class Api(BaseModel):
    session: requests.Session
    names: dict[str, str] = {}
async def f(api: Api):
    api.session.get("https://x")  # <- PW201
    api.names.get("x")
""",
    "a name on self that was replaced stays a choice": """
import requests
class Api:
    def __init__(self):
        self.session = None
    def start(self):
        self.session = requests.Session()
    async def f(self):
        if self.session is not None:
            self.session.get("https://x")  # <- PW201
""",
    "an attribute assigned from outside": """
import requests
class Api:
    pass
api = Api()
api.session = requests.Session()
async def f():
    api.session.get("https://x")  # <- PW201
""",
    "an attribute that a function assigns from outside": """
import requests
class Api:
    session = None
    async def f(self):
        self.session.get("https://x")  # <- PW201
class Other:
    session = None
    async def f(self):
        self.session.get("https://x")
def connect(api: Api):
    api.session = requests.Session()
""",
    "the state of an application": """
#: main.py
import requests
from fastapi import FastAPI
class Rates:
    def today(self):
        requests.get("https://x")
async def lifespan(app: FastAPI):
    app.state.session = requests.Session()
    yield
def create(rates: Rates):
    app = FastAPI(lifespan=lifespan)
    app.rates = rates
    return app
#: api.py
from fastapi import APIRouter, Request
router = APIRouter()
@router.get("/")
async def books(request: Request):
    await request.body()
    request.app.state.session.get("https://x")  # <- PW201
    request.app.rates.today()  # <- PW201
    request.app.state.other.get("https://x")
    request.state.session.get("https://x")
""",
    "an item of an application": """
import requests
from aiohttp import web
async def start(app: web.Application):
    app["session"] = requests.Session()
async def books(request: web.Request):
    request.app["session"].get("https://x")  # <- PW201
    request.app["other"].get("https://x")
    request["session"].get("https://x")
""",
    "an attribute that many functions assign is nothing that is set up once": "\n".join(
        [
            """
import requests
class Api:
    session = None
    async def f(self):
        self.session.get("https://x")
""",
            *[f"def connect_{at}(api: Api):\n    api.session = requests.Session()" for at in range(9)],
        ]
    ),
}


@pytest.mark.parametrize("text", cases(INSTANCES))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")


SESSION, CLIENT = Instance("requests.Session"), Instance("httpx.Client")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], PLAIN),
        ([SESSION], SESSION),
        ([SESSION, SESSION], SESSION),
        ([SESSION, PLAIN], SESSION),
        ([Plain(None), SESSION], Either((SESSION,))),  # a test for None is open
        ([SESSION, CLIENT], Either((SESSION, CLIENT))),
        ([Either((SESSION, CLIENT)), CLIENT], Either((SESSION, CLIENT))),
        ([SESSION, UNKNOWN], Either((SESSION,))),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([UNKNOWN, PLAIN], UNKNOWN),
        ([Plain("a"), Plain("a")], Plain("a")),
        ([Plain("a"), Plain("b")], PLAIN),
        ([Instance(name) for name in "abcde"], UNKNOWN),
    ],
)
def test_a_join_keeps_what_is_known_of_each_choice(values: list[Value], expected: Value) -> None:
    assert join(values) == expected


def test_the_choices_of_a_single_value_are_itself() -> None:
    assert choices(SESSION) == (SESSION,)
    assert choices(Either((SESSION, CLIENT))) == (SESSION, CLIENT)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return requests.Session()", SESSION),
        ("return requests", External("requests")),
        ("return 'x'", Plain("x")),
        ("pass", PLAIN),
        ("return unknown_name", UNKNOWN),
        ("return {'a': requests.Session()}", Mapping((("a", SESSION),), Unknown())),
        ("if a:\n        return requests.Session()\n    return requests.Session()", SESSION),
    ],
)
def test_a_summary_says_what_the_function_returns(body: str, expected: Value, tmp_path: Path) -> None:
    assert summary(tmp_path, f"import requests\ndef f(a):\n    {body}\n", "f").returns == expected


def test_a_summary_depends_on_its_arguments(tmp_path: Path) -> None:
    text = "import requests\ndef f(a):\n    a.get('x')\n    return a\n"
    assert [one.kind for one in summary(tmp_path, text, "f", [SESSION]).effects].count("http") == 1
    assert summary(tmp_path, text, "f", [SESSION]).returns == SESSION
    assert summary(tmp_path, text, "f").effects == ()


def test_a_summary_says_what_a_method_stores(tmp_path: Path) -> None:
    text = (
        "import requests\nclass A:\n    def __init__(self):\n        self.s = requests.Session()\n        self.n = 1\n"
    )
    assert dict(summary(tmp_path, text, "A.__init__").stored) == {"n": Plain(1), "s": SESSION}
