"""Counts what each route of an example builds per request. Run: python -m tests.oracle.clients FOLDER CODE

Each route is asked once to warm up, and then twice. Constructors that need a server give stand-ins.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.oracle.loop import asgi_cases
from tests.oracle.support import Marks, modules, redirect_network

CONSTRUCTORS = {
    "PW401": [
        "httpx.Client.__init__",
        "httpx.AsyncClient.__init__",
        "requests.Session.__init__",
        "requests.session",
        "aiohttp.ClientSession.__init__",
        "urllib3.PoolManager.__init__",
    ],
    "PW402": [
        "redis.Redis.__init__",
        "redis.Redis.from_url",
        "redis.asyncio.Redis.__init__",
        "boto3.client",
        "boto3.resource",
        "openai.OpenAI.__init__",
        "openai.AsyncOpenAI.__init__",
        "pymongo.MongoClient.__init__",
    ],
    "PW403": ["sqlite3.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "asyncpg.connect"],
    "PW404": [
        "sqlalchemy.create_engine",
        "sqlalchemy.ext.asyncio.create_async_engine",
        "asyncpg.create_pool",
        "psycopg_pool.ConnectionPool",
    ],
    "PW409": ["concurrent.futures.ThreadPoolExecutor.__init__", "multiprocessing.pool.ThreadPool.__init__"],
}
STAND_INS = {
    "psycopg.connect",
    "psycopg.AsyncConnection.connect",
    "asyncpg.connect",
    "asyncpg.create_pool",
    "psycopg_pool.ConnectionPool",
}
SHARED = {"transport", "connection_pool", "connector"}
"""Arguments that hand in what is expensive: the object around it costs nothing."""


class StandIn:
    """A connection or pool of a database that is not there: every answer is one row with a 1."""

    def __getattr__(self, name: str) -> Any:
        return self if not name.startswith("__") else object.__getattribute__(self, name)

    def __call__(self, *_: Any, **__: Any) -> StandIn:
        return self

    def __getitem__(self, _: Any) -> int:
        return 1

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return self

    async def fetchval(self, *_: Any) -> int:
        """As of asyncpg."""
        return 1

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> StandIn:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Built:
    """Constructions by the example's own lines since the last time."""

    number = 0


def watch(root: Path, name: str) -> None:
    """Count the calls of a constructor that come from the example's files."""
    owner_name, _, last = name.rpartition(".")
    owner = _find(owner_name)
    if owner is None:
        return
    own = vars(owner).get(last)
    real = getattr(owner, last)

    def counted(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1).f_code.co_filename
        if caller.startswith(str(root)) and not SHARED & kwargs.keys():
            Built.number += 1
        if name in STAND_INS:
            return StandIn()
        if isinstance(own, classmethod):
            return real(*args[1:], **kwargs)
        return real(*args, **kwargs)

    setattr(owner, last, classmethod(counted) if isinstance(own, classmethod) else counted)


def _find(name: str) -> Any:
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:size]))
        except ImportError:
            continue
        for part in parts[size:]:
            found = getattr(found, part)
        return found
    return None


def main(root: Path, codes: list[str]) -> None:
    """Print what each route builds as JSON."""
    marks = Marks(root, codes)
    sys.path.insert(0, str(root))
    redirect_network()
    for code, names in CONSTRUCTORS.items():
        for name in names:
            if code in codes or name in STAND_INS:
                watch(root, name)
    marks.install()
    found = modules(root)
    cases = asyncio.run(measure(found, marks))
    print(json.dumps({"cases": cases, "marks": marks.all()}))
    sys.stdout.flush()
    os._exit(0)


async def measure(found: list[ModuleType], marks: Marks) -> list[dict[str, Any]]:
    """Every route, once to warm up and twice to count."""
    cases = []
    async with AsyncExitStack() as stack:
        for module in found:
            for name, run in await routes(getattr(module, "app", None), stack):
                error = ""
                numbers = []
                for _ in range(3):
                    Built.number = 0
                    marks.take()
                    try:
                        answer = run()
                        answer = await answer if inspect.isawaitable(answer) else answer
                        status = getattr(answer, "status_code", getattr(answer, "status", 200))
                        error = error or ("" if status == 200 else f"status {status}")
                    except Exception as problem:
                        error = f"{type(problem).__name__}: {problem}"
                    numbers.append(Built.number)
                cases.append({"case": name, "built": numbers[1:], "marks": marks.take(), "error": error})
    return cases


async def routes(app: Any, stack: AsyncExitStack) -> list[tuple[str, Callable[[], Any]]]:
    """The routes of an application of FastAPI, Starlette, Flask or aiohttp that take no arguments."""
    kind = type(app).__module__
    if kind.startswith(("fastapi.", "starlette.")):
        return [case async for case in asgi_cases(app, set(), stack)]
    if kind.startswith("flask."):
        client = app.test_client()
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static" and not rule.arguments]
        return [(str(rule), lambda rule=rule: client.get(str(rule))) for rule in rules]
    if kind.startswith("aiohttp."):
        from tests.oracle.loop import aiohttp_cases

        return [case async for case in aiohttp_cases(app, set(), stack)]
    return []


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","))
