"""SARIF: valid by its schema, and what GitHub reads of it is there."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from perflint import catalog
from perflint.core.finding import Finding, Severity, Span
from perflint.report import render
from perflint.report.result import Result
from perflint.report.sarif import MAX_RESULTS
from tests.conftest import make_finding, make_result, make_step

SCHEMA = Path(__file__).resolve().parent / "data" / "sarif-2.1.0-rtm.5.json"
TEXTS = {"shop/views.py": "\n\nx = slow(\n    1,\n)\n", "shop/models.py": "author = 1\n"}
STEPS = (
    make_step("shop/views.py", 3, "GET /books", "context"),
    make_step("shop/views.py", 3, "calls render[card](1)"),
    make_step("shop/models.py", 1, "reads author: one query", "effect"),
)


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def sarif(result: Result) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(result, "sarif"))
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator().iter_errors(log)]
    assert errors == []
    return log


def run_of(*findings: Finding, **changes: Any) -> dict[str, Any]:
    log = sarif(make_result(findings, TEXTS, **changes))
    assert len(log["runs"]) == 1
    return log["runs"][0]


def test_nothing_found_is_a_valid_log() -> None:
    run = run_of()
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_every_rule_is_valid_and_carries_its_card() -> None:
    cards = catalog.load().cards
    findings = [make_finding("shop/views.py", 3, code=code, name=card.name) for code, card in cards.items()]
    run = run_of(*findings)
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules.keys() == cards.keys()
    for code, rule in rules.items():
        assert rule["help"]["markdown"].startswith(cards[code].body.rstrip()[:200])
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert not rule["fullDescription"]["text"].startswith("#")
        assert len(rule["properties"]["tags"]) <= 10
        assert "performance" in rule["properties"]["tags"]
        assert all(reference in rule["help"]["markdown"] for reference in cards[code].references)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert "security-severity" not in json.dumps(run)


def test_levels_are_those_of_the_format() -> None:
    run = run_of(*(make_finding("shop/views.py", 3, severity=severity) for severity in Severity))
    assert [result["level"] for result in run["results"]] == ["note", "warning", "error"]


def test_a_region_has_one_line_and_counts_characters() -> None:
    run = run_of(make_finding(span=Span("shop/views.py", 3, 5, 5, 2)))
    (location,) = run["results"][0]["locations"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert location["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 5,
        "endLine": 3,
        "endColumn": 10,
        "snippet": {"text": "x = slow("},
    }


@pytest.mark.parametrize(
    ("path", "cwd", "uri"),
    [
        ("shop/views.py", "/repo", "shop/views.py"),
        ("views.py", "/repo/shop", "shop/views.py"),
        ("a b/ü#?%.py", "/repo", "a%20b/%C3%BC%23%3F%25.py"),
        ("c:d.py", "/repo", "./c:d.py"),
        ("x/../../other/a.py", "/repo/shop", "other/a.py"),
    ],
)
def test_uris_are_relative_to_the_repository(path: str, cwd: str, uri: str) -> None:
    run = run_of(make_finding(path), cwd=cwd)
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert "%SRCROOT%" in run["originalUriBaseIds"]


def test_outside_the_repository_a_uri_is_absolute() -> None:
    run = run_of(make_finding("/else where/a.py"))
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///else%20where/a.py"}


def test_the_way_is_a_code_flow_and_linked_in_the_message() -> None:
    (result,) = run_of(make_finding("shop/views.py", 3, steps=STEPS, symbol="books", fingerprint="ab12"))["results"]
    ((flow,),) = [one["threadFlows"] for one in result["codeFlows"]]
    assert [one["location"]["message"]["text"] for one in flow["locations"]] == [
        "GET /books",
        "calls render[card] (1)",
        "reads author: one query",
    ]
    assert [one["kinds"] for one in flow["locations"]] == [["context"], ["hop"], ["effect"]]
    links = dict(re.findall(r"\[([^]]*)\]\((\d+)\)", result["message"]["text"]))
    assert links == {"GET /books": "1", "calls render(card)(1)": "2", "reads author: one query": "3"}
    assert [one["id"] for one in result["relatedLocations"]] == [1, 2, 3]
    assert result["message"]["text"].startswith("book.author runs one query per book.\nHelp: load it with the books.\n")
    assert result["partialFingerprints"] == {"primaryLocationLineHash": "ab12:1"}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "books", "kind": "function"}]


def test_source_text_in_a_message_is_no_link() -> None:
    (result,) = run_of(make_finding("shop/views.py", 3, message="rows[0](1) is slow", help=""))["results"]
    assert result["message"]["text"] == "rows[0] (1) is slow."


def test_own_faults_are_told() -> None:
    run = run_of(errors=("shop/x.py: internal error",))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == ["shop/x.py: internal error"]


def test_too_many_findings_lose_the_least_severe() -> None:
    findings = [
        make_finding("shop/views.py", 3, column=at, severity=Severity.INFO if at % 2 else Severity.ERROR, steps=STEPS)
        for at in range(1, 30_001)
    ]
    text = render(make_result(findings, TEXTS), "sarif")
    run = json.loads(text)["runs"][0]
    assert len(run["results"]) == MAX_RESULTS
    assert sum(result["level"] == "error" for result in run["results"]) == 15_000
    assert "5,000 findings" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    columns = [one["locations"][0]["physicalLocation"]["region"]["startColumn"] for one in run["results"]]
    assert columns == sorted(columns)
    assert len(gzip.compress(text.encode())) < 10_000_000
