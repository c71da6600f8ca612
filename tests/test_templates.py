"""Templates to facts: what each tag and expression becomes, where it stands, whose dialect it is, what is broken."""

from __future__ import annotations

import marshal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perflint.facts import ir, template_ir
from perflint.facts.ir import ATTR, CALL, FOR, FSTR, SUB, Facts, Function, Node, TemplateFacts, Unparsable
from perflint.facts.template_ir import AUTO, BLOCK, EXTENDS, FILTER, INCLUDE, SUPER_BLOCK, TAG
from perflint.facts.templates import comments, extract_template


def django(text: str) -> Facts:
    """A template that Django renders, whatever else is in it: the mark is the last line."""
    return extract_template("shop/book.html", text + "\n{% csrf_token %}" * 3, production=True)


def jinja(text: str) -> Facts:
    return extract_template("shop/book.jinja", text, production=True)


def undecided(text: str) -> Facts:
    found = extract_template("shop/book.html", text, production=True)
    assert said(found).dialect == ""
    return found


def said(facts: Facts) -> TemplateFacts:
    assert facts.template is not None
    return facts.template


# --- the IR as short text ---------------------------------------------------------------------------------------


def shown(template: Facts, index: int = 0) -> str:
    """The statements of a function, with `; ` between them."""
    return body(template.functions[index].body)


def body(statements: tuple[Node, ...]) -> str:
    return "; ".join([statement(one) for one in statements])


def statement(node: Node) -> str:
    code = node[0]
    if code == ir.EXPR:
        return print_of(node[1]) if node[1][0] == FSTR else expr(node[1])
    if code == ir.ASSIGN:
        return " = ".join([*map(expr, node[1]), expr(node[2])])
    if code == ir.FOR:
        rest = f" else {{{body(node[5])}}}" if node[5] else ""
        return f"for {expr(node[2])} in {expr(node[3])} {{{body(node[4])}}}{rest}"
    if code == ir.IF:
        rest = f" else {{{body(node[3])}}}" if node[3] else ""
        return f"if {expr(node[1])} {{{body(node[2])}}}{rest}"
    if code == ir.DEF:
        return f"def #{node[1]}"
    if code == ir.RETURN:
        return f"return {expr(node[2])}"
    if code == ir.BREAK:
        return "break"
    if code == ir.CONTINUE:
        return "continue"
    if code == template_ir.INCLUDE:
        given = "".join([f", {name}={expr(value)}" for name, value in node[3]])
        return f"include({expr(node[2])}{given}{', only' if node[4] else ''})"
    if code == template_ir.EXTENDS:
        return f"extends({expr(node[2])})"
    if code == template_ir.BLOCK:
        return f"block {node[2]} #{node[3]}"
    if code == template_ir.IMPORT_TEMPLATE:
        return f"import({expr(node[2])}: {', '.join([f'{local}={macro}' for local, macro in node[3]])})"
    assert code == template_ir.CACHED
    return f"cached {{{body(node[2])}}}"


def print_of(node: Node) -> str:
    assert node[2] == "{}"
    return f"print {expr(node[1][0])}"


def expr(node: Node | None) -> str:
    if node is None:
        return ""
    code = node[0]
    if code in _TEXTS:
        return _TEXTS[code](node)
    raise AssertionError(f"unknown node {node!r}")


def given_of(args: tuple[Node, ...], keywords: Any) -> str:
    named = [f"{name}={expr(value)}" if name else f"**{expr(value)}" for name, value in keywords]
    return ", ".join([*map(expr, args), *named])


def filter_of(node: Node) -> str:
    given = given_of(node[4], node[5])
    return f"{expr(node[3])}|{node[2]}" + (f"({given})" if given else "")


