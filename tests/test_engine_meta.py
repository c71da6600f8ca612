"""What holds for the whole engine: no library's name in its code, no needless import, the same answer each time."""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perflint import catalog, detect, program
from perflint.catalog.cards import CONTEXTS
from perflint.catalog.compiling import EFFECTS
from perflint.catalog.packs import Spec, expand, parse_spec
from perflint.core.finding import Finding
from tests.engine import extract, files_of, findings, write
from tests.test_packs import CHOICES, ORM_CHOICES, entries

PACKAGE = Path(catalog.__file__).parent.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


# --- the code ---------------------------------------------------------------------------------------------------


def library_names() -> set[str]:
    """What people import from the libraries that packs describe, without those of the language itself."""
    names = {name for pack in catalog.load().raw_packs.values() for name in pack.imports}
    return names - sys.stdlib_module_names - {"builtins"}


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """The string literals of a module that are no docstrings."""
    lone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lone:
            yield node


def imports(tree: ast.AST) -> set[str]:
    """The top-level names that a module imports anywhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_libraries_are_told_from_the_language() -> None:
    names = library_names()
    assert {"django", "requests", "sqlalchemy", "fastapi", "flask", "redis"} <= names
    assert names.isdisjoint({"asyncio", "time", "builtins", "functools", "os"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'django.db.models'", ["django.db.models"]),
        ("'''django.db'''\ndef f():\n    'requests.get'\n    # sqlalchemy.orm", []),
        ("x = f'{y} of requests.get'", [" of requests.get"]),
        ("x = 'djangonaut.x', 'my_requests.y', 'requests'", []),
    ],
)
def test_names_of_libraries_are_seen_in_literals_only(text: str, expected: list[str]) -> None:
    dotted = re.compile(rf"\b(?:{'|'.join(sorted(library_names()))})\.\w")
    assert [one.value for one in strings(ast.parse(text)) if dotted.search(one.value)] == expected


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_code_names_a_library(path: Path) -> None:
    dotted = re.compile(rf"\b(?:{'|'.join(sorted(library_names()))})\.\w")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [f"{one.lineno}: {one.value}" for one in strings(tree) if dotted.search(str(one.value))] == []


# --- names of what libraries' classes and functions have --------------------------------------------------------

RAWS = catalog.load().raw_packs
ENGINE = [path for path in SOURCES if relative(path).startswith(("program/", "detect/"))]


def texts(data: object) -> Iterator[str]:
    """All strings of a table, without its keys."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)


def arguments(entry: Mapping[str, Any]) -> Iterator[str]:
    """The arguments that an entry names."""
    for guards in ("unless", "only-if", "whole-unless", "inert-if"):
        yield from entry.get(guards, {})
    for key in ("timeout", "timeout-also", "loaded-by", "loaded-as"):
        yield from texts(entry.get(key, ""))
    yield entry.get("no-pool", {}).get("argument", "")
    for hand_over in ("offloads", "invokes"):
        yield from texts(entry.get(hand_over, {}).get("callable", ""))


def orm_names(orm: Mapping[str, Any]) -> Iterator[str]:
    """What a mapper calls its methods, arguments, their values and endings."""
    yield from orm.get("managers", {})
    yield from (name for key in orm.get("relations", {}) for name in expand(key))
    yield from texts({key: value for key, value in orm.items() if key != "relations"})
    for relation in orm.get("relations", {}).values():
        yield from texts({key: value for key, value in relation.items() if key not in {"to", "reverse-to"}})


def members() -> set[str]:
    """Every name of a function, method, attribute or argument that some pack has, and what its mappers spell."""
    found: set[str] = set()
    for raw in RAWS.values():
        keys = [*raw.data.get("calls", {}), *raw.data.get("framework", {}).get("parameters", {})]
        for table in raw.data.get("types", {}).values():
            keys += [*table.get("methods", {}), *table.get("attributes", {})]
        found.update(name for key in keys for name in expand(key))
        for _, entry in entries(raw.data):
            found.update(arguments(entry))
            spec = parse_spec(entry.get("returns", "unknown"))
            found.update(spec[1] if spec[0] == "own" else ())
        found.update(orm_names(raw.data.get("orm", {})))
    return {name for name in (name.rpartition(".")[2] for name in found) if name.isidentifier()}


