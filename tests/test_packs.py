"""Packs follow their format, and every name in them was found in the real library (rules/packs/index.json)."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from perflint import catalog
from perflint.catalog.compiling import compile_pack, read_pack
from perflint.catalog.format import CatalogError
from perflint.catalog.packs import Packs, expand

ROOT = Path(__file__).resolve().parent.parent
RAWS = catalog.load().raw_packs
INDEX = json.loads((ROOT / "rules" / "packs" / "index.json").read_text(encoding="utf-8"))


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("packs_tool", ROOT / "tools" / "packs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["packs_tool"] = module
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()
DEFINED = TOOL.defined_types(RAWS)

pack = pytest.mark.parametrize("name", sorted(RAWS))


@pack
def test_every_name_was_found_in_the_library(name: str) -> None:
    wanted = {question.label for question in TOOL.questions(RAWS[name], DEFINED)}
    found = INDEX.get(name, {"names": {}})["names"]
    assert sorted(wanted - found.keys()) == [], "not looked up: run `make packs`"
    assert sorted(found.keys() - wanted) == [], "no longer in the pack: run `make packs`"
    assert all(found.values())


@pack
def test_version_is_the_one_looked_up(name: str) -> None:
    library = RAWS[name].data["library"]
    assert INDEX[name]["version"] == library["version"]
    assert INDEX[name]["distribution"] == library.get("distribution", "")


def test_index_has_no_pack_that_is_gone() -> None:
    assert sorted(INDEX) == sorted(RAWS)


# --- the format -----------------------------------------------------------------------------------------------------

LIBRARY_KEYS = {"name", "distribution", "imports", "version", "reference", "needs", "star-imports"}
FRAMEWORK_KEYS = {
    "runs", "first-parameter", "decorators", "classes", "registers", "listed", "hooks", "parameters", "dependencies",
    "responses",
}  # fmt: skip
ROLE_KEYS = {"role", "runs", "route", "methods", "callable", "thread-if", "by-name"}
ROLES = {"handler", "middleware", "dependency", "startup", "set-up", "command-line", "task", "websocket"}
CHOICES = {
    "weight": {"heavy", "moderate", "light", "trivial"},
    "opens": {"http-client", "sdk-client", "connection", "engine", "pool", "executor"},
    "connection": {"per-call"},
    "fetches": {"all"},
    "query": {
        "refine",
        "keep",
        "grouped",
        "grouped-values",
        "bound",
        "empty",
        "loads",
        "selects",
        "unload",
        "values",
        "columns",
        "without",
        "unknown",
    },
    "loads": {"joins", "prefetch", "options", "selected", "models"},
    "loader": {"eager", "lazy", "columns", "without"},
}
ORM_CHOICES = {"parents": {"known", "loaded", "unknown"}}
PLACES = {"thread", "process", "task", "loop", "iteration"}


def entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every entry of a pack with where it stands."""
    yield from data.get("calls", {}).items()
    for name, table in data.get("types", {}).items():
        for special in ("construct", "enter", "exit", "iterate", "awaited", "call"):
            if special in table:
                yield f"{name} {special}", table[special]
        for members in ("methods", "attributes"):
            for key, entry in table.get(members, {}).items():
                if not isinstance(entry, str):
                    yield f"{name}.{key}", entry


@pack
def test_follows_the_format(name: str) -> None:
    raw = RAWS[name]
    library = raw.data["library"]
    assert raw.path.stem == name
    assert set(library) <= LIBRARY_KEYS
    assert library["reference"].startswith("https://")
    assert all("." not in module for module in library["imports"]), "imports are top-level modules"
    assert set(library.get("needs", ())) <= set(RAWS)
    compile_pack(raw, Packs())
    for where, entry in entries(raw.data):
        for key, allowed in CHOICES.items():
            assert entry.get(key, min(allowed)) in allowed, f"{where}: {key}"
        assert entry.get("offloads", {}).get("to", "thread") in PLACES, where
        if "timeout-at" in entry or "timeout-default" in entry:
            assert entry.get("timeout"), f"{where}: timeout-at and timeout-default need timeout"
        if entry.get("awaits"):
            assert "async" not in entry, f"{where}: it is its own twin"
        if "loaded-by" in entry or "loaded-as" in entry:
            loads = entry.get("loader") == "eager" or entry.get("loads") == "selected"
            assert loads, f"{where}: nothing is loaded"
        for guards in ("unless", "only-if"):
            assert all(value != [] for value in entry.get(guards, {}).values()), where


@pack
def test_roles_and_relations_are_known(name: str) -> None:
    framework = RAWS[name].data.get("framework", {})
    assert set(framework) <= FRAMEWORK_KEYS
    for section in ("decorators", "classes", "registers", "listed"):
        for key, role in framework.get(section, {}).items():
            assert set(role) <= ROLE_KEYS, key
            assert role["role"] in ROLES, key
            assert role.get("runs", "thread") in {"thread", "loop"}, key
            assert (section == "registers") <= ("callable" in role), f"{key}: which argument is the handler?"
    for key, relation in RAWS[name].data.get("orm", {}).get("relations", {}).items():
        assert relation.get("to", "one") in {"one", "many", "mapped"}, key
    for key, allowed in ORM_CHOICES.items():
        assert RAWS[name].data.get("orm", {}).get(key, min(allowed)) in allowed, key


@pack
def test_queries_start_from_a_method_that_managers_have(name: str) -> None:
    orm = RAWS[name].data.get("orm", {})
    if orm.get("start"):
        packs = catalog.load().packs()
        assert orm["managers"]
        assert all(packs.method(one, orm["start"]) for one in orm["managers"].values())


UNKNOWN = {
    "a table": ("[ormm]\n", "unknown table 'ormm'"),
    "a type's key": ('[types."a.B"]\nmethod = {}\n', "[types.a.B]: unknown key 'method'"),
    "an entry's key": ('[calls]\n"a.b" = { efect = "http" }\n', "[calls] a.b: unknown key 'efect'"),
    "a mapper's key": ('[orm]\nquerry = "a.B"\n', "[orm]: unknown key 'querry'"),
    "a relation's key": ('[orm.relations]\n"a.b" = { too = "one" }\n', "[orm] a.b: unknown key 'too'"),
}


@pytest.mark.parametrize(("text", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_words_that_the_format_does_not_have_are_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'[library]\nname = "a"\nimports = ["a"]\n{text}', encoding="utf-8")
    with pytest.raises(CatalogError, match=re.escape(told)):
        compile_pack(read_pack(path), Packs())


@pack
def test_inherits_from_types_that_some_pack_describes(name: str) -> None:
    for key, table in RAWS[name].data.get("types", {}).items():
        for base in table.get("is", ()):
            assert base in DEFINED, f"{key}: {base}"


def test_no_name_is_priced_by_two_packs() -> None:
    seen: dict[str, str] = {}
    for name, raw in sorted(RAWS.items()):
        for key in raw.data.get("calls", {}):
            for one in expand(key):
                assert seen.setdefault(one, name) == name, f"{one} is in {seen[one]}.toml and {name}.toml"


def test_no_alias_hides_a_name() -> None:
    priced = {one for raw in RAWS.values() for key in raw.data.get("calls", {}) for one in expand(key)} | set(DEFINED)
    for name, raw in RAWS.items():
        for key, target in raw.data.get("aliases", {}).items():
            for one in expand(key):
                assert one not in priced, f"{name}.toml: {one} is an alias and has an entry of its own"
                assert one != target, f"{name}.toml: {one} is an alias of itself"
