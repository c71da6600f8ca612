"""`concise`: one line for each finding, as compilers print them."""

from __future__ import annotations

from perflint.report.result import Result, visible


def text(result: Result) -> str:
    """path:line:column: CODE name: message."""
    return "".join(
        f"{visible(one.span.path)}:{one.span.line}:{one.span.column}: {one.code} {one.name}: {visible(one.message)}\n"
        for one in result.findings
    )