_TEXTS: dict[int, Any] = {
    ir.NAME: lambda n: n[1],
    ir.CONST: lambda n: "?" if n[1] == "…" else repr(n[1]),
    ir.ATTR: lambda n: f"{expr(n[2])}.{n[3]}",
    ir.SUB: lambda n: f"{expr(n[2])}[{expr(n[3])}]",
    ir.CALL: lambda n: f"{expr(n[2])}({given_of(n[3], n[4])})",
    ir.LAMBDA: lambda n: f"#{n[1]}",
    ir.STAR: lambda n: f"*{expr(n[1])}",
    ir.SLICE: lambda n: ":".join([expr(one) for one in n[1:]]),
    ir.BOOL: lambda n: "(" + (" or " if n[2] else " and ").join(map(expr, n[1])) + ")",
    ir.IFEXP: lambda n: f"({expr(n[2])} if {expr(n[1])} else {expr(n[3])})",
    ir.BIN: lambda n: f"({expr(n[2])} {n[1]} {expr(n[3])})",
    ir.COMPARE: lambda n: f"({' '.join([expr(n[1]), *[f'{o} {expr(c)}' for o, c in zip(n[2], n[3], strict=True)]])})",
    ir.OP: lambda n: "op(" + ", ".join(map(expr, n[1])) + ")",
    ir.SEQ: lambda n: f"{n[1]}({', '.join(map(expr, n[2]))})",
    ir.DICT: lambda n: "{" + ", ".join([f"{expr(k)}: {expr(v)}" for k, v in zip(n[1], n[2], strict=True)]) + "}",
    ir.FSTR: lambda n: f"f{n[2]!r}({', '.join(map(expr, n[1]))})",
    ir.COMP: lambda n: f"[{expr(n[4][0])} for {expr(n[3][0][0])} in {expr(n[3][0][1])}]",
    template_ir.AUTO: lambda n: f"{expr(n[2])}!",
    template_ir.FILTER: filter_of,
    template_ir.SUPER_BLOCK: lambda n: "super",
    template_ir.TAG: lambda n: f"<{n[2]}>({given_of(n[3], n[4])})",
}  # fmt: skip


def nodes(found: Any, code: int) -> list[Node]:
    """Every node of a kind, in any of the functions."""
    stack, kept = [found], []
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            if one and type(one[0]) is int and one[0] == code and type(one) is tuple:
                kept.append(one)
            stack.extend(reversed(one))
    return kept


def place(template: Facts, node: Node, at: int = 1) -> tuple[int, int, int, int]:
    line, column, end_line, end_column = template.positions[node[at] * 4 : node[at] * 4 + 4]
    return line, column, end_line, end_column


def underlined(text: str, template: Facts, code: int, at: int = 1) -> list[str]:
    """What the places of all nodes of a kind cover, each on one line."""
    covered = []
    for node in nodes(template.functions, code):
        line, column, end_line, end_column = place(template, node, at)
        assert line == end_line
        covered.append(text.split("\n")[line - 1][column - 1 : end_column - 1])
    return covered


def function(template: Facts, qualname: str) -> Function:
    return next(one for one in template.functions if one.qualname == qualname)


# --- expressions that both have ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ book }}", "print book"),
        ("{{book.title}}", "print book.title!"),
        ("{{ book.author.name }}", "print book.author!.name!"),
        ("{{ rows.0 }}", "print rows[0]!"),
        ("{{ rows.0.1.title }}", "print rows[0]![1]!.title!"),
        ("{{ books|length }}", "print books|length"),
        ("{{ book.tags.all|length }}", "print book.tags!.all!|length"),
        ('{{ book.day|date:"Y-m-d" }}', "print book.day!|date('Y-m-d')"),
        ("{{ x|default:book.author }}", "print x|default(book.author!)"),
        ("{{ x|floatformat:-2|add:1 }}", "print x|floatformat(-2)|add(1)"),
        ('{{ books|slice:":5" }}', "print books|slice(':5')"),
        ('{{ _("Price") }}', ""),
        ('{{ "just text" }}', ""),
        ("{{ 'it\\'s'|f:'a \"b\"' }}", 'print "it\'s"|f(\'a "b"\')'),
        ("{{ None }}{{ True }}{{ 1.5 }}", ""),
        ("{{ block.super }}", "print super"),
        ("{{ bücher.größe }}", "print bücher.größe!"),
        ("{{ }}{{ % }}{{ ! }}", ""),
        ("{{ a b }}", "print a"),
    ],
)
def test_django_expressions(text: str, expected: str) -> None:
    assert shown(django(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ book.author.name }}", "print book.author.name"),
        ("{{ book.tags.all() }}", "print book.tags.all()"),
        ("{{ f(a, *b, c=d.e, **k) }}", "print f(a, *b, c=d.e, **k)"),
        ("{{ f()(1)[2].x }}", "print f()(1)[2].x"),
        ("{{ d['key'] }}", "print d['key']"),
        ("{{ xs[1:] }}", "print xs[1::]"),
        ("{{ xs[:n.m:2] }}", "print xs[:n.m:2]"),
        ("{{ xs[::2], xs[a, b] }}", "print tuple(xs[::2], xs[tuple(a, b)])"),
        ("{{ xs|map(attribute='author')|join(', ') }}", "print xs|map(attribute='author')|join(', ')"),
        ("{{ a ~ ' by ' ~ b.name }}", "print f'{} by {}'(a, b.name)"),
        ("{{ a if b.c else d }}", "print (a if b.c else d)"),
        ("{{ a if b }}", "print (a if b else '')"),
        ("{{ a + b * c ** 2 - d // 3 }}", "print ((a Add (b Mult (c Pow 2))) Sub (d FloorDiv 3))"),
        ("{{ -x.y|abs }}", "print op(x.y)|abs"),
        ("{{ 1 < a.b <= 3 }}", "print (1 Lt a.b LtE 3)"),
        ("{{ not a and b or c }}", "print ((op(a) and b) or c)"),
        ("{{ not a.b in c.d }}", "print op((a.b In c.d))"),
        ("{{ a not in b }}", "print (a NotIn b)"),
        ("{{ [1, a.b], (c, ), {'k': d.e} }}", "print tuple(list(1, a.b), tuple(c), {'k': d.e})"),
        ("{{ {'a': {'b': x.y}} }}", "print {'a': {'b': x.y}}"),
        ("{{ {'a': x.y}}}", "print {'a': x.y}"),
        ("{{ '}}' ~ x.y }}", "print f'}}{}'(x.y)"),
        ("{{ x.y is defined }}", "print op(x.y)"),
        ("{{ x.y is not none }}", "print (x.y IsNot None)"),
        ("{{ x is divisibleby 3 and y is sameas z.w }}", "print (op(x, 3) and (y Is z.w))"),
        ("{{ x is not in(y) }}", "print (x NotIn y)"),
        ("{{ ('a {b}' ' c').format(b=x.y) }}", "print 'a {b} c'.format(b=x.y)"),
        ("{{ super() }}", "print super"),
        ("{{ super.super() }}", "print super"),
        ("{{- x.y -}}", "print x.y"),
        ("{{ x.y\n  .z }}", "print x.y.z"),
        ("{{ rows.0 }}", "print rows[0]"),
        ("{{ ((a)) }}", "print a"),
        ("{{ (a.b }}{{ c }}", "print c"),
    ],
)
def test_jinja_expressions(text: str, expected: str) -> None:
    assert shown(jinja(text)) == expected


