"""Queries, managers and rows: what refines, what runs, what is read lazily."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry, Spec
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, CLASS, DEF, NAME, SUB, Node
from perflint.program import attributes, calls, classes, entries, identity
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.values import (
    BATCH,
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassKey,
    ClassValue,
    FunctionValue,
    Instance,
    Loader,
    LoopVariable,
    Many,
    Mapping,
    Method,
    Object,
    Path,
    Plain,
    Query,
    RelationAttribute,
    Row,
    Shared,
    Site,
    Super,
    Tuple,
    Unknown,
    Value,
    choices,
    join,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame
    from perflint.program.models import Relation
    from perflint.program.program import Program


def confidence_of(value: Query | Row) -> Confidence:
    """How sure a claim about what was loaded is."""
    if value.open_loads:
        return Confidence.LOW
    return Confidence.MEDIUM if value.looks else Confidence.HIGH


PLAIN_MEMBERS = frozenset(dir(str)) | frozenset(dir(datetime)) | frozenset(dir(dict)) | frozenset(dir(list))
"""Names that a column's value has: reading them says nothing of a relation."""


LONG = 3
"""Relations up to which a path of what a parent has is kept for its children."""


# --- rows --------------------------------------------------------------------------------------------------------


def read(frame: Frame, row: Row, name: str, site: Site) -> Value:
    """`row.name`: a column, a relation, a method or property of the model."""
    program = frame.program
    if row.via and name in PLAIN_MEMBERS:
        return PLAIN
    if row.via:  # a document's row: something read further is a relation
        _read_relation(frame, row, row.via, site, "")
        row = replace(row, via="", loads=_below(row.loads, row.via))
    if row.model is None:
        if not row.looks:
            return UNKNOWN
        return (
            replace(row, via=name)
            if (name,) not in {one[:1] for one in row.loads}
            else replace(row, loads=_below(row.loads, name))
        )
    relation = program.models.relation(row.model, name)
    if relation is not None:
        return _relation_value(frame, row, relation, site)
    found = classes.find(program, row.model, name)
    if found is not None:
        if found[1][0] == DEF:
            value = program.function_value((found[0][0], found[1][1]))
            if isinstance(value, FunctionValue) and value.kind == "declared":
                return PLAIN  # a column
            return attributes.bind(frame, value, found[0], row, site)
        if found[1][0] == CLASS:
            return ClassValue((found[0][0], found[1][1]))
        value = attributes.class_variable(frame, found[0], name, found[1])
        return value if isinstance(value, (FunctionValue, Object)) else PLAIN
    if name in program.models.key_columns(row.model):
        return PLAIN
    for external in classes.externals(program, row.model):
        if program.packs.method(external, name) is not None:
            return Method(row, name)
        if program.packs.attribute(external, name) is not None:
            return PLAIN
    return UNKNOWN


def _below(loads: frozenset[Path], name: str) -> frozenset[Path]:
    return frozenset(path[1:] for path in loads if path[0] == name and len(path) > 1)


