"""`sarif`: SARIF 2.1.0, with what GitHub's code scanning reads.

One run; rules carry the whole card; primary regions have one line, so that a pull request shows them; the way to the
effect is a code flow. There is no `security-severity`: slow is not insecure.
"""

from __future__ import annotations

import json
from typing import Any

from perflint import __version__
from perflint.catalog.cards import Card
from perflint.core.finding import Confidence, Finding, Span, Step
from perflint.report.result import Result, from_root, level, one_line, uri

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS = 25_000
"""GitHub refuses a run with more."""
MAX_STEPS = 100
MAX_TEXT = 1_024
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


def text(result: Result) -> str:
    """The log as JSON."""
    return json.dumps(log(result), indent=2) + "\n"


def log(result: Result) -> dict[str, Any]:
    """The log as values. Of more than MAX_RESULTS findings the least severe are left out, and it says so."""
    findings = list(result.findings)
    notes = [_note("error", message) for message in result.errors]
    if len(findings) > MAX_RESULTS:
        order = sorted(range(len(findings)), key=lambda at: (-findings[at].severity, at))[:MAX_RESULTS]
        notes.append(_note("warning", f"{len(findings) - MAX_RESULTS:,} findings of the lowest severity are left out"))
        findings = [findings[at] for at in sorted(order)]
    codes = sorted({one.code for one in findings})
    index = {code: at for at, code in enumerate(codes)}
    names = {one.code: one.name for one in findings}
    invocation: dict[str, Any] = {"executionSuccessful": not result.errors}
    if notes:
        invocation["toolExecutionNotifications"] = notes
    run = {
        "tool": {
            "driver": {
                "name": "perflint",
                "semanticVersion": __version__,
                "rules": [_rule(code, names[code], result.cards.get(code)) for code in codes],
            }
        },
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": [_result(result, one, index[one.code]) for one in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _note(kind: str, message: str) -> dict[str, Any]:
    return {"level": kind, "message": {"text": message}}


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _rule(code: str, name: str, card: Card | None) -> dict[str, Any]:
    if card is None:
        return {"id": code, "name": name, "shortDescription": {"text": name}, "help": {"text": name}}
    markdown = card.body
    if card.references:
        markdown = markdown.rstrip() + "\n\n## References\n\n" + "".join(f"- <{one}>\n" for one in card.references)
    rule: dict[str, Any] = {
        "id": code,
        "name": name,
        "shortDescription": {"text": _short(card.summary)},
        "fullDescription": {"text": _short(_first_paragraph(card.body) or card.summary)},
        "help": {"text": card.body, "markdown": markdown},
        "defaultConfiguration": {"level": level(card.severity, "note"), "enabled": card.default},
        "properties": {
            "tags": list(dict.fromkeys(["performance", card.family, *card.frameworks]))[:10],
            "precision": _PRECISION[card.max_confidence],
            "problem.severity": level(card.severity, "recommendation"),
        },
    }
    if card.references:
        rule["helpUri"] = card.references[0]
    return rule


def _first_paragraph(body: str) -> str:
    for paragraph in body.split("\n\n"):
        plain = " ".join(line for line in paragraph.split("\n") if not line.startswith("#")).strip()
        if plain and not plain.startswith("```"):
            return plain
    return ""


def _result(result: Result, finding: Finding, rule_index: int) -> dict[str, Any]:
    steps = finding.steps[:MAX_STEPS]
    record: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": level(finding.severity, "note"),
        "message": {"text": _message(finding, steps)},
        "locations": [{"physicalLocation": _location(result, finding.span)}],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "properties": {
            "confidence": str(finding.confidence),
            "cost": finding.cost,
            "symbol": finding.symbol,
            "count": finding.count,
        },
    }
    if finding.symbol:
        record["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": finding.symbol, "kind": "function"}]
    if steps:
        record["codeFlows"] = [{"threadFlows": [{"locations": [_flow_step(result, step) for step in steps]}]}]
        record["relatedLocations"] = [
            {"id": at, "physicalLocation": _location(result, step.span), "message": {"text": _plain(step.message)}}
            for at, step in enumerate(steps, 1)
        ]
    return record


def _message(finding: Finding, steps: tuple[Step, ...]) -> str:
    """What it costs, what to do, and the way as links: a related location shows only where the message names it."""
    parts = [_plain(_sentence(finding.message))]
    if finding.help:
        parts.append(_plain(_sentence("Help: " + finding.help)))
    if steps:
        # The label of a link must hold no bracket of its own.
        labels = [step.message.replace("[", "(").replace("]", ")") for step in steps]
        parts.append("Path: " + " → ".join(f"[{label}]({at})" for at, label in enumerate(labels, 1)))
    return "\n".join(parts)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _plain(text: str) -> str:
    """Text of source code that must not be read as a link."""
    return text.replace("](", "] (")


def _flow_step(result: Result, step: Step) -> dict[str, Any]:
    return {
        "location": {"physicalLocation": _location(result, step.span), "message": {"text": _plain(step.message)}},
        "kinds": [step.role],
        "importance": "essential",
    }


def _location(result: Result, span: Span) -> dict[str, Any]:
    line, column, end_column = one_line(result, span)
    relative = from_root(result, span.path)
    if relative is not None:
        artifact = {"uri": uri(relative), "uriBaseId": "%SRCROOT%"}
    elif span.path.startswith("/"):
        artifact = {"uri": "file://" + uri(span.path)}
    else:
        artifact = {"uri": uri(span.path)}
    region: dict[str, Any] = {"startLine": line, "startColumn": column, "endLine": line, "endColumn": end_column}
    source = result.line(span.path, line)
    if source and len(source) <= MAX_TEXT:
        region["snippet"] = {"text": source}
    return {"artifactLocation": artifact, "region": region}
