"""The language's own functions and containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from perflint.core.finding import Confidence
from perflint.facts.ir import NAME, Node
from perflint.program import attributes, calls, measures, orm, specials
from perflint.program.arguments import Arguments
from perflint.program.effects import Loop
from perflint.program.values import (
    FEW,
    NOTHING,
    PLAIN,
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Instance,
    Many,
    Mapping,
    Plain,
    Query,
    Row,
    Site,
    Tuple,
    Unknown,
    Value,
    at_loop,
    choices,
    held,
    is_other,
    join,
    perhaps_none,
    replace,
    without_loop,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.arguments import Arguments
    from perflint.program.frame import Frame


def call(frame: Frame, name: str, arguments: Arguments, site: Site) -> Value | None:
    """Call a builtin; None for one that packs or semantics describe."""
    function = _FUNCTIONS.get(name)
    if function is None:
        return None
    return function(frame, arguments, site)


def pass_on(frame: Frame, value: Value, site: Site) -> Value:
    """The elements of a value, as `list(value)` gives them; a lazy query runs."""
    results: list[Value] = []
    for one in choices(value):
        if isinstance(one, Query):
            orm.evaluate(frame, one, site, False)
            results.append(Many(orm.element(frame.program, one, None), source=one.source))
        elif isinstance(one, (Many, Tuple)):
            results.append(one)
        elif isinstance(one, Instance):
            results.append(Many(attributes.iterate_instance(frame, one, site, False)[0]))
        elif isinstance(one, Mapping):
            results.append(Many(PLAIN, size=max(len(one.items), one.size) or -1, registry=one.registry))
        else:
            results.append(UNKNOWN)
    return join(results)


def elements_at(frame: Frame, value: Value, site: Site) -> Value:
    """One element of a value that a builtin runs over, as a row of that hidden loop."""
    options = choices(value)
    if len(options) > 1:
        return join([elements_at(frame, one, site) for one in options if one != NOTHING])
    if isinstance(value, Query):
        orm.evaluate(frame, value, site, False)
        return orm.element(frame.program, value, site)
    if isinstance(value, Many):
        return at_loop(value.element, site)
    return UNKNOWN


def each(frame: Frame, function: Value, value: Value, site: Site) -> Value:
    """Call a function with each element of a value."""
    element = elements_at(frame, value, site)
    loops = frame.loops
    counts = any(
        not (isinstance(one, Many) and (one.chunks or 0 <= one.size <= FEW)) and not isinstance(one, Tuple)
        for one in choices(value)
    )
    source = next((one.source for one in choices(value) if isinstance(one, (Query, Many)) and one.source), None)
    frame.loops = (*loops, Loop(site, "", counts, False, source, Confidence.HIGH))
    try:
        return calls.call(frame, function, Arguments([element], {}), site)
    finally:
        frame.loops = loops


def _evaluated(frame: Frame, arguments: Arguments, site: Site) -> Value:
    for value in arguments.positional[:1]:
        for one in choices(value):
            if isinstance(one, Query):
                orm.evaluate(frame, one, site, False)
    key = arguments.keywords.get("key")
    if key is not None and arguments.positional:
        each(frame, key, arguments.positional[0], site)
    return PLAIN


def _length(frame: Frame, arguments: Arguments, site: Site) -> Value:
    return _measured(frame, "rows-for-count", arguments, site)


def _bool(frame: Frame, arguments: Arguments, site: Site) -> Value:
    return _measured(frame, "rows-for-truth", arguments, site)


def _measured(frame: Frame, kind: str, arguments: Arguments, site: Site) -> Value:
    for value, node in zip(arguments.positional[:1], arguments.nodes, strict=False):
        specials.truth(frame, value, site)
        measures.note(frame, kind, node, value, site)
    return _evaluated(frame, arguments, site)


def _type(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if len(arguments.positional) != 1:
        return UNKNOWN
    keys = [specials.class_of(one) for one in choices(arguments.positional[0])]
    return join([ClassValue(key) if key is not None else UNKNOWN for key in keys])


def _chosen(frame: Frame, arguments: Arguments, site: Site) -> Value:
    _evaluated(frame, arguments, site)
    if len(arguments.positional) == 1:
        value = arguments.positional[0]
        if isinstance(value, (Query, Many)):
            return orm.element(frame.program, value, None) if isinstance(value, Query) else value.element
    return PLAIN


def _sorted(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if not arguments.positional:
        return UNKNOWN
    result = pass_on(frame, arguments.positional[0], site)
    key = arguments.keywords.get("key")
    if key is not None:
        each(frame, key, result, site)
    return result


def _printed(frame: Frame, arguments: Arguments, site: Site) -> Value:
    for value in arguments.positional:
        specials.to_text(frame, value, None)
    return PLAIN


def _enumerate(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if not arguments.positional:
        return UNKNOWN
    value = pass_on(frame, arguments.positional[0], site)
    if isinstance(value, Many):
        return replace(value, element=Tuple((PLAIN, value.element)))
    if isinstance(value, Tuple):
        return Many(Tuple((PLAIN, join(list(value.elements)))), size=len(value.elements))
    return Many(Tuple((PLAIN, UNKNOWN)))


def _zip(frame: Frame, arguments: Arguments, site: Site) -> Value:
    values = [pass_on(frame, one, site) for one in arguments.positional]
    elements = [one.element if isinstance(one, Many) else UNKNOWN for one in values]
    sizes = [one.size for one in values if isinstance(one, Many) and one.size >= 0]
    return Many(Tuple(tuple(elements)), size=min(sizes) if sizes else -1)


def _range(frame: Frame, arguments: Arguments, site: Site) -> Value:
    bounds = [one.text for one in arguments.positional if isinstance(one, Plain) and isinstance(one.text, int)]
    size = -1
    if len(bounds) == len(arguments.positional) and 1 <= len(bounds) <= 2:
        size = max(0, bounds[-1] - (bounds[0] if len(bounds) == 2 else 0))
    only = Plain(bounds[0] if len(bounds) == 2 else 0) if size == 1 else PLAIN
    return Many(only, size=size, chunks=len(arguments.positional) == 3, range=True)


def _map(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if len(arguments.positional) < 2:
        return UNKNOWN
    return Many(each(frame, arguments.positional[0], arguments.positional[1], site))


def _filter(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if len(arguments.positional) < 2:
        return UNKNOWN
    result = pass_on(frame, arguments.positional[1], site)
    if isinstance(arguments.positional[0], FunctionValue):
        each(frame, arguments.positional[0], result, site)
    return result


def _next(frame: Frame, arguments: Arguments, site: Site) -> Value:
    value = arguments.positional[0] if arguments.positional else UNKNOWN
    return frame.drawn(value.element, arguments.nodes) if isinstance(value, Many) else UNKNOWN


def _getattr(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if len(arguments.positional) >= 2:
        name = arguments.positional[1]
        if isinstance(name, Plain) and isinstance(name.text, str):
            return attributes.read(frame, arguments.positional[0], name.text, site, None)
    return UNKNOWN


def _hasattr(frame: Frame, arguments: Arguments, site: Site) -> Value:
    if arguments.positional and isinstance(arguments.positional[0], Row):
        _getattr(frame, arguments, site)
    return PLAIN


def _dict(frame: Frame, arguments: Arguments, site: Site) -> Value:
    for value in arguments.positional[:1]:
        if isinstance(value, Mapping):
            return value
        if isinstance(value, Query):
            orm.evaluate(frame, value, site, False)
        if isinstance(value, Many) and isinstance(value.element, Tuple) and len(value.element.elements) == 2:
            return Mapping((), value.element.elements[1])
        return Mapping((), UNKNOWN)
    return Mapping(tuple(sorted(arguments.keywords.items())), UNKNOWN)


def _plain(frame: Frame, arguments: Arguments, site: Site) -> Value:
    return PLAIN


_FUNCTIONS: dict[str, Callable[[Frame, Arguments, Site], Value]] = {
    "len": _length, "bool": _bool, "type": _type, "any": _evaluated, "all": _evaluated, "sum": _evaluated,
    "min": _chosen, "max": _chosen, "sorted": _sorted, "str": _printed, "repr": _printed, "format": _printed,
    "print": _printed, "enumerate": _enumerate, "zip": _zip, "range": _range, "map": _map, "filter": _filter,
    "next": _next, "getattr": _getattr, "hasattr": _hasattr, "isinstance": _plain, "int": _plain, "float": _plain,
    "dict": _dict, "id": _plain, "hash": _plain, "callable": _plain, "bytes": _plain, "abs": _plain, "round": _plain,
}  # fmt: skip


_ADDING = ("append", "add", "appendleft", "insert")
_JOINING = ("extend", "update")


def grows(name: str) -> bool:
    """Whether a method puts elements into a list or set."""
    return name in _ADDING or name in _JOINING


def call_many(frame: Frame, receiver: Many, name: str, arguments: Arguments, node: Node | None, site: Site) -> Value:
    """A method of a list, set or iterator."""

    if name in _ADDING and arguments.positional:
        added = without_loop(arguments.positional[-1])
    elif name in _JOINING and arguments.positional:
        sources = choices(pass_on(frame, arguments.positional[0], site))
        added = join([one.element if isinstance(one, Many) else UNKNOWN for one in sources])
    elif name in ("pop", "popleft"):
        return receiver.element
    elif name == "copy":
        return receiver
    elif name == "sort":
        key = arguments.keywords.get("key")
        if key is not None:
            each(frame, key, receiver, site)
        return PLAIN
    else:
        return PLAIN
    if node is not None and node[0] == NAME:
        scope: Frame | None = frame
        while scope is not None and node[1] not in scope.env:
            scope = scope.closure
        if scope is not None:
            element = added if isinstance(receiver.element, Unknown) else join([receiver.element, added])
            scope.env[node[1]] = Many(element, source=receiver.source)
    return PLAIN


def call_text(receiver: Plain, name: str) -> Value:
    """A method of a text."""
    text = receiver.text
    if not isinstance(text, str) or is_other(receiver):
        return PLAIN
    if name == "format":
        return receiver  # a statement keeps its holes
    return Plain(getattr(text, name)()) if name in ("strip", "lower", "upper") else PLAIN


def call_mapping(frame: Frame, receiver: Mapping, name: str, arguments: Arguments, node: Node | None) -> Value:
    """A method of a dict."""
    values = [value for _, value in receiver.items]
    every = join([*values, receiver.rest]) if values else receiver.rest
    size = len(receiver.items) if receiver.items and isinstance(receiver.rest, Unknown) else receiver.size
    if name == "items":
        return Many(Tuple((PLAIN, every)), size=size, registry=receiver.registry)
    if name == "values":
        return Many(every, size=size, registry=receiver.registry)
    if name == "keys":
        return Many(PLAIN, size=size, registry=receiver.registry)
    if name in ("get", "pop", "setdefault"):
        key = arguments.at(0)
        if isinstance(key, Plain) and key.text is not None:
            for known, value in receiver.items:
                if known == key.text:
                    return value
        default = arguments.at(1)
        if receiver.closed and isinstance(key, Plain) and key.text is not None and name != "setdefault":
            return default if default is not None else Plain(None)
        if name == "setdefault" and default is not None:
            # what is kept in a dict that outlives the call was built once
            if node is None or not frame.is_local_container(node):
                frame.keep_opened(0)
            return default if isinstance(every, Unknown) else join([every, default])
        drawn = frame.drawn(every if values or name != "get" else held(receiver), arguments.nodes)
        return perhaps_none(drawn) if name == "get" and default is None else drawn
    if name == "copy":
        return receiver
    if name == "update" and node is not None and node[0] == NAME and node[1] in frame.env:
        other = arguments.at(0)
        added = {**(dict(other.items) if isinstance(other, Mapping) else {}), **arguments.keywords}
        known = isinstance(other, Mapping) or (other is None and not arguments.double)
        items = tuple({**dict(receiver.items), **added}.items()) if known else ()
        frame.env[node[1]] = Mapping(items, receiver.rest)
    return PLAIN
