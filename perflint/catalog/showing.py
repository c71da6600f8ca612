"""How libraries show rows: what packs say of their views, template tags, schemas, serializers and displays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplatePlaces:
    """Where a call that renders a template takes its name and its context from; `keywords`: each keyword is a name."""

    name: tuple[int | str, ...]
    context: tuple[int | str, ...]
    keywords: bool


@dataclass(frozen=True, slots=True)
class ViewRule:
    """A class-based view of a library that renders a template by itself.

    `template` is the attribute with its name, `context` the method that builds its context. `rows` is the method that
    gives the queryset, put into the context under `names` and under what the attribute `named_by` holds; `single` takes
    one row of it. Without a name, the template is `<app>/<model><suffix>.html`.
    """

    template: str
    context: str
    rows: str = ""
    names: tuple[str, ...] = ()
    named_by: str = ""
    single: bool = False
    suffix: str = ""


TAG_KINDS = (TAG, FILTER, FUNCTION, VIEW) = ("tag", "filter", "function", "view")
"""What a decorator makes of a function for templates."""


@dataclass(frozen=True, slots=True)
class TagRule:
    """A decorator that makes a function something templates call, or a view that names its template: one of TAG_KINDS.

    Places are positions and keywords of its arguments: where its name stands, if it has another than the function, and
    the template that what it gives is rendered with. `context` is the argument that asks for the context.
    """

    kind: str
    named: tuple[int | str, ...] = ()
    template: tuple[int | str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class SchemaRule:
    """A class of a library whose annotated fields are read from the attributes of what it is made from.

    `renames` are arguments of a field which say that it is read under another name, `unread` the annotations that make
    no field, `prepared_by` the decorators of methods that are given what is read before the fields are. Where fields
    are objects, the argument `source` names what is read; `only` and `excluded` of the constructor choose among them.
    """

    renames: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    prepared_by: frozenset[str] = frozenset()
    source: str = ""
    only: str = ""
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A class of a library whose objects are the fields of a schema. Places are positions and keywords of arguments.

    `nests` is where it is given the schema that what it reads is read into (`many` the argument for many rows), `each`
    the field that reads each of many, `method` the name of the schema's method that gives the value, `calls` what is
    called with the row. With none of them it reads the attribute of its name.
    """

    nests: tuple[int | str, ...] = ()
    many: str = ""
    each: tuple[int | str, ...] = ()
    method: tuple[int | str, ...] = ()
    calls: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class SerializerRule:
    """A class of a library that turns rows into plain values, field by field.

    `arguments` are its constructor's, first those that may be given by position, of which `rows` holds the row, or the
    rows if the argument `many` is true. `represent` is the method that turns one row into plain values, `child` the
    attribute that holds the serializer of one row in one of many. In the class `options` the attribute `model` names
    the model, `shown` its fields (`every` stands for all of them), `excluded` those left out, `depth` how far relations
    are followed, `many_class` the class that is used for many rows, `changed` what is told of fields by name. A class
    that overrides one of `chosen_by` chooses among its fields itself. A field's arguments are `source` (`whole` is the
    row itself) and `hidden`.
    """

    arguments: tuple[str, ...]
    rows: str
    many: str
    represent: str
    child: str
    options: str
    model: str
    shown: str
    every: str
    excluded: str
    depth: str
    many_class: str
    changed: str
    chosen_by: tuple[str, ...]
    source: str
    whole: str
    hidden: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How a field of a library shows what it reads.

    `shows` is "value", "printed", "keyed", "attribute" (the one in `argument`), "called" (what the serializer's method
    gives: the one in `argument`, else `default`), "list" or "nothing". A key that is named in `argument` is another
    column, for which the whole row is read unless it is one of `own`; a class of the project's own that overrides a
    method in `unless` reads it as well.
    """

    shows: str
    argument: str = ""
    argument_at: int = -1
    default: str = ""
    own: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingRule:
    """A class of a library that serializes the rows of a query by itself.

    `call` is the method that does. `rows` are the methods whose results are handed on from one to the next, of which
    the first gives the query, `serializer` the method that makes the serializer, `result` the serializer's attribute
    that is read. `single` takes one row of the query. `sets` are attributes as they are while it runs.
    """

    call: str
    rows: tuple[str, ...]
    serializer: str
    result: str
    many: str
    single: bool
    sets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DisplayRule:
    """A class of a library whose subclasses show the rows of a query by themselves.

    `rows` is the method that gives the query; where nobody defines it, all rows of the model in the attribute `model`
    are meant. What is shown of a row are `always` and what the attributes in `columns` name, `default` if there are
    none of them: attributes of the row, methods of the class and functions that take the row. A class that overrides
    one of `chosen_by` chooses among them. The attribute `loads` names what is loaded with the rows; where it does not,
    `joins` says that a column which is a relation loads all relations that each row has. `each` are methods that are
    called with each row, and the attribute of the row that is read where nobody defines them. `inside` is the
    attribute that lists displays of the rows which belong to the one that is shown; they are a `part` of it. `hands` is
    the parameter by which its methods are given a query over the same rows.
    """

    rows: str
    model: str
    columns: tuple[str, ...]
    default: tuple[str, ...]
    always: tuple[str, ...]
    chosen_by: tuple[str, ...]
    loads: str
    joins: bool
    each: tuple[tuple[str, str], ...]
    inside: str
    part: bool
    hands: str


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """A class of a library whose objects offer each row of a query for choice.

    `rows` is the argument with the query, `label` the method that gives a row's text, else the row says it itself. They
    stand in the bodies of the classes `inside`, of which one that overrides `chosen_by` may give them another query.
    With one of the arguments `unless` they may be shown in another way.
    """

    rows: tuple[int | str, ...]
    label: str
    inside: tuple[str, ...]
    chosen_by: tuple[str, ...]
    unless: tuple[str, ...]
