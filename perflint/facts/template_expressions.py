"""The expressions of Django and Jinja templates, as nodes of the IR.

One grammar takes both: what Django has besides Jinja's is `x|filter:arg`, what they disagree on is whether `a.b` calls.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from perflint.facts.ir import (
    ATTR,
    BIN,
    BOOL,
    CALL,
    COMPARE,
    CONST,
    DICT,
    FSTR,
    IFEXP,
    NAME,
    OP,
    SEQ,
    SLICE,
    STAR,
    SUB,
    Node,
    Unparsable,
)
from perflint.facts.template_ir import AUTO, FILTER, SUPER_BLOCK
from perflint.facts.template_lexer import JINJA, Places

DEEPEST = 50
"""Parentheses within parentheses, and a tenth of the links that a chain may have."""
NOTHING: Node = (CONST, "…")
Keywords = tuple[tuple[str | None, Node], ...]

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<dot>\.\s*\w+)"
    r"|(?P<number>\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?)|(?P<word>[^\W\d]\w*)|(?P<op>//|\*\*|[=!<>]=|\S))",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
_KEYWORDS = frozenset("and or not in is if else".split())

# How tightly operators bind: of two, the higher one first.
_OR, _AND, _NOT, _COMPARISON, _SUM, _JOIN, _PRODUCT, _POWER = range(8)
_COMPARISONS = {"==": "Eq", "!=": "NotEq", "<": "Lt", "<=": "LtE", ">": "Gt", ">=": "GtE"}
_ARITHMETIC = {
    "+": (_SUM, "Add"), "-": (_SUM, "Sub"), "*": (_PRODUCT, "Mult"), "/": (_PRODUCT, "Div"),
    "//": (_PRODUCT, "FloorDiv"), "%": (_PRODUCT, "Mod"), "**": (_POWER, "Pow"),
}  # fmt: skip
_JINJA_TESTS = frozenset(
    "defined undefined boolean integer float number string mapping iterable sequence callable lower upper divisibleby "
    "even odd escaped test filter sameas eq equalto ne lt lessthan le gt greaterthan ge".split()
)
_COMPARING_TESTS = {
    "sameas": "Is", "eq": "Eq", "equalto": "Eq", "ne": "NotEq", "lt": "Lt", "lessthan": "Lt", "le": "LtE", "gt": "Gt",
    "greaterthan": "Gt", "ge": "GtE",
}  # fmt: skip


class Stuck(Exception):
    """What stands here is no expression."""


class Token(NamedTuple):
    """`kind` is "string", "dot" (`.name`, value "name"), "number", "word", "op" or "" at the end."""

    kind: str
    value: str
    start: int
    end: int


class Arguments(NamedTuple):
    """What a tag is given. `aliases` are the names of `value as name` and, without a value, of `asvar name`."""

    values: tuple[Node, ...]
    keywords: Keywords
    aliases: tuple[tuple[str, Node | None], ...]


class Scope:
    """The function that is being lowered: what it turns out to do."""

    __slots__ = ("called", "loops", "names", "nested")

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.names: set[str] = set()
        self.loops = False
        self.nested = 0
        """How many loops are open."""


class Source:
    """One template's text and what its expressions share."""

    def __init__(self, text: str, dialect: str) -> None:
        self.text, self.dialect = text, dialect
        self.calls = dialect != JINJA
        self.places = Places(text)
        self.positions: list[int] = []
        self.scope = Scope()

    def pos(self, start: int, end: int) -> int:
        line, column = self.places.at(start)
        starts = self.places.starts
        if line < len(starts) and end >= starts[line]:
            end_line, end_column = self.places.at(end)
        else:
            end_line, end_column = line, column + end - start
        self.positions += (line, column, end_line, end_column)
        return len(self.positions) // 4 - 1

    def too_deep(self, offset: int) -> Unparsable:
        return Unparsable(*self.places.at(offset), "nested too deeply to analyse")


