"""Displays: classes whose library shows the rows of a query by itself, and what that reads of each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perflint.catalog.showing import ChoiceRule, DisplayRule
from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, BIN, CALL, CONST, NAME, SEQ, STAR, Node
from perflint.program import attributes, calls, classes, effects, functions, listings, loading, sources, specials
from perflint.program.arguments import NO_ARGUMENTS, Arguments, evaluate_arguments
from perflint.program.program import Program
from perflint.program.values import (
    UNKNOWN,
    ClassKey,
    ClassValue,
    External,
    FunctionValue,
    Many,
    Object,
    Plain,
    Query,
    Row,
    Shared,
    Site,
    Tuple,
    Value,
    choices,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame

CONTEXT = "listing-row"
TEXT = "__str__"
"""The name of the column that shows a row's text."""

Column = tuple[Value, Site]
"""A name or a function, and the place that lists it."""


# --- which classes, for which models -------------------------------------------------------------------------------


def register(frame: Frame, told: tuple[str, tuple[int | str, ...]], arguments: Arguments, site: Site) -> None:
    """Note that a class shows rows of models: `site.register(Book, BookAdmin)`; without one it is the library's own."""
    kind, places = told
    display, _ = arguments.first(places)
    if isinstance(display, ClassValue):
        note(frame.program, display.key, kind, _flat(arguments.at(0)))
    elif display is None and places and not (arguments.star or arguments.double or arguments.keywords):
        models = [one.key for one in _flat(arguments.at(0)) if isinstance(one, ClassValue)]
        frame.program.displayed_plainly.update(dict.fromkeys([(site, model) for model in models], kind))


def note(program: Program, display: ClassKey, kind: str, models: Iterator[Value]) -> None:
    known = program.displayed.setdefault(display, (kind, []))[1]
    known += [one.key for one in models if isinstance(one, ClassValue) and one.key not in known]


def _flat(value: Value | None) -> Iterator[Value]:
    if isinstance(value, Tuple):
        yield from value.elements
    elif isinstance(value, Many):
        yield from choices(value.element)
    elif value is not None:
        yield value


def _decorated(program: Program, key: ClassKey) -> None:
    """Note the models that a class's decorator says it shows."""
    scope = program.scope(key[0])
    for node in program.class_(key).decorators:
        callee = scope.expr(node[2]) if node[0] == CALL else UNKNOWN
        entry = program.packs.calls.get(callee.name) if isinstance(callee, External) else None
        if entry is not None and entry.displays is not None:
            note(program, key, entry.displays[0], iter(evaluate_arguments(scope, node).positional))


def _rule_of(program: Program, key: ClassKey) -> DisplayRule | None:
    """What a pack says of the library's class that makes this one a display; None for other classes."""
    table = program.packs.displays
    for external in classes.externals(program, key):
        for one in program.packs.ancestors(external):
            if one in table:
                return table[one]
    # whatever it derives from: its place of registration takes nothing else
    return table.get(program.displayed[key][0]) if key in program.displayed else None


def serve(program: Program) -> None:
    """Show the rows of every display of the project."""
    from perflint.program.frame import Frame

    program.unlimited = True  # each display is its own
    for index, file in enumerate(program.files):
        if not file.production or file.template is not None:
            continue
        for cls in file.classes if program.packs.displays else ():
            key = (index, cls.number)
            try:
                _decorated(program, key)
                rule = _rule_of(program, key)
                if rule is not None and not rule.part:
                    for display in _displays(program, key):
                        _serve(Frame(program, index, None, None), display, rule, None)
                _offer(Frame(program, index, None, None), key)
            except Exception as error:  # a fault of ours costs this display only, and is told
                program.errors.append(f"{file.path}: {cls.qualname}: {type(error).__name__}: {error}")
    for (site, model), kind in program.displayed_plainly.items():
        if program.files[site[0]].production and kind in program.packs.displays:
            _serve_plainly(Frame(program, site[0], None, None), model, program.packs.displays[kind], site)
    program.unlimited = False


