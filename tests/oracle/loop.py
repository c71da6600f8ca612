"""Measures how long each coroutine of an example holds the event loop. Run: python -m tests.oracle.loop FOLDER CODES

Servers on the loopback take 0.2 s to answer, and so do the files of the temporary folder and every SQLite statement.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.oracle.support import (
    Delay,
    Marks,
    fill,
    is_django,
    modules,
    redirect_network,
    set_up_django,
    view_request,
    views,
)

SLOW = 0.2
FILE_EVENTS = {"open", "os.remove", "os.mkdir", "os.listdir", "os.rename", "shutil.rmtree", "shutil.copyfile"}
Case = tuple[str, Callable[[], Any]]


def main(root: Path, codes: list[str]) -> None:
    """Print the longest gap of each case as JSON."""
    marks = Marks(root, codes)
    sys.path.insert(0, str(root))
    marks.install()
    redirect_network()
    slow_down_disk()
    prepare_disk()
    if is_django(root):
        set_up_django(root, "shop.sqlite3")
        fill(3)
    found = modules(root)
    create_tables(found)
    Delay.seconds = SLOW
    cases = asyncio.run(measure(found, marks, sure="PW216" in codes))
    print(json.dumps({"cases": cases, "marks": marks.all()}))
    sys.stdout.flush()
    os._exit(0)


def slow_down_disk() -> None:
    """Make the files of the temporary folder and all SQLite statements slow, in whatever thread."""
    disk = os.path.realpath(tempfile.gettempdir())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not Delay.seconds:
            return
        if event in FILE_EVENTS and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path = os.fsdecode(arguments[0])
            if os.path.realpath(path).startswith(disk):
                time.sleep(Delay.seconds)

    sys.addaudithook(hook)
    real = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = real(*args, **kwargs)
        slow(connection)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[attr-defined]


def prepare_disk() -> None:
    """The files that the cards' examples read, and the programs that they run."""
    Path("reports").mkdir(exist_ok=True)
    for name in ("notice.txt", "today.json", "reports/today.json", "emma.png", "source"):
        Path(name).write_text("{}", encoding="utf-8")
    Path("bin").mkdir()
    for name in ("pdfinfo", "convert"):
        program = Path("bin", name)
        program.write_text(f"#!/bin/sh\nsleep {SLOW}\n", encoding="utf-8")
        program.chmod(0o755)
    os.environ["PATH"] = f"{Path('bin').resolve()}{os.pathsep}{os.environ['PATH']}"


def create_tables(found: Iterable[ModuleType]) -> None:
    """Make the tables that the examples ask for."""
    for module in found:
        engine, base = getattr(module, "engine", None), getattr(module, "Base", None)
        if engine is not None and base is not None and not hasattr(engine, "sync_engine"):
            base.metadata.create_all(engine)
        for value in [*vars(module).values()]:
            for one in (value, getattr(value, "connection", None)):
                if isinstance(one, sqlite3.Connection):
                    one.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER, day TEXT)")
                    one.commit()


def slow(connection: sqlite3.Connection) -> None:
    """Let each statement of a connection take its time."""
    connection.set_trace_callback(lambda _: time.sleep(Delay.seconds))


async def measure(found: list[ModuleType], marks: Marks, sure: bool) -> list[dict[str, Any]]:
    """Every case of the modules. A gap without a mark (any gap, if `sure`) may be noise: then more runs decide.

    A stall is there in every run, what a busy machine does is not.
    """
    cases = []
    async with AsyncExitStack() as stack:
        for name, run in [case async for case in all_cases(found, stack)]:
            marks.take()
            gaps, error = [], ""
            while not gaps or (len(gaps) < (3 if sure else 8) and min(gaps) > SLOW / 3 and (sure or not marks.ran)):
                try:
                    gaps.append(await longest_gap(run))
                except Exception as problem:
                    error = f"{type(problem).__name__}: {problem}"
                    gaps.append(longest_gap.last)
            cases.append({"case": name, "gap": round(min(gaps), 3), "marks": marks.take(), "error": error})
    return cases


class LongestGap:
    """Runs work beside a ticker and says for how long the ticker did not get to run."""

    last = 0.0

    async def __call__(self, run: Callable[[], Any]) -> float:
        self.last, before, running = 0.0, time.perf_counter(), True

        async def tick() -> None:
            nonlocal before
            while running:
                await asyncio.sleep(0.002)
                now = time.perf_counter()
                self.last, before = max(self.last, now - before), now

        ticker = asyncio.create_task(tick())
        await asyncio.sleep(0.01)
        self.last = 0.0
        try:
            result = run()
            if inspect.isawaitable(result):
                await asyncio.wait_for(_awaited(result), 20)
        finally:
            await asyncio.sleep(0.01)
            running = False
            await ticker
        return self.last


