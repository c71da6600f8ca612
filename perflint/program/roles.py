"""Where a framework comes in: which functions it runs, for what, and on which thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from perflint.catalog.packs import Role
from perflint.core.finding import Confidence
from perflint.facts.ir import ASSIGN, ATTR, CALL, CONST, DEF, NAME, SEQ, Node
from perflint.program import classes, functions, hints
from perflint.program.effects import Summary
from perflint.program.program import Program
from perflint.program.values import (
    ClassKey,
    ClassValue,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Method,
    Object,
    Query,
    Row,
    Value,
    choices,
)  # fmt: skip

REQUEST_ROLES = frozenset({"handler", "middleware", "dependency", "websocket"})


class Entry(NamedTuple):
    """A function that a framework runs: its role, its route as people write it, and how sure that is."""

    role: Role
    route: str
    confidence: Confidence

    @property
    def is_request(self) -> bool:
        return self.role.role in REQUEST_ROLES


def find_entries(program: Program) -> dict[FunctionKey, Entry]:
    """Every function of the project that a framework runs."""
    found: dict[FunctionKey, Entry] = {}
    for index, file in enumerate(program.files):
        if file.production:
            program.module_frame(index)
    for key in program.functions():
        entry = _decorated(program, key)
        if entry is not None:
            found[key] = entry
    _listed(program, found)
    _hooked(program, found)
    for key in program.functions() if program.packs.markers else ():
        for needed in _dependencies(program, key):
            name = program.function(needed).name
            found.setdefault(needed, Entry(Role("dependency", "thread"), f"{name}()", Confidence.MEDIUM))
    if program.packs.classes:
        _claim(program)
        for index, file in enumerate(program.files):
            if file.production:
                for cls in file.classes:
                    for function, entry in _methods(program, (index, cls.number)):
                        found.setdefault(function, entry)
    _registered(program, found)
    for key in program.functions():
        if key not in found and _looks_like_view(program, key):
            name = program.function(key).name
            found[key] = Entry(Role("handler", "thread"), f"{name}()", Confidence.MEDIUM)
    return found


def nested_entries(program: Program) -> dict[FunctionKey, Entry]:
    """Handlers defined inside functions that were evaluated by now: application factories."""
    found = {}
    for key in program.functions():
        function = program.function(key)
        if function.parent >= 0 and function.decorators:
            entry = _decorated(program, key)
            if entry is not None:
                found[key] = entry
    return found


def _dependencies(program: Program, key: FunctionKey) -> list[FunctionKey]:
    """Functions that the parameters of a function depend on: the framework calls them for each request."""
    scope, found = program.scope(key[0]), []
    for parameter in program.function(key).parameters:
        if parameter.default is None and parameter.annotation is None:
            continue
        marked = hints.dependency(scope, parameter.annotation, parameter.default)
        target = marked[0].expr(marked[1]) if marked is not None else None
        if isinstance(target, FunctionValue) and not target.once:
            found.append(target.key)
    return found


def _listed(program: Program, found: dict[FunctionKey, Entry]) -> None:
    """Classes and functions that a settings module lists by dotted name."""
    for index, file in enumerate(program.files):
        for statement in file.body if program.packs.listed else ():
            if statement[0] != ASSIGN or statement[2][0] != SEQ:
                continue
            for target in statement[1]:
                role = program.packs.listed.get(target[1]) if target[0] == NAME else None
                for one in statement[2][2] if role is not None else ():
                    if role is not None and one[0] == CONST and isinstance(one[1], str) and "." in one[1]:
                        _list_one(program, index, one[1], role, found)


def _hooked(program: Program, found: dict[FunctionKey, Entry]) -> None:
    """Functions that a framework looks up by name in the modules that import it."""
    hooks = program.packs.hooks
    for index, file in enumerate(program.files if hooks else ()):
        for function in file.functions:
            if function.name in hooks and function.owner < 0 and function.parent < 0:
                role, imports = hooks[function.name]
                if not imports.isdisjoint(file.imported):
                    found.setdefault((index, function.number), Entry(role, f"{function.name}()", Confidence.HIGH))


def _claim(program: Program) -> None:
    """Note which of the project's classes are those that packs speak of: a framework that is itself looked at.

    Only of what runs once: what its handlers answer, those say that use it.
    """
    modules = set(program.modules.names)
    for name, role in program.packs.classes.items():
        if Entry(role, name, Confidence.HIGH).is_request:
            continue
        cls = program.own_class(name) if name.rpartition(".")[0] in modules else None
        if cls is not None:
            program.claimed[cls] = name


def _list_one(program: Program, index: int, dotted: str, role: Role, found: dict[FunctionKey, Entry]) -> None:
    module, _, name = dotted.rpartition(".")
    file = program.modules.find(module, index)
    value = program.exported(file, name) if file is not None else None
    if isinstance(value, FunctionValue):
        found.setdefault(value.key, Entry(role, f"{name}()", Confidence.HIGH))
    elif isinstance(value, ClassValue):
        for method in role.methods:
            function = classes.method(program, value.key, method)
            if function is not None:
                found.setdefault(function, Entry(role, f"{name}.{method}()", Confidence.HIGH))


def _registered(program: Program, found: dict[FunctionKey, Entry]) -> None:
    for key, (role, route) in sorted(program.registered.items()):
        shown = _shown(route, program.function(key).name)
        if key not in found or found[key].confidence < Confidence.HIGH:
            found[key] = Entry(role, shown, Confidence.HIGH)
    for cls, (_, route) in sorted(program.registered_classes.items()):
        known = dict(_methods(program, cls))
        for function, entry in known.items():
            if route:
                found[function] = entry._replace(route=_shown(route, entry.route))


def _shown(route: str, name: str) -> str:
    if not route:
        return f"{name}()"
    return route if route.startswith("/") else f"/{route}"


def _decorated(program: Program, key: FunctionKey) -> Entry | None:
    function = program.function(key)
    for node in function.decorators:
        target = node[2] if node[0] == CALL else node
        role, name = _role_of(program, key, target)
        if role is None:
            continue
        route = ""
        if node[0] == CALL:
            if 0 <= role.route < len(node[3]) and node[3][role.route][0] == CONST:
                route = str(node[3][role.route][1])
            if role.thread_if and any((one, (CONST, value)) in node[4] for one, value in role.thread_if):
                role = _in_thread(role)
        shown = f"{name.upper()} {route}" if route.startswith("/") and name in _VERBS else _shown(route, function.name)
        return Entry(role, shown, Confidence.HIGH)
    return None


_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def _in_thread(role: Role) -> Role:
    return Role(role.role, "thread", role.route, role.methods, role.callables, (), role.by_name)


def _role_of(program: Program, key: FunctionKey, target: Node) -> tuple[Role | None, str]:
    """The role that a decorator gives, and the decorator's own name."""
    for full, name in decorator_names(program, key, target):
        role = program.packs.decorators.get(full)
        if role is not None:
            return role, name
    return None, ""


