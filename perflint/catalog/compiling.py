"""Reads pack files and compiles them into one table of names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from perflint.catalog.format import CatalogError, check, located
from perflint.catalog.packs import (
    UNKNOWN_SPEC,
    Constraint,
    Entry,
    Orm,
    Packs,
    Relation,
    Role,
    SettingRule,
    TypeInfo,
    Unique,
    expand,
    parse_spec,
)
from perflint.catalog.showing import (
    TAG_KINDS,
    ChoiceRule,
    DisplayRule,
    FieldRule,
    ListingRule,
    SchemaField,
    SchemaRule,
    SerializerRule,
    TagRule,
    TemplatePlaces,
    ViewRule,
)
from perflint.config import nearest

EFFECTS = frozenset(
    "http sleep subprocess file database query write commit client cache wait cpu".split()
)  # fmt: skip
_TEMPLATE_KEYS = frozenset(("name", "context"))
_SCHEMA_NAMES = ("unread", "prepared-by")
_SCHEMA_TEXTS = ("source", "only", "excluded")
_SCHEMA_KEYS = frozenset(("renames", *_SCHEMA_NAMES, *_SCHEMA_TEXTS))
_SCHEMA_FIELD_KEYS = frozenset(("nests", "many", "each", "method", "calls"))
_TAG_KEYS = frozenset(("kind", "named", "template", "context"))
_SERIALIZER_KEYS = frozenset(
    "arguments rows many represent child options model shown every excluded depth many-class changed chosen-by source "
    "whole hidden".split()
)
_FIELD_KEYS = frozenset("shows argument argument-at default own unless".split())
_LISTING_KEYS = frozenset("call rows serializer result many single sets".split())
SHOWS = frozenset("value printed keyed attribute called list nothing".split())
_DISPLAY_KEYS = frozenset("rows model columns default always chosen-by loads joins each inside part hands".split())
_CHOICE_KEYS = frozenset("rows label inside chosen-by unless".split())
REPRESENTS = frozenset(("row", "rows", "result", "listing"))
_VIEW_KEYS = frozenset("template context rows names named-by single suffix".split())
ENTRY_KEYS = frozenset(
    "effect awaits returns opens connection timeout timeout-at timeout-default no-pool unless only-if weight "
    "offloads invokes async sql fetches batch query loads loader loaded-by loaded-as runs prefetched renders "
    "endless few whole-unless bounds inert-if needs-loop per-request ready-if timeout-also template reads "
    "pending parent equal within represents displays keeps queues bulk counts".split()
)


def _places(value: Any) -> tuple[int | str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _guards(value: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, given) for name, listed in value.items() for given in (listed if isinstance(listed, list) else [listed])
    )


def _template(value: Mapping[str, Any], where: str) -> TemplatePlaces:
    check(value, _TEMPLATE_KEYS, f"{where} template")
    context = value.get("context", ())
    return TemplatePlaces(_places(value["name"]), _places(context) if context != () else (), "context" not in value)


def _displays(value: Mapping[str, Any], where: str) -> tuple[str, tuple[int | str, ...]]:
    check(value, {"as", "by"}, f"{where} displays")
    return value["as"], _places(value["by"]) if "by" in value else ()


def read_entry(data: Mapping[str, Any], where: str, effects: Set[str] = EFFECTS) -> Entry:
    """Turn a TOML table into an Entry. Raises CatalogError naming `where` and the key that is wrong."""
    check(data, ENTRY_KEYS, where)
    effect = data.get("effect", "")
    if effect and effect not in effects:
        raise CatalogError(f"{where}: unknown effect {effect!r}{nearest(effect, effects)}", str(effect))
    if data.get("represents", "row") not in REPRESENTS:
        raise CatalogError(f"{where}: represents is not one of {', '.join(sorted(REPRESENTS))}")
    offloads, invokes, no_pool = data.get("offloads"), data.get("invokes"), data.get("no-pool")
    try:
        return Entry(
            effect=effect,
            awaits=data.get("awaits", False),
            returns=parse_spec(data["returns"]) if "returns" in data else UNKNOWN_SPEC,
            opens=data.get("opens", ""),
            per_call=data.get("connection") == "per-call",
            timeout=data.get("timeout", ""),
            timeout_at=data.get("timeout-at", -1),
            timeout_default=data.get("timeout-default", False),
            no_pool=(no_pool["argument"], tuple(no_pool["values"])) if no_pool else ("", ()),
            unless=_guards(data.get("unless", {})),
            only_if=_guards(data.get("only-if", {})),
            weight=data.get("weight", "moderate"),
            offloads=(_places(offloads["callable"]), offloads.get("to", "thread")) if offloads else None,
            invokes=(_places(invokes["callable"]), invokes.get("with", "")) if invokes else None,
            twin=data.get("async", ""),
            sql=data.get("sql", -1),
            fetches_all=data.get("fetches") == "all",
            batch=data.get("batch", False),
            query=data.get("query", ""),
            loads=data.get("loads", ""),
            loader=data.get("loader", ""),
            loaded_by=data.get("loaded-by", ""),
            loaded_as=data.get("loaded-as", ""),
            runs=data.get("runs", False),
            prefetched=bool(data.get("prefetched", False)),
            if_ordered=data.get("prefetched") == "ordered",
            counts=data.get("counts", False),
            renders=data.get("renders", False),
            endless=data.get("endless", False),
            few=data.get("few", False),
            whole_unless=_guards(data["whole-unless"]) if "whole-unless" in data else None,
            bounds=data.get("bounds", False),
            inert_if=_guards(data.get("inert-if", {})),
            needs_loop=data.get("needs-loop", False),
            per_request=data.get("per-request", False),
            ready_if=tuple(data.get("ready-if", {}).items()),
            queues=data.get("queues", False),
            bulk=data.get("bulk", ""),
            parent=data.get("parent", -1),
            equal=data.get("equal", False),
            within=tuple(data["within"]) if "within" in data else None,
            timeout_also=tuple(data.get("timeout-also", ())),
            template=_template(data["template"], where) if "template" in data else None,
            reads=data.get("reads", -1),
            pending=data.get("pending", False),
            represents=data.get("represents", ""),
            displays=_displays(data["displays"], where) if "displays" in data else None,
            keeps=data.get("keeps", False),
        )
    except (CatalogError, KeyError, TypeError) as error:
        raise CatalogError(f"{where}: {error}") from error


ANNOTATIONS = frozenset("transparent unions sequences mappings awaitables classes callables variables".split())
"""What `[semantics]` says of names in annotations; the rest is about calls and decorators."""

_PACK_KEYS = {
    "library",
    "aliases",
    "objects",
    "semantics",
    "filters",
    "models",
    "views",
    "schemas",
    "schema-fields",
    "tags",
    "serializers",
    "fields",
    "listings",
    "displays",
    "choices",
    "calls",
    "types",
    "framework",
    "orm",
    "settings",
    "documents",
    "tables",
}
_LIBRARY_KEYS = frozenset("name imports needs effects star-imports distribution version reference".split())
_FRAMEWORK_KEYS = frozenset(
    "runs decorators classes registers listed hooks parameters responses dependencies first-parameter".split()
)
_TYPE_KEYS = frozenset(
    "is per-request holds writes construct enter exit iterate awaited call methods attributes".split()
)
ORM_KEYS = frozenset(
    "models query managers keyword columns batch-operators batch-lookups separator start table sessions user-model "
    "user-bases relations class-methods nests parents order abstract identity-map unique".split()
)
RELATION_KEYS = frozenset(
    "to target target-at target-self reverse reverse-to reverse-default reverse-model column lazy eager-values "
    "free-values query-values generic back through several gives awaited reverse-at together-with optional "
    "key-columns remote-columns unkeyed".split()
)
UNIQUE_KEYS = frozenset("argument primary keys together listed constraints".split())
CONSTRAINT_KEYS = frozenset(("columns", "only-if", "unless"))


@dataclass(frozen=True, slots=True)
class RawPack:
    """One pack file as TOML, not yet compiled: most runs need few of them."""

    name: str
    path: Path
    imports: tuple[str, ...]
    needs: tuple[str, ...]
    data: Mapping[str, Any]
    own: bool = False
    """Whether it is a user's: loaded whatever is imported."""