class Reader:
    """Reads what stands between two offsets of a source, from left to right.

    Methods raise Stuck where no expression stands, and Unparsable where one is nested too deeply.
    """

    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source = source
        self.tokens = _tokens(source.text, start, stop)
        self.at = 0
        self.depth = 0

    # tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def ended(self) -> bool:
        return not self.tokens[self.at].kind

    def take(self, value: str) -> bool:
        """Whether this operator or word comes next: if so, it is passed."""
        token = self.tokens[self.at]
        if token.value == value and token.kind in {"op", "word"}:
            self.at += 1
            return True
        return False

    def need(self, value: str) -> None:
        if not self.take(value):
            raise Stuck

    def word(self) -> str:
        """The name that comes next, passed."""
        token = self.tokens[self.at]
        if token.kind != "word":
            raise Stuck
        self.at += 1
        return token.value

    def names_keyword(self) -> bool:
        """Whether `name=` comes next."""
        return self.tokens[self.at].kind == "word" and self.tokens[self.at + 1].value == "="

    def pos(self, start: int) -> int:
        """The place from an offset to the end of what was read last."""
        return self.source.pos(start, self.tokens[self.at - 1].end)

    # expressions

    def values(self, ternary: bool = True) -> Node:
        """An expression, or several with commas between them as a tuple."""
        first = self.expression(ternary)
        if not (self.token.kind == "op" and self.token.value == ","):
            return first
        found = [first]
        while self.take(",") and not self.ended and self.token.value not in {")", "]", "}"}:
            found.append(self.expression(ternary))
        return (SEQ, "tuple", tuple(found))

    def expression(self, ternary: bool = True) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.source.too_deep(self.token.start)
        value = self.binary(_OR)
        if ternary and self.take("if"):
            test = self.binary(_OR)
            value = (IFEXP, test, value, self.expression() if self.take("else") else (CONST, ""))
        self.depth -= 1
        return value

    def binary(self, floor: int) -> Node:
        """Operands and the operators between them that bind at least as tightly as `floor`."""
        start = self.token.start
        if self.take("not"):
            while self.take("not"):
                pass
            left: Node = (OP, (self.binary(_NOT),))
        else:
            left = self.operand()
        for _ in range(DEEPEST * 10):
            token = self.token
            value = token.value if token.kind in {"op", "word"} else ""
            if value in {"or", "and"}:
                level = _OR if value == "or" else _AND
                if level < floor:
                    return left
                parts = [left]
                while self.take(value):
                    parts.append(self.binary(level + 1))
                left = (BOOL, tuple(parts), level == _OR)
            elif value == "~":
                if floor > _JOIN:
                    return left
                left = self.joined(left, start)
            elif value in _ARITHMETIC:
                level, name = _ARITHMETIC[value]
                if level < floor:
                    return left
                self.at += 1
                left = (BIN, name, left, self.binary(level + 1))
            else:
                compared = self.compared(left) if floor <= _COMPARISON else left
                if compared is left:
                    return left
                left = compared
        raise self.source.too_deep(start)

    def compared(self, left: Node) -> Node:
        operators, others = [], []
        while operator := self.comparison():
            operators.append(operator)
            others.append(self.binary(_COMPARISON + 1))
        return (COMPARE, left, tuple(operators), tuple(others)) if operators else left

    def comparison(self) -> str:
        """The comparison that comes next, passed, or "" if none does."""
        token, following = self.token, self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.kind == "op" and token.value in _COMPARISONS:
            self.at += 1
            return _COMPARISONS[token.value]
        if token.kind != "word":
            return ""
        if token.value == "not" and following.value == "in":
            self.at += 2
            return "NotIn"
        if token.value in {"in", "is"}:
            self.at += 1
            if token.value == "is":
                return "IsNot" if self.take("not") else "Is"
            return "In"
        return ""

    def joined(self, left: Node, start: int) -> Node:
        parts = [left]
        while self.take("~"):
            parts.append(self.binary(_JOIN + 1))
        holes = tuple([one for one in parts if one[0] != CONST])
        text = "".join(["{}" if one[0] != CONST else str(one[1]) for one in parts])
        return (FSTR, holes, text, self.pos(start))

    def operand(self) -> Node:
        """One value with its lookups, calls, filters and tests."""
        start = self.token.start
        signs = 0
        while self.token.kind == "op" and self.token.value in {"-", "+"}:
            signs += self.token.value == "-"
            self.at += 1
        value = self.chain()
        if signs:
            number = value[0] == CONST and isinstance(value[1], (int, float))
            value = (CONST, -value[1] if signs % 2 else value[1]) if number else (OP, (value,))
        return self.filtered(value, start)

    def chain(self) -> Node:
        """One value with its lookups and calls."""
        token = self.token
        if token.kind == "word" and token.value not in _KEYWORDS:
            self.at += 1
            return self.links(self.named(token), token.start, token.value)
        if token.kind == "string":
            self.at += 1
            text = token.value[1:-1]
            while self.source.dialect == JINJA and self.token.kind == "string":  # as in Python, one text
                text += self.token.value[1:-1]
                self.at += 1
            return self.links((CONST, _ESCAPED.sub(r"\1", text)), token.start)
        if token.kind == "number":
            self.at += 1
            return self.links((CONST, _number(token.value)), token.start)
        if self.take("("):
            inner: Node = (SEQ, "tuple", ()) if self.token.value == ")" else self.values()
            self.need(")")
            return self.links(inner, token.start)
        if self.take("["):
            return self.links((SEQ, "list", self.until("]")), token.start)
        if self.take("{"):
            return self.links(self.dict(token.start), token.start)
        raise Stuck

    def named(self, token: Token) -> Node:
        if token.value in _CONSTANTS:
            return (CONST, _CONSTANTS[token.value])
        self.source.scope.names.add(token.value)
        return (NAME, token.value)

    def links(self, value: Node, start: int, root: str = "") -> Node:
        """The lookups and calls that follow `value`, which begins at `start` and is the name `root`, if any."""
        source, first = self.source, self.at
        calls, scope = source.calls, source.scope
        given: list[Node] = []
        while True:
            token = self.tokens[self.at]
            if self.at - first > DEEPEST * 10:
                raise source.too_deep(start)
            if token.kind == "dot":
                self.at += 1
                place = self.pos(start)
                if token.value[0].isdigit():
                    value = (SUB, place, value, (CONST, _number(token.value)))
                else:
                    value = (ATTR, place, value, token.value)
                if calls:
                    scope.called.add(token.value)
                    value = (AUTO, place, value)
            elif token.kind != "op" or token.value not in {"(", "["}:
                break
            elif token.value == "(":
                self.at += 1
                args, keywords = self.call()
                given += [*args, *(one for _, one in keywords)]
                func = value[2] if value[0] == AUTO else value
                if func[0] in {NAME, ATTR}:
                    scope.called.add(func[-1])
                value = (CALL, self.pos(start), func, args, keywords)
            else:
                self.at += 1
                index = self.index()
                given.append(index)
                value = (SUB, self.pos(start), value, index)
        return self.special(value, root, given, start) if root and self.at > first else value

    def special(self, value: Node, root: str, given: list[Node], start: int) -> Node:
        """A chain as it is, or what those mean that begin with a name which the engines bind."""
        dialect = self.source.dialect
        in_loop = self.source.scope.nested > 0
        if in_loop and ((root == "loop" and dialect in {JINJA, ""}) or (root == "forloop" and dialect != JINJA)):
            return (OP, tuple(given)) if any(one[0] != CONST for one in given) else NOTHING
        if root == "block" and value[0] == AUTO and value[2][0] == ATTR and value[2][3] == "super":
            return (SUPER_BLOCK, self.pos(start))
        if root == "super" and value[0] == CALL and not value[3]:
            return (SUPER_BLOCK, self.pos(start))
        if root == "_" and value[0] == CALL and len(given) == 1 and given[0][0] == CONST:
            return given[0]
        return value

    def filtered(self, value: Node, start: int) -> Node:
        """`value` with the filters and Jinja tests that follow it."""
        for _ in range(DEEPEST * 10):
            if self.take("|"):
                name = self.dotted()
                args: tuple[Node, ...] = ()
                keywords: Keywords = ()
                if self.take("("):
                    args, keywords = self.call()
                elif self.source.calls and self.take(":"):
                    args = (self.filter_argument(),)
                value = (FILTER, self.pos(start), name, value, args, keywords)
            elif self.token.kind == "word" and self.token.value == "is" and self.is_test():
                value = self.test(value)
            else:
                return value
        raise self.source.too_deep(start)

    def filter_argument(self) -> Node:
        sign = self.take("-")
        value = self.chain()
        return (CONST, -value[1]) if sign and value[0] == CONST and isinstance(value[1], (int, float)) else value

    def dotted(self) -> str:
        name = self.word()
        while self.token.kind == "dot":
            name += "." + self.token.value
            self.at += 1
        return name

    def is_test(self) -> bool:
        """Whether the `is` that comes next begins a Jinja test and no comparison with a value."""
        ahead = self.tokens[self.at + 1 : self.at + 3]
        token = ahead[-1] if ahead[0].value == "not" else ahead[0]
        if token.kind != "word" or token.value in _CONSTANTS:
            return False
        return self.source.dialect == JINJA or token.value in _JINJA_TESTS

    def test(self, value: Node) -> Node:
        self.need("is")
        negated = self.take("not")
        if self.take("in"):
            return (COMPARE, value, ("NotIn" if negated else "In",), (self.chain(),))
        name = self.dotted()
        args: tuple[Node, ...] = ()
        token = self.token
        if self.take("("):
            args, keywords = self.call()
            args += tuple([one for _, one in keywords])
        elif token.kind in {"string", "number"} or (token.kind == "word" and token.value not in _KEYWORDS):
            args = (self.chain(),)
        if name in _COMPARING_TESTS and args and not negated:
            return (COMPARE, value, (_COMPARING_TESTS[name],), args[:1])
        return (OP, (value, *args))

    # the insides of brackets

    def until(self, close: str) -> tuple[Node, ...]:
        found = []
        while not self.take(close):
            found.append(self.expression())
            if not self.take(","):
                self.need(close)
                break
        return tuple(found)

    def call(self) -> tuple[tuple[Node, ...], Keywords]:
        args: list[Node] = []
        keywords: list[tuple[str | None, Node]] = []
        while not self.take(")"):
            if self.take("**"):
                keywords.append((None, self.expression()))
            elif self.take("*"):
                args.append((STAR, self.expression()))
            elif self.names_keyword():
                name = self.word()
                self.need("=")
                keywords.append((name, self.expression()))
            else:
                args.append(self.expression())
            if not self.take(","):
                self.need(")")
                break
        return tuple(args), tuple(keywords)

    def index(self) -> Node:
        found: list[Node] = []
        while not self.take("]"):
            found.append(self.slice())
            if not self.take(","):
                self.need("]")
                break
        if not found:
            raise Stuck
        return found[0] if len(found) == 1 else (SEQ, "tuple", tuple(found))

    def slice(self) -> Node:
        parts: list[Node | None] = [None]
        while self.token.value not in {"]", ","} or self.token.kind == "string":
            if self.token.kind == "op" and self.take(":"):
                parts.append(None)
            elif parts[-1] is None:
                parts[-1] = self.expression()
            else:
                raise Stuck
        if len(parts) == 1:
            if parts[0] is None:
                raise Stuck
            return parts[0]
        return (SLICE, *[*parts, None, None][:3])

    def dict(self, start: int) -> Node:
        keys, values = [], []
        while not self.take("}"):
            keys.append(self.expression())
            self.need(":")
            values.append(self.expression())
            if not self.take(","):
                self.need("}")
                break
        return (DICT, tuple(keys), tuple(values), self.pos(start))

    # what tags have besides

    def tolerant(self, ternary: bool = True) -> Node:
        """As `values`, and something unknown where no expression stands."""
        try:
            return self.values(ternary)
        except Stuck:
            self.depth = 0
            return NOTHING

    def target(self) -> Node:
        """Names to bind: `a`, `a, b`, `a, (b, c)`, `namespace.a`."""
        found, several = [], False
        while True:
            if self.take("("):
                self.depth += 1
                if self.depth > DEEPEST:
                    raise self.source.too_deep(self.token.start)
                found.append(self.target())
                self.depth -= 1
                self.need(")")
            else:
                token = self.token
                value: Node = (NAME, self.word())
                while self.token.kind == "dot":
                    self.at += 1
                    value = (ATTR, self.pos(token.start), value, self.tokens[self.at - 1].value)
                found.append(value)
            if not self.take(","):
                break
            several = True
            if self.token.value in {"in", ")", "="}:
                break
        return (SEQ, "tuple", tuple(found)) if several else found[0]

    def arguments(self, without: frozenset[str] = frozenset()) -> Arguments:
        """What is left, as the arguments of a tag, without the bare words in `without`. Passes what it cannot read."""
        values: list[Node] = []
        keywords: list[tuple[str | None, Node]] = []
        aliases: list[tuple[str, Node | None]] = []
        while not self.ended:
            start = self.at
            try:
                word = self.token.value
                if word in {"as", "asvar"} and self.tokens[self.at + 1].kind == "word":
                    self.at += 1
                    aliases.append((self.word(), values[-1] if values and word == "as" else None))
                elif self.names_keyword():
                    name = self.word()
                    self.need("=")
                    keywords.append((name, self.expression()))
                elif self.token.value in without or self.take(","):
                    self.at = start + 1
                else:
                    values.append(self.expression())
            except Stuck:
                self.at, self.depth = start + 1, 0
        return Arguments(tuple(values), tuple(keywords), tuple(aliases))


def _tokens(text: str, start: int, stop: int) -> list[Token]:
    found = []
    end = stop = start + len(text[start:stop].rstrip())  # spaces that nothing follows would be looked through often
    for match in _TOKEN.finditer(text, start, stop):
        kind = match.lastgroup or ""
        value, end = match[kind], match.end()
        found.append(Token(kind, value[1:].lstrip() if kind == "dot" else value, end - len(value), end))
    found.append(Token("", "", end, end))
    return found


def _number(text: str) -> int | float | str:
    text = text.replace("_", "")
    if len(text) > 300 or not text.isascii():
        return "…"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:  # `a.1b`: a key that is no number
        return text
