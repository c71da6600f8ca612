"""What no request waits for: command lines, scripts, steps of a start and of an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

COMMANDS = {
    "a coroutine of a command line": """
import time
import cyclopts
app = cyclopts.App()
@app.command
async def now():
    time.sleep(1)
@app.command(name="later")
async def later():
    await wait()
async def wait():
    time.sleep(1)
""",
    "a command that starts a loop": """
import asyncio, time
import click
async def main():
    time.sleep(1)
@click.command()
def run():
    asyncio.run(main())
""",
    "a command and a handler": """
import time
import typer
from fastapi import FastAPI
cli, app = typer.Typer(), FastAPI()
@cli.command()
def run():
    asyncio.run(wait())
@app.get("/")
async def view():
    await wait()
async def wait():
    time.sleep(1)  # <- PW202
""",
    "a coroutine that nobody is known to start": """
import time
import typer
cli = typer.Typer()
async def wait():
    time.sleep(1)  # <- PW202
""",
    "a wrapper around commands and handlers": """
import functools, time
import cyclopts
from fastapi import FastAPI
cli, app = cyclopts.App(), FastAPI()
def guarded(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper
@cli.command
@guarded
async def now():
    await ask()
@guarded
async def ask():
    time.sleep(1)
@app.get("/")
@guarded
async def view():
    await wait()
@guarded
async def wait():
    time.sleep(1)  # <- PW202
""",
}


@pytest.mark.parametrize("project", cases(COMMANDS))
def test_a_command_line_has_a_loop_of_its_own(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, project, "PW202")


ENDS = {
    "the end of a lifespan": """
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app):
    yield
    await close()
app = FastAPI(lifespan=lifespan)
""",
    "one of several handlers": """
from fastapi import FastAPI
async def start(): ...
async def stop():
    await close()
app = FastAPI(on_startup=[start], on_shutdown=[stop, start])
""",
    "the end of the process": """
import asyncio, atexit
atexit.register(lambda: asyncio.run(close()))
""",
    "a signal": """
import asyncio, signal
def stop(number, frame):
    asyncio.get_event_loop().create_task(close())
signal.signal(signal.SIGTERM, stop)
""",
    "a service that says so": """
class Store:
    async def teardown(self):
        await close()
async def on_shutdown():
    await close()
""",
    "a signal on the loop": """
import asyncio, signal
def install():
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, lambda: asyncio.create_task(close()))
""",
}


@pytest.mark.parametrize("project", cases(ENDS))
def test_nobody_waits_for_what_runs_at(project: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"import time\nasync def close():\n    time.sleep(1)\n{project}", "PW202")


def test_what_runs_at_the_end_and_for_requests_holds_these_up(tmp_path: Path) -> None:
    project = """
import asyncio, atexit, time
from fastapi import FastAPI
app = FastAPI()
async def close():
    time.sleep(1)  # <- PW202
atexit.register(lambda: asyncio.run(close()))
@app.get("/")
async def index():
    await close()
"""
    assert_marked(tmp_path, project, "PW202")


PARSERS = """
import argparse
import asyncio
import time
async def add(args):
    time.sleep(1)
async def serve(args):
    time.sleep(1)  # <- PW202
def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    one = commands.add_parser("add")
    one.set_defaults(func=add, count=3)
    asyncio.run(run(parser.parse_args()))
async def run(args):
    await args.func(args)
"""


STEPS = """
import argparse
import asyncio
import time
def main():
    asyncio.run(start())
async def start():
    await prepare()
    for _ in range(3):
        await again()
    await serve()
    await both()
async def prepare():
    time.sleep(1)
    await deeper()
async def deeper():
    time.sleep(1)
async def again():
    time.sleep(1)  # <- PW202
async def serve():
    while True:
        time.sleep(1)  # <- PW202
async def both():
    time.sleep(1)  # <- PW202
async def nobody():
    await both()
async def script():
    time.sleep(1)
def run(words):
    parser = argparse.ArgumentParser()
    asyncio.run(script(parser.parse_args(words)))
if __name__ == "__main__":
    main()
"""


def test_a_step_of_what_a_program_does_when_it_starts_holds_nobody_up(tmp_path: Path) -> None:
    assert_marked(tmp_path, STEPS, "PW2")


def test_what_an_argument_parser_runs_holds_nobody_up(tmp_path: Path) -> None:
    assert_marked(tmp_path, PARSERS, "PW2")


RUN = """import asyncio, time
async def show(reply):
    time.sleep(1){0}
async def main():
    while True:
        await show(input()){1}
{2}
"""
SCRIPTS = {
    "a file's body": ("asyncio.run(main())", False),
    "a loop in a file's body": ("loop = asyncio.new_event_loop()\nloop.run_until_complete(main())", False),
    "nobody": ("", True),
    "another coroutine beside it": (
        "async def both():\n    await asyncio.gather(main(), main())\nasyncio.run(both())", True
    ),
    "a coroutine that also waits for tasks": (
        "async def both():\n    asyncio.create_task(main())\n    await main()\nasyncio.run(both())", True
    ),
    "a coroutine that is also given to somebody": ("app.listen(show)\nasyncio.run(main())", True),
    "what others call as they like": (
        "@app.event\nasync def heard():\n    await main()\nasyncio.run(main())", True
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_holds_nobody_up_that_is_run_by(tmp_path: Path, text: str, told: bool) -> None:
    marks = ("  # <- PW202", "  # <- PW208") if told else ("", "")
    assert_marked(tmp_path, RUN.format(*marks, text), "PW2")
