"""`json-lines`: the objects of `json`, one on each line, for tools that read as they go."""

from __future__ import annotations

import json

from perflint.report.json import record
from perflint.report.result import Result


def text(result: Result) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(record(result, one), separators=(", ", ": ")) + "\n" for one in result.findings)
