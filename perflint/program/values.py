"""Light types: what the evaluation knows of a value. All are immutable by convention and hashable.

They are built by the hundred thousand, so they are plain slotted dataclasses: `frozen=True` would make
construction three times slower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from perflint.core.copying import replace as replace

ClassKey = tuple[int, int]
"""A class of the linted project: index of its file, index in the file's classes."""
FunctionKey = tuple[int, int]
"""A function of the linted project: index of its file, index in the file's functions."""
Caller = tuple[int, ...]
"""A function, and behind it, for a decorator's wrapper, a number for what it is put around."""
Site = tuple[int, int]
"""A place: index of the file, index of the position in the file's positions."""
Path = tuple[str, ...]
"""Names of relations from one row to another."""
Shared = tuple[str, Site | None]
"""A relation that leads many rows to one and the same row, and the loop whose row that is."""


@dataclass(slots=True, unsafe_hash=True)
class Unknown:
    """Nothing is known, but perhaps that it is there: `there` is NOT_NONE or TRUE where a test told so."""

    there: int = 0


@dataclass(slots=True, unsafe_hash=True)
class Plain:
    """A string, number, date … : something without effects. `text` is the constant, `...` when it is none.

    `there` as in `Unknown`.
    """

    text: Any = ...
    there: int = 0


@dataclass(slots=True, unsafe_hash=True)
class LoopVariable:
    """An element, of unknown type, of what the loop at `loop` runs over."""

    loop: Site


