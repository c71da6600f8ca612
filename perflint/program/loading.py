"""What a query loads with its rows: eager loads, prefetches, loader options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry
from perflint.facts.ir import ATTR
from perflint.program import columns
from perflint.program.arguments import Arguments
from perflint.program.values import (
    UNKNOWN,
    WHOLE,
    ClassKey,
    ClassValue,
    Columns,
    Either,
    Loader,
    Many,
    Method,
    Path,
    Plain,
    Query,
    RelationAttribute,
    Row,
    Value,
    choices,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame


def loaded_with(frame: Frame, query: Query, how: str, arguments: Arguments, loaded_as: str = "") -> Query:
    if how == "selected":
        return _joining(frame, query, arguments, loaded_as)
    if how == "models":
        return relating(frame, query, arguments)
    paths: set[Path] = set()
    apart: set[Path] = set()
    read = query.columns
    unknown = arguments.star or arguments.double
    values = [*arguments.positional, *arguments.keywords.values()]
    if how == "joins" and not arguments.any:
        if query.model is None:
            return replace(query, open_loads=True)
        return replace(query, loads=query.loads | frame.program.models.required(query.model))
    for value in values:
        for one in choices(value):
            if isinstance(one, Plain) and isinstance(one.text, str) and how != "options":
                path = path_of(frame, one.text)
                paths.add(path)
                apart |= {path[:end] for end in range(1, len(path) + 1)} if how == "prefetch" else set()
            elif one == Plain(None):
                return replace(query, loads=frozenset(), open_loads=False)
            elif isinstance(one, Loader):
                paths |= {(*path[:-1], one.to) for path in one.paths} if one.to else set(one.paths)
                if one.model in (None, query.model) or one.at:
                    read = columns.both(read, one.columns)
            elif isinstance(one, RelationAttribute):
                paths.add((one.name,))
            elif isinstance(one, Method) and isinstance(one.receiver, Loader):
                paths |= set(one.receiver.paths)
            else:
                unknown = True
    return replace(
        query,
        loads=query.loads | paths,
        open_loads=query.open_loads or unknown,
        columns=columns.both(read, Columns(apart=frozenset(apart))),
    )


def _model_of(value: Value | None) -> ClassKey | None:
    """The model that an argument stands for: the class itself, an alias of it, or a query over it."""
    if isinstance(value, ClassValue):
        return value.key
    return value.model if isinstance(value, Query) else None


def selecting(frame: Frame, query: Query, arguments: Arguments) -> Query:
    """The models that a query reads, whole (`Book`) or by a column (`Book.title`)."""
    found: list[ClassKey | None] = [query.model, *query.entities]
    for value, node in zip(arguments.positional, arguments.nodes, strict=False):
        key = _model_of(value)
        if key is None and node[0] == ATTR:
            key = _model_of(frame.expr(node[2]))
        if key is not None:
            found.append(key)
    unknown = arguments.star or len(arguments.positional) != len(arguments.nodes)
    return replace(query, entities=tuple(dict.fromkeys(found)), open_loads=query.open_loads or unknown)


def _joining(frame: Frame, query: Query, arguments: Arguments, loaded_as: str) -> Query:
    """A join fills the relations that lead to the joined model, if the query reads that model too."""
    models = frame.program.models
    if query.model is None or arguments.star:
        return replace(query, open_loads=True)
    values = [*arguments.positional, *arguments.keywords.values()]
    named = {one.name for value in values for one in choices(value) if isinstance(one, RelationAttribute)}
    to = arguments.keywords.get(loaded_as)
    paths: set[Path] = set()
    known = False
    for value in arguments.positional:
        key = _model_of(value)
        known = known or key is not None
        if key is None or key == query.model or key not in query.entities:
            continue
        ways = models.ways(query.model, key)
        ways = [way for way in ways if way[-1] in named] or ways
        if isinstance(to, Plain) and isinstance(to.text, str):
            ways = [(*way[:-1], to.text) for way in ways]
        paths.update(ways)
        known = known and bool(ways)
    if any(_model_of(value) == query.model for value in arguments.positional):  # to itself: from where is not told
        paths |= {(name,) for name in models.between(query.model, query.model)}
    return replace(query, loads=query.loads | paths, open_loads=query.open_loads or not known)


def relating(frame: Frame, query: Query, arguments: Arguments) -> Query:
    """Each query among the arguments loads the relations between its model and those before it."""
    models = frame.program.models
    if query.model is None:
        return replace(query, open_loads=True)
    before: list[tuple[ClassKey, Path]] = [(query.model, ())]
    paths: set[Path] = set()
    unknown = arguments.star
    for value in arguments.positional:
        key = _model_of(value)
        found = [(key, (*path, name)) for at, path in before for name in models.between(at, key)] if key else []
        paths |= {path for _, path in found}
        if isinstance(value, Query):
            paths |= {(*path, *one) for _, path in found for one in value.loads}
        before += [(at, path) for at, path in found if at is not None]
        unknown = unknown or not found
    return replace(query, loads=query.loads | paths, open_loads=query.open_loads or unknown)


def path_of(frame: Frame, text: str) -> Path:
    """The names of the relations that a text leads through, one after the other."""
    for separator in frame.program.packs.separators:
        text = text.replace(separator, "\0")
    return tuple(text.split("\0"))


def load_into(frame: Frame, arguments: Arguments, how: str) -> None:
    """Relations loaded for rows that are there already."""
    name = arguments.nodes[0][1]
    rows = frame.env.get(name)
    rest = Arguments(arguments.positional[1:], {}, arguments.star, arguments.double)
    if rows is not None:
        frame.env[name] = _loaded(frame, rows, how, rest)


def _loaded(frame: Frame, rows: Value, how: str, paths: Arguments) -> Value:
    """Rows, or one of several that they may be, with what is loaded for them."""
    if isinstance(rows, Either):
        return Either(tuple([_loaded(frame, one, how, paths) for one in rows.choices]))
    if isinstance(rows, Query):
        return loaded_with(frame, rows, how, paths)
    if isinstance(rows, Many):
        return replace(rows, element=_loaded(frame, rows.element, how, paths))
    if isinstance(rows, Row):
        loaded = loaded_with(frame, Query("", None, (frame.file, 0), loads=rows.loads), how, paths)
        return replace(rows, loads=loaded.loads, open_loads=rows.open_loads or loaded.open_loads)
    return rows


def loader(frame: Frame, entry: Entry, arguments: Arguments) -> Value:
    """An eager-load option: `joinedload(Book.author)`, `Prefetch("author")`."""
    type_name = entry.returns[1] if entry.returns[0] == "instance" else ""
    path: list[str] = []
    for value in arguments.positional:
        if isinstance(value, RelationAttribute):
            path.append(value.name)
        elif isinstance(value, Plain) and isinstance(value.text, str):
            path += path_of(frame, value.text)
    if entry.loader in ("columns", "without"):
        named, model = columns.named_by_options(frame, arguments)
        return Loader(
            frozenset(), "lazy", type=type_name, columns=columns.narrowed(WHOLE, entry.loader, named), model=model
        )
    to = arguments.keywords.get(entry.loaded_as)
    name = to.text if isinstance(to, Plain) and isinstance(to.text, str) else ""
    if not path:
        return UNKNOWN
    paths = frozenset([tuple(path)]) if entry.loader == "eager" else frozenset()
    given = [one for one in arguments.positional if isinstance(one, Query)] if entry.loaded_by else []
    inner = arguments.keywords.get(entry.loaded_by, given[0] if given else None)
    read = WHOLE
    if isinstance(inner, Query) and entry.loader == "eager":
        paths |= {(*path, *one) for one in inner.loads}
        read = columns.under((*path[:-1], name) if name else tuple(path), inner.columns)
    return Loader(paths, entry.loader, name, type_name, tuple(path), read)


def chain_loader(frame: Frame, receiver: Loader, name: str, arguments: Arguments) -> Value:
    """`joinedload(A.b).joinedload(B.c)`, `.options(…)`."""
    entry = frame.program.packs.method(receiver.type, name) if receiver.type else None
    base = receiver.at or max(receiver.paths, key=len, default=())
    at = base
    more: set[Path] = set()
    read = receiver.columns
    if entry is not None and entry.loader:
        added = loader(frame, entry, arguments)
        if isinstance(added, Loader):
            more = {(*base, *path) for path in added.paths}
            at = (*base, *added.at)
            read = columns.both(read, columns.under(base, added.columns))
    else:
        for value in arguments.positional:
            if isinstance(value, Loader):
                more |= {(*base, *path) for path in value.paths}
                read = columns.both(read, columns.under(base, value.columns))
            elif isinstance(value, RelationAttribute):
                more.add((*base, value.name))
    result = replace(receiver, paths=receiver.paths | more, at=at, columns=read)
    for local, value in list(frame.env.items()) if more else ():  # `books = …; books.joinedload(…)`: kept in the first
        if isinstance(value, Loader) and value.type == receiver.type and not value.paths.isdisjoint(receiver.paths):
            frame.env[local] = replace(value, paths=value.paths | more)
    return result