def read_pack(path: Path) -> RawPack:
    """Read one pack. Raises CatalogError naming the file."""
    return _raw(path, _toml(path))


def _toml(path: Path) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CatalogError(f"{path}: {error}") from error


def _raw(path: Path, data: dict[str, Any]) -> RawPack:
    check(data, _PACK_KEYS, str(path), "table")
    library = data.get("library", {})
    check(library, _LIBRARY_KEYS, f"{path}: [library]")
    if "name" not in library or "imports" not in library:
        raise CatalogError(f"{path}: [library] needs a name and what is imported", "library")
    return RawPack(library["name"], path, tuple(library["imports"]), tuple(library.get("needs", ())), data)


_SHAPE_ERRORS = (CatalogError, KeyError, TypeError, AttributeError, ValueError)


def read_own_pack(path: Path) -> RawPack:
    """Read a user's pack. Raises CatalogError naming file, line and key."""
    try:
        data = _toml(path)
        if isinstance(data.get("library"), dict):
            data["library"].setdefault("imports", [])
        return replace(_raw(path, data), own=True)
    except _SHAPE_ERRORS as error:
        raise located(error, path) from error


def compile_own_pack(raw: RawPack, into: Packs) -> None:
    """Merge a user's pack into `into`, and note the names that it speaks of. Raises CatalogError as `read_own_pack`."""
    try:
        compile_pack(raw, into)
    except _SHAPE_ERRORS as error:
        raise located(error, raw.path) from error
    framework = raw.data.get("framework", {})
    tables = [raw.data.get(name, {}) for name in ("calls", "types", "objects")]
    tables += [framework.get(name, {}) for name in ("decorators", "registers")]
    tables += [dict.fromkeys(names) for names in raw.data.get("semantics", {}).values()]
    into.own.update(name for table in tables for key in table for name in expand(key))


