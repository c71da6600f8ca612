"""What coroutines build and throw away, whoever serves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

# `requests.Session()` is PW401, a `requests.get` PW406; only PW401 counts here.
COROUTINES = {
    "a coroutine that throws its client away": """
#: store.py
import httpx, requests
class Rates:
    async def today(self):
        async with httpx.AsyncClient() as client:  # <- PW401
            return (await client.get("https://x")).text
    async def text(self):
        return (await httpx.AsyncClient().get("https://x")).text  # <- PW401
    def plain(self):
        return requests.Session().get("https://x").text
async def read():
    async with httpx.AsyncClient() as client:  # <- PW401
        return (await client.get("https://x")).text
#: app.py
from fastapi import FastAPI
from store import read
app = FastAPI()
@app.get("/")
async def index():
    return 1
async def refresh():
    return await read()
""",
    "a coroutine that throws away what another function builds for it": """
#: model.py
import httpx
class Model:
    given = None
    def client(self):
        if self.given is not None:
            return self.given
        return httpx.AsyncClient()  # <- PW401
    def kept(self):
        if self._client is None:
            self._client = httpx.AsyncClient()
        return self._client
    def connect(self):
        self.open = httpx.AsyncClient()
        return self.open
    async def ask(self):
        return (await self.client().get("https://x")).text
    async def ask_kept(self):
        return (await self.kept().get("https://x")).text
    async def ask_open(self):
        return (await self.connect().get("https://x")).text
    async def start(self):
        self.started = self.other()
    def other(self):
        return httpx.AsyncClient()
    def script(self):
        return self.third().get("https://x")
    def third(self):
        return httpx.Client()
#: app.py
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
""",
    "what is given back or kept lives on": """
import httpx
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
class Rates:
    async def connect(self):
        self.client = httpx.AsyncClient()
    async def make(self):
        return httpx.AsyncClient()
""",
    "a command, and what runs at the start": """
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index():
    return 1
async def main():
    async with httpx.AsyncClient() as client:
        await client.get("https://x")
    await step()
async def step():
    async with httpx.AsyncClient() as client:
        await client.get("https://x")
class Warm:
    async def up(self):
        async with httpx.AsyncClient() as client:
            await client.get("https://x")
@app.on_event("startup")
async def start():
    await Warm().up()
if __name__ == "__main__":
    asyncio.run(main())
""",
    "a project that answers no requests": """
import httpx
class Rates:
    async def today(self):
        async with httpx.AsyncClient() as client:
            return (await client.get("https://x")).text
""",
}


@pytest.mark.parametrize("text", cases(COROUTINES))
def test_a_client_is_built_for_each_request_by(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW401")


MANY = """
import time
class Store:
    def load(self, key):
        time.sleep(1)
    async def aload(self, key):
        return key
    def save(self, key):
        time.sleep(1)
""" + "".join(
    f"""
async def load{number}(store: Store):
    store.load(1)  # <- PW202
async def save{number}(store: Store):
    store.save(1){"  # <- PW202" if not number else ""}
"""
    for number in range(6)
)


def test_many_calls_of_one_function_are_one_finding_unless_a_coroutine_stands_beside_it(tmp_path: Path) -> None:
    assert_marked(tmp_path, MANY, "PW202")
