"""Which fields a class that serializes rows shows: those its body and its bases declare, and those its options name."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from typing import TypeVar

from perflint.catalog.showing import FieldRule, SerializerRule
from perflint.facts.ir import ANN, ASSIGN, ATTR, BIN, CALL, CLASS, CONST, NAME, SEQ, STAR, Node
from perflint.program import attributes, calls, classes
from perflint.program.arguments import NO_ARGUMENTS, Arguments, evaluate_arguments
from perflint.program.program import Program
from perflint.program.values import PLAIN, ClassKey, ClassValue, External, Mapping, Object, Plain, Site, Value

Rule = TypeVar("Rule", SerializerRule, FieldRule)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, what it shows and where that is declared.

    `rule` tells how a library's field shows what it reads, `made` is the object that the project's own class makes: a
    field, or without a rule a serializer. With neither, a relation is followed `depth` times.
    """

    name: str
    site: Site
    rule: FieldRule | None = None
    arguments: Arguments = field(default_factory=lambda: NO_ARGUMENTS)
    made: Object | None = None
    depth: int = 0

    def text(self, name: str, at: int = -1) -> str:
        """A text among the arguments that it is declared with; "" for none."""
        value = self.arguments.at(name)
        if value is None and at >= 0:
            value = self.arguments.at(at)
        return value.text if isinstance(value, Plain) and isinstance(value.text, str) else ""

    def flag(self, name: str) -> bool:
        """Whether an argument is True."""
        return self.arguments.at(name) == Plain(True)


def serializer_rule(program: Program, key: ClassKey) -> SerializerRule | None:
    """What a pack says of the library's class that makes this one a serializer of rows; None for other classes."""
    return _rule(program, key, program.packs.serializers)


TOLD = "**"
"""What stands among a serializer's arguments for those that its own class takes."""


def constructed(program: Program, key: ClassKey, arguments: Arguments) -> tuple[tuple[str, Value], ...]:
    """What a serializer remembers of the arguments that it is built with."""
    rule = serializer_rule(program, key)
    if rule is None:
        return ()
    given = {**dict(zip(rule.arguments, arguments.positional, strict=False)), **arguments.keywords}
    kept: list[tuple[str, Value]] = [(name, given[name]) for name in (rule.rows, rule.many) if name in given]
    if arguments.double or not given.keys() <= set(rule.arguments):
        kept.append((TOLD, PLAIN))
    return tuple(kept)


def chooses(serializer: Object) -> bool:
    """Whether a serializer was built with arguments of its own class: they may choose what it shows."""
    return any(name == TOLD for name, _ in serializer.arguments)


def field_rule(program: Program, key: ClassKey) -> FieldRule | None:
    """What a pack says of the library's field that a class derives from."""
    return _rule(program, key, program.packs.fields)


def _rule(program: Program, key: ClassKey, table: Names[str, Rule]) -> Rule | None:
    for external in classes.externals(program, key) if table else ():
        for one in program.packs.ancestors(external):
            if one in table:
                return table[one]
    return None


def shown(program: Program, key: ClassKey, model: ClassKey | None, rule: SerializerRule) -> tuple[Field, ...]:
    """The fields that a serializer shows of a row."""
    return tuple([one for one in _all(program, key, model, rule) if not one.flag(rule.hidden)])


def _all(program: Program, key: ClassKey, model: ClassKey | None, rule: SerializerRule) -> list[Field]:
    known: dict[str, Field | None] = {}
    for base in classes.mro(program, key):
        if isinstance(base, tuple) and serializer_rule(program, base) is not None:
            for name, node in classes.members(program, base).items():
                if name not in known:
                    known[name] = _declared(program, base, name, node)
    declared = {name: one for name, one in reversed(known.items()) if one is not None}
    options = _options(program, key, rule)
    if options is None:
        return list(declared.values())
    names = _names_of_option(program, options, rule.shown)
    left_out = classes.find(program, options, rule.excluded) is not None
    every = names == [rule.every] or (names is None and left_out)
    if not every and (names is None or not all(map(str.isidentifier, names))):
        return list(declared.values())  # the project has a language of its own for them
    site = (options[0], program.class_(options).pos)
    depth = _depth(program, options, rule.depth)
    if every:
        found = {one.name: one for one in of_model(program, model, depth, site)} | declared
    else:
        relations = program.models.relations(model) if model is not None else {}
        found = {name: Field(name, site, depth=depth if name in relations else 0) for name in names or ()}
        found = {name: declared.get(name, one) for name, one in found.items()}
    excluded = {*(_names_of_option(program, options, rule.excluded) or ()), *_changed(program, options, rule)}
    return [one for name, one in found.items() if name not in excluded]


def of_model(program: Program, model: ClassKey | None, depth: int, site: Site) -> Iterator[Field]:
    """The relations that a model declares itself, as fields."""
    for name, relation in program.models.relations(model).items() if model is not None else ():
        if program.models.declares(model, name) and not relation.generic:
            yield Field(name, site, depth=depth)