def heads(spec: Spec) -> Iterator[str]:
    yield spec[0]
    if spec[0] in {"list", "iter", "map", "context", "awaitable"}:
        yield from heads(spec[1])


def format_words() -> set[str]:
    """The words that packs, cards and messages are written in: perflint's own, though libraries have them too."""
    found = {
        *EFFECTS,
        *CONTEXTS,
        "construct",
        "enter",
        "exit",
        "iterate",
        "call",
        "one",
        "many",
        "mapped",
    }
    found.update(*CHOICES.values(), *ORM_CHOICES.values())
    for raw in RAWS.values():
        found.update(raw.data.get("semantics", {}))
        for _, entry in entries(raw.data):
            found.update(heads(parse_spec(entry.get("returns", "unknown"))))
    for card in catalog.load().cards.values():
        found.update(re.findall(r"\{(\w+)\}", f"{card.message} {card.help}"))
    return found


MEMBERS, FORMAT = members(), format_words()

LANGUAGE = {
    "program/attributes.py": "__getitem__",  # what subscripts call
    "program/expressions.py": "__getitem__",
    "program/statements.py": "__setitem__",
    "program/branches.py": "clear get pop",  # what empties a list, and asks a dict
    "program/frame.py": "dict filter format hash id input max min next open set type",  # the builtins, by name
    "program/loops.py": "dict",  # a kind of comprehension
    "program/text.py": "get setdefault",  # a dict's methods
    "detect/meetings.py": "filter max min sort",  # what loops inside
}
"""Members of Python's own types and functions, by the module that may spell them."""

ALL_OF_THE_LANGUAGE = {"program/builtins.py"}
"""The module that says what Python's own functions and containers do."""

MEANT_OTHERWISE = {
    "program/sql.py": "limit where returning having select",  # words of SQL
    "program/modules.py": "app",  # a folder that often holds a project's sources
    "program/roles.py": "get post put patch delete head options",  # HTTP's methods, shown as such
    "program/settings.py": "build sample",  # words in the names of modules and folders
    "program/values.py": "batch",  # what marks a value of the engine's own
}
"""Words that are no library's here, by module."""


def is_of_the_language(word: str) -> bool:
    """Whether Python's own types, functions, or those functions' arguments have this name."""
    types = (builtins, str, bytes, list, tuple, dict, set, frozenset, property)
    return any(hasattr(one, word) for one in types) or word in inspect.signature(sorted).parameters


def spelled(tree: ast.AST) -> Iterator[str]:
    """The words that a module's literals are, or hold for a `.split()`. What names its own members is not asked."""
    own = {"__slots__", "__all__"}
    declared = {
        id(one)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in own for to in node.targets)
        for one in ast.walk(node.value)
    }
    lists = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "split"
    }
    for one in strings(tree):
        if id(one) not in declared:
            yield from str(one.value).split() if id(one) in lists else [str(one.value)]


def library_members(name: str, tree: ast.AST) -> set[str]:
    """The names of libraries' members that a module of the engine spells, without those that it may."""
    allowed = {*FORMAT, *LANGUAGE.get(name, "").split(), *MEANT_OTHERWISE.get(name, "").split()}
    found = {word for word in spelled(tree) if word in MEMBERS} - allowed
    return {word for word in found if name not in ALL_OF_THE_LANGUAGE or not is_of_the_language(word)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("find(query.cls, 'get_queryset')", {"get_queryset"}),
        ("keywords.get('to_attr'), keywords.get('queryset')", {"to_attr", "queryset"}),
        ("name.endswith('__in') or name in ('pk', 'id')", {"__in", "pk", "id"}),
        ("'secondary' in keywords or lazy in ('dynamic', 'write_only')", {"secondary", "dynamic", "write_only"}),
        ("text.split('__'), find('__tablename__'), 'uselist'", {"__", "__tablename__", "uselist"}),
        ("frozenset('save prefetch_related it'.split())", {"save", "prefetch_related"}),
        ("'''pk'''\n__slots__ = ('read', 'pk')\n'a text of pk', kind == 'refine'", set()),
    ],
)
def test_names_of_members_are_seen(text: str, expected: set[str]) -> None:
    assert library_members("program/orm.py", ast.parse(text)) == expected


