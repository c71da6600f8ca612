"""What reading an attribute of a row or of a model costs and gives."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, CLASS, DEF, NAME, Node
from perflint.program import attributes, classes, columns, entries, loading, orm
from perflint.program.arguments import Arguments
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    WHOLE,
    Awaitable,
    ClassKey,
    ClassValue,
    FunctionValue,
    Instance,
    Many,
    Method,
    Object,
    Path,
    Query,
    RelationAttribute,
    Row,
    Shared,
    Site,
    Value,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame
    from perflint.program.models import Relation


PLAIN_MEMBERS = frozenset(dir(str)) | frozenset(dir(datetime)) | frozenset(dir(dict)) | frozenset(dir(list))
"""Names that a column's value has: reading them says nothing of a relation."""


LONG = 3
"""Relations up to which a path of what a parent has is kept for its children."""


def confidence_of(value: Query | Row) -> Confidence:
    """How sure a claim about what was loaded is."""
    if value.open_loads:
        return Confidence.LOW
    return Confidence.MEDIUM if value.looks else Confidence.HIGH


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
    if columns.is_left_out(program, row, name):
        columns.note(frame, row, name, site)
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
    read_columns = columns.below(row.columns, name) if loaded else WHOLE
    shared: tuple[Shared, ...] = ()
    inverse = frame.program.models.relation(relation.target, relation.inverse)
    returns_one = inverse is None or not inverse.many
    mapper = frame.program.models.orm_of(row.model) if row.model is not None else None
    parents = mapper.parents if mapper is not None else ""
    known = parents == "known" or (parents == "loaded" and loaded)
    if known and relation.inverse and returns_one and (relation.many or inverse is not None):
        # each child knows the parent it was read from, and that what it has
        loads |= {(relation.inverse,), *[(relation.inverse, *path) for path in row.loads if len(path) < LONG]}
        shared = ((relation.inverse, row.loop),)
    waits = orm.is_awaited(frame, ATTR, site, name)
    if not relation.many:
        loop = together[0] if together else row.loop
        value = Row(relation.target, row.source, loads, row.open_loads, loop, row.looks, columns=read_columns)
        if relation.awaited and not waits:  # without `await` only what was loaded before can be meant
            return value if loaded else replace(value, open_loads=True)
        if not loaded and not relation.silent:
            # one side of a one-to-one is another row for each
            per_target = mapper is not None and mapper.identity_map and (inverse is None or inverse.many)
            _read_relation(
                frame, row, name, site, orm.model_name(frame, row.model), waits, per_target, relation.holds_key
            )
        return Awaitable(value) if relation.awaited else value
    if relation.collection and not relation.dynamic:
        if not loaded and not relation.silent:
            _read_relation(frame, row, name, site, orm.model_name(frame, row.model))
        one = Row(relation.target, row.source, loads, row.open_loads, shared=shared, columns=read_columns)
        return Many(one, source=row.source)
    type_name = relation.gives
    if not type_name and mapper is not None:
        type_name = next(iter(mapper.managers.values()), mapper.query)
    query = Query(
        type_name, relation.target, row.source or site, orm.manager_class(frame, relation.target), True, loads,
        row.open_loads, narrowed=True, relation=name, loop=row.loop, loaded=loaded and not relation.dynamic,
        shared=shared, fixed=frozenset([relation.inverse]) if relation.inverse and returns_one else frozenset(),
        columns=read_columns,
    )  # fmt: skip
    return orm.wait_for(frame, query, site) if waits else query


def _read_relation(
    frame: Frame,
    row: Row,
    name: str,
    site: Site,
    model: str,
    waits: bool = False,
    per_target: bool = False,
    holds_key: bool = False,
) -> None:
    """Note a lazy read, once for each row of a loop: the row keeps what it read."""
    key = (row.loop, row.model, name, row.source, frame.loops[-1].site if frame.loops else None)
    if key in frame.read:
        return
    frame.read.add(key)
    frame.beside = (site, key) if holds_key else None
    confidence = confidence_of(row)
    if per_target and row.source is not None and row.loop is not None:
        first = frame.first_read.setdefault((row.source, model, name), row.loop)
        if first != row.loop and all(loop.site != first for loop in frame.loops):
            confidence = Confidence.LOW  # an earlier loop has read it for these rows
    frame.record(
        "relation", name, site, blocks=not waits, confidence=confidence, row=row.loop, source=row.source,
        detail=name, model=model, awaited=waits, per_target=per_target,
    )  # fmt: skip


def call_row(frame: Frame, row: Row, name: str, arguments: Arguments, site: Site) -> Value:
    """A method that the library's model base gives a row (`save`)."""
    if row.model is None:
        return UNKNOWN
    for external in classes.externals(frame.program, row.model):
        entry = frame.program.packs.method(external, name)
        if entry is not None:
            if entry.loads:
                _load_row(frame, row, entry.loads, arguments)
            return entries.apply(frame, entry, f"{orm.model_name(frame, row.model)}.{name}", row, arguments, site)
    return UNKNOWN


def _load_row(frame: Frame, row: Row, how: str, arguments: Arguments) -> None:
    """`row.load("relation")`: from here on, the row's name stands for a row that has it."""
    node = frame.current
    if node is None or node[0] != CALL or node[2][0] != ATTR or node[2][2][0] != NAME:
        return
    name = node[2][2][1]
    if frame.env.get(name) == row:
        loaded = loading.loaded_with(frame, Query("", row.model, (frame.file, 0), loads=row.loads), how, arguments)
        frame.env[name] = replace(row, loads=loaded.loads, open_loads=row.open_loads or loaded.open_loads)


def class_attribute(
    frame: Frame, key: ClassKey, name: str, found: tuple[ClassKey, Node] | None, site: Site
) -> Value | None:
    """`Model.name` where it is a manager, a relation or a method that starts a query; None for anything else."""
    program = frame.program
    mapper = program.models.orm_of(key)
    relation = program.models.relation(key, name)
    if relation is not None:
        return RelationAttribute(key, name, relation.target)
    if mapper is None:
        return None
    if found is not None and name in mapper.managers and classes.comes_first(program, key, mapper.models, found[0]):
        found = None  # a mixin behind the library's own base does not get a word in
    if found is not None and found[1][0] in (ASSIGN, ANN):
        value = attributes.class_variable(frame, found[0], name, found[1])
        if isinstance(value, Object) and any(
            program.models.is_manager(one) for one in classes.externals(program, value.cls)
        ):
            base = next(one for one in classes.externals(program, value.cls) if program.models.is_manager(one))
            return Query(base, key, site, cls=value.cls, manager=True)
        if isinstance(value, Object) and mapper.managers and orm.is_queryset(frame, value.cls, mapper.query):
            return Query(next(iter(mapper.managers.values())), key, site, cls=value.cls, manager=True)
        if isinstance(value, Instance) and program.models.is_manager(value.type):
            return Query(value.type, key, site, manager=True)
    library = program.library_names.get(key)
    if library is not None and program.models.is_manager(program.packs.objects.get(f"{library}.{name}", "")):
        return Query(program.packs.objects[f"{library}.{name}"], key, site, manager=True)
    if found is None and name in mapper.managers:
        return Query(mapper.managers[name], key, site, manager=True)
    if found is None:
        for external in classes.externals(program, key):
            manager = program.models.library_manager(external, name)
            if manager:
                return Query(manager, key, site, manager=True)
        if mapper.class_methods:
            for one in (*classes.externals(program, key), *mapper.models):
                if program.packs.method(one, name) is not None:
                    return Method(Query(one, key, site, manager=True), name)
    return None
