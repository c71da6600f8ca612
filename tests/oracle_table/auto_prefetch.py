"""django-auto-prefetch: its models load a key for all rows at once, so that plain reads of it are no work per row."""

from __future__ import annotations

from tests.oracle_table.judging import Group, Tool
from tests.test_models_django import hit, loop

SHARED = """
#: zoo/__init__.py
#: zoo/models.py
import auto_prefetch
from django.db import models
class Keeper(models.Model):
    name = models.CharField(max_length=50)
    friend = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
class Animal(models.Model):
    name = models.CharField(max_length=50)
    keeper = models.ForeignKey(Keeper, on_delete=models.CASCADE)
    foods = models.ManyToManyField("Food")
class Food(models.Model):
    name = models.CharField(max_length=50)
class Chip(models.Model):
    animal = models.OneToOneField(Animal, on_delete=models.CASCADE)
class Guard(auto_prefetch.Model):
    name = models.CharField(max_length=50)
    friend = auto_prefetch.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="friends")
class Gate(auto_prefetch.Model):
    name = models.CharField(max_length=50)
    guard = auto_prefetch.ForeignKey(Guard, on_delete=models.CASCADE)
class Lock(auto_prefetch.Model):
    gate = auto_prefetch.OneToOneField(Gate, on_delete=models.CASCADE)
class Fence(models.Model):
    guard = auto_prefetch.ForeignKey(Guard, on_delete=models.CASCADE)
class Path(auto_prefetch.Model):
    guard = models.ForeignKey(Guard, on_delete=models.CASCADE)
"""
HEAD = "import pickle\nfrom zoo.models import Animal, Chip, Fence, Food, Gate, Guard, Keeper, Lock, Path\n"


def also(*texts: str) -> str:
    """Several functions in one file."""
    return "".join(text.replace("def f()", f"def f{at}()") for at, text in enumerate(texts))


CASES = {
    "P1": hit("Animal.objects.all()", "row.keeper.name"),
    "P2": also(
        loop("Gate.objects.all()", "row.guard.name"),
        hit("Guard.objects.all()", "list(row.gate_set.all())"),
    ),
    "P3": also(hit("Fence.objects.all()", "row.guard.name"), hit("Path.objects.all()", "row.guard.name")),
    "P6": also(hit("Animal.objects.all()", "hasattr(row, 'chip')"), loop("Gate.objects.all()", "hasattr(row, 'lock')")),
    "P7": also(
        loop("Animal.objects.values_list('keeper__pk')", "row[0]"),
        loop("Gate.objects.values_list('guard__pk')", "row[0]"),
    ),
    "P8": also(
        hit("Animal.objects.filter(foods__in=[1, 2])", "row.keeper.name"),
        loop("Gate.objects.filter(guard__in=[1, 2])", "row.guard.name"),
    ),
    "P9": also(
        loop("Animal.objects.all()", "row.keeper.friend.name  # <- PW101, PW101"),
        loop("Gate.objects.all()", "row.guard.friend.name"),
    ),
    "P10": also(
        hit("Chip.objects.all()", "row.animal.name"),
        hit("Animal.objects.all()", "row.chip.pk"),
        loop("Lock.objects.all()", "row.gate.name"),
        loop("Gate.objects.all()", "row.lock.pk"),
    ),
    "P11": (
        "def f():\n    rows = pickle.loads(pickle.dumps(list(Gate.objects.all())))\n"
        "    for row in rows:\n        row.guard.name\n"
    ),
}

TOOL = Tool(
    name="django-auto-prefetch",
    letter="P",
    classes="M3 D2 M L M3 P M",
    groups=(Group(("PW1",), {row: HEAD + text for row, text in CASES.items()}, SHARED),),
    divergences={"P11": "what comes out of a pickle nobody can name: unknown stays silent"},
    unruled={"P12": "a mistake of configuration that the library itself reports"},
)