def _serve_plainly(frame: Frame, model: ClassKey, rule: DisplayRule, site: Site) -> None:
    """Show the rows of a model as the library's own display does."""

    def show(inner: Frame, row: Row) -> None:
        for name in (*rule.always, *rule.default):
            _read(inner, row, [name], site)

    rows = sources.query_of(frame, model, site)
    rows = replace(rows, bounded=True) if isinstance(rows, Query) else rows
    listings.run(frame, CONTEXT, f"{frame.program.class_(model).name} list", rows, site, show, site)


def _displays(program: Program, key: ClassKey) -> list[Object]:
    """A display for each model that its class is registered for; one of the class alone where it names its rows."""
    rule = _rule_of(program, key)
    models = program.displayed[key][1] if key in program.displayed else ()
    name = rule.model if rule is not None else ""
    return [Object(key, ((name, ClassValue(model)),)) for model in models] or [Object(key)]


# --- rows ----------------------------------------------------------------------------------------------------------


def _serve(frame: Frame, display: Object, rule: DisplayRule, parent: ClassKey | None) -> None:
    program = frame.program
    site = (display.cls[0], program.class_(display.cls).pos)
    rows = _rows(frame, display, rule, site)
    columns = list(_columns(frame, display.cls, rule, site))
    chosen = any(classes.find(program, display.cls, name) is not None for name in rule.chosen_by)

    def show(inner: Frame, row: Row) -> None:
        _show(inner, display, rule, columns, row, site)
        if chosen:
            listings.lower(inner.effects, 0, Confidence.MEDIUM)

    name = program.class_(display.cls).name
    for one in choices(rows):
        shown = one
        if isinstance(one, Query) and one.model is not None:
            shown = _loaded(frame, replace(one, manager=False, bounded=True), display, rule, columns)
            shown = _of_parent(program, shown, parent) if parent is not None else shown
            _hand(program, display, rule, shown)
            for inner, its in _inside(frame, display.cls, rule):
                _serve(frame, inner, its, one.model)
        listings.run(frame, CONTEXT, name, shown, site, show, site)


def _rows(frame: Frame, display: Object, rule: DisplayRule, site: Site) -> Value:
    """What a display shows: what its own method gives, else all rows of its model."""
    if rule.rows and classes.method(frame.program, display.cls, rule.rows) is not None:
        method = attributes.read(frame, display, rule.rows, site, None)
        return calls.call(frame, method, NO_ARGUMENTS, site)
    return sources.own_query(frame, (rule.model,), display, site) if rule.model else UNKNOWN


def _hand(program: Program, display: Object, rule: DisplayRule, query: Query) -> None:
    """Call the methods that are given a query over the rows: actions, filters."""
    # without a method that gives the rows, whoever does may have loaded anything with them
    query = replace(query, narrowed=True, open_loads=query.open_loads or not rule.rows)
    own = [one for one in classes.mro(program, display.cls) if isinstance(one, tuple)] if rule.hands else []
    for base in own:
        for name, key in classes.methods(program, base):
            takes = any(one.name == rule.hands for one in program.function(key).parameters)
            if takes and classes.method(program, display.cls, name) == key:
                functions.summarise(program, FunctionValue(key, bound=display, owner=base), {rule.hands: query})


def _of_parent(program: Program, query: Query, parent: ClassKey) -> Query:
    """The rows that belong to one row, which they all know."""
    names = program.models.between(query.model, parent) if query.model is not None else []
    shared: tuple[Shared, ...] = tuple([(name, None) for name in names])
    return replace(query, loads=query.loads | {(name,) for name in names}, shared=shared, open_loads=not names)


def _inside(frame: Frame, key: ClassKey, rule: DisplayRule) -> Iterator[tuple[Object, DisplayRule]]:
    """The displays that a display lists as parts of itself."""
    for value, _ in _listed_in(frame, key, rule.inside) if rule.inside else ():
        its = _rule_of(frame.program, value.key) if isinstance(value, ClassValue) else None
        if isinstance(value, ClassValue) and its is not None and its.part:
            yield Object(value.key), its