def test_what_nobody_decides_is_looked_up_as_django_does() -> None:
    assert shown(undecided("{{ book.author }}{{ book.title|upper }}")) == "print book.author!; print book.title!|upper"


def test_a_call_is_no_lookup_that_calls_by_itself() -> None:
    assert shown(django("{{ a.b(c.d) }}")) == "print a.b(c.d!)"


# --- statements that both have ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for b in books %}{{ b.title }}{% endfor %}", "for b in books {print b.title!}"),
        ("{% for b in shop.books.all %}{{ b }}{% endfor %}", "for b in shop.books!.all! {print b}"),
        ("{% for k, v in d.items reversed %}{{ v }}{% endfor %}", "for tuple(k, v) in d.items! {print v}"),
        (
            "{% for b in books %}{{ b }}{% empty %}{{ none.x }}{% endfor %}",
            "for b in books {print b} else {print None.x!}",
        ),
        ("{% for b in books|slice:':3' %}{% endfor %}", "for b in books|slice(':3') {}"),
        ("{% for b in books %}{{ forloop.counter }}{{ forloop.parentloop.first }}{% endfor %}", "for b in books {}"),
        ("{% for %}{{ x }}{% endfor %}", "for … in ? {print x}"),
        ("{% if a.b %}{{ c }}{% endif %}", "if a.b! {print c}"),
        (
            "{% if a %}{{ b }}{% elif c.d %}{{ e }}{% else %}{{ f }}{% endif %}{{ g }}",
            "if a {print b} else {if c.d! {print e} else {print f}}; print g",
        ),
        ("{% if a.n|length > 3 and not b %}{% endif %}", "if ((a.n!|length Gt 3) and op(b)) {}"),
        ("{% if a in b.all or a not in c %}{% endif %}", "if ((a In b.all!) or (a NotIn c)) {}"),
        ("{% if a is None or b is not a.c %}{% endif %}", "if ((a Is None) or (b IsNot a.c!)) {}"),
        ("{% if %}{{ x }}{% endif %}", "if ? {print x}"),
        (
            "{% ifequal a.b 'c' %}{{ x }}{% else %}{{ y }}{% endifequal %}",
            "if (a.b! Eq 'c') {print x} else {print y}",
        ),
        ("{% with a=b.c d=e|f %}{{ a.x }}{% endwith %}", "a = b.c!; d = e|f; print a.x!"),
        ("{% with b.c.all as a %}{{ a }}{% endwith %}", "a = b.c!.all!; print a"),
        ("{% include 'a.html' %}", "include('a.html')"),
        ("{% include page.template with a=b.c d=1 only %}", "include(page.template!, a=b.c!, d=1, only)"),
        ("{% url 'book' book.pk page=a.b as link %}{{ link }}", "op(book.pk!, a.b!); link = ?; print link"),
        ("{% static 'a.css' %}{% now 'Y' as year %}{% load a b from c %}", "year = ?"),
        ("{% firstof a.b c 'd' %}", "print (a.b! or c or 'd')"),
        ("{% firstof a b as c %}", "c = (a or b)"),
        ("{% cycle a.b 'x' as row %}", "op(a.b!); row = ?"),
        (
            "{% regroup shop.books by author.name as groups %}",
            "groups = [{'grouper': groups.author!.name!, 'list': list(groups)} for groups in shop.books!]",
        ),
        ("{% regroup books by %}{{ x }}", "print x"),
        (
            "{% blocktranslate count n=xs|length with a=b.c trimmed %}{{ n }}{% plural %}{% endblocktranslate %}",
            "n = xs|length; a = b.c!; print n",
        ),
        (
            "{% blocktrans with a.b as c and d.e as f asvar g %}{{ c }}{% endblocktrans %}",
            "c = a.b!; f = d.e!; print c; g = ?",
        ),
        ("{% trans 'Price' as p %}{% translate a.b %}", "p = ?; op(a.b!)"),
        ("{% comment %}{{ a.b }}{% for %}{% endcomment %}{{ c }}", "print c"),
        ("{% verbatim %}{{ a.b }}{% endverbatim %}{{ c }}", "print c"),
        ("{% verbatim x %}{% endverbatim %}{{ a }}{% endverbatim x %}{{ c }}", "print c"),
        ("{# {{ a.b }} #}{{ c }}", "print c"),
        (
            "{% cache 500 sidebar request.user.pk %}{{ a.b }}{% endcache %}",
            "op(request.user!.pk!); cached {print a.b!}",
        ),
        ("{% autoescape off %}{% spaceless %}{{ a }}{% endspaceless %}{% endautoescape %}", "print a"),
        ("{% filter upper|lower %}{{ a }}{% endfilter %}", "print a"),
        ("{% ifchanged a.b %}{{ c }}{% else %}{{ d }}{% endifchanged %}", "op(a.b!); if ? {print c} else {print d}"),
        ("{% menu page.root depth=a.b %}", "<menu>(page.root!, depth=a.b!)"),
        ("{% menu page as items %}{{ items.x }}", "items = <menu>(page); print items.x!"),
        ("{% panel a.b %}{{ c }}{% endpanel %}{{ d }}", "<panel>(a.b!); print c; print d"),
        (
            "{% if a %}{% allowed x %}{{ b }}{% else %}{{ c }}{% endallowed %}{% else %}{{ d }}{% endif %}",
            "if a {<allowed>(x); if ? {print b} else {print c}} else {print d}",
        ),
        (
            "{% if a %}{% inline x %}{{ b }}{% else %}{{ c }}{% endif %}",
            "if a {<inline>(x); print b} else {print c}",
        ),
        ("{% x ~ ! %}{% %}{{ a }}", "<x>(); print a"),
    ],
)
def test_django_statements(text: str, expected: str) -> None:
    assert shown(django(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for a in xs.all() if a.ok recursive %}{{ a }}{% endfor %}", "for a in xs.all() {if a.ok {print a}}"),
        ("{% for (a, b), c in xs %}{{ a }}{% else %}{{ z }}{% endfor %}",
         "for tuple(tuple(a, b), c) in xs {print a} else {print z}"),
        ("{% for a in b, c %}{{ loop.index }}{{ loop.cycle('x', a.y) }}{{ loop(a.kids) }}{% endfor %}",
         "for a in tuple(b, c) {print op('x', a.y); print op(a.kids)}"),
        ("{{ loop.index }}", "print loop.index"),
        ("{% for a in xs -%}\n{%- if a.x %}{% break %}{% endif %}{% continue %}{%+ endfor -%}",
         "for a in xs {if a.x {break}; continue}"),
        ("{% if a(b) and\n  c.d %}{{ e }}{% endif %}", "if (a(b) and c.d) {print e}"),
        ("{% set a = b.c %}{{ a }}", "a = b.c; print a"),
        ("{% set a, b = c, d.e %}", "tuple(a, b) = tuple(c, d.e)"),
        ("{% set ns.a = b %}", "ns.a = b"),
        ("{% set a %}{{ b.c }}{% endset %}{{ a }}", "print b.c; a = ?; print a"),
        ("{% set a | upper %}{{ b.c }}{% endset %}", "print b.c; a = ?"),
        ("{% if x %}{% set a = 1 %}{% else %}{% set b %}{{ c }}{% endset %}{% endif %}",
         "if x {a = 1} else {print c; b = ?}"),
        ("{% with a = b.c + 1, d = e %}{{ a }}{% endwith %}", "a = (b.c Add 1); d = e; print a"),
        ("{% do xs.append(y.z) %}", "xs.append(y.z)"),
        ("{% include 'a.html' ignore missing without context %}", "include('a.html', only)"),
        ("{% include ['a.html', b.c] with context %}", "include(list('a.html', b.c))"),
        ("{% include 'a.html' if x else 'b.html' %}", "include(('a.html' if x else 'b.html'))"),
        ("{% import 'm.html' as m with context %}", "import('m.html': m=None)"),
        ("{% from 'm.html' import a, b as c with context %}", "import('m.html': a=a, c=b)"),
        ("{% raw %}{{ a.b }}{% endraw %}{{ c }}", "print c"),
        ("{# {{ a.b }}\n{% if %} #}{{ c }}", "print c"),
        ("{% trans n=xs|length, a=b.c %}{{ a }}{% pluralize n %}{{ n }}{% endtrans %}",
         "n = xs|length; a = b.c; print a; print n"),
        ("{% filter upper %}{{ a }}{% endfilter %}", "print a"),
        ("{% autoescape false %}{{ a }}{% endautoescape %}", "print a"),
        ("{% cache 'key', a.b %}{{ c }}{% endcache %}", "op(a.b); cached {print c}"),
        ("{% snippet 'a.html', x=y.z %}", "<snippet>('a.html', x=y.z)"),
        ("{% set a = {'x': '%}'} %}{{ a }}", "a = {'x': '%}'}; print a"),
    ],
)  # fmt: skip
def test_jinja_statements(text: str, expected: str) -> None:
    assert shown(jinja(text)) == expected


