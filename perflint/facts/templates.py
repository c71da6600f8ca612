"""Django and Jinja templates to the IR: a template becomes a function that the evaluator calls where it is rendered.

What the result looks like is said in `template_ir`. Nothing is imported, rendered or looked up in other files; what is
wrong in a tag costs that tag only, as long as the blocks of the template can be told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from perflint.facts.ir import (
    ASSIGN,
    BOOL,
    BREAK,
    CALL,
    COMP,
    COMPARE,
    CONST,
    CONTINUE,
    DEF,
    DICT,
    EXPR,
    FOR,
    FSTR,
    IF,
    LAMBDA,
    NAME,
    OP,
    RETURN,
    SEQ,
    Facts,
    Function,
    Node,
    Parameter,
    TemplateFacts,
    Unparsable,
)
from perflint.facts.template_expressions import NOTHING, Arguments, Keywords, Reader, Scope, Source, Stuck
from perflint.facts.template_ir import BLOCK, CACHED, EXTENDS, IMPORT_TEMPLATE, INCLUDE, TAG
from perflint.facts.template_lexer import JINJA, Tag, comments, read_tags

__all__ = ["comments", "extract_template"]

DEEPEST = 100
"""Blocks within blocks; of `elif` there may be three times as many in a row."""

_ENDED = frozenset(("if", "for", "block", "with"))
"""Tags that both engines refuse without their end."""
_CACHES = frozenset(("cache", "wagtailcache", "wagtailpagecache"))
_SEPARATORS = frozenset(("elif", "else", "empty"))
_KNOWN = frozenset(
    "autoescape blocktrans blocktranslate comment compress csrf_token cycle debug filter get_available_languages "
    "get_current_language get_current_language_bidi get_current_timezone get_language_info get_language_info_list "
    "get_media_prefix get_static_prefix ifchanged language load localize localtime lorem now plural pluralize "
    "querystring raw resetcycle spaceless static templatetag timezone trans translate url verbatim widthratio".split()
)
"""Tags of Django and Jinja that do nothing but evaluate what they are given."""
_WORDS_ONLY = frozenset("? autoescape comment csrf_token debug filter load lorem raw templatetag verbatim".split())
"""Tags whose arguments are no expressions."""
_TRANSLATED = frozenset("with count trimmed context noop".split())


def extract_template(path: str, text: str, *, production: bool) -> Facts:
    """Lower one template. Raises Unparsable when a block has no end, or when it is nested too deeply."""
    tags, dialect = read_tags(path, text)
    try:
        return _Lowering(path, text, tags, dialect).template(production)
    except RecursionError as error:
        raise Unparsable(1, 1, "nested too deeply to analyse") from error


def _pairs(text: str, tags: list[Tag], source: Source) -> dict[int, int]:
    """The end of each tag that has one, both as indices. Raises Unparsable if one has none that needs it."""
    ends = {tag.word[3:] for tag in tags if tag.word.startswith("end")} | _ENDED
    found: dict[int, int] = {}
    stack: list[int] = []
    count = dict.fromkeys(ends, 0)

    def drop() -> int:
        at = stack.pop()
        count[tags[at].word] -= 1
        return at

    def unended(at: int) -> Unparsable:
        return Unparsable(*source.places.at(tags[at].start), f"nothing ends this {tags[at].word!r} tag")

    for index, tag in enumerate(tags):
        word = tag.word
        if word in count and not (word == "set" and _assigns(text, tag)):
            stack.append(index)
            count[word] += 1
        elif word.startswith("end") and count.get(word[3:]):
            while tags[at := drop()].word != word[3:]:
                if tags[at].word in _ENDED:
                    raise unended(at)
            found[at] = index
    for at in reversed(stack):
        if tags[at].word in _ENDED:
            raise unended(at)
    return found


def _assigns(text: str, tag: Tag) -> bool:
    """Whether a `{% set %}` gives the value itself, rather than what stands up to its end."""
    return "=" in text[tag.inside : tag.stop].partition("|")[0]


class _Lowering:
    def __init__(self, path: str, text: str, tags: list[Tag], dialect: str) -> None:
        self.path, self.text, self.tags, self.dialect = path, text, tags, dialect
        self.source = Source(text, dialect)
        self.ends = _pairs(text, tags, self.source)
        self.functions: list[Function | None] = []
        self.blocks: list[tuple[str, int]] = []
        self.macros: list[tuple[str, int]] = []
        self.extends: Node | None = None
        self.outer = -1
        self.depth = 0
        self.at = 0
        """The index of the tag that is lowered next."""

    def template(self, production: bool) -> Facts:
        context = Parameter("**", None, None, "**")
        self.functions.append(None)
        self.outer = 0
        body = self.block(len(self.tags))
        lines = len(self.source.places.starts)
        self.functions[0] = self.made(
            0, self.path, self.path, self.source.pos(0, 0), (context,), self.source.scope, lines, -1, self.child(body)
        )
        return Facts(
            path=self.path, production=production, markdown=False, body=(),
            functions=tuple([one for one in self.functions if one]), classes=(), positions=self.source.positions,
            imported=frozenset(), patched=frozenset(), words=frozenset(), edges=frozenset(),
            template=TemplateFacts(self.dialect, self.extends, tuple(self.blocks), tuple(self.macros)),
        )  # fmt: skip

    def child(self, body: tuple[Node, ...]) -> tuple[Node, ...]:
        """What of a template's own statements runs: in a child all output comes from its parent."""
        at = next((index for index, one in enumerate(body) if one[0] == EXTENDS), None)
        if at is None:
            return body
        self.extends = body[at][2]
        kept = [one for one in body if one[0] not in {EXPR, BLOCK, EXTENDS}] if self.dialect == JINJA else []
        return (*kept, body[at])

    # blocks and functions

    def block(self, stop: int, separators: bool = False) -> tuple[Node, ...]:
        """The statements of the tags up to `stop`, or up to an `else` and the like if `separators` count here."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.source.too_deep(self.tags[min(self.at, len(self.tags) - 1)].start)
        found: list[Node] = []
        tags = self.tags
        while self.at < stop:
            tag = tags[self.at]
            if separators and tag.word in _SEPARATORS:
                break
            self.at += 1
            if tag.word:
                found += _TAGS.get(tag.word, _Lowering.other)(self, tag, self.ends.get(self.at - 1))
            else:
                found += self.output(tag)
        self.depth -= 1
        return tuple(found)

    def body(self, end: int | None) -> tuple[Node, ...]:
        """The statements up to the end of the tag that was just read, which is passed."""
        if end is None:
            return ()
        found = self.block(end)
        self.at = end + 1
        return found

    def branches(self, end: int) -> list[tuple[Tag | None, tuple[Node, ...]]]:
        """The parts of a block, each after the separator that opens it, which the first one has not."""
        found: list[tuple[Tag | None, tuple[Node, ...]]] = [(None, self.block(end, True))]
        while self.at < end:
            tag = self.tags[self.at]
            self.at += 1
            found.append((tag, self.block(end, True)))
            if len(found) > 3 * DEEPEST:
                raise self.source.too_deep(tag.start)
        self.at = end + 1
        return found

    def function(
        self, tag: Tag, end: int | None, name: str, qualname: str, parameters: tuple[Parameter, ...], *, shares: bool
    ) -> int:
        """The index of a new function made of what stands up to `end`. `shares`: it sees the loops around it."""
        index = len(self.functions)
        self.functions.append(None)
        outer, scope, parent = self.source.scope, Scope(), self.outer
        scope.nested = outer.nested if shares else 0
        self.source.scope, self.outer = scope, index
        place = self.place(tag)
        body = self.body(end)
        self.source.scope, self.outer = outer, parent
        last = self.source.places.at(self.tags[end].start if end is not None else tag.start)[0]
        if not shares:
            body = (*body, (RETURN, place, NOTHING))
            given = {one.name for one in parameters}
            parameters += tuple([one for one in _IMPLICIT if one.name in scope.names - given])
        self.functions[index] = self.made(index, name, qualname, place, parameters, scope, last, parent, body)
        return index

    def made(
        self, number: int, name: str, qualname: str, pos: int, parameters: tuple[Parameter, ...], scope: Scope,
        end: int, parent: int, body: tuple[Node, ...],
    ) -> Function:  # fmt: skip
        return Function(
            number=number, name=name, qualname=qualname, pos=pos, parameters=parameters, decorators=(), returns=None,
            is_async=False, yields=False, awaits=False, loops=scope.loops, called=frozenset(scope.called),
            decides=frozenset(), end=end, owner=-1, parent=parent, body=body,
        )  # fmt: skip

    # parts of tags

    def reader(self, tag: Tag) -> Reader:
        return Reader(self.source, tag.inside, tag.stop)

    def place(self, tag: Tag) -> int:
        return self.source.pos(tag.start, tag.end)

    def output(self, tag: Tag) -> Iterable[Node]:
        reader = self.reader(tag)
        if reader.ended:
            return ()
        value = reader.tolerant()
        if value[0] == CONST:
            return ()
        return ((EXPR, (FSTR, (value,), "{}", reader.pos(reader.tokens[0].start))),)

    # statements: each takes its tag and the index of its end, if it has one

    def if_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        assert end is not None
        tests = [self.test(tag)]
        bodies = []
        for separator, body in self.branches(end):
            if separator is not None:
                tests.append(self.test(separator) if separator.word == "elif" else None)
            bodies.append(body)
        orelse: tuple[Node, ...] = ()
        for test, body in zip(reversed(tests), reversed(bodies), strict=True):
            orelse = (*body, *orelse) if test is None else ((IF, test, body, orelse),)
        return orelse

    def test(self, tag: Tag) -> Node | None:
        return self.reader(tag).tolerant()

    def for_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        assert end is not None
        reader, scope = self.reader(tag), self.source.scope
        target: Node = (NAME, "…")
        iterated = condition = NOTHING
        try:
            target = reader.target()
            reader.need("in")
            iterated = reader.values(ternary=False)
            if reader.take("if"):
                condition = reader.tolerant()
        except Stuck:
            pass
        place = self.place(tag)
        scope.loops = True
        scope.nested += 1
        parts = self.branches(end)
        scope.nested -= 1
        body = parts[0][1]
        if condition is not NOTHING:
            body = ((IF, condition, body, ()),)
        orelse = tuple([one for _, part in parts[1:] for one in part])
        return ((FOR, place, target, iterated, body, orelse, False),)

    def with_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        given = self.reader(tag).arguments()
        return (*_bindings(given.keywords, given.aliases), *self.body(end))

    def set(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        try:
            target = reader.target()
        except Stuck:
            return self.body(end)
        if reader.take("="):
            return ((ASSIGN, (target,), reader.tolerant()),)
        return (*self.body(end), (ASSIGN, (target,), NOTHING))

    def do(self, tag: Tag, end: int | None) -> Iterable[Node]:
        return ((EXPR, self.reader(tag).tolerant()),)

    def block_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        name = (self.text[tag.inside : tag.stop].split() or [""])[0]
        index = self.function(tag, end, name, f"block {name}", (), shares=True)
        self.blocks.append((name, index))
        lowered = self.functions[index]
        assert lowered is not None  # it was just added
        return ((BLOCK, lowered.pos, name, index),)

    def macro(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        try:
            name = reader.word()
            parameters = _parameters(reader)
        except Stuck:
            return self.body(end)
        if end is None:
            return ()
        index = self.function(tag, end, name, f"macro {name}", parameters, shares=False)
        self.macros.append((name, index))
        return ((DEF, index),)

    def call(self, tag: Tag, end: int | None) -> Iterable[Node]:
        if end is None:
            return self.other(tag, end)
        reader = self.reader(tag)
        try:
            parameters = _parameters(reader)
            called = reader.values()
        except Stuck:
            return self.body(end)
        index = self.function(tag, end, "<caller>", "<caller>", parameters, shares=False)
        if called[0] == CALL:
            called = (*called[:4], (*called[4], ("caller", (LAMBDA, index))))
        else:
            called = (OP, (called, (LAMBDA, index)))
        return ((EXPR, called),)

    def include(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        template = reader.tolerant()
        bindings, only = [], False
        while not reader.ended:
            if reader.names_keyword():
                name = reader.word()
                reader.need("=")
                bindings.append((name, _one(reader)))
            else:
                only = only or reader.token.value in {"only", "without"}
                reader.at += 1
        return ((INCLUDE, self.place(tag), template, tuple(bindings), only),)

    def extends_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        return ((EXTENDS, self.place(tag), self.reader(tag).tolerant()),)

    def import_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        template = reader.tolerant()
        aliases = reader.arguments().aliases
        return ((IMPORT_TEMPLATE, self.place(tag), template, tuple([(name, None) for name, _ in aliases])),)

    def from_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        template = reader.tolerant()
        names = []
        if reader.take("import"):
            while reader.token.kind == "word":
                name = local = reader.word()
                if name in {"with", "without"} and reader.token.value == "context":
                    break
                if reader.take("as") and reader.token.kind == "word":
                    local = reader.word()
                names.append((local, name))
                reader.take(",")
        return ((IMPORT_TEMPLATE, self.place(tag), template, tuple(names)),)

    def cached(self, tag: Tag, end: int | None) -> Iterable[Node]:
        if end is None:
            return self.other(tag, end)
        given = self.reader(tag).arguments()
        values = list(given.values)
        if self.dialect != JINJA and len(values) > 1 and values[1][0] == NAME:
            del values[1]  # the name of the fragment
        place = self.place(tag)
        return (*_effects(values, given.keywords), (CACHED, place, self.body(end)))

    def regroup(self, tag: Tag, end: int | None) -> Iterable[Node]:
        reader = self.reader(tag)
        try:
            rows = reader.expression()
            reader.need("by")
            name, token = reader.tokens[-2].value, reader.token
            row: Node = (NAME, name)
            if token.kind not in {"word", "number"}:
                return ()
            reader.tokens[reader.at] = token._replace(kind="dot")  # the key is looked up on each row
            key = reader.filtered(reader.links(row, token.start), token.start)
            reader.need("as")
        except Stuck:
            return ()
        self.source.scope.loops = True
        group = (DICT, ((CONST, "grouper"), (CONST, "list")), (key, (SEQ, "list", (row,))), self.place(tag))
        groups = (COMP, self.place(tag), "list", ((row, rows, (), False),), (group,))
        return ((ASSIGN, ((NAME, name),), groups),)

    def firstof(self, tag: Tag, end: int | None) -> Iterable[Node]:
        given = self.reader(tag).arguments()
        value: Node = (BOOL, given.values, True)
        if given.aliases:
            return [(ASSIGN, ((NAME, name),), value) for name, _ in given.aliases]
        return ((EXPR, (FSTR, (value,), "{}", self.place(tag))),) if given.values else ()

    def blocktrans(self, tag: Tag, end: int | None) -> Iterable[Node]:
        given = self.reader(tag).arguments(_TRANSLATED)
        before = tuple([one for one in given.aliases if one[1] is not None])
        after = tuple([one for one in given.aliases if one[1] is None])
        return (*_bindings(given.keywords, before), *self.body(end), *_bindings((), after))

    def trans(self, tag: Tag, end: int | None) -> Iterable[Node]:
        return self.blocktrans(tag, end) if end is not None else self.other(tag, end)

    def ifequal(self, tag: Tag, end: int | None) -> Iterable[Node]:
        if end is None:
            return ()
        values = (*self.reader(tag).arguments().values, NOTHING, NOTHING)
        test = (COMPARE, values[0], ("Eq" if tag.word == "ifequal" else "NotEq",), values[1:2])
        (_, body), *others = self.branches(end)
        return ((IF, test, body, tuple([one for _, part in others for one in part])),)

    def break_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        return ((BREAK,),)

    def continue_(self, tag: Tag, end: int | None) -> Iterable[Node]:
        return ((CONTINUE,),)

    def other(self, tag: Tag, end: int | None) -> Iterable[Node]:
        """A tag that is no statement: its arguments are evaluated, and what stands in it is as if it stood outside."""
        word = tag.word
        if word in _SEPARATORS or (word.startswith("end") and end is None):
            return ()
        given = Arguments((), (), ()) if word in _WORDS_ONLY else self.reader(tag).arguments()
        found: list[Node] = []
        if word in _KNOWN:
            found += _effects(given.values, given.keywords)
            found += _bindings((), [(name, None) for name, _ in given.aliases])
        elif word not in _WORDS_ONLY:
            value = (TAG, self.place(tag), word, given.values, given.keywords)
            found.append((ASSIGN, tuple([(NAME, name) for name, _ in given.aliases]), value)
                         if given.aliases else (EXPR, value))  # fmt: skip
        if end is None:
            return found
        (_, body), *others = self.branches(end)
        if not others:
            return (*found, *body)
        return (*found, (IF, NOTHING, body, tuple([one for _, part in others for one in part])))


_IMPLICIT = (
    Parameter("caller", None, (CONST, None), "kw"),
    Parameter("varargs", None, None, "*"),
    Parameter("kwargs", None, None, "**"),
)
"""What Jinja gives a macro that uses these names."""


def _parameters(reader: Reader) -> tuple[Parameter, ...]:
    """The parameters in the parentheses that come next, none if there are no parentheses."""
    found: list[Parameter] = []
    if reader.take("("):
        while not reader.take(")"):
            name = reader.word()
            found.append(Parameter(name, None, reader.expression() if reader.take("=") else None, "pos"))
            if not reader.take(","):
                reader.need(")")
                break
    return tuple(found)


def _one(reader: Reader) -> Node:
    """One expression, or something unknown; what cannot be read is passed."""
    start = reader.at
    try:
        return reader.expression()
    except Stuck:
        reader.at, reader.depth = start + 1 if not reader.ended else start, 0
        return NOTHING


def _effects(values: Iterable[Node], keywords: Keywords) -> list[Node]:
    """Values that are evaluated and no more."""
    found = tuple([one for one in (*values, *(value for _, value in keywords)) if one[0] not in {CONST, NAME}])
    return [(EXPR, (OP, found))] if found else []


def _bindings(keywords: Keywords, aliases: Iterable[tuple[str, Node | None]]) -> list[Node]:
    """What a tag binds: `name=value`, `value as name`."""
    return [(ASSIGN, ((NAME, name),), NOTHING if value is None else value) for name, value in (*keywords, *aliases)]


_TAGS: dict[str, Callable[[_Lowering, Tag, int | None], Iterable[Node]]] = {
    "if": _Lowering.if_,
    "for": _Lowering.for_,
    "with": _Lowering.with_,
    "set": _Lowering.set,
    "do": _Lowering.do,
    "block": _Lowering.block_,
    "macro": _Lowering.macro,
    "call": _Lowering.call,
    "include": _Lowering.include,
    "extends": _Lowering.extends_,
    "import": _Lowering.import_,
    "from": _Lowering.from_,
    "regroup": _Lowering.regroup,
    "firstof": _Lowering.firstof,
    "blocktrans": _Lowering.blocktrans,
    "blocktranslate": _Lowering.blocktrans,
    "trans": _Lowering.trans,
    "ifequal": _Lowering.ifequal,
    "ifnotequal": _Lowering.ifequal,
    "break": _Lowering.break_,
    "continue": _Lowering.continue_,
    **dict.fromkeys(_CACHES, _Lowering.cached),
}
