"""Finds, reads and checks `rules/`: cards (what a rule says) and packs (what libraries cost).

The only module that knows where the data is. The formats are described in `rules/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from perflint.core.finding import Confidence, Severity

MARKER = "README.md"


class CatalogError(Exception):
    """A card or pack that does not follow the format. The text names file and key."""


def rules_dir() -> Path:
    """The folder of cards and packs: shipped beside this module, else the checkout's sibling folder.

    The sibling counts only if its marker file is there, so that a stranger's `rules` package is never read.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "_rules", here.parent / "rules"):
        if (candidate / MARKER).is_file() and (candidate / "packs").is_dir():
            return candidate
    raise CatalogError(f"the rules folder is missing beside {here}: reinstall perflint")


def _check(table: Mapping[str, Any], known: Set[str], where: str, what: str = "key") -> None:
    """Raise CatalogError naming the first key that the format does not have."""
    unknown = sorted(table.keys() - known)
    if unknown:
        raise CatalogError(f"{where}: unknown {what} {unknown[0]!r}")


# --- cards ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """One rule: everything a person reads about it, and what the engine matches."""

    code: str
    name: str
    summary: str
    severity: Severity
    max_confidence: Confidence
    default: bool
    since: str
    effect: tuple[str, ...]
    context: str
    fix: str
    frameworks: tuple[str, ...]
    message: str
    help: str
    references: tuple[str, ...]
    runs: str
    body: str
    family: str
    path: Path


CARD_KEYS = {
    "code", "name", "summary", "severity", "max-confidence", "default", "since", "effect", "context", "fix",
    "frameworks", "message", "help", "references", "runs",
}  # fmt: skip
CONTEXTS = ("row", "template-row", "event-loop", "request", "async-handler", "any")


def read_card(path: Path) -> Card:
    """Read one card. Raises CatalogError with the file and the key that is wrong."""
    import tomli

    text = path.read_text(encoding="utf-8")
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise CatalogError(f"{path}: a card starts with front matter between two +++ lines")
    try:
        data = tomli.loads(parts[1])
    except tomli.TOMLDecodeError as error:
        raise CatalogError(f"{path}: {error}") from error
    _check(data, CARD_KEYS, str(path))
    try:
        card = Card(
            code=data["code"],
            name=data["name"],
            summary=data["summary"],
            severity=Severity[data["severity"].upper()],
            max_confidence=Confidence[data.get("max-confidence", "high").upper()],
            default=data.get("default", "on") == "on",
            since=data["since"],
            effect=tuple(data.get("effect", ())),
            context=data["context"],
            fix=data.get("fix", "none"),
            frameworks=tuple(data.get("frameworks", ())),
            message=data["message"],
            help=data["help"],
            references=tuple(data.get("references", ())),
            runs=data.get("runs", ""),
            body=parts[2].lstrip("\n"),
            family=path.parent.name,
            path=path,
        )
    except KeyError as error:
        raise CatalogError(f"{path}: {error} is missing or not one of the known values") from error
    if card.context not in CONTEXTS:
        raise CatalogError(f"{path}: context {card.context!r} is not one of {', '.join(CONTEXTS)}")
    return card


# --- packs ------------------------------------------------------------------------------------------------------

Spec = tuple[Any, ...]
"""What a call returns, parsed: ("instance", "pkg.T"), ("list", Spec), ("arg", 0), ("self",), …"""

UNKNOWN_SPEC: Spec = ("unknown",)
_LEADS = {"list", "iter", "map", "context", "awaitable"}