def compile_pack(raw: RawPack, into: Packs) -> None:
    """Merge one pack into `into`. Raises CatalogError naming the file and the key."""
    data, where = raw.data, str(raw.path.name)
    into.modules.update(raw.imports)
    into.effects |= EFFECTS | set(data["library"].get("effects", ()))
    tables = data.get("tables", {})
    check(tables, {"small"}, f"{where} [tables]")
    into.small_tables.update(name for key in tables.get("small", ()) for name in expand(key))
    for key, target in data.get("aliases", {}).items():
        for name in expand(key):
            into.aliases[name] = target
    for key, type_name in data.get("objects", {}).items():
        into.objects.update(dict.fromkeys(expand(key), type_name))
    for meaning, names in data.get("semantics", {}).items():
        table = into.annotations if meaning in ANNOTATIONS else into.semantics
        table.update((name, meaning) for key in names for name in expand(key))
    for meaning, names in data.get("filters", {}).items():
        into.filters.update(dict.fromkeys(names, meaning))
    for key, table in data.get("views", {}).items():
        check(table, _VIEW_KEYS, f"{where} [views.{key}]")
        rule = ViewRule(
            template=table["template"],
            context=table["context"],
            rows=table.get("rows", ""),
            names=tuple(table.get("names", ())),
            named_by=table.get("named-by", ""),
            single=table.get("single", False),
            suffix=table.get("suffix", ""),
        )
        into.views.update(dict.fromkeys(expand(key), rule))
    for key, table in data.get("tags", {}).items():
        check(table, _TAG_KEYS, f"{where} [tags.{key}]")
        if table["kind"] not in TAG_KINDS:
            raise CatalogError(f"{where} [tags.{key}]: kind is not one of {', '.join(sorted(TAG_KINDS))}")
        named, template = [_places(table[which]) if which in table else () for which in ("named", "template")]
        into.tags.update(dict.fromkeys(expand(key), TagRule(table["kind"], named, template, table.get("context", ""))))
    for key, table in data.get("schemas", {}).items():
        check(table, _SCHEMA_KEYS, f"{where} [schemas.{key}]")
        names = [frozenset(name for one in table.get(which, ()) for name in expand(one)) for which in _SCHEMA_NAMES]
        texts = [table.get(which, "") for which in _SCHEMA_TEXTS]
        schema = SchemaRule(tuple(table.get("renames", ())), names[0], names[1], *texts)
        into.schemas.update(dict.fromkeys(expand(key), schema))
    for key, table in data.get("schema-fields", {}).items():
        check(table, _SCHEMA_FIELD_KEYS, f"{where} [schema-fields.{key}]")
        places = {one: _places(table[one]) for one in ("nests", "each", "method", "calls") if one in table}
        into.schema_fields.update(dict.fromkeys(expand(key), SchemaField(many=table.get("many", ""), **places)))
    _compile_serializers(data, where, into)
    _compile_displays(data, where, into)
    for key, relations in data.get("models", {}).items():
        into.models.setdefault(key, {}).update(relations)
    for key, table in data.get("calls", {}).items():
        entry = read_entry(table, f"{where} [calls] {key}", into.effects)
        for name in expand(key):
            into.calls[name] = entry
            if entry.template is not None:
                into.renderers.add(name.rpartition(".")[2])
    for key, table in data.get("types", {}).items():
        for name in expand(key):
            _compile_type(name, table, f"{where} [types.{key}]", into)
    framework = data.get("framework", {})
    if framework:
        _compile_framework(framework, where, raw, into)
    if "orm" in data:
        orm = _compile_orm(raw.name, data["orm"], f"{where} [orm]")
        into.orms.append(orm)
        into.batch_operators.update(orm.batch_operators)
        into.batch_lookups += tuple(one for one in orm.batch_lookups if one not in into.batch_lookups)
        if orm.separator and orm.separator not in into.separators:
            into.separators += (orm.separator,)
    for name, table in data.get("settings", {}).items():
        into.settings.append(
            SettingRule(
                name,
                bool(table.get("each", False)),
                {key: tuple(values) for key, values in table.get("when", {}).items()},
                tuple(table["needs"]),
                table["effect"],
            )
        )
    documents = data.get("documents", {})
    into.document_names.update(documents.get("names", {}))
    into.document_attributes.update(documents.get("attributes", {}))


