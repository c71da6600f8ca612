"""What annotations say of parameters, names and results."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

CASES = (
    {
        f"a parameter annotated {text}": f"""
from __future__ import annotations
import requests, typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final, Optional, Type, Union
Alias = requests.Session
Deep = Annotated[Alias, "x"]
async def f(a: {text}):
    {use}.get("https://x")  # <- PW201
"""
        for text, use in [
            ("requests.Session", "a"),
            ('"requests.Session"', "a"),
            ("requests.Session | None", "a"),
            ("None | requests.Session", "a"),
            ("Optional[requests.Session]", "a"),
            ("Union[requests.Session, None]", "a"),
            ("Annotated[requests.Session, 'x']", "a"),
            ("typing.Annotated[requests.Session | None, 'x']", "a"),
            ("Final[requests.Session]", "a"),
            ("Alias", "a"),
            ("Deep", "a"),
            ("list[requests.Session]", "a[0]"),
            ("Sequence[requests.Session]", "a[0]"),
            ("dict[str, requests.Session]", 'a["x"]'),
            ("Mapping[str, requests.Session]", 'a["x"]'),
            ("tuple[str, requests.Session]", "a[1]"),
            ("tuple[requests.Session, ...]", "a[0]"),
            ("Type[requests.Session]", "a()"),
            ("Awaitable[requests.Session]", "(await a)"),
            ("Callable[[], requests.Session]", "a()"),
        ]
    }
    | {
        f"a parameter that is no client but {text}": f"""
import requests
from typing import Any, Optional
async def f(a: {text}):
    a.get("x")
"""
        for text in ["str", "dict[str, str]", "Any", "Optional[str]", "list[requests.Session]"]
    }
    | {
        "an annotated local": """
import requests
async def f(make):
    session: requests.Session = make()
    session.get("https://x")  # <- PW201
    names: dict = make()
    names.get("x")
""",
        "what is assigned wins over a wider annotation": """
import requests
from typing import Any
async def f():
    session: Any = requests.Session()
    session.get("https://x")  # <- PW201
    other: object = {}
    other.get("x")
""",
        "Self": """
import time
from typing import Self
class Api:
    def same(self) -> Self:
        return self
    def slow(self):
        time.sleep(1)
async def f():
    Api().same().same().slow()  # <- PW202
""",
        "names of typing through a star import": """
import requests
from typing import *
async def f(a: Optional[requests.Session], b: Optional[str]):
    a.get("https://x")  # <- PW201
    b.get("x")
""",
        "an alias in another file": """
#: types_.py
from typing import Annotated
import requests
Http = Annotated[requests.Session, "shared"]
Plain = requests.Session
#: app.py
import types_
from types_ import Http, Plain
async def f(a: Http, b: types_.Http, c: Plain):
    a.get("https://x")  # <- PW201
    b.get("https://x")  # <- PW201
    c.get("https://x")  # <- PW201
""",
        "an alias that names itself ends": """
import time
from typing import Optional
A = Optional["A"]
B = Optional["C"]
C = Optional["B"]
async def f(a: A, b: B):
    a.get("x")
    b.get("x")
    time.sleep(1)  # <- PW202
""",
        "cast": """
import requests
from typing import cast
async def f(x):
    cast(requests.Session, x).get("https://x")  # <- PW201
    cast(dict, x).get("x")
""",
        "a variable of a bounded type": """
import requests
from typing import TypeVar
S = TypeVar("S", bound=requests.Session)
async def f(session: S):
    session.get("https://x")  # <- PW201
""",
        "a result of which the body tells only that it is an element": """
import requests
def find(sessions, name) -> requests.Session:
    for one in sessions:
        if one.name == name:
            return one
def first(sessions) -> str:
    for one in sessions:
        return one
async def f(sessions):
    find(sessions, "x").get("https://x")  # <- PW201
    first(sessions).get("https://x")
""",
        "a container that is empty yet": """
import requests
REGISTRY: dict[str, requests.Session] = {}
class Pool:
    every: dict[str, requests.Session] = {}
    def __init__(self):
        self.many: list[requests.Session] = []
        self.plain: list[str] = []
        self.other = {}
    async def f(self, name):
        for one in self.many:
            one.get("https://x")  # <- PW201
        self.every[name].get("https://x")  # <- PW201
        REGISTRY[name].get("https://x")  # <- PW201
        self.other[name].get("https://x")
        for one in self.plain:
            one.get("https://x")
async def g(make):
    sessions: list[requests.Session] = []  # what it gets is seen here
    sessions.append(make())
    sessions[0].get("https://x")
""",
        "NewType and NamedTuple": """
import requests
from typing import NamedTuple
class Pair(NamedTuple):
    session: requests.Session
    name: str
async def f(pair: Pair):
    pair.session.get("https://x")  # <- PW201
    pair.name.get("x")
""",
    }
)


@pytest.mark.parametrize("text", cases(CASES))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")
