"""One call per item against one call for all, and against calls at once: redis and HTTP over the loopback.

Run: python benchmarks/measurements/items.py
"""

from __future__ import annotations

import asyncio
import socketserver
import statistics
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import redis

KEYS = [f"key {number}" for number in range(1000)]
PAGES = 50
ANSWER_AFTER = 0.02
"""Seconds that the server takes for a page."""
AT_ONCE = 10
ROUNDS = 5


class Redis(socketserver.StreamRequestHandler):
    """Answers each command of the Redis protocol at once."""

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            many = b"*%d\r\n" % (len(words) - 1) + b"$2\r\nok\r\n" * (len(words) - 1)
            answers = {b"GET": b"$2\r\nok\r\n", b"MGET": many}
            self.wfile.write(answers.get(words[0], b"+OK\r\n"))


class Page(BaseHTTPRequestHandler):
    """Answers each GET after a while and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY, as servers do

    def do_GET(self) -> None:
        time.sleep(ANSWER_AFTER)
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(server: socketserver.BaseServer) -> int:
    """Run a server beside this; its port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def timed(way: Callable[[], object]) -> float:
    """Milliseconds that a call takes, the median of several."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        way()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def one_after_the_other(url: str) -> None:
    """Fetch the pages in a loop."""
    with httpx.Client() as client:
        for _ in range(PAGES):
            client.get(url)


async def at_once(url: str) -> None:
    """Fetch the pages, some at a time."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(limits=limits) as client:
        await asyncio.gather(*[client.get(url) for _ in range(PAGES)])


def main() -> None:
    """Print the time of each way."""
    socketserver.ThreadingTCPServer.daemon_threads = True
    cache = redis.Redis(port=serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Redis)), protocol=2)
    url = f"http://127.0.0.1:{serve(ThreadingHTTPServer(('127.0.0.1', 0), Page))}/"
    cache.get("warm")
    ways: dict[str, Callable[[], object]] = {
        f"get() of each of {len(KEYS)} keys": lambda: [cache.get(key) for key in KEYS],
        f"mget() of {len(KEYS)} keys": lambda: cache.mget(KEYS),
        f"{PAGES} pages of {ANSWER_AFTER * 1000:.0f} ms, one after the other": lambda: one_after_the_other(url),
        f"{PAGES} pages of {ANSWER_AFTER * 1000:.0f} ms, {AT_ONCE} at once": lambda: asyncio.run(at_once(url)),
    }
    for name, way in ways.items():
        print(f"{name}: {timed(way):.0f} ms")


if __name__ == "__main__":
    main()
