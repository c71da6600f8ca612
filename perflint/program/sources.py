"""Where queries and rows come from: managers, sessions, statements that a session runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.packs import Spec
from perflint.facts.ir import ANN, ASSIGN, ATTR, CLASS, NAME, Node
from perflint.program import attributes, classes, loading, orm, uniqueness
from perflint.program.arguments import Arguments
from perflint.program.values import (
    UNKNOWN,
    ClassKey,
    ClassValue,
    Instance,
    Many,
    Method,
    Object,
    Plain,
    Query,
    RelationAttribute,
    Row,
    Site,
    Unknown,
    Value,
    choices,
    join,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame


def session_of(frame: Frame, name: str, arguments: Arguments, node: Node) -> Instance | None:
    """The session that an unknown receiver must be, when it is given a model or a statement over one."""
    first = arguments.at(0)
    if isinstance(first, ClassValue):
        mapper = frame.program.models.orm_of(first.key)
    elif isinstance(first, Query) and first.model is not None and not first.manager:
        mapper = frame.program.models.orm_of(first.model)
    else:
        return None
    if mapper is None or not mapper.sessions:
        return None
    type_name = mapper.sessions[-1 if frame.awaiting is node else 0]
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
        options = tuple([loading.relating(frame, one, others) if isinstance(one, Query) else one for one in options])
    return join([_produce(frame, kind, spec, one, receiver, arguments, site) for one in options])


def _produce(
    frame: Frame, kind: str, spec: Spec, subject: Value, receiver: Value, arguments: Arguments, site: Site
) -> Value:
    if kind == "query":
        type_name = spec[2] if len(spec) > 2 else ""
        if isinstance(subject, Query) and subject.values and len(spec) > 1 and spec[1] >= 0:
            return Query(type_name, None, site, values=True, narrowed=True)  # columns of columns
        if isinstance(subject, Query):
            return replace(subject, type=type_name) if type_name else subject
        if isinstance(subject, ClassValue) and len(spec) > 1:
            return _query_over(frame, subject.key, spec, arguments, site)
        if isinstance(receiver, Row) and receiver.model is not None:  # a row's own kind: its relatives in a tree
            made = query_of(frame, receiver.model, site)
            return replace(made, narrowed=True) if isinstance(made, Query) else made
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
            return orm.element(frame.program, subject, None)
        size = 1 if uniqueness.is_single(frame.program, subject) else -1
        return Many(orm.element(frame.program, subject, None), size, source=subject.source)
    if kind == "rows":
        return Many(UNKNOWN)
    return UNKNOWN


def _query_over(frame: Frame, key: ClassKey, spec: Spec, arguments: Arguments, site: Site) -> Value:
    models = frame.program.models
    mapper = models.orm_of(key)
    type_name = spec[2] if len(spec) > 2 else mapper.query if mapper is not None else ""
    entities: tuple[ClassKey | None, ...] = ()
    if len(arguments.positional) > 1:
        entities = tuple(
            [
                one.key if isinstance(one, ClassValue) and models.orm_of(one.key) else None
                for one in arguments.positional
            ]
        )
    return Query(type_name, key, site, entities=entities, values=mapper is None, narrowed=mapper is None)


def own_query(frame: Frame, names: tuple[str, ...], receiver: Value, site: Site) -> Value:
    """The query that a class names itself: a class attribute that is one, or a model."""
    for name in names if isinstance(receiver, Object) else ():
        value = _own_attribute(frame, receiver, name) if isinstance(receiver, Object) else UNKNOWN
        if isinstance(value, Query):
            return replace(value, manager=False)
        if isinstance(value, ClassValue):
            return query_of(frame, value.key, site)
    return UNKNOWN


def _own_attribute(frame: Frame, receiver: Object, path: str) -> Value:
    """What an object was given under a name, else what its class holds; `Meta.model` is in a class of its body."""
    value: Value = dict(receiver.arguments).get(path) or ClassValue(receiver.cls)
    for name in path.split(".") if path not in dict(receiver.arguments) else ():
        found = classes.find(frame.program, value.key, name) if isinstance(value, ClassValue) else None
        if found is None or found[1][0] not in (ASSIGN, ANN, CLASS):
            return UNKNOWN
        inner = found[1][0] == CLASS
        owner, node = found
        value = ClassValue((owner[0], node[1])) if inner else attributes.class_variable(frame, owner, name, node)
    return value


def query_of(frame: Frame, model: ClassKey, site: Site) -> Value:
    """All rows of a model, as its default manager gives them; unknown for a class that is no model."""
    mapper = frame.program.models.orm_of(model)
    if mapper is None:
        return UNKNOWN
    type_name = next(iter(mapper.managers.values()), mapper.query)
    query = Query(type_name, model, site, cls=orm.manager_class(frame, model), manager=True)
    return replace(orm.started(frame, query, site), manager=False)


def document_call(frame: Frame, function: Node, name: str, arguments: Arguments, site: Site) -> Value | None:
    """In a document, `Book.objects.all()` is taken for what it looks like."""
    holder = function[2]
    if holder[0] == ATTR and holder[2][0] == NAME and holder[2][1][:1].isupper():
        type_name = frame.program.packs.document_attributes.get(holder[3])
        if type_name is not None:
            query = Query(type_name, None, (frame.file, holder[1]), manager=True, looks=True)
            return orm.call(frame, query, name, arguments, site)
    return None
