"""Branches of a coroutine that the constants which all its callers give exclude."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

AGREED = {
    "a flag that every call gives": """
class Log:
    async def dispatch(self, result=None, prefer=False, **more):
        if not prefer:
            time.sleep(1)
            return
        time.sleep(2)  # <- PW202
async def one(log):
    await log.dispatch(1, prefer=True)
async def two(log):
    await log.dispatch(2, True, more=1)
""",
    "one call that gives something else": """
class Log:
    async def dispatch(self, prefer=False):
        if not prefer:
            time.sleep(1)  # <- PW202
async def one(log):
    await log.dispatch(prefer=True)
async def two(log, prefer):
    await log.dispatch(prefer)
""",
    "one that may give anything": """
async def dispatch(prefer=False):
    if not prefer:
        time.sleep(1)  # <- PW202
async def one(options):
    await log.dispatch(prefer=True)
    await log.dispatch(**options)
""",
    "one that hands it on": """
async def dispatch(prefer=False):
    if not prefer:
        time.sleep(1)  # <- PW202
async def one(server):
    await dispatch(prefer=True)
    server.add(dispatch)
""",
    "two of one name": """
class Log:
    async def dispatch(self, prefer=False):
        if not prefer:
            time.sleep(1)  # <- PW202
class Other:
    async def dispatch(self, prefer=False): ...
async def one(log):
    await log.dispatch(prefer=True)
""",
    "a helper of tests": """
#: tests/helpers.py
import time
async def dispatch(prefer=False):
    if not prefer:
        time.sleep(1)
#: tests/test_app.py
from tests.helpers import dispatch
async def test_it():
    await dispatch(prefer=True)
""",
    "a handler": """
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def index(prefer: bool = False):
    if not prefer:
        time.sleep(1)  # <- PW202
async def one():
    await index(prefer=True)
""",
    "what calls leave out": """
async def often(wait=False):
    if wait:
        time.sleep(1)
async def once(wait=False):
    if wait:
        time.sleep(1)  # <- PW202
async def nobody(wait=False):
    if wait:
        time.sleep(1)  # <- PW202
async def one():
    await often()
    await once()
async def two():
    await often()
""",
}


@pytest.mark.parametrize("text", cases(AGREED))
def test_branches_that_no_caller_takes_are_not_told(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, f"import time\n{text}", "PW202")