def _relation_value(frame: Frame, row: Row, relation: Relation, site: Site) -> Value:
    name = relation.name
    together = [loop for one, loop in row.shared if one == name]
    loaded = relation.eager or bool(together) or any(path[0] in (name, "*") for path in row.loads)
    loads = _below(row.loads, name)
    shared: tuple[Shared, ...] = ()
    inverse = frame.program.models.relation(relation.target, relation.inverse)
    returns_one = inverse is None or not inverse.many
    orm = frame.program.models.orm_of(row.model) if row.model is not None else None
    parents = orm.parents if orm is not None else ""
    known = parents == "known" or (parents == "loaded" and loaded)
    if known and relation.inverse and returns_one and (relation.many or inverse is not None):
        # each child knows the parent it was read from, and that what it has
        loads |= {(relation.inverse,), *[(relation.inverse, *path) for path in row.loads if len(path) < LONG]}
        shared = ((relation.inverse, row.loop),)
    waits = _is_awaited(frame, ATTR, site, name)
    if not relation.many:
        loop = together[0] if together else row.loop
        value = Row(relation.target, row.source, loads, row.open_loads, loop, row.looks)
        if relation.awaited and not waits:  # without `await` only what was loaded before can be meant
            return value if loaded else replace(value, open_loads=True)
        if not loaded and not relation.silent:
            # one side of a one-to-one is another row for each
            per_target = orm is not None and orm.identity_map and (inverse is None or inverse.many)
            _read_relation(frame, row, name, site, _model_name(frame, row.model), waits, per_target)
        return Awaitable(value) if relation.awaited else value
    if relation.collection and not relation.dynamic:
        if not loaded and not relation.silent:
            _read_relation(frame, row, name, site, _model_name(frame, row.model))
        return Many(Row(relation.target, row.source, loads, row.open_loads, shared=shared), source=row.source)
    type_name = relation.gives
    if not type_name and orm is not None:
        type_name = next(iter(orm.managers.values()), orm.query)
    query = Query(
        type_name, relation.target, row.source or site, _manager_class(frame, relation.target), True, loads,
        row.open_loads, narrowed=True, relation=name, loop=row.loop, loaded=loaded and not relation.dynamic,
        shared=shared,
    )  # fmt: skip
    return _wait_for(frame, query, site) if waits else query


def _manager_class(frame: Frame, model: ClassKey | None) -> ClassKey | None:
    """The project's own class of the model's default manager, if it has one."""
    if model is None:
        return None
    orm = frame.program.models.orm_of(model)
    for name in orm.managers if orm is not None else ():
        found = classes.find(frame.program, model, name)
        if found is not None and found[1][0] in (ASSIGN, ANN):
            value = attributes.class_variable(frame, found[0], name, found[1])
            if isinstance(value, Object):
                return value.cls
    return None


def _is_awaited(frame: Frame, code: int, site: Site, name: str = "") -> bool:
    """Whether the attribute, call or slice at `site` is itself what an `await` stands before."""
    node = frame.awaiting
    if node is None or node[0] != code or (frame.file, node[1]) != site:
        return False
    return node is frame.current if code == CALL else not name or node[3] == name


def _read_relation(
    frame: Frame, row: Row, name: str, site: Site, model: str, waits: bool = False, per_target: bool = False
) -> None:
    """Note a lazy read, once for each row of a loop: the row keeps what it read."""
    key = (row.loop, row.model, name, row.source, frame.loops[-1].site if frame.loops else None)
    if key in frame.read:
        return
    frame.read.add(key)
    confidence = confidence_of(row)
    if per_target and row.source is not None and row.loop is not None:
        first = frame.first_read.setdefault((row.source, row.model, name), row.loop)
        if first != row.loop and all(loop.site != first for loop in frame.loops):
            confidence = Confidence.LOW  # an earlier loop has read it for these rows
    frame.record(
        "relation", name, site, blocks=not waits, confidence=confidence, row=row.loop, source=row.source,
        detail=name, model=model, awaited=waits, per_target=per_target,
    )  # fmt: skip


def _model_name(frame: Frame, model: ClassKey | None) -> str:
    return frame.program.class_(model).name if model is not None else ""


def call_row(frame: Frame, row: Row, name: str, arguments: Arguments, site: Site) -> Value:
    """A method that the library's model base gives a row (`save`)."""
    if row.model is None:
        return UNKNOWN
    for external in classes.externals(frame.program, row.model):
        entry = frame.program.packs.method(external, name)
        if entry is not None:
            if entry.loads:
                _load_row(frame, row, entry.loads, arguments)
            return entries.apply(frame, entry, f"{_model_name(frame, row.model)}.{name}", row, arguments, site)
    return UNKNOWN


def _load_row(frame: Frame, row: Row, how: str, arguments: Arguments) -> None:
    """`row.load("relation")`: from here on, the row's name stands for a row that has it."""
    node = frame.current
    if node is None or node[0] != CALL or node[2][0] != ATTR or node[2][2][0] != NAME:
        return
    name = node[2][2][1]
    if frame.env.get(name) == row:
        loaded = _loading(frame, Query("", row.model, (frame.file, 0), loads=row.loads), how, arguments)
        frame.env[name] = replace(row, loads=loaded.loads, open_loads=row.open_loads or loaded.open_loads)