@cache
def parse_spec(text: str) -> Spec:
    """Parse a `returns` text. Raises CatalogError for one that says nothing known."""
    words = text.split()
    if len(words) > 2 and words[0] in _LEADS and words[1] == "of":
        return (words[0], parse_spec(" ".join(words[2:])))
    if len(words) == 3 and words[1] == "of" and words[0] in {"query", "row", "rows", "result", "offloader", "element"}:
        return (words[0], _position(words[2], text))
    if len(words) == 5 and words[:2] == ["query", "of"] and words[3] == "as":
        return ("query", _position(words[2], text), words[4])
    if len(words) == 5 and words[:2] == ["rows", "of"] and words[3:] == ["with", "others"]:
        return ("rows", _position(words[2], text), "others")
    if len(words) == 3 and words[:2] == ["query", "as"]:
        return ("query", -1, words[2])
    if len(words) == 3 and words[:2] == ["class", "of"]:
        return ("class", words[2])
    if len(words) == 4 and words[0] == "executed" and words[2] == "as":
        return ("executed", _position(words[1], text), words[3])
    if len(words) == 2 and words[0] == "own":
        return ("own", tuple(words[1].split("|")))
    if len(words) == 1:
        word = words[0]
        if word in {"self", "query", "row", "rows", "value", "chunk", "unknown", "none"}:
            return (word,)
        if re.fullmatch(r"arg\d+", word):
            return ("arg", int(word[3:]))
        if "." in word or word in {"str", "bytes", "int", "dict"}:
            return ("instance", word) if "." in word else ("value",)
    raise CatalogError(f"returns = {text!r} is not a known form")


def _position(word: str, text: str) -> int:
    digits = word.removeprefix("arg")
    if not digits.isdigit():
        raise CatalogError(f"returns = {text!r}: {word!r} is not an argument's position")
    return int(digits)


@dataclass(frozen=True, slots=True)
class TemplatePlaces:
    """Where a call that renders a template takes its name and its context from; `keywords`: each keyword is a name."""

    name: tuple[int | str, ...]
    context: tuple[int | str, ...]
    keywords: bool


