"""Templates as functions of their context: which file a name means, and what rendering it with these values does."""

from __future__ import annotations

from collections.abc import Mapping as Names
from typing import TYPE_CHECKING, Any

from perflint.catalog.showing import FILTER, ViewRule
from perflint.facts.ir import BOOL, CONST, IFEXP, NAME, SEQ, Node
from perflint.program import attributes, builtins, calls, classes, functions, orm, specials, tags
from perflint.program.arguments import NO_ARGUMENTS, Arguments
from perflint.program.effects import Summary, replace
from perflint.program.program import CALL_DEPTH, INSTANCES, Program
from perflint.program.values import (
    PLAIN,
    UNKNOWN,
    ClassKey,
    FunctionKey,
    FunctionValue,
    Many,
    Mapping,
    Method,
    Object,
    Plain,
    Query,
    Row,
    Site,
    Tuple,
    Unknown,
    Value,
    choices,
    join,
)  # fmt: skip

if TYPE_CHECKING:
    from perflint.program.frame import Frame

Blocks = Names[str, tuple[FunctionKey, ...]]
"""What a block of a name renders: the child's own first, then what it overrides."""
NO_BLOCKS: Blocks = {}


def find(program: Program, name: str, near: int) -> int | None:
    """The template that a name means: the file whose path ends with it and that shares most folders with `near`."""
    name = name.rpartition(":")[2].lstrip("/")  # `package:templates/page.html`
    found = program.templates.get(name.rpartition("/")[2], ())
    here = program.files[near].path.split("/")
    best, best_rank = None, (-1, 0)
    for index in found:
        path = program.files[index].path
        if path == name or path.endswith("/" + name):
            shared = 0
            for one, other in zip(here, path.split("/"), strict=False):
                if one != other:
                    break
                shared += 1
            rank = (shared, -len(path))
            if rank > best_rank:
                best, best_rank = index, rank
    return best


def render(frame: Frame, name: Value, context: Mapping, site: Site) -> None:
    """Render a template here: what it does with its context is done at this place."""
    for one in choices(name):
        for text in _names_in(one):
            index = find(frame.program, text, frame.file)
            if index is not None:
                _carry(frame, (index, 0), dict(context.items), NO_BLOCKS, text, site)
                return


def _names_in(value: Value) -> list[str]:
    if isinstance(value, Plain):
        return [value.text] if isinstance(value.text, str) else []
    if isinstance(value, Tuple):
        return [name for one in value.elements for name in _names_in(one)]
    return _names_in(value.element) if isinstance(value, Many) else []


def _carry(frame: Frame, key: FunctionKey, context: dict[Any, Value], blocks: Blocks, name: str, site: Site) -> None:
    summary = _summary(frame.program, key, context, blocks)
    functions.carry(frame, FunctionValue(key), summary, name, site, False)


def _summary(program: Program, key: FunctionKey, context: dict[Any, Value], blocks: Blocks) -> Summary:
    """What a template, or a block or macro of one, does with a context; evaluated once for each."""
    # what is unknown and what is plain decides nothing: pages that differ in it only are one
    known: dict[str, Value] = {
        name: PLAIN if isinstance(value, Unknown) else value for name, value in context.items() if isinstance(name, str)
    }
    told = (key, tuple(sorted(known.items(), key=lambda one: one[0])), tuple(sorted(blocks.items())))
    found = program.summaries.get(told)
    if found is not None:
        return found
    page = (key, told[2])  # a parent is another page below each child
    seen = program.pages.get(page, 0)
    if told in program.running or program.depth >= CALL_DEPTH or seen >= INSTANCES:
        return Summary(key, (), UNKNOWN)
    program.pages[page] = seen + 1
    program.running.add(told)
    program.depth += 1
    try:
        found = _evaluate(program, key, known, blocks)
    except RecursionError:
        found = Summary(key, (), UNKNOWN)
    except Exception as error:  # a fault of ours costs this template only, and is told
        program.errors.append(f"{program.files[key[0]].path}: {type(error).__name__}: {error}")
        found = Summary(key, (), UNKNOWN)
    finally:
        program.depth -= 1
        program.running.discard(told)
    program.summaries[told] = found
    return found


def _evaluate(program: Program, key: FunctionKey, context: dict[str, Value], blocks: Blocks) -> Summary:
    from perflint.program.frame import Frame

    function = program.function(key)
    frame = Frame(program, key[0], function, None)
    frame.env.update(context)
    frame.blocks = blocks
    frame.block(function.body)
    return Summary(key, tuple(functions.distinct(frame.effects)), PLAIN)


