"""Looks every name of every pack up in the real libraries and writes rules/packs/index.json.

    python tools/packs.py             install what is missing, look up, write the index; exit 1 if a name is not there
    python tools/packs.py --check     the same without writing
    python tools/packs.py redis …     look up these packs only and renew their part of the index

The libraries live in environments of their own, `.venv-packs*` beside this folder: never in the one that runs
perflint. `questions()` is what the tests compare the index with.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from perflint import catalog
from perflint.catalog.compiling import RawPack
from perflint.catalog.packs import expand, parse_spec

ROOT = Path(__file__).resolve().parent.parent
Types = Mapping[str, Mapping[str, str]]
INDEX = ROOT / "rules" / "packs" / "index.json"

# Libraries whose requirements contradict the others', or that must be built: each in an environment of its own.
APART = ("aioboto3", "aiobotocore", "arq", "homeassistant", "mysqlclient")
# Libraries without wheels: where they do not build, the index keeps what it says of them.
BUILT = {"mysqlclient": "a compiler, pkg-config and libmariadb-dev or libmysqlclient-dev"}
# What packs name besides their own distribution: helpers in language.toml, drivers that a library imports lazily.
ALSO: Mapping[str, tuple[str, ...]] = {
    "language": ("attrs", "async-lru", "cachetools", "more-itertools", "msgspec", "pydantic-settings", "werkzeug"),
}


class Question(NamedTuple):
    """One thing that must be so in the installed library. `label` is its line in the index."""

    label: str
    ask: str
    of: tuple[tuple[str, Any], ...]


def normal(distribution: str) -> str:
    """A distribution's name as package indexes spell it, without extras."""
    return re.sub(r"[-_.]+", "-", distribution.split("[")[0]).lower()


# --- what is to be looked up ----------------------------------------------------------------------------------------


def questions(raw: RawPack, defined: Types) -> list[Question]:
    """Everything that one pack claims to exist. `defined` are the types of all packs, looked up with their own."""
    found: dict[str, Question] = {}
    for question in _questions(raw.data, defined):
        found.setdefault(question.label, question)
    return [found[label] for label in sorted(found)]


def defined_types(raws: Mapping[str, RawPack]) -> Types:
    """The types that some pack describes, each with its attributes and what they hold."""
    types: dict[str, dict[str, str]] = {}
    for raw in raws.values():
        for key, table in raw.data.get("types", {}).items():
            for name in expand(key):
                attributes = types.setdefault(name, {})
                for names, spec in table.get("attributes", {}).items():
                    attributes.update(dict.fromkeys(expand(names), spec if isinstance(spec, str) else ""))
    return types


def _name(name: str) -> Question:
    return Question(name, "name", (("name", name),))


def _member(type_name: str, name: str) -> Question:
    return Question(f"{type_name}.{name}", "member", (("type_name", type_name), ("name", name)))


def _parameter(target: str, wanted: str | int, type_name: str = "", name: str = "", fallback: str = "") -> Question:
    of = {"target": target, "wanted": wanted, "type_name": type_name, "name": name, "fallback": fallback}
    shown = wanted if isinstance(wanted, str) else f"#{wanted}"
    return Question(f"{target}({shown})", "parameter", tuple((key, value) for key, value in of.items() if value != ""))