@dataclass(slots=True, unsafe_hash=True)
class External:
    """A module, class or function outside the project, by its dotted name."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class Module:
    """A module or package of the project, by its dotted name."""

    name: str


@dataclass(slots=True, unsafe_hash=True)
class FunctionValue:
    """A function of the project; `bound` is the receiver of a method, `env` what a nested function closes over.

    `kind` is "property", "cached-property" (a property that keeps its result), "static", "class", "context" or
    "declared" (it gives what a model's attribute is) where a decorator said so, `once` marks a memoised one, `kept` one
    whose results a cache keeps for a time.
    """

    key: FunctionKey
    bound: Value | None = None
    env: Any = None
    owner: ClassKey | None = None
    kind: str = ""
    once: bool = False
    kept: bool = False


@dataclass(slots=True, unsafe_hash=True)
class ClassValue:
    """A class of the project."""

    key: ClassKey


@dataclass(slots=True, unsafe_hash=True)
class Instance:
    """An instance of a library's type.

    `sql` is the statement it ran last, `timeout` whether it has a default, `once` that it is kept for good,
    `whole` that reading it reads everything there is, `inert` that its methods do not wait (a file in memory, a
    socket that does not block), `per_request` that it lives as long as one request though others of its type do not.
    """

    type: str
    sql: str = ""
    timeout: bool = False
    once: bool = False
    whole: bool = False
    inert: bool = False
    per_request: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Object:
    """An instance of a class of the project, with the arguments it was built from, if known."""

    cls: ClassKey
    arguments: tuple[tuple[str, Value], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Super:
    """`super()` in a method of `owner`, called on `receiver`."""

    owner: ClassKey
    receiver: Value


class Columns(NamedTuple):
    """The columns that are read with a row, and with the rows that its relations lead to, each by its path.

    Where paths to columns of the same row are among `kept`, they alone are read; those in `left` never are. `apart` are
    relations whose rows a query of its own reads: what this one reads does not limit it.
    """

    kept: frozenset[Path] = frozenset()
    left: frozenset[Path] = frozenset()
    apart: frozenset[Path] = frozenset()


WHOLE = Columns()
"""All columns, for all that is known."""


@dataclass(slots=True, unsafe_hash=True)
class Query:
    """A query over a model (or a manager, or the result of having run one).

    `type` names the pack type whose methods it has, `cls` a manager or queryset class of the project.
    `loads` are the relation paths loaded with the rows, `open_loads` whether there may be more.
    `narrowed` means filtered, `bounded` limited in number, `values` that rows are plain values, `ran` that it was
    sent, `empty` that it has no rows. `relation` is the path to it from a row (with the row's loop) for related
    managers. `shared` as in `Row`. `fixed` are the columns of which all its rows have the same value,
    `columns` those that are read. `defeated` is the relation whose prefetched rows it does not use, though it asks for
    no others.
    """

    type: str
    model: ClassKey | None
    source: Site
    cls: ClassKey | None = None
    manager: bool = False
    loads: frozenset[Path] = frozenset()
    open_loads: bool = False
    narrowed: bool = False
    bounded: bool = False
    values: bool = False
    ran: bool = False
    batch: bool = False
    entities: tuple[ClassKey | None, ...] = ()
    relation: str = ""
    loop: Site | None = None
    loaded: bool = False
    looks: bool = False
    cached: bool = False
    shared: tuple[Shared, ...] = ()
    empty: bool = False
    fixed: frozenset[str] = frozenset()
    columns: Columns = WHOLE
    defeated: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Row:
    """One row of a model. `loop` is the loop whose element it is (None for a single row), `source` its query.

    `shared` are the relations that lead it, and the rows beside it, to the same row.
    `via` is set in documents, where models are unknown: the attribute it was read through, a relation if it is
    read further. `there` tells that it is a row, and not what stands for none.
    """

    model: ClassKey | None
    source: Site | None = None
    loads: frozenset[Path] = frozenset()
    open_loads: bool = False
    loop: Site | None = None
    looks: bool = False
    via: str = ""
    shared: tuple[Shared, ...] = ()
    there: bool = False
    columns: Columns = WHOLE


@dataclass(slots=True, unsafe_hash=True)
class Many:
    """A list, iterator or set of elements alike. `size` is its length where it is a literal, -1 otherwise.

    `chunk` marks a slice of many, `chunks` an iterable of slices, `stream` one that ends only with its peer, `registry`
    what the code tells of itself: classes, functions, what a class collects for as long as the process runs.
    """

    element: Value
    size: int = -1
    chunk: bool = False
    chunks: bool = False
    stream: bool = False
    range: bool = False
    source: Site | None = None
    registry: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Tuple:
    """A fixed sequence of values."""

    elements: tuple[Value, ...]


@dataclass(slots=True, unsafe_hash=True)
class Mapping:
    """A dict: values by constant key, and what any other key holds. `registry` and `size` as in `Many`.

    `closed` tells that it has no other key.
    """

    items: tuple[tuple[Any, Value], ...]
    rest: Value
    registry: bool = False
    size: int = -1
    closed: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Awaitable:
    """What `await` turns into `result`."""

    result: Value


@dataclass(slots=True, unsafe_hash=True)
class Context:
    """What `with` turns into `result`."""

    result: Value


@dataclass(slots=True, unsafe_hash=True)
class Method:
    """A method of a library's type, bound to its receiver."""

    receiver: Value
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Partial:
    """A callable with some arguments already given."""

    target: Value
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


@dataclass(slots=True, unsafe_hash=True)
class Maker:
    """Something that can be called, of which only the result is known."""

    result: Value


@dataclass(slots=True, unsafe_hash=True)
class Getter:
    """A callable that reads attributes of what it is given, each by its path."""

    paths: tuple[Path, ...]


@dataclass(slots=True, unsafe_hash=True)
class Offloaded:
    """A callable whose body will run elsewhere ("thread", "process", "task")."""

    target: Value
    to: str


@dataclass(slots=True, unsafe_hash=True)
class Loader:
    """An eager-load option: the paths it loads, and what it does with them ("eager" or "lazy").

    `to` is the attribute that takes the rows instead (`Prefetch(to_attr=…)`), `at` the path that a chain goes on from.
    `columns` are those that it reads, of `model` where that is told.
    """

    paths: frozenset[Path]
    kind: str
    to: str = ""
    type: str = ""
    at: Path = ()
    columns: Columns = WHOLE
    model: ClassKey | None = None


@dataclass(slots=True, unsafe_hash=True)
class RelationAttribute:
    """`Model.relation`, as loader options name it."""

    model: ClassKey
    name: str
    target: ClassKey | None


@dataclass(slots=True, unsafe_hash=True)
class Either:
    """One of several: what branches or implementations may give."""

    choices: tuple[Value, ...]


Value = (
    Unknown
    | Plain
    | LoopVariable
    | External
    | Module
    | FunctionValue
    | Maker
    | ClassValue
    | Instance
    | Object
    | Super
    | Query
    | Row
    | Many
    | Tuple
    | Mapping
    | Awaitable
    | Context
    | Method
    | Partial
    | Getter
    | Offloaded
    | Loader
    | RelationAttribute
    | Either
)

NOT_NONE = 1
"""A value is there, but may be empty or zero."""
TRUE = 2
"""A value is there, and counts as true."""

UNKNOWN = Unknown()
PLAIN = Plain()
OTHER = Plain("\0")
"""A text that the project compares with nothing: whatever it is, every test for a text fails on it. The same text
with a file's number behind it is one that only this file compares with nothing."""
BATCH = Plain(("batch",))
"""A condition that takes many keys at once."""
NOTHING = Many(UNKNOWN)
"""A list as it begins, empty: beside what it is filled with later, it has no element of which anything is known."""
CHOICES = 4
FEW = 10
"""Elements of a literal up to which a loop over it does not count."""


def is_other(value: Value) -> bool:
    """Whether a value stands for a text of which is known only what it is not."""
    return isinstance(value, Plain) and isinstance(value.text, str) and value.text.startswith("\0")


def presence_of(value: Value) -> int:
    """How surely a value is there: NOT_NONE, TRUE, or 0 where nobody knows or it is None."""
    if isinstance(value, Unknown):
        return value.there
    if isinstance(value, Row):
        return TRUE if value.there else 0
    if not isinstance(value, Plain) or value.text is None:
        return 0
    if value.text is ...:
        return value.there
    text = value.text.replace("{}", "") if isinstance(value.text, str) else value.text
    return TRUE if text else NOT_NONE


def is_empty(value: Value) -> bool:
    """Whether a container is empty yet: what it will hold, only its annotation says."""
    return value == NOTHING or (isinstance(value, Mapping) and not value.items and isinstance(value.rest, Unknown))


def join(values: Sequence[Value]) -> Value:
    """What is known when any of `values` may be it. Plain values add nothing to a choice."""
    if len(values) == 1:
        return UNKNOWN if isinstance(values[0], Unknown) else values[0]
    distinct: list[Value] = []
    for value in values:
        for one in value.choices if isinstance(value, Either) else (value,):
            if not isinstance(one, Plain) and one not in distinct:
                if isinstance(one, Query) and distinct and _merged_into(distinct, one):
                    continue
                distinct.append(one)
    if not distinct:
        return values[0] if values and all(one == values[0] for one in values) else PLAIN
    known = [one for one in distinct if not isinstance(one, Unknown)]
    if len(known) == 1 and len(distinct) == 1:
        return perhaps_none(known[0]) if Plain(None) in values else known[0]
    if not known or len(known) > CHOICES:
        return UNKNOWN
    if len(known) < len(distinct):
        return Either(tuple([_perhaps(one, UNKNOWN) for one in known]))
    return Either(tuple(known)) if len(known) > 1 else known[0]


def perhaps_none(value: Value) -> Value:
    """An object, or `None`: a choice with one alternative, which no test for `None` decides."""
    return Either((value,)) if isinstance(value, (Object, Instance)) else value


def _merged_into(found: list[Value], query: Query) -> bool:
    for at, other in enumerate(found):
        if isinstance(other, Query) and are_alike(other, query):
            found[at] = weaker(other, query)
            return True
    return False


def are_alike(one: Query, other: Query) -> bool:
    """Whether two queries are one query that branches refined in different ways."""
    return (one.type, one.model, one.cls, one.manager) == (other.type, other.model, other.cls, other.manager)


def weaker(one: Query, other: Query) -> Query:
    """What is known of a query that may be either of two: what both load, and each limit that one of them has."""
    if one.empty != other.empty:  # what matters is the one that has rows
        return replace(other if one.empty else one, narrowed=True)
    return replace(
        other,
        loads=one.loads & other.loads,
        open_loads=one.open_loads or other.open_loads,
        narrowed=one.narrowed or other.narrowed,
        bounded=one.bounded or other.bounded,
        values=one.values or other.values,
        ran=one.ran and other.ran,
        loaded=one.loaded and other.loaded,
        shared=tuple([pair for pair in one.shared if pair in other.shared]),
        fixed=one.fixed & other.fixed,
        columns=one.columns if one.columns == other.columns else WHOLE,
        defeated=one.defeated if one.defeated == other.defeated else "",
    )


def choices(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value; itself when there is one."""
    return value.choices if isinstance(value, Either) else (value,)


def awaited(value: Value) -> Value:
    """What `await` makes of a value."""
    results = [one.result if isinstance(one, Awaitable) else UNKNOWN for one in choices(value)]
    return join(results)


def at_loop(value: Value, site: Site) -> Value:
    """An element as the loop at `site` sees it: rows become rows of that loop."""
    if isinstance(value, Row):
        return replace(value, loop=site)
    if isinstance(value, Tuple):
        return Tuple(tuple([at_loop(one, site) for one in value.elements]))
    if isinstance(value, Either):
        return Either(tuple([at_loop(one, site) for one in value.choices]))
    if isinstance(value, Mapping) and (value.items or isinstance(value.rest, Row)):
        return Mapping(tuple([(key, at_loop(one, site)) for key, one in value.items]), at_loop(value.rest, site))
    if isinstance(value, Many) and isinstance(value.element, Unknown):
        return replace(value, element=LoopVariable(site))
    if isinstance(value, Object) and value.arguments:
        # a row that came from a loop was another one for each object; any other row they may all share
        return Object(
            value.cls,
            tuple(
                [
                    (name, replace(one, loop=site) if isinstance(one, Row) and one.loop is not None else one)
                    for name, one in value.arguments
                ]
            ),
        )
    return LoopVariable(site) if isinstance(value, Unknown) else value


def without_loop(value: Value) -> Value:
    """An element that leaves its loop, into a list or dict."""
    if isinstance(value, Row):
        if value.loop is None and not value.shared:
            return value
        return replace(value, loop=None, shared=tuple([one for one in value.shared if one[1] is None]))
    if isinstance(value, Tuple):
        return Tuple(tuple([without_loop(one) for one in value.elements]))
    if isinstance(value, Mapping):
        return Mapping(tuple([(key, without_loop(one)) for key, one in value.items]), without_loop(value.rest))
    if isinstance(value, Either):
        return Either(tuple([without_loop(one) for one in value.choices]))
    return UNKNOWN if isinstance(value, LoopVariable) else value


def held(mapping: Mapping) -> Value:
    """What a dict holds of which no key is known. What the code itself has registered, it has a few of at each key."""
    return Many(UNKNOWN, registry=True) if mapping.registry and isinstance(mapping.rest, Unknown) else mapping.rest


def item_of(value: Value, at: int) -> Value:
    """The element that unpacking puts at a position."""
    if isinstance(value, Tuple):
        return value.elements[at] if at < len(value.elements) else UNKNOWN
    if isinstance(value, Many):
        return value.element
    if isinstance(value, Row):
        return value if at == 0 else UNKNOWN
    if isinstance(value, LoopVariable):
        return value
    if isinstance(value, Either):
        return join([item_of(one, at) for one in value.choices])
    return UNKNOWN


def merge(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    if first is second:
        return first
    merged = dict(second)
    for name, value in first.items():
        other = second.get(name)
        if other is None:
            merged[name] = value
        elif other is not value and other != value:
            merged[name] = merge_values(value, other)
    return merged


def merge_values(one: Value, other: Value) -> Value:
    """What a name holds after two branches. Queries over one model become the weaker of both."""
    if isinstance(one, Query) and isinstance(other, Query) and one.model == other.model:
        return weaker(one, other)
    if isinstance(one, Row) and isinstance(other, Row) and replace(one, loads=other.loads) == other:
        return replace(one, loads=one.loads | other.loads)  # set in one of them, mostly where there is something to set
    if isinstance(one, Many) and isinstance(other, Many) and isinstance(one.element, Row):
        element = merge_values(one.element, other.element)
        if isinstance(element, Row) and replace(one, element=other.element) == other:
            return replace(one, element=element)
    if isinstance(one, Loader) != isinstance(other, Loader):  # the other may be a plain path, which reads all columns
        one, other = _reading_all(one), _reading_all(other)
    return join([_perhaps(one, other), _perhaps(other, one)])


def _reading_all(value: Value) -> Value:
    return replace(value, columns=WHOLE) if isinstance(value, Loader) else value


def _perhaps(one: Value, other: Value) -> Value:
    """A query that the other branch may have made anything of: filtered and limited, for all that is known."""
    if isinstance(one, Query) and any(isinstance(choice, Unknown) for choice in choices(other)):
        return replace(one, narrowed=True, bounded=True)
    return one
