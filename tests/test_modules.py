"""Names across files: which function, class or library a name means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from perflint import catalog, facts, program
from perflint.program.modules import Modules
from tests.engine import assert_marked, cases, extract

SLOW = "import time\n\n\ndef slow():\n    time.sleep(1)\n\n\ndef quick():\n    return 1\n"
SHARED = f"#: shop/__init__.py\n#: shop/jobs.py\n{SLOW}#: flat.py\n{SLOW}"

# Each project may use shop/jobs.py (in a package) and flat.py (beside it): `slow` sleeps, `quick` does not.
CASES = {
    "plain import": """
import flat
async def f():
    flat.slow()  # <- PW202
    flat.quick()
""",
    "import as": """
import shop.jobs as work
async def f():
    work.slow()  # <- PW202
    work.quick()
""",
    "dotted import": """
import shop.jobs
async def f():
    shop.jobs.slow()  # <- PW202
    shop.jobs.quick()
""",
    "from package import module": """
from shop import jobs
async def f():
    jobs.slow()  # <- PW202
    jobs.quick()
""",
    "from module import function as": """
from shop.jobs import slow as quick, quick as slow
async def f():
    quick()  # <- PW202
    slow()
""",
    "a local function hides the imported one": """
from shop.jobs import slow
def slow():
    return 1
async def f():
    slow()
""",
    "a parameter hides the imported one": """
from shop.jobs import slow
async def f(slow):
    slow()
""",
    "import inside a function": """
async def f():
    from shop.jobs import quick, slow
    slow()  # <- PW202
    quick()
async def g():
    slow()
""",
    "relative import of a sibling": """
#: shop/views.py
from .jobs import quick, slow
async def f():
    slow()  # <- PW202
    quick()
""",
    "relative import of a module": """
#: shop/views.py
from . import jobs
async def f():
    jobs.slow()  # <- PW202
    jobs.quick()
""",
    "relative import from above": """
#: shop/api/__init__.py
#: shop/api/v1/__init__.py
#: shop/api/v1/views.py
from ...jobs import quick, slow
from ... import jobs
async def f():
    slow()  # <- PW202
    jobs.slow()  # <- PW202
    quick()
""",
    "relative import in a package's own __init__": """
#: shop/api/__init__.py
from ..jobs import slow
from .inner import deep
async def f():
    slow()  # <- PW202
    deep()  # <- PW202
#: shop/api/inner.py
from ..jobs import slow as deep
""",
    "namespace package": """
#: cloud/storage/upload.py
import time
def push():
    time.sleep(1)
#: app.py
import cloud.storage.upload
from cloud.storage import upload
from cloud.storage.upload import push
async def f():
    push()  # <- PW202
    upload.push()  # <- PW202
    cloud.storage.upload.push()  # <- PW202
    cloud.storage.download.push()
""",
    "relative import in a namespace package": """
#: cloud/storage/upload.py
import time
def push():
    time.sleep(1)
#: cloud/storage/views.py
from .upload import push
async def f():
    push()  # <- PW202
#: cloud/views.py
from .storage.upload import push
async def f():
    push()  # <- PW202
""",
    "src layout": """
#: src/mill/__init__.py
#: src/mill/wheel.py
import time
def turn():
    time.sleep(1)
#: src/mill/views.py
from mill.wheel import turn
from mill import wheel
async def f():
    turn()  # <- PW202
    wheel.turn()  # <- PW202
#: serve.py
from mill.wheel import turn
async def f():
    turn()  # <- PW202
""",
    "star import": """
#: app.py
from flat import *
async def f():
    slow()  # <- PW202
    quick()
""",
    "star import keeps what __all__ leaves out": """
#: tools.py
import time
__all__ = ["public"]
def public():
    time.sleep(1)
def hidden():
    time.sleep(1)
#: app.py
from tools import *
async def f():
    public()  # <- PW202
    hidden()
""",
    "star import keeps names with an underscore": """
#: tools.py
import time
def public():
    time.sleep(1)
def _hidden():
    time.sleep(1)
#: app.py
from tools import *
async def f():
    public()  # <- PW202
    _hidden()
""",
    "a definition below wins over a star import": """
#: app.py
from flat import *
def slow():
    return 1
async def f():
    slow()
""",
    "star import through a package": """
#: mill/__init__.py
from .wheel import *
#: mill/wheel.py
import time
def turn():
    time.sleep(1)
#: app.py
from mill import *
from mill import turn as again
async def f():
    turn()  # <- PW202
    again()  # <- PW202
""",
    "re-export through __init__": """
#: mill/__init__.py
from mill.wheel import turn
from .wheel import turn as spin, rest
#: mill/wheel.py
import time
def turn():
    time.sleep(1)
def rest():
    return 1
#: app.py
import mill
from mill import spin
async def f():
    mill.turn()  # <- PW202
    spin()  # <- PW202
    mill.rest()
""",
    "a chain of re-exports": """
#: a.py
from b import one
#: b.py
from c import two as one
#: c.py
from flat import slow as two
#: app.py
from a import one
async def f():
    one()  # <- PW202
