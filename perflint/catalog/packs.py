"""Packs, compiled: what a library's names mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from perflint.catalog.format import CatalogError
from perflint.catalog.showing import (
    ChoiceRule,
    DisplayRule,
    FieldRule,
    ListingRule,
    SchemaField,
    SchemaRule,
    SerializerRule,
    TagRule,
    TemplatePlaces,
    ViewRule,
)

Spec = tuple[Any, ...]
"""What a call returns, parsed: ("instance", "pkg.T"), ("list", Spec), ("arg", 0), ("self",), …"""


UNKNOWN_SPEC: Spec = ("unknown",)


_NAMING = {"attribute", "made"}
_LEADS = {"list", "iter", "map", "context", "awaitable", "entered"}


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
    if len(words) == 3 and words[:2] == ["executed", "as"]:
        return ("executed", -1, words[2])
    if len(words) == 4 and words[0] == "executed" and words[2] == "as":
        return ("executed", _position(words[1], text), words[3])
    if len(words) == 5 and words[:2] == ["map", "with"] and words[3] == "of":
        return ("keyed", words[2], parse_spec(words[4]))
    if len(words) == 3 and words[0] in _NAMING and words[1] == "by":
        return (words[0], words[2])
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
    if_ordered: bool = False
    counts: bool = False
    renders: bool = False
    endless: bool = False
    few: bool = False
    whole_unless: tuple[tuple[str, Any], ...] | None = None
    bounds: bool = False
    inert_if: tuple[tuple[str, Any], ...] = ()
    needs_loop: bool = False
    queues: bool = False
    bulk: str = ""
    timeout_also: tuple[str, ...] = ()
    template: TemplatePlaces | None = None
    reads: int = -1
    pending: bool = False
    parent: int = -1
    equal: bool = False
    within: tuple[str, ...] | None = None
    represents: str = ""
    displays: tuple[str, tuple[int | str, ...]] | None = None
    per_request: bool = False
    ready_if: tuple[tuple[str, bool], ...] = ()
    keeps: bool = False


NO_ENTRY = Entry()


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
    writes: bool = False
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """What a decorator, base class or registration makes of a function.

    `role` is handler, middleware, dependency, startup, set-up, command-line, task or websocket; `runs` is "thread" or
    "loop" for a plain `def`.
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
    together_with: str
    optional: str
    key_columns: str
    remote_columns: str
    unkeyed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A call that says of columns that no two rows have the same: where they stand, and what makes it no such thing."""

    columns: str | int
    only_if: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unique:
    """How a model says which columns tell a row from all others. Keys as in rules/README.md."""

    argument: str = ""
    primary: str = ""
    keys: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    constraints: Mapping[str, Constraint] = field(default_factory=dict)


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
    order: str = ""
    abstract: str = ""
    identity_map: bool = False
    unique: Unique = Unique()


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
    hooks: dict[str, tuple[Role, frozenset[str]]] = field(default_factory=dict)
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
    models: dict[str, dict[str, str]] = field(default_factory=dict)
    views: dict[str, ViewRule] = field(default_factory=dict)
    renderers: set[str] = field(default_factory=set)
    tags: dict[str, TagRule] = field(default_factory=dict)
    schema_fields: dict[str, SchemaField] = field(default_factory=dict)
    schemas: dict[str, SchemaRule] = field(default_factory=dict)
    responses: dict[str, str] = field(default_factory=dict)
    serializers: dict[str, SerializerRule] = field(default_factory=dict)
    fields: dict[str, FieldRule] = field(default_factory=dict)
    listings: dict[str, ListingRule] = field(default_factory=dict)
    displays: dict[str, DisplayRule] = field(default_factory=dict)
    choices: dict[str, ChoiceRule] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    document_names: dict[str, str] = field(default_factory=dict)
    document_attributes: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    effects: set[str] = field(default_factory=set)
    small_tables: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    """Names that users' packs say something of: a project's own among them are taken at their word."""
    attribute_names: dict[str, frozenset[str]] = field(default_factory=dict)
    _members: dict[tuple[str, str, str], Entry | None] = field(default_factory=dict)
    _ancestors: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def command_lines(self) -> set[str]:
        """Last names of the types that run what a command line asks for."""
        return {
            name.split(".")[-2] for name, role in self.registers.items() if role.role == "command-line" and "." in name
        }

    def builders(self) -> frozenset[str]:
        """The names of methods that make or refine a query over a model, or give its rows."""
        return self._methods_that(lambda entry: bool(entry.query) or entry.returns[0] == "rows")

    def counters(self) -> frozenset[str]:
        """The names of methods that give how many rows a query over a model has."""
        return self._methods_that(lambda entry: entry.counts)

    def _methods_that(self, holds: Callable[[Entry], bool]) -> frozenset[str]:
        types = self.types.values() if self.orms else ()
        return frozenset(name for one in types for name, entry in one.methods.items() if holds(entry))

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

    def holder(self, type_name: str) -> str | None:
        """The type, itself or inherited, under which the project keeps what it assigns to an instance's attributes."""
        return next((one for one in self.ancestors(type_name) if one in self.types and self.types[one].holds), None)

    def is_per_request(self, type_name: str) -> bool:
        """Whether an instance lives as long as one request."""
        return any(self.types[one].per_request for one in self.ancestors(type_name) if one in self.types)

    def is_writing(self, type_name: str) -> bool:
        """Whether an instance is a statement that changes rows."""
        return any(self.types[one].writes for one in self.ancestors(type_name) if one in self.types)

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
        beginnings = tuple(f"{name[:at]}*" for at in range(len(name), 0, -1) if name[at - 1] == "_")
        for wanted in (name, *beginnings, "*"):
            for ancestor in self.ancestors(type_name):
                info = self.types.get(ancestor)
                if info and wanted in getattr(info, table):
                    entry = getattr(info, table)[wanted]
                    break
            if entry or (wanted == name and name.startswith("__") and name.endswith("__")):
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
