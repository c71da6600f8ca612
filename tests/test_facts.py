"""Source text to facts: places, shapes, and what cannot be read."""

from __future__ import annotations

import dataclasses
import marshal
import sys
from pathlib import Path
from typing import Any

import pytest

from perflint import facts
from perflint.facts import Facts, Unparsable
from perflint.facts.ir import (
    ANN,
    ASSIGN,
    ATTR,
    AUG,
    AWAIT,
    BIN,
    CALL,
    CLASS,
    COMP,
    CONST,
    DEF,
    DICT,
    EXPR,
    FOR,
    FSTR,
    IF,
    IMPORT,
    LAMBDA,
    NAME,
    OP,
    RETURN,
    SEQ,
    SLICE,
    STAR,
    SUB,
    WALRUS,
    WHILE,
    WITH,
    YFROM,
    YIELD,
    Function,
    Node,
)
from tests.engine import extract, findings, lint, source

needs_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="except* is newer")
needs_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are newer")
needs_3_14 = pytest.mark.skipif(sys.version_info < (3, 14), reason="template strings are newer")


def nodes(found: Facts, code: int) -> list[Node]:
    """Every node of a kind, wherever it stands."""
    stack: list[Any] = [found.body, found.functions, found.classes]
    kept = []
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            if one and type(one[0]) is int and one[0] == code and type(one) is tuple:
                kept.append(one)
            stack.extend(reversed(one))
    return kept


def place(found: Facts, node: Node) -> tuple[int, int, int, int]:
    """Line, column, end line, end column of a node whose second item is its place."""
    at = node[1] * 4
    line, column, end_line, end_column = found.positions[at : at + 4]
    return line, column, end_line, end_column


def function(found: Facts, name: str) -> Function:
    return next(one for one in found.functions if one.qualname == name)


def value(text: str) -> Node:
    """An expression, lowered."""
    node: Node = extract(f"it = {text}\n").body[0][2]
    return node


def statement(text: str) -> Node:
    """The only statement of a text, lowered."""
    (found,) = extract(text).body
    return found


# --- places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call()\n", (1, 1, 1, 7)),
        ('x = "é"; call()\n', (1, 10, 1, 16)),
        ('x = "日本"; call()\n', (1, 11, 1, 17)),
        ('x = "😀"; call()\n', (1, 10, 1, 16)),
        ('x = "e\u0301"; call()\n', (1, 11, 1, 17)),
        ("\tcall()\n".replace("\t", "if x:\n\t"), (2, 2, 2, 8)),
        ("# ü\ncall()\n", (2, 1, 2, 7)),
        ("é = 1\ncall(\n  'ü'  )\n", (2, 1, 3, 9)),
        ("ä.call()\n", (1, 1, 1, 9)),
    ],
)
def test_columns_count_characters(text: str, expected: tuple[int, int, int, int]) -> None:
    found = extract(text)
    assert place(found, nodes(found, CALL)[0]) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n\x0c\ncall()\n", 3),
        ("x = 1\n\x0ccall()\n", 2),
        ("x = 'a\x0bb\x1cc\u2028d\x85'\ncall()\n", 2),
        ("x = '''\n\u2029\n'''\ncall()\n", 4),
        ("x = 1 \\\n  + 2\ncall()\n", 3),
    ],
)
def test_only_newlines_end_lines(text: str, line: int) -> None:
    found = extract(text)
    assert place(found, nodes(found, CALL)[0])[:2] == (line, 2 if "\x0ccall" in text else 1)


def test_a_form_feed_counts_as_a_character_of_its_line() -> None:
    found = extract("\x0cif x:\n    'é'; call()\n")
    assert place(found, nodes(found, CALL)[0]) == (2, 10, 2, 16)


@pytest.mark.parametrize(
    "raw",
    [
        b"x = 1\r\ncall()\r\n",
        b"x = 1\rcall()\r",
        b"\xef\xbb\xbfx = 1\ncall()\n",
        b"\xef\xbb\xbfx = 1\r\ncall()\r\n",
        b"# -*- coding: latin-1 -*-\ncall()  # \xe9\n",
    ],
)
def test_encoding_and_line_ends_do_not_move_places(raw: bytes) -> None:
    found = extract(source(raw))
    assert place(found, nodes(found, CALL)[0]) == (2, 1, 2, 7)


def test_a_byte_order_mark_is_no_column() -> None:
    found = extract(source(b"\xef\xbb\xbfcall()\n"))
    assert place(found, nodes(found, CALL)[0]) == (1, 1, 1, 7)


