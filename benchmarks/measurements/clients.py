"""Clients per call against shared ones: HTTP over loopback TLS, redis, boto3, OpenAI; pools of threads and processes.

Run: python benchmarks/measurements/clients.py
"""

from __future__ import annotations

import asyncio
import os
import socketserver
import ssl
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiohttp
import boto3
import httpx
import openai
import redis
import requests

ROUNDS = 60


class Page(BaseHTTPRequestHandler):
    """Answers each GET at once and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY, as servers do

    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Redis(socketserver.StreamRequestHandler):
    """Answers each GET of the Redis protocol at once."""

    def handle(self) -> None:
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            answers = {b"GET": b"$2\r\nok\r\n"}
            self.wfile.write(answers.get(words[0], b"+OK\r\n"))


def serve(server: socketserver.BaseServer) -> int:
    """Run a server in a thread and return its port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])  # type: ignore[index]


def tls_server(folder: str) -> tuple[int, str]:
    """A server with a certificate of its own; its port and the certificate's file."""
    key, certificate = str(Path(folder) / "key.pem"), str(Path(folder) / "certificate.pem")
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, "-keyout", key, "-out", certificate, *name], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no news."""

    server = Server(("localhost", 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return serve(server), certificate


def timed(name: str, work: Callable[[], object]) -> None:
    """Print the median time of one call."""
    work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    print(f"{name}: {statistics.median(times) * 1000:.1f} ms")


async def timed_async(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Print the median time of one awaited call."""
    await work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await work()
        times.append(time.perf_counter() - started)
    print(f"{name}: {statistics.median(times) * 1000:.1f} ms")


def http(url: str, certificate: str) -> None:
    """Synchronous HTTP clients."""

    def own_client() -> None:
        with httpx.Client(verify=certificate) as client:
            client.get(url)

    def own_session() -> None:
        with requests.Session() as session:
            session.get(url, timeout=5)

    timed("httpx.Client per call", own_client)
    with httpx.Client(verify=certificate) as client:
        timed("one httpx.Client", lambda: client.get(url))
    timed("requests.get per call", lambda: requests.get(url, timeout=5))
    timed("requests.Session per call", own_session)
    with requests.Session() as session:
        timed("one requests.Session", lambda: session.get(url, timeout=5))


async def async_http(url: str, certificate: str) -> None:
    """Asynchronous HTTP clients."""
    context = ssl.create_default_context(cafile=certificate)

    async def own_client() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(url)

    async def own_session() -> None:
        async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
            await response.read()

    await timed_async("httpx.AsyncClient per call", own_client)
    async with httpx.AsyncClient() as client:
        await timed_async("one httpx.AsyncClient", lambda: client.get(url))
    await timed_async("aiohttp.ClientSession per call", own_session)
    async with aiohttp.ClientSession() as session:

        async def shared_session() -> None:
            async with session.get(url, ssl=context) as response:
                await response.read()

        await timed_async("one aiohttp.ClientSession", shared_session)


def services() -> None:
    """SDK clients."""
    port = serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Redis))

    def own_redis() -> None:
        with redis.Redis(port=port, protocol=2) as client:
            client.get("key")

    timed("redis.Redis per call", own_redis)
    shared = redis.Redis(port=port, protocol=2)
    timed("one redis.Redis", lambda: shared.get("key"))
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}
    timed('boto3.client("s3") constructor', lambda: boto3.client("s3", **keys))  # type: ignore
    timed("boto3.Session() and its client", lambda: boto3.Session(**keys).client("s3"))  # type: ignore
    timed("openai.OpenAI() constructor", lambda: openai.OpenAI(api_key="x"))


def executors() -> None:
    """Pools of threads and processes."""

    def own_threads() -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(abs, range(8)))

    def own_processes() -> None:
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(abs, range(2)))

    timed("ThreadPoolExecutor per call", own_threads)
    timed("ProcessPoolExecutor per call", own_processes)
    with ThreadPoolExecutor(8) as threads, ProcessPoolExecutor(2) as processes:
        timed("one ThreadPoolExecutor", lambda: list(threads.map(abs, range(8))))
        timed("one ProcessPoolExecutor", lambda: list(processes.map(abs, range(2))))


def main() -> None:
    """Print what each way costs."""
    executors()
    with tempfile.TemporaryDirectory() as folder:
        port, certificate = tls_server(folder)
        os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = certificate
        url = f"https://localhost:{port}/"
        http(url, certificate)
        asyncio.run(async_http(url, certificate))
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        os.environ.pop(name, None)
    timed("httpx.Client() constructor alone, with the usual certificates", lambda: httpx.Client().close())
    services()


if __name__ == "__main__":
    main()