def _compile_serializers(data: Mapping[str, Any], where: str, into: Packs) -> None:
    for key, table in data.get("serializers", {}).items():
        place = f"{where} [serializers.{key}]"
        check(table, _SERIALIZER_KEYS, place)
        lists = {"arguments": tuple(table["arguments"]), "chosen_by": tuple(table.get("chosen-by", ()))}
        texts = {name.replace("-", "_"): table.get(name, "") for name in _SERIALIZER_KEYS}
        into.serializers.update(dict.fromkeys(expand(key), SerializerRule(**{**texts, **lists})))
    for key, table in data.get("fields", {}).items():
        place = f"{where} [fields.{key}]"
        check(table, _FIELD_KEYS, place)
        if table["shows"] not in SHOWS:
            raise CatalogError(f"{place}: shows is not one of {', '.join(sorted(SHOWS))}")
        field = FieldRule(
            table["shows"], table.get("argument", ""), table.get("argument-at", -1), table.get("default", ""),
            tuple(table.get("own", ())), tuple(table.get("unless", ())),
        )  # fmt: skip
        into.fields.update(dict.fromkeys(expand(key), field))
    for key, table in data.get("listings", {}).items():
        check(table, _LISTING_KEYS, f"{where} [listings.{key}]")
        listing = ListingRule(
            table["call"], tuple(table["rows"]), table["serializer"], table["result"], table.get("many", ""),
            table.get("single", False), tuple(sorted(table.get("sets", {}).items())),
        )  # fmt: skip
        into.listings.update(dict.fromkeys(expand(key), listing))


