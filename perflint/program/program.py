"""The Program: facts of all files joined. It resolves names, and evaluates on demand, once for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from perflint.catalog import Catalog
from perflint.catalog.packs import Entry as PackEntry
from perflint.catalog.packs import Packs, Role
from perflint.facts.ir import (
    ANN,
    ASSIGN,
    CLASS,
    CONST,
    DEF,
    FOR,
    GLOBAL,
    IF,
    IMPORT,
    NAME,
    SEQ,
    STAR,
    TRY,
    WITH,
    Class,
    Facts,
    Function,
    Node,
)  # fmt: skip
from perflint.program import testing
from perflint.program.effects import Effect, Summary
from perflint.program.library_models import library_models
from perflint.program.modules import Modules
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    Caller,
    ClassKey,
    ClassValue,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    Module,
    Object,
    Plain,
    Site,
    Unknown,
    Value,
    join,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.functions import Signature
    from perflint.program.models import Models
    from perflint.program.tags import Tag

CALL_DEPTH = 24
"""Calls of the project's own functions that one chain follows; deeper ones are unknown."""
INSTANCES = 24
"""Different arguments that one function is evaluated for; beyond, by what flags and classes it is given, then for
unknown ones."""
FLAGS = 16
"""Further ones that differ only in which arguments are `None`, true or false."""
CLASSES = 100
"""Further ones that differ in the classes that they are."""
WORDS = 16
"""Different arguments up to which numbers and words tell them apart; beyond, only `None` and flags do."""
RECEIVERS = 32
"""Classes that one inherited method is evaluated for; beyond, once for the class that defines it."""


