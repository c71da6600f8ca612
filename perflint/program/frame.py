"""Evaluation of one function body (or module body) in flow order: values, effects, loops.

A frame is the evaluator's state for one body. Statements and expressions are dispatched by their code, as in
`facts.ir`. What calls do stands in `calls`, what models and queries do in `orm`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perflint.core.finding import Confidence
from perflint.facts.ir import (
    ANN,
    ASSIGN,
    ATTR,
    AUG,
    AWAIT,
    BIN,
    BOOL,
    BREAK,
    CALL,
    CLASS,
    COMP,
    COMPARE,
    CONST,
    CONTINUE,
    DEF,
    DICT,
    EXPR,
    FOR,
    FSTR,
    GLOBAL,
    IF,
    IFEXP,
    IMPORT,
    LAMBDA,
    MATCH,
    NAME,
    OP,
    RAISE,
    RETURN,
    SEQ,
    SLICE,
    STAR,
    SUB,
    TRY,
    WALRUS,
    WHILE,
    WITH,
    YFROM,
    YIELD,
    Facts,
    Function,
    Node,
)  # fmt: skip
from perflint.facts.template_ir import AUTO, BLOCK, CACHED, EXTENDS, FILTER, IMPORT_TEMPLATE, INCLUDE, SUPER_BLOCK, TAG
from perflint.program import attributes, branches, calls, classes, hints, orm, templates
from perflint.program.effects import Effect, Loop, Memo, memo_of, replace
from perflint.program.program import Program
from perflint.program.text import mentions, slot_of
from perflint.program.values import (
    FEW,
    OTHER,
    PLAIN,
    UNKNOWN,
    Awaitable,
    ClassKey,
    ClassValue,
    Either,
    External,
    FunctionKey,
    FunctionValue,
    Instance,
    LoopVariable,
    Many,
    Mapping,
    Object,
    Plain,
    Query,
    Row,
    Site,
    Tuple,
    Value,
    choices,
    join,
    weaker,
)  # fmt: skip

BUILTINS = frozenset(
    "open input print len list tuple set frozenset dict sorted reversed iter next filter map zip enumerate range any "
    "all sum min max bool str repr format int float getattr setattr hasattr isinstance super type property classmethod "
    "staticmethod vars id hash callable bytes object round abs".split()
)


class Frame:
    """The state of evaluating one body. `effects` grows in flow order, `env` holds the local names."""

    __slots__ = (
        "asleep",
        "awaiting",
        "blocks",
        "bound_at",
        "closure",
        "consumed",
        "current",
        "effects",
        "ended",
        "env",
        "facts",
        "failing",
        "file",
        "filled",
        "function",
        "globals",
        "guards",
        "left",
        "loops",
        "memos",
        "offloaded",
        "owner",
        "program",
        "read",
        "receiver",
        "returns",
        "shared",
        "since",
        "stored",
        "tainted",
        "yields",
    )  # fmt: skip

    def __init__(
        self,
        program: Program,
        file: int,
        function: Function | None,
        closure: Frame | None,
        owner: ClassKey | None = None,
        receiver: Value | None = None,
    ) -> None:
        self.program, self.file, self.function = program, file, function
        self.facts: Facts = program.files[file]
        self.env: dict[str, Value] = {}
        self.closure, self.owner, self.receiver = closure, owner, receiver
        self.effects: list[Effect] = []
        self.loops: tuple[Loop, ...] = ()
        self.returns: list[Value] = []
        self.yields: list[Value] = []
        self.stored: dict[str, Value] = {}
        self.globals: set[str] = set()
        self.shared: set[str] = set()
        self.offloaded = 0
        self.blocks: templates.Blocks = templates.NO_BLOCKS
        self.tainted: list[set[str]] = []
        self.current: Node | None = None
        self.consumed: Node | None = None
        self.awaiting: Node | None = None
        self.bound_at: dict[str, int] = {}
        self.failing = 0
        self.filled: set[Memo] = set()
        self.memos: tuple[Memo, ...] = ()
        self.guards: set[str] = set()
        self.asleep = False
        self.ended = False
        self.left = 0
        self.since: dict[str, int] = {}
        self.read: set[Any] = set()

    # --- effects

    def record(
        self,
        kind: str,
        callee: str,
        site: Site,
        *,
        blocks: bool,
        confidence: Confidence = Confidence.HIGH,
        row: Site | None = None,
        source: Site | None = None,
        detail: str = "",
        model: str = "",
        twin: str = "",
        weight: str = "moderate",
        awaited: bool = False,
        origin: Site | None = None,
    ) -> None:
        """Note one effect here (`origin` if it stands elsewhere). `blocks` is dropped where it was handed over."""
        self.effects.append(
            Effect(
                kind,
                callee,
                site,
                origin or site,
                blocks and not self.offloaded,
                confidence,
                (),
                self.loops,
                self.uses_loop(),
                row,
                source,
                detail,
                model,
                twin,
                weight,
                False,
                awaited,
                self.failing > 0,
                self.memos,
            )
        )

    def uses_loop(self) -> bool:
        """Whether the call under evaluation mentions what the innermost loop changes."""
        if not self.tainted or self.current is None:
            return True
        return mentions(self.current, self.tainted[-1])

    def here(self) -> Site:
        """The place under evaluation."""
        if self.current is not None and self.current[0] in (ATTR, CALL, SUB, AWAIT, COMP):
            return (self.file, self.current[1])
        return (self.file, self.function.pos if self.function is not None else 0)

    # --- names

    def lookup(self, name: str) -> Value:
        """The value of a name: local, enclosing, global, builtin."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.env.get(name)
            if found is not None:
                return found
            frame = frame.closure
        known = self.program.globals[self.file].get(name)
        if known is not None:
            return known
        value = self.program.global_value(self.file, name)
        if value is not None:
            return value
        if name in BUILTINS:
            found = self.program.globals[self.file][name] = External("builtins." + name)
            return found
        if self.facts.markdown:
            return self.document_name(name)
        return UNKNOWN

    def document_name(self, name: str) -> Value:
        """What a name that no block of a document imports is taken for."""
        packs = self.program.packs
        if name in packs.modules:
            return External(name)
        if name in packs.document_names:
            return Instance(packs.document_names[name])
        return UNKNOWN

    def bind(self, name: str, value: Value) -> None:
        """Bind a name where the body's scope rules put it."""
        self.env[name] = value
        self.bound_at[name] = len(self.loops)

    def kept(self, node: Node, value: Value) -> Value:
        """A value as its name holds it here: a queryset bound outside the loop keeps the rows it once read."""
        if node[0] == NAME and isinstance(value, Query) and self.bound_at.get(node[1], 0) < len(self.loops):
            return replace(value, cached=True)
        return value

    # --- statements

    def block(self, statements: Sequence[Node]) -> None:
        for statement in statements:
            if self.ended:
                return
            _STATEMENTS[statement[0]](self, statement)

    def expr_statement(self, node: Node) -> None:
        self.expr(node[1])

    def assign(self, node: Node) -> None:
        # storing a local that was opened before keeps what opened it
        before = 0 if node[2][0] == NAME else len(self.effects)
        value = self.expr(node[2])
        self.taint(node[1], node[2])
        for target in node[1]:
            self.store(target, value, before)

    def taint(self, targets: Sequence[Node], value: Node) -> None:
        if self.tainted and mentions(value, self.tainted[-1]):
            for target in targets:
                self.tainted[-1].update(branches.names_of(target))

    def ann_assign(self, node: Node) -> None:
        before = len(self.effects)
        value = self.expr(node[3]) if node[3] is not None else UNKNOWN
        if isinstance(value, (Unknown_, Plain)):
            told = hints.value_of(self, node[2])
            value = told if not isinstance(told, Unknown_) else value
        if node[3] is not None or isinstance(value, (Instance, Object)):
            self.store(node[1], value, before)

    def aug_assign(self, node: Node) -> None:
        value = self.expr(node[2])
        target = node[1]
        if target[0] == NAME:
            old = self.lookup(target[1])
            if isinstance(old, Many):
                added = value.element if isinstance(value, Many) else value
                self.bind(target[1], Many(join([old.element, added]) if old.size else added))
            elif isinstance(old, Plain) and isinstance(old.text, str) and old != OTHER:
                added_text = value.text if isinstance(value, Plain) and isinstance(value.text, str) else "{}"
                self.bind(target[1], Plain(old.text + added_text))
            elif isinstance(old, Plain):
                self.bind(target[1], PLAIN)
            self.taint((target,), node[2])
        else:
            self.expr(target)

    def store(self, target: Node, value: Value, before: int) -> None:
        """Assign; `before` is the number of effects before the value was evaluated."""
        code = target[0]
        if code == NAME:
            if target[1] in self.globals:
                self.keep_opened(before)
                self.fill(target[1])
            self.bind(target[1], value)
        elif code == SEQ:
            for at, one in enumerate(target[2]):
                if one[0] == STAR:
                    self.store(one[1], Many(UNKNOWN), before)
                else:
                    self.store(one, item_of(value, at), before)
        elif code == ATTR:
            receiver = self.expr(target[2])
            if self.is_self(receiver):
                if target[3] not in self.stored:
                    self.stored[target[3]] = value
                else:
                    self.stored[target[3]] = join([self.stored[target[3]], value])
                if slot_of(target) in self.guards:
                    self.keep_opened(before)
                self.fill(slot_of(target))
                if value != Plain(None):
                    self.filled.update(memo_of(slot_of(target)))
            elif not isinstance(receiver, (Row, Object)) and not self.is_per_request(receiver):
                self.keep_opened(before)
            if isinstance(receiver, Row) and target[2][0] == NAME and target[2][1] in self.env:
                self.env[target[2][1]] = replace(receiver, loads=receiver.loads | {(target[3],)})
            attributes.assign(self, receiver, target[3], value, (self.file, target[1]))
        elif code == SUB:
            holder = self.expr(target[2])
            self.expr(target[3])
            if not self.is_local_container(target[2]):
                self.keep_opened(before)
                if not self.is_per_request(holder):
                    self.fill(slot_of(target[2]))
            if target[2][0] == NAME and isinstance(holder, (Mapping, Many)):
                self.env[target[2][1]] = _with_item(holder, target[3], value)
        elif code == STAR:
            self.store(target[1], value, before)

    def fill(self, slot: str) -> None:
        """A slot is filled that an early return asked for: what was done since happens once, then it is found."""
        since = self.since.pop(slot, None)
        if since is not None and not self.loops:
            del self.effects[since:]

    def is_per_request(self, value: Value) -> bool:
        """Whether a value lives as long as one request: what is kept on it is built again for the next."""
        return isinstance(value, Instance) and self.program.packs.is_per_request(value.type)

    def is_self(self, value: Value) -> bool:
        return self.receiver is not None and value is self.receiver

    def is_local_container(self, node: Node) -> bool:
        return node[0] == NAME and node[1] in self.env and node[1] not in self.globals and self.function is not None

    def keep_opened(self, before: int) -> None:
        """What was opened since `before` is kept in a slot that outlives this call: it happens once."""
        kept = self.effects[before:]
        if any(one.kind.startswith("opens-") for one in kept):
            self.effects[before:] = [one for one in kept if not one.kind.startswith("opens-")]

    def return_(self, node: Node) -> None:
        if node[2] is not None:
            # a generator that is only made runs where somebody consumes it
            later = node[2][0] == COMP and node[2][2] == "iter"
            self.offloaded += later
            self.returns.append(self.expr(node[2]))
            self.offloaded -= later
        else:
            self.returns.append(PLAIN)
        self.ended, self.left = True, 0

    def raise_(self, node: Node) -> None:
        if node[1] is not None:
            self.expr(node[1])
        self.ended, self.left = True, 0

    def break_(self, node: Node) -> None:
        self.ended, self.left = True, len(self.loops) - 1

    def continue_(self, node: Node) -> None:
        self.ended, self.left = True, len(self.loops)

    def leave(self, before: int) -> None:
        """A branch that ends by leaving loops was taken once: its effects are outside of them."""
        if self.ended and self.left < len(self.loops):
            kept = self.loops[: max(self.left, 0)]
            self.effects[before:] = [
                replace(one, loops=kept) if one.loops == self.loops else one for one in self.effects[before:]
            ]

    def if_(self, node: Node) -> None:
        _, test, body, orelse = node
        self.ask(test, self.expr(test))
        guards = self.guards
        empty, present = branches.none_checks(test)
        known = branches.truth(self, test)
        env = self.env
        before = len(self.effects)
        first, first_ended = self.branch(test, body, env, guards | empty, known is not False, True)
        if empty and branches.stores_slot(self, body, empty):
            del self.effects[before:]  # filled once, then found
        if len(self.effects) > before and (
            branches.asks_for_debugging(self, test) or templates.asks_for_missing(self, test)
        ):
            self.effects[before:] = [replace(one, confidence=Confidence.LOW) for one in self.effects[before:]]
        second, second_ended = self.branch(test, orelse, env, guards | present, known is not True, False)
        self.ended = first_ended and second_ended
        if first_ended:
            self.env = second
            self.guards = guards | present  # the rest runs only when the slot was empty: `if x: return x`
            for slot in present:
                self.since.setdefault(slot, len(self.effects))
                self.memos += memo_of(slot)
        elif second_ended:
            self.env, self.guards = first, guards
        else:
            for after, holds in ((first, True), (second, False)):
                branches.widen(self, test, holds, after, env)
            self.env, self.guards = _merge(first, second), guards

    def branch(
        self, test: Node, body: Sequence[Node], env: dict[str, Value], guards: set[str], runs: bool, holds: bool
    ) -> tuple[dict[str, Value], bool]:
        """Evaluate one branch of a test: the names after it, and whether it never comes to its end."""
        narrowed = branches.narrowing(self, test, holds)
        if not body and not narrowed:
            return env, not runs
        before = len(self.effects)
        self.env, self.guards, self.ended = {**env, **narrowed}, guards, False
        if runs:
            self.block(body)
        after, ended = self.env, self.ended or not runs
        self.leave(before)
        self.ended = False
        self.env = env
        return after, ended

    def ask(self, test: Node, value: Value) -> None:
        """Asking whether a queryset holds rows reads them; its name keeps them."""
        if isinstance(value, Query) and not value.manager and test[0] in (NAME, CALL, WALRUS, AUTO):
            orm.evaluate(self, value, _site_of(test, self.file, self.here()), False)
            if test[0] in (NAME, WALRUS) and test[1] in self.env:
                self.env[test[1]] = replace(value, cached=True)

    def for_(self, node: Node) -> None:
        _, pos, target, source, body, orelse, is_async = node
        site = (self.file, pos)
        self.consumed = source
        value = self.kept(source, self.expr(source))
        self.current = source
        element, loop = self.loop_over(value, site, source, target, is_async)
        self.inside(loop, target, element, body)
        self.block(orelse)

    def inside(self, loop: Loop, target: Node | None, element: Value, body: tuple[Node, ...]) -> None:
        loops, guards = self.loops, self.guards
        self.loops = (*loops, loop)
        branches.forget_constants(self, body)
        self.tainted.append(
            set(branches.names_of(target)) | (self.tainted[-1] if self.tainted else set()) if target else set()
        )
        if target is not None:
            self.store(target, element, len(self.effects))
        before, count = dict(self.env), len(self.effects)
        self.block(body)
        self.leave(count)
        self.ended = False
        self.env = _merge(before, self.env)
        self.tainted.pop()
        self.loops, self.guards = loops, guards

    def while_(self, node: Node) -> None:
        _, pos, test, body, orelse = node
        loop = Loop((self.file, pos), "", False, True, None, Confidence.LOW)
        loops = self.loops
        self.loops = (*loops, loop)
        self.tainted.append(set())
        branches.forget_constants(self, body)
        self.expr(test)
        before = dict(self.env)
        self.block(body)
        self.ended = False
        self.env = _merge(before, self.env)
        self.tainted.pop()
        self.loops = loops
        self.block(orelse)

    def with_(self, node: Node) -> None:
        _, pos, items, body, is_async = node
        for expression, target in items:
            before = len(self.effects)
            value = attributes.enter(self, self.expr(expression), (self.file, pos), expression, is_async)
            if target is not None:
                self.store(target, value, before)
        self.block(body)

    def try_(self, node: Node) -> None:
        _, body, handlers, orelse, final = node
        before = dict(self.env)
        self.block(body)
        self.block(orelse)
        after, ended = self.env, self.ended
        results = [] if ended else [after]
        for kind, name, handler in handlers:
            self.env, self.ended = _merge(before, after), False
            count = len(self.effects)
            type_test = _is_type_test(kind)
            if kind is not None:
                self.expr(kind)
            if name:
                self.env[name] = PLAIN
            self.failing += 1
            self.block(handler)
            self.failing -= 1
            if type_test:  # `except AttributeError`: for values of another type
                self.effects[count:] = [replace(one, confidence=Confidence.LOW) for one in self.effects[count:]]
            if not self.ended:
                results.append(self.env)
        self.ended = not results
        merged = results[0] if results else after
        for other in results[1:]:
            merged = _merge(merged, other)
        self.env = merged
        if final:
            ended, self.ended = self.ended, False
            self.block(final)
            self.ended = self.ended or ended

    def def_(self, node: Node) -> None:
        key = (self.file, node[1])
        function = self.facts.functions[node[1]]
        if self.function is None:
            self.env[function.name] = self.program.function_value(key)
        elif function.decorators:
            self.env[function.name] = decorated(self.program, key, self)
        else:
            self.env[function.name] = FunctionValue(key, env=self)
        if self.function is not None:
            self.program.nested.setdefault(key, FunctionValue(key, env=self))
            self.shared.update(name for one in function.body if one[0] == GLOBAL for name in one[1])

    def class_(self, node: Node) -> None:
        self.env[self.facts.classes[node[1]].name] = ClassValue((self.file, node[1]))

    def import_(self, node: Node) -> None:
        for local, module, attribute, level in node[1]:
            if local and attribute != "*":
                self.env[local] = self.program.import_value(self.file, module, attribute, level)

    def global_(self, node: Node) -> None:
        self.globals.update(node[1])

    def match(self, node: Node) -> None:
        self.expr(node[1])
        env, after = self.env, []
        for names, guard, body in node[2]:
            self.env, self.ended = dict(env), False
            for name in names:
                self.env[name] = UNKNOWN
            if guard is not None:
                self.expr(guard)
            self.block(body)
            if not self.ended:
                after.append(self.env)
        self.ended = False
        merged = dict(env)
        for one in after:
            merged = _merge(merged, one)
        self.env = merged

    # --- loops

    def loop_over(
        self, value: Value, site: Site, source: Node, target: Node | None, is_async: bool
    ) -> tuple[Value, Loop]:
        """What one element is, and how the loop counts. Iterating a lazy query runs it: here."""
        variable = "".join(branches.names_of(target)[:1]) if target is not None else ""
        elements, counts, needs_use, rows = [], False, False, None
        confidence = Confidence.HIGH
        options = choices(value)
        for one in options:
            element, one_counts, one_needs, one_rows = self.iterate(one, site, source, is_async)
            elements.append(element)
            counts, needs_use = counts or one_counts, needs_use or one_needs
            rows = rows or one_rows
        if len(options) > 1:
            confidence = Confidence.MEDIUM
        few = not counts and all(_is_few(one) for one in options)
        return join(elements), Loop(site, variable, counts, needs_use, rows, confidence, few)

    def iterate(self, value: Value, site: Site, source: Node, is_async: bool) -> tuple[Value, bool, bool, Site | None]:
        """One element of `value`, whether looping over it counts, whether only with use, and the rows' query."""
        if isinstance(value, Query):
            orm.evaluate(self, value, _site_of(source, self.file, site), is_async)
            return orm.element(self.program, value, site), not value.batch, False, value.source
        if isinstance(value, Many):
            few = 0 <= value.size <= FEW
            element = at_loop(value.element, site)
            return element, not (few or value.chunks or value.stream), value.range, value.source
        if isinstance(value, Tuple):
            element = join(list(value.elements)) if value.elements else UNKNOWN
            return element, len(value.elements) > FEW, False, None
        if isinstance(value, Mapping):
            return PLAIN, not value.items or len(value.items) > FEW, False, None
        if isinstance(value, Instance):
            return attributes.iterate_instance(self, value, site, is_async)
        if isinstance(value, Object):
            found = attributes.iterate_object(self, value, site)
            if found is not None:
                return at_loop(found, site), True, False, None
        if isinstance(value, Plain):
            return PLAIN, value.text is ..., True, None
        return LoopVariable(site), not is_async, False, None

    # --- expressions

    def expr(self, node: Node) -> Value:
        return _EXPRESSIONS[node[0]](self, node)

    def name(self, node: Node) -> Value:
        return self.lookup(node[1])

    def constant(self, node: Node) -> Value:
        return PLAIN if node[1] == "…" else Plain(node[1])

    def attribute(self, node: Node) -> Value:
        receiver = self.expr(node[2])
        if self.facts.template is not None:
            return templates.attribute(self, receiver, node[3], (self.file, node[1]), node)
        return attributes.read(self, receiver, node[3], (self.file, node[1]), node)

    def call(self, node: Node) -> Value:
        outer = self.current
        self.current = node
        try:
            return calls.evaluate(self, node)
        finally:
            self.current = outer

    def subscript(self, node: Node) -> Value:
        value = self.expr(node[2])
        index = node[3]
        key = self.expr(index)
        results = [self.item(one, index, key, (self.file, node[1])) for one in choices(value)]
        return join(results)

    def item(self, value: Value, index: Node, key: Value, site: Site) -> Value:
        if isinstance(value, Query):
            return orm.subscript(self, value, index[0] == SLICE, site)
        if index[0] == SLICE:
            if isinstance(value, Many):
                return Many(value.element, chunk=True, source=value.source)
            return value if isinstance(value, (Tuple, Plain)) else Many(UNKNOWN, chunk=True)
        if isinstance(value, Many):
            element = value.element
            return replace(element, loop=None) if isinstance(element, Row) else element
        if isinstance(value, Tuple) and isinstance(key, Plain) and isinstance(key.text, int):
            return value.elements[key.text] if -len(value.elements) <= key.text < len(value.elements) else UNKNOWN
        if isinstance(value, Mapping):
            if isinstance(key, Plain) and key.text is not None:
                for name, item in value.items:
                    if name == key.text:
                        return item
            return value.rest if not value.items else join([*[item for _, item in value.items], value.rest])
        if isinstance(value, Instance):
            return attributes.get_item(self, value, site)
        if isinstance(value, Row):
            return value
        return UNKNOWN

    def await_(self, node: Node) -> Value:
        self.awaiting = node[2]
        return awaited(self.expr(node[2]))

    def comprehension(self, node: Node) -> Value:
        _, pos, kind, generators, elements = node
        env, loops, depth = self.env, self.loops, len(self.tainted)
        self.env = dict(env)
        chunks, few = False, True
        for target, source, conditions, is_async in generators:
            self.consumed = source
            value = self.kept(source, self.expr(source))
            self.current = source
            # each generator is a loop of its own; their order tells them apart
            element, loop = self.loop_over(value, (self.file, _pos_of(source, pos)), source, target, is_async)
            few = few and loop.few
            self.loops = (*self.loops, loop)
            names = set(branches.names_of(target))
            if self.tainted:
                names |= self.tainted[-1]
            self.tainted.append(names)
            self.store(target, element, len(self.effects))
            for condition in conditions:
                self.expr(condition)
        values = []
        for one in elements:
            value = self.expr(one)
            chunks = chunks or (isinstance(value, Many) and value.chunk)
            values.append(value)
        del self.tainted[depth:]
        self.env, self.loops = env, loops
        if kind == "dict":
            return Mapping((), without_loop(values[-1]))
        return Many(without_loop(values[0]), size=FEW if few else -1, chunks=chunks)

    def lambda_(self, node: Node) -> Value:
        return FunctionValue((self.file, node[1]), env=self)

    def bool_op(self, node: Node) -> Value:
        values = []
        for one in node[1]:
            values.append(self.expr(one))
            if node[2] and isinstance(values[-1], (Instance, Object, FunctionValue, ClassValue)):
                break  # `given or Client()`: what is given is there
            if branches.truth(self, one) is node[2]:
                break  # the rest is not reached
        return join(values)

    def if_exp(self, node: Node) -> Value:
        self.expr(node[1])
        known = branches.truth(self, node[1])
        if known is True:
            return self.expr(node[2])
        if known is False:
            return self.expr(node[3])
        return join([self.expr(node[2]), self.expr(node[3])])

    def binary(self, node: Node) -> Value:
        left, right = self.expr(node[2]), self.expr(node[3])
        if isinstance(left, Instance) and node[1] == "Div":
            return left
        if isinstance(right, Instance) and node[1] == "Div":
            return right
        if isinstance(left, Query):
            return replace(left, open_loads=True, narrowed=True) if isinstance(right, Query) else left
        if isinstance(left, Many) and isinstance(right, Many):
            return Many(join([left.element, right.element]), source=left.source)
        if isinstance(left, Plain) and isinstance(left.text, str) and node[1] == "Add" and OTHER not in (left, right):
            tail = right.text if isinstance(right, Plain) and isinstance(right.text, str) else "{}"
            return Plain(left.text + tail)
        return branches.computed(node[1], left, right)

    def compare(self, node: Node) -> Value:
        left = self.expr(node[1])
        for operator, one in zip(node[2], node[3], strict=False):
            right = self.expr(one)
            if operator in ("In", "NotIn"):
                for value in choices(right):
                    if isinstance(value, Query):
                        orm.evaluate(self, value, _site_of(one, self.file, None), False)
        del left
        return PLAIN

    def operation(self, node: Node) -> Value:
        for one in node[1]:
            self.expr(one)
        return PLAIN

    def sequence(self, node: Node) -> Value:
        values = []
        starred = False
        for one in node[2]:
            if one[0] == STAR:
                value = self.expr(one[1])
                starred = True
                if isinstance(value, Query):
                    orm.evaluate(self, value, _site_of(one[1], self.file, None), False)
                    values.append(without_loop(orm.element(self.program, value, None)))
                else:
                    values.append(value.element if isinstance(value, Many) else UNKNOWN)
            else:
                values.append(self.expr(one))
        if node[1] == "tuple" and not starred:
            return Tuple(tuple(values))
        if not values:
            return Many(UNKNOWN, size=-1)
        return Many(join([without_loop(one) for one in values]), size=-1 if starred else len(values))

    def dict_(self, node: Node) -> Value:
        items, rest = [], []
        for key, one in zip(node[1], node[2], strict=False):
            value = self.expr(one)
            if key is None:
                rest.append(value.rest if isinstance(value, Mapping) else UNKNOWN)
                if isinstance(value, Mapping):
                    items += list(value.items)
                continue
            told = self.expr(key)
            if isinstance(told, Plain) and isinstance(told.text, (str, int)):
                items.append((told.text, value))
            else:
                rest.append(value)
        if len(items) > 60:
            return Mapping((), join([value for _, value in items]))
        return Mapping(tuple(items), join(rest) if rest else UNKNOWN)

    def starred(self, node: Node) -> Value:
        return self.expr(node[1])

    def f_string(self, node: Node) -> Value:
        for one in node[1]:
            attributes.to_text(self, self.expr(one), (self.file, node[3]))
        return Plain(node[2])

    def yield_(self, node: Node) -> Value:
        if node[2] is not None:
            self.yields.append(self.expr(node[2]))
        else:
            self.yields.append(PLAIN)
        return UNKNOWN

    def yield_from(self, node: Node) -> Value:
        self.consumed = node[2]
        value = self.expr(node[2])
        for one in choices(value):
            if isinstance(one, Query):
                orm.evaluate(self, one, (self.file, node[1]), False)
                self.yields.append(without_loop(orm.element(self.program, one, None)))
            elif isinstance(one, Many):
                self.yields.append(one.element)
        return UNKNOWN

    def walrus(self, node: Node) -> Value:
        value = self.expr(node[2])
        self.bind(node[1], value)
        self.taint(((NAME, node[1]),), node[2])
        return value

    def slice_(self, node: Node) -> Value:
        for one in node[1:]:
            if one is not None:
                self.expr(one)
        return PLAIN