def _compile_displays(data: Mapping[str, Any], where: str, into: Packs) -> None:
    for key, table in data.get("displays", {}).items():
        check(table, _DISPLAY_KEYS, f"{where} [displays.{key}]")
        columns, default, always, chosen_by = (
            tuple(table.get(name, ())) for name in ("columns", "default", "always", "chosen-by")
        )
        each = tuple((one, read) for names, read in table.get("each", {}).items() for one in expand(names))
        display = DisplayRule(
            table.get("rows", ""), table.get("model", ""), columns, default, always, chosen_by, table.get("loads", ""),
            table.get("joins", False), each,
            table.get("inside", ""), table.get("part", False), table.get("hands", ""),
        )  # fmt: skip
        into.displays.update(dict.fromkeys(expand(key), display))
    for key, table in data.get("choices", {}).items():
        check(table, _CHOICE_KEYS, f"{where} [choices.{key}]")
        inside = tuple(name for one in table["inside"] for name in expand(one))
        choice = ChoiceRule(
            _places(table["rows"]), table["label"], inside, tuple(table.get("chosen-by", ())),
            tuple(table.get("unless", ())),
        )  # fmt: skip
        into.choices.update(dict.fromkeys(expand(key), choice))


def _compile_type(name: str, table: Mapping[str, Any], where: str, into: Packs) -> None:
    check(table, _TYPE_KEYS, where)
    info = into.types.setdefault(name, TypeInfo(name))
    info.holds = info.holds or bool(table.get("holds", False))
    info.per_request = info.per_request or bool(table.get("per-request", False))
    info.writes = info.writes or bool(table.get("writes", False))
    info.bases += tuple(base for base in table.get("is", ()) if base not in info.bases)
    if "construct" in table:
        info.construct = read_entry(table["construct"], where, into.effects)
    for special in ("enter", "exit", "iterate", "awaited", "call"):
        if special in table:
            setattr(info, special, read_entry(table[special], f"{where} {special}", into.effects))
    for key, member in table.get("methods", {}).items():
        entry = read_entry(member, f"{where} {key}", into.effects)
        info.methods.update(dict.fromkeys(expand(key), entry))
        if entry.template is not None or entry.reads >= 0:
            into.renderers.update(expand(key))
    for key, member in table.get("attributes", {}).items():
        if isinstance(member, str):
            entry = Entry(returns=parse_spec(member))
        else:
            entry = read_entry(member, f"{where} {key}", into.effects)
        info.attributes.update(dict.fromkeys(expand(key), entry))