async def _awaited(result: Any) -> Any:
    return await result


longest_gap = LongestGap()


# --- cases ------------------------------------------------------------------------------------------------------


async def all_cases(found: list[ModuleType], stack: AsyncExitStack) -> AsyncIterator[Case]:
    """Django's views, the routes of applications, and all coroutines that can be called with made-up arguments."""
    if "django" in sys.modules and "django.views" in sys.modules:
        from asgiref.sync import iscoroutinefunction

        for name, view in views(found):
            if iscoroutinefunction(view):  # others run in a thread
                yield name, lambda view=view: view(view_request(3))
    for module in found:
        routed: set[Any] = set()
        for app in [value for value in vars(module).values() if not inspect.isclass(value)]:
            kind = f"{type(app).__module__}.{type(app).__name__}"
            if kind in ("fastapi.applications.FastAPI", "starlette.applications.Starlette"):
                async for case in asgi_cases(app, routed, stack):
                    yield case
            elif kind == "aiohttp.web_app.Application":
                async for case in aiohttp_cases(app, routed, stack):
                    yield case
        for name, value in vars(module).items():
            if getattr(value, "__module__", "") == module.__name__ and value not in routed:
                for case in callable_cases(name, value):
                    yield case


async def asgi_cases(app: Any, routed: set[Any], stack: AsyncExitStack) -> AsyncIterator[Case]:
    """The routes of FastAPI and Starlette, asked in this loop."""
    import httpx

    await stack.enter_async_context(app.router.lifespan_context(app))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=30)
    await stack.enter_async_context(client)
    for method, path in asgi_routes(app, routed):
        if "{" not in path:
            yield f"{method} {path}", lambda method=method, path=path: client.request(method, path)


def asgi_routes(app: Any, routed: set[Any]) -> Iterable[tuple[str, str]]:
    """Method and path of each route of FastAPI or Starlette."""
    if hasattr(app, "openapi"):
        routed.update(getattr(route, "endpoint", None) for route in app.routes)
        for path, methods in app.openapi()["paths"].items():
            for method in methods:
                yield method.upper(), path
        return
    for route in app.routes:
        routed.add(route.endpoint)
        yield next(iter(sorted(route.methods or {"GET"}))), route.path


async def aiohttp_cases(app: Any, routed: set[Any], stack: AsyncExitStack) -> AsyncIterator[Case]:
    """The routes of aiohttp, served in this loop."""
    from aiohttp.test_utils import TestClient, TestServer

    client = await stack.enter_async_context(TestClient(TestServer(app)))
    for route in app.router.routes():
        routed.add(route.handler)
        if route.method == "GET":
            yield f"aiohttp {route.resource.canonical}", lambda path=route.resource.canonical: client.get(path)


MADE_UP = {"str": "a", "int": 1, "bytes": b"a", "list[str]": ["a"]}


def made_up(function: Callable[..., Any]) -> dict[str, Any] | None:
    """Arguments for the required parameters, None if one cannot be made up."""
    arguments = {}
    for one in inspect.signature(function).parameters.values():
        if hasattr(one.default, "dependency"):
            return None
        if one.default is inspect.Parameter.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            name = one.annotation if isinstance(one.annotation, str) else getattr(one.annotation, "__name__", "")
            name = str(one.annotation) if "[" in str(one.annotation) else name
            if name not in MADE_UP:
                return None
            arguments[one.name] = MADE_UP[name]
    return arguments


def callable_cases(name: str, value: Any) -> Iterable[Case]:
    """A coroutine function, or the coroutine methods of a class."""
    if inspect.iscoroutinefunction(value) and next(iter(inspect.signature(value).parameters), "") != "request":
        arguments = made_up(value)
        if arguments is not None:
            yield name, lambda: value(**arguments)
    elif inspect.isclass(value):
        methods = [one for one in vars(value).items() if inspect.iscoroutinefunction(one[1]) and one[0][0] != "_"]
        arguments = made_up(value) if methods else None
        if arguments is None:
            return
        for method, function in methods:
            bound = made_up(function.__get__(object()))
            if bound is not None:
                yield (
                    f"{name}.{method}",
                    lambda method=method, bound=bound: getattr(value(**arguments), method)(**bound),
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","))