# --- views of a library that render by themselves ------------------------------------------------------------------


def render_views(program: Program) -> None:
    """Render the templates of class-based views that name them in an attribute, with what their methods give."""
    from perflint.program.frame import Frame

    for index, file in enumerate(program.files):
        if not file.production or file.template is not None:
            continue
        for cls in file.classes if program.packs.views else ():
            key = (index, cls.number)
            rule = next(
                (program.packs.views[one] for one in classes.externals(program, key) if one in program.packs.views),
                None,
            )
            if rule is None:
                continue
            try:
                _render_view(Frame(program, index, None, None), key, rule)
            except Exception as error:  # … or this view
                program.errors.append(f"{file.path}: {cls.qualname}: {type(error).__name__}: {error}")


def _render_view(frame: Frame, key: ClassKey, rule: ViewRule) -> None:
    view, site = Object(key), (frame.file, frame.program.class_(key).pos)
    context: dict[Any, Value] = {"view": view}
    model = ""
    rows = _call(frame, view, rule.rows, site) if rule.rows else UNKNOWN
    for query in choices(rows):
        if isinstance(query, Query) and query.model is not None:
            model = frame.program.class_(query.model).name.lower()
            value: Value = orm.element(frame.program, query, None) if rule.single else replace(query, manager=False)
            named = _text(attributes.read(frame, view, rule.named_by, site, None))
            context.update(dict.fromkeys([*rule.names, named or model + ("" if rule.single else "_list")], value))
            break
    for given in choices(_call(frame, view, rule.context, site)):
        if isinstance(given, Mapping):
            context.update(given.items)
    name = _text(attributes.read(frame, view, rule.template, site, None))
    if not name and model:
        folder = frame.program.files[frame.file].path.split("/")[-2:-1]
        name = "/".join([*folder, f"{model}{rule.suffix}.html"])
    if name:
        render(frame, Plain(name), Mapping(tuple(context.items()), UNKNOWN), site)


def _call(frame: Frame, view: Object, name: str, site: Site) -> Value:
    return calls.call(frame, attributes.read(frame, view, name, site, None), NO_ARGUMENTS, site)


def _text(value: Value) -> str:
    return value.text if isinstance(value, Plain) and isinstance(value.text, str) else ""


# --- statements --------------------------------------------------------------------------------------------------


def include(frame: Frame, node: Node) -> None:
    """`{% include %}`: another template, with the names that are known here."""
    _, pos, template, bindings, only = node
    context: dict[Any, Value] = {} if only else dict(frame.env)
    context.update((name, frame.expr(value)) for name, value in bindings)
    for name in _constants(template):
        index = find(frame.program, name, frame.file)
        if index is not None:
            _carry(frame, (index, 0), context, NO_BLOCKS, name, (frame.file, pos))
            return


def extends(frame: Frame, node: Node) -> None:
    """`{% extends %}`: the parent, with this template's blocks in place of its own."""
    _, pos, template = node
    facts = frame.facts.template
    for name in _constants(template):
        index = find(frame.program, name, frame.file)
        if index is not None and facts is not None and index != frame.file:
            blocks = dict(frame.blocks)
            for block_name, function in facts.blocks:
                blocks[block_name] = (*blocks.get(block_name, ()), (frame.file, function))
            _carry(frame, (index, 0), dict(frame.env), blocks, name, (frame.file, pos))
            return
    for block_name, function in facts.blocks if facts is not None else ():  # the parent is a library's
        _carry(frame, (frame.file, function), dict(frame.env), frame.blocks, block_name, (frame.file, pos))


def block(frame: Frame, node: Node) -> None:
    """`{% block %}`: the youngest child's version, else what stands here."""
    _, pos, name, function = node
    keys = (*frame.blocks.get(name, ()), (frame.file, function))
    rest = {**frame.blocks, name: keys[1:]}
    _carry(frame, keys[0], dict(frame.env), rest, name, (frame.file, pos))


def super_block(frame: Frame, node: Node) -> Value:
    """`{{ block.super }}`: what the block overrides."""
    name = frame.function.qualname.removeprefix("block ") if frame.function is not None else ""
    keys = frame.blocks.get(name, ())
    if keys:
        rest = {**frame.blocks, name: keys[1:]}
        _carry(frame, keys[0], dict(frame.env), rest, name, (frame.file, node[1]))
    return PLAIN


