"""What a handler depends on runs for each request: parameters, routers, generators, providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

# `requests.Session()` is PW401, a `requests.get` PW406; only PW401 counts here.
DEPENDENCIES = {
    "a default": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
def unused():
    return requests.Session()
@app.get("/")
def index(s=Depends(session)): ...
""",
    "Annotated": """
import requests
from typing import Annotated
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
@app.get("/")
def index(s: Annotated[requests.Session, Depends(session)]): ...
""",
    "an alias of Annotated in another file": """
#: deps.py
import requests
from typing import Annotated
from fastapi import Depends
def session():
    return requests.Session()  # <- PW401
Session = Annotated[requests.Session, Depends(session)]
#: app.py
from fastapi import FastAPI
from deps import Session
app = FastAPI()
@app.get("/")
def index(s: Session): ...
""",
    "a chain": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    return requests.Session()  # <- PW401
def api(s=Depends(session)):
    return s
def user(a=Depends(api)):
    return a
@app.get("/")
def index(u=Depends(user)): ...
""",
    "a generator": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
def session():
    with requests.Session() as s:  # <- PW401
        yield s
async def later():
    s = requests.Session()  # <- PW401
    try:
        yield s
    finally:
        s.close()
@app.get("/")
def index(a=Depends(session), b=Depends(later)): ...
""",
    "a class": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
class Api:
    def __init__(self):
        self.session = requests.Session()  # <- PW401
class Other:
    def __init__(self):
        self.session = requests.Session()
@app.get("/")
def index(api: Api = Depends()): ...
@app.get("/2")
def second(api=Depends(Api)): ...
""",
    "a callable object": """
import requests
from fastapi import Depends, FastAPI
app = FastAPI()
class Check:
    def __init__(self):
        self.session = requests.Session()
    def __call__(self):
        return requests.Session()  # <- PW401
check = Check()
@app.get("/")
def index(ok=Depends(check)): ...
""",
    "dependencies of a route, a router and an app": """
import requests
from fastapi import APIRouter, Depends, FastAPI
def one():
    requests.Session()  # <- PW401
def two():
    requests.Session()  # <- PW401
def three():
    requests.Session()  # <- PW401
router = APIRouter(dependencies=[Depends(two)])
app = FastAPI(dependencies=[Depends(three)])
@router.get("/", dependencies=[Depends(one)])
def index(): ...
app.include_router(router)
""",
    "a dependency that is kept": """
import functools, requests
from fastapi import Depends, FastAPI
app = FastAPI()
@functools.lru_cache
def session():
    return requests.Session()
def from_state(request):
    return request.app.state.session
@app.get("/")
def index(a=Depends(session), b=Depends(from_state)): ...
""",
    "a Litestar provider": """
import requests
from litestar import Litestar, get
from litestar.di import Provide
def session():
    return requests.Session()  # <- PW401
@get("/", dependencies={"s": Provide(session)})
def index(s): ...
app = Litestar([index])
""",
}


@pytest.mark.parametrize("text", cases(DEPENDENCIES))
def test_a_client_is_built_for_each_request_by(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW401")
