"""The shape of Facts: one file as plain tuples, small enough to keep and to write to disk.

Expressions and statements are tuples whose first item is one of the codes below; `pos` is an index into
`Facts.positions`. Only what the analysis reads is kept: no docstrings, no operators' kinds, no contexts.

    Expressions
    NAME     (code, name)
    CONST    (code, value)                         str, int, float, bool, None or "…" for the rest
    ATTR     (code, pos, value, name)
    CALL     (code, pos, func, args, keywords)     keywords = ((name or None for **, value), …)
    SUB      (code, pos, value, index)
    AWAIT    (code, pos, value)
    COMP     (code, pos, kind, generators, elements)   generators = ((target, iter, conditions, is_async), …)
    LAMBDA   (code, function index)
    BOOL     (code, values, is_or)
    IFEXP    (code, test, body, orelse)
    BIN      (code, operator, left, right)
    COMPARE  (code, left, operators, comparators)
    OP       (code, values)                        evaluated for their effects, the result is a plain value
    SEQ      (code, kind, elements)                kind = "list", "tuple" or "set"
    DICT     (code, keys, values, pos)             key None for **
    STAR     (code, value)
    FSTR     (code, values, text, pos)             text has {} for the holes
    YIELD    (code, pos, value or None)
    YFROM    (code, pos, value)
    WALRUS   (code, name, value)
    SLICE    (code, lower, upper, step)

    Statements
    EXPR     (code, value)
    ASSIGN   (code, targets, value)                in the body of a class: (code, targets, value, pos)
    AUG      (code, target, value)
    ANN      (code, target, annotation, value or None, pos)
    RETURN   (code, pos, value or None)
    FOR      (code, pos, target, iter, body, orelse, is_async)
    WHILE    (code, pos, test, body, orelse)
    IF       (code, test, body, orelse)
    WITH     (code, pos, ((context, target or None), …), body, is_async)
    TRY      (code, body, ((type or None, name or None, body), …), orelse, final)
    DEF      (code, function index)
    CLASS    (code, class index)
    IMPORT   (code, ((local, module, attribute or None, level), …))    local "*" for a star import
    GLOBAL   (code, names)
    MATCH    (code, subject, ((captured names, guard or None, body), …))
    BREAK    (code,)
    CONTINUE (code,)
    RAISE    (code, value or None)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

Node = tuple[Any, ...]

(
    NAME, CONST, ATTR, CALL, SUB, AWAIT, COMP, LAMBDA, BOOL, IFEXP, BIN, COMPARE, OP, SEQ, DICT, STAR, FSTR, YIELD,
    YFROM, WALRUS, SLICE,
) = range(1, 22)  # fmt: skip
(
    EXPR, ASSIGN, AUG, ANN, RETURN, FOR, WHILE, IF, WITH, TRY, DEF, CLASS, IMPORT, GLOBAL, MATCH, BREAK, CONTINUE,
    RAISE,
) = range(31, 49)  # fmt: skip


EDGE_TESTS = ("startswith", "endswith")
"""Methods that ask for the start or the end of a text."""


class Parameter(NamedTuple):
    """One parameter. `kind` is "pos", "kw" (keyword-only), "*" or "**"."""

    name: str
    annotation: Node | None
    default: Node | None
    kind: str


class Function(NamedTuple):
    """One `def`, `async def` or lambda, as lowered.

    `number` is its index in `Facts.functions`, `owner` that of the class whose body it stands in (-1 for none),
    `parent` that of the enclosing function (-1 for none), `end` its last line, `called` the last names of what it
    calls, `decides` the names and attributes that it tests, computes with or hands on. `awaits` tells whether its own
    body awaits, `yields` whether it is a generator.
    """

    number: int
    name: str
    qualname: str
    pos: int
    parameters: tuple[Parameter, ...]
    decorators: tuple[Node, ...]
    returns: Node | None
    is_async: bool
    yields: bool
    awaits: bool
    loops: bool
    called: frozenset[str]
    decides: frozenset[str]
    end: int
    owner: int
    parent: int
    body: tuple[Node, ...]


class Class(NamedTuple):
    """One class: its bases, its body (assignments and definitions) and the methods in it by name."""

    number: int
    name: str
    qualname: str
    pos: int
    bases: tuple[Node, ...]
    keywords: tuple[tuple[str | None, Node], ...]
    decorators: tuple[Node, ...]
    body: tuple[Node, ...]
    parent: int


class TemplateFacts(NamedTuple):
    """What a template says of itself, next to its functions.

    `dialect` is "django", "jinja" or "" if nothing tells. `extends` is the parent of a template that always has one,
    an expression. `blocks` and `macros` give (name, function index). `facts.template_ir` says more of them.
    """

    dialect: str
    extends: Node | None
    blocks: tuple[tuple[str, int], ...]
    macros: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Facts:
    """What one file says, with no knowledge of others.

    `positions` holds four integers a place: line, column, end line, end column (1-based, characters, the end
    exclusive). `imported` are the top-level names of absolute imports anywhere in the file, `patched` those of which it
    assigns to something that is imported (`Session.send = send`). `words` are the texts that it compares with, `edges`
    those that it looks for at the start or end of one, `reached` the last names of the modules that it imports, and
    what it imports from them, `named` what the dotted names in its texts end with. `template` is None but for
    templates. `fault` is where and why Python cannot parse the file: what follows from it is left out.
    """

    path: str
    production: bool
    markdown: bool
    body: tuple[Node, ...]
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    positions: list[int]
    imported: frozenset[str]
    patched: frozenset[str]
    words: frozenset[str]
    edges: frozenset[str]
    reached: frozenset[str] = frozenset()
    template: TemplateFacts | None = None
    fault: tuple[int, int, str] | None = None
    named: frozenset[str] = frozenset()


class Unparsable(Exception):
    """A file that cannot be analysed: where and why."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.column, self.reason = line, column, reason
