"""What templates call by name: tags, filters and functions that the project registers with a decorator."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perflint.catalog.packs import TagRule
from perflint.facts.ir import CALL, CONST, Node
from perflint.program import calls, roles, templates
from perflint.program.arguments import Arguments
from perflint.program.program import Program
from perflint.program.values import UNKNOWN, FunctionKey, FunctionValue, Mapping, Plain, Site, Value, choices

if TYPE_CHECKING:
    from perflint.program.frame import Frame


class Tag(NamedTuple):
    """A function that templates call, the decorator that registers it, and what a pack says of that decorator."""

    function: FunctionKey
    decorator: Node
    rule: TagRule


def called(program: Program, kind: str, name: str) -> Tag | None:
    """The function that is registered under a name; None where several are: which one is loaded is not known."""
    if program.tags is None:
        program.tags = {}
        for key in program.functions() if program.packs.tags else ():
            for decorator in program.function(key).decorators:
                _register(program, Tag(key, decorator, TagRule("")))
    found = program.tags.get((kind, name), ())
    return found[0] if len(found) == 1 else None


def _register(program: Program, tag: Tag) -> None:
    key, decorator, _ = tag
    target = decorator[2] if decorator[0] == CALL else decorator
    for name, _ in roles.decorator_names(program, key, target):
        rule = program.packs.tags.get(name)
        if rule is not None and program.tags is not None:
            own = program.function(key).name
            place = (rule.kind, _text(decorator, rule.named) or own)
            program.tags.setdefault(place, []).append(Tag(key, decorator, rule))
            return


def _text(decorator: Node, places: tuple[int | str, ...]) -> str:
    """A text among a decorator's arguments."""
    if decorator[0] != CALL:
        return ""
    for place in places:
        given = dict(decorator[4]).get(place) if isinstance(place, str) else None
        if isinstance(place, int) and place < len(decorator[3]):
            given = decorator[3][place]
        if given is not None and given[0] == CONST and isinstance(given[1], str):
            return given[1]
    return ""


def tag(frame: Frame, name: str, arguments: Arguments, site: Site) -> Value:
    """A tag that the project registers: it is given the context if it asks for it; what it gives may be rendered."""
    found = called(frame.program, "tag", name)
    if found is None:
        return UNKNOWN
    keywords = dict(found.decorator[4]) if found.decorator[0] == CALL else {}
    if keywords.get(found.rule.context) == (CONST, True):
        context = Mapping(tuple(frame.env.items()), UNKNOWN)
        arguments = Arguments([context, *arguments.positional], arguments.keywords)
    value = calls.call(frame, FunctionValue(found.function), arguments, site)
    template = _text(found.decorator, found.rule.template)
    for one in choices(value) if template else ():
        if isinstance(one, Mapping):
            templates.render(frame, Plain(template), one, site)
    return value


def function(program: Program, kind: str, name: str) -> Value | None:
    """A filter or function of the project that a template names; None if there is none, or more than one."""
    found = called(program, kind, name)
    return FunctionValue(found.function) if found is not None else None
