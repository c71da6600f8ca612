"""Modules that are there for tests though they stand among the others: named for them, and imported by them only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from perflint.facts.ir import IMPORT, Facts
from perflint.program.modules import Modules

_WORDS = frozenset("test tests testing".split())


def without_production(files: Sequence[Facts], modules: Modules) -> list[Facts]:
    """The files, where what only tests import serves no requests."""
    named = {
        index
        for index, file in enumerate(files)
        if file.production and modules.names[index] and not _WORDS.isdisjoint(_stem(modules, index).split("_"))
    }
    if not named:
        return list(files)
    stems = {_stem(modules, index) for index in named}
    users: dict[bool, set[int | None]] = {True: set(), False: set()}
    for index, file in enumerate(files):
        if file.template is None and index not in named:
            for module, attribute, level in _imports(file):
                if module.rpartition(".")[2] in stems or attribute in stems:
                    name = modules.absolute(index, module, level)
                    users[file.production] |= {modules.find(name, index), modules.find(f"{name}.{attribute}", index)}
    only = named & (users[False] - users[True])
    return [replace(file, production=False) if index in only else file for index, file in enumerate(files)]


def _stem(modules: Modules, index: int) -> str:
    return modules.names[index].rpartition(".")[2]


def _imports(file: Facts) -> Iterator[tuple[str, str | None, int]]:
    stack: list[Any] = [file.body, *[function.body for function in file.functions]]
    while stack:
        for one in stack.pop():
            if isinstance(one, tuple) and one:
                if one[0] == IMPORT and len(one) == 2:
                    yield from ((module, attribute, level) for _, module, attribute, level in one[1])
                elif isinstance(one[0], (int, tuple)):
                    stack.append(one)
