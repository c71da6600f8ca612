"""Copies with some fields changed are those that the standard library makes."""

from __future__ import annotations

import dataclasses

import pytest

from perflint.core.copying import replace
from perflint.core.finding import Confidence
from perflint.program import values
from perflint.program.effects import Effect
from perflint.program.values import Awaitable, Object, Plain, Query, Row

VALUES = [
    Plain("text"),
    Awaitable(Row(None)),
    Object((1, 2), (("name", Plain(None)),)),
    Query("library.Query", (0, 1), (0, 2), loads=frozenset({("author",)}), narrowed=True),
    Effect("query", "run", (0, 1), (0, 2), True, Confidence.HIGH),
]


@pytest.mark.parametrize("value", VALUES)
def test_each_field_is_changed_alone(value: values.Value | Effect) -> None:
    for one in dataclasses.fields(value):
        changed = replace(value, **{one.name: "changed"})
        assert changed == dataclasses.replace(value, **{one.name: "changed"})
        assert changed != value
        assert type(changed) is type(value)


def test_a_field_that_is_none_of_its_own_is_refused() -> None:
    with pytest.raises(KeyError):
        replace(Plain("text"), colour="red")


def test_the_slots_of_every_value_are_its_fields() -> None:
    kinds = [one for one in vars(values).values() if isinstance(one, type) and dataclasses.is_dataclass(one)]
    assert len(kinds) > 20
    for kind in (*kinds, Effect):
        assert kind.__slots__ == tuple(one.name for one in dataclasses.fields(kind))
