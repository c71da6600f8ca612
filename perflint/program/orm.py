"""Queries, managers and rows: what refines, what runs, what is read lazily."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from perflint.catalog.packs import Entry
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, COMP, DEF, NAME, SEQ, SUB, Node
from perflint.program import (
    attributes,
    calls,
    classes,
    columns,
    entries,
    grouping,
    identity,
    loading,
    reading,
    repeats,
    uniqueness,
)
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.values import (
    BATCH,
    PLAIN,
    UNKNOWN,
    WHOLE,
    Awaitable,
    ClassKey,
    Either,
    FunctionValue,
    LoopVariable,
    Many,
    Mapping,
    Method,
    Object,
    Query,
    Row,
    Site,
    Super,
    Tuple,
    Value,
    choices,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame
    from perflint.program.program import Program


# --- rows --------------------------------------------------------------------------------------------------------


def manager_class(frame: Frame, model: ClassKey | None) -> ClassKey | None:
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


def is_awaited(frame: Frame, code: int, site: Site, name: str = "") -> bool:
    """Whether the attribute, call or slice at `site` is itself what an `await` stands before."""
    node = frame.awaiting
    if node is None or node[0] != code or (frame.file, node[1]) != site:
        return False
    return node is frame.current if code == CALL else not name or node[3] == name


def model_name(frame: Frame, model: ClassKey | None) -> str:
    return frame.program.class_(model).name if model is not None else ""


# --- classes -----------------------------------------------------------------------------------------------------


def is_queryset(frame: Frame, cls: ClassKey, query: str) -> bool:
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
    base = started(frame, query, site)
    result = run(frame, base, entry, name, arguments, site)
    if isinstance(result, Query) and is_awaited(frame, CALL, site):
        return wait_for(frame, result, site, name)
    return result


def wait_for(frame: Frame, query: Query, site: Site, name: str = "") -> Value:
    """`await query`, behind its method `name`: what it gives, sent now."""
    entry = frame.program.packs.special(query.type, "awaited")
    if entry is None:
        return query
    type_name = query.type.rpartition(".")[2]
    _send(frame, query, f"{type_name}.{name}" if name else type_name, site, True, entry.prefetched)
    if entry.returns == ("rows",):
        note_unbounded(frame, query, site)
    return Awaitable(entries.value_of(frame, entry.returns, query, NO_ARGUMENTS, site))


def started(frame: Frame, query: Query, site: Site) -> Query:
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
                columns=one.columns,
            )  # fmt: skip
    whole = any(
        isinstance(one, Object) and any(is_queryset(frame, one.cls, orm.query) for orm in frame.program.packs.orms)
        for one in choices(result)
    )
    return replace(query, open_loads=True, narrowed=query.narrowed or not whole)


def run(frame: Frame, query: Query, entry: Entry, name: str, arguments: Arguments, site: Site) -> Value:
    """Apply one method of a library's query type."""
    untouched = entry.prefetched and (not entry.if_ordered or frame.program.models.is_ordered(query.model))
    result = query
    if entry.loads and not entry.query and arguments.nodes and arguments.nodes[0][0] == NAME:
        loading.load_into(frame, arguments, entry.loads)
    if entry.query:
        result = _changed(frame, query, entry, arguments, untouched)
    if entry.effect or entry.returns == ("rows",):
        frame.sent = site, query
        frame.counted = site if entry.counts else frame.counted
    if entry.effect and not query.ran:
        confidence = Confidence.MEDIUM if query.looks or _asks_first(entry) else Confidence.HIGH
        record = partial(
            frame.record, blocks=not entry.awaits, twin=entry.twin, weight=entry.weight, awaited=entry.awaits
        )
        callee = f"{query.type.rpartition('.')[2]}.{name}"
        batch = (entry.batch and arguments.any) or query.batch or _takes_many(frame, arguments)
        if batch and entry.batch and _is_of_one_row(frame, entry, arguments):
            batch, confidence = False, min(confidence, Confidence.MEDIUM)
        if query.relation and untouched:
            if not query.loaded:
                record(
                    "relation", callee, site, confidence=reading.confidence_of(query), row=query.loop,
                    source=query.source, detail=query.relation,
                )  # fmt: skip
        elif not batch:
            record(
                entry.effect, callee, site, confidence=confidence, source=query.source, detail=query.relation,
                model=model_name(frame, query.model), written=_written(frame, entry),
            )  # fmt: skip
            defeated = query.defeated or (query.relation if query.loaded else "")
            if entry.effect == "query":
                if not _is_kept(frame, query, arguments):
                    repeats.note(frame, site, model_name(frame, query.model))
                _note_defeated(frame, query, defeated, callee, site)
        else:
            record(f"batch-{entry.effect}", callee, site, confidence=confidence)
    if entry.returns[0] in ("rows",) or entry.returns == ("iter", ("row",)):
        note_unbounded(frame, result, site)
    return _yield(frame, entry, result, arguments, site)


def _is_kept(frame: Frame, query: Query, arguments: Arguments) -> bool:
    """Whether a query asks for a row by its key, of a session that keeps one object for each."""
    mapper = frame.program.models.orm_of(query.model) if query.model is not None else None
    return mapper is not None and mapper.identity_map and arguments.any