def decorator_names(program: Program, key: FunctionKey, target: Node) -> Iterator[tuple[str, str]]:
    """The dotted names that a decorator may go by in a library, each with its last part."""
    packs = program.packs
    if target[0] not in (NAME, ATTR):
        return
    function = program.function(key)
    scope = program.scope(key[0])
    if function.parent >= 0:
        parent = program.nested.get(key)
        scope = parent.env if parent is not None and parent.env is not None else scope
    name = target[3] if target[0] == ATTR else target[1]
    count = len(scope.effects)
    value = scope.expr(target[2]) if target[0] == ATTR else scope.expr(target)
    del scope.effects[count:]
    for one in choices(value):
        if target[0] == ATTR:
            for type_name in _types(program, one):
                yield f"{type_name}.{name}", name
            if isinstance(one, External):
                yield program.canonical(f"{one.name}.{name}"), name
        elif isinstance(one, External):
            yield one.name, one.name.rpartition(".")[2]
        elif isinstance(one, Method):
            for type_name in _types(program, one.receiver):
                yield f"{type_name}.{one.name}", one.name
        elif isinstance(one, Instance):
            for type_name in packs.ancestors(one.type):
                yield type_name, name


def provider_role(program: Program, key: FunctionKey) -> str:
    """The role of a function whose result is handed out under its name; "" for any other."""
    packs = program.packs
    for node in program.function(key).decorators:
        target = node[2] if node[0] == CALL else node
        if target[0] != ATTR:
            continue
        value = program.scope(key[0]).expr(target[2])
        for one in choices(value):
            for type_name in _types(program, one):
                name = f"{type_name}.{target[3]}"
                if name in packs.by_name:
                    role = packs.decorators.get(name)
                    return role.role if role is not None else "dependency"
    return ""