def _questions(data: Mapping[str, Any], defined: Types) -> Iterator[Question]:
    for key, target in data.get("aliases", {}).items():
        for alias in expand(key):
            yield Question(f"{alias} = {target}", "same", (("alias", alias), ("name", target)))
    for key, type_name in data.get("objects", {}).items():
        yield from map(_name, expand(key))
        yield from _referenced(type_name, defined)
    for names in data.get("semantics", {}).values():
        for key in names:
            if "." in key:  # the others are words in the names of a project's own functions
                yield from map(_name, expand(key))
    for key, relations in data.get("models", {}).items():
        yield _name(key)
        for name, declared in relations.items():
            yield _member(key, name)
            yield _name(declared.partition("(")[0])
    for key, entry in data.get("calls", {}).items():
        for name in expand(key):
            yield _name(name)
            yield from _entry(entry, defined, name)
    for key, table in data.get("schema-fields", {}).items():
        for name in expand(key):
            yield _name(name)
            for places in table.values():
                yield from (_parameter(name, one) for one in (places if isinstance(places, list) else [places]))
    for key in data.get("tags", {}):
        yield from map(_name, expand(key))
    for key, table in data.get("schemas", {}).items():
        for name in (
            one for text in (key, *table.get("unread", ()), *table.get("prepared-by", ())) for one in expand(text)
        ):
            yield _name(name)
    for key, table in data.get("types", {}).items():
        for name in expand(key):
            yield from _type(name, table, defined)
    yield from _framework(data.get("framework", {}), defined)
    orm = data.get("orm", {})
    library = data.get("library", {})
    for key in (*orm.get("models", ()), *orm.get("user-model", ()), *orm.get("user-bases", ())):
        yield from map(_name, expand(key))
    yield from map(_name, library.get("star-imports", ()))
    for key in [orm["query"]] if orm.get("query") else []:
        yield _name(key)
    for type_name in orm.get("managers", {}).values():
        yield from _referenced(type_name, defined)
    for key, relation in orm.get("relations", {}).items():
        for name in expand(key):
            yield _name(name)
            for role in ("target", "reverse", "lazy", "back", "through", "several", "optional"):
                if relation.get(role):
                    yield _parameter(name, relation[role])
            for role in ("gives", "together-with"):
                yield from _referenced(relation.get(role, ""), defined)
    for key, constraint in orm.get("unique", {}).get("constraints", {}).items():
        for name in expand(key):
            yield _name(name)
            for role in ("columns", "only-if"):
                if isinstance(constraint.get(role), str):
                    yield _parameter(name, constraint[role])
    yield from _serializers(data)
    yield from _displays(data)
    documents = data.get("documents", {})
    for table in ("names", "attributes"):
        for type_name in documents.get(table, {}).values():
            yield from _referenced(type_name, defined)


def _serializers(data: Mapping[str, Any]) -> Iterator[Question]:
    for key, table in data.get("serializers", {}).items():
        for name in expand(key):
            yield _name(name)
            yield _member(name, table["represent"])
            for argument in (table["rows"], table["many"]):
                yield _parameter(name, argument)
    for key, table in data.get("fields", {}).items():
        for name in expand(key):
            yield _name(name)
            for method in table.get("unless", ()):
                yield _member(name, method)
            if table.get("argument"):
                yield _parameter(name, table["argument"])
    for key, table in data.get("listings", {}).items():
        for name in expand(key):
            yield _name(name)
            yield _member(name, table["call"])


def _displays(data: Mapping[str, Any]) -> Iterator[Question]:
    for key, table in data.get("displays", {}).items():
        for name in expand(key):
            yield _name(name)
            wanted = [table.get("model", ""), table.get("loads", ""), table.get("inside", "")]
            wanted += [*table.get("columns", ()), *table.get("chosen-by", ())]
            # the others are methods that only a project defines
            wanted += [one for one, read in table.get("each", {}).items() if read]
            wanted += [table.get("rows", "")] if "model" in table else []
            yield from (_member(name, one) for one in wanted if one and "." not in one)
    for key, table in data.get("choices", {}).items():
        for name in expand(key):
            yield _name(name)
            yield _member(name, table["label"])
            for argument in table["rows"] if isinstance(table["rows"], list) else [table["rows"]]:
                yield _parameter(name, argument)
            for argument in table.get("unless", ()):
                yield _parameter(name, argument)
        for holder in table["inside"]:
            yield from map(_name, expand(holder))


def _type(name: str, table: Mapping[str, Any], defined: Types) -> Iterator[Question]:
    yield _name(name)
    for base in table.get("is", ()):
        yield from _referenced(base, defined)
    construct = table.get("construct", {})
    yield from _entry(construct, defined, name)
    default = construct.get("timeout", "") if construct.get("timeout-default") else ""
    for which in ("enter", "exit", "iterate", "awaited", "call"):
        if which in table:
            yield Question(f"{name}[{which}]", "special", (("type_name", name), ("which", which)))
            yield from _entry(table[which], defined, "", name)
    for members in ("methods", "attributes"):
        for key, entry in table.get(members, {}).items():
            for one in expand(key):
                if not one.endswith("*"):
                    yield _member(name, one)
                    if isinstance(entry, str):
                        yield from _returned(entry, defined)
                    else:
                        yield from _entry(entry, defined, "", name, one, default)
                elif isinstance(entry, str):
                    yield from _returned(entry, defined)
                else:
                    yield from _returned(entry.get("returns", ""), defined)


