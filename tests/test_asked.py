"""What was asked before it is used: queues, futures, caches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

WAITS = {
    "a queue that holds something": """
import queue
waiting = queue.Queue()
async def read():
    if not waiting.empty():
        waiting.get()
    while not waiting.empty():
        waiting.get()
    if waiting.qsize() > 0 and ready:
        waiting.get()
    if waiting.empty():
        return
    waiting.get()
""",
    "a queue that may hold nothing": """
import queue
waiting, other = queue.Queue(), queue.Queue()
async def read():
    if waiting.empty():
        waiting.get()  # <- PW208
    if not other.empty():
        waiting.get()  # <- PW208
    if not waiting.empty() or ready:
        waiting.get()  # <- PW208
    if not waiting.empty():
        pass
    waiting.get()  # <- PW208
""",
    "a queue of an object": """
import queue
class Feed:
    def __init__(self):
        self.waiting = queue.Queue()
    async def read(self):
        while True:
            if not self.waiting.empty():
                yield self.waiting.get()
    async def next(self):
        return self.waiting.get()  # <- PW208
""",
    "a lock that is left, or fails at once": """
import fcntl
from fcntl import LOCK_NB
async def lock(file, mode):
    fcntl.flock(file, fcntl.LOCK_EX)  # <- PW208
    fcntl.flock(file, mode | fcntl.LOCK_SH)  # <- PW208
    fcntl.flock(file, fcntl.LOCK_UN)
    fcntl.flock(file, mode | LOCK_NB)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
""",
    "a future": """
from concurrent.futures import Future
async def read(future: Future, other: Future):
    if future.done():
        future.result()
    while not other.done():
        await pause()
    other.result()
async def wait(future: Future, other: Future):
    if not future.done():
        future.result()  # <- PW208
    while not other.done():
        if await late():
            break
    other.result()  # <- PW208
""",
}


@pytest.mark.parametrize("text", cases(WAITS))
def test_nobody_waits_for(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW208")


LOOPS = {
    "a loop that may not run": """
def run():
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if loop is not None:
        loop.create_task(later())
    else:
        time.sleep(1)
    if loop is None:
        time.sleep(1)
    if not loop:
        time.sleep(1)
    if loop:
        return
    time.sleep(1)
async def f():
    run()
""",
    "a failure to find one": """
def run():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        time.sleep(1)
        return asyncio.run(later())
    return later()
async def f():
    await run()
""",
    "a loop that does not run": """
def run():
    loop = asyncio.get_event_loop()
    if loop.is_running():
        return
    else:
        time.sleep(1)
async def f():
    run()
""",
    "those on the loop": """
def run():
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if loop is not None:
        time.sleep(1)
def wait():
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    time.sleep(1)
def after():
    if loop is None:
        pass
    time.sleep(1)
def branch(flag):
    if flag:
        if (loop := asyncio.get_event_loop()).is_running():
            return
    time.sleep(1)
async def f(flag):
    run()  # <- PW202
    wait()  # <- PW202
    after()  # <- PW202
    branch(flag)  # <- PW202
""",
}


@pytest.mark.parametrize("text", cases(LOOPS))
def test_callers_without_a_loop_hold_up_nobody_with(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"import asyncio, time\nasync def later(): ...\n{text}", "PW202")


CACHES = {
    "a cache of the project's own": """
def first():
    found = cache.find("client")
    if found is not None:
        client = found
    else:
        client = requests.Session()
        cache.keep("client", client)
    return client
def second():
    found = cache.find("client")
    if found:
        return found
    client = requests.Session()
    cache.keep("client", client)
    return client
async def third():
    found = await cache.find("client")
    if not found:
        found = requests.Session()
        await cache.keep("client", found)
    return found
""",
    "what is not given to it": """
def first():
    found = cache.find("client")
    if found is None:
        found = requests.Session()  # <- PW401
    return found
def second():
    found = cache.find("client")
    if found is None:
        found = requests.Session()  # <- PW401
        other.keep("client", found)
    return found
def third():
    found = cache.find("client")
    cache.keep("client", found)
    return requests.Session()  # <- PW401
""",
    "what a key that differs has not yet": """
def first():
    key = cache.next()
    found = cache.find(key)
    if not found:
        client = requests.Session()  # <- PW401
        cache.keep(key, client.get("y").text)
    return found
def second():
    found = cache.find("token")
    if not found:
        client = requests.Session()
        cache.keep("token", client.get("y").text)
    return found
async def third():
    pass
""",
    "what is kept for a time": """
import time
class Feed:
    kept, at = None, 0
    @classmethod
    def first(cls):
        found = cls.kept
        if found is not None and time.time() - cls.at < 60:
            return found
        cls.kept = requests.Session()
        return cls.kept
    @classmethod
    def second(cls):
        found = cls.kept
        if found is not None and time.time() - cls.at < 60:
            return found
        return requests.Session()  # <- PW401
def first():
    Feed.first()
def second():
    Feed.second()
async def third():
    pass
""",
    "what the request keeps": """
def first(request: Request):
    found = request.state.client
    if found is None:
        found = requests.Session()  # <- PW401
        request.state.client = found
    return found
def second():
    pass
async def third():
    pass
""",
}
FETCHING = """
import requests
from fastapi import FastAPI, Request
from things import cache, other
app = FastAPI()
{}
@app.get("/")
async def index(request: Request):
    {}, second(), await third()
"""


@pytest.mark.parametrize("name", CACHES)
def test_most_requests_find_a_client_in(name: str, tmp_path: Path) -> None:
    call = "first(request)" if "first(request" in CACHES[name] else "first()"
    text = CACHES[name].replace("def third():\n    found = cache.find", "async def third():\n    found = cache.find")
    assert_marked(tmp_path, FETCHING.format(text, call), "PW401")
