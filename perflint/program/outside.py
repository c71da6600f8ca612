"""Attributes that are assigned from outside of their class: `app.state.client = …`, `service.mailer = …`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from perflint.facts.ir import ANN, ASSIGN, ATTR, CONST, FOR, IF, NAME, SEQ, SUB, TRY, WHILE, WITH, Node
from perflint.program import classes, functions, roles
from perflint.program.values import UNKNOWN, ClassKey, Either, FunctionKey, Instance, Object, Value, join

if TYPE_CHECKING:
    from perflint.program.program import Program

Holder = ClassKey | str
"""Whose attribute it is: a class of the project, or a type of a library that keeps what it is given."""
WRITERS = 8
"""Functions that may assign an attribute of one name; one that more of them assign is nothing that is set up once."""


def note(program: Program, receiver: Value, name: str, value: Value) -> None:
    """Remember what was assigned to `receiver.name` or `receiver["name"]`: services, not callbacks."""
    holder = holder_of(program, receiver)
    if holder is not None and isinstance(value, (Instance, Object, Either)):
        known = program.assigned_outside.setdefault(name, [])
        if (holder, value) not in known:
            known.append((holder, value))


def holder_of(program: Program, receiver: Value) -> Holder | None:
    """Under whom the attributes of a value are kept; None for what keeps nothing."""
    if isinstance(receiver, Object):
        return receiver.cls
    holder = program.packs.holder(receiver.type) if isinstance(receiver, Instance) else None
    if holder is not None and isinstance(receiver, Instance) and receiver.per_request:
        return f"{holder} of a request"  # what is kept there is another thing than what the application keeps
    return holder


def held(program: Program, receiver: Value, name: str) -> Value:
    """What the project assigns to an attribute from outside, joined over all places that do."""
    holder = holder_of(program, receiver)
    functions_of = writers(program).get(name, ()) if holder is not None else ()
    if holder is None or not 0 < len(functions_of) <= WRITERS:
        return UNKNOWN
    key = ("outside", holder, name)
    if key in program.attribute_cache:
        return program.attribute_cache[key]
    if key in program.running:
        program.cut_off += 1
        return UNKNOWN
    program.running.add(key)
    try:
        for file, number in functions_of:
            _evaluate(program, file, number)
    finally:
        program.running.discard(key)
    found = [value for whose, value in program.assigned_outside.get(name, ()) if _is_one(program, whose, holder)]
    result = program.attribute_cache[key] = join(found) if found else UNKNOWN
    return result


def _is_one(program: Program, one: Holder, other: Holder) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one in classes.mro(program, other) or other in classes.mro(program, one)


def _evaluate(program: Program, file: int, number: int) -> None:
    if number < 0:
        program.module_frame(file)
        return
    ways: list[FunctionKey] = []
    while number >= 0:
        ways.append((file, number))
        number = program.function((file, number)).parent
    for key in reversed(ways):  # what is nested exists once the function around it was looked at
        value = roles.value_of(program, key)
        if value is not None:
            functions.summarise(program, value, {})


def writers(program: Program) -> dict[str, list[FunctionKey]]:
    """By the name of an attribute, the functions that assign it on something else than `self`; -1 is a file's body."""
    table = program.outside_writers
    if table is None:
        table = program.outside_writers = {}
        for index, file in enumerate(program.files):
            if file.production and file.template is None:
                _collect(table, (index, -1), file.body, "")
                for function in file.functions:
                    own = function.parameters[0].name if function.owner >= 0 and function.parameters else ""
                    _collect(table, (index, function.number), function.body, own)
    return table


def _collect(table: dict[str, list[FunctionKey]], key: FunctionKey, body: Sequence[Node], own: str) -> None:
    for target in _targets(body):
        if target[0] == ATTR and target[2] != (NAME, own):
            name = target[3]
        elif target[0] == SUB and target[3][0] == CONST and isinstance(target[3][1], str):
            name = target[3][1]
        else:
            continue
        known = table.setdefault(name, [])
        if key not in known[-1:]:
            known.append(key)


def _targets(body: Sequence[Node]) -> Iterator[Node]:
    for statement in body:
        code = statement[0]
        if code == ASSIGN:
            for target in statement[1]:
                yield from target[2] if target[0] == SEQ else (target,)
        elif code == ANN:
            yield statement[1]
        elif code in (IF, WHILE):
            yield from _targets(statement[-2])
            yield from _targets(statement[-1])
        elif code == FOR:
            yield from _targets(statement[4])
        elif code == WITH:
            for _, target in statement[2]:
                if target is not None:
                    yield target
            yield from _targets(statement[3])
        elif code == TRY:
            yield from _targets(statement[1])
            for _, _, handler in statement[2]:
                yield from _targets(handler)
            yield from _targets(statement[3])
            yield from _targets(statement[4])
