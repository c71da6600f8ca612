"""What `with`, generators and coroutines hand out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

CASES = {
    "contextmanager": """
import contextlib, requests, time
@contextlib.contextmanager
def session():
    yield requests.Session()
@contextlib.contextmanager
def slow():
    time.sleep(1)
    yield
@contextlib.contextmanager
def slow_end():
    try:
        yield
    finally:
        time.sleep(1)
async def f():
    with session() as s:
        s.get("https://x")  # <- PW201
    with slow():  # <- PW202
        pass
    with slow_end():  # <- PW202
        pass
""",
    "__enter__ and __exit__": """
import requests, time
class Api:
    def __enter__(self):
        return requests.Session()
    def __exit__(self, *args): ...
class Slow:
    def __enter__(self):
        time.sleep(1)
        return self
    def __exit__(self, *args): ...
class SlowExit:
    def __enter__(self):
        return self
    def __exit__(self, *args):
        time.sleep(1)
class Quick:
    def __enter__(self):
        return self
    def __exit__(self, *args): ...
async def f():
    with Api() as s, Quick() as q:
        s.get("https://x")  # <- PW201
        q.get("x")
    with Slow():  # <- PW202
        pass
    with SlowExit():  # <- PW202
        pass
""",
    "asynccontextmanager": """
import contextlib, requests
@contextlib.asynccontextmanager
async def session():
    yield requests.Session()
async def f():
    async with session() as s:
        s.get("https://x")  # <- PW201
""",
    "__aenter__": """
import requests
class Api:
    async def __aenter__(self):
        return requests.Session()
    async def __aexit__(self, *args): ...
async def f():
    async with Api() as s:
        s.get("https://x")  # <- PW201
""",
    "closing and nullcontext": """
import contextlib, requests
async def f():
    with contextlib.closing(requests.Session()) as s:
        s.get("https://x")  # <- PW201
    with contextlib.nullcontext({}) as names:
        names.get("x")
""",
    "ExitStack": """
import contextlib, requests
async def f():
    with contextlib.ExitStack() as stack:
        s = stack.enter_context(requests.Session())
        s.get("https://x")  # <- PW201
""",
    "a generator": """
import requests, time
def sessions():
    yield requests.Session()
def slow():
    time.sleep(1)
    yield 1
async def f():
    for s in sessions():
        s.get("https://x")  # <- PW201
    for x in slow():  # <- PW202
        pass
    list(slow())  # <- PW202
    never = slow()
""",
    "yield from": """
import requests
def inner():
    yield requests.Session()
def outer():
    yield from inner()
async def f():
    for s in outer():
        s.get("https://x")  # <- PW201
    next(outer()).get("https://x")  # <- PW201
""",
    "an async generator": """
import requests, time
async def sessions():
    yield requests.Session()
async def slow():
    time.sleep(1)  # <- PW202
    yield 1
async def f():
    async for s in sessions():
        s.get("https://x")  # <- PW201
    [s.get("https://x") async for s in sessions()]  # <- PW201
    async for x in slow():
        pass
""",
    "a coroutine runs where it is awaited": """
import requests
async def make():
    return requests.Session()
async def f():
    session = await make()
    session.get("https://x")  # <- PW201
    coroutine = make()
    (await coroutine).get("https://x")  # <- PW201
    make().get("x")
""",
    "a class that iterates": """
import time
class Slow:
    def __iter__(self):
        time.sleep(1)
        return iter([])
class Quick:
    def __iter__(self):
        return iter([])
async def f():
    for x in Slow():  # <- PW202
        pass
    for x in Quick():
        pass
""",
}


@pytest.mark.parametrize("text", cases(CASES))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")