Unknown_ = type(UNKNOWN)


def awaited(value: Value) -> Value:
    """What `await` makes of a value."""
    results = [one.result if isinstance(one, Awaitable) else UNKNOWN for one in choices(value)]
    return join(results)


def at_loop(value: Value, site: Site) -> Value:
    """An element as the loop at `site` sees it: rows become rows of that loop."""
    if isinstance(value, Row):
        return replace(value, loop=site)
    if isinstance(value, Tuple):
        return Tuple(tuple([at_loop(one, site) for one in value.elements]))
    if isinstance(value, Either):
        return Either(tuple([at_loop(one, site) for one in value.choices]))
    if isinstance(value, Mapping) and (value.items or isinstance(value.rest, Row)):
        return Mapping(tuple([(key, at_loop(one, site)) for key, one in value.items]), at_loop(value.rest, site))
    if isinstance(value, Many) and isinstance(value.element, Unknown_):
        return replace(value, element=LoopVariable(site))
    return LoopVariable(site) if isinstance(value, Unknown_) else value


def without_loop(value: Value) -> Value:
    """An element that leaves its loop, into a list or dict."""
    if isinstance(value, Row):
        return replace(value, loop=None) if value.loop is not None else value
    if isinstance(value, Tuple):
        return Tuple(tuple([without_loop(one) for one in value.elements]))
    if isinstance(value, Mapping):
        return Mapping(tuple([(key, without_loop(one)) for key, one in value.items]), without_loop(value.rest))
    if isinstance(value, Either):
        return Either(tuple([without_loop(one) for one in value.choices]))
    return UNKNOWN if isinstance(value, LoopVariable) else value


