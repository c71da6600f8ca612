"""What is handed to a thread, a process or a queue does not hold up the loop: its body, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

HEAD = """import asyncio, functools, threading, time, requests
def slow(x=None):
    time.sleep(1)
def other(x=None):
    time.sleep(1)
    return x
"""

# Texts below HEAD; each `slow` and `other` sleeps.
CASES = {
    "asyncio.to_thread": """
async def f():
    await asyncio.to_thread(slow, 1)
    await asyncio.to_thread(time.sleep, 1)
    slow()  # <- PW202
""",
    "a branch for other threads": """
LOOP = threading.get_ident()
def report():
    if LOOP != threading.get_ident():
        slow()
        return
    other()
def at_once(later):
    if later:
        slow()
async def f(later):
    report()  # <- PW202
    at_once(later)  # <- PW202
""",
    "arguments of a hand-over run here": """
async def f():
    await asyncio.to_thread(slow, other())  # <- PW202
    await asyncio.to_thread(slow, **other({}))  # <- PW202
    await asyncio.to_thread(slow, *[other()])  # <- PW202
""",
    "a call instead of a callable": """
async def f():
    await asyncio.to_thread(slow())  # <- PW202
""",
    "a function that makes the callable runs here": """
def make():
    time.sleep(1)
    return slow
async def f():
    await asyncio.to_thread(make(), 1)  # <- PW202
    await asyncio.to_thread(make)
""",
    "a lambda": """
async def f():
    await asyncio.to_thread(lambda: slow(1))
    (lambda: slow(1))()  # <- PW202
""",
    "a partial": """
async def f():
    await asyncio.to_thread(functools.partial(slow, 1))
    await asyncio.to_thread(functools.partial(slow, other()))  # <- PW202
    functools.partial(slow, 1)()  # <- PW202
""",
    "a bound method": """
class Api:
    def slow(self):
        time.sleep(1)
    async def f(self):
        await asyncio.to_thread(self.slow)
        self.slow()  # <- PW202
""",
    "a library's method": """
session = requests.Session()
async def f():
    await asyncio.to_thread(session.get, "https://x")
    session.get("https://x")  # <- PW201
""",
    "a nested def": """
async def f():
    def work():
        slow()
        requests.get("https://x")
    await asyncio.to_thread(work)
async def g():
    def work():
        slow()
    work()  # <- PW202
async def h():
    def work():
        slow()
""",
    "what the callable gives": """
def make():
    return requests.Session()
async def f():
    session = await asyncio.to_thread(make)
    session.get("https://x")  # <- PW201
    name = await asyncio.to_thread(str, 1)
    name.get("x")
""",
    "run_in_executor": """
async def f():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, slow, 1)
    await asyncio.get_event_loop().run_in_executor(None, lambda: slow(1))
    await loop.run_in_executor(None, slow, other())  # <- PW202
""",
    "executor.submit and map": """
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
async def f(names):
    with ThreadPoolExecutor() as pool:
        future = pool.submit(slow, 1)
        pool.map(slow, names)
    ProcessPoolExecutor().submit(slow)
    ThreadPoolExecutor().submit(slow, other())  # <- PW202
""",
    "the result of a future waits": """
from concurrent.futures import ThreadPoolExecutor
async def f():
    future = ThreadPoolExecutor().submit(slow, 1)
    future.result()
    await asyncio.wrap_future(future)
""",
    "a thread": """
async def f():
    threading.Thread(target=slow, args=(1,)).start()
    threading.Timer(1, slow).start()
    threading.Thread(target=slow, args=(other(),))  # <- PW202
""",
    "a thread class of the project": """
class Worker(threading.Thread):
    def run(self):
        time.sleep(1)
async def f():
    Worker().start()
    Worker().run()  # <- PW202
""",
    "run_in_threadpool": """
from fastapi.concurrency import run_in_threadpool
from starlette.concurrency import run_in_threadpool as same
async def f():
    await run_in_threadpool(slow, 1)
    await same(slow, 1)
    await run_in_threadpool(slow, other())  # <- PW202
""",
    "background tasks": """
from fastapi import BackgroundTasks
async def f(tasks: BackgroundTasks):
    tasks.add_task(slow, 1)
    tasks.add_task(slow, other())  # <- PW202
""",
    "sync_to_async": """
from asgiref.sync import sync_to_async
async def f():
    await sync_to_async(slow)(1)
    await sync_to_async(slow, thread_sensitive=False)(other())  # <- PW202
    run = sync_to_async(slow)
    await run(1)
    slow()  # <- PW202
""",
    "sync_to_async as a decorator": """
from asgiref.sync import sync_to_async
@sync_to_async
def one():
    time.sleep(1)
@sync_to_async(thread_sensitive=False)
def two():
    time.sleep(1)
async def f():
    await one()
    await two()
""",
    "sync_to_async kept in a module": """
from asgiref.sync import sync_to_async
run = sync_to_async(slow)
table = {"slow": sync_to_async(slow)}
async def f():
    await run(1)
    await table["slow"](1)
