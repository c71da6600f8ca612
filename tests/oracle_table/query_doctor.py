"""django-query-doctor: relations and queries per row, repeated and wide ones, writes one by one, serializer methods."""

from __future__ import annotations

from tests.oracle_table.judging import Group, Tool, spread
from tests.test_models_django import hit, loop

SHARED = """
#: depot/__init__.py
#: depot/models.py
from django.db import models
class Maker(models.Model):
    name = models.CharField(max_length=50)
class Shelf(models.Model):
    name = models.CharField(max_length=50)
class Mark(models.Model):
    name = models.CharField(max_length=50)
class Tool(models.Model):
    title = models.CharField(max_length=50)
    code = models.CharField(max_length=50, unique=True)
    place = models.CharField(max_length=50, db_index=True)
    price = models.IntegerField()
    manual = models.TextField()
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="tools")
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    marks = models.ManyToManyField(Mark)
class Wear(models.Model):
    note = models.TextField()
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE)
"""
HEAD = (
    "from django.db import connection, transaction\nfrom django.db.models import Subquery\n"
    "from depot.models import Maker, Mark, Shelf, Tool, Wear\n"
)
EVERY = "Tool.objects.all()"


def body(*lines: str, takes: str = "") -> str:
    """A function."""
    return f"def f({takes}):\n" + "".join(f"    {line}\n" for line in lines)


READS = {
    "D1": hit(EVERY, "row.maker.name"),
    "D2": loop("Tool.objects.select_related('maker')", "row.maker.name"),
    "D3": hit(EVERY, "list(row.marks.all())"),
    "D4": hit(EVERY, "row.maker.name", "row.shelf.name"),
    "D7": body("return Tool.objects.get(pk=1)") + "def g():\n    return 1\n",
    "D8": body("for key in keys:", "    Tool.objects.get(pk=key)  # <- PW102", takes="keys"),
    "D9": hit("Wear.objects.all()", "row.tool.title"),
    "D10": hit("Maker.objects.all()", "[tool.title for tool in row.tools.all()]"),
    "D11": hit(EVERY, "[mark.name for mark in row.marks.all()]"),
    "D72": loop(EVERY, "list(row.wear_set.filter(note=''))  # <- PW102"),
}
REPEATED = {
    "D12": body("return [Tool.objects.count()] + [Tool.objects.count()] + [Tool.objects.count()]  # <- PW311"),
    "D13": body("return Tool.objects.filter(price=1).count(), Tool.objects.filter(price=2).count()"),
    "D15": body("return Tool.objects.count()"),
    "D16": body("before = Tool.objects.count()", "Tool.objects.create()", "return before, Tool.objects.count()"),
    "D17": body(
        "before = Tool.objects.count()", "Mark.objects.create()", "return before, Tool.objects.count()  # <- PW311"
    ),
}
INDEXED = {
    **spread(
        "D18",
        body("return list(Tool.objects.filter(price=1))  # <- PW705"),
        body("return list(Tool.objects.filter(place='a'))"),
        body("return list(Tool.objects.filter(maker=1))"),
        body("return list(Tool.objects.order_by('price'))  # <- PW705"),
        body("return list(Tool.objects.filter(pk=1))"),
        body("return list(Tool.objects.filter(code='a'))"),
        body("Tool.objects.create(price=1)"),
        body("return list(rows.filter(price=1))", takes="rows"),
        body("return list(Tool.objects.filter(price=1, title='a'))  # <- PW705"),
    ),
}
WIDE = {
    **spread(
        "D27",
        body("return [tool.title for tool in Tool.objects.filter(price=1)]  # <- PW309"),
        body("return [wear.pk for wear in Wear.objects.filter(note='a')]  # <- PW309"),
        body(
            "first = [tool.title for tool in Tool.objects.filter(price=1)]  # <- PW309",
            "return first, [wear.pk for wear in Wear.objects.filter(note='a')]  # <- PW309",
        ),
        body("return [mark.name for mark in Mark.objects.filter(name='a')]"),
        body("Tool.objects.filter(price=1).update(price=2)"),
        body("return [tool.title for tool in Tool.objects.filter(price=1).only('title')]"),
    ),
    "D34": body("return [wear.tool.title for wear in Wear.objects.select_related('tool')]  # <- PW309"),
    "D35": body("return Tool.objects.get(pk=1).title, Tool.objects.filter(price=1).first().title"),
    "D36": body("return [tool.title for tool in Tool.objects.filter(place='a')]  # <- PW309"),
}
EVALUATED = spread(
    "D37",
    body("return len(Tool.objects.all())  # <- PW303"),
    body("tools = Tool.objects.filter(price=1)", "return len(tools)  # <- PW303"),
    body("if Tool.objects.filter(price=1):  # <- PW304", "    return 1"),
    body("tools = Tool.objects.filter(price=1)", "return bool(tools)  # <- PW304"),
    body("return list(Tool.objects.filter(price=1))[0]  # <- PW305"),
    body("return list(Tool.objects.filter(price=1))"),
    body("return len(Tool.objects.all()), 1  # <- PW303", "")
    + "def g():\n    return len(Mark.objects.all())  # <- PW303\n",
)