def _entry(
    entry: Mapping[str, Any],
    defined: Types,
    target: str,
    type_name: str = "",
    name: str = "",
    default: str = "",
) -> Iterator[Question]:
    """What an entry says of arguments, twins and results. `default` is the constructor's timeout parameter."""
    shown = target or f"{type_name}.{name}"
    callee = bool(target or name)
    if "displays" in entry:
        yield _name(entry["displays"]["as"])
    wanted: list[str | int] = []
    if entry.get("timeout") and callee:
        fallback = type_name if default == entry["timeout"] else ""
        yield _parameter(shown, entry["timeout"], type_name, name, fallback)
        if "timeout-at" in entry:
            of = {"target": shown, "wanted": entry["timeout"], "position": entry["timeout-at"]}
            if name:
                of |= {"type_name": type_name, "name": name}
            yield Question(f"{shown}({entry['timeout']} = #{entry['timeout-at']})", "at", tuple(of.items()))
    for guards in ("unless", "only-if"):
        wanted += [int(key) if key.isdigit() else key for key in entry.get(guards, {})]
    for hand_over in ("offloads", "invokes"):
        if hand_over in entry:
            place = entry[hand_over]["callable"]
            wanted += place if isinstance(place, list) else [place]
    if "sql" in entry:
        wanted.append(entry["sql"])
    wanted += entry.get("displays", {}).get("by", ())
    wanted += [entry[key] for key in ("loaded-by", "loaded-as") if key in entry]
    if "no-pool" in entry:
        wanted.append(entry["no-pool"]["argument"])
    if callee:
        for one in wanted:
            yield _parameter(shown, one, type_name, name)
    yield from _twin(entry.get("async", ""), defined, target, type_name, name)
    yield from _returned(entry.get("returns", ""), defined)


def _twin(twin: str, defined: Types, target: str, type_name: str, name: str) -> Iterator[Question]:
    """`pkg.Type.method`, `Type.method`, `Type.attribute.method` or, beside the call itself, `method`."""
    parts = twin.split(".")
    library = (target or type_name).split(".")[0]
    full = sorted(one for one in defined if one.endswith("." + parts[0])) if twin[:1].isupper() else []
    nearest = [one for one in full if one.split(".")[0] == library] or full
    if nearest and len(parts) > 1:
        holder = nearest[0]
        for part in parts[1:-1]:
            yield _member(holder, part)
            holder = defined.get(holder, {}).get(part, f"{holder}.{part}")
        yield _member(holder, parts[-1])
    elif re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+", twin):
        yield Question(f"await {twin}", "name", (("name", twin),))
    elif re.fullmatch(r"\w+", twin) and (target or name):
        yield _member(type_name, twin) if name else _name(f"{target.rpartition('.')[0]}.{twin}")


def _returned(text: str, defined: Types) -> Iterator[Question]:
    def types(spec: tuple[Any, ...]) -> Iterator[str]:
        lead, *rest = spec
        if lead in {"instance", "class"}:
            yield rest[0]
        for one in rest:
            if isinstance(one, tuple):
                yield from types(one)
            elif lead in {"executed", "query"} and isinstance(one, str):
                yield one

    if text:
        for name in types(parse_spec(text)):
            yield from _referenced(name, defined)


def _referenced(type_name: str, defined: Types) -> Iterator[Question]:
    if type_name not in defined and "." in type_name:
        yield _name(type_name)


def _framework(table: Mapping[str, Any], defined: Types) -> Iterator[Question]:
    for section in ("decorators", "classes", "registers"):
        for key, value in table.get(section, {}).items():
            for name in expand(key):
                yield _name(name)
                if section == "registers" and "callable" in value:
                    place = value["callable"]
                    for one in place if isinstance(place, list) else [place]:
                        yield _parameter(name, one)
    for key in table.get("responses", {}):
        yield from map(_name, expand(key))
    for text in table.get("parameters", {}).values():
        yield from _returned(text, defined)
    dependencies = table.get("dependencies", {})
    for kind in ("markers", "by-name"):
        for key in dependencies.get(kind, ()):
            yield from map(_name, expand(key))


# --- the environments -----------------------------------------------------------------------------------------------


def requirements(raws: Mapping[str, RawPack]) -> dict[str, list[str]]:
    """What each environment holds: "" for the common one, a pack's name for one that stands apart."""
    wanted: dict[str, list[str]] = {"": []}
    for name, raw in sorted(raws.items()):
        library = raw.data["library"]
        where = wanted.setdefault(name if name in APART else "", [])
        if library.get("distribution"):
            where.append(f"{library['distribution']}=={library['version']}")
        where += ALSO.get(name, ())
    return wanted


