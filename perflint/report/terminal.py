"""The `full` report in colour. The only module of a check that imports rich."""

from __future__ import annotations

from collections.abc import Iterator

from rich.color import ColorSystem
from rich.style import Style

from perflint.report.full import layout
from perflint.report.result import Result

_STYLES = {
    name: Style.parse(style)
    for name, style in {
        "path": "bold",
        "code-error": "bold red",
        "code-warning": "bold yellow",
        "code-info": "bold blue",
        "name": "bold",
        "message": "none",
        "gutter": "bright_black",
        "source": "none",
        "note": "cyan",
        "help": "bold green",
        "plain": "none",
    }.items()
}


def lines(result: Result, width: int) -> Iterator[str]:
    """The lines of the report with colour, for a terminal of `width` cells.

    Styles are applied to finished pieces and nothing is read as markup: `a[b][c]` is source code and stays as it is.
    """
    for line in layout(result, max(width, 60)):
        yield "".join(_STYLES[style].render(piece, color_system=ColorSystem.STANDARD) for piece, style in line) + "\n"
