"""Evaluation of one function body (or module body) in flow order: values, effects, loops.

A frame is the evaluator's state for one body. Statements and expressions are dispatched by their code, as in
`facts.ir`. What calls do stands in `calls`, what models and queries do in `orm`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perflint.catalog.showing import FUNCTION
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
from perflint.program import asked, conditionals, expressions, loops, repeats, statements, tags, templates
from perflint.program.effects import READS, Effect, Loop, Memo, replace
from perflint.program.program import Program
from perflint.program.text import container_of, mentions
from perflint.program.values import (
    UNKNOWN,
    ClassKey,
    Either,
    External,
    Instance,
    Path,
    Query,
    Row,
    Site,
    Unknown,
    Value,
)

BUILTINS = frozenset(
    "open input print len list tuple set frozenset dict sorted reversed iter next filter map zip enumerate range any "
    "all sum min max bool str repr format int float getattr setattr hasattr isinstance super type property classmethod "
    "staticmethod vars id hash callable bytes object round abs".split()
)


class Frame:
    """The state of evaluating one body. `effects` grows in flow order, `env` holds the local names."""

    __slots__ = (
        "aliases",
        "answered",
        "answers",
        "asleep",
        "awaiting",
        "beside",
        "blocks",
        "bodies",
        "bound_at",
        "closure",
        "consumed",
        "counted",
        "current",
        "deals",
        "effects",
        "ended",
        "env",
        "facts",
        "failing",
        "file",
        "filled",
        "first_read",
        "function",
        "given",
        "globals",
        "guards",
        "left",
        "looked_up",
        "loops",
        "memos",
        "missing",
        "offloaded",
        "origins",
        "owner",
        "program",
        "read",
        "receiver",
        "returns",
        "sent",
        "shared",
        "since",
        "sought",
        "stored",
        "tainted",
        "tries",
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
        self.deals = False
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
        self.aliases: dict[str, Node] = {}
        self.answers = asked.NOTHING_ASKED
        self.origins: dict[str, Node] = {}
        self.sought: dict[str, int] = {}
        self.failing = 0
        self.tries = -1
        self.filled: set[Memo] = set()
        self.memos: tuple[Memo, ...] = ()
        self.guards: set[str] = set()
        self.looked_up: dict[str, Node | None] = {}
        self.answered = -1
        self.missing = -1
        self.asleep = False
        self.ended = False
        self.left = 0
        self.since: dict[str, int] = {}
        self.read: set[Any] = set()
        self.bodies: dict[Site, Node] = {}
        self.beside: tuple[Site, Any] | None = None
        self.given: dict[Site | str, set[Path]] = {}
        self.sent: tuple[Site | None, Query | None] = (None, None)
        self.counted: Site | None = None
        self.first_read: dict[Any, Site] = {}

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
        pending: bool = False,
        written: Node | None = None,
        per_target: bool = False,
    ) -> None:
        """Note one effect here (`origin` if it stands elsewhere). `blocks` is dropped where it was handed over.

        `pending` marks a call that sends what others left to it, and so need not name what it writes; `written` is
        the expression that does name it, where that is not the whole call.
        """
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
                kind != "write" or pending or self.varies(written),
                self.tries >= self.level(),
                per_target,
                apart=self.offloaded > 0
                or (awaited and not self.is_awaited_here())
                or (kind == "http" and repeats.is_chained(self)),
            )
        )

    def uses_loop(self) -> bool:
        """Whether the call under evaluation mentions what the innermost loop changes."""
        if not self.tainted or self.current is None:
            return True
        return mentions(self.current, self.tainted[-1])

    def is_awaited_here(self) -> bool:
        """Whether the call under evaluation is what an `await` or `async with` stands before."""
        return self.current is not None and self.awaiting is self.current

    def level(self) -> int:
        """How deep the nearest loop over more than a few elements is."""
        at = len(self.loops)
        while at and self.loops[at - 1].few:
            at -= 1
        return at

    def varies(self, part: Node | None = None) -> bool:
        """Whether the call under evaluation (or a part of it) mentions a name that the loop around it binds."""
        level = self.level()
        if not level or self.current is None:
            return True
        return mentions(part or self.current, {name for name, depth in self.bound_at.items() if depth >= level})

    def drawn(self, value: Value, key: object) -> Value:
        """What is picked out of a container by a key: by one that a loop changes, another row in each round."""
        if not isinstance(value, Row):
            return value
        outer: set[str] = set()
        found = None
        for loop, names in zip(self.loops, self.tainted, strict=False):
            if loop.counts and mentions(key, names - outer):
                found = loop.site
            outer = names
        return replace(value, loop=found)

    def here(self) -> Site:
        """The place under evaluation."""
        if self.current is not None and self.current[0] in (ATTR, CALL, SUB, AWAIT, COMP):
            return (self.file, self.current[1])
        return (self.file, self.function.pos if self.function is not None else 0)

    def doubt(self, before: int) -> None:
        """Make what was noted since `before` doubtful. A read among it leaves later ones to be noted anew."""
        doubted = self.effects[before:]
        self.effects[before:] = [replace(one, confidence=Confidence.LOW) for one in doubted]
        reads = {(one.row, one.detail, one.source) for one in doubted if one.kind in READS}
        if reads:
            self.read = {key for key in self.read if (key[0], key[2], key[3]) not in reads}

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
        if self.facts.template is not None:
            return tags.function(self.program, FUNCTION, name) or UNKNOWN
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
        self.aliases.pop(name, None)
        self.origins.pop(name, None)

    def is_outer(self, node: Node) -> bool:
        """Whether a node is a name that was bound outside the loop around it."""
        return node[0] == NAME and self.bound_at.get(node[1], 0) < len(self.loops)

    def kept(self, node: Node, value: Value) -> Value:
        """A value as its name holds it here: a queryset bound outside the loop keeps the rows it once read."""
        if not isinstance(value, (Query, Either)) or not self.is_outer(node):
            return value
        if isinstance(value, Either):
            return Either(tuple([self.kept(node, one) for one in value.choices]))
        return replace(value, cached=True)

    # --- statements

    def block(self, statements: Sequence[Node]) -> None:
        for statement in statements:
            if self.ended:
                return
            _STATEMENTS[statement[0]](self, statement)

    def fill(self, slot: str) -> None:
        """A slot is filled that an early return asked for: what was done since happens once, then it is found."""
        since = self.since.pop(slot, None)
        if since is not None and not self.loops:
            del self.effects[since:]

    def is_per_request(self, value: Value) -> bool:
        """Whether a value lives as long as one request: what is kept on it is built again for the next."""
        return isinstance(value, Instance) and (value.per_request or self.program.packs.is_per_request(value.type))

    def is_self(self, value: Value) -> bool:
        return self.receiver is not None and value is self.receiver

    def is_local_container(self, node: Node) -> bool:
        """Whether a name holds what this call made: not what a global, an attribute or another container holds."""
        if node[0] != NAME or node[1] not in self.env or node[1] in self.globals or self.function is None:
            return False
        holder = self.aliases.get(node[1])
        return holder is None or self.is_brief(holder)

    def is_brief(self, holder: Node) -> bool:
        """Whether a container's place lives as long as one request: `request.state.x`, not `request.app.state.x`."""
        before = len(self.effects)
        while holder[0] == ATTR:
            value, holder = self.expr(holder[2]), holder[2]
            if not isinstance(value, Unknown):
                del self.effects[before:]  # what holds it was read where its name was bound
                return self.is_per_request(value)
        del self.effects[before:]
        return False

    def alias(self, name: str, holder: Node | None) -> None:
        """Note where the container that a name was just bound to is kept, as `holder_of` found."""
        if holder is not None:
            self.aliases[name] = holder

    def holder_of(self, node: Node) -> Node | None:
        """The global or attribute in which the container that a node gives is kept; None if this call made it."""
        if node[0] == NAME:
            return self.aliases.get(node[1]) if self.is_local_container(node) else node
        if node[0] == ATTR:
            inner = self.aliases.get(node[2][1], node[2]) if node[2][0] == NAME else self.holder_of(node[2])
            return (*node[:2], inner, *node[3:]) if inner is not None else None
        outer = container_of(node)
        return self.holder_of(outer) if outer is not None else None

    def keep_opened(self, before: int) -> None:
        """What was opened since `before` is kept in a slot that outlives this call: it happens once."""
        kept = self.effects[before:]
        if any(one.kind.startswith("opens-") for one in kept):
            self.effects[before:] = [one for one in kept if not one.kind.startswith("opens-")]

    def expr(self, node: Node) -> Value:
        return _EXPRESSIONS[node[0]](self, node)


