"""Room for deep recursion."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SLOTS = 1 << 20
"""Values (of eight bytes) that the first frame asks room for. CPython gets twice that from the system, and no page of
it is used before a frame reaches it."""


def in_one_piece(function: Callable[P, T]) -> Callable[P, T]:
    """A function whose calls, however deep, find their frames' memory in one piece.

    From 3.11 on, CPython keeps the frames of Python functions in pieces of 16 KiB, and gives a piece back to the
    system as soon as its last frame ends. Recursion that goes up and down over the end of a piece asks for it again
    and again: on the Django package, a tenth of all CPU time. A first frame that wants much gets a big piece.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    if sys.implementation.name == "cpython" and sys.version_info >= (3, 11):
        call.__code__ = call.__code__.replace(co_stacksize=SLOTS)
    return call