# --- classes -----------------------------------------------------------------------------------------------------


def class_attribute(
    frame: Frame, key: ClassKey, name: str, found: tuple[ClassKey, Node] | None, site: Site
) -> Value | None:
    """`Model.name` where it is a manager, a relation or a method that starts a query; None for anything else."""
    program = frame.program
    orm = program.models.orm_of(key)
    relation = program.models.relation(key, name)
    if relation is not None:
        return RelationAttribute(key, name, relation.target)
    if orm is None:
        return None
    if found is not None and name in orm.managers and classes.comes_first(program, key, orm.models, found[0]):
        found = None  # a mixin behind the library's own base does not get a word in
    if found is not None and found[1][0] in (ASSIGN, ANN):
        value = attributes.class_variable(frame, found[0], name, found[1])
        if isinstance(value, Object) and any(
            program.models.is_manager(one) for one in classes.externals(program, value.cls)
        ):
            base = next(one for one in classes.externals(program, value.cls) if program.models.is_manager(one))
            return Query(base, key, site, cls=value.cls, manager=True)
        if isinstance(value, Object) and orm.managers and _is_queryset(frame, value.cls, orm.query):
            return Query(next(iter(orm.managers.values())), key, site, cls=value.cls, manager=True)
        if isinstance(value, Instance) and program.models.is_manager(value.type):
            return Query(value.type, key, site, manager=True)
    library = program.library_names.get(key)
    if library is not None and program.models.is_manager(program.packs.objects.get(f"{library}.{name}", "")):
        return Query(program.packs.objects[f"{library}.{name}"], key, site, manager=True)
    if found is None and name in orm.managers:
        return Query(orm.managers[name], key, site, manager=True)
    if found is None:
        for external in classes.externals(program, key):
            manager = program.models.library_manager(external, name)
            if manager:
                return Query(manager, key, site, manager=True)
        if orm.class_methods:
            for one in (*classes.externals(program, key), *orm.models):
                if program.packs.method(one, name) is not None:
                    return Method(Query(one, key, site, manager=True), name)
    return None


def _is_queryset(frame: Frame, cls: ClassKey, query: str) -> bool:
    return classes.inherits(frame.program, cls, (query,))


# --- queries -----------------------------------------------------------------------------------------------------


def user_attribute(frame: Frame, query: Query, name: str, site: Site) -> Value | None:
    """A method or property of the project's own manager or queryset class."""
    if query.cls is None:
        return None
    found = classes.find(frame.program, query.cls, name)
    if found is None or found[1][0] != DEF:
        return None
    value = frame.program.function_value((found[0][0], found[1][1]))
    return attributes.bind(frame, value, found[0], query, site)


def attribute(frame: Frame, query: Query, name: str, site: Site) -> Value | None:
    """`query.name` where it is not a method of the library's type."""
    own = user_attribute(frame, query, name, site)
    if own is not None:
        return own
    entry = frame.program.packs.attribute(query.type, name)
    if entry is None or frame.program.packs.method(query.type, name) is not None:
        return None
    return entries.value_of(frame, entry.returns, query, NO_ARGUMENTS, site)


def super_attribute(frame: Frame, receiver: Super, name: str) -> Value:
    """`super().name` in a manager or queryset class."""
    query = receiver.receiver
    assert isinstance(query, Query)
    found = classes.find(frame.program, query.cls or receiver.owner, name, after=receiver.owner)
    if found is not None and found[1][0] == DEF:
        value = frame.program.function_value((found[0][0], found[1][1]))
        return attributes.bind(frame, value, found[0], query, (frame.file, 0))
    return Method(replace(query, cls=None), name)


