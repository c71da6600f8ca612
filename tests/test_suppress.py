"""Comments that silence findings: how they are read, what they reach, and what is said about them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflint import config, suppress
from perflint.core.finding import Finding
from perflint.suppress import Comments, Outcome
from tests.conftest import NAMES, make_finding, make_step

PATH = "shop/views.py"


def codes_of(selector: str) -> frozenset[str]:
    return config.match(selector, NAMES)


def read(text: str) -> Comments:
    return suppress.read_comments(PATH, text, codes_of)


def apply(text: str, *findings: Finding) -> Outcome:
    return suppress.apply(findings, {PATH: read(text)}, codes_of)


def kept(text: str, *findings: Finding) -> list[str]:
    return [f"{one.code}:{one.span.line}" for one in apply(text, *findings).kept]


def test_on_its_line() -> None:
    text = "a()  # perflint: ignore[PW101] once a day\nb()\n"
    assert kept(text, make_finding(line=1), make_finding(line=2), make_finding(line=1, code="PW102")) == [
        "PW101:2",
        "PW102:1",
    ]


@pytest.mark.parametrize("selector", ["PW101", "pw101", "PW1", "relation-in-loop", "ALL", "PW102, PW101"])
def test_by_code_prefix_and_name(selector: str) -> None:
    assert kept(f"a()  # perflint: ignore[{selector}]\n", make_finding(line=1)) == []


def test_alone_on_its_line_it_is_about_the_next_code_line() -> None:
    text = "# perflint: ignore[PW101]\n# perflint: ignore[PW102] too\n# why\na()\nb()\n"
    findings = [make_finding(line=4), make_finding(line=4, code="PW102"), make_finding(line=5)]
    assert kept(text, *findings) == ["PW101:5"]


def test_after_code_it_is_not_about_the_next_line() -> None:
    assert kept("a()  # perflint: ignore[PW101]\nb()\n", make_finding(line=2)) == ["PW101:2"]


def test_at_the_end_of_a_finding_of_several_lines() -> None:
    text = "a(\n  b,\n  c,\n)  # perflint: ignore[PW101]\n"
    finding = make_finding(line=1)
    wide = Finding(**{**_fields(finding), "span": type(finding.span)(PATH, 1, 1, 4, 2)})
    assert kept(text, wide) == []
    assert kept(text.replace("  c,\n)", "  c)").replace("  b,", "  b,\n"), make_finding(line=2)) == ["PW101:2"]


def _fields(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in Finding.__slots__}


def test_for_a_whole_file() -> None:
    text = "x = 1\n# perflint: file-ignore[PW1]\n"
    assert kept(text, make_finding(line=9), make_finding(line=8, code="PW201")) == ["PW201:8"]
    elsewhere = make_finding("shop/other.py", line=9)
    assert kept(text, elsewhere) == ["PW101:9"]


def test_on_the_line_of_an_effect_every_finding_that_ends_there() -> None:
    text = "def f(b):\n    return b.author  # perflint: ignore[PW101]\n"
    effect = make_step(PATH, 2, "reads author", "effect")
    hop = make_step(PATH, 2, "calls f", "hop")
    findings = [
        make_finding("a.py", 7, steps=(effect,)),
        make_finding("b.py", 8, steps=(hop, effect)),
        make_finding("c.py", 9, steps=(hop,)),
    ]
    outcome = apply(text, *findings)
    assert [one.span.path for one in outcome.kept] == ["c.py"]
    assert (outcome.silenced, outcome.unused) == (2, ())


def test_a_foreign_noqa_is_left_alone_and_a_bare_one_silences_nothing() -> None:
    findings = [make_finding(line=1), make_finding(line=2), make_finding(line=3), make_finding(line=4)]
    text = "a()  # noqa\nb()  # noqa: E501,S101\nc()  # NOQA : E501 , PW101 why\nd()  # noqa:PW1\n"
    outcome = apply(text, *findings)
    assert [one.span.line for one in outcome.kept] == [1, 2]
    assert (outcome.unused, outcome.blanket) == ((), ())


def test_text_in_strings_is_no_comment() -> None:
    text = 'a("# perflint: ignore[PW101]")\nb = """\n# perflint: file-ignore[ALL]\n"""\n'
    assert read(text) == Comments()


def test_a_comment_without_rules_silences_its_line_and_is_told() -> None:
    outcome = apply("a()  # perflint: ignore\nb()  # perflint: ignore[]\n", make_finding(line=1), make_finding(line=2))
    assert outcome.kept == ()
    assert [one.line for one in outcome.blanket] == [1, 2]
    assert outcome.unused == ()


def test_what_silences_nothing_is_told_code_by_code() -> None:
    outcome = apply("a()  # perflint: ignore[PW101, PW102, PW999]\n", make_finding(line=1))
    assert [(one.line, codes) for one, codes in outcome.unused] == [(1, ("PW102", "PW999"))]


def test_a_broken_file_is_never_silenced() -> None:
    broken = make_finding(line=1, code="PW000")
    assert kept("a()  # perflint: ignore\n# perflint: file-ignore[ALL]\n", broken) == ["PW000:1"]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# perflint: ingore[PW101]", "perflint knows no comment 'ingore'"),
        ("# perflint: disable=PW101", "perflint knows no comment 'disable'"),
        ("# perflint: ignore[PW101", "the list of rules is not closed"),
    ],
)
def test_a_comment_that_cannot_work_is_a_mistake(comment: str, told: str) -> None:
    found = read(f"a()  {comment}\n")
    assert found.suppressions == ()
    (mistake,) = found.mistakes
    assert mistake.message == told
    assert (mistake.line, mistake.column) == (1, 8)
    assert mistake.help.endswith("[CODE]")