def test_crlf_inside_a_string_leaves_the_lines_below_where_they_are(tmp_path: Path) -> None:
    text = b'import time\r\n\r\nTEXT = """\r\n\r\n"""\r\n\r\nasync def f():\r\n    time.sleep(1)\r\n'
    assert [(one.line, one.code) for one in lint(tmp_path, {"app.py": text})] == [(8, "PW202")]


def test_a_span_covers_the_call_in_characters(tmp_path: Path) -> None:
    text = 'import time\nasync def f():\n    "日本"; time.sleep(1); "é"\n'
    (found,) = findings(tmp_path, {"app.py": text})
    assert (found.span.line, found.span.column, found.span.end_column) == (3, 11, 24)


def test_a_definition_is_placed_at_its_head_below_the_decorators() -> None:
    found = extract('@app.get("/é")\n@other\nasync def books(a,\n    b): ...\n\n@mark\nclass Shelf:\n    pass\n')
    assert place(found, (DEF, function(found, "books").pos)) == (3, 1, 3, 16)
    assert place(found, (CLASS, found.classes[0].pos)) == (7, 1, 7, 12)
    assert function(found, "books").end == 4


def test_places_inside_a_string_annotation_are_those_of_the_string() -> None:
    found = extract('def f(a: "List[Book]"): ...\n')
    assert place(found, nodes(found, SUB)[0]) == (1, 10, 1, 22)


def test_a_chain_of_calls_has_a_place_for_each_link() -> None:
    found = extract("(books\n  .filter(x)\n  .all())\n")
    assert [place(found, one) for one in nodes(found, CALL)] == [(1, 2, 3, 9), (1, 2, 2, 13)]


# --- functions and classes --------------------------------------------------------------------------------------


def test_decorators_keep_their_order_and_stand_outside_the_function() -> None:
    found = extract("@outer(1)\n@inner\ndef f(): return g()\n")
    (f,) = found.functions
    assert [one[0] for one in f.decorators] == [CALL, NAME]
    assert f.called == {"g"}


def test_defaults_are_evaluated_outside_the_function() -> None:
    found = extract("def f(a=first(), *, b=second()): return third()\n")
    (f,) = found.functions
    assert f.called == {"third"}
    assert [one.default is not None for one in f.parameters] == [True, True]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("a, b", [("a", "pos"), ("b", "pos")]),
        ("a, /, b", [("a", "pos"), ("b", "pos")]),
        ("a, *rest, b, **more", [("a", "pos"), ("rest", "*"), ("b", "kw"), ("more", "**")]),
        ("*, b", [("b", "kw")]),
        ("**more", [("more", "**")]),
        ("", []),
    ],
)
def test_parameters_know_how_they_are_given(head: str, expected: list[tuple[str, str]]) -> None:
    (f,) = extract(f"def f({head}): ...\n").functions
    assert [(one.name, one.kind) for one in f.parameters] == expected


def test_defaults_belong_to_the_last_positional_parameters() -> None:
    (f,) = extract("def f(a, b, /, c=1, *d, e, g=2): ...\n").functions
    assert {one.name: one.default for one in f.parameters} == {
        "a": None, "b": None, "c": (CONST, 1), "d": None, "e": None, "g": (CONST, 2),
    }  # fmt: skip


def test_a_lambda_is_a_function_with_defaults_that_returns_its_body() -> None:
    found = extract("f = lambda a, b=make(): a.go(b)\n")
    (f,) = found.functions
    assert (f.name, f.parameters[1].default and f.parameters[1].default[0]) == ("<lambda>", CALL)
    assert (f.body[0][0], f.called) == (RETURN, {"go"})
    assert nodes(found, LAMBDA) == [(LAMBDA, 0)]


def test_functions_know_the_class_and_the_function_around_them() -> None:
    found = extract(
        "class A:\n    def m(self):\n        def n(): ...\n        class B:\n            def o(self): ...\n"
    )
    m, n, o = (function(found, name) for name in ("A.m", "A.m.n", "A.m.B.o"))
    assert (m.owner, m.parent) == (0, -1)
    assert (n.owner, n.parent) == (-1, m.number)
    assert (o.owner, o.parent) == (1, m.number)