def call(frame: Frame, query: Query, name: str, arguments: Arguments, site: Site) -> Value:
    """`query.name(...)`."""
    own = user_attribute(frame, query, name, site)
    if own is not None:
        return calls.call(frame, own, arguments, site)
    entry = frame.program.packs.method(query.type, name)
    if entry is None:
        return UNKNOWN
    base = _base_queryset(frame, query, site)
    result = run(frame, base, entry, name, arguments, site)
    if isinstance(result, Query) and _is_awaited(frame, CALL, site):
        return _wait_for(frame, result, site, name)
    return result


def _wait_for(frame: Frame, query: Query, site: Site, name: str = "") -> Value:
    """`await query`, behind its method `name`: what it gives, sent now."""
    entry = frame.program.packs.special(query.type, "awaited")
    if entry is None:
        return query
    type_name = query.type.rpartition(".")[2]
    _send(frame, query, f"{type_name}.{name}" if name else type_name, site, True, entry.prefetched)
    if entry.returns == ("rows",):
        note_unbounded(frame, query, site)
    return Awaitable(entries.value_of(frame, entry.returns, query, NO_ARGUMENTS, site))


def _base_queryset(frame: Frame, query: Query, site: Site) -> Query:
    """A manager's query, as the project's own class lets it start."""
    if not query.manager or query.cls is None:
        return query
    found = user_attribute(frame, query, frame.program.models.start_of(query.type), site)
    if not isinstance(found, FunctionValue):
        return query
    count = len(frame.effects)
    result = calls.call(frame, found, NO_ARGUMENTS, site)
    del frame.effects[count:]
    for one in choices(result):
        if isinstance(one, Query):
            return replace(
                query, loads=query.loads | one.loads, open_loads=query.open_loads or one.open_loads,
                narrowed=query.narrowed or one.narrowed, bounded=query.bounded or one.bounded, values=one.values,
            )  # fmt: skip
    whole = any(
        isinstance(one, Object) and any(_is_queryset(frame, one.cls, orm.query) for orm in frame.program.packs.orms)
        for one in choices(result)
    )
    return replace(query, open_loads=True, narrowed=query.narrowed or not whole)


def run(frame: Frame, query: Query, entry: Entry, name: str, arguments: Arguments, site: Site) -> Value:
    """Apply one method of a library's query type."""
    untouched = entry.prefetched and (not entry.if_ordered or frame.program.models.is_ordered(query.model))
    result = query
    if entry.loads and not entry.query and arguments.nodes and arguments.nodes[0][0] == NAME:
        load_into(frame, arguments, entry.loads)
    if entry.query:
        result = _changed(frame, query, entry, arguments, untouched)
    if entry.effect or entry.returns == ("rows",):
        frame.sent = site, query
    if entry.effect and not query.ran:
        confidence = Confidence.MEDIUM if query.looks or _asks_first(entry) else Confidence.HIGH
        record = partial(
            frame.record, blocks=not entry.awaits, twin=entry.twin, weight=entry.weight, awaited=entry.awaits
        )
        callee = f"{query.type.rpartition('.')[2]}.{name}"
        batch = (entry.batch and arguments.any) or query.batch or _takes_many(frame, arguments)
        if query.relation and untouched:
            if not query.loaded:
                record(
                    "relation", callee, site, confidence=confidence_of(query), row=query.loop, source=query.source,
                    detail=query.relation,
                )  # fmt: skip
        elif not batch:
            record(
                entry.effect, callee, site, confidence=confidence, source=query.source, detail=query.relation,
                model=_model_name(frame, query.model), written=_written(frame, entry),
            )  # fmt: skip
        else:
            record(f"batch-{entry.effect}", callee, site, confidence=confidence)
    if entry.returns[0] in ("rows",) or entry.returns == ("iter", ("row",)):
        note_unbounded(frame, result, site)
    return _yield(frame, entry, result, arguments, site)


def _asks_first(entry: Entry) -> bool:
    """Whether a write first asks for the row: a form for many rows is not at hand."""
    return entry.effect == "write" and entry.runs and entry.returns == ("row",)


