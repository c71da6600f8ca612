"""Runs every page of the bookshop and prints, as JSON, what each answered and how many queries it took.

Run in the bookshop's folder: `python bookshop.py ROWS`. The shop is filled with so many books, in a database of its
own; the price service and a stand-in for redis run beside it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

sys.path.insert(0, os.getcwd())

POSTED = {"add_to_cart", "place_order"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def price_service(port: int) -> Iterator[None]:
    """The wholesaler, in a thread of this process."""
    import uvicorn
    from prices.main import app

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join(10)


@contextlib.contextmanager
def redis_service(port: int) -> Iterator[None]:
    """A stand-in for redis, in a thread of this process."""
    from fakeredis import TcpFakeServer

    server = TcpFakeServer(("127.0.0.1", port), server_type="redis")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()


def django_pages() -> dict[str, dict[str, Any]]:
    """Every page of the Django side, by the name of its view."""
    from catalog.models import Book
    from catalog.urls import urlpatterns
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    client = Client()
    isbn = Book.objects.order_by("isbn")[0].isbn

    def measure(call: Callable[[], Any]) -> dict[str, Any]:
        with CaptureQueriesContext(connection) as captured:
            answer = call()
        return {"status": getattr(answer, "status_code", 200), "queries": len(captured)}

    pages = {}
    for each in Book.objects.all():
        pages["add_to_cart"] = measure(lambda each=each: client.post(reverse("add_to_cart", args=[each.isbn])))
    for pattern in urlpatterns:
        if pattern.name not in POSTED:
            arguments = [isbn] if "<" in str(pattern.pattern) else []
            url = reverse(pattern.name, args=arguments)
            pages[pattern.name] = measure(lambda url=url: client.get(url))
    pages["place_order"] = measure(lambda: client.post(reverse("place_order"), {"email": "reader@example.org"}))

    from catalog import tasks

    for task in (tasks.refresh_prices, tasks.review_digest, tasks.praise_digest):
        pages[task.name.rpartition(".")[2]] = measure(task.delay)
    return pages


def api_routes() -> dict[str, dict[str, Any]]:
    """Every route of the FastAPI side, by the name of its function."""
    from api import books, live, reports
    from api.main import app
    from fastapi.testclient import TestClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda conn, cursor, text, *rest: statements.append(text))
    routes = {}
    with TestClient(app) as client:
        for route in (*books.router.routes, *live.router.routes, *reports.router.routes):
            statements.clear()
            answer = client.get(route.path.replace("{isbn}", "9780000000000"))
            routes[route.name] = {"status": answer.status_code, "queries": len(statements)}
        routes["health"] = {"status": client.get("/health").status_code, "queries": 0}
    return routes


def main() -> None:
    """Fill, run, print."""
    rows = int(sys.argv[1])
    prices, cache = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            BOOKSHOP_DATABASE=os.path.join(folder, "shop.sqlite3"),
            DJANGO_SETTINGS_MODULE="config.settings",
            PRICE_SERVICE_URL=f"http://127.0.0.1:{prices}",
            REDIS_URL=f"redis://127.0.0.1:{cache}/0",
            AWS_ACCESS_KEY_ID="example",
            AWS_SECRET_ACCESS_KEY="example",
            AWS_EC2_METADATA_DISABLED="true",
            NO_PROXY="*",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("seed", books=rows, stdout=io.StringIO())
        with price_service(prices), redis_service(cache):
            print(json.dumps({"django": django_pages(), "api": api_routes()}))


if __name__ == "__main__":
    main()