def item_of(value: Value, at: int) -> Value:
    """The element that unpacking puts at a position."""
    if isinstance(value, Tuple):
        return value.elements[at] if at < len(value.elements) else UNKNOWN
    if isinstance(value, Many):
        return value.element
    if isinstance(value, Row):
        return value if at == 0 else UNKNOWN
    if isinstance(value, LoopVariable):
        return value
    if isinstance(value, Either):
        return join([item_of(one, at) for one in value.choices])
    return UNKNOWN


def _is_type_test(kind: Node | None) -> bool:
    """Whether an `except` catches what a value of the wrong type or a missing module raises."""
    names = kind[2] if kind is not None and kind[0] == SEQ else (kind,)
    return any(
        one is not None and one[0] == NAME and one[1] in ("AttributeError", "TypeError", "ImportError") for one in names
    )


def _is_few(value: Value) -> bool:
    if isinstance(value, Many):
        return 0 <= value.size <= FEW
    return isinstance(value, (Tuple, Mapping))


def _with_item(holder: Value, key: Node, value: Value) -> Value:
    value = without_loop(value)
    if isinstance(holder, Mapping):
        if key[0] == CONST and isinstance(key[1], str):
            return Mapping((*[one for one in holder.items if one[0] != key[1]], (key[1], value)), holder.rest)
        return Mapping(holder.items, join([holder.rest, value]) if holder.rest is not UNKNOWN else value)
    return holder


