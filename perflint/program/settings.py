"""Settings modules: dicts that must name what keeps connections open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from perflint.core.finding import Confidence
from perflint.facts.ir import ASSIGN, CONST, DICT, NAME, Node
from perflint.program.effects import Effect
from perflint.program.program import Program

DEVELOPMENT = frozenset(
    "dev devel develop development test tests testing local debug ci example examples sample samples build "
    "docker".split()
)
"""Words in a module's name that say that production does not run it."""


def settings_effects(program: Program, index: int) -> Iterator[Effect]:
    """What a settings module leaves out."""
    file = program.files[index]
    if not program.packs.settings:
        return
    if is_development(file.path):
        return
    rules = {rule.name: rule for rule in program.packs.settings}
    for statement in file.body:
        if statement[0] != ASSIGN or statement[2][0] != DICT:
            continue
        for target in statement[1]:
            rule = rules.get(target[1]) if target[0] == NAME else None
            if rule is None:
                continue
            later = _assigned_later(file.body, rule.name, rule.needs)
            for value in statement[2][2] if rule.each else (statement[2],):
                if later or value[0] != DICT or None in value[1] or not _applies(value, dict(rule.when)):
                    continue
                if not any(_has(value, need) for need in rule.needs):
                    site = (index, _pos(value))
                    yield Effect(
                        rule.effect, rule.name, site, site, False, Confidence.HIGH, detail=", ".join(rule.needs)
                    )


def is_development(path: str) -> bool:
    """Whether a settings module's name says that it is for development or tests, by its path.

    A package has the name of its folder. Folders above say nothing: a project may lie below one of any name.
    """
    folder, _, name = path.lower().rpartition("/")
    module = folder.rpartition("/")[2] if name == "__init__.py" else name.removesuffix(".py")
    return not DEVELOPMENT.isdisjoint(re.split(r"[^a-z]+", module))


def _pos(node: Node) -> int:
    return int(node[3])


def _text(node: Node) -> str:
    return node[1] if node[0] == CONST and isinstance(node[1], str) else ""


def _get(node: Node, key: str) -> Node | None:
    values: tuple[Node, ...] = node[2]
    for name, value in zip(node[1], values, strict=False):
        if name is not None and _text(name) == key:
            return value
    return None


def _applies(node: Node, when: dict[str, tuple[str, ...]]) -> bool:
    for key, words in when.items():
        value = _get(node, key)
        if value is None or not any(word in _text(value) for word in words):
            return False
    return True


def _has(node: Node, path: str) -> bool:
    head, _, rest = path.partition(".")
    value = _get(node, head)
    if value is None:
        return False
    if rest:
        return value[0] != DICT or _has(value, rest) or None in value[1]
    return value not in ((CONST, 0), (CONST, False))


def _assigned_later(body: tuple[Node, ...], name: str, needs: tuple[str, ...]) -> bool:
    """Whether `DATABASES["default"]["CONN_MAX_AGE"] = …` follows, anywhere in the module."""
    stack: list[object] = list(body)
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple) or not one:
            continue
        if one[0] == CONST and len(one) == 2 and one[1] in {need.rpartition(".")[2] for need in needs}:
            # named as a key of a subscript or of update(): assume it is set
            return True
        if one[0] == DICT:
            continue
        stack.extend(one)
    return False