def _written(frame: Frame, entry: Entry) -> Node | None:
    """The query whose rows a call changes, where it changes all of them: its arguments are what they become."""
    node = frame.current
    changes = entry.effect == "write" and entry.runs and entry.returns == ("value",)
    return node[2][2] if changes and node is not None and node[0] == CALL and node[2][0] == ATTR else None


def _yield(frame: Frame, entry: Entry, query: Query, arguments: Arguments, site: Site) -> Value:
    value = entries.value_of(frame, entry.returns, query, arguments, site)
    return Awaitable(value) if entry.awaits else value


def _takes_many(frame: Frame, arguments: Arguments) -> bool:
    """Whether a filter takes a whole batch: `pk__in=chunk`, `Book.id.in_(chunk)`."""
    return BATCH in arguments.positional or any(
        name.endswith(frame.program.packs.batch_lookups)
        for name, value in arguments.keywords.items()
        if isinstance(value, LoopVariable) or (isinstance(value, Many) and value.chunk)
    )


def _changed(frame: Frame, query: Query, entry: Entry, arguments: Arguments, untouched: bool) -> Query:
    result = replace(query, manager=False, cached=False)
    if query.empty and any(isinstance(one, Query) for one in arguments.positional):
        result = replace(result, empty=False, ran=False)
    if query.relation and not untouched:
        if query.cls is None:  # what was loaded with the row serves another query than this
            parents = frozenset([(name,) for name, _ in query.shared])
            result = replace(result, loads=result.loads & parents, open_loads=False)
        result = replace(result, relation="", loaded=False, loop=None)
    kind = entry.query
    if kind == "refine":
        batch = _takes_many(frame, arguments) or query.batch
        result = replace(result, narrowed=result.narrowed or arguments.any, batch=batch)
        result = identity.narrowed(frame, result, entry, arguments)
    elif kind == "bound":
        result = replace(result, bounded=True)
    elif kind == "values":
        result = replace(result, values=True)
    elif kind == "loads":
        result = _loading(frame, result, entry.loads, arguments, entry.loaded_as)
    elif kind == "selects":
        result = _selecting(frame, result, arguments)
    elif kind == "unload":
        result = replace(result, loads=frozenset())
    elif kind == "empty":
        result = replace(result, bounded=True, ran=True, empty=True)  # nothing is ever sent
    elif kind == "unknown":
        result = replace(result, open_loads=True, narrowed=True)
    return result


def combined(one: Query, other: Value) -> Query:
    """`one | other`: rows of both, and what was loaded with either only for its own."""
    ran = one.ran and isinstance(other, Query) and other.ran
    return replace(one, open_loads=True, narrowed=True, ran=ran)


def _loading(frame: Frame, query: Query, how: str, arguments: Arguments, loaded_as: str = "") -> Query:
    if how == "selected":
        return _joining(frame, query, arguments, loaded_as)
    if how == "models":
        return _relating(frame, query, arguments)
    paths: set[Path] = set()
    unknown = arguments.star or arguments.double
    values = [*arguments.positional, *arguments.keywords.values()]
    if how == "joins" and not arguments.any:
        if query.model is None:
            return replace(query, open_loads=True)
        return replace(query, loads=query.loads | frame.program.models.required(query.model))
    for value in values:
        for one in choices(value):
            if isinstance(one, Plain) and isinstance(one.text, str) and how != "options":
                paths.add(path_of(frame, one.text))
            elif one == Plain(None):
                return replace(query, loads=frozenset(), open_loads=False)
            elif isinstance(one, Loader):
                paths |= {(*path[:-1], one.to) for path in one.paths} if one.to else set(one.paths)
            elif isinstance(one, RelationAttribute):
                paths.add((one.name,))
            elif isinstance(one, Method) and isinstance(one.receiver, Loader):
                paths |= set(one.receiver.paths)
            else:
                unknown = True
    return replace(query, loads=query.loads | paths, open_loads=query.open_loads or unknown)


def _model_of(value: Value | None) -> ClassKey | None:
    """The model that an argument stands for: the class itself, an alias of it, or a query over it."""
    if isinstance(value, ClassValue):
        return value.key
    return value.model if isinstance(value, Query) else None