@dataclass(frozen=True, slots=True)
class ViewRule:
    """A class-based view of a library that renders a template by itself.

    `template` is the attribute with its name, `context` the method that builds its context. `rows` is the method that
    gives the queryset, put into the context under `names` and under what the attribute `named_by` holds; `single` takes
    one row of it. Without a name, the template is `<app>/<model><suffix>.html`.
    """

    template: str
    context: str
    rows: str = ""
    names: tuple[str, ...] = ()
    named_by: str = ""
    single: bool = False
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one call (or attribute read, iteration, `with`) of a library does. Keys as in rules/README.md."""

    effect: str = ""
    awaits: bool = False
    returns: Spec = UNKNOWN_SPEC
    opens: str = ""
    per_call: bool = False
    timeout: str = ""
    timeout_at: int = -1
    timeout_default: bool = False
    no_pool: tuple[str, tuple[str, ...]] = ("", ())
    unless: tuple[tuple[str, Any], ...] = ()
    only_if: tuple[tuple[str, Any], ...] = ()
    weight: str = "moderate"
    offloads: tuple[tuple[int | str, ...], str] | None = None
    invokes: tuple[tuple[int | str, ...], str] | None = None
    twin: str = ""
    sql: int = -1
    fetches_all: bool = False
    batch: bool = False
    query: str = ""
    loads: str = ""
    loader: str = ""
    loaded_by: str = ""
    loaded_as: str = ""
    runs: bool = False
    prefetched: bool = False
    renders: bool = False
    endless: bool = False
    whole_unless: tuple[tuple[str, Any], ...] | None = None
    bounds: bool = False
    inert_if: tuple[tuple[str, Any], ...] = ()
    needs_loop: bool = False
    timeout_also: tuple[str, ...] = ()
    template: TemplatePlaces | None = None


NO_ENTRY = Entry()
EFFECTS = frozenset(
    "http sleep subprocess file database query write commit client cache wait cpu".split()
)  # fmt: skip
_TEMPLATE_KEYS = frozenset(("name", "context"))
_VIEW_KEYS = frozenset("template context rows names named-by single suffix".split())
ENTRY_KEYS = frozenset(
    "effect awaits returns opens connection timeout timeout-at timeout-default no-pool unless only-if "
    "weight offloads invokes async sql fetches batch query loads loader loaded-by loaded-as runs prefetched "
    "renders endless whole-unless bounds inert-if needs-loop timeout-also template".split()
)


def _places(value: Any) -> tuple[int | str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _guards(value: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, given) for name, listed in value.items() for given in (listed if isinstance(listed, list) else [listed])
    )


def _template(value: Mapping[str, Any], where: str) -> TemplatePlaces:
    _check(value, _TEMPLATE_KEYS, f"{where} template")
    context = value.get("context", ())
    return TemplatePlaces(_places(value["name"]), _places(context) if context != () else (), "context" not in value)


def read_entry(data: Mapping[str, Any], where: str) -> Entry:
    """Turn a TOML table into an Entry. Raises CatalogError naming `where` and the key that is wrong."""
    _check(data, ENTRY_KEYS, where)
    effect = data.get("effect", "")
    if effect and effect not in EFFECTS:
        raise CatalogError(f"{where}: unknown effect {effect!r}")
    offloads, invokes, no_pool = data.get("offloads"), data.get("invokes"), data.get("no-pool")
    try:
        return Entry(
            effect=effect,
            awaits=data.get("awaits", False),
            returns=parse_spec(data["returns"]) if "returns" in data else UNKNOWN_SPEC,
            opens=data.get("opens", ""),
            per_call=data.get("connection") == "per-call",
            timeout=data.get("timeout", ""),
            timeout_at=data.get("timeout-at", -1),
            timeout_default=data.get("timeout-default", False),
            no_pool=(no_pool["argument"], tuple(no_pool["values"])) if no_pool else ("", ()),
            unless=_guards(data.get("unless", {})),
            only_if=_guards(data.get("only-if", {})),
            weight=data.get("weight", "moderate"),
            offloads=(_places(offloads["callable"]), offloads.get("to", "thread")) if offloads else None,
            invokes=(_places(invokes["callable"]), invokes.get("with", "")) if invokes else None,
            twin=data.get("async", ""),
            sql=data.get("sql", -1),
            fetches_all=data.get("fetches") == "all",
            batch=data.get("batch", False),
            query=data.get("query", ""),
            loads=data.get("loads", ""),
            loader=data.get("loader", ""),
            loaded_by=data.get("loaded-by", ""),
            loaded_as=data.get("loaded-as", ""),
            runs=data.get("runs", False),
            prefetched=data.get("prefetched", False),
            renders=data.get("renders", False),
            endless=data.get("endless", False),
            whole_unless=_guards(data["whole-unless"]) if "whole-unless" in data else None,
            bounds=data.get("bounds", False),
            inert_if=_guards(data.get("inert-if", {})),
            needs_loop=data.get("needs-loop", False),
            timeout_also=tuple(data.get("timeout-also", ())),
            template=_template(data["template"], where) if "template" in data else None,
        )
    except (CatalogError, KeyError, TypeError) as error:
        raise CatalogError(f"{where}: {error}") from error


def expand(key: str) -> Iterator[str]:
    """Expand braces: "a.{b,c}" gives "a.b" and "a.c"."""
    start = key.find("{")
    if start < 0:
        yield key
        return
    end = key.index("}", start)
    for choice in key[start + 1 : end].split(","):
        for rest in expand(key[end + 1 :]):
            yield key[:start] + choice.strip() + rest


@dataclass(slots=True)
class TypeInfo:
    """One library class: its bases among known types and what its construction, use and members cost."""

    name: str
    bases: tuple[str, ...] = ()
    construct: Entry = NO_ENTRY
    enter: Entry | None = None
    exit: Entry | None = None
    iterate: Entry | None = None
    awaited: Entry | None = None
    call: Entry | None = None
    methods: dict[str, Entry] = field(default_factory=dict)
    attributes: dict[str, Entry] = field(default_factory=dict)
    per_request: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """What a decorator, base class or registration makes of a function.

    `role` is handler, middleware, dependency, startup, task or websocket; `runs` is "thread" or "loop"
    for a plain `def`.
    """

    role: str
    runs: str
    route: int = -1
    methods: tuple[str, ...] = ()
    callables: tuple[int | str, ...] = ()
    thread_if: tuple[tuple[str, Any], ...] = ()
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A call in a model's body that makes a relation. Keys as in rules/README.md."""

    to: str
    target: str
    target_at: int
    target_self: str
    reverse: str
    reverse_to: str
    reverse_default: str
    reverse_model: str
    column: str
    lazy: str
    eager_values: tuple[str | bool, ...]
    free_values: tuple[str | bool, ...]
    query_values: tuple[str | bool, ...]
    generic: bool
    back: str
    through: str
    several: str
    gives: str
    awaited: bool
    reverse_at: int