def _loaded(frame: Frame, query: Query, display: Object, rule: DisplayRule, columns: list[Column]) -> Query:
    """The query with what the display loads besides."""
    program = frame.program
    assert query.model is not None
    found = classes.find(program, display.cls, rule.loads) if rule.loads else None
    told = attributes.class_variable(frame, found[0], rule.loads, found[1]) if found is not None else Plain(False)
    if told == Plain(True) or (told == Plain(False) and rule.joins and _names_relation(program, query.model, columns)):
        return replace(query, loads=query.loads | program.models.required(query.model))
    if told == Plain(False):
        return query
    given = list(_flat(told))
    if not given or not all(isinstance(one, Plain) and isinstance(one.text, str) for one in given):
        return replace(query, open_loads=True)
    paths = {loading.path_of(frame, one.text) for one in given if isinstance(one, Plain)}
    return replace(query, loads=query.loads | paths)


def _names_relation(program: Program, model: ClassKey, columns: list[Column]) -> bool:
    """Whether a column is a relation to one row, or may be one for all that is known."""
    found = [program.models.relation(model, one.text) for one, _ in columns if isinstance(one, Plain)]
    return any(one == UNKNOWN for one, _ in columns) or any(one is not None and not one.many for one in found)


# --- what is shown of a row ----------------------------------------------------------------------------------------


def _columns(frame: Frame, key: ClassKey, rule: DisplayRule, site: Site) -> Iterator[Column]:
    named = [one for attribute in rule.columns for one in _listed_in(frame, key, attribute)]
    chosen = any(classes.find(frame.program, key, name) is not None for name in rule.chosen_by)
    yield from named
    for name in (*rule.always, *(rule.default if not named and not chosen else ())):
        yield Plain(name), site


def _listed_in(frame: Frame, key: ClassKey, name: str) -> Iterator[Column]:
    """What a class attribute lists, at the place of its assignment."""
    found = classes.find(frame.program, key, name)
    if found is not None and found[1][0] in (ASSIGN, ANN):
        node = found[1]
        value, pos = (node[2], node[3]) if node[0] == ASSIGN else (node[3], node[4])
        scope = frame.program.scope(found[0][0])
        yield from ((one, (found[0][0], pos)) for one in _items(scope, found[0], value))


def _items(scope: Frame, owner: ClassKey, node: Node, depth: int = 8) -> Iterator[Value]:
    """The elements of a list, tuple or sum of such, also of other classes; unknown ones for what is not."""
    program = scope.program
    if node is None or node[0] == CONST:
        return
    if node[0] == SEQ:
        for one in node[2]:
            if one[0] == STAR:
                yield from _items(scope, owner, one[1], depth)
            else:
                yield _item(scope, owner, one)
    elif node[0] == BIN:
        for one in node[2:4]:
            yield from _items(scope, owner, one, depth)
    elif node[0] == ATTR and depth:
        holder = scope.expr(node[2])
        found = classes.find(program, holder.key, node[3]) if isinstance(holder, ClassValue) else None
        if found is not None and found[1][0] == ASSIGN:
            yield from _items(program.scope(found[0][0]), found[0], found[1][2], depth - 1)
        else:
            yield UNKNOWN
    elif node[0] == NAME and depth:
        told = classes.members(program, owner).get(node[1]) or program.static(scope.file).get(node[1])
        if told is not None and told[0] == ASSIGN:
            yield from _items(scope, owner, told[2], depth - 1)
        else:
            yield UNKNOWN
    else:
        yield UNKNOWN


def _item(scope: Frame, owner: ClassKey, node: Node) -> Value:
    if node[0] == CONST:
        return Plain(node[1]) if isinstance(node[1], str) and node[1] != "…" else UNKNOWN
    method = classes.method(scope.program, owner, node[1]) if node[0] == NAME else None
    if method is not None:
        return FunctionValue(method)
    value = scope.expr(node)
    return value if isinstance(value, (FunctionValue, ClassValue)) else UNKNOWN


def _show(frame: Frame, display: Object, rule: DisplayRule, columns: list[Column], row: Row, site: Site) -> None:
    for column, at in columns:
        if isinstance(column, FunctionValue):
            frame.effects += listings.effects_of(frame, column, row)
        elif isinstance(column, Plain):
            _column(frame, display, rule, str(column.text), row, at)
    for name, read in rule.each:
        own = _methods(frame.program, display.cls, name)
        for method in own:
            listings.call_with(frame, display, method, row)
        if read and classes.find(frame.program, display.cls, name) is None:
            _read(frame, row, [read], site)
    named = {str(one.text) for one, _ in columns if isinstance(one, Plain)} if rule.joins else set()
    for place, effect in enumerate(frame.effects):  # newer versions of the library load what a column names, for all
        if effect.kind in ("relation", "own-key") and effect.detail in named:
            frame.effects[place] = effects.replace(effect, confidence=min(effect.confidence, Confidence.MEDIUM))