def _selecting(frame: Frame, query: Query, arguments: Arguments) -> Query:
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


def _relating(frame: Frame, query: Query, arguments: Arguments) -> Query:
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


def note_unbounded(frame: Frame, query: Query, site: Site, origin: Site | None = None) -> None:
    """Note that all rows of a table are read, if they are; `origin` is the query where it is read elsewhere."""
    if query.narrowed or query.bounded or query.relation or (query.model is None and not query.looks):
        return
    if frame.facts.template is not None:
        return  # the view that passes the query in is told
    small = frame.program.packs.small_tables
    if small and query.model is not None and frame.program.class_name(query.model) in small:
        return
    frame.record(
        "unbounded-rows", query.type.rpartition(".")[2], site, blocks=False,
        confidence=Confidence.MEDIUM if query.looks or query.open_loads else Confidence.HIGH,
        model=_model_name(frame, query.model), origin=origin,
    )  # fmt: skip


def evaluate(frame: Frame, query: Query, site: Site, is_async: bool) -> None:
    """Iterating, listing or testing a lazy query runs it."""
    entry = frame.program.packs.special(query.type, "iterate")
    awaits = entry is not None and entry.awaits
    if awaits and not is_async:
        return  # a plain loop only sees what was loaded before
    if not query.cached:
        kept = not awaits or (entry is not None and entry.prefetched)
        _send(frame, query, query.type.rpartition(".")[2], site, is_async, kept)
        note_unbounded(frame, query, site)


def _send(frame: Frame, query: Query, callee: str, site: Site, is_async: bool, kept: bool) -> None:
    """Note that a query is sent, unless it was. `kept`: rows of a relation that were loaded before answer it."""
    if query.ran or (query.relation and query.loaded and kept):
        return
    frame.sent = site, query
    if query.relation and not query.loaded:
        frame.record(
            "relation", query.relation, site, blocks=not is_async, confidence=confidence_of(query), row=query.loop,
            source=query.source, detail=query.relation, awaited=is_async,
        )  # fmt: skip
        return
    frame.record(
        "batch-query" if query.batch else "query", callee, site, blocks=not is_async, source=query.source,
        model=_model_name(frame, query.model), confidence=Confidence.MEDIUM if query.looks else Confidence.HIGH,
        awaited=is_async,
    )  # fmt: skip


def element(program: Program, query: Query, loop: Site | None) -> Value:
    """One element of what a query gives."""
    if query.values:
        return PLAIN
    orm = program.models.orm_of(query.model) if query.model is not None else None
    if len(query.entities) > 1 and not (orm is not None and orm.nests):
        rows: list[Value] = [
            Row(one, query.source, query.loads, query.open_loads, loop) if one is not None else PLAIN
            for one in query.entities
        ]
        return Tuple(tuple(rows))
    return Row(query.model, query.source, query.loads, query.open_loads, loop, query.looks, shared=query.shared)


def subscript(frame: Frame, query: Query, is_slice: bool, site: Site) -> Value:
    """`query[0]`, `query[:10]`."""
    if is_slice:
        part = replace(query, bounded=True)
        return _wait_for(frame, part, site) if _is_awaited(frame, SUB, site) else part
    entry = frame.program.packs.special(query.type, "iterate")
    awaits = entry is not None and entry.awaits
    if not query.ran and not awaits and not (query.relation and query.loaded):
        kind = "relation" if query.relation else "query"
        frame.record(
            kind, query.type.rpartition(".")[2], site, blocks=True, row=query.loop, source=query.source,
            detail=query.relation, confidence=confidence_of(query),
        )  # fmt: skip
    return element(frame.program, query, None)


def session_of(frame: Frame, name: str, arguments: Arguments, node: Node) -> Instance | None:
    """The session that an unknown receiver must be, when it is given a model or a statement over one."""
    first = arguments.at(0)
    if isinstance(first, ClassValue):
        orm = frame.program.models.orm_of(first.key)
    elif isinstance(first, Query) and first.model is not None and not first.manager:
        orm = frame.program.models.orm_of(first.model)
    else:
        return None
    if orm is None or not orm.sessions:
        return None
    type_name = orm.sessions[-1 if frame.awaiting is node else 0]
    entry = frame.program.packs.method(type_name, name)
    if entry is None or entry.returns[0] not in ("query", "row", "rows", "executed"):
        return None
    return Instance(type_name)