@pytest.mark.parametrize(
    ("body", "awaits", "yields", "loops"),
    [
        ("return 1", False, False, False),
        ("await x", True, False, False),
        ("yield 1", False, True, False),
        ("yield from x", False, True, False),
        ("async for a in b: pass", True, False, True),
        ("async with a: pass", True, False, False),
        ("return [a async for a in b]", True, False, True),
        ("return [a for a in b]", False, False, True),
        ("while x: pass", False, False, True),
        ("async def g(): await x", False, False, False),
        ("class A: y = lambda: (yield)", False, False, False),
    ],
)
def test_a_function_knows_what_its_own_body_does(body: str, awaits: bool, yields: bool, loops: bool) -> None:
    text = f"async def f():\n    {body}\n"
    if "yield from" in body:
        text = text.replace("async ", "", 1)
    f = function(extract(text), "f")
    assert (f.awaits, f.yields, f.loops) == (awaits, yields, loops)


# --- statements and expressions ---------------------------------------------------------------------------------


def test_docstrings_and_lone_constants_are_dropped() -> None:
    found = extract('"""Doc."""\n1\n...\ndef f():\n    """Doc."""\n    return g()\n')
    assert [one[0] for one in found.body] == [DEF]
    assert len(found.functions[0].body) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", (NAME, "name")),
        ("'text'", (CONST, "text")),
        ("-3", (CONST, -3)),
        ("3j", (CONST, "…")),
        ("b'x'", (CONST, "…")),
        ("not x", (OP, ((NAME, "x"),))),
        ("(y := x)", (WALRUS, "y", (NAME, "x"))),
        ("a + b", (BIN, "Add", (NAME, "a"), (NAME, "b"))),
        ("[a, *b]", (SEQ, "list", ((NAME, "a"), (STAR, (NAME, "b"))))),
        ("{a}", (SEQ, "set", ((NAME, "a"),))),
        ("()", (SEQ, "tuple", ())),
        ("f'{a}-{b!r:>{w}}'", (FSTR, ((NAME, "a"), (NAME, "b")), "{}-{}", 0)),
    ],
)
def test_expressions_become_plain_tuples(text: str, expected: Node) -> None:
    assert value(text) == expected


def test_a_slice_keeps_its_three_parts() -> None:
    assert value("a[1:n]")[3] == (SLICE, (CONST, 1), (NAME, "n"), None)


def test_a_dict_keeps_a_place_for_each_double_star() -> None:
    assert value("{'a': 1, **b}")[1:3] == (((CONST, "a"), None), ((CONST, 1), (NAME, "b")))


@pytest.mark.parametrize(
    ("text", "kind", "is_async"),
    [
        ("[a for a in b if c]", "list", False),
        ("{a for a in b if c}", "set", False),
        ("(a for a in b if c)", "iter", False),
        ("{a: a for a in b if c}", "dict", False),
        ("[a async for a in b if c]", "list", True),
    ],
)
def test_a_comprehension_knows_its_kind_and_its_generators(text: str, kind: str, is_async: bool) -> None:
    (one,) = nodes(extract(f"async def f():\n    return {text}\n"), COMP)
    assert one[2:4] == (kind, (((NAME, "a"), (NAME, "b"), ((NAME, "c"),), is_async),))
    assert len(one[4]) == (2 if kind == "dict" else 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1", ASSIGN),
        ("x += 1", AUG),
        ("x: int = 1", ANN),
        ("x: int", ANN),
        ("f()", EXPR),
        ("assert f()", IF),
        ("del x.y", EXPR),
        ("for a in b: pass", FOR),
        ("while a: pass", WHILE),
        ("if a: pass", IF),
        ("with a as b, c: pass", WITH),
        ("import a.b", IMPORT),
        ("from a import *", IMPORT),
    ],
)
def test_statements_are_lowered_to_their_code(text: str, code: int) -> None:
    assert statement(text)[0] == code


def test_imports_bind_what_python_binds() -> None:
    found = extract("import a.b\nimport c.d as e\nfrom f.g import h as i\nfrom ..j import k\nfrom . import l\n")
    bound = [binding for one in found.body for binding in one[1]]
    assert bound == [
        ("a", "a", None, 0), ("", "a.b", None, 0), ("e", "c.d", None, 0), ("i", "f.g", "h", 0), ("k", "j", "k", 2),
        ("l", "", "l", 1),
    ]  # fmt: skip
    assert found.imported == {"a", "c", "f"}


def test_imports_anywhere_in_a_file_count_as_imported() -> None:
    assert extract("def f():\n    if x:\n        import redis.asyncio\n").imported == {"redis"}


def test_a_match_keeps_captures_guards_and_bodies() -> None:
    text = "match f():\n    case [a, *b] if g(): h()\n    case {'k': c, **d}: pass\n    case P(x=e) as q: pass\n"
    _, subject, matched = statement(text)
    assert subject[0] == CALL
    assert [sorted(names) for names, _, _ in matched] == [["a", "b"], ["c", "d"], ["e", "q"]]
    assert [guard is not None for _, guard, _ in matched] == [True, False, False]
    assert matched[0][2][0][0] == EXPR