@dataclass(frozen=True, slots=True)
class Orm:
    """One object-relational mapper: how models are told, and the type of a query over one."""

    name: str
    models: tuple[str, ...]
    query: str
    managers: Mapping[str, str]
    relations: Mapping[str, Relation]
    keyword: str = ""
    user_model: tuple[str, ...] = ()
    user_bases: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()
    sessions: tuple[str, ...] = ()
    batch_operators: tuple[str, ...] = ()
    batch_lookups: tuple[str, ...] = ()
    separator: str = ""
    start: str = ""
    table: str = ""
    class_methods: bool = False
    nests: bool = False
    parents: str = "known"


@dataclass(frozen=True, slots=True)
class SettingRule:
    """A dict in a settings module that must name one of `needs`."""

    name: str
    each: bool
    when: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    effect: str


@dataclass(slots=True)
class Packs:
    """The packs that a set of files needs, merged: dotted name to what it costs."""

    calls: dict[str, Entry] = field(default_factory=dict)
    types: dict[str, TypeInfo] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    decorators: dict[str, Role] = field(default_factory=dict)
    classes: dict[str, Role] = field(default_factory=dict)
    registers: dict[str, Role] = field(default_factory=dict)
    listed: dict[str, Role] = field(default_factory=dict)
    parameters: dict[str, Spec] = field(default_factory=dict)
    markers: set[str] = field(default_factory=set)
    by_name: set[str] = field(default_factory=set)
    first_parameters: dict[str, frozenset[str]] = field(default_factory=dict)
    orms: list[Orm] = field(default_factory=list)
    batch_operators: set[str] = field(default_factory=set)
    batch_lookups: tuple[str, ...] = ()
    separators: tuple[str, ...] = ()
    settings: list[SettingRule] = field(default_factory=list)
    objects: dict[str, str] = field(default_factory=dict)
    semantics: dict[str, str] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    views: dict[str, ViewRule] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    document_names: dict[str, str] = field(default_factory=dict)
    document_attributes: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    attribute_names: dict[str, frozenset[str]] = field(default_factory=dict)
    _members: dict[tuple[str, str, str], Entry | None] = field(default_factory=dict)
    _ancestors: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def ancestors(self, name: str) -> tuple[str, ...]:
        """`name` and the known types that it inherits from, nearest first."""
        found = self._ancestors.get(name)
        if found is None:
            self._ancestors[name] = (name,)  # ends cycles in the data
            order = [name]
            info = self.types.get(name)
            for base in info.bases if info else ():
                order += [one for one in self.ancestors(base) if one not in order]
            found = self._ancestors[name] = tuple(order)
        return found

    def is_per_request(self, type_name: str) -> bool:
        """Whether an instance lives as long as one request."""
        return any(self.types[one].per_request for one in self.ancestors(type_name) if one in self.types)

    def method(self, type_name: str, name: str) -> Entry | None:
        """The entry of a method, its own or inherited; the nearest `*` where nobody names it."""
        return self._member(type_name, name, "methods")

    def attribute(self, type_name: str, name: str) -> Entry | None:
        """The entry of an attribute, its own or inherited."""
        return self._member(type_name, name, "attributes")

    def _member(self, type_name: str, name: str, table: str) -> Entry | None:
        key = (type_name, name, table)
        if key in self._members:
            return self._members[key]
        entry: Entry | None = None
        for wanted in (name, "*"):
            for ancestor in self.ancestors(type_name):
                info = self.types.get(ancestor)
                if info and wanted in getattr(info, table):
                    entry = getattr(info, table)[wanted]
                    break
            if entry or (name.startswith("__") and name.endswith("__")):
                break
        self._members[key] = entry
        return entry

    def special(self, type_name: str, which: str) -> Entry | None:
        """The `enter`, `exit`, `iterate`, `awaited` or `call` entry of a type, its own or inherited."""
        for ancestor in self.ancestors(type_name):
            info = self.types.get(ancestor)
            entry: Entry | None = getattr(info, which) if info else None
            if entry is not None:
                return entry
        return None

    def construct(self, type_name: str) -> Entry:
        """The entry of a type's constructor, its own or inherited."""
        for ancestor in self.ancestors(type_name):
            info = self.types.get(ancestor)
            if info and info.construct is not NO_ENTRY:
                return info.construct
        return NO_ENTRY