def _compile_framework(table: Mapping[str, Any], where: str, raw: RawPack, into: Packs) -> None:
    check(table, _FRAMEWORK_KEYS, f"{where} [framework]")
    runs = table.get("runs", "thread")

    def roles(section: str) -> Iterator[tuple[str, Role]]:
        for key, value in table.get(section, {}).items():
            role = Role(
                role=value["role"],
                runs=value.get("runs", runs),
                route=value.get("route", -1),
                methods=tuple(name for method in value.get("methods", ()) for name in expand(method)),
                callables=_places(value["callable"]) if "callable" in value else (),
                thread_if=_guards(value.get("thread-if", {})),
                by_name=bool(value.get("by-name", False)),
            )
            for name in expand(key):
                yield name, role

    into.decorators.update(roles("decorators"))
    into.classes.update(roles("classes"))
    into.registers.update(roles("registers"))
    into.listed.update(roles("listed"))
    into.hooks.update((name, (role, frozenset(raw.imports))) for name, role in roles("hooks"))
    for name, spec in table.get("parameters", {}).items():
        into.parameters[name] = parse_spec(spec)
    for key, argument in table.get("responses", {}).items():
        into.responses.update(dict.fromkeys(expand(key), argument))
    dependencies = table.get("dependencies", {})
    into.markers.update(name for key in dependencies.get("markers", ()) for name in expand(key))
    into.by_name.update(name for key in dependencies.get("by-name", ()) for name in expand(key))
    first = table.get("first-parameter")
    if first:
        into.first_parameters[first] = frozenset(raw.imports)


def _compile_orm(name: str, table: Mapping[str, Any], where: str) -> Orm:
    check(table, ORM_KEYS, where)
    relations = {}
    for key, value in table.get("relations", {}).items():
        check(value, RELATION_KEYS, f"{where} {key}")
        relation = Relation(
            to=value.get("to", "one"),
            target=value.get("target", ""),
            target_at=value.get("target-at", -1),
            target_self=value.get("target-self", ""),
            reverse=value.get("reverse", ""),
            reverse_to=value.get("reverse-to", ""),
            reverse_default=value.get("reverse-default", ""),
            reverse_model=value.get("reverse-model", ""),
            column=value.get("column", ""),
            lazy=value.get("lazy", ""),
            eager_values=tuple(value.get("eager-values", ())),
            free_values=tuple(value.get("free-values", ())),
            query_values=tuple(value.get("query-values", ())),
            generic=bool(value.get("generic", False)),
            back=value.get("back", ""),
            through=value.get("through", ""),
            several=value.get("several", ""),
            gives=value.get("gives", ""),
            awaited=bool(value.get("awaited", False)),
            reverse_at=value.get("reverse-at", -1),
            together_with=value.get("together-with", ""),
            optional=value.get("optional", ""),
            key_columns=value.get("key-columns", ""),
            remote_columns=value.get("remote-columns", ""),
            unkeyed=tuple(value.get("unkeyed", ())),
        )
        relations.update(dict.fromkeys(expand(key), relation))
    models = tuple(name for key in table.get("models", ()) for name in expand(key))
    return Orm(
        name, models, table.get("query", ""), dict(table.get("managers", {})), relations, table.get("keyword", ""),
        tuple(table.get("user-model", ())), tuple(table.get("user-bases", ())),
        frozenset(name for key in table.get("columns", ()) for name in expand(key)),
        tuple(table.get("sessions", ())),
        tuple(table.get("batch-operators", ())),
        tuple(table.get("batch-lookups", ())),
        table.get("separator", ""),
        table.get("start", ""),
        table.get("table", ""),
        bool(table.get("class-methods", False)),
        bool(table.get("nests", False)),
        table.get("parents", "known"),
        table.get("order", ""),
        table.get("abstract", ""),
        bool(table.get("identity-map", False)),
        _compile_unique(table.get("unique", {}), f"{where} unique"),
    )  # fmt: skip


def _compile_unique(table: Mapping[str, Any], where: str) -> Unique:
    check(table, UNIQUE_KEYS, where)
    constraints = {}
    for key, value in table.get("constraints", {}).items():
        check(value, CONSTRAINT_KEYS, f"{where} {key}")
        constraint = Constraint(value["columns"], value.get("only-if", ""), tuple(value.get("unless", ())))
        constraints.update(dict.fromkeys(expand(key), constraint))
    return Unique(
        table.get("argument", ""), table.get("primary", ""), tuple(table.get("keys", ())),
        tuple(table.get("together", ())), tuple(table.get("listed", ())), constraints,
    )  # fmt: skip
