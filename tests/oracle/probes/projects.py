"""Runs every page of a project in `tests/fixtures/projects` and prints, as JSON, its answers and their queries.

Run in the project's folder: `python projects.py NAME ROWS`, for so many rows of everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, os.getcwd())

Answers = dict[str, dict[str, int]]


class Echo(BaseHTTPRequestHandler):
    """Answers every question with "fine"."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def remote() -> Iterator[str]:
    """A remote service, in a thread of this process: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def count_statements() -> list[str]:
    """The list to which SQLAlchemy adds each statement it sends."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda conn, cursor, text, *rest: statements.append(text))
    return statements


def flask_sqlalchemy_blog(rows: int, folder: Path, url: str) -> Answers:
    """The blog, by the names of its views."""
    from blog import create_app
    from blog.database import db
    from blog.models import Comment, Post, Tag, User

    app = create_app(f"sqlite:///{folder}/blog.sqlite3", url)
    with app.app_context():
        db.create_all()
        for number in range(rows):
            post = Post(title=f"Post {number}", created=datetime.datetime(2024, 1, 1 + number))
            post.author = User(name=f"User {number}")
            post.comments = [Comment(text="Yes."), Comment(text="No.")]
            post.tags = [Tag(name=f"tag {number}")]
            db.session.add(post)
        db.session.commit()
    statements = count_statements()
    client, answers = app.test_client(), {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            statements.clear()
            answer = client.get(rule.rule.replace("<int:number>", "1") + "?slowly=1")
            answer.get_data()  # a stream asks while it is read
            answers[rule.endpoint.removeprefix("pages.")] = {"status": answer.status_code, "queries": len(statements)}
    return answers


def fastapi_sqlmodel(rows: int, folder: Path, url: str) -> Answers:
    """The heroes, by the names of their routes and of the repository's methods."""
    os.environ.update(HEROES_DATABASE=f"sqlite:///{folder}/heroes.sqlite3", WEATHER_URL=url, NO_PROXY="*")
    from fastapi.routing import APIRoute
    from fastapi.testclient import TestClient
    from heroes.main import app, engine
    from heroes.models import Hero, Mission, Team
    from sqlmodel import Session, SQLModel

    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(rows):
            hero = Hero(name=f"Hero {number}", team=Team(name=f"Team {number}"))
            hero.missions = [Mission(place="Rome"), Mission(place="Oslo")]
            session.add(hero)
        session.commit()
    statements, answers = count_statements(), {}
    with TestClient(app) as client:
        for route in app.routes:
            if isinstance(route, APIRoute):
                statements.clear()
                answer = client.get(route.path.replace("{hero_id}", "1"), params={"place": "rome"})
                answers[route.name] = {"status": answer.status_code, "queries": len(statements)}
    return answers


def aiohttp_service(rows: int, folder: Path, url: str) -> Answers:
    """The telemetry service, by the names of its handlers."""
    import aiosqlite
    from aiohttp.test_utils import TestClient, TestServer
    from telemetry.app import create_app

    (folder / "settings.json").write_text('{"unit": "degrees"}', encoding="utf-8")
    count = 0
    execute = aiosqlite.Connection.execute

    def counted(self: aiosqlite.Connection, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(self, *arguments)

    aiosqlite.Connection.execute = counted  # type: ignore[method-assign]

    async def run() -> Answers:
        nonlocal count
        app = create_app(folder, url)
        answers = {}
        async with TestClient(TestServer(app)) as client:
            async with aiosqlite.connect(folder / "telemetry.sqlite3") as connection:
                for number in range(rows):
                    await connection.execute("INSERT INTO sensor VALUES (?, ?, 'hall')", (number, f"Sensor {number}"))
                    await connection.execute("INSERT INTO reading (sensor_id, value) VALUES (?, 1.5)", (number,))
                await connection.commit()
            for route in app.router.routes():
                if route.method == "GET":
                    count = 0
                    answer = await client.get(route.resource.canonical if route.resource else "/")
                    await answer.read()
                    answers[route.handler.__name__] = {"status": answer.status, "queries": count}
        return answers

    return asyncio.run(run())


def main() -> None:
    """Fill, run, print."""
    run = {each.__name__: each for each in (flask_sqlalchemy_blog, fastapi_sqlmodel, aiohttp_service)}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder, remote() as url:
        print(json.dumps(run(int(sys.argv[2]), Path(folder), url)))


if __name__ == "__main__":
    main()