# --- functions --------------------------------------------------------------------------------------------------


def test_the_template_is_a_function_of_its_context() -> None:
    found = django("{{ a }}\n{{ b }}")
    (one,) = found.functions
    assert (one.number, one.name, one.qualname, one.owner, one.parent) == (
        0,
        "shop/book.html",
        "shop/book.html",
        -1,
        -1,
    )
    assert [(p.name, p.kind) for p in one.parameters] == [("**", "**")]
    assert one.end == 5
    assert (found.path, found.body, found.classes) == ("shop/book.html", (), ())
    assert not one.loops


def test_production_is_passed_on() -> None:
    assert not extract_template("a.html", "", production=False).production
    assert extract_template("a.html", "", production=True).production


def test_a_block_is_a_function_and_a_place() -> None:
    found = django(
        "{% block main %}{{ a.b }}{% block inner-part %}{{ c }}{% endblock inner-part %}{% endblock %}{{ d }}"
    )
    assert shown(found) == "block main #1; print d"
    assert shown(found, 1) == "print a.b!; block inner-part #2"
    assert shown(found, 2) == "print c"
    assert [(one.name, one.qualname, one.parent) for one in found.functions[1:]] == [
        ("main", "block main", 0),
        ("inner-part", "block inner-part", 1),
    ]
    assert sorted(said(found).blocks) == [("inner-part", 2), ("main", 1)]