def _merge(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    if first is second:
        return first
    merged = dict(second)
    for name, value in first.items():
        other = second.get(name)
        if other is None:
            merged[name] = value
        elif other is not value and other != value:
            merged[name] = merge_values(value, other)
    return merged


def merge_values(one: Value, other: Value) -> Value:
    """What a name holds after two branches. Queries over one model become the weaker of both."""
    if isinstance(one, Query) and isinstance(other, Query) and one.model == other.model:
        return weaker(one, other)
    return join([_perhaps(one, other), _perhaps(other, one)])


def _perhaps(one: Value, other: Value) -> Value:
    """A query that the other branch may have made anything of: filtered and limited, for all that is known."""
    if isinstance(one, Query) and any(isinstance(choice, Unknown_) for choice in choices(other)):
        return replace(one, narrowed=True, bounded=True)
    return one


def _site_of(node: Node, file: int, otherwise: Site | None) -> Site:
    pos = _pos_of(node, -1)
    if pos >= 0:
        return (file, pos)
    assert otherwise is not None or file >= 0
    return otherwise if otherwise is not None else (file, 0)


def _pos_of(node: Node, otherwise: int) -> int:
    if node[0] in (ATTR, CALL, SUB, AWAIT, COMP):
        return int(node[1])
    return otherwise


_STATEMENTS: dict[int, Callable[[Frame, Node], None]] = {
    EXPR: Frame.expr_statement,
    ASSIGN: Frame.assign,
    AUG: Frame.aug_assign,
    ANN: Frame.ann_assign,
    RETURN: Frame.return_,
    FOR: Frame.for_,
    WHILE: Frame.while_,
    IF: Frame.if_,
    WITH: Frame.with_,
    TRY: Frame.try_,
    DEF: Frame.def_,
    CLASS: Frame.class_,
    IMPORT: Frame.import_,
    GLOBAL: Frame.global_,
    MATCH: Frame.match,
    BREAK: Frame.break_,
    CONTINUE: Frame.continue_,
    RAISE: Frame.raise_,
    INCLUDE: templates.include,
    EXTENDS: templates.extends,
    BLOCK: templates.block,
    IMPORT_TEMPLATE: templates.import_template,
    CACHED: templates.cached,
}
_EXPRESSIONS: dict[int, Callable[[Frame, Node], Value]] = {
    NAME: Frame.name,
    CONST: Frame.constant,
    ATTR: Frame.attribute,
    CALL: Frame.call,
    SUB: Frame.subscript,
    AWAIT: Frame.await_,
    COMP: Frame.comprehension,
    LAMBDA: Frame.lambda_,
    BOOL: Frame.bool_op,
    IFEXP: Frame.if_exp,
    BIN: Frame.binary,
    COMPARE: Frame.compare,
    OP: Frame.operation,
    SEQ: Frame.sequence,
    DICT: Frame.dict_,
    STAR: Frame.starred,
    FSTR: Frame.f_string,
    YIELD: Frame.yield_,
    YFROM: Frame.yield_from,
    WALRUS: Frame.walrus,
    SLICE: Frame.slice_,
    AUTO: templates.auto,
    FILTER: templates.filtered,
    SUPER_BLOCK: templates.super_block,
    TAG: templates.tag,
}


def module_frame(program: Program, index: int) -> Frame:
    """Evaluate a file's body once. A module that needs itself sees what is defined so far."""
    frame = Frame(program, index, None, None)
    program.frames[index] = frame
    for statement in program.files[index].body:
        try:
            frame.block((statement,))
        except RecursionError:  # an expression deeper than the interpreter allows binds nothing
            frame.current = None
        except Exception as error:  # a fault of ours costs this statement only, and is told
            program.errors.append(f"{program.files[index].path}: {type(error).__name__}: {error}")
        frame.ended = False
    program.finished.add(index)
    return frame


def decorated(program: Program, key: FunctionKey, frame: Frame | None) -> Value:
    """A function with its decorators applied, innermost first. Unknown decorators keep it."""
    function = program.function(key)
    value: Value = FunctionValue(key, env=frame)
    evaluator = frame or program.scope(key[0])
    if frame is None and function.owner >= 0 and any(one[0] == CALL and one[3] for one in function.decorators):
        evaluator = Frame(program, key[0], None, None)  # a decorator's arguments may name methods of the class
        evaluator.env = {
            name: FunctionValue(method)
            for name, method in classes.methods(program, (key[0], function.owner))
            if method != key
        }
    for decorator in reversed(function.decorators):
        count = len(evaluator.effects)
        target = evaluator.expr(decorator[2] if decorator[0] == CALL else decorator)
        value = calls.decorate(evaluator, target, decorator, value)
        del evaluator.effects[count:]  # decorating costs once
    return value
