"""What functions give and take: returns, closures, decorators, arguments, recursion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

CASES = {
    "what a function returns": """
import requests
def make():
    return requests.Session()
def name():
    return "x"
async def f():
    make().get("https://x")  # <- PW201
    name().get("x")
""",
    "what a function says it returns": """
import requests
def make() -> requests.Session:
    return build_somehow()
class Api:
    @property
    def session(self) -> requests.Session:
        return self.registry["http"]
async def f(api: Api):
    make().get("https://x")  # <- PW201
    api.session.get("https://x")  # <- PW201
""",
    "an early return leaves one choice": """
import requests
def make(given):
    if given:
        return None
    return requests.Session()
async def f(given):
    make(given).get("https://x")  # <- PW201
""",
    "a closure": """
import requests
async def f():
    session = requests.Session()
    names = {}
    def fetch():
        return session.get("https://x")
    def look():
        return names.get("x")
    fetch()  # <- PW201
    look()
""",
    "a function that makes functions": """
import time
def make(slow):
    def inner():
        slow()
    return inner
def wait():
    time.sleep(1)
go = make(wait)
stay = make(len)
async def f():
    go()  # <- PW202
    make(wait)()  # <- PW202
    stay()
""",
    "nonlocal": """
import requests
async def f():
    session = None
    def start():
        nonlocal session
        session = requests.Session()
    start()
    session.get("https://x")  # <- PW201
""",
    "a decorator that only wraps": """
import functools, time
def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
@logged
def slow():
    time.sleep(1)
@logged
def quick():
    return 1
async def f():
    slow()  # <- PW202
    quick()
""",
    "a decorator with arguments": """
import functools, time
def retried(times):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper
    return decorator
@retried(3)
def slow():
    time.sleep(1)
async def f():
    slow()  # <- PW202
""",
    "a decorator that itself costs": """
import functools, time
def throttled(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        time.sleep(1)
        return function(*args, **kwargs)
    return wrapper
@throttled
def quick():
    return 1
async def f():
    quick()  # <- PW202
""",
    "a decorator that hands its function to a thread": """
import asyncio, functools, time
def threaded(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)
    return wrapper
@threaded
def slow():
    time.sleep(1)
def plain():
    time.sleep(1)
async def f():
    await slow()
    plain()  # <- PW202
""",
    "a decorator class": """
import time
class Logged:
    def __init__(self, function):
        self.function = function
    def __call__(self, *args):
        return self.function(*args)
@Logged
def slow():
    time.sleep(1)
async def f():
    slow()  # <- PW202
""",
    "an unknown decorator keeps the function": """
import time
from nowhere import decorated
@decorated
def slow():
    time.sleep(1)
async def f():
    slow()  # <- PW202
""",
    "functools.partial": """
import functools, time
def wait(seconds, name):
    time.sleep(seconds)
go = functools.partial(wait, 1)
look = functools.partial(len, "x")
async def f():
    go("x")  # <- PW202
    functools.partial(wait, 1, name="x")()  # <- PW202
    look()
    functools.partial(wait, 1)
""",
    "partial of a method": """
import functools, requests
session = requests.Session()
fetch = functools.partial(session.get, "https://x")
async def f():
    fetch()  # <- PW201
""",
    "a lambda": """
import time
go = lambda: time.sleep(1)
async def f():
    go()  # <- PW202
    inner = lambda x: time.sleep(x)
    inner(1)  # <- PW202
    never = lambda: time.sleep(1)
""",
    "a function given to a function": """
import time
def apply(function, value):
    return function(value)
def slow(value):
    time.sleep(value)
def quick(value):
    return value
async def f():
    apply(slow, 1)  # <- PW202
    apply(quick, 1)
    apply(lambda x: time.sleep(x), 1)  # <- PW202
""",
    "keyword, star and double-star arguments": """
import requests
def fetch(session, /, *, other=None):
    session.get("https://x")
def any_of(*sessions, **named):
    sessions[0].get("https://x")
def named_of(**named):
    named["session"].get("https://x")
async def f():
    session = requests.Session()
    fetch(session)  # <- PW201
    any_of(session)  # <- PW201
    named_of(session=session)  # <- PW201
    fetch({})
    any_of({})
""",
    "arguments from a list": """
import requests
def fetch(session):
    session.get("https://x")
async def f():
    fetch(*(requests.Session(),))  # <- PW201
    fetch(*[requests.Session()])  # <- PW201
""",
    "a default argument": """
import requests
shared = requests.Session()
def fetch(session=shared):
    session.get("https://x")
async def f():
    fetch()  # <- PW201
    fetch({})
""",
    "lru_cache keeps what the function gives": """
import functools, requests
@functools.lru_cache
def session():
    return requests.Session()
async def f():
    session().get("https://x")  # <- PW201
""",
    "tuples nested by each call of itself end": """
import time
def widen(*args):
    if len(args) > 1:
        return widen((args[0], args[0], args[1], args[1]))
    if len(args[0]) > 4:
        return widen((args[0], args[0], args[0], args[0]), args[0])
    time.sleep(1)
async def f():
    widen(1, 2)  # <- PW202
""",
    "recursion ends": """
import time
def down(n):
    if n:
        return down(n - 1)
    time.sleep(1)
async def f():
    down(3)  # <- PW202
""",
    "mutual recursion ends": """
import time
def even(n):
    return odd(n - 1)
def odd(n):
    time.sleep(1)
    return even(n - 1)
def left():
    return right()
def right():
    return left()
async def f():
    even(3)  # <- PW202
    odd(3)  # <- PW202
    left()
""",
    "recursion through methods and callbacks ends": """
import time
class Node:
    def __init__(self):
        self.child = Node()
    def walk(self):
        self.child.walk()
        time.sleep(1)
def again(function):
    return function(function)
async def f(node: Node):
    node.walk()  # <- PW202
    again(again)
""",
    "arguments that grow with each call end": """
import time
def grow(value):
    return grow([value])
def nest(function):
    return nest(lambda: function())
async def f():
    grow(1)
    nest(len)
    time.sleep(1)  # <- PW202
""",
}


@pytest.mark.parametrize("text", cases(CASES))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")