class Program:
    """Facts of all files, indexed. Evaluation is lazy: what no question needs is never looked at."""

    def __init__(self, facts: Sequence[Facts], catalog: Catalog) -> None:
        self.files = testing.without_helpers(_importable(sorted(facts, key=lambda one: one.path)))
        self.catalog = catalog
        imported: set[str] = set()
        for one in self.files:
            imported |= one.imported
        imported |= _settings_imports(self.files, catalog)
        self.patched = frozenset(library for one in self.files if one.production for library in one.patched)
        self.words = frozenset(word for one in self.files for word in one.words)
        self.edges = frozenset(word for one in self.files for word in one.edges)
        documents = any(one.markdown for one in self.files)
        self.packs: Packs = catalog.packs(None if documents else imported)
        stubs, numbers = library_models(self.packs, self.files)
        self.library_models = {name: (len(self.files), number) for name, number in numbers.items()}
        self.library_names = {key: name for name, key in self.library_models.items()}
        self.files += stubs
        self.modules = Modules([one.path if one.template is None else "" for one in self.files])
        self.statics: list[dict[str, Node] | None] = [None] * len(self.files)
        self.frames: dict[int, Frame] = {}
        self.finished: set[int] = set()
        self.globals: list[dict[str, Value]] = [{} for _ in self.files]
        self.scopes: dict[int, Frame] = {}
        self.summaries: dict[Any, Summary] = {}
        self.asked: dict[Any, int] = {}
        self.instances: dict[tuple[FunctionKey, ClassValue | None], int] = {}
        self.signatures: dict[FunctionKey, Signature] = {}
        self.chunking: dict[str, bool] = {}
        self.pages: dict[Any, int] = {}
        self.listings: dict[Any, Summary] = {}
        self.displayed: dict[ClassKey, tuple[str, list[ClassKey]]] = {}
        self.displayed_plainly: dict[tuple[Site, ClassKey], str] = {}
        self.represented: dict[Any, tuple[Effect, ...]] = {}
        self.callers: dict[Caller, set[Caller]] = {}
        self.claimed: dict[ClassKey | str, str] = {}
        self.looped: set[tuple[Caller, Caller]] = set()
        self.worded: dict[tuple[FunctionKey, ClassValue | None], int] = {}
        self.receivers: dict[FunctionKey, set[ClassKey]] = {}
        self.running: set[Any] = set()
        self.depth = 0
        self.decorating = 0
        self.unlimited = False
        self.alias_depth = 0
        self.errors: list[str] = []
        self.told_results: dict[FunctionKey, Value] = {}
        self.inherited: dict[FunctionKey, list[ClassKey]] = {}
        self.cut_off = 0
        self.too_deep = 0
        self.deep: dict[Any, int] = {}
        self.implementations: dict[tuple[ClassKey, str], tuple[Object, ...]] = {}
        self.assigned_outside: dict[str, list[tuple[ClassKey | str, Value]]] = {}
        self.outside_writers: dict[str, list[FunctionKey]] | None = None
        self.heirs: dict[ClassKey, list[ClassKey]] | None = None
        self.find_cache: dict[Any, tuple[ClassKey, Node] | None] = {}
        self.functions_seen: dict[FunctionKey, Value] = {}
        self.registered: dict[FunctionKey, tuple[Role, str]] = {}
        self.registered_classes: dict[ClassKey, tuple[Role, str]] = {}
        self.externals_cache: dict[ClassKey, tuple[str, ...]] = {}
        self.mro_cache: dict[ClassKey, tuple[ClassKey | str, ...]] = {}
        self.member_cache: dict[ClassKey, dict[str, Node]] = {}
        self.stores_cache: dict[ClassKey, dict[str, list[int]]] = {}
        self.attribute_cache: dict[Any, Value] = {}
        self.global_writers: dict[int, dict[str, list[int]]] = {}
        self.templates: dict[str, list[int]] = {}
        for index, one in enumerate(self.files):
            if one.template is not None:
                self.templates.setdefault(one.path.rpartition("/")[2], []).append(index)
        self.tags: dict[tuple[str, str], list[Tag]] | None = None
        self.expressions: dict[int, dict[int, Node]] = {}
        self.assigned: dict[int, frozenset[str]] = {}
        self.tested_fields: dict[ClassKey, frozenset[str]] = {}
        self.unique_keys: dict[ClassKey, tuple[frozenset[str], ...]] = {}
        self.role_cache: dict[FunctionKey, tuple[Role, str] | None] = {}
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self.nested: dict[FunctionKey, FunctionValue] = {}
        self.by_name_cache: dict[int, dict[str, list[FunctionKey]]] = {}
        self._models: Models | None = None

    # facts

    def function(self, key: FunctionKey) -> Function:
        """The facts of a function."""
        return self.files[key[0]].functions[key[1]]

    def class_(self, key: ClassKey) -> Class:
        """The facts of a class."""
        return self.files[key[0]].classes[key[1]]

    def functions(self, production: bool = True) -> Iterator[FunctionKey]:
        """Every function of Python files, in the order of files and lines. A template's run where it is rendered."""
        for index, file in enumerate(self.files):
            if file.template is None and (file.production or not production):
                for function in file.functions:
                    yield (index, function.number)

    def place(self, site: Site) -> tuple[int, int, int, int]:
        """Line, column, end line, end column of a site."""
        positions, at = self.files[site[0]].positions, site[1] * 4
        return positions[at], positions[at + 1], positions[at + 2], positions[at + 3]

    def is_tested(self, text: str, file: int = -1) -> bool:
        """Whether some test (in `file`, if given) may tell a text from others: by all of it, its start or its end."""
        words, edges = (self.words, self.edges) if file < 0 else (self.files[file].words, self.files[file].edges)
        if not text or text in words:
            return True
        return bool(edges) and any(text[:at] in edges or text[-at:] in edges for at in range(1, len(text) + 1))

    @cached_property
    def parents(self) -> set[FunctionKey]:
        """Functions with coroutines, loops or decorated functions nested in them."""
        found = set()
        for index, file in enumerate(self.files):
            for function in file.functions:
                if function.parent >= 0 and (function.is_async or function.loops or function.decorators):
                    at = function.parent
                    while at >= 0:
                        found.add((index, at))
                        at = file.functions[at].parent
        return found

    def providers(self, index: int) -> dict[str, list[FunctionKey]]:
        """Functions of a file whose results are handed to parameters of the same name."""
        known = self.by_name_cache.get(index)
        if known is None:
            from perflint.program.roles import provider_role

            known = self.by_name_cache[index] = {}
            for function in self.files[index].functions:
                if function.decorators and provider_role(self, (index, function.number)):
                    known.setdefault(function.name, []).append((index, function.number))
        return known

    def provided_once(self, key: FunctionKey) -> bool:
        """Whether a provider runs when the application starts, not for each request."""
        from perflint.program.roles import provider_role

        return provider_role(self, key) == "startup"

    def enclosing(self, site: Site) -> FunctionKey | None:
        """The innermost function around a place; None at module level."""
        table = self._spans.get(site[0])
        if table is None:
            table = self._spans[site[0]] = sorted(
                (one.pos, one.number) for one in self.files[site[0]].functions if one.name != "<lambda>"
            )
        line = self.place(site)[0]
        best: FunctionKey | None = None
        best_line = 0
        for pos, index in table:
            start = self.files[site[0]].positions[pos * 4]
            if start <= line <= self.files[site[0]].functions[index].end and start >= best_line:
                best, best_line = (site[0], index), start
        return best

    @property
    def models(self) -> Models:
        """Models and relations of the whole project, indexed at first use."""
        if self._models is None:
            from perflint.program.models import Models

            self._models = Models(self)
            self._models.index()
        return self._models

    # names

    def canonical(self, name: str) -> str:
        """The name under which packs know an external object."""
        aliases = self.packs.aliases
        found = aliases.get(name)
        if found is not None:
            return found
        head, _, tail = name.rpartition(".")
        while head:  # a method or attribute of an aliased class
            if head in aliases:
                return f"{aliases[head]}.{tail}"
            head, _, more = head.rpartition(".")
            tail = f"{more}.{tail}"
        return name

    def static(self, index: int) -> dict[str, Node]:
        """Top-level definitions and imports of a file by name: the last one wins."""
        table = self.statics[index]
        if table is None:
            table = self.statics[index] = {}
            _collect(self.files[index], self.files[index].body, table)
        return table

    def module_value(self, name: str, importer: int) -> Value:
        """What `import name` means in a file."""
        if self.modules.find(name, importer) is not None or self.modules.is_folder(name, importer):
            return Module(name)
        return External(self.canonical(name))

    def import_value(self, index: int, module: str, attribute: str | None, level: int) -> Value:
        """What an import statement binds its name to."""
        name = self.modules.absolute(index, module, level)
        if attribute is None:
            return self.module_value(name, index)
        file = self.modules.find(name, index)
        if file is None and level:
            file = self.modules.relative_file(index, module, level)
        if file is not None:
            found = self.exported(file, attribute)
            if found is not None:
                return found
        full = f"{name}.{attribute}" if name else attribute
        if self.modules.find(full, index) is not None:
            return Module(full)
        if file is None and level:
            inner = self.modules.relative_file(index, f"{module}.{attribute}" if module else attribute, level)
            if inner is not None:
                return Module(self.modules.names[inner])
        if file is not None or level:
            return UNKNOWN
        return self.external(self.canonical(full))

    def external(self, name: str) -> Value:
        """What a library's name stands for: an object it makes, or the name itself."""
        made = self.packs.objects.get(name)
        if made is not None:
            return Instance(made)
        model = self.library_models.get(name)
        return ClassValue(model) if model is not None else External(name)

    def exported(self, index: int, name: str) -> Value | None:
        """A global of a file, None when it has no such name."""
        if name in self.static(index) or "*" in self.static(index):
            return self.global_value(index, name)
        return None

    def global_value(self, index: int, name: str) -> Value | None:
        """The value of a file's global name, None when it has none."""
        table = self.static(index)
        node = table.get(name)
        key = ("global", index, name)
        if node is not None and node[0] in (DEF, CLASS, IMPORT):
            if name in self.globals[index]:
                return self.globals[index][name]
            if key in self.running:
                return UNKNOWN
            self.running.add(key)
            try:
                value = self._static_value(index, name, node)
            finally:
                self.running.discard(key)
            self.globals[index][name] = value
            return value
        if node is None:
            if "*" in table and key not in self.running:
                self.running.add(key)
                try:
                    for module, level in table["*"]:
                        file = self.modules.find(self.modules.absolute(index, module, level), index)
                        if file is not None and file != index:
                            found = self.exported(file, name) if self._offers(file, name) else None
                            if found is not None:
                                return found
                        elif file is None and not level and self.known_external(f"{module}.{name}"):
                            return self.external(self.canonical(f"{module}.{name}"))
                finally:
                    self.running.discard(key)
            return None
        frame = self.module_frame(index)
        value = frame.env.get(name, UNKNOWN)
        cut_off = self.cut_off
        if isinstance(value, (Unknown, Plain)) and name in self.writers(index):
            value = self._rebound(index, name, value)
        if isinstance(value, Plain) and (value.text is None or isinstance(value.text, bool)):
            from perflint.program import settled

            value = value if settled.is_settled(self, index, name) else PLAIN
        if index in self.finished and self.cut_off == cut_off:
            # an answer that a cycle cut short may be better when asked again from outside it
            self.globals[index][name] = value
        return value

    def writers(self, index: int) -> dict[str, list[int]]:
        """The functions of a file that declare a name `global`, by name."""
        found = self.global_writers.get(index)
        if found is None:
            found = self.global_writers[index] = {}
            for at, function in enumerate(self.files[index].functions):
                for statement in function.body:
                    if statement[0] == GLOBAL:
                        for name in statement[1]:
                            found.setdefault(name, []).append(at)
        return found

    def _rebound(self, index: int, name: str, before: Value) -> Value:
        """What functions assign to a global that the file itself leaves empty, joined."""
        from perflint.program.functions import summarise

        key = ("rebound", index, name)
        if key in self.running:
            self.cut_off += 1
            return before
        self.running.add(key)
        try:
            told = [
                value
                for at in self.writers(index)[name]
                for rebound, value in summarise(self, FunctionValue((index, at)), {}).rebound
                if rebound == name and not isinstance(value, (Unknown, Plain))
            ]
        finally:
            self.running.discard(key)
        return join(told) if told else before

    def _offers(self, index: int, name: str) -> bool:
        """Whether a star import of a file binds a name: what `__all__` lists, else what has no underscore."""
        listed = self.static(index).get("__all__")
        if listed is not None and listed[0] == ASSIGN and listed[2][0] == SEQ:
            return (CONST, name) in listed[2][2] or any(one[0] != CONST for one in listed[2][2])
        return listed is not None or not name.startswith("_")

    @cached_property
    def told(self) -> dict[FunctionKey, tuple[str, PackEntry]]:
        """What users' packs say of methods of the project's classes, by method."""
        from perflint.program import classes

        found: dict[FunctionKey, tuple[str, PackEntry]] = {}
        for type_name in self.packs.own & self.packs.types.keys():
            cls = self.own_class(type_name)
            for name, entry in self.packs.types[type_name].methods.items() if cls is not None else ():
                key = classes.method(self, cls, name) if cls is not None else None
                if key is not None:
                    found[key] = (f"{type_name}.{name}", entry)
        return found

    def own_class(self, name: str) -> ClassKey | None:
        """The project's class of a dotted name."""
        module, _, last = name.rpartition(".")
        value = self.exported(self.modules.names.index(module), last) if module in self.modules.names else None
        return value.key if isinstance(value, ClassValue) else None

    def class_name(self, key: ClassKey) -> str:
        """The dotted name of one of the project's classes."""
        return f"{self.modules.names[key[0]]}.{self.files[key[0]].classes[key[1]].name}"

    def known_external(self, name: str) -> bool:
        """Whether packs say anything of a library's name."""
        packs, name = self.packs, self.canonical(name)
        tables = (packs.calls, packs.types, packs.objects, packs.decorators, packs.annotations, packs.semantics)
        return any(name in table for table in tables)

    def _static_value(self, index: int, name: str, node: Node) -> Value:
        if node[0] == DEF:
            full = f"{self.modules.names[index]}.{name}"
            return self.external(full) if full in self.packs.own else self.function_value((index, node[1]))
        if node[0] == CLASS:
            return ClassValue((index, node[1]))
        module, attribute, level = node[1]
        value = self.import_value(index, module, attribute, level)
        if len(node) > 2 and isinstance(value, External) and not self.known_external(value.name):
            module, attribute, level = node[2]
            other = self.import_value(index, module, attribute, level)
            return value if isinstance(other, (Unknown, External)) else other
        return value

    def scope(self, index: int) -> Frame:
        """Where names of a file's top level are looked up, without evaluating its body."""
        frame = self.scopes.get(index)
        if frame is None:
            from perflint.program.frame import Frame

            frame = self.scopes[index] = Frame(self, index, None, None)
        return frame

    def module_frame(self, index: int) -> Frame:
        """The evaluated body of a file."""
        frame = self.frames.get(index)
        if frame is None:
            from perflint.program.frame import module_frame

            _ = self.models  # first: a body that builds an object asks for them, and knows half of the names by then
            frame = module_frame(self, index)
        return frame

    def function_value(self, key: FunctionKey) -> Value:
        """A module-level function or method with its decorators applied."""
        known = self.functions_seen.get(key)
        if known is None:
            self.functions_seen[key] = FunctionValue(key)  # what a decorator that needs itself sees
            function = self.function(key)
            value: Value = FunctionValue(key)
            if function.decorators:
                from perflint.program.decorators import decorated

                value = decorated(self, key, None)
            known = self.functions_seen[key] = value
        return known