def serializer(*lines: str, base: str = "ModelSerializer", fields: str = "extra", over: str = "Tool") -> str:
    """A serializer with methods, and a list of its rows that a view gives."""
    names = fields.split()
    meta = [f"class Meta: model, fields = {over}, {names!r}"] if base == "ModelSerializer" else []
    inside = [*(f"{name} = serializers.SerializerMethodField()" for name in names), *meta, *lines]
    return (
        "from rest_framework import serializers, viewsets\n"
        f"class Shown(serializers.{base}):\n"
        + "".join(f"    {line}\n" for line in inside)
        + "class Listed(viewsets.ModelViewSet):\n    serializer_class = Shown\n"
        f"    queryset = {over}.objects.all()\n"
    )


def method(*lines: str, name: str = "extra") -> tuple[str, ...]:
    """A serializer's method for one field."""
    return (f"def get_{name}(self, obj):", *[f"    {line}" for line in lines])


FIELDS = {
    "D48": serializer("note = serializers.CharField()", base="Serializer", fields="", over="Wear"),
    **spread(
        "D49",
        serializer(*method("return obj.title.upper().strip()")),
        serializer(*method("return obj.wear_set.count()  # <- PW105")),
        serializer(*method("return Wear.objects.filter(tool=obj).count()  # <- PW105")),
        serializer(*method("return obj.maker.name  # <- PW105")),
        serializer(*method("return [wear.note for wear in obj.wear_set.all()]  # <- PW105")),
        serializer(
            *method("return obj.title.upper()", name="first"),
            *method("return obj.shelf.name  # <- PW105", name="second"),
            fields="first second",
        ),
        serializer(),
        serializer(*method("return Maker.objects.get(pk=obj.maker_id).name  # <- PW105")),
        serializer(*method("return obj.wear_set.exists()  # <- PW105")),
    ),
    "D58": serializer(fields="")
    .replace("serializers.ModelSerializer", "Parent")
    .replace("from rest_framework", "from d58_base import Parent\nfrom rest_framework")
    + "#: d58_base.py\nfrom rest_framework import serializers\nclass Parent(serializers.ModelSerializer):\n"
    "    extra = serializers.SerializerMethodField()\n    def get_extra(self, obj):\n"
    "        return obj.wear_set.count()  # <- PW105\n",
    "D59": "class Plain:\n    def get_extra(self, obj):\n        return obj.wear_set.count()\n",
    "D60": serializer(
        *method("return [one.note for one in obj.wear_set.all()]  # <- PW105", name="a"),
        *method("return list(one.note for one in obj.wear_set.filter(note=''))  # <- PW105", name="b"),
        *method("return {one.name for one in obj.marks.all()}  # <- PW105", name="c"),
        *method("return {one.pk: one.name for one in obj.marks.filter(name='')}  # <- PW105", name="d"),
        fields="a b c d",
    ),
    "D61": serializer(*method("return [one.name for one in obj.marks]  # <- PW105")),
    "D62": serializer(*method("return [one for one in ['a', 'b']]")),
    "D63": serializer(*method("return [one for one in obj.title]")),
    "D64": serializer(*method("return [one for one in obj.marks.all()]  # <- PW105")),
    "D65": serializer(*method("return [one for one in obj.title]"), base="Serializer"),
    "D66": serializer(*method("return [one for one in obj.wear_set.all()]  # <- PW105"), base="Serializer"),
}
WRITES = {
    **spread(
        "D68",
        body("for name in names:", "    Mark.objects.create(name=name)  # <- PW103", takes="names"),
        body(*"for row in Mark.objects.all():|    row.name = 'a'|    row.save()  # <- PW103".split("|")),
        body("for row in Mark.objects.filter(name='a'):", "    row.delete()  # <- PW103"),
        body("for name in names:", "    with transaction.atomic():", "        print(name)", takes="names"),
    ),
    "D73": body(
        "for at in range(0, len(rows), 100):", "    Mark.objects.bulk_create(rows[at : at + 100])", takes="rows"
    ),
    "D74": body(
        "for name in names:",
        "    Wear.objects.create(note=name, tool_id=Subquery(Tool.objects.values('pk')[:1]))  # <- PW103",
        takes="names",
    ),
    "D76": body(
        "for at in range(0, len(keys), 100):",
        "    Mark.objects.filter(pk__in=keys[at : at + 100]).delete()",
        takes="keys",
    ),
    **spread(
        "D77",
        body("for key in keys:", "    Mark.objects.filter(pk__in=[key]).delete()  # <- PW103", takes="keys"),
        body(
            "for at in range(0, len(keys), 2):",
            "    Mark.objects.filter(pk__in=keys[at : at + 2]).delete()",
            takes="keys",
        ),
        body(
            "for name in names:",
            "    Tool.objects.filter(maker__in=Maker.objects.filter(name=name)).delete()  # <- PW103",
            takes="names",
        ),
        body("for name in names:", "    Mark.objects.filter(name=name).delete()  # <- PW103", takes="names"),
        body(
            "with connection.cursor() as cursor:",
            "    for code in codes:",
            "        cursor.execute(  # <- PW103",
            "            'INSERT INTO marks (name) SELECT title FROM tools WHERE code = %s', [code]",
            "        )",
            takes="codes",
        ),
    ),
    "D84": body("Mark.objects.bulk_create([Mark(name=name) for name in names], batch_size=10)", takes="names"),
    "D85": body(
        "rows = list(Mark.objects.all())",
        "for row in rows:",
        "    row.name = 'a'",
        "Mark.objects.bulk_update(rows, ['name'], batch_size=10)",
    ),
    "D86": body("Mark.objects.filter(name='a').delete()", "Mark.objects.filter(name='b').delete()"),
    "D87": body(
        "for row in Mark.objects.filter(name='a'):",
        "    row.name = 'b'",
        "    row.save()  # <- PW103",
        "for row in Mark.objects.filter(name='a'):",
        "    row.delete()  # <- PW103",
        "for name in names:",
        "    Mark.objects.create(name=name)  # <- PW103",
        takes="names",
    ),
    "D89": "from elsewhere import Thing\n"
    + body("for name in names:", "    Thing.objects.create(name=name)", takes="names"),
}