ANNOTATIONS = frozenset("transparent unions sequences mappings awaitables classes".split())
"""What `[semantics]` says of names in annotations; the rest is about calls and decorators."""

_PACK_KEYS = {
    "library",
    "aliases",
    "objects",
    "semantics",
    "filters",
    "views",
    "calls",
    "types",
    "framework",
    "orm",
    "settings",
    "documents",
}
_TYPE_KEYS = {"is", "per-request", "construct", "enter", "exit", "iterate", "awaited", "call", "methods", "attributes"}
ORM_KEYS = frozenset(
    "models query managers keyword columns batch-operators batch-lookups separator start table sessions user-model "
    "user-bases relations class-methods nests parents".split()
)
RELATION_KEYS = frozenset(
    "to target target-at target-self reverse reverse-to reverse-default reverse-model column lazy eager-values "
    "free-values query-values generic back through several gives awaited reverse-at".split()
)


@dataclass(frozen=True, slots=True)
class RawPack:
    """One pack file as TOML, not yet compiled: most runs need few of them."""

    name: str
    path: Path
    imports: tuple[str, ...]
    needs: tuple[str, ...]
    data: Mapping[str, Any]


def read_pack(path: Path) -> RawPack:
    """Read one pack. Raises CatalogError naming the file."""
    import tomli

    try:
        data = tomli.loads(path.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CatalogError(f"{path}: {error}") from error
    _check(data, _PACK_KEYS, str(path), "table")
    library = data.get("library", {})
    if "name" not in library or "imports" not in library:
        raise CatalogError(f"{path}: [library] needs name and imports")
    return RawPack(library["name"], path, tuple(library["imports"]), tuple(library.get("needs", ())), data)


def compile_pack(raw: RawPack, into: Packs) -> None:
    """Merge one pack into `into`. Raises CatalogError naming the file and the key."""
    data, where = raw.data, str(raw.path.name)
    into.modules.update(raw.imports)
    for key, target in data.get("aliases", {}).items():
        for name in expand(key):
            into.aliases[name] = target
    for key, type_name in data.get("objects", {}).items():
        into.objects.update(dict.fromkeys(expand(key), type_name))
    for meaning, names in data.get("semantics", {}).items():
        table = into.annotations if meaning in ANNOTATIONS else into.semantics
        table.update((name, meaning) for key in names for name in expand(key))
    for meaning, names in data.get("filters", {}).items():
        into.filters.update(dict.fromkeys(names, meaning))
    for key, table in data.get("views", {}).items():
        _check(table, _VIEW_KEYS, f"{where} [views.{key}]")
        rule = ViewRule(
            template=table["template"],
            context=table["context"],
            rows=table.get("rows", ""),
            names=tuple(table.get("names", ())),
            named_by=table.get("named-by", ""),
            single=table.get("single", False),
            suffix=table.get("suffix", ""),
        )
        into.views.update(dict.fromkeys(expand(key), rule))
    for key, table in data.get("calls", {}).items():
        entry = read_entry(table, f"{where} [calls] {key}")
        for name in expand(key):
            into.calls[name] = entry
    for key, table in data.get("types", {}).items():
        for name in expand(key):
            _compile_type(name, table, f"{where} [types.{key}]", into)
    framework = data.get("framework", {})
    if framework:
        _compile_framework(framework, where, raw, into)
    if "orm" in data:
        orm = _compile_orm(raw.name, data["orm"], f"{where} [orm]")
        into.orms.append(orm)
        into.batch_operators.update(orm.batch_operators)
        into.batch_lookups += tuple(one for one in orm.batch_lookups if one not in into.batch_lookups)
        if orm.separator and orm.separator not in into.separators:
            into.separators += (orm.separator,)
    for name, table in data.get("settings", {}).items():
        into.settings.append(
            SettingRule(
                name,
                bool(table.get("each", False)),
                {key: tuple(values) for key, values in table.get("when", {}).items()},
                tuple(table["needs"]),
                table["effect"],
            )
        )
    documents = data.get("documents", {})
    into.document_names.update(documents.get("names", {}))
    into.document_attributes.update(documents.get("attributes", {}))


def _compile_type(name: str, table: Mapping[str, Any], where: str, into: Packs) -> None:
    _check(table, _TYPE_KEYS, where)
    info = into.types.setdefault(name, TypeInfo(name))
    info.per_request = info.per_request or bool(table.get("per-request", False))
    info.bases += tuple(base for base in table.get("is", ()) if base not in info.bases)
    if "construct" in table:
        info.construct = read_entry(table["construct"], where)
    for special in ("enter", "exit", "iterate", "awaited", "call"):
        if special in table:
            setattr(info, special, read_entry(table[special], f"{where} {special}"))
    for key, member in table.get("methods", {}).items():
        entry = read_entry(member, f"{where} {key}")
        info.methods.update(dict.fromkeys(expand(key), entry))
    for key, member in table.get("attributes", {}).items():
        entry = Entry(returns=parse_spec(member)) if isinstance(member, str) else read_entry(member, f"{where} {key}")
        info.attributes.update(dict.fromkeys(expand(key), entry))


def _compile_framework(table: Mapping[str, Any], where: str, raw: RawPack, into: Packs) -> None:
    runs = table.get("runs", "thread")

    def roles(section: str) -> Iterator[tuple[str, Role]]:
        for key, value in table.get(section, {}).items():
            role = Role(
                role=value["role"],
                runs=value.get("runs", runs),
                route=value.get("route", -1),
                methods=tuple(name for method in value.get("methods", ()) for name in expand(method)),
                callables=_places(value["callable"]) if "callable" in value else (),
                thread_if=_guards(value.get("thread-if", {})),
                by_name=bool(value.get("by-name", False)),
            )
            for name in expand(key):
                yield name, role

    into.decorators.update(roles("decorators"))
    into.classes.update(roles("classes"))
    into.registers.update(roles("registers"))
    into.listed.update(roles("listed"))
    for name, spec in table.get("parameters", {}).items():
        into.parameters[name] = parse_spec(spec)
    dependencies = table.get("dependencies", {})
    into.markers.update(name for key in dependencies.get("markers", ()) for name in expand(key))
    into.by_name.update(name for key in dependencies.get("by-name", ()) for name in expand(key))
    first = table.get("first-parameter")
    if first:
        into.first_parameters[first] = frozenset(raw.imports)


def _compile_orm(name: str, table: Mapping[str, Any], where: str) -> Orm:
    _check(table, ORM_KEYS, where)
    relations = {}
    for key, value in table.get("relations", {}).items():
        _check(value, RELATION_KEYS, f"{where} {key}")
        relation = Relation(
            to=value.get("to", "one"),
            target=value.get("target", ""),
            target_at=value.get("target-at", -1),
            target_self=value.get("target-self", ""),
            reverse=value.get("reverse", ""),
            reverse_to=value.get("reverse-to", ""),
            reverse_default=value.get("reverse-default", ""),
            reverse_model=value.get("reverse-model", ""),
            column=value.get("column", ""),
            lazy=value.get("lazy", ""),
            eager_values=tuple(value.get("eager-values", ())),
            free_values=tuple(value.get("free-values", ())),
            query_values=tuple(value.get("query-values", ())),
            generic=bool(value.get("generic", False)),
            back=value.get("back", ""),
            through=value.get("through", ""),
            several=value.get("several", ""),
            gives=value.get("gives", ""),
            awaited=bool(value.get("awaited", False)),
            reverse_at=value.get("reverse-at", -1),
        )
        relations.update(dict.fromkeys(expand(key), relation))
    models = tuple(name for key in table.get("models", ()) for name in expand(key))
    return Orm(
        name, models, table.get("query", ""), dict(table.get("managers", {})), relations, table.get("keyword", ""),
        tuple(table.get("user-model", ())), tuple(table.get("user-bases", ())),
        frozenset(name for key in table.get("columns", ()) for name in expand(key)),
        tuple(table.get("sessions", ())),
        tuple(table.get("batch-operators", ())),
        tuple(table.get("batch-lookups", ())),
        table.get("separator", ""),
        table.get("start", ""),
        table.get("table", ""),
        bool(table.get("class-methods", False)),
        bool(table.get("nests", False)),
        table.get("parents", "known"),
    )  # fmt: skip


# --- the whole --------------------------------------------------------------------------------------------------


@dataclass
class Catalog:
    """All cards, and packs on demand."""

    root: Path
    extra_packs: tuple[Path, ...] = ()

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Every card by code."""
        found = [read_card(path) for path in sorted((self.root / "cards").rglob("*.md"))]
        by_code = {card.code: card for card in sorted(found, key=lambda card: card.code)}
        if len(by_code) != len(found):
            raise CatalogError("two cards share a code")
        return by_code

    @cached_property
    def raw_packs(self) -> dict[str, RawPack]:
        """Every pack file by library name, not compiled."""
        paths = [*sorted((self.root / "packs").glob("*.toml")), *self.extra_packs]
        return {raw.name: raw for raw in map(read_pack, paths)}

    def packs(self, imported: Iterable[str] | None = None) -> Packs:
        """The packs for files that import these top-level modules; all of them for None.

        The standard library's pack always loads: its builtins need no import.
        """
        wanted = None if imported is None else {*imported, "builtins"}
        chosen: dict[str, RawPack] = {}

        def choose(raw: RawPack) -> None:
            if raw.name in chosen:
                return
            chosen[raw.name] = raw
            for need in raw.needs:
                if need not in self.raw_packs:
                    raise CatalogError(f"{raw.path}: needs {need!r}, and there is no such pack")
                choose(self.raw_packs[need])

        for raw in self.raw_packs.values():
            if wanted is None or not wanted.isdisjoint(raw.imports):
                choose(raw)
        packs = Packs()
        for name in sorted(chosen):
            compile_pack(chosen[name], packs)
        return packs


def load(extra_packs: Iterable[Path] = ()) -> Catalog:
    """The catalog of this installation, with the user's own packs added."""
    return Catalog(rules_dir(), tuple(extra_packs))