def test_knows_where_a_comment_stands() -> None:
    (one,) = read("ä = '𝄞'  # why; perflint: ignore[PW101] x\n").suppressions
    assert (one.line, one.column, one.end_column, one.alone) == (1, 17, 40, False)


def test_two_comments_in_one() -> None:
    found = read("a()  # perflint: ignore[PW101] perflint: ignore[PW102]  # noqa: PW201\n").suppressions
    assert [(one.codes, one.style) for one in found] == [
        (("PW101",), "perflint"),
        (("PW102",), "perflint"),
        (("PW201",), "noqa"),
    ]


def test_what_comes_before_a_syntax_error_counts() -> None:
    assert read("a()  # perflint: ignore[PW101]\n(\n").suppressions[0].line == 1


def test_in_templates() -> None:
    text = "<p>{{ book.author }} {# perflint: ignore[PW101] #}\n  {# perflint: ignore[PW102] #}\n{{ x }}\n"
    found = suppress.read_template_comments("a.html", text, codes_of)
    assert [(one.line, one.codes, one.alone) for one in found.suppressions] == [
        (1, ("PW101",), False),
        (2, ("PW102",), True),
    ]
    findings = [make_finding("a.html", 1), make_finding("a.html", 3, code="PW102")]
    assert suppress.apply(findings, {"a.html": found}, codes_of).kept == ()


def template_kept(text: str, *lines: int) -> list[int]:
    comments = suppress.read_template_comments("a.html", text, codes_of)
    found = [make_finding("a.html", line) for line in lines]
    return [one.span.line for one in suppress.apply(found, {"a.html": comments}, codes_of).kept]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("{{ a }}{# perflint: ignore[PW101] reason #}\n{{ b }}\n", [2]),
        ("{# perflint: ignore[PW101] #}\n{{ a }}\n", []),
        ("{#- perflint: ignore[PW101] -#}\n{# why #}\n{{ a }}\n{{ b }}\n", [2, 4]),
        ("{# perflint: ignore[PW101] #}\n{# a comment\n of lines #}\n{{ a }}\n", [2, 3]),
        ("{#\n perflint: ignore[PW101]\n#}\n{{ a }}\n", [2, 3]),
        ("{# perflint: ignore[PW101] #}\n{# a #} {{ b }}\n", []),
        ("{# perflint: ignore[PW101] #}\n# {{ a }}\n", []),
        ("{# a #}{# perflint: ignore[PW101] #}\n{{ b }}\n", [1]),
        ("{# perflint: file-ignore[PW1] #}\n\n{{ a }}\n", []),
        ("{{ a }}{# noqa: PW101 #}\n", [2]),
        ("{{ a }} perflint: ignore[PW101]\n# perflint: file-ignore[PW101]\n<!-- perflint: ignore[PW101] -->", [1, 2]),
        ("{{ a }}{# perflint: ignore[PW102] #}\n{{ b }}{# perflint: ignore #}", [1]),
    ],
)
def test_which_lines_of_a_template_a_comment_reaches(text: str, left: list[int]) -> None:
    lines = sorted({*left, *[n for n, line in enumerate(text.split("\n"), 1) if "{{" in line]})
    assert template_kept(text, *lines) == left


def test_comments_of_a_template_have_their_places_and_mistakes() -> None:
    text = (
        "<p>\n {# why\n  perflint: ingore[PW101] #}{# perflint: ignore[PW1 #}\n{{ a }}{# perflint: ignore[PW102] x #}"
    )
    found = suppress.read_template_comments("a.html", text, codes_of)
    assert [(one.line, one.column, one.end_column, one.message) for one in found.mistakes] == [
        (3, 3, 19, "perflint knows no comment 'ingore'"),
        (3, 32, 53, "the list of rules is not closed"),
    ]
    assert [(one.line, one.column, one.end_column) for one in found.suppressions] == [(4, 11, 34)]


@given(st.text(alphabet="#perflint: ignoreq[]PW101,\n{}'\"", max_size=80))
def test_reads_any_template(text: str) -> None:
    lines = text.split("\n")
    for one in suppress.read_template_comments("a.html", "{# perflint: #}" + text, codes_of).suppressions:
        assert 1 <= one.column < one.end_column <= len(lines[one.line - 1]) + 16


@given(st.text(alphabet="#perflint: ignoreq[]PW101,\n{}'\"", max_size=80))
def test_reads_any_text(text: str) -> None:
    found = read(text)
    assert all(1 <= one.column < one.end_column for one in found.suppressions)


@pytest.mark.parametrize("unit", ["# noqa: ", "# perflint: ", "perflint: ignore[", "noqa:A1,", " \t", "{#", "{##}"])
def test_a_hostile_comment_is_read_in_linear_time(unit: str) -> None:
    # Quadratic work on a megabyte would not end within the patience of any test run.
    suppress.read_comments(PATH, "#" + unit * (1_000_000 // len(unit)) + "\n", codes_of)
    suppress.read_template_comments(PATH, "{# perflint:" + unit * (1_000_000 // len(unit)) + "\n", codes_of)