def produce(frame: Frame, spec: Spec, receiver: Value, arguments: Arguments, site: Site) -> Value:
    """The value of `query`, `row`, `rows` and `executed` specs."""
    kind = spec[0]
    subject: Value | None = receiver if len(spec) == 1 or spec[1] < 0 else arguments.at(spec[1])
    if subject is None and kind == "query" and frame.facts.markdown:
        return Query(spec[2] if len(spec) > 2 else "", None, site, looks=True)
    options = choices(subject or UNKNOWN)
    if spec[2:] == ("others",):
        others = Arguments(arguments.positional[1:], {}, arguments.star, arguments.double)
        options = tuple([_relating(frame, one, others) if isinstance(one, Query) else one for one in options])
    return join([_produce(frame, kind, spec, one, receiver, arguments, site) for one in options])


def _produce(
    frame: Frame, kind: str, spec: Spec, subject: Value, receiver: Value, arguments: Arguments, site: Site
) -> Value:
    if kind == "query":
        type_name = spec[2] if len(spec) > 2 else ""
        if isinstance(subject, Query):
            return replace(subject, type=type_name) if type_name else subject
        if isinstance(subject, ClassValue) and len(spec) > 1:
            return _query_over(frame, subject.key, spec, arguments, site)
        if len(spec) == 1:
            return receiver
        if isinstance(subject, Unknown) and frame.facts.markdown:
            return Query(type_name, None, site, looks=True)
        if isinstance(subject, (RelationAttribute, Plain, Instance, Method)):
            return Query(type_name, None, site, values=True, narrowed=True)
        return Query(type_name, None, site, open_loads=True, narrowed=True)
    if kind == "executed":
        if isinstance(subject, Query):
            return replace(subject, type=spec[2], ran=True)
        return Instance(spec[2], sql=subject.text if isinstance(subject, Plain) and isinstance(subject.text, str)
                        else subject.sql if isinstance(subject, Instance) else "")  # fmt: skip
    if isinstance(subject, ClassValue):
        row: Value = Row(subject.key)
        return Many(row) if kind == "rows" else row
    if isinstance(subject, Query):
        if kind == "row":
            return element(frame.program, subject, None)
        return Many(element(frame.program, subject, None), source=subject.source)
    if kind == "rows":
        return Many(UNKNOWN)
    return UNKNOWN


def _query_over(frame: Frame, key: ClassKey, spec: Spec, arguments: Arguments, site: Site) -> Value:
    models = frame.program.models
    orm = models.orm_of(key)
    type_name = spec[2] if len(spec) > 2 else orm.query if orm is not None else ""
    entities: tuple[ClassKey | None, ...] = ()
    if len(arguments.positional) > 1:
        entities = tuple(
            [
                one.key if isinstance(one, ClassValue) and models.orm_of(one.key) else None
                for one in arguments.positional
            ]
        )
    return Query(type_name, key, site, entities=entities, values=orm is None, narrowed=orm is None)


def own_query(frame: Frame, names: tuple[str, ...], receiver: Value, site: Site) -> Value:
    """The query that a class names itself: a class attribute that is one, or a model."""
    key = receiver.cls if isinstance(receiver, Object) else None
    for name in names if key is not None else ():
        found = classes.find(frame.program, key, name) if key is not None else None
        if found is None or found[1][0] not in (ASSIGN, ANN):
            continue
        value = attributes.class_variable(frame, found[0], name, found[1])
        if isinstance(value, Query):
            return replace(value, manager=False)
        if isinstance(value, ClassValue):
            orm = frame.program.models.orm_of(value.key)
            if orm is not None:
                return Query(next(iter(orm.managers.values()), orm.query), value.key, site)
    return UNKNOWN