def _importable(files: list[Facts]) -> list[Facts]:
    """The files, where a module that a package of its name hides serves no requests."""
    packages = {one.path.rpartition("/")[0] for one in files if one.path.endswith("/__init__.py")}
    return [replace(one, production=False) if one.path.removesuffix(".py") in packages else one for one in files]


def _settings_imports(files: Sequence[Facts], catalog: Catalog) -> set[str]:
    """Libraries that a settings module configures without importing them."""
    wanted = {name: raw for raw in catalog.raw_packs.values() for name in raw.data.get("settings", {})}
    found: set[str] = set()
    for file in files:
        if wanted and "settings" in file.path:
            for statement in file.body:
                for target in statement[1] if statement[0] == ASSIGN else ():
                    if target[0] == NAME and target[1] in wanted:
                        found.update(wanted[target[1]].imports)
    return found


def _collect(file: Facts, body: tuple[Node, ...], table: dict[str, Any]) -> None:
    for statement in body:
        code = statement[0]
        if code == IMPORT:
            for local, module, attribute, level in statement[1]:
                if attribute == "*":
                    table["*"] = (*table.get("*", ()), (module, level))
                elif local:
                    table[local] = (IMPORT, (module, attribute, level))
        elif code == DEF:
            table[file.functions[statement[1]].name] = statement
        elif code == CLASS:
            table[file.classes[statement[1]].name] = statement
        elif code == ASSIGN:
            for target in statement[1]:
                _bind_names(target, statement, table)
        elif code == ANN:
            _bind_names(statement[1], statement, table)
        elif code == IF:
            _collect(file, statement[3], table)
            _collect(file, statement[2], table)  # the first branch wins: `if TYPE_CHECKING`, feature checks
        elif code == TRY:
            fallback: dict[str, Any] = {}
            for _, _, handler in statement[2]:
                _collect(file, handler, fallback)
            table.update(fallback)
            _collect(file, statement[4], table)
            _collect(file, statement[3], table)
            _collect(file, statement[1], table)  # the hoped-for import wins over its fallback …
            for name, other in fallback.items():
                hoped = table[name]
                if name != "*" and hoped is not other and hoped[0] == other[0] == IMPORT:
                    table[name] = (*hoped, other[1])  # … unless nobody knows what it imports
        elif code == WITH:
            for _, target in statement[2]:
                if target is not None:
                    _bind_names(target, statement, table)
            _collect(file, statement[3], table)
        elif code == FOR:
            _bind_names(statement[2], statement, table)
            _collect(file, statement[4], table)


def _bind_names(target: Node, statement: Node, table: dict[str, Any]) -> None:
    if target[0] == NAME:
        table[target[1]] = statement
    elif target[0] == SEQ:
        for one in target[2]:
            _bind_names(one, statement, table)
    elif target[0] == STAR:
        _bind_names(target[1], statement, table)
