"""Calls that hold the event loop's thread: straight in a coroutine, and in a function that a coroutine calls."""

from __future__ import annotations

from collections.abc import Iterable


def indented(lines: Iterable[str]) -> str:
    """The body of a function."""
    return "".join(f"    {line}\n" for line in lines)


def held(code: str, imports: str, *body: str, takes: str = "") -> str:
    """A coroutine that blocks where `>` begins a line, and another that blocks through a function."""
    names = ", ".join(one.split(":")[0] for one in takes.split(", "))
    marked = [f"{line[1:]}  # <- {code}" if line[0] == ">" else line for line in body]
    plain = [line.removeprefix(">") for line in body]
    return (
        f"import {imports}\n"
        f"async def direct({takes}):\n{indented(marked)}"
        f"def helper({takes}):\n{indented(plain)}"
        f"async def through({takes}):\n    helper({names})  # <- {code}\n"
    )


def free(imports: str, *body: str, takes: str = "") -> str:
    """The same, where nothing blocks."""
    text = held("", imports, *body, takes=takes)
    return text.replace("  # <- ", "")