def load_into(frame: Frame, arguments: Arguments, how: str) -> None:
    """Relations loaded for rows that are there already."""
    name = arguments.nodes[0][1]
    rows = frame.env.get(name)
    rest = Arguments(arguments.positional[1:], {}, arguments.star, arguments.double)
    if isinstance(rows, Query):
        frame.env[name] = _loading(frame, rows, how, rest)
    if isinstance(rows, Many) and isinstance(rows.element, Row):
        loaded = _loading(frame, Query("", None, (frame.file, 0), loads=rows.element.loads), how, rest)
        element = replace(rows.element, loads=loaded.loads, open_loads=rows.element.open_loads or loaded.open_loads)
        frame.env[name] = replace(rows, element=element)


def loader(frame: Frame, entry: Entry, arguments: Arguments) -> Value:
    """An eager-load option: `joinedload(Book.author)`, `Prefetch("author")`."""
    type_name = entry.returns[1] if entry.returns[0] == "instance" else ""
    path: list[str] = []
    for value in arguments.positional:
        if isinstance(value, RelationAttribute):
            path.append(value.name)
        elif isinstance(value, Plain) and isinstance(value.text, str):
            path += path_of(frame, value.text)
    to = arguments.keywords.get(entry.loaded_as)
    name = to.text if isinstance(to, Plain) and isinstance(to.text, str) else ""
    if not path:
        return UNKNOWN
    paths = frozenset([tuple(path)]) if entry.loader == "eager" else frozenset()
    given = [one for one in arguments.positional if isinstance(one, Query)] if entry.loaded_by else []
    inner = arguments.keywords.get(entry.loaded_by, given[0] if given else None)
    if isinstance(inner, Query) and entry.loader == "eager":
        paths |= {(*path, *one) for one in inner.loads}
    return Loader(paths, entry.loader, name, type_name, tuple(path))


def chain_loader(frame: Frame, receiver: Loader, name: str, arguments: Arguments) -> Value:
    """`joinedload(A.b).joinedload(B.c)`, `.options(…)`."""
    entry = frame.program.packs.method(receiver.type, name) if receiver.type else None
    base = receiver.at or max(receiver.paths, key=len, default=())
    at = base
    more: set[Path] = set()
    if entry is not None and entry.loader:
        added = loader(frame, entry, arguments)
        if isinstance(added, Loader):
            more = {(*base, *path) for path in added.paths}
            at = (*base, *added.at)
    else:
        for value in arguments.positional:
            if isinstance(value, Loader):
                more |= {(*base, *path) for path in value.paths}
            elif isinstance(value, RelationAttribute):
                more.add((*base, value.name))
    result = replace(receiver, paths=receiver.paths | more, at=at)
    for local, value in list(frame.env.items()) if more else ():  # `books = …; books.joinedload(…)`: kept in the first
        if isinstance(value, Loader) and value.type == receiver.type and not value.paths.isdisjoint(receiver.paths):
            frame.env[local] = replace(value, paths=value.paths | more)
    return result


def render(frame: Frame, values: list[Value], site: Site) -> None:
    """What a template or serializer is given is read whole."""
    for value in values:
        for one in choices(value):
            if isinstance(one, Query):
                if not one.ran:
                    note_unbounded(frame, one, site, one.source)
            elif isinstance(one, Mapping):
                render(frame, [item for _, item in one.items], site)
            elif isinstance(one, Tuple):
                render(frame, list(one.elements), site)


# --- documents ---------------------------------------------------------------------------------------------------


def document_call(frame: Frame, function: Node, name: str, arguments: Arguments, site: Site) -> Value | None:
    """In a document, `Book.objects.all()` is taken for what it looks like."""
    holder = function[2]
    if holder[0] == ATTR and holder[2][0] == NAME and holder[2][1][:1].isupper():
        type_name = frame.program.packs.document_attributes.get(holder[3])
        if type_name is not None:
            query = Query(type_name, None, (frame.file, holder[1]), manager=True, looks=True)
            return call(frame, query, name, arguments, site)
    return None
