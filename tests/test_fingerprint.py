"""A finding keeps its fingerprint while code moves around it, and shares it with no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perflint import fingerprint
from perflint.core.finding import Finding
from tests.conftest import make_finding

TEXT = "def a():\n    for b in c:\n        b.author\n        b.author\n"


def marks(text: str, *findings: Finding) -> list[str]:
    lines = text.split("\n")
    marked = fingerprint.assign(findings, lambda one: lines[one.span.line - 1], lambda path: path)
    return [one.fingerprint for one in marked]


def on(lines: Sequence[int], **changes: str) -> list[Finding]:
    return [make_finding(line=line, symbol="a", **changes) for line in lines]


def test_is_sixteen_hexadecimal_digits() -> None:
    (mark,) = marks(TEXT, *on([3]))
    assert len(mark) == 16
    assert set(mark) <= set("0123456789abcdef")


def test_stays_when_lines_move_or_are_indented_or_another_finding_comes_first() -> None:
    before = marks(TEXT, *on([3]))
    assert marks("import x\n\n" + TEXT, *on([5])) == before
    assert marks(TEXT.replace("        b", "\t\tb"), *on([3])) == before
    assert marks(TEXT, *on([2]), *on([3]))[1:] == before
    assert marks(TEXT, replace(on([3])[0], message="other words")) == before


def test_differs_for_two_equal_lines_and_for_each_part() -> None:
    found = [
        *marks(TEXT, *on([3, 4])),
        *marks(TEXT, *on([3], code="PW102")),
        *marks(TEXT, *on([3], path="shop/other.py")),
        *marks(TEXT.replace("author", "reader"), *on([3])),
        *marks(TEXT, replace(on([3])[0], symbol="b")),
    ]
    assert len(set(found)) == len(found) == 6


def test_the_second_of_two_equal_lines_keeps_its_own_when_a_third_follows() -> None:
    assert marks(TEXT + "        b.author\n", *on([3, 4, 5]))[:2] == marks(TEXT, *on([3, 4]))


def test_is_the_same_on_every_machine() -> None:
    assert marks(TEXT, *on([3])) == ["4bb801eeaed25572"]


def test_parts_do_not_run_into_each_other() -> None:
    one = marks("x", make_finding("ab", 1, symbol="c"))
    two = marks("x", make_finding("a", 1, symbol="bc"))
    assert one != two
