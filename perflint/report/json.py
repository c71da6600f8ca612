"""`json`: a list of objects in the shape that ruff made usual, and what only we know beside it."""

from __future__ import annotations

import json
from typing import Any

from perflint.core.finding import Edit, Finding, Fix, Span
from perflint.report.result import Result


def text(result: Result) -> str:
    """All findings as one JSON list."""
    return json.dumps([record(result, one) for one in result.findings], indent=2) + "\n"


def record(result: Result, finding: Finding) -> dict[str, Any]:
    """One finding. Rows and columns start at 1, columns count characters, ends are exclusive."""
    card = result.cards.get(finding.code)
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "help": finding.help,
        "filename": finding.span.path,
        "location": _start(finding.span),
        "end_location": _end(finding.span),
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "symbol": finding.symbol,
        "cost": finding.cost,
        "count": finding.count,
        "fingerprint": finding.fingerprint,
        "url": card.references[0] if card and card.references else None,
        "fix": _fix(finding.fix) if finding.fix else None,
        "related": [
            {
                "filename": step.span.path,
                "location": _start(step.span),
                "end_location": _end(step.span),
                "message": step.message,
                "role": step.role,
            }
            for step in finding.steps
        ],
    }


def _start(span: Span) -> dict[str, int]:
    return {"row": span.line, "column": span.column}


def _end(span: Span) -> dict[str, int]:
    return {"row": span.end_line, "column": span.end_column}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"applicability": fix.applicability, "message": fix.message, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Any]:
    return {"content": edit.content, "location": _start(edit.span), "end_location": _end(edit.span)}
