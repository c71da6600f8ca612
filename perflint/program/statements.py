"""What each statement does to a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perflint.facts.ir import ATTR, CALL, COMP, CONST, GLOBAL, NAME, SEQ, STAR, SUB, Node
from perflint.program import (
    asked,
    attributes,
    branches,
    decorators,
    given,
    hints,
    lookups,
    orm,
    outside,
    settled,
    specials,
)  # fmt: skip
from perflint.program.effects import memo_of, replace
from perflint.program.text import mentions, slot_of
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Many,
    Mapping,
    Object,
    Plain,
    Query,
    Row,
    Tuple,
    Unknown,
    Value,
    is_empty,
    is_other,
    item_of,
    join,
    merge,
    without_loop,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def expr_statement(frame: Frame, node: Node) -> None:
    frame.expr(node[1])
    asked.put(frame, node[1])


def assign(frame: Frame, node: Node) -> None:
    # storing a local that was opened before keeps what opened it
    count = len(frame.effects)
    before = 0 if node[2][0] == NAME else count
    value = frame.expr(node[2])
    taint(frame, node[1], node[2])
    holder = frame.holder_of(node[2])
    for target in node[1]:
        store(frame, target, value, before)
        if target[0] == NAME:
            if node[2][0] == CALL:
                lookups.note(frame, target[1], node[2], count)
            frame.alias(target[1], holder)
            frame.origins[target[1]] = node[2]


def taint(frame: Frame, targets: Sequence[Node], value: Node) -> None:
    if frame.tainted and mentions(value, frame.tainted[-1]):
        for target in targets:
            frame.tainted[-1].update(branches.names_of(target))


def ann_assign(frame: Frame, node: Node) -> None:
    before = len(frame.effects)
    value = frame.expr(node[3]) if node[3] is not None else UNKNOWN
    kept = node[1][0] == ATTR or frame.function is None  # others fill it
    if isinstance(value, (Unknown, Plain)) or (kept and is_empty(value)):
        told = hints.value_of(frame, node[2])
        value = told if not isinstance(told, Unknown) and not _stays_empty(frame, node[1], value) else value
    if node[3] is not None or isinstance(value, (Instance, Object)):
        store(frame, node[1], value, before)


def _stays_empty(frame: Frame, target: Node, value: Value) -> bool:
    """Whether a global begins as None, and nobody gives it anything else."""
    is_global = frame.function is None and target[0] == NAME and value == Plain(None)
    return is_global and settled.is_settled(frame.program, frame.file, target[1])


def aug_assign(frame: Frame, node: Node) -> None:
    value = frame.expr(node[2])
    target = node[1]
    if target[0] == NAME:
        old = frame.lookup(target[1])
        if isinstance(old, Many):
            added = value.element if isinstance(value, Many) else value
            frame.bind(target[1], Many(join([old.element, added]) if old.size else added))
        elif isinstance(old, Tuple):
            if isinstance(value, Tuple):
                frame.bind(target[1], Tuple(old.elements + value.elements))
            else:
                added = value.element if isinstance(value, Many) else value
                frame.bind(target[1], Many(join([*old.elements, added])))
        elif isinstance(old, Mapping):
            frame.bind(target[1], Mapping(old.items, old.rest))
        elif isinstance(old, Query):
            frame.bind(target[1], orm.combined(old, value))
        elif isinstance(old, Plain) and isinstance(old.text, str) and not is_other(old):
            added_text = value.text if isinstance(value, Plain) and isinstance(value.text, str) else "{}"
            frame.bind(target[1], Plain(old.text + added_text))
        elif isinstance(old, Plain):
            frame.bind(target[1], PLAIN)
        taint(frame, (target,), node[2])
    else:
        frame.expr(target)


def store(frame: Frame, target: Node, value: Value, before: int) -> None:
    """Assign; `before` is the number of effects before the value was evaluated."""
    code = target[0]
    if code == NAME:
        if target[1] in frame.globals:
            frame.keep_opened(before)
            frame.fill(target[1])
            asked.kept(frame, target[1])
        frame.bind(target[1], value)
    elif code == SEQ:
        for at, one in enumerate(target[2]):
            if one[0] == STAR:
                store(frame, one[1], Many(UNKNOWN), before)
            else:
                store(frame, one, item_of(value, at), before)
    elif code == ATTR:
        receiver = frame.expr(target[2])
        if frame.is_self(receiver):
            if target[3] not in frame.stored:
                frame.stored[target[3]] = value
            else:
                frame.stored[target[3]] = join([frame.stored[target[3]], value])
            if slot_of(target) in frame.guards:
                frame.keep_opened(before)
            frame.fill(slot_of(target))
            asked.kept(frame, slot_of(target))
            if value != Plain(None):
                frame.filled.update(memo_of(slot_of(target)))
        elif not isinstance(receiver, (Row, Object)) and not frame.is_per_request(receiver):
            frame.keep_opened(before)
            asked.kept(frame, slot_of(target))
        given.note(frame, target, receiver, value)
        attributes.assign(frame, receiver, target[3], value, (frame.file, target[1]))
    elif code == SUB:
        holder = frame.expr(target[2])
        key = frame.expr(target[3])
        if isinstance(holder, Instance) and isinstance(key, Plain) and isinstance(key.text, str):
            outside.note(frame.program, holder, key.text, value)
        if target[2][0] == ATTR and isinstance(holder, (Mapping, Unknown)):
            _put_into(frame, target[2], holder, value)
        specials.call(frame, holder, ("__setitem__",), [key, value], (frame.file, target[1]))
        if not frame.is_local_container(target[2]):
            frame.keep_opened(before)
            if not frame.is_per_request(holder):
                frame.fill(slot_of(target[2]))
                if target[3][0] == CONST or asked.is_opened(value):
                    asked.kept(frame, slot_of(target[2]))
        if target[2][0] == NAME and isinstance(holder, (Mapping, Many)):
            frame.env[target[2][1]] = _with_item(holder, target[3], value)
    elif code == STAR:
        store(frame, target[1], value, before)


def _put_into(frame: Frame, target: Node, holder: Value, value: Value) -> None:
    """Put a service into a container on `self`: every method finds it there."""
    if isinstance(value, (Instance, Object, FunctionValue, ClassValue)) and frame.is_self(frame.expr(target[2])):
        held = Mapping((), value)
        frame.stored[target[3]] = held if is_empty(holder) or isinstance(holder, Unknown) else join([holder, held])


def return_(frame: Frame, node: Node) -> None:
    if node[2] is not None:
        # a generator that is only made runs where somebody consumes it
        later = node[2][0] == COMP and node[2][2] == "iter"
        frame.offloaded += later
        value = frame.expr(node[2])
        frame.returns.append(orm.at_hand(value) if frame.answered >= 0 else value)
        frame.offloaded -= later
    else:
        frame.returns.append(PLAIN)
    frame.ended, frame.left = True, 0


def raise_(frame: Frame, node: Node) -> None:
    if node[1] is not None:
        frame.expr(node[1])
    frame.ended, frame.left = True, 0


def break_(frame: Frame, node: Node) -> None:
    frame.ended, frame.left = True, len(frame.loops) - 1


def continue_(frame: Frame, node: Node) -> None:
    frame.ended, frame.left = True, len(frame.loops)


def leave(frame: Frame, before: int) -> None:
    """A branch that ends by leaving loops was taken once: its effects are outside of them."""
    if frame.ended and frame.left < len(frame.loops):
        kept = frame.loops[: max(frame.left, 0)]
        frame.effects[before:] = [
            replace(one, loops=kept) if one.loops == frame.loops else one for one in frame.effects[before:]
        ]


def with_(frame: Frame, node: Node) -> None:
    _, pos, items, body, is_async = node
    for expression, target in items:
        before = len(frame.effects)
        if is_async:
            frame.awaiting = expression
        value = attributes.enter(frame, frame.expr(expression), (frame.file, pos), expression, is_async)
        if target is not None:
            store(frame, target, value, before)
    frame.block(body)


def try_(frame: Frame, node: Node) -> None:
    _, body, handlers, orelse, final = node
    before, tries = dict(frame.env), frame.tries
    loopless = bool(handlers) and asked.asks_for_loop(frame, body)
    frame.tries = len(frame.loops) if handlers else tries
    frame.block(body)
    frame.tries = tries
    frame.block(orelse)
    after, ended = frame.env, frame.ended
    results = [] if ended else [after]
    for kind, name, handler in handlers:
        frame.env, frame.ended = merge(before, after), False
        count = len(frame.effects)
        type_test = _is_type_test(kind)
        if kind is not None:
            frame.expr(kind)
        if name:
            frame.env[name] = PLAIN
        frame.failing += 1
        frame.offloaded += loopless
        frame.block(handler)
        frame.offloaded -= loopless
        leave(frame, count)
        frame.failing -= 1
        if type_test:  # `except AttributeError`: for values of another type
            frame.doubt(count)
        if not frame.ended:
            results.append(frame.env)
    frame.ended = not results
    merged = results[0] if results else after
    for other in results[1:]:
        merged = merge(merged, other)
    frame.env = merged
    if final:
        ended, frame.ended = frame.ended, False
        frame.block(final)
        frame.ended = frame.ended or ended


def def_(frame: Frame, node: Node) -> None:
    key = (frame.file, node[1])
    function = frame.facts.functions[node[1]]
    if frame.function is None:
        frame.env[function.name] = frame.program.function_value(key)
    elif function.decorators:
        frame.env[function.name] = decorators.decorated(frame.program, key, frame)
    else:
        frame.env[function.name] = FunctionValue(key, env=frame)
    if frame.function is not None:
        frame.program.nested.setdefault(key, FunctionValue(key, env=frame))
        frame.shared.update(name for one in function.body if one[0] == GLOBAL for name in one[1])


def class_(frame: Frame, node: Node) -> None:
    frame.env[frame.facts.classes[node[1]].name] = ClassValue((frame.file, node[1]))


def import_(frame: Frame, node: Node) -> None:
    for local, module, attribute, level in node[1]:
        if local and attribute != "*":
            frame.env[local] = frame.program.import_value(frame.file, module, attribute, level)


def global_(frame: Frame, node: Node) -> None:
    frame.globals.update(node[1])


def match(frame: Frame, node: Node) -> None:
    frame.expr(node[1])
    env, after = frame.env, []
    for names, guard, body in node[2]:
        frame.env, frame.ended = dict(env), False
        for name in names:
            frame.env[name] = UNKNOWN
        if guard is not None:
            frame.expr(guard)
        frame.block(body)
        if not frame.ended:
            after.append(frame.env)
    frame.ended = False
    merged = dict(env)
    for one in after:
        merged = merge(merged, one)
    frame.env = merged


def _is_type_test(kind: Node | None) -> bool:
    """Whether an `except` catches what a value of the wrong type or a missing module raises."""
    names = kind[2] if kind is not None and kind[0] == SEQ else (kind,)
    return any(
        one is not None and one[0] == NAME and one[1] in ("AttributeError", "TypeError", "ImportError") for one in names
    )


def _with_item(holder: Value, key: Node, value: Value) -> Value:
    value = without_loop(value)
    if isinstance(holder, Mapping):
        if key[0] == CONST and isinstance(key[1], str):
            items = (*[one for one in holder.items if one[0] != key[1]], (key[1], value))
            return Mapping(items, holder.rest, closed=holder.closed)
        return Mapping(holder.items, join([holder.rest, value]) if holder.rest is not UNKNOWN else value)
    return holder
