"""Classes of the project: bases across files, members, and where instance attributes are assigned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflint.facts.ir import ANN, ASSIGN, ATTR, CLASS, DEF, FOR, IF, NAME, SUB, TRY, WHILE, WITH, Node
from perflint.program.program import Program
from perflint.program.values import ClassKey, ClassValue, External, FunctionKey, Value

Base = ClassKey | str
"""A base in an MRO: a class of the project, or the dotted name of a library's class."""


def mro(program: Program, key: ClassKey) -> tuple[Base, ...]:
    """The class, then its bases, depth first and left to right, each once; library bases by name, last."""
    known = program.mro_cache.get(key)
    if known is not None:
        return known
    program.mro_cache[key] = (key,)  # ends cycles
    order: list[Base] = [key]
    for base in bases(program, key):
        for one in mro(program, base) if isinstance(base, tuple) else (base,):
            if one in order:
                order.remove(one)  # a shared base comes after all that inherit from it
            order.append(one)
    result = tuple(order)
    program.mro_cache[key] = result
    return result


def bases(program: Program, key: ClassKey) -> Iterator[Base]:
    """The direct bases of a class that can be named."""
    library = program.library_names.get(key)
    if library is not None:
        yield library
        return
    frame = program.scope(key[0])
    for node in program.class_(key).bases:
        if node[0] == SUB:  # Generic[T], Repository[User]
            node = node[2]
        yield from class_names(frame.expr(node))


def class_names(value: Value) -> Iterator[Base]:
    """The class that a value denotes, as it stands in an MRO."""
    if isinstance(value, ClassValue):
        yield value.key
    elif isinstance(value, External):
        yield value.name


def externals(program: Program, key: ClassKey) -> tuple[str, ...]:
    """Library classes that a class inherits from."""
    known = program.externals_cache.get(key)
    if known is None:
        order = mro(program, key)
        known = tuple([one for one in order if isinstance(one, str)])
        if len(order) > 1:  # else its bases may just be looked for
            program.externals_cache[key] = known
    return known


def inherits(program: Program, key: ClassKey, names: Sequence[str]) -> bool:
    """Whether a class has one of these library classes (or one that packs derive from them) among its bases."""
    for external in externals(program, key):
        if any(ancestor in names for ancestor in program.packs.ancestors(external)):
            return True
    return False


def subclasses(program: Program, key: ClassKey) -> Sequence[ClassKey]:
    """The classes of production files that name a class as their base."""
    if program.heirs is None:
        program.heirs = {}
        for index, file in enumerate(program.files):
            for cls in file.classes if file.production else ():
                for base in bases(program, (index, cls.number)):
                    if isinstance(base, tuple):
                        program.heirs.setdefault(base, []).append((index, cls.number))
    return program.heirs.get(key, ())


def members(program: Program, key: ClassKey) -> dict[str, Node]:
    """What a class body binds, by name: the statement that does; the last one wins."""
    table = program.member_cache.get(key)
    if table is None:
        table = program.member_cache[key] = {}
        _collect(program, key, program.class_(key).body, table)
    return table


def _collect(program: Program, key: ClassKey, body: Sequence[Node], table: dict[str, Node]) -> None:
    file = program.files[key[0]]
    for statement in body:
        code = statement[0]
        if code == DEF:
            name = file.functions[statement[1]].name
            accessor = _accessor(program, key, statement) if name in table and table[name][0] == DEF else ""
            if accessor:
                table[f"{name}.{accessor}"] = statement  # @x.setter keeps the getter under the name
            else:
                table[name] = statement
        elif code == CLASS:
            table[file.classes[statement[1]].name] = statement
        elif code == ASSIGN:
            for target in statement[1]:
                if target[0] == NAME:
                    table[target[1]] = statement
        elif code == ANN and statement[1][0] == NAME:
            table[statement[1][1]] = statement
        elif code == IF:
            _collect(program, key, statement[3], table)
            _collect(program, key, statement[2], table)
        elif code == TRY:
            _collect(program, key, statement[1], table)