def test_a_block_in_a_loop_sees_the_loop() -> None:
    found = django("{% for a in b %}{% block row %}{{ forloop.counter }}{{ a.x }}{% endblock %}{% endfor %}")
    assert shown(found) == "for a in b {block row #1}"
    assert shown(found, 1) == "print a.x!"
    assert found.functions[0].loops
    assert not found.functions[1].loops


def test_a_child_runs_its_parent_only() -> None:
    text = "{% extends 'base.html' %}{{ a }}{% if b %}{% block main %}{{ block.super }}{{ c }}{% endblock %}{% endif %}"
    found = django(text)
    assert shown(found) == "extends('base.html')"
    assert said(found).extends == (ir.CONST, "base.html")
    assert said(found).blocks == (("main", 1),)
    assert shown(found, 1) == "print super; print c"


def test_a_jinja_child_binds_before_its_parent_runs() -> None:
    text = "{% extends x or 'b.html' %}{{ a.b }}{% set t = c.d %}{% block main scoped %}{{ t }}{% endblock main %}"
    found = jinja(text)
    assert shown(found) == "t = c.d; extends((x or 'b.html'))"
    assert said(found).blocks == (("main", 1),)


def test_a_parent_on_a_condition_is_a_statement() -> None:
    found = jinja("{% if a %}{% extends 'b.html' %}{% endif %}{{ c }}")
    assert shown(found) == "if a {extends('b.html')}; print c"
    assert said(found).extends is None


def test_a_macro_is_a_function_with_parameters() -> None:
    found = jinja("{% macro card(book, size=shop.size) -%}{{ book.author }}{%- endmacro %}{{ card(b, size=2) }}")
    assert shown(found) == "def #1; print card(b, size=2)"
    assert said(found).macros == (("card", 1),)
    one = function(found, "macro card")
    assert body(one.body) == "print book.author; return ?"
    assert [(p.name, expr(p.default), p.kind) for p in one.parameters] == [
        ("book", "", "pos"),
        ("size", "shop.size", "pos"),
    ]
    assert found.functions[0].called == {"card"}