def import_template(frame: Frame, node: Node) -> None:
    """`{% import %}`: macros of another template."""
    for name in _constants(node[2]):
        index = find(frame.program, name, frame.file)
        facts = frame.program.files[index].template if index is not None else None
        if index is None or facts is None:
            continue
        macros = {macro: FunctionValue((index, function)) for macro, function in facts.macros}
        for local, macro in node[3]:
            if macro is None:
                frame.env[local] = Mapping(tuple(macros.items()), UNKNOWN)
            elif macro in macros:
                frame.env[local] = macros[macro]
        return


def cached(frame: Frame, node: Node) -> None:
    """`{% cache %}`: rendered now and then only."""
    before = len(frame.effects)
    frame.block(node[2])
    frame.doubt(before)


def _constants(node: Node) -> list[str]:
    """The names that an expression may be."""
    if node[0] == CONST:
        return [node[1]] if isinstance(node[1], str) and node[1] != "…" else []
    if node[0] == IFEXP:
        return [*_constants(node[2]), *_constants(node[3])]
    return [name for one in node[2] for name in _constants(one)] if node[0] == SEQ else []


# --- expressions -------------------------------------------------------------------------------------------------


def attribute(frame: Frame, receiver: Value, name: str, site: Site, node: Node) -> Value:
    """`a.b`: an item of a mapping or an attribute."""
    found = item(frame, receiver, name) if isinstance(receiver, Mapping) else None
    return found if found is not None else attributes.read(frame, receiver, name, site, node)


def item(frame: Frame, receiver: Mapping, name: str) -> Value | None:
    """What a mapping holds under a name, where a template reads it like an attribute; None if nothing is known."""
    if frame.facts.template is None:
        return None
    return next((value for key, value in receiver.items if key == name), None)


def asks_for_missing(frame: Frame, test: Node) -> bool:
    """Whether a template's test asks for a name that nobody is known to put into its context."""
    if frame.facts.template is None:
        return False
    if test[0] == BOOL and not test[2]:
        return any(asks_for_missing(frame, one) for one in test[1])
    return bool(test[0] == NAME and test[1] not in frame.env)


def auto(frame: Frame, node: Node) -> Value:
    """A value that is called when it can be called without arguments."""
    site = (frame.file, node[1])
    results = []
    for value in choices(frame.expr(node[2])):
        if isinstance(value, FunctionValue) and functions.wants_more(frame.program, value):
            value = UNKNOWN  # Django shows nothing, Jinja the method itself
        elif isinstance(value, (FunctionValue, Method)):
            frame.current = node[2]
            value = calls.call(frame, value, NO_ARGUMENTS, site)
        results.append(value)
    return join(results)


def filtered(frame: Frame, node: Node) -> Value:
    """`value|name:argument`."""
    _, pos, name, value_node, arguments, keywords = node
    site = (frame.file, pos)
    frame.consumed = value_node
    value = frame.kept(value_node, frame.expr(value_node))
    given = [frame.expr(one) for one in arguments]
    named = {key: frame.expr(one) for key, one in keywords if key}
    meaning = frame.program.packs.filters.get(name)
    own = tags.function(frame.program, FILTER, name) if meaning is None else None
    if own is not None:
        frame.current = node
        return calls.call(frame, own, Arguments([value, *given], named), site)
    if meaning == "passes":
        return builtins.pass_on(frame, value, site)
    if meaning == "keeps":
        return value
    if meaning == "elements":
        return _element(frame, value, site)
    if meaning == "evaluates":
        for one in choices(value):
            if isinstance(one, Query):
                orm.evaluate(frame, one, site, False)
    elif meaning != "tests" and isinstance(value, (Row, Object)):
        specials.to_text(frame, value, site)
    return PLAIN


def _element(frame: Frame, value: Value, site: Site) -> Value:
    results = [
        orm.subscript(frame, one, False, site) if isinstance(one, Query) else one.element
        for one in choices(value)
        if isinstance(one, (Query, Many))
    ]
    return join(results) if results else UNKNOWN


def tag(frame: Frame, node: Node) -> Value:
    """A tag that is none of the engine's: its arguments are read, and the project's own function is called."""
    _, pos, name, values, keywords = node
    given = [frame.expr(one) for one in values]
    named = {key: frame.expr(one) for key, one in keywords if key}
    frame.current = node
    return tags.tag(frame, name, Arguments(given, named), (frame.file, pos))