def _accessor(program: Program, key: ClassKey, statement: Node) -> str:
    """What a method is to one of its name that it is decorated with: "setter", "expression"; "" for none."""
    function = program.files[key[0]].functions[statement[1]]
    found = [one[3] for one in function.decorators if one[0] == ATTR and one[2] == (NAME, function.name)]
    return str(found[0]) if found else ""


def find(program: Program, key: ClassKey, name: str, after: ClassKey | None = None) -> tuple[ClassKey, Node] | None:
    """The class of the MRO that binds `name`, and the statement; behind `after` for `super()`."""
    place = (key, name, after)
    if place in program.find_cache:
        return program.find_cache[place]
    order = mro(program, key)
    if after is not None and after in order:
        order = order[order.index(after) + 1 :]
    found = None
    for one in order:
        if isinstance(one, tuple):
            node = members(program, one).get(name)
            if node is not None:
                found = one, node
                break
    program.find_cache[place] = found
    return found


def method(program: Program, key: ClassKey, name: str) -> FunctionKey | None:
    """The function that a method's name means for a class."""
    found = find(program, key, name)
    if found and found[1][0] == DEF:
        return (found[0][0], found[1][1])
    return None


def comes_first(program: Program, key: ClassKey, names: Sequence[str], owner: ClassKey) -> bool:
    """Whether one of these library classes (or one that derives from them) stands before `owner` in the MRO."""
    for one in mro(program, key):
        if one == owner:
            return False
        if isinstance(one, str) and any(ancestor in names for ancestor in program.packs.ancestors(one)):
            return True
    return False


def methods(program: Program, key: ClassKey) -> Iterator[tuple[str, FunctionKey]]:
    """The functions that a class body itself defines."""
    for name, node in members(program, key).items():
        if node[0] == DEF:
            yield name, (key[0], node[1])


def stores(program: Program, key: ClassKey) -> dict[str, list[int]]:
    """Attributes that the class's own methods assign on `self`: name to the functions that do.

    `name=` is there as well where one of them assigns the attribute itself, and not only something that it holds.
    """
    table = program.stores_cache.get(key)
    if table is None:
        table = program.stores_cache[key] = {}
        file = program.files[key[0]]
        for name, function in methods(program, key):
            facts = file.functions[function[1]]
            if facts.parameters:
                _stores(facts.body, facts.parameters[0].name, function[1], table, name == "__init__")
    return table


def _stores(body: Sequence[Node], self_name: str, index: int, table: dict[str, list[int]], first: bool) -> None:
    for statement in body:
        code = statement[0]
        if code == ASSIGN:
            for target in statement[1]:
                _store(target, self_name, index, table, first)
        elif code == ANN:
            _store(statement[1], self_name, index, table, first)
        elif code in (IF, WHILE):
            _stores(statement[-2], self_name, index, table, first)
            _stores(statement[-1], self_name, index, table, first)
        elif code == FOR:
            _stores(statement[4], self_name, index, table, first)
        elif code == WITH:
            for _, target in statement[2]:
                if target is not None:
                    _store(target, self_name, index, table, first)
            _stores(statement[3], self_name, index, table, first)
        elif code == TRY:
            _stores(statement[1], self_name, index, table, first)
            for _, _, handler in statement[2]:
                _stores(handler, self_name, index, table, first)
            _stores(statement[3], self_name, index, table, first)
            _stores(statement[4], self_name, index, table, first)


def _store(target: Node, self_name: str, index: int, table: dict[str, list[int]], first: bool) -> None:
    if target[0] == ATTR and target[2] == (NAME, self_name):
        table.setdefault(f"{target[3]}=", [])
    if target[0] == SUB and target[2][0] == ATTR:  # what is put into a container is on the attribute as well
        target = target[2]
    if target[0] == ATTR and target[2] == (NAME, self_name):
        functions = table.setdefault(target[3], [])
        if index not in functions:
            functions.insert(0, index) if first else functions.append(index)
    elif target[0] not in (NAME, ATTR, SUB) and len(target) == 3 and isinstance(target[2], tuple):
        for one in target[2]:
            _store(one, self_name, index, table, first)