""",
    "a circle of imports ends": """
#: a.py
from b import one
def two():
    one()
#: b.py
from a import two
from c import gone
def one():
    gone()
#: c.py
from a import three as gone
#: app.py
from a import two, three
from flat import slow
async def f():
    two()
    three()
    slow()  # <- PW202
""",
    "names that need each other": """
#: a.py
from b import x
#: b.py
from a import x
#: app.py
from a import x
async def f():
    x()
""",
    "TYPE_CHECKING": """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import requests
async def f(session: requests.Session):
    session.get("https://x")  # <- PW201
""",
    "typing.TYPE_CHECKING with a fallback": """
import typing
if typing.TYPE_CHECKING:
    from requests import Session
else:
    Session = object
async def f(session: "Session"):
    session.get("https://x")  # <- PW201
""",
    "the hoped-for import wins": """
try:
    import requests as http
except ImportError:
    http = None
async def f():
    http.get("https://x")  # <- PW201
""",
    "either library will do": """
try:
    import httpx as http
except ImportError:
    import requests as http
async def f():
    http.get("https://x")  # <- PW201
""",
    "a fallback of the project": """
try:
    from speedups import slow
except ImportError:
    from flat import slow
async def f():
    slow()  # <- PW202
""",
    "a conditional import": """
import sys
if sys.version_info >= (3, 11):
    from flat import slow as go
else:
    from flat import quick as go
async def f():
    go()  # <- PW202
""",
    "the same stem in two folders": """
#: north/jobs.py
import time
def run():
    time.sleep(1)
#: north/views.py
from jobs import run
async def f():
    run()  # <- PW202
#: south/jobs.py
def run():
    return 1
#: south/views.py
from jobs import run
async def f():
    run()
""",
    "the same package name in two services": """
#: billing/app/__init__.py
#: billing/app/jobs.py
import time
def run():
    time.sleep(1)
#: billing/app/views.py
from app.jobs import run
async def f():
    run()  # <- PW202
#: mail/app/__init__.py
#: mail/app/jobs.py
def run():
    return 1
#: mail/app/views.py
from app.jobs import run
async def f():
    run()
""",
    "a module of the project named like a library": """
#: requests.py
def get(url):
    return url
#: app.py
import requests
async def f():
    requests.get("https://x")
""",
    "a package of the project named like a library": """
#: redis/__init__.py
class Redis:
    def get(self, key):
        return key
#: app.py
from redis import Redis
client = Redis()
async def f():
    client.get("x")
""",
    "a module deep in a package does not hide the library": """
#: shop/requests.py
def get(url):
    return url
#: shop/views.py
import requests
from . import requests as mine
async def f():
    requests.get("https://x")  # <- PW201
    mine.get("https://x")
""",
    "a submodule named like the package's function": """
#: mill/__init__.py
from .turn import turn
#: mill/turn.py
import time
def turn():
    time.sleep(1)
#: app.py
from mill import turn
async def f():
    turn()  # <- PW202
""",
    "a library's name under an alias": """
import requests as r
from requests import get as fetch
from time import sleep as nap
async def f():
    r.get("https://x")  # <- PW201
    fetch("https://x")  # <- PW201
    nap(1)  # <- PW202
""",
    "a library re-exported by the project": """
#: compat.py
import requests
from time import sleep
from httpx import *
#: app.py
from compat import requests, sleep
import compat
async def f():
    requests.get("https://x")  # <- PW201
    sleep(1)  # <- PW202
    compat.requests.get("https://x")  # <- PW201
""",
    "an object of another module": """
#: clients.py
import requests
session = requests.Session()
names = ["a"]
#: app.py
import clients
from clients import session as s, names
async def f():
    clients.session.get("https://x")  # <- PW201
    s.get("https://x")  # <- PW201
    names.get("https://x")
    clients.missing.get("https://x")
""",
    "a name assigned from another": """
from flat import slow
import flat
go = slow
module = flat
async def f():
    go()  # <- PW202
    module.slow()  # <- PW202
    local = flat.slow
    local()  # <- PW202
""",
    "the last definition of a name wins": """
import time
def f():
    time.sleep(1)
def f():
    return 1
async def g():
    f()
""",
    "a global that a function changes": """
import requests
session = None
def start():
    global session
    session = requests.Session()
async def f():
    session.get("https://x")  # <- PW201
""",
    "a class attribute through the module": """
#: mill/__init__.py
#: mill/wheel.py
import time
class Wheel:
    class Gear:
        @staticmethod
        def turn():
            time.sleep(1)
#: app.py
import mill.wheel
async def f():
    mill.wheel.Wheel.Gear.turn()  # <- PW202
""",
    "an import whose file is not linted stays unknown": """
from shop.missing import slow
from nowhere import jobs
async def f():
    slow()
    jobs.slow()
""",
    "importlib stays unknown": """
import importlib
async def f():
    importlib.import_module("flat").slow()
""",
    "__main__ of a package": """
#: shop/__main__.py
from shop.jobs import slow
async def f():
    slow()  # <- PW202
