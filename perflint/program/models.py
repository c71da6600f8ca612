"""Models of the whole project: which classes are models, and their relations, forward and reverse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perflint.catalog.packs import Orm
from perflint.catalog.packs import Relation as RelationKind
from perflint.facts.ir import ANN, ASSIGN, ATTR, BIN, CALL, CONST, DEF, LAMBDA, NAME, RETURN, SEQ, SUB, Node
from perflint.program import classes, declarations, options
from perflint.program.library_models import label_of
from perflint.program.values import ClassKey, ClassValue, External, Instance, Method, Object, Path, Query, Value

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program


WAYS = 64
"""Paths between models that are followed at once: a web of models has no end of them."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a model. `inverse` is its name on the other side, `column` the key beside it on the row.

    `many` tells how many rows it gives; `collection` that reading it loads it (SQLAlchemy) rather than giving a
    manager (Django); `eager` that the mapping loads it with the row, `dynamic` that it is a query each time,
    `silent` that reading it costs nothing for each row. `gives` is the type of what a relation to many gives, where it
    is not the mapper's manager or query; `awaited` that the row is there only after an `await`, `optional` that there
    may be none, `holds_key` that the column holds the key of the row that it leads to.
    """

    name: str
    many: bool
    target: ClassKey | None
    inverse: str = ""
    column: str = ""
    collection: bool = False
    eager: bool = False
    silent: bool = False
    dynamic: bool = False
    generic: bool = False
    gives: str = ""
    awaited: bool = False
    optional: bool = False
    holds_key: bool = False


class Models:
    """The index of models. Names in strings are looked up among all models, the nearest file first."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._orms: dict[ClassKey, Orm | None] = {}
        self._by_name: dict[str, list[ClassKey]] = {}
        self._forward: dict[ClassKey, dict[str, Relation]] = {}
        self._reverse: dict[ClassKey, dict[str, Relation]] = {}
        self._annotated: dict[ClassKey, dict[str, Relation]] = {}
        self._labels = {label_of(name): key for name, key in program.library_models.items()}
        self._merged: dict[ClassKey, dict[str, Relation]] = {}
        self._kinds: dict[str, tuple[Orm, RelationKind]] = {
            name: (orm, kind) for orm in program.packs.orms for name, kind in orm.relations.items()
        }
        self._manager_types = {name for orm in program.packs.orms for name in orm.managers.values()}

    def is_manager(self, type_name: str) -> bool:
        """Whether a library type is a manager of models, or derives from one."""
        return any(one in self._manager_types for one in self.program.packs.ancestors(type_name))

    def start_of(self, type_name: str) -> str:
        """The method of a project's own manager that gives what its queries start from; "" where there is none."""
        ancestors = self.program.packs.ancestors(type_name)
        for orm in self.program.packs.orms:
            if any(one in orm.managers.values() for one in ancestors):
                return orm.start
        return ""

    def library_manager(self, type_name: str, name: str) -> str:
        """The manager type behind `Model.name` of a library's own model; "" where it is none."""
        entry = self.program.packs.attribute(type_name, name)
        if entry is not None and entry.returns[0] == "instance" and self.is_manager(entry.returns[1]):
            return str(entry.returns[1])
        ancestors = self.program.packs.ancestors(type_name)
        for orm in self.program.packs.orms:
            if name in orm.managers and any(one in orm.models for one in ancestors):
                return orm.managers[name]
        return ""

    def user_class(self, name: str) -> ClassKey | None:
        """The project's own user model, where `name` stands for it."""
        return self._user_model(name)

    def query_types(self) -> list[str]:
        """The library types of managers and queries over models."""
        return sorted(self._manager_types) + [orm.query for orm in self.program.packs.orms if orm.managers]

    def orm_of(self, key: ClassKey) -> Orm | None:
        """The mapper that a class is a model of; None for other classes."""
        if not self.program.packs.orms:
            return None
        if key not in self._orms:
            self._orms[key] = None
            for external in classes.externals(self.program, key):
                ancestors = self.program.packs.ancestors(external)
                for orm in self.program.packs.orms:
                    if any(one in orm.models for one in ancestors) and self._is_table(key, orm):
                        self._orms[key] = orm
            if self._orms[key] is None:
                self._orms[key] = self._by_columns(key)
        return self._orms[key]

    def _by_columns(self, key: ClassKey) -> Orm | None:
        """The mapper whose columns a class declares: its base may come from a library that nobody describes."""
        for base in classes.mro(self.program, key):
            if not isinstance(base, tuple):
                continue
            scope = self.program.scope(base[0])
            for node in classes.members(self.program, base).values():
                value = node[2] if node[0] == ASSIGN else node[3] if node[0] == ANN else None
                if value is None or value[0] != CALL or value[2][0] not in (NAME, ATTR):
                    continue
                made = scope.expr(value[2])
                if isinstance(made, External):
                    for orm in self.program.packs.orms:
                        if made.name in orm.columns or made.name in orm.relations:
                            return orm
        return None

    def _is_table(self, key: ClassKey, orm: Orm) -> bool:
        if not orm.keyword:
            return True
        for base in classes.mro(self.program, key):
            if isinstance(base, tuple):
                for name, value in self.program.class_(base).keywords:
                    if name == orm.keyword:
                        return value == (CONST, True)
        return False

    def index(self) -> None:
        """Find all models and their relations."""
        if not self.program.packs.orms:
            return
        keys = [
            (index, cls.number)
            for index, file in enumerate(self.program.files)
            for cls in file.classes
            if cls.bases and self.orm_of((index, cls.number)) is not None
        ]
        for key in keys:
            if key in self.program.library_names:
                continue
            self._by_name.setdefault(self.program.class_(key).name, []).append(key)
        parents = {base for key in keys for base in classes.mro(self.program, key)[1:]}
        for key in sorted(keys, key=lambda one: one not in parents):  # the other side of a mixin's are the last models
            self._forward[key] = {**dict(self._mixed_in(key)), **dict(self._declared(key))}
            self._annotated[key] = dict(self._told(key))
        self._merged.clear()  # what was asked for meanwhile was not complete

    def is_abstract(self, key: ClassKey) -> bool:
        """Whether a model has no table: it only lends its columns."""
        orm = self.orm_of(key)
        return orm is not None and options.is_abstract(self.program, key, orm.abstract)

    def is_ordered(self, key: ClassKey | None) -> bool:
        """Whether the rows of a model have an order of their own."""
        orm = self.orm_of(key) if key is not None else None
        return orm is not None and options.is_ordered(self.program, key, orm.order, orm.abstract)

    def relations(self, key: ClassKey) -> dict[str, Relation]:
        """All relations of a model by name, inherited and reverse ones included."""
        known = self._merged.get(key)
        if known is None:
            known = {}
            for base in reversed(classes.mro(self.program, key)):
                if isinstance(base, tuple):
                    for name in known.keys() & classes.members(self.program, base).keys():
                        del known[name]  # a subclass binds the name to something else
                    known.update(self._annotated.get(base, {}))  # the other side, where it is known, says more
                    known.update(self._reverse.get(base, {}))
                    known.update(self._forward.get(base, {}))
            self._merged[key] = known
        return known

    def relation(self, key: ClassKey | None, name: str) -> Relation | None:
        """One relation of a model."""
        return self.relations(key).get(name) if key is not None else None

    def declares(self, key: ClassKey | None, name: str) -> bool:
        """Whether a model or one of its bases declares a relation itself, and not its other side."""
        return key is not None and any(
            name in self._forward.get(one, {}) for one in classes.mro(self.program, key) if isinstance(one, tuple)
        )

    def query_from_annotation(self, frame: Frame, orm: Orm, type_name: str, key: ClassKey) -> Value:
        """A query that only an annotation names: it may load anything."""
        site = (frame.file, frame.function.pos if frame.function is not None else 0)
        return Query(type_name, key, site, open_loads=True, narrowed=True)

    def key_columns(self, key: ClassKey) -> frozenset[str]:
        """Names of the columns that hold the keys of forward relations."""
        return frozenset(one.column for one in self.relations(key).values() if one.column)

    def keyed_by(self, key: ClassKey, column: str) -> set[str]:
        """The relations to one row whose key a column holds, as far as its name or its target tells."""
        ones = {name: one for name, one in self.relations(key).items() if not one.many}
        named = {name for name, one in ones.items() if column in (one.column, f"{name}_id")}
        if named:
            return named
        declared = classes.find(self.program, key, column)
        if declared is None:
            return set()
        tables = set(declarations.tables(self.program.files[declared[0][0]].functions, declared[1]))
        targets = {name: self._tables_of(one.target) for name, one in ones.items() if one.target is not None}
        found = {name for name, told in targets.items() if not tables.isdisjoint(told)}
        return found if len(found) == 1 else set()

    # declarations

    def _declared(self, key: ClassKey) -> Iterator[tuple[str, Relation]]:
        """The relations that a model declares, those of its abstract bases too: each heir has them for itself."""
        bound: set[str] = set()
        for base in classes.mro(self.program, key):
            if not isinstance(base, tuple) or (base != key and not self.is_abstract(base)):
                continue
            scope = self.program.scope(base[0])
            for name, node in list(classes.members(self.program, base).items()):
                annotation, value = None, None
                if node[0] == ASSIGN:
                    value = node[2]
                elif node[0] == ANN:
                    annotation, value = node[2], node[3]
                if name in bound or value is None or value[0] != CALL:
                    continue
                kind = self._kind(scope, value[2])
                if kind is not None:
                    yield name, self._relation(scope, key, name, value, annotation, *kind)
            bound.update(classes.members(self.program, base))

    def _mixed_in(self, key: ClassKey) -> Iterator[tuple[str, Relation]]:
        """Relations that a decorated method of the model or of a mixin makes, for each model of its own."""
        for base in classes.mro(self.program, key):
            if not isinstance(base, tuple):
                continue
            functions = self.program.files[base[0]].functions
            for name, node in classes.members(self.program, base).items():
                if node[0] != DEF or not functions[node[1]].decorators or "declares" not in self._meanings(base, node):
                    continue
                value = declarations.value_of(functions, node)
                if value is None or value[0] != CALL or classes.find(self.program, key, name) != (base, node):
                    continue
                scope = self.program.scope(base[0])
                kind = self._kind(scope, value[2])
                if kind is not None:
                    yield name, self._relation(scope, key, name, value, functions[node[1]].returns, *kind)

    def _meanings(self, key: ClassKey, node: Node) -> Iterator[str]:
        scope = self.program.scope(key[0])
        for one in self.program.files[key[0]].functions[node[1]].decorators:
            target = scope.expr(one) if one[0] in (NAME, ATTR) else None
            if isinstance(target, External):
                yield self.program.packs.semantics.get(target.name, "")

    def _told(self, key: ClassKey) -> Iterator[tuple[str, Relation]]:
        """Relations that only an annotation declares: `books: ReverseRelation["Book"]`."""
        scope = self.program.scope(key[0])
        for name, node in list(classes.members(self.program, key).items()):
            if node[0] == ANN and node[3] is None and node[2][0] == SUB:
                found = self._kind(scope, node[2][2])
                if found is not None:
                    kind = found[1]
                    target = self._target(scope, key, node[2][3])
                    yield name, Relation(name, kind.to == "many", target, gives=kind.gives, awaited=kind.awaited)

    def _kind(self, scope: Frame, function: Node) -> tuple[Orm, RelationKind] | None:
        if function[0] == SUB:  # `ForeignKey[Author, Author](…)`
            function = function[2]
        if function[0] not in (NAME, ATTR):
            return None
        value = scope.expr(function)
        if isinstance(value, External):
            return self._kinds.get(value.name)
        if isinstance(value, Method):
            for one in self._types(value.receiver):
                found = self._kinds.get(f"{one}.{value.name}")
                if found is not None:
                    return found
        if isinstance(value, ClassValue):  # a field class of the project's own
            for external in classes.externals(self.program, value.key):
                if external in self._kinds:
                    return self._kinds[external]
        return None

    def _types(self, receiver: Value) -> Iterator[str]:
        """The library types whose methods a receiver has."""
        names: tuple[str, ...] = (receiver.type,) if isinstance(receiver, Instance) else ()
        if isinstance(receiver, Object):
            names = classes.externals(self.program, receiver.cls)
        for name in names:
            yield from self.program.packs.ancestors(name)

    def _relation(
        self, scope: Frame, key: ClassKey, name: str, call: Node, annotation: Node | None, orm: Orm, kind: RelationKind
    ) -> Relation:
        keywords = {one: value for one, value in call[4] if one}
        target_node = keywords.get(kind.target)
        if target_node is None and 0 <= kind.target_at < len(call[3]):
            target_node = call[3][kind.target_at]
        if 0 <= kind.reverse_at < len(call[3]):
            keywords.setdefault(kind.reverse, call[3][kind.reverse_at])
        target = self._target(scope, key, target_node, kind.target_self)
        many = kind.to == "many"
        collection = kind.to == "mapped"
        if collection:
            told_many, told_target = self._mapped(scope, key, annotation)
            target = target or told_target
            many = self._is_many(key, keywords, target, told_many, orm, kind)
        lazy = declarations.setting(keywords.get(kind.lazy))
        inverse = self._reverse_of(scope, key, name, keywords, kind, target, many, collection)
        return Relation(
            name, many, target, inverse, kind.column.format(name=name) if kind.column else "", collection,
            lazy in kind.eager_values, lazy in kind.free_values or self._comes_together(key, kind),
            lazy in kind.query_values, kind.generic, kind.gives, kind.awaited,
            keywords.get(kind.optional) == (CONST, True),
            bool(kind.column) and keywords.keys().isdisjoint(kind.unkeyed),
        )  # fmt: skip

    def _comes_together(self, key: ClassKey, kind: RelationKind) -> bool:
        """Whether one read loads the relation for all rows of this model that were read at once."""
        return bool(kind.together_with) and classes.inherits(self.program, key, (kind.together_with,))

    def _reverse_of(
        self, scope: Frame, key: ClassKey, name: str, keywords: dict[str, Node], kind: RelationKind,
        target: ClassKey | None, many: bool, collection: bool,
    ) -> str:  # fmt: skip
        """Declare the other side; give back its name."""
        back = declarations.text(keywords.get(kind.back)) if kind.back else ""
        if back:
            return back
        node = keywords.get(kind.reverse) if kind.reverse else None
        lazy: str | bool = ""
        several = True
        if node is not None and node[0] == CALL and node[3]:  # backref("name", lazy=…, uselist=…)
            options = dict(node[4])
            lazy, several = declarations.setting(options.get(kind.lazy)), options.get(kind.several) != (CONST, False)
            node = node[3][0]
        class_name = self.program.class_(key).name.lower()
        reverse = declarations.text(node)
        if kind.reverse_model:
            reverse = reverse.replace(kind.reverse_model, class_name)
        if not reverse and node is None and kind.reverse_default:
            reverse = kind.reverse_default.format(model=class_name)
        if not reverse.isidentifier():  # made of more than is known here, or a way to say that there is none
            return ""
        if target is not None and not self.is_abstract(key):
            reverse_many = kind.reverse_to == "many" or (
                collection and several and (not many or kind.through in keywords)
            )
            self._reverse.setdefault(target, {})[reverse] = Relation(
                reverse, reverse_many, key, name, "", collection, lazy in kind.eager_values,
                lazy in kind.free_values or (not reverse_many and self._comes_together(target, kind)),
                lazy in kind.query_values, gives=kind.gives, awaited=kind.awaited,
            )  # fmt: skip
        return reverse

    def _is_many(
        self, key: ClassKey, keywords: dict[str, Node], target: ClassKey | None, told: bool | None, orm: Orm,
        kind: RelationKind,
    ) -> bool:  # fmt: skip
        if told is not None:
            return told
        if keywords.get(kind.several) == (CONST, False):
            return False
        if kind.through in keywords:
            return True
        side = self._key_side(key, keywords.get(kind.key_columns), target)
        if side is not None:
            return not side
        if target == key and kind.key_columns:  # to itself: one row only where it says which column is the other side
            return kind.remote_columns not in keywords
        return not self._refers_to(key, target)

    def _key_side(self, key: ClassKey, node: Node | None, target: ClassKey | None) -> bool | None:
        """Whether the columns that an argument names as the relation's key are the model's own; None where unknown."""
        if node is None or target is None or target == key:
            return None
        owners = set(declarations.owners(self.program.files[key[0]].functions, node))
        own, other = self.program.class_(key).name in owners or "" in owners, self.program.class_(target).name in owners
        return own if own != other else None

    def _refers_to(self, key: ClassKey, target: ClassKey | None) -> bool:
        """Whether a model has a column that points at the target's table."""
        tables = self._tables_of(target) if target is not None else set()
        return any(
            not tables.isdisjoint(declarations.tables(self.program.files[base[0]].functions, node))
            for base in classes.mro(self.program, key)
            if isinstance(base, tuple)
            for node in classes.members(self.program, base).values()
        )

    def _tables_of(self, key: ClassKey) -> set[str]:
        """What a foreign key may call the table of a model."""
        name = self.program.class_(key).name
        orm = self.orm_of(key)
        table = classes.find(self.program, key, orm.table) if orm is not None and orm.table else None
        told = {declarations.text(table[1][2])} if table is not None and table[1][0] == ASSIGN else set()
        return {name.lower(), declarations.snake(name)} | told

    def _mapped(self, scope: Frame, key: ClassKey, annotation: Node | None) -> tuple[bool | None, ClassKey | None]:
        """What `Mapped[list["Book"]]` says: whether many, and of which model."""
        if annotation is None:
            return None, None
        many = False
        node = annotation
        for _ in range(6):
            if node[0] == SUB:
                head = scope.expr(node[2])
                meaning = self.program.packs.annotations.get(head.name) if isinstance(head, External) else None
                if meaning == "sequences":
                    many = True
                node = node[3][2][0] if node[3][0] == SEQ and node[3][2] else node[3]
            elif node[0] == BIN:
                node = node[2] if node[2] != (CONST, None) else node[3]
            else:
                break
        return many, self._target(scope, key, node)

    def _target(self, scope: Frame, key: ClassKey, node: Node | None, own: str = "") -> ClassKey | None:
        """The model that an expression names; the text `own` stands for the class itself."""
        if node is None:
            return None
        if node[0] == LAMBDA:
            function = self.program.files[scope.file].functions[node[1]]
            node = function.body[0][2] if function.body and function.body[0][0] == RETURN else None
            if node is None:
                return None
        text = declarations.text(node)
        if text:
            if text == own:
                return key
            return self._named(text.split(".")[-1].strip("'\""), text, key)
        value = scope.expr(node) if node[0] in (NAME, ATTR, CALL) else None
        if isinstance(value, ClassValue):
            return value.key
        if isinstance(value, External):
            return self._user_model(value.name)
        if node[0] == NAME:  # a name that only type checkers import
            return self._named(node[1], node[1], key)
        return None

    def _user_model(self, name: str) -> ClassKey | None:
        """The project's own user model, where the setting or the function that names it is referred to."""
        for orm in self.program.packs.orms:
            if name in orm.user_model:
                found = [
                    key
                    for keys in self._by_name.values()
                    for key in keys
                    if self.program.files[key[0]].production and classes.inherits(self.program, key, orm.user_bases)
                ]
                if found:
                    return found[0] if len(found) == 1 else None
                library = self.program.library_models
                return next((library[one] for one in orm.user_model if one in library), None)
        return None

    def labelled(self, texts: list[str], file: int) -> ClassKey | None:
        """The model that a label names: `"shop.Book"`, or `"shop", "Book"`."""
        label = ".".join(texts)
        return self._named(label.rpartition(".")[2], label, (file, 0)) if label.count(".") == 1 else None

    def _named(self, name: str, text: str, near: ClassKey) -> ClassKey | None:
        found = self._by_name.get(name, [])
        if not found:
            return self._labels.get(text)
        path = self.program.files[near[0]].path
        label = text.split(".")[0].lower() if "." in text else ""

        def closeness(key: ClassKey) -> tuple[bool, bool, int, int]:
            other = self.program.files[key[0]].path
            shared = len([1 for one, two in zip(path.split("/"), other.split("/"), strict=False) if one == two])
            return key[0] == near[0], bool(label) and f"/{label}/" in f"/{other.lower()}", shared, -key[0]

        return max(found, key=closeness)

    def between(self, key: ClassKey, target: ClassKey) -> list[str]:
        """The names of the relations that lead from one model straight to another."""
        near = {one for one in classes.mro(self.program, target) if isinstance(one, tuple)}
        return [name for name, one in self.relations(key).items() if one.target in near]

    def ways(self, key: ClassKey, target: ClassKey, depth: int = 4) -> list[Path]:
        """The shortest paths of relations to one row that lead from one model to another."""
        paths: list[tuple[Path, ClassKey]] = [((), key)]
        for _ in range(depth):
            longer = [
                ((*path, name), one.target)
                for path, at in paths
                for name, one in self.relations(at).items()
                if not one.many and one.target is not None
            ]
            found = [path for path, at in longer if at == target]
            if found:
                return found
            paths = longer[:WAYS]
        return []

    def required(self, key: ClassKey, depth: int = 5) -> frozenset[Path]:
        """The paths of forward relations to one row that cannot be missing."""
        found: list[tuple[Path, ClassKey | None]] = [((), key)]
        paths: set[Path] = set()
        for _ in range(depth):
            found = [
                ((*path, name), one.target)  # of a model that nobody knows, its row is all that is known
                for path, at in found
                if at is not None
                for name, one in self.relations(at).items()
                if one.column and not one.optional
            ][:WAYS]
            paths.update(path for path, _ in found)
        return frozenset(paths)

    def all_named(self, name: str) -> list[ClassKey]:
        """Models of this name."""
        return self._by_name.get(name, [])
