"""Virtual calls: a method that only says what there is to do means those of the subclasses that do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import CALL, DEF, RAISE
from perflint.program import classes, functions
from perflint.program.effects import Effect, replace
from perflint.program.values import ClassKey, External, FunctionKey, Object, Value

if TYPE_CHECKING:
    from perflint.program.frame import Frame
    from perflint.program.program import Program

IMPLEMENTATIONS = 8
"""Subclasses whose methods one virtual call stands for; of more, the first in the order of files."""


def receivers(frame: Frame, value: Object, name: str) -> tuple[Value, ...]:
    """What a receiver may be when `name` is read of it: itself, or instances of what implements an abstract method.

    Of `self` in a method, only those of which this very method runs: the others have one of their own.
    """
    found = implementations(frame.program, value, name)
    if frame.function is None or not frame.is_self(value):
        return found or (value,)
    key = (frame.file, frame.function.number)
    heirs = [one for one in found if classes.method(frame.program, one.cls, frame.function.name) == key]
    return tuple(heirs) or (value,)


def implementations(program: Program, value: Object, name: str) -> tuple[Object, ...]:
    """Instances of the classes that implement an abstract method; none for a method that does something itself."""
    place = (value.cls, name)
    known = program.implementations.get(place)
    if known is None:
        found = [Object(one) for one in _implementations(program, value.cls, name)]
        known = program.implementations[place] = tuple(found)
    return known


def _implementations(program: Program, cls: ClassKey, name: str) -> Iterator[ClassKey]:
    found = classes.find(program, cls, name)
    if found is None or found[1][0] != DEF or not is_abstract(program, found[0], found[1][1]):
        return
    count = 0
    seen, waiting = {cls}, [*classes.subclasses(program, cls), *_conforming(program, cls)]
    while waiting and count < IMPLEMENTATIONS:
        one = waiting.pop(0)
        if one in seen:
            continue
        seen.add(one)
        waiting += classes.subclasses(program, one)
        node = classes.members(program, one).get(name)
        if node is not None and node[0] == DEF and not is_abstract(program, one, node[1]):
            count += 1
            yield one


def _conforming(program: Program, cls: ClassKey) -> Iterator[ClassKey]:
    """The classes that have all methods of a protocol, with the same parameters, whatever their bases are."""
    if not any(_means(program, base) == "structural" for base in classes.bases(program, cls)):
        return
    wanted = {name: _signature(program, key) for name, key in classes.methods(program, cls)}
    for index, file in enumerate(program.files):
        for one in file.classes if file.production and wanted else ():
            found = dict(classes.methods(program, (index, one.number)))
            conforms = wanted.keys() <= found.keys() and all(
                _signature(program, found[name]) == signature for name, signature in wanted.items()
            )
            if conforms and (index, one.number) != cls:
                yield index, one.number


def _signature(program: Program, key: FunctionKey) -> tuple[bool, tuple[str, ...]]:
    """Whether a method is a coroutine, and its parameters but the receiver."""
    function = program.function(key)
    return function.is_async, tuple([one.name for one in function.parameters[1:]])


def _means(program: Program, base: ClassKey | str) -> str:
    return program.packs.semantics.get(base, "") if isinstance(base, str) else ""


def is_abstract(program: Program, owner: ClassKey, number: int) -> bool:
    """Whether a method only raises, or does nothing because its class leaves it to others."""
    function = program.files[owner[0]].functions[number]
    if function.body:
        return len(function.body) == 1 and function.body[0][0] == RAISE
    semantics, scope = program.packs.semantics, program.scope(owner[0])
    for node in function.decorators:
        target = scope.expr(node[2] if node[0] == CALL else node)
        if isinstance(target, External) and semantics.get(target.name) == "abstract":
            return True
    return any(_means(program, base) in ("abstract", "structural") for base in classes.externals(program, owner))


def common(ways: list[list[Effect]]) -> list[Effect]:
    """What a call of one of several implementations does: what half of them do, and else what most of them do.

    Which of them is called nobody knows: nothing of it is sure.
    """
    counts = Counter(key for way in ways for key in {(one.kind, one.blocks) for one in way})
    most = {blocks: max(count for (_, how), count in counts.items() if how == blocks) for _, blocks in counts}
    kept: dict[tuple[str, bool], Effect] = {}
    for way in ways:
        for one in way:
            key = one.kind, one.blocks
            if counts[key] * 2 >= len(ways) or counts[key] == most[one.blocks]:
                known = kept.get(key)
                if known is None or functions.is_surer(one, known):
                    kept[key] = one
    return [replace(one, confidence=min(one.confidence, Confidence.MEDIUM)) for one in kept.values()]
