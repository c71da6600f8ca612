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

CLASSES = {
    "an inherited method": """
import time
class Base:
    def slow(self):
        time.sleep(1)
class Middle(Base):
    pass
class Child(Middle):
    async def f(self):
        self.slow()  # <- PW202
""",
    "an overridden method": """
import time
class Base:
    def work(self):
        time.sleep(1)
class Child(Base):
    def work(self):
        return 1
    async def f(self):
        self.work()
        super().work()  # <- PW202
""",
    "an inherited attribute": """
import requests
class Base:
    def __init__(self):
        self.session = requests.Session()
class Child(Base):
    def __init__(self):
        super().__init__()
        self.name = "x"
    async def f(self):
        self.session.get("https://x")  # <- PW201
        self.name.get("x")
""",
    "the base in another file": """
#: base.py
import requests
class Base:
    session = requests.Session()
    def fetch(self):
        return self.session.get("https://x")
#: app.py
from base import Base
class Child(Base):
    async def f(self):
        self.fetch()  # <- PW201
""",
    "a hook that the subclass fills": """
import time
class Base:
    def run(self):
        return self.hook()
    def hook(self):
        raise NotImplementedError
class Slow(Base):
    def hook(self):
        time.sleep(1)
class Quick(Base):
    def hook(self):
        return 1
async def f():
    Slow().run()  # <- PW202
    Quick().run()
""",
    "super() in a chain of classes": """
import time
class A:
    def go(self):
        time.sleep(1)
class B(A):
    def go(self):
        return super().go()
class C(B):
    def go(self):
        return super().go()
async def f():
    C().go()  # <- PW202
""",
    "the order of bases decides": """
import time
class Slow:
    def go(self):
        time.sleep(1)
class Quick:
    def go(self):
        return 1
class SlowFirst(Slow, Quick): ...
class QuickFirst(Quick, Slow): ...
async def f():
    SlowFirst().go()  # <- PW202
    QuickFirst().go()
""",
    "a diamond goes to the sibling": """
import time
class Root:
    def go(self):
        return 1
class Left(Root):
    def go(self):
        return super().go()
class Right(Root):
    def go(self):
        time.sleep(1)
class Both(Left, Right): ...
async def f():
    Both().go()  # <- PW202
    Left().go()
""",
    "a class that inherits from itself ends": """
import time
class A(A):
    def go(self):
        return self.missing()
class B(C): ...
class C(B): ...
async def f():
    A().go()
    B().go()
    time.sleep(1)  # <- PW202
""",
    "a generic base": """
import time
from typing import Generic, TypeVar
T = TypeVar("T")
class Repository(Generic[T]):
    def load(self):
        time.sleep(1)
class Books(Repository[int]):
    async def f(self):
        self.load()  # <- PW202
""",
    "a library's class as the base": """
import requests
class Session(requests.Session):
    def ping(self):
        return 1
    async def f(self):
        self.get("https://x")  # <- PW201
        self.ping()
async def g():
    Session().get("https://x")  # <- PW201
""",
    "a subclass that replaces a library's method": """
import requests
class Session(requests.Session):
    def get(self, url):
        return url
async def f():
    Session().get("https://x")
    Session().post("https://x")  # <- PW201
""",
    "an abstract method joins its implementations": """
import time
from abc import ABC, abstractmethod
class Store(ABC):
    @abstractmethod
    def load(self): ...
class Slow(Store):
    def load(self):
        time.sleep(1)
async def f(store: Store):
    store.load()  # <- PW202
""",
    "self in a method is no class that has a method of its own": """
import time
from abc import ABC, abstractmethod
class Store(ABC):
    @abstractmethod
    def load(self): ...
    async def read(self):
        self.load()
    async def reread(self):
        self.load()  # <- PW202
class Slow(Store):
    def load(self):
        time.sleep(1)
    async def read(self):
        return None
""",
    "an abstract property joins its implementations": """
import time
from abc import ABC, abstractmethod
class Store(ABC):
    @property
    @abstractmethod
    def size(self): ...
class Slow(Store):
    @property
    def size(self):
        time.sleep(1)
async def f(store: Store):
    return store.size  # <- PW202
""",
    "a method that only raises joins what overrides it in other files": """
#: base.py
class Store:
    def load(self):
        raise NotImplementedError
    async def serve(self):
        self.load()  # <- PW202
#: middle.py
from base import Store
class Middle(Store):
    def load(self):
        raise NotImplementedError("not here")
#: slow.py
import time
from middle import Middle
class Slow(Middle):
    def load(self):
        time.sleep(1)
""",
    "a method that does nothing is no abstract one": """
import time
from abc import ABC, abstractmethod
class Store:
    def load(self): pass
    def save(self):
        return 1
class Slow(Store):
    def load(self):
        time.sleep(1)
    def save(self):
        time.sleep(1)
async def f(store: Store):
    store.load()
    store.save()
""",
    "an awaited abstract method means the coroutines": """
import time
from abc import ABC, abstractmethod
class Store(ABC):
    @abstractmethod
    async def load(self): ...
class Plain(Store):
    def load(self):
        time.sleep(1)
class Slow(Store):
    async def load(self):
        return 1
async def f(store: Store):
    await store.load()
""",
    "an implementation calls super": """
import time
from abc import ABC, abstractmethod
class Store(ABC):
    @abstractmethod
    def load(self): ...
class Slow(Store):
    def load(self):
        time.sleep(1)
class Quick(Store):
    def load(self):
        return super().load()
async def f(quick: Quick):
    quick.load()
""",
    "isinstance tells one of two types from the other": """
import time
from typing import Union
class Quick:
    def load(self):
        return 1
class Slow:
    def load(self):
        time.sleep(1)
async def f(store: Union[Quick, Slow]):
    if isinstance(store, Quick):
        store.load()
    else:
        store.load()  # <- PW202
""",
    "a property": """
import time
class Api:
    @property
    def slow(self):
        time.sleep(1)
        return "x"
    @property
    def quick(self):
        return 1
    def method(self):
        time.sleep(1)
async def f(api: Api):
    api.slow  # <- PW202
    api.slow.upper()  # <- PW202
    api.quick
    api.method
""",
    "a property that gives a client": """
import requests
class Api:
    @property
    def session(self):
        return requests.Session()
    @property
    def names(self):
        return {}
    async def f(self):
        self.session.get("https://x")  # <- PW201
        self.names.get("x")
""",
    "a setter": """
import time
class Api:
    @property
    def name(self):
        return 1
    @name.setter
    def name(self, value):
        time.sleep(1)
async def f(api: Api):
    api.name = 2  # <- PW202
    api.name
""",
    "an inherited property": """
import time
class Base:
    @property
    def slow(self):
        time.sleep(1)
class Child(Base): ...
async def f():
    Child().slow  # <- PW202
""",
    "a cached property": """
import functools, requests, time
class Api:
    @functools.cached_property
    def session(self):
        return requests.Session()
    async def f(self):
        self.session.get("https://x")  # <- PW201
""",
    "classmethod and staticmethod": """
import time, requests
class Api:
    session = requests.Session()
    @classmethod
    def make(cls, name):
        time.sleep(1)
        return cls()
    @staticmethod
    def help(name):
        time.sleep(1)
    @classmethod
    def fetch(cls):
        return cls.session.get("https://x")
    @staticmethod
    def quick(name):
        return name
async def f():
    Api.make("x")  # <- PW202
    Api.help("x")  # <- PW202
    Api.fetch()  # <- PW201
    Api().fetch()  # <- PW201
    Api().help("x")  # <- PW202
    Api.quick("x")
""",
    "a classmethod that builds": """
import requests
class Api:
    def __init__(self, session):
        self.session = session
    @classmethod
    def default(cls):
        return cls(requests.Session())
async def f():
    Api.default().session.get("https://x")  # <- PW201
    Api({}).session.get("x")
""",
    "calling an object": """
import time
class Slow:
    def __call__(self):
        time.sleep(1)
        return ""
class Quick:
    def __call__(self):
        return ""
async def f(slow: Slow, quick: Quick):
    slow()  # <- PW202
    quick()
""",
    "subscribing an object": """
import time
class Slow:
    def __getitem__(self, key):
        time.sleep(1)
        return ""
class Quick:
    def __getitem__(self, key):
        return ""
async def f(slow: Slow, quick: Quick):
    slow["x"]  # <- PW202
    quick["x"]
""",
    "setting an item of an object": """
import time
class Slow:
    def __setitem__(self, key, value):
        time.sleep(1)
        return ""
class Quick:
    def __setitem__(self, key, value):
        return ""
async def f(slow: Slow, quick: Quick):
    slow["x"] = 1  # <- PW202
    quick["x"] = 1
""",
    "printing an object": """
import time
class Slow:
    def __str__(self):
        time.sleep(1)
        return ""
class Quick:
    def __str__(self):
        return ""
async def f(slow: Slow, quick: Quick):
    print(slow)  # <- PW202
    print(quick)
""",
    "formatting an object": """
import time
class Slow:
    def __str__(self):
        time.sleep(1)
        return ""
class Quick:
    def __str__(self):
        return ""
async def f(slow: Slow, quick: Quick):
    f"{slow}"  # <- PW202
    f"{quick}"
""",
    "adding to an object": """
import time
class Slow:
    def __add__(self, other):
        time.sleep(1)
        return ""
class Quick:
    def __add__(self, other):
        return ""
async def f(slow: Slow, quick: Quick):
    slow + 1  # <- PW202
    quick + 1
""",
    "comparing an object": """
import time
class Slow:
    def __eq__(self, other):
        time.sleep(1)
        return ""
class Quick:
    def __eq__(self, other):
        return ""
async def f(slow: Slow, quick: Quick):
    slow == 1  # <- PW202
    quick == 1
""",
    "the length of an object": """
import time
class Slow:
    def __len__(self):
        time.sleep(1)
        return ""
class Quick:
    def __len__(self):
        return ""
async def f(slow: Slow, quick: Quick):
    len(slow)  # <- PW202
    len(quick)
""",
    "looking into an object": """
import time
class Slow:
    def __contains__(self, other):
        time.sleep(1)
        return ""
class Quick:
    def __contains__(self, other):
        return ""
async def f(slow: Slow, quick: Quick):
    1 in slow  # <- PW202
    1 in quick
""",
    "an attribute that is not there": """
import time
class Slow:
    def __getattr__(self, name):
        time.sleep(1)
        return ""
class Quick:
    def __getattr__(self, name):
        return ""
async def f(slow: Slow, quick: Quick):
    slow.missing  # <- PW202
    quick.missing
""",
    "a constructor that costs": """
import time
class Slow:
    def __init__(self):
        time.sleep(1)
class Child(Slow): ...
class Quick:
    def __init__(self):
        self.x = 1
async def f():
    Slow()  # <- PW202
    Child()  # <- PW202
    Quick()
    Slow
""",
    "__post_init__": """
import time
from dataclasses import dataclass
@dataclass
class Slow:
    x: int
    def __post_init__(self):
        time.sleep(1)
async def f():
    Slow(1)  # <- PW202
""",
    "a class made by a function": """
import time
def make():
    class Slow:
        def go(self):
            time.sleep(1)
    return Slow
async def f():
    make()().go()  # <- PW202
""",
    "a bound method kept in a name": """
import time
class Api:
    def slow(self):
        time.sleep(1)
async def f(api: Api):
    go = api.slow
    go()  # <- PW202
    api.slow
""",
}

FUNCTIONS = {
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

EXPRESSIONS = {
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

CONTEXTS = {
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

ANNOTATIONS = (
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

CASES = INSTANCES | CLASSES | FUNCTIONS | EXPRESSIONS | CONTEXTS | ANNOTATIONS

KNOWN_GAPS = {
    "adding to an object": "operators of the project's classes are not called",
    "comparing an object": "comparisons of the project's classes are not called",
    "looking into an object": "__contains__ of the project's classes is not called",
    "match by class narrows": "a class pattern does not narrow",
}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
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
        ([Plain(None), SESSION], SESSION),
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