STRAIGHT = "statements that differ in a constant, one after the other, are not work per row"
JOINS = "the number of joins and clauses of one statement: no rule weighs statements"
EDITS = "an edit of the source: nothing is mended yet"
TOOL = Tool(
    name="django-query-doctor",
    letter="D",
    classes=(
        "M4 D2 L2 M3 P L3 P2 M6 L M6 L2 C M L M L T L5 M3 C L4 M L5 P L2 M L M3 L C L7 C L4 T L D2 L4 C M2 L M L5 C2"
    ),
    groups=(
        Group(("PW1",), {row: HEAD + text for row, text in READS.items()}, SHARED),
        Group(("PW311",), {row: HEAD + text for row, text in REPEATED.items()}),
        Group(("PW705",), {row: HEAD + text for row, text in INDEXED.items()}),
        Group(("PW309",), {row: HEAD + text for row, text in WIDE.items()}),
        Group(("PW303", "PW304", "PW305"), {row: HEAD + text for row, text in EVALUATED.items()}),
        Group(("PW105",), {row: HEAD + text for row, text in FIELDS.items()}),
        Group(("PW103",), {row: HEAD + text for row, text in WRITES.items()}),
    ),
    advice={"D8": "in_bulk()", "D9": "load tool together", "D10": "load tools together", "D11": "load marks together"},
    divergences={
        "D89": "a model that nobody can name: unknown stays silent",
    },
    unruled={
        "D14": STRAIGHT,
        **dict.fromkeys(("D44", "D45", "D46"), JOINS),
        **dict.fromkeys(("D90", "D91", "D92", "D93", "D94", "D95", "D96", "D97"), EDITS),
    },
)
