"""Functions that a decorator registers for templates: tags, filters, and views that name their template."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perflint.catalog.showing import TAG, VIEW, TagRule
from perflint.facts.ir import CALL, CONST, Node
from perflint.program import calls, roles, templates
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.program import Program
from perflint.program.values import UNKNOWN, FunctionKey, FunctionValue, Mapping, Plain, Site, Value, choices

if TYPE_CHECKING:
    from perflint.program.frame import Frame


class Tag(NamedTuple):
    """A function that templates call, the decorator that registers it, and what a pack says of that decorator."""

    function: FunctionKey
    decorator: Node
    rule: TagRule


def registered(program: Program) -> dict[tuple[str, str], list[Tag]]:
    """All that is registered, by its kind and name."""
    if program.tags is None:
        program.tags = {}
        for key in program.functions() if program.packs.tags else ():
            for decorator in program.function(key).decorators:
                rule = _rule(program, key, decorator)
                if rule is not None:
                    name = _text(decorator, rule.named) or program.function(key).name
                    program.tags.setdefault((rule.kind, name), []).append(Tag(key, decorator, rule))
    return program.tags


def _rule(program: Program, key: FunctionKey, decorator: Node) -> TagRule | None:
    target = decorator[2] if decorator[0] == CALL else decorator
    for name, _ in roles.decorator_names(program, key, target):
        if name in program.packs.tags:
            return program.packs.tags[name]
    return None


def called(program: Program, kind: str, name: str) -> Tag | None:
    """The function that is registered under a name; None where several are: which one is loaded is not known."""
    found = registered(program).get((kind, name), ())
    return found[0] if len(found) == 1 else None


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
    found = called(frame.program, TAG, name)
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


def render_views(program: Program) -> None:
    """Render the templates that the decorators of views name, with what the views return."""
    from perflint.program.frame import Frame

    for (kind, _), found in registered(program).items():
        for view in found if kind == VIEW else ():
            template = _text(view.decorator, view.rule.template)
            reached = roles.value_of(program, view.function) if template else None
            if reached is None:
                continue
            plain = reached.bound is None and reached.env is None
            value = program.function_value(view.function) if plain else reached  # with its decorators, where they count
            frame = Frame(program, view.function[0], program.function(view.function), None)
            site = (view.function[0], program.function(view.function).pos)
            for one in choices(calls.call(frame, value, NO_ARGUMENTS, site)):
                if isinstance(one, Mapping):
                    templates.render(frame, Plain(template), one, site)
