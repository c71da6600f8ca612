"""What objects of the project hold and do: attributes, inheritance, properties, abstract methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

CASES = {
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
    "what methods put into a container on self": """
import boto3, time
class Job:
    def run(self):
        time.sleep(1)
    def stop(self):
        time.sleep(1)
class Runner:
    def __init__(self):
        self.jobs = {}
        self.words = {}
        self.clients = {}
        self.given = {}
    def register(self, name, job: Job):
        self.jobs[name] = job
        self.words[name] = str(job)
        self.given[name] = name
    async def one(self, name):
        self.jobs[name].run()  # <- PW202
        self.words[name].run()
        self.given[name].run()
    async def every(self):
        for job in self.jobs.values():
            job.stop()  # <- PW202
    async def load(self, region):
        if region not in self.clients:
            self.clients[region] = boto3.client("s3")
        return self.clients[region].get_object()  # <- PW206
class Other:
    def __init__(self):
        self.jobs = {}
    async def one(self, name, runner):
        self.jobs[name].run()
        runner.jobs[name].run()
""",
    "what has the methods of a protocol": """
import time
from typing import Protocol
class Store(Protocol):
    def load(self, key): ...
    async def close(self): ...
class Disk:
    def load(self, key):
        time.sleep(1)
    async def close(self): ...
class Door(Protocol):
    def open(self, key): ...
class Window:
    def open(self, side):
        time.sleep(1)
class Gate:
    async def open(self, key): ...
async def f(store: Store, door: Door):
    store.load("x")  # <- PW202
    door.open("x")
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

KNOWN_GAPS = {
    "adding to an object": "operators of the project's classes are not called",
    "comparing an object": "comparisons of the project's classes are not called",
    "looking into an object": "__contains__ of the project's classes is not called",
}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
def test_a_value_is_known_through(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2")
