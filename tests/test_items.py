"""Calls of a cache and of other servers for each row of a loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

HEAD = """
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
import aiohttp
import httpx
import redis
import redis.asyncio
import requests
from django.core.cache import cache
from pymemcache import Client
"""


def loop(*lines: str, takes: str = "rows", head: str = "for row in rows:") -> str:
    return f"def f({takes}):\n    {head}\n" + "".join(f"        {line}\n" for line in lines)


REDIS = "rows, client: redis.Redis"
CACHES = {
    "a key of a cache": loop("cache.get(row)  # <- PW110"),
    "a key that is built": loop("key = f'a:{row}'", "cache.set(key, 1)  # <- PW110"),
    "keys that are removed": loop("cache.delete(row)  # <- PW110"),
    "awaited": "async " + loop("await cache.aget(row)  # <- PW110"),
    "in a comprehension": "def f(rows):\n    return {row: cache.get(row) for row in rows}  # <- PW110\n",
    "in a helper, whose key may be one for all": "def price(row):\n    return cache.get('price')\n"
    + loop("price(row)"),
    "redis": loop("client.get(row)  # <- PW110", takes=REDIS),
    "redis, awaited": "async "
    + loop("await client.hgetall(row)  # <- PW110", takes="rows, client: redis.asyncio.Redis"),
    "memcache": loop("client.get(row)  # <- PW110", takes="rows, client: Client"),
    "many at once": loop("cache.get_many(row)", takes="rows"),
    "the same key": loop("cache.get('a')"),
    "no other form": loop("cache.incr(row)", "cache.add(row, 1)"),
    "a queue": loop("client.lpop(row)", takes=REDIS),
    "a pipeline": loop("pipe.get(row)", takes="rows, pipe: redis.client.Pipeline"),
    "a pipeline that the loop fills": (
        "def f(rows):\n    client = redis.Redis()\n    pipe = client.pipeline()\n    for row in rows:\n"
        "        pipe.set(row, 1)\n    pipe.execute()\n"
    ),
    "a few": loop("cache.get(row)", head="for row in ('a', 'b'):"),
    "while there is more": loop("cache.get(rows.pop())", head="while rows:"),
    "a client that nobody knows": loop("client.get(row)", takes="rows, client"),
    "once": "def f(key):\n    return cache.get(key)\n",
}
HTTP = {
    "a call": loop("requests.get(row, timeout=1)  # <- PW111"),
    "a client's": loop("client.post('/a', json=row)  # <- PW111", takes="rows, client: httpx.Client"),
    "awaited": "async " + loop("await client.get(row)  # <- PW111", takes="rows, client: httpx.AsyncClient"),
    "in a block": "async "
    + loop(
        "async with client.get(row) as answer:  # <- PW111", "    pass", takes="rows, client: aiohttp.ClientSession"
    ),
    "a helper, which may need no call": "def get(row):\n    return requests.get(row, timeout=1)\n" + loop("get(row)"),
    "coroutines at once": "async def get(row):\n    async with httpx.AsyncClient() as client:\n"
    "        await client.get(row)\nasync def f(rows):\n    await asyncio.gather(*[get(row) for row in rows])\n",
    "tasks": "async " + loop("asyncio.create_task(client.get(row))", takes="rows, client: httpx.AsyncClient"),
    "a group of tasks": "async "
    + loop("group.create_task(client.get(row))", takes="rows, client: httpx.AsyncClient, group: asyncio.TaskGroup"),
    "threads": loop("pool.submit(requests.get, row, timeout=1)", takes="rows, pool: ThreadPoolExecutor"),
    "mapped over threads": (
        "def f(rows):\n    with ThreadPoolExecutor() as pool:\n        pool.map(requests.get, rows)\n"
    ),
    "pages by number": loop(
        "requests.get('http://a', params={'page': row}, timeout=1)", head="for row in range(rows):"
    ),
    "pages by link": loop("rows = requests.get(rows, timeout=1).json()", head="while rows:"),
    "until one serves": loop("if requests.get(row, timeout=1).ok:", "    return row"),
    "until one fails": loop("if not requests.get(row, timeout=1).ok:", "    break"),
    "with what the last one gave": (
        "def f(rows, found):\n    for row in rows:\n        answer = requests.post(row, json=found, timeout=1)\n"
        "        found = answer.json()\n"
    ),
    "with something of what the last one gave": (
        "def f(rows, found):\n    for row in rows:\n        body = {'found': found, 'row': row}\n"
        "        answer = requests.post(row, json=body, timeout=1)\n        found = answer.json()\n"
    ),
    "with what the row gives": loop(
        "url = row.url", "answer = requests.post(url, timeout=1)  # <- PW111", "url = answer.json()"
    ),
    "the rest of an answer": loop(
        "answer = requests.get(row, stream=True, timeout=1)  # <- PW111",
        "for chunk in answer.iter_content():",
        "    print(chunk)",
    ),
    "with a pause": loop("requests.get(row, timeout=1)", "time.sleep(1)"),
    "a few": loop("requests.get(row, timeout=1)", head="for row in ('http://a', 'http://b'):"),
    "one for all": "def f(rows):\n    return requests.post('http://a', json=list(rows), timeout=1)\n",
}


@pytest.mark.parametrize("text", cases(CACHES))
def test_a_cache_is_called_for_each_row(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, HEAD + text, "PW110")


@pytest.mark.parametrize("text", cases(HTTP))
def test_another_server_is_called_for_each_row(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, HEAD + text, "PW111")