def _methods(program: Program, key: ClassKey, name: str) -> list[str]:
    """The methods of a class by a name; all that begin so, if it ends in a star."""
    if not name.endswith("*"):
        return [name] if classes.method(program, key, name) is not None else []
    own = [one for one in classes.mro(program, key) if isinstance(one, tuple)]
    names = {one for base in own for one in classes.members(program, base) if one.startswith(name[:-1])}
    return [one for one in sorted(names) if classes.method(program, key, one) is not None]


def _column(frame: Frame, display: Object, rule: DisplayRule, name: str, row: Row, site: Site) -> None:
    program = frame.program
    if name != TEXT and classes.method(program, display.cls, name) is not None:
        listings.call_with(frame, display, name, row)
        return
    path = [name]
    relation = program.models.relation(row.model, name)
    if relation is None and row.model is not None and classes.find(program, row.model, name) is None:
        path = list(loading.path_of(frame, name))
        relation = program.models.relation(row.model, path[0])
    start = len(frame.effects)
    _read(frame, row, path, site)
    if relation is not None and rule.joins:  # newer versions of the library load what a column names
        listings.lower(frame.effects, start, Confidence.MEDIUM)


def _read(frame: Frame, row: Row, path: list[str], site: Site) -> None:
    """Show what a row has under a path; a row that is found there says its text."""
    value: Value = row
    if path != [TEXT]:
        value = listings.read_path(frame, row, path, site)
    for one in choices(value):
        if isinstance(one, Row):
            specials.to_text(frame, one, site)


# --- choices -------------------------------------------------------------------------------------------------------


def _offer(frame: Frame, key: ClassKey) -> None:
    """Offer for choice the rows of the fields that stand in the body of a form."""
    program = frame.program
    inside = {one: program.packs.choices[one].inside for one in program.packs.choices}
    if not any(classes.inherits(program, key, names) for names in inside.values()):
        return
    for name, node in classes.members(program, key).items():
        call = node[2] if node[0] == ASSIGN else node[3] if node[0] == ANN else None
        if call is not None and call[0] == CALL:
            _offer_one(frame, key, name, call)


def _offer_one(frame: Frame, key: ClassKey, name: str, call: Node) -> None:
    program = frame.program
    scope = program.scope(key[0])
    count = len(scope.effects)
    callee = scope.expr(call[2])
    rule, field = _choice_rule(program, callee)
    if rule is not None:
        arguments = evaluate_arguments(scope, call)
        rows, _ = arguments.first(rule.rows)
        site = (key[0], call[1])
        told = not arguments.double and not any(arguments.at(one) is not None for one in rule.unless)
        # a field of the project that says nothing of the text may show no row: it asks for them as one types
        told = told and (field is None or classes.method(program, field, rule.label) is not None)
        if rows is not None and told:
            _offer_rows(frame, key, rule, field, name, rows, site)
    del scope.effects[count:]


def _choice_rule(program: Program, callee: Value) -> tuple[ChoiceRule | None, ClassKey | None]:
    table: Mapping[str, ChoiceRule] = program.packs.choices
    if isinstance(callee, External):
        return table.get(callee.name), None
    if isinstance(callee, ClassValue):
        found = [table[one] for one in classes.externals(program, callee.key) if one in table]
        return (found[0] if found else None), callee.key
    return None, None


def _offer_rows(
    frame: Frame, key: ClassKey, rule: ChoiceRule, field: ClassKey | None, name: str, rows: Value, site: Site
) -> None:
    program = frame.program
    chosen = any(classes.find(program, key, one) is not None for one in rule.chosen_by)

    def show(inner: Frame, row: Row) -> None:
        if field is not None and classes.method(program, field, rule.label) is not None:
            listings.call_with(inner, Object(field), rule.label, row)
        else:
            specials.to_text(inner, row, site)
        if chosen:  # the form may give the field another query
            listings.lower(inner.effects, 0, Confidence.LOW)

    listings.run(frame, CONTEXT, name, rows, site, show, site)
