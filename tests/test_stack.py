"""Room for deep recursion."""

from __future__ import annotations

import sys

import pytest

from perflint.detect.stack import SLOTS, in_one_piece


def depth(left: int) -> int:
    return 1 + depth(left - 1) if left else 0


def test_a_call_gives_what_its_function_gives() -> None:
    def joined(*parts: str, end: str) -> str:
        return "".join(parts) + end

    assert in_one_piece(joined)("a", "b", end="!") == "ab!"


def test_deep_recursion_ends() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(4_000)
    try:
        assert in_one_piece(depth)(3_000) == 3_000
    finally:
        sys.setrecursionlimit(limit)


def test_what_is_raised_comes_through() -> None:
    with pytest.raises(RecursionError):
        in_one_piece(depth)(10_000_000)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="frames are no pieces of a stack before")
@pytest.mark.skipif(sys.platform == "win32", reason="page faults are counted on POSIX only")
def test_going_up_and_down_asks_the_system_for_no_more_memory() -> None:
    import resource

    def rounds() -> int:
        """Page faults of many calls, from every depth of a stretch that is longer than one piece."""
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for start in range(0, 200, 2):
            for _ in range(50):
                depth(start)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    in_one_piece(rounds)()
    assert in_one_piece(rounds)() * 4 < rounds() + 400
    assert in_one_piece(rounds).__code__.co_stacksize == SLOTS