@pytest.mark.parametrize("path", ENGINE, ids=relative)
def test_no_code_names_what_a_library_has(path: Path) -> None:
    name = relative(path)
    found = library_members(name, ast.parse(path.read_text(encoding="utf-8")))
    assert sorted(found) == [], "belongs into a pack"


def test_what_may_be_spelled_is_spelled_and_is_what_it_says() -> None:
    assert all(is_of_the_language(word) for words in LANGUAGE.values() for word in words.split())
    assert not is_of_the_language("save")
    for table in (LANGUAGE, MEANT_OTHERWISE):
        for name, words in table.items():
            written = set(spelled(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))))
            assert set(words.split()) <= written & MEMBERS - (FORMAT if table is not MEANT_OTHERWISE else set()), name


@pytest.mark.parametrize(
    ("module", "rooms"),
    [("ast", {"facts"}), ("libcst", {"fix"}), ("rich", {"report", "cli.py"}), ("click", {"cli.py"})],
)
def test_only_its_room_imports(module: str, rooms: set[str]) -> None:
    importing = {relative(path).split("/")[0] for path in SOURCES if module in imports(ast.parse(path.read_text()))}
    assert importing <= rooms


def test_the_engine_prints_nothing() -> None:
    for path in SOURCES:
        if relative(path).startswith(("facts/", "program/", "detect/", "core/")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.Name) and node.id in {"print", "eval", "exec"}), relative(path)


# --- the command ------------------------------------------------------------------------------------------------

SLOW = "import time\n\n\nasync def f():\n    time.sleep(1)\n"