def interpreter() -> str:
    """The interpreter for the libraries: the newest 3.13 that runs, else the one that runs this."""
    for candidate in (
        *sorted((Path.home() / ".pyenv" / "versions").glob("3.13.*/bin/python"), reverse=True),
        "python3.13",
    ):
        try:
            subprocess.run([candidate, "-c", "import venv"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return str(candidate)
    return sys.executable


def environment(name: str, wanted: list[str]) -> Path | None:
    """The python of an environment that holds `wanted`, made or brought up to date when needed.

    None where a library that has no wheels does not build.
    """
    folder = ROOT / (".venv-packs" + (f"-{name}" if name else ""))
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "requirements.txt"
    text = "\n".join(wanted) + "\n"
    if not python.exists():
        chosen = interpreter()
        if chosen == sys.executable:
            venv.create(folder, with_pip=True)
        else:
            subprocess.run([chosen, "-m", "venv", str(folder)], check=True)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != text:
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
        failed = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if failed.returncode and name in BUILT:
            print(f"{name}: does not build here, it needs {BUILT[name]}; its part of the index is kept")
            return None
        if failed.returncode:
            raise SystemExit(f"{failed.stderr}\n{folder.name}: pip failed")
        stamp.write_text(text, encoding="utf-8")
    return python


def look_up(python: Path, asked: list[Question]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Ask an environment. The answers in order as (how found, why not), and the versions of what is installed."""
    done = subprocess.run(
        [str(python), str(ROOT / "tools" / "lookup.py")],
        input=json.dumps([{"ask": one.ask, "of": dict(one.of)} for one in asked]),
        capture_output=True,
        text=True,
        check=False,
        cwd=python.parent,
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"{python}: looking up failed\n{done.stderr[-2000:]}")
    data = json.loads(done.stdout)
    return [(how, why) for how, why in data["answers"]], data["versions"]


# --- the whole ------------------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Look everything up; 1 if something is missing."""
    raws = catalog.load().raw_packs
    defined = defined_types(raws)
    only = {one for one in arguments if not one.startswith("-")}
    wanted = requirements(raws)
    index: dict[str, Any] = {}
    twins: dict[str, list[Question]] = {}
    missing: list[str] = []
    versions: dict[str, dict[str, str]] = {}
    pythons = {where: python for where, needs in wanted.items() if (python := environment(where, needs))}
    kept = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}
    index.update((name, kept[name]) for name in wanted if name and name not in pythons and name in kept)
    if only:
        index.update((name, kept[name]) for name in raws if name not in only and name in kept)
    for where, python in pythons.items():
        names = [name for name in raws if (name if name in APART else "") == where and (not only or name in only)]
        asked = {name: questions(raws[name], defined) for name in names}
        flat = [(name, question) for name in names for question in asked[name]]
        answers, versions[where] = look_up(python, [question for _, question in flat])
        for name in names:
            library = raws[name].data["library"]
            distribution = library.get("distribution", "")
            installed = versions[where].get(normal(distribution), "")
            if library["version"] and installed != library["version"]:
                missing.append(
                    f"{name}.toml: says {distribution or 'python'} {library['version']}, installed is {installed}"
                )
            index[name] = {"distribution": distribution, "version": library["version"], "names": {}}
        for (name, question), (how, why) in zip(flat, answers, strict=True):
            if how:
                index[name]["names"][question.label] = how
            elif len(pythons) > 1:
                twins.setdefault(name, []).append(question)
                index[name]["names"][question.label] = "?" + why
            else:
                missing.append(f"{name}.toml: {question.label}: {why}")
    # a twin or a result may belong to a library of another environment
    for name, open_questions in twins.items():
        for where, python in pythons.items():
            if where != (name if name in APART else ""):
                answers, _ = look_up(python, open_questions)
                for question, (how, _why) in zip(open_questions, answers, strict=True):
                    if how and index[name]["names"][question.label].startswith("?"):
                        index[name]["names"][question.label] = how
        for question in open_questions:
            how = index[name]["names"][question.label]
            if how.startswith("?"):
                del index[name]["names"][question.label]
                missing.append(f"{name}.toml: {question.label}: {how[1:]}")
    for line in missing:
        print(line)
    total = sum(len(one["names"]) for one in index.values())
    print(f"{total} names of {len(index)} packs found, {len(missing)} missing")
    if "--check" not in arguments:
        text = json.dumps(index, indent=0, sort_keys=True, ensure_ascii=False)
        INDEX.write_text(text + "\n", encoding="utf-8")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
