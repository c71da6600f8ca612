"""A server that never answers, and what the libraries' defaults make of it.

Run: python benchmarks/measurements/timeouts.py
"""

from __future__ import annotations

import inspect
import socket
import threading
import time
from collections.abc import Callable

import aiohttp
import httpx
import openai
import redis
import requests

PATIENCE = 20.0


def silent_server() -> int:
    """Accepts connections and says nothing, ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            held.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def wait(name: str, work: Callable[[], object]) -> None:
    """Print after how long `work` gives up, or that it has not."""
    ended = threading.Event()

    def run() -> None:
        try:
            work()
        except Exception as error:
            print(f"{name}: gave up after {time.perf_counter() - started:.1f} s with {type(error).__name__}")
        ended.set()

    started = time.perf_counter()
    threading.Thread(target=run, daemon=True).start()
    if not ended.wait(PATIENCE):
        print(f"{name}: still waiting after {PATIENCE:.0f} s")


def main() -> None:
    """Print waits and defaults."""
    port = silent_server()
    url = f"http://127.0.0.1:{port}/"
    wait("requests.get(url)", lambda: requests.get(url))
    wait("requests.get(url, timeout=1)", lambda: requests.get(url, timeout=1))
    wait("httpx.get(url)", lambda: httpx.get(url))
    wait("httpx.get(url, timeout=None)", lambda: httpx.get(url, timeout=None))
    print("default of requests:", inspect.signature(requests.Session.request).parameters["timeout"].default)
    print("default of httpx:", httpx.Client().timeout)
    print("default of aiohttp:", aiohttp.ClientSession.__init__.__globals__["DEFAULT_TIMEOUT"])
    print("default of redis:", redis.Redis().connection_pool.connection_kwargs.get("socket_timeout"))
    print("default of openai:", openai.OpenAI(api_key="x").timeout)


if __name__ == "__main__":
    main()
