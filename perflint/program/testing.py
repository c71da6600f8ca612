"""Files that only tests use, wherever they stand: they serve no requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from perflint.facts.ir import CALL, EXPR, NAME, Facts, Node

USERS = 3
"""Tests that must import a file: a handler that a server is told of by its name has one, mostly."""
WORDS = frozenset("test tests testing".split())
"""Words of a file's name that say what it is for: one test that imports it is enough."""
OWN_DECORATORS = frozenset(("classmethod", "staticmethod", "property"))


def without_helpers(files: Sequence[Facts]) -> list[Facts]:
    """The files, where a helper of tests that nothing else imports counts as one of them."""
    users = Counter(name for one in files if not one.production for name in one.reached)
    named = {name for name in users if _is_named(name)}
    names = named | {name for name, count in users.items() if count >= USERS}
    if not names:
        return list(files)
    for one in files:
        if one.production and _stem(one) not in named:
            names = names - one.reached - one.named
    return [
        replace(one, production=False) if _stem(one) in names and (_stem(one) in named or _is_passive(one)) else one
        for one in files
    ]


def _is_named(name: str) -> bool:
    return not WORDS.isdisjoint(name.split("_"))


def _stem(file: Facts) -> str:
    return file.path.rpartition("/")[2].removesuffix(".py") if file.production and file.template is None else ""


def _is_passive(file: Facts) -> bool:
    """Whether nothing in a file makes itself known: no decorators, no classes of a library, no calls of its module."""
    own = {(NAME, one.name) for one in file.classes} | {(NAME, "object")}
    return (
        all(not one.decorators and own.issuperset(one.bases) for one in file.classes)
        and all(_is_own(node) for one in file.functions for node in one.decorators)
        and not any(one[0] == EXPR and one[1][0] == CALL for one in file.body)
    )


def _is_own(decorator: Node) -> bool:
    return decorator[0] == NAME and decorator[1] in OWN_DECORATORS
