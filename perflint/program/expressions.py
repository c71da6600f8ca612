"""What each expression is worth in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import CALL, NAME, SLICE, STAR, SUB, Node
from perflint.program import (
    attributes,
    branches,
    calls,
    conditionals,
    keys,
    loops,
    measures,
    narrowing,
    orm,
    outside,
    specials,
    statements,
    templates,
)
from perflint.program.effects import replace
from perflint.program.text import mentions
from perflint.program.values import (
    PLAIN,
    TRUE,
    UNKNOWN,
    Awaitable,
    ClassValue,
    FunctionValue,
    Instance,
    Many,
    Mapping,
    Object,
    Plain,
    Query,
    Row,
    Site,
    Tuple,
    Unknown,
    Value,
    awaited,
    choices,
    held,
    is_other,
    join,
    presence_of,
    without_loop,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame


def name(frame: Frame, node: Node) -> Value:
    value = frame.env.get(node[1])
    return value if value is not None else frame.lookup(node[1])


def constant(frame: Frame, node: Node) -> Value:
    return PLAIN if node[1] == "…" else Plain(node[1])


def attribute(frame: Frame, node: Node) -> Value:
    receiver = frame.expr(node[2])
    if frame.beside is not None:
        keys.note_attribute(frame, node[2], receiver, node[3])
    if frame.facts.template is not None:
        return templates.attribute(frame, receiver, node[3], (frame.file, node[1]), node)
    return attributes.read(frame, receiver, node[3], (frame.file, node[1]), node)


def call(frame: Frame, node: Node) -> Value:
    outer = frame.current
    frame.current = node
    try:
        return calls.evaluate(frame, node)
    finally:
        frame.current = outer


def subscript(frame: Frame, node: Node) -> Value:
    value = frame.expr(node[2])
    index = node[3]
    key = frame.expr(index)
    results = [item(frame, one, index, key, (frame.file, node[1])) for one in choices(value)]
    return join(results)


def item(frame: Frame, value: Value, index: Node, key: Value, site: Site) -> Value:
    if isinstance(value, Query):
        return orm.subscript(frame, value, index[0] == SLICE, site)
    if index[0] == SLICE:
        if isinstance(value, Many):
            return Many(value.element, chunk=True, source=value.source)
        return value if isinstance(value, (Tuple, Plain)) else Many(UNKNOWN, chunk=True)
    if isinstance(value, Many):
        return frame.drawn(value.element, index)
    if isinstance(value, Tuple) and isinstance(key, Plain) and isinstance(key.text, int):
        return value.elements[key.text] if -len(value.elements) <= key.text < len(value.elements) else UNKNOWN
    if isinstance(value, Mapping):
        if isinstance(key, Plain) and key.text is not None:
            for name, item in value.items:
                if name == key.text:
                    return item
        if not value.items:
            return frame.drawn(held(value), index)
        return join([*[item for _, item in value.items], value.rest])
    if isinstance(value, Instance):
        told = attributes.get_item(frame, value, site)
        if isinstance(told, Unknown) and isinstance(key, Plain) and isinstance(key.text, str):
            return outside.held(frame.program, value, key.text)
        return told
    if isinstance(value, (Row, Object)):
        found = specials.call(frame, value, ("__getitem__",), [key], site)
        return found if found is not None else value if isinstance(value, Row) else UNKNOWN
    if isinstance(value, ClassValue):  # `Engine[int]`, of a class that inherits from `Generic[T]`
        return value if any(base[0] == SUB for base in frame.program.class_(value.key).bases) else UNKNOWN
    return UNKNOWN


def await_(frame: Frame, node: Node) -> Value:
    frame.awaiting = node[2]
    before = len(frame.effects)
    value = frame.expr(node[2])
    if node[2][0] == CALL and not any(isinstance(one, Awaitable) for one in choices(value)):
        # what blocks gives nothing to await: the call must mean something else
        site = (frame.file, node[2][1])
        frame.effects[before:] = [
            replace(one, confidence=Confidence.LOW) if one.blocks and one.site == site and not one.hops else one
            for one in frame.effects[before:]
        ]
    return awaited(value)


def lambda_(frame: Frame, node: Node) -> Value:
    return FunctionValue((frame.file, node[1]), env=frame)


def bool_op(frame: Frame, node: Node) -> Value:
    values, learnt = [], []
    for one in node[1]:
        values.append(frame.expr(one))
        if node[2] and isinstance(values[-1], (Instance, Object, FunctionValue, ClassValue)):
            break  # `given or Client()`: what is given is there
        if branches.truth(frame, one) is node[2]:
            break  # the rest is not reached
        learnt.append(narrowing.learn(frame, one, not node[2]))
    for told, env in reversed(learnt):
        narrowing.forget(frame, told, env)
    value = join(values)
    if node[2] and presence_of(values[-1]) == TRUE and (isinstance(value, Unknown) or value == PLAIN):
        return replace(value, there=TRUE)  # `given or "default"`
    return value


def if_exp(frame: Frame, node: Node) -> Value:
    frame.expr(node[1])
    known = branches.truth(frame, node[1])
    if known is True:
        return frame.expr(node[2])
    if known is False:
        return frame.expr(node[3])
    values = []
    for one, holds in ((node[2], True), (node[3], False)):
        told, env = narrowing.learn(frame, node[1], holds)
        values.append(frame.expr(one))
        narrowing.forget(frame, told, env)
    return join(values)


def binary(frame: Frame, node: Node) -> Value:
    left, right = frame.expr(node[2]), frame.expr(node[3])
    if isinstance(left, Instance) and node[1] == "Div":
        return left
    if isinstance(right, Instance) and node[1] == "Div":
        return right
    if isinstance(left, Query):
        return orm.combined(left, right) if isinstance(right, Query) else left
    if isinstance(left, Many) and isinstance(right, Many):
        code = left.registry or right.registry  # beside classes, what nobody knows is a class too
        code = code and all(one.registry or isinstance(one.element, Unknown) for one in (left, right))
        return Many(join([left.element, right.element]), source=left.source, registry=code)
    if isinstance(left, Tuple) and isinstance(right, Tuple) and node[1] == "Add":
        return Tuple(left.elements + right.elements)
    if isinstance(left, Plain) and isinstance(left.text, str) and node[1] == "Add":
        if is_other(left) or is_other(right):
            return PLAIN
        tail = right.text if isinstance(right, Plain) and isinstance(right.text, str) else "{}"
        return Plain(left.text + tail)
    return branches.computed(node[1], left, right)


def compare(frame: Frame, node: Node) -> Value:
    before = len(frame.effects)
    same = keys.SAMENESS.issuperset(node[2])
    left = frame.expr(node[1])
    if same:
        keys.note_comparison(frame, node[1], left)
    for operator, one in zip(node[2], node[3], strict=False):
        right = frame.kept(one, frame.expr(one))
        if same:
            keys.note_comparison(frame, one, right)
        if operator in ("In", "NotIn"):
            for value in choices(right):
                if isinstance(value, Query):
                    orm.evaluate(frame, value, loops.site_of(one, frame.file, frame.here()), False)
    measures.note_comparison(frame, node, before)
    return PLAIN


def operation(frame: Frame, node: Node) -> Value:
    for one in node[1]:
        before = len(frame.effects)
        value = frame.expr(one)
        if len(node[1]) == 1:  # `not rows`
            conditionals.ask(frame, one, value, before)
    return PLAIN


def sequence(frame: Frame, node: Node) -> Value:
    values: list[Value] = []
    starred = False
    for one in node[2]:
        if one[0] == STAR:
            value = frame.expr(one[1])
            if isinstance(value, Tuple) and node[1] == "tuple":
                values += value.elements
                continue
            starred = True
            if isinstance(value, Query):
                orm.evaluate(frame, value, loops.site_of(one[1], frame.file, None), False)
                values.append(without_loop(orm.element(frame.program, value, None)))
            else:
                values.append(value.element if isinstance(value, Many) else UNKNOWN)
        else:
            values.append(frame.expr(one))
    if node[1] == "tuple" and not starred:
        return Tuple(tuple(values))
    if not values:
        return Many(UNKNOWN, size=-1)
    # a row stays the one of its loop, as far as a short list is read beside it
    elements = [one if isinstance(one, Row) and not starred else without_loop(one) for one in values]
    code = all(isinstance(one, (ClassValue, FunctionValue)) for one in values)
    return Many(join(elements), size=-1 if starred else len(values), registry=code)


def dict_(frame: Frame, node: Node) -> Value:
    items, rest = [], []
    for key, one in zip(node[1], node[2], strict=False):
        value = frame.expr(one)
        if key is None:
            rest.append(value.rest if isinstance(value, Mapping) else UNKNOWN)
            if isinstance(value, Mapping):
                items += list(value.items)
            continue
        told = frame.expr(key)
        if isinstance(told, Plain) and isinstance(told.text, (str, int)):
            items.append((told.text, value))
        else:
            rest.append(value)
    if len(items) > 60:
        return Mapping((), join([value for _, value in items]))
    code = bool(items) and not rest and all(isinstance(one, (ClassValue, FunctionValue)) for _, one in items)
    size = len(node[1]) if rest and None not in node[1] else -1  # without others its items say how many there are
    return Mapping(tuple(items), join(rest) if rest else UNKNOWN, code, size)


def starred(frame: Frame, node: Node) -> Value:
    return frame.expr(node[1])


def f_string(frame: Frame, node: Node) -> Value:
    for one in node[1]:
        specials.to_text(frame, frame.expr(one), (frame.file, node[3]))
    return Plain(node[2])


def yield_(frame: Frame, node: Node) -> Value:
    if node[2] is not None:
        frame.yields.append(frame.expr(node[2]))
        if frame.loops and frame.loops[-1].of_chunk and mentions(node[2], frame.tainted[-1]):
            frame.deals = True
    else:
        frame.yields.append(PLAIN)
    return UNKNOWN


def yield_from(frame: Frame, node: Node) -> Value:
    frame.consumed = node[2]
    value = frame.expr(node[2])
    for one in choices(value):
        if isinstance(one, Query):
            orm.evaluate(frame, one, (frame.file, node[1]), False)
            frame.yields.append(without_loop(orm.element(frame.program, one, None)))
        elif isinstance(one, Many):
            frame.yields.append(one.element)
    return UNKNOWN


def walrus(frame: Frame, node: Node) -> Value:
    value = frame.expr(node[2])
    frame.bind(node[1], value)
    statements.taint(frame, ((NAME, node[1]),), node[2])
    return value


def slice_(frame: Frame, node: Node) -> Value:
    for one in node[1:]:
        if one is not None:
            frame.expr(one)
    return PLAIN
