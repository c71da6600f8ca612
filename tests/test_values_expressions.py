"""What expressions are worth: containers, branches, comprehensions, operators."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

CASES = {
    "walrus": """
import requests
async def f(data):
    if (session := requests.Session()) and (names := {}):
        session.get("https://x")  # <- PW201
        names.get("x")
    [y.get("https://x") for _ in data if (y := requests.Session())]  # <- PW201
""",
    "unpacking": """
import requests
def pair():
    return requests.Session(), {}
async def f():
    session, names = pair()
    session.get("https://x")  # <- PW201
    names.get("x")
    (a, [b, c]) = 1, [requests.Session(), 2]
    b.get("https://x")  # <- PW201
    a.get("x")
    first, *rest = requests.Session(), 1
    first.get("https://x")  # <- PW201
""",
    "swapping": """
import requests
async def f():
    a, b = requests.Session(), {}
    a, b = b, a
    a.get("x")
    b.get("https://x")  # <- PW201
""",
    "a list of clients": """
import requests
async def f():
    sessions = [requests.Session(), requests.Session()]
    sessions[0].get("https://x")  # <- PW201
    for session in sessions:
        session.get("https://x")  # <- PW201
    for name in ["a", "b"]:
        name.get("x")
    more = []
    more.append(requests.Session())
    more[0].get("https://x")  # <- PW201
""",
    "a dict of clients": """
import requests
async def f(key):
    clients = {"a": requests.Session(), "b": {}}
    clients["a"].get("https://x")  # <- PW201
    clients["b"].get("x")
    clients[key].get("https://x")  # <- PW201
    clients.get("a").get("https://x")  # <- PW201
    for name, client in clients.items():
        client.get("https://x")  # <- PW201
        name.get("x")
    others = {}
    others["a"] = requests.Session()
    others["a"].get("https://x")  # <- PW201
    {}.get("x")
""",
    "a dict of functions": """
import time
def slow(): time.sleep(1)
def quick(): ...
TABLE = {"slow": slow, "quick": quick}
async def f():
    TABLE["slow"]()  # <- PW202
    TABLE["quick"]()
""",
    "given or Client()": """
import requests
def fetch(session=None):
    session = session or requests.Session()
    return session.get("https://x")
async def f():
    fetch()  # <- PW201
""",
    "if x is None": """
import requests
def fetch(session=None):
    if session is None:
        session = requests.Session()
    return session.get("https://x")
class Cache:
    def get(self, key): ...
async def f():
    fetch()  # <- PW201
    fetch(Cache())
""",
    "a conditional expression": """
import requests
async def f(given, flag):
    (given if given is not None else requests.Session()).get("https://x")  # <- PW201
    (requests.Session() if flag else requests.Session()).get("https://x")  # <- PW201
    ({} if flag else []).get("x")
""",
    "branches join": """
import requests
async def f(flag):
    if flag:
        session = requests.Session()
    else:
        session = None
    session.get("https://x")  # <- PW201
    if flag:
        names = {}
    else:
        names = []
    names.get("x")
""",
    "a later assignment replaces the earlier one": """
import requests
async def f():
    session = requests.Session()
    session.get("https://x")  # <- PW201
    session = {}
    session.get("x")
""",
    "code behind a return is not reached": """
import time
async def f():
    return 1
    time.sleep(1)
async def g(flag):
    if flag:
        raise ValueError
    time.sleep(1)  # <- PW202
async def h():
    while True:
        break
        time.sleep(1)
""",
    "isinstance narrows": """
import requests
async def f(value):
    if isinstance(value, requests.Session):
        value.get("https://x")  # <- PW201
async def g(value):
    if isinstance(value, dict):
        value.get("x")
""",
    "isinstance narrows its branch only": """
import requests
async def f(value):
    if isinstance(value, requests.Session):
        value.headers = {}
    value.get("x")
""",
    "isinstance narrows the rest": """
import requests
async def f(value):
    if not isinstance(value, requests.Session):
        return value.get("x")
    value.get("https://x")  # <- PW201
""",
    "an assertion narrows": """
import requests
async def f(value):
    assert isinstance(value, requests.Session)
    value.get("https://x")  # <- PW201
""",
    "match by class narrows": """
import requests
async def f(value):
    match value:
        case requests.Session():
            value.get("https://x")  # <- PW201
        case _:
            value.get("x")
""",
    "the key of a deleted item": """
import time
async def f(x):
    del x[time.sleep(1)]  # <- PW202
""",
    "getattr with a constant name": """
import time
class Api:
    def slow(self):
        time.sleep(1)
async def f(api: Api, name):
    getattr(api, "slow")()  # <- PW202
    getattr(api, "quick", None)()
    getattr(api, name)()
""",
    "conditions, comparisons and operators are evaluated": """
import time
async def f(x):
    if time.sleep(1): ...  # <- PW202
    x = not time.sleep(1)  # <- PW202
    x = 1 < time.sleep(1) < 2  # <- PW202
    x = x and time.sleep(1)  # <- PW202
    x[time.sleep(1)] = 1  # <- PW202
    x = [1, *time.sleep(1)]  # <- PW202
    x = {"a": time.sleep(1)}  # <- PW202
    x = f"{time.sleep(1)}"  # <- PW202
    x += time.sleep(1)  # <- PW202
    assert time.sleep(1)  # <- PW202
    raise ValueError(time.sleep(1))  # <- PW202
""",
}

KNOWN_GAPS = {
    "match by class narrows": "a class pattern does not narrow",
}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")
