"""How long a call holds the event loop, and what twenty requests at once take: on the loop, and in threads.

A ticker task wakes every millisecond; the longest gap between two wake-ups is the stall. Servers on the loopback
answer after 0.2 s. Run: python benchmarks/measurements/loop.py
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socketserver
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis
import requests

DELAY = 0.2
AT_ONCE = 20


class SlowPage(BaseHTTPRequestHandler):
    """Answers each GET after DELAY."""

    def do_GET(self) -> None:
        time.sleep(DELAY)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class SlowRedis(socketserver.StreamRequestHandler):
    """Answers each GET of the Redis protocol after DELAY, everything else at once."""

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            if words[0] == b"GET":
                time.sleep(DELAY)
                self.wfile.write(b"$2\r\nok\r\n")
            else:
                self.wfile.write(b"+OK\r\n")


def serve(server: socketserver.BaseServer) -> int:
    """Run a server in a thread and return its port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])  # type: ignore[index]


async def longest_gap(work: Callable[[], object], hand_over: bool) -> float:
    """Seconds for which a ticker did not get to run while `work` ran."""
    gap, last, running = 0.0, time.perf_counter(), True

    async def tick() -> None:
        nonlocal gap, last
        while running:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            gap, last = max(gap, now - last), now

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0.02)
    gap = 0.0
    if hand_over:
        await asyncio.to_thread(work)
    else:
        work()
    await asyncio.sleep(0.005)
    running = False
    await ticker
    return gap


async def at_once(work: Callable[[], object], hand_over: bool) -> float:
    """Seconds until twenty requests that came together are all answered."""

    async def handler() -> None:
        if hand_over:
            await asyncio.to_thread(work)
        else:
            work()

    started = time.perf_counter()
    await asyncio.gather(*(handler() for _ in range(AT_ONCE)))
    return time.perf_counter() - started


def main() -> None:
    """Print stall and time of each kind of call."""
    page = serve(ThreadingHTTPServer(("127.0.0.1", 0), SlowPage))
    store = redis.Redis(port=serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), SlowRedis)), protocol=2)
    folder = tempfile.TemporaryDirectory()
    report = Path(folder.name) / "report.bin"
    report.write_bytes(b"x" * 200_000_000)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700000) SELECT sum(i) FROM n"

    workers = ThreadPoolExecutor(AT_ONCE)
    numbers_as_text = b"".join(b"%d" % number for number in range(300_000))

    def query() -> None:
        connection = sqlite3.connect(":memory:")
        connection.execute(numbers).fetchone()
        connection.close()

    ways: dict[str, Callable[[], object]] = {
        "requests.get": lambda: requests.get(f"http://127.0.0.1:{page}/", timeout=5),
        "time.sleep": lambda: time.sleep(DELAY),
        "subprocess.run": lambda: subprocess.run(["sleep", str(DELAY)], check=True),
        "Path.read_bytes, 200 MB": report.read_bytes,
        "sqlite3 execute": query,
        "redis get": lambda: store.get("key"),
        "hashlib.pbkdf2_hmac, 600000 rounds": lambda: hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 600_000),
        "gzip.compress, 2 MB": lambda: gzip.compress(numbers_as_text),
        "Future.result": lambda: workers.submit(time.sleep, DELAY).result(),
    }
    for name, way in ways.items():
        way()  # once for caches and connections
        on_loop, in_thread = (asyncio.run(longest_gap(way, hand_over)) for hand_over in (False, True))
        print(f"{name}: stall {on_loop * 1000:.0f} ms on the loop, {in_thread * 1000:.0f} ms with to_thread")
        if not name.startswith(("Path", "sqlite3", "hashlib", "gzip")):
            on_loop, in_thread = (asyncio.run(at_once(way, hand_over)) for hand_over in (False, True))
            print(f"{name}: {AT_ONCE} at once {on_loop:.1f} s on the loop, {in_thread:.1f} s with to_thread")
    small = Path(folder.name) / "settings.json"
    small.write_text("{}")
    started = time.perf_counter()
    for _ in range(1000):
        small.exists()
    print(f"Path.exists: {(time.perf_counter() - started) * 1000:.1f} µs a call on a local disk")
    folder.cleanup()


if __name__ == "__main__":
    main()