def _types(program: Program, value: Value) -> tuple[str, ...]:
    """The library types whose methods a value has."""
    if isinstance(value, Instance):
        return program.packs.ancestors(value.type)
    if isinstance(value, Object):
        return tuple(one for base in classes.externals(program, value.cls) for one in program.packs.ancestors(base))
    return ()


def _methods(program: Program, key: ClassKey) -> list[tuple[FunctionKey, Entry]]:
    """The methods of a class that a framework calls, because of a base class."""
    found = []
    own = [program.claimed[one] for one in classes.mro(program, key) if one in program.claimed]
    for external in (*classes.externals(program, key), *own):
        for ancestor in program.packs.ancestors(external):
            role = program.packs.classes.get(ancestor)
            if role is None:
                continue
            name = program.class_(key).name
            for method in _methods_of(program, key, role):
                for base in classes.mro(program, key):
                    if isinstance(base, tuple):
                        node = classes.members(program, base).get(method)
                        if node is not None and base != key and node[0] == DEF:
                            heirs = program.inherited.setdefault((base[0], node[1]), [])
                            if key not in heirs:
                                heirs.append(key)
                        if node is not None and base == key:
                            found.append(((key[0], node[1]), Entry(role, f"{name}.{method}()", Confidence.HIGH)))
                        if node is not None:
                            break
    return [(function, entry) for function, entry in found if isinstance(function[1], int)]


def _methods_of(program: Program, key: ClassKey, role: Role) -> Iterator[str]:
    """The names of the methods that a framework calls; `step_*` stands for all that begin so."""
    for method in role.methods:
        if not method.endswith("*"):
            yield method
            continue
        bases = [base for base in classes.mro(program, key) if isinstance(base, tuple)]
        yield from sorted({name for base in bases for name in classes.members(program, base)
                           if name.startswith(method[:-1])})  # fmt: skip


def _looks_like_view(program: Program, key: FunctionKey) -> bool:
    """Whether a module-level function takes a request first, in a file that imports the framework."""
    function = program.function(key)
    if function.owner >= 0 or function.parent >= 0 or not function.parameters:
        return False
    frameworks = program.packs.first_parameters.get(function.parameters[0].name)
    return frameworks is not None and not frameworks.isdisjoint(program.files[key[0]].imported)


def value_of(program: Program, key: FunctionKey) -> FunctionValue | None:
    """A function as its framework (or nobody in particular) would call it; None if it cannot be reached."""
    function = program.function(key)
    if function.parent >= 0:
        return program.nested.get(key)
    if function.owner < 0:
        return FunctionValue(key)
    owner = (key[0], function.owner)
    value = program.function_value(key)
    kind = value.kind if isinstance(value, FunctionValue) else ""
    if kind == "static":
        return FunctionValue(key, owner=owner)
    if kind == "class":
        return FunctionValue(key, bound=ClassValue(owner), owner=owner)
    return FunctionValue(key, bound=receiver_of(program, owner), owner=owner)


def receiver_of(program: Program, owner: ClassKey) -> Value:
    """What `self` is in the methods of a class."""
    models = program.models
    if models.orm_of(owner) is not None:
        return Row(owner)
    for one in models.query_types():
        if classes.inherits(program, owner, (one,)):
            return Query(one, None, (owner[0], program.class_(owner).pos), cls=owner, manager=True, narrowed=True)
    return Object(owner)


def heirs_of(program: Program, key: FunctionKey) -> Iterator[Summary]:
    """The summaries of a handler for the classes that inherit it."""
    function = program.function(key)
    if function.owner >= 0 and isinstance(program.function_value(key), FunctionValue):
        for cls in program.inherited.get(key, ()):
            bound = FunctionValue(key, bound=receiver_of(program, cls), owner=(key[0], function.owner))
            yield functions.summarise(program, bound, {})


def summary_of(program: Program, key: FunctionKey) -> Summary | None:
    """The summary of a function called by nobody in particular."""
    value = value_of(program, key)
    return functions.summarise(program, value, {}) if value is not None else None