def test_a_macro_gets_what_jinja_gives_it_when_used() -> None:
    found = jinja("{% macro m(a) %}{{ caller(a) }}{{ varargs }}{{ kwargs.x }}{% endmacro %}")
    assert [(p.name, p.kind) for p in function(found, "macro m").parameters] == [
        ("a", "pos"), ("caller", "kw"), ("varargs", "*"), ("kwargs", "**")
    ]  # fmt: skip


def test_a_call_block_hands_a_function_to_the_macro() -> None:
    found = jinja("{% call(row) table(rows.all(), a=1) %}{{ row.x }}{% endcall %}")
    assert shown(found) == "table(rows.all(), a=1, caller=#1)"
    assert shown(found, 1) == "print row.x; return ?"
    assert [p.name for p in found.functions[1].parameters] == ["row"]


def test_functions_know_whether_they_loop_and_what_they_call() -> None:
    found = jinja("{% macro a() %}{% for x in y.all() %}{% endfor %}{% endmacro %}{{ b.c.d() }}")
    assert (found.functions[0].loops, found.functions[0].called) == (False, {"d"})
    assert (found.functions[1].loops, found.functions[1].called) == (True, {"all"})
    assert django("{{ a.b }}").functions[0].called == {"b"}


def test_the_loop_is_not_known_inside_a_macro() -> None:
    found = jinja("{% for a in b %}{% macro m() %}{{ loop.index }}{% endmacro %}{% endfor %}")
    assert shown(found, 1) == "print loop.index; return ?"


# --- places -----------------------------------------------------------------------------------------------------


def test_lookups_stand_where_they_are_written() -> None:
    text = "<p>é\n  <b>{{ book.author.name|upper }}</b>"
    found = extract_template("a.html", text, production=True)
    assert underlined(text, found, ATTR) == ["book.author.name", "book.author"]
    assert underlined(text, found, AUTO) == ["book.author.name", "book.author"]
    assert underlined(text, found, FILTER) == ["book.author.name|upper"]
    assert underlined(text, found, FSTR, 3) == ["book.author.name|upper"]


def test_columns_count_characters_from_one() -> None:
    found = extract_template("a.html", "日本😀{{ a.b }}", production=True)
    assert place(found, nodes(found.functions, ATTR)[0]) == (1, 7, 1, 10)


def test_calls_subscripts_and_filters_have_their_ends() -> None:
    text = "{{- f( a )[ 0 ] |join( ', ' )|first -}}"
    found = jinja(text)
    assert underlined(text, found, CALL) == ["f( a )"]
    assert underlined(text, found, SUB) == ["f( a )[ 0 ]"]
    assert underlined(text, found, FILTER) == ["f( a )[ 0 ] |join( ', ' )|first", "f( a )[ 0 ] |join( ', ' )"]


def test_tags_stand_where_they_are_written() -> None:
    text = "<ul>\n {% for a in b %}\n  {% include 'c' %}{% menu a %}\n{% endfor %}"
    text += "{% block d %}{{ block.super }}{% endblock %}"
    found = extract_template("a.html", text, production=True)
    assert underlined(text, found, FOR) == ["{% for a in b %}"]
    assert underlined(text, found, INCLUDE) == ["{% include 'c' %}"]
    assert underlined(text, found, TAG) == ["{% menu a %}"]
    assert underlined(text, found, BLOCK) == ["{% block d %}"]
    assert underlined(text, found, SUPER_BLOCK) == ["block.super"]


def test_a_tag_may_span_lines_in_jinja() -> None:
    found = jinja("{{ a.b(\n  c.d\n ) }}")
    assert place(found, nodes(found.functions, CALL)[0]) == (1, 4, 3, 3)
    assert [place(found, one) for one in nodes(found.functions, ATTR)] == [(1, 4, 1, 7), (2, 3, 2, 6)]


def test_the_function_of_a_block_begins_and_ends_with_its_tags() -> None:
    found = django("\n{% block a %}\n{{ b }}\n{% endblock %}")
    one = found.functions[1]
    assert found.positions[one.pos * 4] == 2
    assert one.end == 4


# --- dialects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["a.jinja", "a.html.j2", "a/b.jinja2", "shop/jinja2/shop/a.html", "shop\\jinja2\\a.html"]
)
def test_a_path_tells_jinja(path: str) -> None:
    assert said(extract_template(path, "{% load x %}", production=True)).dialect == "jinja"


@pytest.mark.parametrize(
    "text",
    [
        "{{ x.y() }}", "{%- if a %}{% endif %}", "{{ a -}}", "{% set a = 1 %}", "{% macro a() %}{% endmacro %}",
        "{{ loop.index }}", "{{ a ~ b }}", "{{ a[0] }}", "{% from 'a' import b %}", "{{ a if b else c }}",
        "{% trans %}a{% endtrans %}", "{{ a|join(', ') }}", "{% if a is defined %}{% endif %}",
        "{% include 'a' ignore missing %}", "{% raw %}{% endraw %}",
    ],
)  # fmt: skip
def test_jinja_is_recognised(text: str) -> None:
    assert said(extract_template("a.html", text, production=True)).dialect == "jinja"


