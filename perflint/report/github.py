"""`github`: workflow commands, which GitHub Actions shows as annotations in a pull request."""

from __future__ import annotations

from perflint.report.result import Result, from_root, level, one_line, visible


def text(result: Result) -> str:
    """One `::error …::` line for each finding. Paths are relative to the repository's root."""
    lines = []
    for one in result.findings:
        line, column, end_column = one_line(result, one.span)
        properties = {
            "title": f"perflint {one.code} {one.name}",
            "file": from_root(result, one.span.path) or one.span.path,
            "line": str(line),
            "endLine": str(line),
            "col": str(column),
            "endColumn": str(end_column),
        }
        told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        message = f"{one.message}\n{one.help}" if one.help else one.message
        lines.append(f"::{level(one.severity, 'notice')} {told}::{_data(message)}\n")
    return "".join(lines)


def _data(text: str) -> str:
    # What is left of control characters after `visible` are the line ends between the lines.
    return "%0A".join(visible(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