def _is_of_one_row(frame: Frame, entry: Entry, arguments: Arguments) -> bool:
    """Whether a batch is built for one row of the loop around it: one that is collected over rows has a name."""
    built = bool(arguments.nodes) and arguments.nodes[0][0] in (COMP, SEQ)
    return entry.effect == "write" and built and bool(frame.loops) and frame.loops[-1].rows is not None


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
    others = [one for one in arguments.positional if isinstance(one, Query)]
    if others:  # joined to other rows, or beside them
        result = replace(result, empty=False, ran=query.ran and not query.empty, fixed=frozenset())
    if entry.within is not None and arguments.keywords.keys().isdisjoint(entry.within):
        result = replace(result, narrowed=result.narrowed or any(one.narrowed or one.bounded for one in others))
    if query.relation and not untouched:
        if query.cls is None:  # what was loaded with the row serves another query than this
            parents = frozenset([(name,) for name, _ in query.shared])
            result = replace(result, loads=result.loads & parents, open_loads=False)
        defeated = query.relation if query.loaded else ""
        result = replace(result, relation="", loaded=False, loop=None, columns=WHOLE, defeated=defeated)
    kind = entry.query
    if kind == "refine":
        batch = _takes_many(frame, arguments) or query.batch
        result = replace(result, narrowed=result.narrowed or arguments.any, batch=batch)
        result = identity.narrowed(frame, result, entry, arguments)
        result = uniqueness.narrowed(frame, result, entry, arguments)
    elif kind == "bound":
        result = replace(result, bounded=True)
    elif kind in ("columns", "without"):
        paths = columns.named_in(arguments, frame.program.packs.separators)
        result = replace(result, columns=columns.narrowed(result.columns, kind, paths))
    elif kind == "values":
        given = Arguments(arguments.positional, {}, arguments.star)
        paths = columns.named_in(given, frame.program.packs.separators)
        result = replace(result, values=True, columns=columns.narrowed(WHOLE, "columns", paths))
    elif kind == "grouped":
        result = replace(result, narrowed=result.narrowed or grouping.by_arguments(frame, arguments))
    elif kind == "grouped-values":
        result = replace(result, narrowed=result.narrowed or grouping.by_values(frame, result, arguments))
    elif kind == "loads":
        result = loading.loaded_with(frame, result, entry.loads, arguments, entry.loaded_as)
    elif kind == "selects":
        result = loading.selecting(frame, result, arguments)
    elif kind == "unload":
        result = replace(result, loads=frozenset())
    elif kind == "empty":
        result = replace(result, bounded=True, ran=True, empty=True)  # nothing is ever sent
    elif kind == "unknown":
        result = replace(result, open_loads=True, narrowed=True)
    return result


def at_hand(value: Value) -> Value:
    """A row's relation, where the row was asked whether it holds it: what it gives is there, mostly."""
    return replace(value, ran=True) if isinstance(value, Query) and (value.relation or value.defeated) else value


def combined(one: Query, other: Value) -> Query:
    """`one | other`: rows of both, and what was loaded with either only for its own."""
    ran = one.ran and isinstance(other, Query) and other.ran
    return replace(one, open_loads=True, narrowed=True, ran=ran, fixed=frozenset(), columns=WHOLE)


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
        model=model_name(frame, query.model), origin=origin,
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


def read_before(value: Value) -> Value:
    """A value that another round of the loop may have read: a queryset keeps its rows."""
    if isinstance(value, Either):
        return Either(tuple([read_before(one) for one in value.choices]))
    return replace(value, cached=True) if isinstance(value, Query) else value


def _send(frame: Frame, query: Query, callee: str, site: Site, is_async: bool, kept: bool) -> None:
    """Note that a query is sent, unless it was. `kept`: rows of a relation that were loaded before answer it."""
    if query.ran or (query.relation and query.loaded and kept):
        return
    frame.sent = site, query
    if query.relation and not query.loaded:
        frame.record(
            "relation", query.relation, site, blocks=not is_async, confidence=reading.confidence_of(query),
            row=query.loop, source=query.source, detail=query.relation, awaited=is_async,
        )  # fmt: skip
        return
    frame.record(
        "batch-query" if query.batch else "query", callee, site, blocks=not is_async, source=query.source,
        model=model_name(frame, query.model), confidence=Confidence.MEDIUM if query.looks else Confidence.HIGH,
        awaited=is_async,
    )  # fmt: skip
    if not query.batch:
        repeats.note(frame, site, model_name(frame, query.model))
        _note_defeated(frame, query, query.defeated, callee, site)


def _note_defeated(frame: Frame, query: Query, relation: str, callee: str, site: Site) -> None:
    """Note that rows which a prefetch has brought are asked for again, in a way that it does not serve."""
    if relation:
        confidence = Confidence.MEDIUM if query.looks else Confidence.HIGH
        record = partial(frame.record, "defeated", callee, site, blocks=False, confidence=confidence)
        record(source=query.source, detail=relation, model=model_name(frame, query.model))


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
    there = loop is not None
    return Row(
        query.model, query.source, query.loads, query.open_loads, loop, query.looks, "", query.shared, there,
        query.columns,
    )  # fmt: skip


def subscript(frame: Frame, query: Query, is_slice: bool, site: Site) -> Value:
    """`query[0]`, `query[:10]`."""
    if is_slice:
        part = replace(query, bounded=True)
        return wait_for(frame, part, site) if is_awaited(frame, SUB, site) else part
    entry = frame.program.packs.special(query.type, "iterate")
    awaits = entry is not None and entry.awaits
    if not query.ran and not awaits and not (query.relation and query.loaded):
        kind = "relation" if query.relation else "query"
        frame.record(
            kind, query.type.rpartition(".")[2], site, blocks=True, row=query.loop, source=query.source,
            detail=query.relation, confidence=reading.confidence_of(query),
        )  # fmt: skip
        _note_defeated(frame, query, query.defeated, query.type.rpartition(".")[2], site)
    return element(frame.program, query, None)


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