""",
}

KNOWN_GAPS: dict[str, str] = {}


@pytest.mark.parametrize("text", cases(CASES, KNOWN_GAPS))
def test_names_mean_what_python_makes_of_them(text: str, tmp_path: Path) -> None:
    assert_marked(tmp_path, text, "PW2", SHARED)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a.py"], ["a"]),
        (["p/__init__.py", "p/a.py"], ["p", "p.a"]),
        (["p/a.py"], ["a"]),
        (["src/p/__init__.py", "src/p/q/__init__.py", "src/p/q/a.py"], ["p", "p.q", "p.q.a"]),
        (["p/__init__.py", "p/data/a.py"], ["p", "a"]),
        (["p/__init__.py", "p/__main__.py"], ["p", "p.__main__"]),
    ],
)
def test_a_file_is_named_from_the_last_folder_that_is_no_package(
    paths: Sequence[str], names: Sequence[str], tmp_path: Path
) -> None:
    assert Modules([str(tmp_path / path) for path in paths]).names == list(names)


@pytest.mark.parametrize(
    ("importer", "module", "level", "expected"),
    [
        ("p/q/a.py", "x.y", 0, "x.y"),
        ("p/q/a.py", "b", 1, "p.q.b"),
        ("p/q/a.py", "", 1, "p.q"),
        ("p/q/a.py", "b", 2, "p.b"),
        ("p/q/__init__.py", "b", 1, "p.q.b"),
        ("p/q/__init__.py", "", 2, "p"),
    ],
)
def test_a_relative_import_starts_at_its_package(
    importer: str, module: str, level: int, expected: str, tmp_path: Path
) -> None:
    paths = ["p/__init__.py", "p/q/__init__.py", "p/q/a.py"]
    modules = Modules([str(tmp_path / path) for path in paths])
    assert modules.absolute(paths.index(importer), module, level) == expected


def test_a_module_is_found_from_its_root_and_from_folders_above_it(tmp_path: Path) -> None:
    paths = ["helpers.py", "north/jobs.py", "north/views.py", "south/jobs.py", "south/views.py"]
    modules = Modules([str(tmp_path / path) for path in paths])
    assert [modules.find("jobs", at) for at in (2, 4)] == [1, 3]
    assert [modules.find("helpers", at) for at in (2, 4)] == [0, 0]
    assert modules.find("requests", 2) is None
    assert modules.find("", 2) is None


def test_a_folder_without_init_is_a_package_of_its_importers(tmp_path: Path) -> None:
    modules = Modules([str(tmp_path / path) for path in ["cloud/storage/upload.py", "app.py"]])
    assert modules.is_folder("cloud.storage", 1)
    assert not modules.is_folder("cloud.network", 1)
    assert modules.find("cloud.storage.upload", 1) == 0


def test_what_is_no_module_keeps_its_place_and_is_never_found(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a.py", "shop/b.py")]
    modules = Modules([paths[0], "", paths[1], ""])
    alone = Modules(paths)
    assert modules.names == [alone.names[0], "", alone.names[1], ""]
    assert modules.roots == [alone.roots[0], "", alone.roots[1], ""]
    assert [modules.find(name, 0) for name in ("a", "shop.b", "", "templates")] == [0, 2, None, None]
    assert (modules.find("a", 1), modules.package(1)) == (None, "")
    assert Modules(["", ""]).names == ["", ""]


def test_templates_are_no_modules_and_their_functions_are_no_roots(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    folder = str(tmp_path / "shop")
    template = facts.extract_template(
        f"{folder}/base.html", "{% macro m(a) %}{% for b in a %}{{ b.c }}{% endfor %}{% endmacro %}", production=True
    )
    files = [extract("def f():\n    pass\n", f"{folder}/{name}.py") for name in ("app", "views")]
    linked = program.link([*files, template], catalog.load())
    assert [one.path.rpartition("/")[2] for one in linked.files] == ["app.py", "base.html", "views.py"]
    assert [linked.modules.names[at].rpartition(".")[2] for at in range(3)] == ["app", "", "views"]
    assert linked.modules.find("base", 0) is None
    assert [key[0] for key in linked.functions()] == [key[0] for key in linked.functions(production=False)] == [0, 2]


FOR_TESTS = """
#: shop/__init__.py
#: shop/create_test_data.py
import time
async def create():
    time.sleep(1)
#: shop/ab_test_page.py
import time
async def measure():
    time.sleep(1)  # <- PW202
#: shop/load_test_page.py
import time
async def load():
    time.sleep(1)  # <- PW202
#: shop/testing.py
import time
async def check():
    time.sleep(1)  # <- PW202
#: shop/latest.py
import time
async def show():
    time.sleep(1)  # <- PW202
#: shop/views.py
from shop import load_test_page
def check():
    from .testing import check
    return check()
#: tests/test_shop.py
from shop import create_test_data
from shop.latest import show
"""


def test_a_module_named_for_tests_that_only_they_import_serves_nobody(tmp_path: Path) -> None:
    assert_marked(tmp_path, FOR_TESTS, "PW2")
