"""Serializers: what turning a row into plain values reads, field by field, and which views do it for which rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.catalog.showing import FieldRule, ListingRule, SerializerRule
from perflint.core.finding import Confidence
from perflint.program import attributes, calls, classes, fields, functions, listings, loading, orm, specials
from perflint.program.arguments import Arguments
from perflint.program.effects import Effect, replace
from perflint.program.fields import Field
from perflint.program.program import CALL_DEPTH, Program
from perflint.program.values import (
    UNKNOWN,
    ClassKey,
    Many,
    Object,
    Plain,
    Query,
    Row,
    Site,
    Value,
    choices,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame

CONTEXT = "serializer-row"


# --- views ---------------------------------------------------------------------------------------------------------


def serve_views(program: Program) -> None:
    """Serialize the rows of class-based views whose library does it for them."""
    from perflint.program.frame import Frame

    program.unlimited = True  # each view is its own
    for index, file in enumerate(program.files):
        if not file.production or file.template is not None:
            continue
        for cls in file.classes if program.packs.listings else ():
            key = (index, cls.number)
            for rule in _listing_rules(program, key):
                try:
                    _serve(Frame(program, index, None, None), key, rule)
                except Exception as error:  # a fault of ours costs this view only, and is told
                    program.errors.append(f"{file.path}: {cls.qualname}: {type(error).__name__}: {error}")
    program.unlimited = False


def _listing_rules(program: Program, key: ClassKey) -> list[ListingRule]:
    found = {
        one: program.packs.listings[one]
        for external in classes.externals(program, key)
        for one in program.packs.ancestors(external)
        if one in program.packs.listings
    }
    return list(found.values())


def _serve(frame: Frame, key: ClassKey, rule: ListingRule) -> None:
    view = Object(key, tuple([(name, Plain(value)) for name, value in rule.sets]))
    site = (frame.file, frame.program.class_(key).pos)
    _call(frame, view, rule.call, site, UNKNOWN)


def _list(frame: Frame, view: Object, name: str, site: Site) -> None:
    """What a view's own method of the library does: take the query, serialize each row of it."""
    rule = next((one for one in _listing_rules(frame.program, view.cls) if one.call == name), None)
    if rule is None:
        return
    rows = _call(frame, view, rule.rows[0], site)
    for method in rule.rows[1:]:
        rows = _call(frame, view, method, site, rows)
    keywords: dict[str, Value] = {} if rule.single else {rule.many: Plain(True)}
    for one in choices(rows):
        given = one
        if isinstance(one, Query):
            given = replace(one, manager=False, bounded=True)  # pages are a setting's matter
            given = orm.element(frame.program, given, None) if rule.single else given
        arguments = Arguments([given], keywords)
        made = calls.call(frame, attributes.read(frame, view, rule.serializer, site, None), arguments, site)
        for serializer in choices(made):
            if isinstance(serializer, Object):
                attributes.read(frame, serializer, rule.result, site, None)


def _call(frame: Frame, view: Object, name: str, site: Site, *given: Value) -> Value:
    method = attributes.read(frame, view, name, site, None)
    return calls.call(frame, method, Arguments(list(given), {}), site)


# --- rows ----------------------------------------------------------------------------------------------------------


def represent(frame: Frame, what: str, receiver: Value, name: str, arguments: Arguments, site: Site) -> None:
    """What a pack's entry with `represents` does: serialize a row, rows, what a serializer was given, or a query's."""
    if not isinstance(receiver, Object):
        return
    if what == "listing":
        _list(frame, receiver, name, site)
        return
    rule = fields.serializer_rule(frame.program, receiver.cls)
    if rule is None:
        return
    given = dict(receiver.arguments)
    if what == "result":
        rows = given.get(rule.rows, UNKNOWN)
        if given.get(rule.many) == Plain(True):
            _many(frame, receiver, rows, site)
        else:
            _one(frame, receiver, rows, site)
    elif what == "row":
        _one(frame, receiver, arguments.at(0) or UNKNOWN, site)
    elif what == "rows":
        child = given.get(rule.child)
        if isinstance(child, Object):
            _each(frame, child, arguments.at(0) or UNKNOWN, site)


def _one(frame: Frame, serializer: Object, value: Value, site: Site) -> None:
    name = frame.program.class_(serializer.cls).name
    for row in choices(value):
        if isinstance(row, Row) and ("representing", serializer.cls) not in frame.program.running:
            listings.carry(frame, list(_of_row(frame.program, serializer, row)), name, site)


def _many(frame: Frame, serializer: Object, rows: Value, site: Site) -> None:
    program = frame.program
    rule = fields.serializer_rule(program, serializer.cls)
    own = fields.many_class(program, serializer.cls, rule) if rule is not None else None
    if own is not None and rule is not None and classes.method(program, own, rule.represent) is not None:
        many = Object(own, ((rule.child, Object(serializer.cls)),))
        _call(frame, many, rule.represent, site, rows)
    elif rule is not None and not any(isinstance(one, (Query, Many)) for one in choices(rows)):
        # whatever the rows were loaded with: they are of the model that the serializer names
        model = fields.model_of(program, serializer.cls, rule)
        _each(frame, serializer, Many(Row(model, open_loads=True)), site)
    else:
        _each(frame, serializer, rows, site)


def _each(frame: Frame, serializer: Object, rows: Value, site: Site) -> None:
    def show(inner: Frame, row: Row) -> None:
        inner.effects += _of_row(inner.program, serializer, row)

    at = (serializer.cls[0], frame.program.class_(serializer.cls).pos)
    listings.run(frame, CONTEXT, frame.program.class_(serializer.cls).name, rows, site, show, at)


