"""Models that libraries bring (users, groups, content types): classes beside the project's own.

Packs say which there are and what relations they have. They stand in a file of their own behind the project's files, so
that relations lead to them, and back from them, as between any two models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perflint.catalog.packs import Packs
from perflint.facts import Facts, extract

NO_NAMES: Mapping[str, int] = {}


def library_models(packs: Packs, files: Sequence[Facts]) -> tuple[list[Facts], Mapping[str, int]]:
    """The file of the libraries' models, and each one's number there by its dotted name; none if no pack has any."""
    if not packs.models or all(one.template is not None or one.markdown for one in files):
        return [], NO_NAMES
    imports = sorted({name.partition(".")[0] for name in packs.models})
    lines = [f"import {one}" for one in imports]
    for name, relations in packs.models.items():
        lines.append(f"class {name.rpartition('.')[2]}(object):")
        lines += [f"    {attribute} = {declared}" for attribute, declared in relations.items()] or ["    pass"]
    facts = extract("", "\n".join(lines) + "\n", production=False, markdown=False)
    return [facts], {name: number for number, name in enumerate(packs.models)}


def label_of(name: str) -> str:
    """A model's dotted name as labels spell it: application and class."""
    *_, application, _, model = ["", "", *name.split(".")]
    return f"{application}.{model}"
