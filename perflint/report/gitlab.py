"""`gitlab`: a Code Quality report."""

from __future__ import annotations

import json

from perflint.core.finding import Severity
from perflint.report.result import Result, from_root

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def text(result: Result) -> str:
    """All findings as one JSON list. GitLab shows one finding for each fingerprint; ours hold an ordinal."""
    issues = [
        {
            "description": f"{one.code} {one.name}: {one.message}",
            "check_name": one.code,
            "fingerprint": one.fingerprint,
            "severity": _SEVERITY[one.severity],
            "location": {
                "path": from_root(result, one.span.path) or one.span.path,
                "positions": {
                    "begin": {"line": one.span.line, "column": one.span.column},
                    "end": {"line": one.span.end_line, "column": one.span.end_column},
                },
            },
        }
        for one in result.findings
    ]
    return json.dumps(issues, indent=2) + "\n"