@pytest.mark.parametrize(
    "text",
    [
        "{% load static %}", "{{ a|date:'Y' }}", "{% csrf_token %}", "{% url 'x' y %}", "{{ forloop.counter }}",
        "{% trans 'a' %}", "{% for k, v in a.items %}{% endfor %}", "{% include 'a' with b=c %}", "{{ block.super }}",
        "{% for a in b %}{% empty %}{% endfor %}", "{% comment %}{% endcomment %}", "{{ a|f:'x()' }}",
    ],
)  # fmt: skip
def test_django_is_recognised(text: str) -> None:
    assert said(extract_template("a.html", text, production=True)).dialect == "django"


@pytest.mark.parametrize(
    "text",
    ["", "<p>", "{{ a.b|upper }}", "{% extends 'a' %}{% block b %}{% endblock %}", "{{ _('a') }}", "{{ 'x()' }}"],
)
def test_most_templates_tell_nothing(text: str) -> None:
    assert said(extract_template("a.html", text, production=True)).dialect == ""


def test_the_majority_of_the_tags_decides() -> None:
    assert (
        said(extract_template("a.html", "{% load a %}{% static 'b' %}{{ c() }}", production=True)).dialect == "django"
    )


def test_lines_end_the_tags_of_django() -> None:
    assert shown(django("{{ a\n }}{{ b }}{# c\n {{ d }} #}")) == "print b; print d"
    assert shown(undecided("{{ a.b\n }}")) == "print a.b!"


# --- comments ---------------------------------------------------------------------------------------------------


def test_comments_have_their_places() -> None:
    text = "<p>\n é {# perflint: ignore[PW104] reason #}{# b #}\n{# c\n  d #}{# open"
    found = comments(text)
    assert found == [
        (2, 6, " perflint: ignore[PW104] reason "),
        (2, 42, " b "),
        (3, 3, " c"),
        (4, 1, "  d "),
    ]
    line, column, content = found[0]
    assert text.split("\n")[line - 1][column - 1 :].startswith(content)


def test_no_comments() -> None:
    assert comments("<p>{{ a }}") == []


# --- broken templates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("<p>\n {% for a in b %}", 2, 2, "nothing ends this 'for' tag"),
        ("{% if a %}{% for b in c %}{% endif %}{% endfor %}", 1, 11, "nothing ends this 'for' tag"),
        ("{% block a %}{% if b %}{% endblock %}", 1, 14, "nothing ends this 'if' tag"),
        ("{% with a=b %}", 1, 1, "nothing ends this 'with' tag"),
        ("a{% comment %}{{ b }}", 1, 2, "nothing ends this 'comment' tag"),
        ("{% verbatim x %}{% endverbatim %}", 1, 1, "nothing ends this 'verbatim' tag"),
    ],
)
def test_blocks_without_end(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(Unparsable) as caught:
        django(text)
    assert (caught.value.line, caught.value.column, caught.value.reason) == (line, column, reason)


def test_jinja_takes_no_open_tag_as_text() -> None:
    with pytest.raises(Unparsable, match="has no end") as caught:
        jinja("\n {% if a")
    assert (caught.value.line, caught.value.column) == (2, 2)
    assert shown(jinja("{{ a")) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% endif %}{{ a }}{% else %}{% elif b %}{{ c }}{% endfoo %}", "print a; print c"),
        ("{{ a }{{ b }}", "print a"),
        ("{% if a %}{{ b }}{% else %}{{ c }}{% else %}{{ d }}{% endif %}", "if a {print b} else {print c; print d}"),
        ("{% if a %}{% panel %}{% endif %}{% endpanel %}", "if a {<panel>()}"),
        ("{% trans 'it %}{{ a }}", "print a"),
        ("{{ a", ""),
        ("{% a", ""),
        ("@media print{#a{color:red}} {{ b }}", "print b"),
        ("body{{%a%}}", ""),
        ("{{{ a }}}{{{{ b }}}}{%%}{#}", ""),
        ("{% for a b c %}{{ a }}{% endfor %}", "for a in ? {print a}"),
        ("{% with a= %}{{ b }}{% endwith %}", "print b"),
        ("{% include %}", "include(?)"),
        ("{% include 'a' with b= only %}", "include('a', b=only)"),
        ("{% regroup %}{% firstof %}{% cycle %}{% url %}{% load %}", ""),
        ("{% block %}{{ a }}{% endblock %}", "block  #1"),
        ("{% macro %}{{ a }}{% endmacro %}{% set %}{% from %}{% import %}", "print a; import(?: ); import(?: )"),
    ],
)  # fmt: skip
def test_what_is_wrong_costs_its_tag_only(text: str, expected: str) -> None:
    assert shown(django(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ " + "(" * 5000 + " }}",
        "{{ a" + ".b" * 5000 + " }}",
        "{{ a" + "|b" * 5000 + " }}",
        "{{ a" + " + a" * 5000 + " }}",
        "{{ a" + " if b else c" * 5000 + " }}",
        "{{ " + "[" * 3000 + "]" * 3000 + " }}",
        "{% if a %}" * 3000 + "{% endif %}" * 3000,
        "{% if a %}" + "{% elif b %}" * 5000 + "{% endif %}",
        "{% block a %}" * 3000 + "{% endblock %}" * 3000,
        "{% for " + "(" * 3000 + " %}{% endfor %}",
        "{{ " + "a(" * 3000 + ")" * 3000 + " }}",
    ],
)
def test_deep_nests_end(text: str) -> None:
    with pytest.raises(Unparsable, match="nested too deeply to analyse"):
        jinja(text)