_STATEMENTS: dict[int, Callable[[Frame, Node], None]] = {
    EXPR: statements.expr_statement,
    ASSIGN: statements.assign,
    AUG: statements.aug_assign,
    ANN: statements.ann_assign,
    RETURN: statements.return_,
    FOR: loops.for_,
    WHILE: loops.while_,
    IF: conditionals.if_,
    WITH: statements.with_,
    TRY: statements.try_,
    DEF: statements.def_,
    CLASS: statements.class_,
    IMPORT: statements.import_,
    GLOBAL: statements.global_,
    MATCH: statements.match,
    BREAK: statements.break_,
    CONTINUE: statements.continue_,
    RAISE: statements.raise_,
    INCLUDE: templates.include,
    EXTENDS: templates.extends,
    BLOCK: templates.block,
    IMPORT_TEMPLATE: templates.import_template,
    CACHED: templates.cached,
}
_EXPRESSIONS: dict[int, Callable[[Frame, Node], Value]] = {
    NAME: expressions.name,
    CONST: expressions.constant,
    ATTR: expressions.attribute,
    CALL: expressions.call,
    SUB: expressions.subscript,
    AWAIT: expressions.await_,
    COMP: loops.comprehension,
    LAMBDA: expressions.lambda_,
    BOOL: expressions.bool_op,
    IFEXP: expressions.if_exp,
    BIN: expressions.binary,
    COMPARE: expressions.compare,
    OP: expressions.operation,
    SEQ: expressions.sequence,
    DICT: expressions.dict_,
    STAR: expressions.starred,
    FSTR: expressions.f_string,
    YIELD: expressions.yield_,
    YFROM: expressions.yield_from,
    WALRUS: expressions.walrus,
    SLICE: expressions.slice_,
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
