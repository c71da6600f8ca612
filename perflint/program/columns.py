"""Columns that a query leaves out: reading one of a row sends a query for it alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, CONST, NAME, SUB, Node
from perflint.program import classes
from perflint.program.arguments import Arguments
from perflint.program.values import (
    WHOLE,
    ClassKey,
    ClassValue,
    Columns,
    External,
    Method,
    Partial,
    Path,
    Plain,
    Query,
    Row,
    Site,
    Value,
    choices,
    replace,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.catalog.packs import Orm
    from perflint.program.effects import Loop
    from perflint.program.frame import Frame
    from perflint.program.program import Program


# --- what a query says ---------------------------------------------------------------------------------------------


def narrowed(columns: Columns, kind: str, paths: list[Path] | None) -> Columns:
    """What is read once these paths alone are (`columns`), or are not (`without`); all where they are unknown."""
    if not paths:
        return Columns(apart=columns.apart)
    if kind == "without":
        return columns._replace(left=columns.left | frozenset(paths))
    # a path through a relation reads the relation's own column too
    kept = frozenset(path[:end] for path in paths for end in range(1, len(path) + 1))
    return Columns(kept, frozenset() if columns.kept else columns.left, columns.apart)


def named_in(arguments: Arguments, separators: tuple[str, ...]) -> list[Path] | None:
    """The columns that texts name, each by its path; None where one is not known."""
    if arguments.star or arguments.double or arguments.keywords:
        return None
    paths = []
    for value in arguments.positional:
        if not isinstance(value, Plain) or not isinstance(value.text, str) or not value.text:
            return None
        text = value.text
        for separator in separators:
            text = text.replace(separator, "\0")
        path = tuple(text.split("\0"))
        if not all(name.isidentifier() for name in path):
            return None
        paths.append(path)
    return paths


def named_by_options(frame: Frame, arguments: Arguments) -> tuple[list[Path] | None, ClassKey | None]:
    """The columns that a loader option names, as `Book.title` or by text, and the model that they belong to."""
    texts = [one for one in arguments.positional if isinstance(one, Plain) and isinstance(one.text, str)]
    if texts and len(texts) == len(arguments.positional):
        return named_in(arguments, ()), None
    if arguments.star or arguments.double or arguments.keywords or len(arguments.nodes) != len(arguments.positional):
        return None, None
    paths: list[Path] = []
    models = set()
    for node in arguments.nodes:
        holder = frame.expr(node[2]) if node[0] == ATTR else None
        if not isinstance(holder, ClassValue):
            return None, None
        models.add(holder.key)
        paths.append((node[3],))
    return (paths, models.pop()) if len(models) == 1 else (None, None)


def under(path: Path, columns: Columns) -> Columns:
    """The columns of a row that this path leads to, as those of the row that it starts from."""
    return Columns(*[frozenset((*path, *one) for one in paths) for paths in columns])


def below(columns: Columns, name: str) -> Columns:
    """The columns of the row that a relation leads to."""
    if columns == WHOLE or (name,) in columns.apart:
        return WHOLE
    return Columns(*[frozenset(path[1:] for path in paths if path[0] == name and path[1:]) for paths in columns])


def both(one: Columns, other: Columns) -> Columns:
    """Two limits of one query, on rows that different relations lead to."""
    return Columns(*[first | second for first, second in zip(one, other, strict=True)])


# --- what that means for a row -------------------------------------------------------------------------------------


def is_left_out(program: Program, row: Row | Query, name: str) -> bool:
    """Whether a row has to ask for a column: it is one of the model's, and the query did not read it."""
    columns, model = row.columns, row.model
    if columns == WHOLE or model is None or (name,) in row.loads:
        return False
    names = {name, *[one.name for one in program.models.relations(model).values() if name == one.column]}
    relation = program.models.relation(model, name)
    if relation is not None:
        names.add(relation.column)
    kept = {path[0] for path in columns.kept if len(path) == 1}
    left = any((one,) in columns.left for one in names)
    if not left and (not kept or not names.isdisjoint(kept)):
        return False
    mapper = program.models.orm_of(model)
    if mapper is None or any(is_key(program, model, mapper, one) for one in names):
        return False
    if relation is not None or name in program.models.key_columns(model):
        return True
    makers = set(_makers(program, model, name))
    if not makers:
        return False
    return left or any(
        _is_column(program, mapper, one) or one in _makers(program, model, other) for one in makers for other in kept
    )


def _member(program: Program, model: ClassKey, name: str) -> tuple[ClassKey, Node] | None:
    found = classes.find(program, model, name)
    return found if found is not None and found[1][0] in (ASSIGN, ANN) else None


def _call_of(node: Node) -> Node | None:
    value: Node | None = node[2] if node[0] == ASSIGN else node[3]
    return value if value is not None and value[0] == CALL else None


def is_key(program: Program, model: ClassKey, mapper: Orm, name: str) -> bool:
    """Whether a column is the row's own key, or part of it: every query reads that."""
    if name in mapper.unique.keys:
        return True
    found = _member(program, model, name)
    call = _call_of(found[1]) if found is not None else None
    return call is not None and dict(call[4]).get(mapper.unique.primary) == (CONST, True)


def _makers(program: Program, model: ClassKey, name: str) -> Iterator[Value]:
    """What makes a member of a model: the call that it is assigned, the annotation that it has."""
    found = _member(program, model, name)
    if found is None:
        return
    scope, node = program.scope(found[0][0]), found[1]
    call = _call_of(node)
    heads = [call[2]] if call is not None else []
    if node[0] == ANN and node[2][0] == SUB:
        heads.append(node[2][2])
    for head in heads:
        value = scope.expr(head) if head[0] in (NAME, ATTR) else None
        if isinstance(value, (External, ClassValue, Method, Partial)):
            yield value


def _is_column(program: Program, mapper: Orm, maker: Value) -> bool:
    if isinstance(maker, ClassValue):
        return any(one in mapper.columns for one in classes.externals(program, maker.key))
    return isinstance(maker, External) and maker.name in mapper.columns


def note_parents(frame: Frame, value: Value, loop: Loop) -> None:
    """Rows of a relation are told the row they were read from by their key of it: without it each asks for it."""
    for one in choices(value):
        if not isinstance(one, Query) or one.columns == WHOLE or one.values or one.model is None:
            continue
        mapper = frame.program.models.orm_of(one.model)
        if mapper is None or mapper.parents != "known":
            continue
        for name, _ in one.shared:
            relation = frame.program.models.relation(one.model, name)
            if relation is not None and relation.column and is_left_out(frame.program, one, relation.column):
                note(frame, Row(one.model, one.source, loop=loop.site), relation.column, loop.site, loop)


def note(frame: Frame, row: Row, name: str, site: Site, loop: Loop | None = None) -> None:
    """Note that a row asks for a column, once for each row of a loop: the row keeps what it read."""
    key = (row.loop, row.model, name, row.source, frame.loops[-1].site if frame.loops else None)
    if key in frame.read:
        return
    frame.read.add(key)
    sure = Confidence.LOW if row.open_loads else Confidence.MEDIUM if row.looks else Confidence.HIGH
    model = frame.program.class_(row.model).name if row.model is not None else ""
    frame.record(
        "left-out", name, site, blocks=True, confidence=sure, row=row.loop, source=row.source, detail=name, model=model
    )
    if loop is not None:
        frame.effects[-1] = replace(frame.effects[-1], loops=(*frame.loops, loop))