""",
    "anyio and trio": """
import anyio, trio
async def f():
    await anyio.to_thread.run_sync(slow, 1)
    await trio.to_thread.run_sync(slow, 1)
    await anyio.to_process.run_sync(slow)
    await anyio.to_thread.run_sync(slow, other())  # <- PW202
""",
    "celery": """
from celery import shared_task
@shared_task
def work(x):
    time.sleep(1)
async def f():
    work.delay(1)
    work.apply_async((1,))
    work.s(1)
    work(1)  # <- PW202
""",
    "celery with an app": """
from celery import Celery
app = Celery()
@app.task(bind=True)
def work(self, x):
    time.sleep(1)
async def f():
    work.delay(other())  # <- PW202
    work.delay(1)
""",
    "rq": """
import redis, rq
queue = rq.Queue(connection=redis.Redis())
def f():
    queue.enqueue(slow, 1)
""",
    "a helper that hands on": """
async def in_thread(function, *args):
    return await asyncio.to_thread(function, *args)
async def f():
    await in_thread(slow, 1)
    await in_thread(slow, other())  # <- PW202
""",
    "a helper that hands on by a partial": """
async def in_thread(function, *args, **kwargs):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(function, *args, **kwargs))
async def f():
    await in_thread(slow, x=1)
""",
    "a helper that wraps": """
def threaded(function):
    async def wrapper(*args, **kwargs):
        return await asyncio.to_thread(function, *args, **kwargs)
    return wrapper
go = threaded(slow)
async def f():
    await go(1)
    await threaded(slow)(1)
    await threaded(slow)(other())  # <- PW202
""",
    "a helper two calls away": """
async def inner(callback):
    await asyncio.to_thread(callback)
async def outer(callback):
    await inner(callback)
async def f():
    await outer(slow)
    await outer(slow())  # <- PW202
""",
    "a helper that calls what it is given": """
async def here(function, *args):
    return function(*args)  # <- PW202
async def f():
    await here(slow, 1)
async def direct():
    slow()  # <- PW202
""",
    "a plain helper that calls what it is given": """
def here(function, *args):
    return function(*args)
async def f():
    here(slow, 1)  # <- PW202
    here(len, [])
""",
    "a method that hands on": """
class Pool:
    def __init__(self):
        self.loop = asyncio.get_event_loop()
    async def run(self, function, *args):
        return await self.loop.run_in_executor(None, function, *args)
pool = Pool()
async def f():
    await pool.run(slow, 1)
    await pool.run(slow, other())  # <- PW202
""",
    "an alias of an offloader": """
run = asyncio.to_thread
async def f():
    await run(slow, 1)
    await functools.partial(asyncio.to_thread, slow)(1)
""",
    "a callable given to nobody known": """
import nowhere
async def f(callback):
    nowhere.run(slow)
    callback(slow)
    nowhere.run(slow())  # <- PW202
""",
    "callbacks of the loop run on it": """
async def f():
    loop = asyncio.get_running_loop()
    loop.call_soon(slow)  # <- PW202
    loop.call_later(1, slow, 1)  # <- PW202
""",
    "create_task and gather": """
async def inner():
    time.sleep(1)  # <- PW202
async def f():
    asyncio.create_task(inner())
    await asyncio.gather(inner(), asyncio.to_thread(slow))
""",
    "blocking below an offloaded helper": """
def deep():
    middle()
def middle():
    slow()
async def f():
    await asyncio.to_thread(deep)
    deep()  # <- PW202
""",
    "an offloaded coroutine function": """
async def inner():
    time.sleep(1)  # <- PW202
async def f():
    await asyncio.to_thread(asyncio.run, inner())
""",
    "conditional callables": """
async def f(flag):
    await asyncio.to_thread(slow if flag else other, 1)
    (slow if flag else other)(1)  # <- PW202
""",
    "a method of the loop kept on self": """
class Service:
    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
    async def f(self):
        await self.loop.run_in_executor(None, slow)
        slow()  # <- PW202
""",
    "curried": """
def offload(function):
    def inner(*args):
        return asyncio.to_thread(function, *args)
    return inner
async def f():
    await offload(slow)(1)
""",
    "a decorator factory that offloads": """
def in_thread(limit):
    def decorator(function):
        @functools.wraps(function)
        async def wrapper(*args):
            return await asyncio.to_thread(function, *args)
        return wrapper
    return decorator
@in_thread(limit=3)
def work(x):
    time.sleep(1)
async def f():
    await work(1)
    await work(other())  # <- PW202
""",
    "a generator handed to a streaming response": """
from starlette.responses import StreamingResponse
def chunks():
    time.sleep(1)
    yield b"x"
async def achunks():
    time.sleep(1)  # <- PW202
    yield b"x"
async def f():
    return StreamingResponse(chunks())
async def g():
    return StreamingResponse(achunks())
""",
}

KNOWN_GAPS = {"callbacks of the loop run on it": "a plain callback of the loop counts as handed to a thread"}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
def test_hands_over_the_body_only(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, HEAD + text, ("PW201", "PW202"))
