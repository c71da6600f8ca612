"""The report for people: its layout, its limits, its escapes, with and without colour."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflint.core.finding import Finding, Severity, Span, Step
from perflint.report import render
from perflint.report.full import PLAIN_WIDTH, statistics
from perflint.report.result import Result, counts, summary
from perflint.report.terminal import lines
from tests.conftest import make_finding, make_result, make_step

VIEWS = """\
def shelf(request):
    books = Book.objects.filter(active=True)
    for book in books:
        shelf.append(render_card(book))
    return shelf
"""
CARDS = 'def render_card(book):\n    return f"{book.title} by {book.author.name}"\n'

PATH_STEPS = (
    make_step("shop/views.py", 2, "the query that feeds the loop", "source"),
    make_step("shop/views.py", 3, "once per row", "context"),
    make_step("shop/views.py", 4, "calls render_card"),
    make_step("shop/cards.py", 2, "reads author: one query", "effect"),
)


def full(*findings: Finding, texts: dict[str, str] | None = None) -> str:
    return render(make_result(findings, texts or {"shop/views.py": VIEWS, "shop/cards.py": CARDS}), "full")


def test_shows_the_way_from_the_query_to_the_effect() -> None:
    finding = make_finding(
        "shop/views.py",
        4,
        column=22,
        end_column=39,
        message="book.author runs one query per book: GET /books costs 1 + N queries",
        help='load it with the books: add .select_related("author") on line 2',
        steps=PATH_STEPS,
    )
    assert full(finding) == (
        "shop/views.py:4:22  PW101 relation-in-loop\n"
        "  book.author runs one query per book: GET /books costs 1 + N queries\n"
        "\n"
        "     2 │     books = Book.objects.filter(active=True)       the query that feeds the loop\n"
        "     3 │     for book in books:                             once per row\n"
        "     4 │         shelf.append(render_card(book))            calls render_card\n"
        "       │                      ━━━━━━━━━━━━━━━━━\n"
        "  shop/cards.py\n"
        '     2 │     return f"{book.title} by {book.author.name}"   reads author: one query\n'
        "\n"
        '  help: load it with the books: add .select_related("author") on line 2\n'
        "\n"
    )


def test_the_finding_itself_is_always_shown_and_lines_come_in_order() -> None:
    found = full(make_finding("shop/views.py", 3, column=17, end_column=22, steps=PATH_STEPS[3:]))
    assert "     3 │     for book in books:\n       │                 ━━━━━\n  shop/cards.py\n     2 │" in found
    found = full(make_finding("shop/views.py", 3, steps=(PATH_STEPS[2], PATH_STEPS[0])))
    assert re.findall(r"^ +(\d+) │", found, re.MULTILINE) == ["2", "3", "4"]


def test_another_file_first_is_named() -> None:
    found = full(make_finding("shop/views.py", 3, steps=(PATH_STEPS[3], PATH_STEPS[1])))
    assert found.index("  shop/cards.py\n") < found.index("  shop/views.py\n")


def test_two_steps_on_one_line_share_it() -> None:
    steps = (PATH_STEPS[1], make_step("shop/views.py", 3, "runs the query"), PATH_STEPS[1])
    assert "for book in books:   once per row, runs the query\n" in full(make_finding("shop/views.py", 3, steps=steps))


def test_a_file_without_text_has_no_frame() -> None:
    assert full(make_finding("gone.py", 3, code="PW000", help="")) == (
        "gone.py:3:1  PW000 unanalysed-file\n  book.author runs one query per book\n\n"
    )


def test_tabs_and_wide_characters_keep_the_mark_in_place() -> None:
    text = "\tx = '漢字' + slow()\n"
    found = full(make_finding("a.py", 1, column=13, end_column=19), texts={"a.py": text})
    source, mark = re.findall(r"│ (.*)\n", found)[:2]
    assert source == "    x = '漢字' + slow()"
    # Two wide characters stand before the call: each takes two cells.
    assert len(mark) - len(mark.lstrip()) == source.index("slow") + 2
    assert mark.strip() == "━" * 6


def test_a_finding_of_several_lines_is_marked_on_its_first() -> None:
    finding = make_finding("a.py", 1, column=5, end_column=1)
    wide = Finding(**{**{n: getattr(finding, n) for n in Finding.__slots__}, "span": Span("a.py", 1, 5, 3, 2)})
    assert "│     ━━━━━━\n" in full(wide, texts={"a.py": "x = slow()  \n\n\n"})


def test_a_line_of_a_megabyte_is_cut_around_the_finding() -> None:
    text = "a" * 1_000_000 + "slow()" + "b" * 1_000_000
    found = full(make_finding("a.py", 1, column=1_000_001, end_column=1_000_007), texts={"a.py": text})
    source, mark = re.findall(r"│ (.*)\n", found)[:2]
    assert len(source) <= PLAIN_WIDTH
    assert source[0] == source[-1] == "…"
    assert source[mark.index("━") : mark.rindex("━") + 1] == "slow()"


def test_a_long_way_is_cut_in_the_middle() -> None:
    text = "\n".join(f"line{number}" for number in range(1, 101))
    steps = tuple(make_step("a.py", number, f"step {number}") for number in range(1, 101))
    found = full(make_finding("a.py", 1, steps=steps), texts={"a.py": text})
    assert "step 1\n" in found
    assert "step 100\n" in found
    assert found.count(" │ line") == 12


def test_control_characters_are_inert() -> None:
    evil = "\x1b[2J\x9b\u202e\u2028[red]\r"
    steps = (Step(Span(f"{evil}.py", 1, 1, 1, 2), f"note {evil}", "effect"),)
    finding = make_finding(f"a\n{evil}.py", 1, message=f"message {evil}", help=f"help {evil}", steps=steps)
    texts = {f"a\n{evil}.py": f"x{evil} = 1", f"{evil}.py": f"y{evil}[a][b]"}
    for text in (full(finding, texts=texts), render(make_result([finding], texts), "concise")):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", text)
        assert "\\x1b[2J\\x9b\\u202e\\u2028[red]\\x0d" in text
    coloured = "".join(lines(make_result([finding], texts), 100))
    assert not re.search("[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028\u202e]", coloured)
    assert set(re.findall("\x1b[^m]*m", coloured)) <= {
        f"\x1b[{code}m" for code in ("0", "1", "1;31", "90", "36", "1;32")
    }
    assert "[a][b]" in coloured


def test_colour_changes_nothing_but_colour() -> None:
    findings = [
        make_finding("shop/views.py", 4, column=22, end_column=39, steps=PATH_STEPS, severity=severity)
        for severity in Severity
    ]
    result = make_result(findings, {"shop/views.py": VIEWS, "shop/cards.py": CARDS})
    coloured = "".join(lines(result, PLAIN_WIDTH))
    plain = re.sub("\x1b\\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.split("\n")] == render(result, "full").split("\n")
    assert coloured != plain


def test_a_narrow_terminal_has_the_notes_below() -> None:
    texts = {"shop/views.py": VIEWS, "shop/cards.py": CARDS}
    result = make_result([make_finding("shop/views.py", 4, column=22, end_column=39, steps=PATH_STEPS)], texts)
    narrow = re.sub("\x1b\\[[0-9;]*m", "", "".join(lines(result, 80)))
    assert (
        "     4 │         shelf.append(render_card(book))\n"
        "       │                      ━━━━━━━━━━━━━━━━━\n"
        "       │                      ↳ calls render_card\n"
    ) in narrow


def test_indentation_that_all_lines_share_is_cut_to_one_level() -> None:
    text = "class A:\n    def f(self):\n        for b in c:\n            slow(b)\n"
    steps = (make_step("a.py", 3, "once per row"),)
    found = full(make_finding("a.py", 4, column=13, end_column=20, steps=steps), texts={"a.py": text})
    assert "     3 │     for b in c:   once per row\n     4 │         slow(b)\n       │         ━━━━━━━\n" in found


@given(
    st.text(alphabet="ab \t漢\x1b", max_size=200),
    st.integers(1, 250),
    st.integers(0, 60),
    st.integers(60, 200),
)
def test_lays_out_any_line_within_its_width(source: str, column: int, length: int, width: int) -> None:
    finding = make_finding("a.py", 1, column=column, end_column=column + length)
    for line in "".join(lines(make_result([finding], {"a.py": source}), width)).split("\n"):
        if "│" in line:
            assert len(re.sub("\x1b\\[[0-9;]*m", "", line)) <= width


def test_says_what_the_run_was() -> None:
    assert summary(make_result([])) == "No findings in 3 files."
    assert summary(make_result([], files=1, silenced=2)) == "No findings in 1 file, 2 silenced by comments."
    assert summary(make_result([make_finding()])) == "1 finding in 1 of 3 files."
    two = make_result([make_finding("a.py"), make_finding("b.py")], files=2_000, silenced=1)
    assert summary(two) == "2 findings in 2 of 2,000 files, 1 silenced by comments."


def test_counts_by_rule() -> None:
    result: Result = make_result([make_finding(), make_finding(line=2), make_finding(code="PW201")])
    assert statistics(counts(result)) == "2  PW101  relation-in-loop\n1  PW201  blocking-http-in-async\n"
    assert statistics([]) == ""


@pytest.mark.parametrize("format_name", ["full", "concise", "json-lines", "github"])
def test_nothing_found_is_nothing_said(format_name: str) -> None:
    assert render(make_result([]), format_name) == ""
