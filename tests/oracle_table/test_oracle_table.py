"""What runtime detectors decide is decided here too, without running anything; where not, it is said why."""

from __future__ import annotations

import pytest

from tests.oracle_table.judging import CLASSES, Tool, awaits_rule, faults, found, status, table, tools

TOOLS = tools()
CASES = [pytest.param(tool, row, id=row) for tool in TOOLS for row in tool.cases()]
EVERY = pytest.mark.parametrize("tool", TOOLS, ids=[tool.name for tool in TOOLS])


@pytest.mark.parametrize(("tool", "row"), CASES)
def test_each_case_is_decided_as_marked(tool: Tool, row: str) -> None:
    if awaits_rule(tool, row):
        pytest.skip("no rule is about it yet")
    if told := faults(tool, row):
        pytest.fail("\n".join(told), pytrace=False)


@EVERY
def test_advice_names_what_the_model_has(tool: Tool) -> None:
    for row, words in tool.advice.items():
        assert [words in one.help for one in found(tool, row)] == [True], row


@EVERY
def test_each_decidable_row_has_a_case_or_a_reason(tool: Tool) -> None:
    told = {**tool.cases(), **tool.divergences, **tool.unruled}
    assert sorted(set(tool.decidable()) - set(told)) == []
    assert sorted(set(told) - set(tool.decidable())) == [], "rows that are not decidable"


@EVERY
def test_a_divergence_has_its_reason_and_holds_the_answer_given_instead(tool: Tool) -> None:
    assert all(reason.strip() for reason in (*tool.divergences.values(), *tool.unruled.values()))
    assert set(tool.divergences) <= set(tool.cases()), "without a case nobody knows what is answered"
    assert not set(tool.unruled) & set(tool.cases())


def test_rows_are_counted_by_tool() -> None:
    counts = {tool.letter: (len(tool.rows()), len(tool.decidable())) for tool in TOOLS}
    assert counts == {
        "Z": (101, 90), "N": (87, 79), "D": (99, 88), "P": (12, 10), "Q": (14, 14), "B": (75, 67), "O": (66, 66),
    }  # fmt: skip


def test_nineteen_of_twenty_rows_are_decided_rightly() -> None:
    counts = {"right": 0, "wrong": 0, "divergent": 0, "unruled": 0}
    for tool in TOOLS:
        for row in tool.decidable():
            counts[status(tool, row)] += 1
    assert counts["right"] >= 0.95 * (counts["right"] + counts["wrong"])


def test_the_table_has_a_line_for_each_tool_and_class() -> None:
    lines = table().splitlines()
    for tool in TOOLS:
        for letter in CLASSES:
            assert sum(line.startswith(f"| {tool.name} | {letter} |") for line in lines) == 1