def is_chosen(program: Program, key: ClassKey, rule: SerializerRule) -> bool:
    """Whether the class has code that chooses among its fields."""
    return any(classes.find(program, key, name) is not None for name in rule.chosen_by)


def model_of(program: Program, key: ClassKey, rule: SerializerRule) -> ClassKey | None:
    """The model that a serializer's options name."""
    for options in _all_options(program, key, rule):
        found = classes.find(program, options, rule.model)
        if found is not None:
            value = attributes.class_variable(program.scope(found[0][0]), found[0], rule.model, found[1])
            return value.key if isinstance(value, ClassValue) else None
    return None


def many_class(program: Program, key: ClassKey, rule: SerializerRule) -> ClassKey | None:
    """The project's own class that a serializer's options name for many rows."""
    options = _options(program, key, rule)
    found = classes.find(program, options, rule.many_class) if options is not None else None
    if found is None:
        return None
    value = attributes.class_variable(program.scope(found[0][0]), found[0], rule.many_class, found[1])
    return value.key if isinstance(value, ClassValue) else None


def _declared(program: Program, owner: ClassKey, name: str, node: Node) -> Field | None:
    call = node[2] if node[0] == ASSIGN else node[3] if node[0] == ANN else None
    if call is None or call[0] != CALL:
        return None
    scope = program.scope(owner[0])
    count = len(scope.effects)
    try:
        callee = scope.expr(call[2])
        site = (owner[0], call[1])
        if isinstance(callee, External):
            rule = program.packs.fields.get(callee.name)
            return Field(name, site, rule, evaluate_arguments(scope, call)) if rule is not None else None
        if isinstance(callee, ClassValue):
            rule = field_rule(program, callee.key)
            if rule is not None or serializer_rule(program, callee.key) is not None:
                arguments = evaluate_arguments(scope, call)
                made = calls.construct(scope, callee, arguments, site)
                return Field(name, site, rule, arguments, made) if isinstance(made, Object) else None
        return None
    finally:
        del scope.effects[count:]


def _all_options(program: Program, key: ClassKey, rule: SerializerRule) -> Iterator[ClassKey]:
    for base in classes.mro(program, key):
        if isinstance(base, tuple):
            node = classes.members(program, base).get(rule.options)
            if node is not None and node[0] == CLASS:
                yield (base[0], node[1])


def _options(program: Program, key: ClassKey, rule: SerializerRule) -> ClassKey | None:
    return next(_all_options(program, key, rule), None)


def _names_of_option(program: Program, options: ClassKey, name: str) -> list[str] | None:
    found = classes.find(program, options, name)
    if found is None or found[1][0] != ASSIGN:
        return None
    return _names(program, found[0][0], found[1][2])


def _names(program: Program, file: int, node: Node, depth: int = 8) -> list[str] | None:
    """The texts in a list, tuple or sum of such, also of other classes; None where one is not known."""
    if node[0] == CONST:
        return [node[1]] if isinstance(node[1], str) and node[1] != "…" else None
    parts: list[list[str] | None]
    if node[0] == SEQ:
        parts = [_names(program, file, one[1] if one[0] == STAR else one, depth) for one in node[2]]
    elif node[0] == BIN:
        parts = [_names(program, file, one, depth) for one in node[2:4]]
    elif node[0] == ATTR and depth:
        holder = program.scope(file).expr(node[2])
        found = classes.find(program, holder.key, node[3]) if isinstance(holder, ClassValue) else None
        if found is None or found[1][0] != ASSIGN:
            return None
        return _names(program, found[0][0], found[1][2], depth - 1)
    elif node[0] == NAME and depth:
        told = program.static(file).get(node[1])
        return _names(program, file, told[2], depth - 1) if told is not None and told[0] == ASSIGN else None
    else:
        return None
    return None if None in parts else [name for one in parts if one is not None for name in one]


def _depth(program: Program, options: ClassKey, name: str) -> int:
    found = classes.find(program, options, name)
    value = found[1][2] if found is not None and found[1][0] == ASSIGN else (CONST, 0)
    return value[1] if value[0] == CONST and isinstance(value[1], int) else 0


def _changed(program: Program, options: ClassKey, rule: SerializerRule) -> set[str]:
    """Fields of which the options tell that they are not shown, or that they show something else."""
    found = classes.find(program, options, rule.changed)
    if found is None:
        return set()
    told = attributes.class_variable(program.scope(found[0][0]), found[0], rule.changed, found[1])
    if not isinstance(told, Mapping):
        return set()
    return {
        str(name)
        for name, changes in told.items
        if isinstance(changes, Mapping)
        for key, value in changes.items
        if (key == rule.hidden and value == Plain(True)) or key == rule.source
    }