@pytest.mark.parametrize(
    "text", ["{{ " + "not " * 9000 + "a }}", "{{ a" + " ~ a" * 9000 + " }}", "{{ a" + " or a" * 9000 + " }}"]
)
def test_long_rows_are_no_nests(text: str) -> None:
    marshal.dumps(plain(jinja(text).functions))


def plain(value: Any) -> Any:
    """Named tuples as what marshal takes, at any depth."""
    return tuple([plain(one) for one in value]) if isinstance(value, tuple) else value


def test_a_template_can_be_marshalled() -> None:
    found = jinja(
        "{% extends 'a' %}{% macro m(a=1.5) %}{{ [a, {'b': none}] }}{% endmacro %}{% block b %}{{ c }}{% endblock %}"
    )
    marshal.dumps(plain((found.template, found.functions)))


@pytest.mark.parametrize(
    "text",
    ["{% " * 20000, "{{ " * 20000, "{# " * 20000, '{{ " }} ' * 5000, "{{ { }} " * 5000, "{{ a" + " " * 100000 + "}}"],
)
def test_hostile_text_costs_linear_time(text: str) -> None:
    extract_template("a.html", text, production=True)


_SOUP = st.lists(
    st.one_of(
        st.sampled_from(
            "{% %} {{ }} {# #} {%- -%} if elif else endif for in empty endfor block endblock with endwith set endset = "
            "macro endmacro call endcall ( ) [ ] { } | : , . ~ ' \" not and or is none as by regroup include only "
            "extends import from cache endcache blocktrans endblocktrans count trans endtrans a a.b a.0 1 -1 "
            "'x' loop.index "
            "forloop block.super super() raw endraw verbatim endverbatim comment endcomment filter endfilter x endx do "
            "** * // == < + \\ \n defined csrf_token firstof ifequal endifequal partial % # load".split(" ")
        ),
        st.text(max_size=3),
    ),
    max_size=40,
).map(" ".join)
_TAGS = st.lists(
    st.tuples(
        st.sampled_from("{% if,{% for,{% block,{% set,{% x,{%- macro,{{,{% end,{% with,{% call".split(",")),
        st.lists(
            st.sampled_from("a b.c in = ( ) | f:1 's' if not is as [ ] , 1".split(" ")),
            max_size=8,
        ).map(" ".join),
        st.sampled_from(["%}", "}}", "%}{% endif %}", "%}{% endfor %}", "%}{% endblock %}", "%}{% endmacro %}", "-%}"]),
    ).map(" ".join),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(text=st.one_of(_SOUP, _TAGS, st.text()), path=st.sampled_from(["a.html", "a.jinja"]))
def test_any_text_is_lowered_or_unparsable(text: str, path: str) -> None:
    try:
        found = extract_template(path, text, production=True)
    except Unparsable as error:
        found, at = None, (error.line, error.column)
    if found is None:
        assert at >= (1, 1)
        return
    lines = text.split("\n")
    for index in range(len(found.functions)):
        shown(found, index)
    assert [one.number for one in found.functions] == list(range(len(found.functions)))
    positions = found.positions
    assert len(positions) % 4 == 0
    for at in range(0, len(positions), 4):
        line, column, end_line, end_column = positions[at : at + 4]
        assert (1, 1) <= (line, column) <= (end_line, end_column)
        assert end_line <= len(lines)
        assert column <= len(lines[line - 1]) + 1
        assert end_column <= len(lines[end_line - 1]) + 1
    comments(text)
    if said(found).extends is not None:
        assert found.functions[0].body[-1][0] == EXTENDS
