"""The arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perflint.facts.ir import NAME, STAR, Node
from perflint.program.values import FEW, UNKNOWN, Many, Mapping, Tuple, Value, replace

if TYPE_CHECKING:
    from perflint.program.frame import Frame


@dataclass(slots=True)
class Arguments:
    """The arguments of one call. `star` and `double` tell of `*` and `**` whose contents are unknown."""

    positional: list[Value]
    keywords: dict[str, Value]
    star: bool = False
    double: bool = False
    nodes: tuple[Node, ...] = field(default=())

    def at(self, place: int | str) -> Value | None:
        """The argument at a position or of a name."""
        if isinstance(place, str):
            return self.keywords.get(place)
        return self.positional[place] if place < len(self.positional) else None

    def first(self, places: tuple[int | str, ...]) -> tuple[Value | None, int | str]:
        """The first of several spellings of an argument that is given."""
        for place in places:
            value = self.at(place)
            if value is not None:
                return value, place
        return None, -1

    @property
    def any(self) -> bool:
        return bool(self.positional or self.keywords or self.star or self.double)


NO_ARGUMENTS = Arguments([], {})


def evaluate_arguments(frame: Frame, node: Node, consumes: bool = False) -> Arguments:
    """Evaluate the arguments of a call, in order. A builtin that `consumes` them runs generators."""
    given: tuple[Node, ...] = node[3]
    star = double = False
    if consumes or any(one[0] == STAR for one in given):
        positional, given, star = _spread(frame, given, consumes)
    else:
        positional = [frame.kept(one, frame.expr(one)) for one in given]
    for one, value in zip(given, positional, strict=False):
        if one[0] == NAME and isinstance(value, Mapping) and value.closed and one[1] in frame.env:
            frame.env[one[1]] = replace(value, closed=False)  # who is given it may put more into it
    keywords: dict[str, Value] = {}
    for name, one in node[4]:
        value = frame.kept(one, frame.expr(one))
        if name is not None:
            keywords[name] = value
        elif isinstance(value, Mapping) and (value.items or value.closed) and value.rest == UNKNOWN:
            keywords.update((key, item) for key, item in value.items if isinstance(key, str))
        else:
            double = True
    return Arguments(positional, keywords, star, double, given)


def _spread(frame: Frame, given: tuple[Node, ...], consumes: bool) -> tuple[list[Value], tuple[Node, ...], bool]:
    """Positional arguments, the node of each, and whether there are more than are known."""
    positional: list[Value] = []
    nodes: list[Node] = []
    star = False
    for one in given:
        if consumes or one[0] == STAR:
            frame.consumed = one[1] if one[0] == STAR else one
        value = frame.kept(one, frame.expr(one))
        if one[0] != STAR:
            positional.append(value)
        elif isinstance(value, Tuple):
            positional += value.elements
        elif isinstance(value, Many) and 0 <= value.size <= FEW:
            positional += [value.element] * value.size
        else:
            star = True
        nodes += [one] * (len(positional) - len(nodes))
    return positional, given if star or len(nodes) == len(given) else tuple(nodes), star