def test_a_try_keeps_all_its_blocks() -> None:
    _, body, handlers, orelse, final = statement("try: a()\nexcept E as e: b()\nexcept: c()\nelse: d()\nfinally: g()\n")
    assert [(kind, name) for kind, name, _ in handlers] == [((NAME, "E"), "e"), (None, None)]
    assert [len(one) for one in (body, orelse, final)] == [1, 1, 1]


@needs_3_11
def test_exception_groups_are_handlers_like_others() -> None:
    _, _, handlers, _, _ = statement("try: a()\nexcept* E as e: b()\n")
    assert [(kind, name) for kind, name, _ in handlers] == [((NAME, "E"), "e")]


@needs_3_12
def test_type_parameters_and_aliases_are_read() -> None:
    found = extract("type Books = list[Book]\ndef f[T](a: T) -> T: return g(a)\nclass A[T](Base[T]): ...\n")
    assert function(found, "f").called == {"g"}
    assert found.classes[0].bases[0][0] == SUB


@needs_3_14
def test_template_strings_evaluate_their_holes() -> None:
    assert value("t'{a} {b}'")[1] == ((NAME, "a"), (NAME, "b"))


@pytest.mark.parametrize(("text", "code"), [("yield a", YIELD), ("yield from a", YFROM), ("await a", AWAIT)])
def test_what_suspends_has_a_place(text: str, code: int) -> None:
    found = extract(f"{'async ' if code == AWAIT else ''}def f():\n    {text}\n")
    assert place(found, nodes(found, code)[0])[:2] == (2, 5)


# --- annotations ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Book | None", '"Book | None"', '"Book" | None'])
def test_a_quoted_annotation_says_the_same_as_a_bare_one(text: str) -> None:
    (f,) = extract(f"def f(a: {text}): ...\n").functions
    assert f.parameters[0].annotation == (BIN, "BitOr", (NAME, "Book"), (CONST, None))


def test_quoted_parts_inside_an_annotation_are_read() -> None:
    (f,) = extract("def f(a: Mapped[list['Book']]) -> 'Shelf': ...\n").functions
    annotation = f.parameters[0].annotation
    assert annotation is not None
    assert annotation[3][3] == (NAME, "Book")
    assert f.returns == (NAME, "Shelf")


@pytest.mark.parametrize("text", ["'not an (annotation'", "''", "'a b'", "'" + "x" * 600 + "'"])
def test_a_quoted_annotation_that_is_none_says_nothing(text: str) -> None:
    (f,) = extract(f"def f(a: {text}): ...\n").functions
    assert f.parameters[0].annotation is not None
    assert f.parameters[0].annotation[0] == CONST


def test_a_literal_string_in_annotated_metadata_is_no_crash() -> None:
    assert len(extract("def f(a: Annotated[str, 'some text', Depends(g)]): ...\n").functions) == 1


# --- what cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\ndef f(:\n", 2, "syntax"),
        ("x = (1\n", 1, "never closed"),
        ("if x:\npass\n", 2, "indent"),
        ("x = '\n", 1, "unterminated"),
        ("x = 1\nreturn\nprint 'x'\n", 3, "print"),
        ("x = '\0'\n", 1, "null"),
        ("f(x for x in y, 1)\n", 1, "parenthes"),
    ],
)
def test_what_cannot_be_parsed_says_where_and_why(text: str, line: int, reason: str) -> None:
    with pytest.raises(Unparsable) as caught:
        extract(text)
    assert caught.value.line == line
    assert caught.value.column >= 1
    assert reason in caught.value.reason.lower()


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5000 + ")" * 5000,
        "x = " + "[" * 90 + "]" * 90 + "\n" + "x = " + "not " * 100_000 + "y",
        "x = " + "-" * 100_000 + "1",
        "\n".join(" " * at + "if x:" for at in range(150)) + "\n" + " " * 150 + "pass",
    ],
    ids=["parentheses", "not", "minus", "blocks"],
)
def test_code_that_is_nested_too_deeply_is_unparsable_and_no_crash(text: str) -> None:
    with pytest.raises(Unparsable):
        extract(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = a" + ".b()" * 400,
        "x = " + " + ".join(["a()"] * 1500),
        "x = a" + "[0]" * 400,
        "x = [" + "1, " * 20_000 + "]",
        "if a: pass\n" + "elif b: pass\n" * 500,
    ],
    ids=["chain", "sum", "subscripts", "list", "elif"],
)
def test_long_code_is_read(text: str) -> None:
    limit = sys.getrecursionlimit()
    assert len(extract(text).body) == 1
    assert sys.getrecursionlimit() == limit


