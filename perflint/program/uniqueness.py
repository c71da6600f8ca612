"""Rows of which there is one at most: the columns that tell a row from all others, and what a filter says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from perflint.catalog.packs import Constraint, Entry, Orm
from perflint.facts.ir import ATTR, BIN, CALL, CONST, NAME, SEQ, Node
from perflint.program import classes, declarations, identity, options
from perflint.program.values import BATCH, ClassKey, External, Many, Method, Plain, Query, Tuple, Value, replace

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame
    from perflint.program.program import Program


def narrowed(frame: Frame, query: Query, entry: Entry, arguments: Arguments) -> Query:
    """A query after a filter: the columns that it compares with one value each."""
    model = query.model
    if model is None or not entry.equal:
        return query
    names = {name for name, value in arguments.keywords.items() if _is_one(value)}
    for node in arguments.nodes:
        names |= _compared(frame, model, node)
    named = {one for name in names for one in _plain(frame.program, model, name)}
    return replace(query, fixed=query.fixed | named) if named else query


def is_single(program: Program, query: Query) -> bool:
    """Whether what a query is filtered by leaves one row at most."""
    if not query.fixed or query.model is None or query.values or len(query.entities) > 1:
        return False
    return any(key <= query.fixed for key in _keys(program, query.model))


def tells_apart(program: Program, model: ClassKey, names: frozenset[str]) -> bool:
    """Whether no two rows of a model have the same of these columns."""
    plain = {one for name in names for one in _plain(program, model, name)}
    return any(key <= plain for key in _keys(program, model))


def _is_one(value: Value) -> bool:
    """Whether a filter's argument is one value: not several, and not NULL, of which there may be many."""
    return not isinstance(value, (Many, Tuple, Query)) and value not in (BATCH, Plain(None))


def _compared(frame: Frame, model: ClassKey, node: Node) -> set[str]:
    if node[0] == BIN and node[1] == "BitAnd":
        return _compared(frame, model, node[2]) | _compared(frame, model, node[3])
    column = identity.compared(frame, model, node)
    return {column} if column else set()


def _plain(program: Program, model: ClassKey, name: str) -> frozenset[str]:
    """What a filter's name stands for: the relation behind a key's column, the columns of the row's own key."""
    mapper = program.models.orm_of(model)
    if mapper is not None and name in mapper.unique.keys:
        return _primary(program, model, mapper) or frozenset([mapper.unique.keys[0]])
    for relation in program.models.relations(model).values():
        if not relation.many and name in (relation.column, f"{relation.name}_id"):
            return frozenset([relation.name])
    return frozenset([name])


def _keys(program: Program, model: ClassKey) -> tuple[frozenset[str], ...]:
    """The sets of columns of which no two rows of a model have the same."""
    found = program.unique_keys.get(model)
    if found is None:
        mapper = program.models.orm_of(model)
        told = () if mapper is None else tuple(_told(program, model, mapper))
        found = program.unique_keys[model] = tuple(
            frozenset(one for name in names for one in _plain(program, model, name)) for names in told if names
        )
    return found


def _told(program: Program, model: ClassKey, mapper: Orm) -> Iterator[frozenset[str]]:
    unique = mapper.unique
    yield _primary(program, model, mapper) or frozenset(unique.keys[:1])
    for name, relation in program.models.relations(model).items():
        inverse = program.models.relation(relation.target, relation.inverse)
        if relation.column and inverse is not None and not inverse.many:  # one to one
            yield frozenset([name])
    for base in classes.mro(program, model):
        if not isinstance(base, tuple):
            continue
        for name, node in classes.members(program, base).items():
            if unique.argument and _says(program, base, node, unique.argument):
                yield frozenset([name])
        for path in unique.together:
            yield from _together(options.at(program, base, path))
        for path in unique.listed:
            for one in _parts(options.at(program, base, path)):
                yield _constrained(program, base[0], one, unique.constraints)


def _primary(program: Program, model: ClassKey, mapper: Orm) -> frozenset[str]:
    """The columns that a model declares as its rows' own key."""
    argument = mapper.unique.primary
    for base in classes.mro(program, model) if argument else ():
        if isinstance(base, tuple):
            declared = classes.members(program, base).items()
            names = frozenset(name for name, node in declared if _says(program, base, node, argument))
            if names:
                return names
    return frozenset()


def _says(program: Program, key: ClassKey, node: Node, argument: str) -> bool:
    """Whether the call that a model's body binds a name to has an argument that is True."""
    value = declarations.value_of(program.files[key[0]].functions, node)
    return value is not None and value[0] == CALL and (argument, (CONST, True)) in value[4]


def _together(node: Node | None) -> Iterator[frozenset[str]]:
    """`("shelf", "place")`, or a list of such."""
    parts = _parts(node)
    names = frozenset(declarations.text(one) for one in parts)
    if names and "" not in names:
        yield names
    for one in parts:
        if one[0] == SEQ:
            yield from _together(one)


def _constrained(program: Program, file: int, node: Node, known: Mapping[str, Constraint]) -> frozenset[str]:
    """The columns that a constraint's call names, if no two rows may have the same of them."""
    made = program.scope(file).expr(node[2]) if node[0] == CALL and node[2][0] in (NAME, ATTR) else None
    constraint = known.get(made.name) if isinstance(made, External) else None
    if isinstance(made, Method):  # an extension hands on what its library names
        constraint = next((one for name, one in known.items() if name.rpartition(".")[2] == made.name), None)
    if constraint is None:
        return frozenset()
    given = dict(node[4])
    if not given.keys().isdisjoint(constraint.unless):
        return frozenset()
    if constraint.only_if and given.get(constraint.only_if) != (CONST, True):
        return frozenset()
    columns = constraint.columns
    parts = _parts(given.get(columns)) if isinstance(columns, str) else node[3][columns:]
    names = frozenset(declarations.text(one) for one in parts)
    return names if "" not in names else frozenset()


def _parts(node: Node | None) -> tuple[Node, ...]:
    return tuple(node[2]) if node is not None and node[0] == SEQ else ()