def command(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def imported(run: subprocess.CompletedProcess[str]) -> set[str]:
    """The top-level modules of an -X importtime report."""
    lines = [line for line in run.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("format_", ["concise", "full", "json", "json-lines", "sarif", "github", "gitlab"])
def test_a_run_without_a_terminal_imports_neither_rich_nor_libcst(format_: str, tmp_path: Path) -> None:
    root = write(tmp_path, {"app.py": SLOW})
    run = command(
        "-X", "importtime", "-m", "perflint", "check", ".", "--isolated", "--output-format", format_, cwd=root
    )
    modules = imported(run)
    assert run.returncode == 1, run.stderr
    assert "perflint" in modules
    assert modules.isdisjoint({"rich", "libcst", "django", "sqlalchemy", "requests"})


def test_no_code_of_the_linted_files_runs(tmp_path: Path) -> None:
    trap = "from pathlib import Path\nPath('ran').write_text('x')\n"
    names = ("app.py", "conftest.py", "setup.py", "click.py", "ast.py", "sitecustomize.py", "settings.py", "time.py")
    root = write(tmp_path, dict.fromkeys(names, trap))
    run = command("-m", "perflint", "check", ".", "--isolated", cwd=root)
    assert run.returncode in (0, 1), run.stderr
    assert not (root / "ran").exists()


# --- the same answer each time ----------------------------------------------------------------------------------

PROJECT = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Author(models.Model):
    name = models.CharField(max_length=50)
class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    def __str__(self):
        return f"{self.author}"
#: shop/clients.py
import requests, time
def make():
    return requests.Session()
def slow():
    time.sleep(1)
class Base:
    def work(self):
        return self.hook()
class Quick(Base):
    def hook(self):
        return 1
class Slow(Base):
    def hook(self):
        slow()
#: shop/views.py
import asyncio
from django.http import HttpResponse
from shop import clients
from shop.clients import Quick, Slow, make, slow
from shop.models import Author, Book
def books(request):
    for book in Book.objects.all():
        print(book)
        make().get(book.author.name)
    return [Author.objects.get(pk=one) for one in request.GET]
async def later(request):
    slow()
    clients.slow()
    Slow().work()
    Quick().work()
    await asyncio.to_thread(slow)
#: shop/tasks.py
import time
def nap():
    time.sleep(1)
async def many_a(): nap()
async def many_b(): nap()
async def many_c(): nap()
async def many_d(): nap()
async def many_e(): nap()
async def many_f(): nap()
"""


def test_a_second_run_gives_the_same(tmp_path: Path) -> None:
    first = findings(tmp_path, files_of(PROJECT))
    assert len(first) > 8
    assert findings(tmp_path, files_of(PROJECT)) == first


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_files_changes_nothing(seed: int, tmp_path: Path) -> None:
    root = write(tmp_path, files_of(PROJECT))
    facts = [extract(text, str(root / name)) for name, text in files_of(PROJECT).items()]
    known = catalog.load()
    first = detect.detect(program.link(facts, known), known)
    random.Random(seed).shuffle(facts)
    assert first
    assert detect.detect(program.link(facts, known), known) == first


MODULES = ("models", "clients", "views", "tasks")


def renamed(project: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """A project whose modules have other names, of the same length, everywhere."""
    words = re.compile(rf"\b({'|'.join(names)})\b(?!\.(?:Model|CharField|ForeignKey|CASCADE))")
    return {
        words.sub(lambda match: names[match[1]], path): "\n".join(
            line if line.startswith("from django") else words.sub(lambda match: names[match[1]], line)
            for line in text.split("\n")
        )
        for path, text in project.items()
    }


def told(found: tuple[Finding, ...], names: Mapping[str, str]) -> list[object]:
    """Findings with the first names again, in the order of their places."""
    back = {new: old for old, new in names.items()}

    def old(text: str) -> str:
        return re.sub("|".join(back), lambda match: back[match[0]], text)

    told = [
        replace(
            one,
            fingerprint="",
            span=replace(one.span, path=old(one.span.path)),
            message=old(one.message),
            steps=tuple(replace(step, span=replace(step.span, path=old(step.span.path))) for step in one.steps),
        )
        for one in found
    ]
    return sorted(told, key=lambda one: (one.span, one.code, one.message))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1::5])
def test_the_names_of_files_change_nothing_but_names(order: tuple[int, ...], tmp_path: Path) -> None:
    plain = {name: f"m_{number}{'x' * (len(name) - 3)}" for number, name in enumerate(MODULES)}
    shuffled = {name: f"m_{order[number]}{'x' * (len(name) - 3)}" for number, name in enumerate(MODULES)}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = told(findings(tmp_path / "one", renamed(files_of(PROJECT), plain)), plain)
    assert len(first) > 8
    assert told(findings(tmp_path / "two", renamed(files_of(PROJECT), shuffled)), shuffled) == first


def test_the_seed_of_hashes_changes_nothing(tmp_path: Path) -> None:
    root = write(tmp_path, files_of(PROJECT))
    arguments = ("-m", "perflint", "check", ".", "--isolated", "--output-format", "json", "--min-confidence", "low")
    outputs = {command(*arguments, cwd=root, PYTHONHASHSEED=seed).stdout for seed in ("0", "1", "2")}
    assert len(outputs) == 1
    assert "PW101" in outputs.pop()


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    root = write(tmp_path, files_of(PROJECT))
    outputs = {
        command(
            "-m", "perflint", "check", ".", "--isolated", "--output-format", "json", "--jobs", jobs, cwd=root
        ).stdout
        for jobs in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert "PW101" in outputs.pop()