def test_a_huge_number_is_no_crash() -> None:
    with pytest.raises(Unparsable):
        extract("x = " + "1" * 5000)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "'''doc'''", "pass", "\x0c"])
def test_an_empty_file_has_empty_facts(text: str) -> None:
    found = extract(text)
    assert (found.body, found.functions, found.classes, found.imported) == ((), (), (), frozenset())


def test_strange_escapes_warn_nobody(recwarn: pytest.WarningsRecorder) -> None:
    extract("x = '\\d'\nif x is 'a': pass\nassert (x, 'y')\n")
    assert not recwarn.list


def test_top_level_await_is_read_in_documents() -> None:
    assert [one[0] for one in facts.extract("a.md", "await f()\n", production=True, markdown=True).body] == [EXPR]


# --- facts are plain --------------------------------------------------------------------------------------------

EVERYTHING = '''"""Doc é."""
from __future__ import annotations
import a.b, c as d
from .e import *

@decorated(1)
class Book(Base, metaclass=Meta):
    title: "str | None" = None
    def __str__(self): return f"{self.title!r:>{10}}"

async def f(a, /, b: int = 1, *c, d=lambda x=2: x, **e) -> list[Book]:
    global g
    async with a as b, c: pass
    async for x, *y in z: continue
    else: pass
    try: raise E from e
    except (A, B) as err: pass
    except: pass
    else: pass
    finally: pass
    match a:
        case {"k": [v, *_], **rest} if v > 1: pass
        case Book(title=t) | t: pass
    while (n := 1) < 2 <= 3: break
    del a[0], b.c
    x[1:2, ::3] += {**a, "b": {1, 2}}, [*a], -1, not b, 1j, b"x", ..., 10**9
    return [i async for i in a if i for j in i] if a and b or c else {k: v for k, v in a} @ await d

def g():
    yield
    yield from (x for x in y)
'''


def parts(found: Facts) -> list[Any]:
    """Facts without the classes that hold them."""
    return [
        found.body, found.positions, [tuple(one) for one in found.functions], [tuple(one) for one in found.classes],
        found.imported,
    ]  # fmt: skip


def plain(one: Any) -> Any:
    """Named tuples as what marshal takes, at any depth."""
    if isinstance(one, tuple):
        return tuple(plain(part) for part in one)
    return [plain(part) for part in one] if isinstance(one, list) else one


def test_positions_and_bodies_can_be_written_and_read_back() -> None:
    found = extract(EVERYTHING)
    for one in [found.positions, found.body, *[f.body for f in found.functions], *[c.body for c in found.classes]]:
        assert marshal.loads(marshal.dumps(one)) == one


def test_all_facts_are_made_of_plain_values() -> None:
    kept = plain(parts(extract(EVERYTHING)))
    assert marshal.loads(marshal.dumps(kept)) == kept


def test_facts_do_not_depend_on_the_run() -> None:
    assert extract(EVERYTHING) == extract(EVERYTHING)


def test_facts_of_a_file_know_nothing_of_its_path_but_the_path() -> None:
    one, other = extract(EVERYTHING, "a.py"), extract(EVERYTHING, "b/c.py")
    assert dataclasses.replace(other, path="a.py") == one


def test_no_node_of_the_syntax_tree_survives() -> None:
    stack: list[Any] = plain(parts(extract(EVERYTHING)))
    while stack:
        one = stack.pop()
        if isinstance(one, (tuple, list, frozenset)):
            stack.extend(one)
        else:
            assert one is None or type(one) in (str, int, float, bool)


def test_attributes_name_what_they_are_read_from() -> None:
    found = extract("x = a.b.c\n")
    assert [one[3] for one in nodes(found, ATTR)] == ["c", "b"]


def test_a_statement_evaluates_all_it_holds() -> None:
    found = extract(EVERYTHING)
    names = {one[1] for one in nodes(found, NAME)}
    assert {"a", "b", "c", "d", "E", "A", "B", "i", "j", "x", "y", "z", "v"} <= names


def test_dict_and_call_places_stay_apart() -> None:
    found = extract("f({'a': 1})\n")
    (mapping,) = nodes(found, DICT)
    at = mapping[3] * 4
    assert found.positions[at : at + 4] == [1, 3, 1, 11]