def _of_row(program: Program, serializer: Object, row: Row) -> tuple[Effect, ...]:
    """What serializing one row costs, each effect at the field, or in the method, that pays."""
    from perflint.program.frame import Frame

    chosen = fields.chooses(serializer)
    key = ("representing", serializer.cls)
    told = (*key, chosen, row)
    known = program.represented.get(told)
    if known is not None:
        return known
    rule = fields.serializer_rule(program, serializer.cls)
    if rule is None or key in program.running or program.depth >= CALL_DEPTH:
        return ()
    program.running.add(key)
    program.depth += 1
    try:
        frame = Frame(program, serializer.cls[0], None, None)
        _represent(frame, Object(serializer.cls), rule, row)
        if chosen:  # it was told which fields to show
            listings.lower(frame.effects, 0, Confidence.LOW)
        elif fields.is_chosen(program, serializer.cls, rule):
            listings.lower(frame.effects, 0, Confidence.MEDIUM)
        found = tuple(functions.distinct(frame.effects))
    finally:
        program.depth -= 1
        program.running.discard(key)
    program.represented[told] = found
    return found


def _represent(frame: Frame, serializer: Object, rule: SerializerRule, row: Row) -> None:
    program = frame.program
    own = classes.method(program, serializer.cls, rule.represent)
    if own is not None:
        listings.call_with(frame, serializer, rule.represent, row)
        if rule.represent not in program.function(own).called:
            return  # the library's own is never asked
    for field in fields.shown(program, serializer.cls, row.model, rule):
        _field(frame, serializer, rule, field, row)


# --- fields --------------------------------------------------------------------------------------------------------


def _field(frame: Frame, serializer: Object, rule: SerializerRule, field: Field, row: Row) -> None:
    kind = field.rule
    if kind is not None and kind.shows == "called":
        name = field.text(kind.argument, kind.argument_at) or kind.default.format(name=field.name)
        listings.call_with(frame, serializer, name, row)
        return
    source = field.text(rule.source) or field.name
    own = kind is not None and kind.shows == "nothing"  # of the row it is given, a library's own shows nothing
    path = [] if source == rule.whole or own else source.split(".")
    if _is_on_the_row(frame, field, row, path):
        return
    value = listings.read_path(frame, row, path, field.site)
    if field.made is not None and kind is None:
        _nested(frame, field, field.made, rule, value)
    elif field.made is not None and classes.method(frame.program, field.made.cls, rule.represent) is not None:
        _shown_each(frame, field, rule, value, lambda inner, one: _represent_by(inner, field, rule, one))
    elif kind is None:
        _automatic(frame, field, rule, value)
    else:
        _shown_each(frame, field, rule, value, lambda inner, one: _show(inner, field, kind, one))


def _is_on_the_row(frame: Frame, field: Field, row: Row, path: list[str]) -> bool:
    """Whether a field shows a key that stands in the row itself."""
    kind = field.rule
    if len(path) != 1 or field.depth or (kind is None and field.made is not None):
        return False
    if kind is not None and not _shows_key(frame, field, kind):
        return False
    relation = frame.program.models.relation(row.model, path[0])
    return relation is not None and not relation.many and bool(relation.column)


def _shows_key(frame: Frame, field: Field, kind: FieldRule) -> bool:
    if kind.shows != "keyed" or (field.made is not None and kind.unless):
        return kind.shows == "keyed" and not any(
            field.made is not None and classes.method(frame.program, field.made.cls, name) for name in kind.unless
        )
    return field.text(kind.argument) in ("", *kind.own) if kind.argument else True


def _nested(frame: Frame, field: Field, serializer: Object, rule: SerializerRule, value: Value) -> None:
    if field.flag(rule.many):
        _many(frame, serializer, value, field.site)
        return
    for one in choices(value):
        if isinstance(one, Row):
            frame.effects += _of_row(frame.program, serializer, one)


def _shown_each(frame: Frame, field: Field, rule: SerializerRule, value: Value, show: listings.Show) -> None:
    """Show a row, or each of many."""
    if field.flag(rule.many) or (field.rule is not None and field.rule.shows == "list"):
        listings.run(frame, CONTEXT, field.name, value, field.site, show, field.site)
        return
    for one in choices(value):
        if isinstance(one, Row):
            show(frame, one)


def _represent_by(frame: Frame, field: Field, rule: SerializerRule, value: Row) -> None:
    assert field.made is not None
    method = attributes.read(frame, field.made, rule.represent, field.site, None)
    calls.call(frame, method, Arguments([value], {}), field.site)


def _show(frame: Frame, field: Field, kind: FieldRule, row: Row) -> None:
    if kind.shows == "printed":
        specials.to_text(frame, row, field.site)
    elif kind.shows == "attribute":
        name = field.text(kind.argument, kind.argument_at)
        listings.read_path(frame, row, list(loading.path_of(frame, name)), field.site)


def _automatic(frame: Frame, field: Field, rule: SerializerRule, value: Value) -> None:
    """What a field shows that the library makes by itself: keys, or whole rows of relations that are followed."""

    def show(inner: Frame, row: Row) -> None:
        for one in fields.of_model(inner.program, row.model, field.depth - 1, field.site) if field.depth else ():
            if not _is_on_the_row(inner, one, row, [one.name]):
                _automatic(inner, one, rule, listings.read_path(inner, row, [one.name], field.site))

    for one in choices(value):
        if isinstance(one, Query):
            listings.run(frame, CONTEXT, field.name, one, field.site, show, field.site)
        elif isinstance(one, Row):
            show(frame, one)
