"""Facts of all files to a Program: names, models, values, call graph, effect summaries."""

from __future__ import annotations

from collections.abc import Sequence

from perflint.catalog import Catalog
from perflint.facts import Facts
from perflint.program.program import Program


def link(facts: Sequence[Facts], catalog: Catalog) -> Program:
    """Join the facts of all files. Nothing is evaluated yet."""
    return Program(facts, catalog)


__all__ = ["Program", "link"]
