"""What the expressions in a model's body say: names, settings, tables and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflint.facts.ir import ANN, ASSIGN, ATTR, CALL, CONST, DEF, LAMBDA, NAME, RETURN, SEQ, Function, Node


def text(node: Node | None) -> str:
    return node[1] if node is not None and node[0] == CONST and isinstance(node[1], str) and node[1] != "…" else ""


def setting(node: Node | None) -> str | bool:
    """What a constant argument chooses: a word, True or False; "" for anything else."""
    return node[1] if node is not None and node[0] == CONST and isinstance(node[1], bool) else text(node)


def value_of(functions: Sequence[Function], node: Node) -> Node | None:
    """What a statement of a model's body binds its name to; of a function what it returns at its end."""
    value: Node | None = None
    if node[0] == ASSIGN:
        value = node[2]
    elif node[0] == ANN:
        value = node[3]
    elif node[0] == DEF:
        body = functions[node[1]].body
        value = body[-1][2] if body and body[-1][0] == RETURN else None
    return value


def tables(functions: Sequence[Function], node: Node) -> Iterator[str]:
    """The tables that the call in a statement of a model's body names, as `ForeignKey("shelf.id")` does."""
    value = value_of(functions, node)
    for one in strings(value) if value is not None and value[0] == CALL else ():
        if one.count(".") >= 1:
            yield one.split(".")[-2]


def strings(node: Node) -> Iterator[str]:
    if node[0] == CONST and isinstance(node[1], str):
        yield node[1]
    elif node[0] == CALL:
        for one in node[3]:
            yield from strings(one)
        for _, one in node[4]:
            yield from strings(one)


def owners(functions: Sequence[Function], node: Node) -> Iterator[str]:
    """The classes of the columns that a node names, as `"Book.shelf_id"` or as they stand; "" for bare names."""
    code = node[0]
    if code == CONST and isinstance(node[1], str):
        for part in node[1].strip("[]() ").split(","):
            yield part.strip().rpartition(".")[0].rpartition(".")[2]
    elif code == NAME:
        yield ""
    elif code == ATTR:
        yield node[2][1] if node[2][0] == NAME else node[2][3] if node[2][0] == ATTR else "?"
    elif code == SEQ:
        for one in node[2]:
            yield from owners(functions, one)
    elif code == LAMBDA:
        body = functions[node[1]].body
        if body and body[0][0] == RETURN and body[0][2] is not None:
            yield from owners(functions, body[0][2])


def snake(name: str) -> str:
    return "".join(
        f"_{letter.lower()}" if letter.isupper() and at else letter.lower() for at, letter in enumerate(name)
    )
