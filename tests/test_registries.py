"""Loops over what the code tells of itself: classes, functions, and what a class collects while the process runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

MODELS = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Kind(models.Model):
    name = models.CharField(max_length=50)
"""
NAMES = [f"Kind{number}" for number in range(12)]
CLASSES = "".join(f"class {name}:\n    name = '{name}'\n" for name in NAMES)
CASES = {
    "what a class collects": """
class Plugin:
    _known = {}
    @classmethod
    def register(cls, plugin):
        cls._known[plugin.name] = plugin
    @classmethod
    def all(cls):
        return sorted(cls._known.values())
def f():
    for plugin in Plugin.all():
        Kind.objects.get(name=plugin.name)
    for name in [plugin.name for plugin in Plugin.all()]:
        Kind.objects.get(name=name)
""",
    "lists that a class collects by name": """
class Plugin:
    _known = {}
    @classmethod
    def register(cls, kind, plugin):
        cls._known.setdefault(kind, [])
        cls._known[kind].append(plugin)
    @classmethod
    def of(cls, kind):
        return cls._known[kind]
def f(kind):
    for plugin in Plugin.of(kind):
        Kind.objects.get(name=plugin.name)
    for plugin in Plugin._known.get(kind, ()):
        Kind.objects.get(name=plugin.name)
""",
    "lists that an object collects by name": """
class Basket:
    def __init__(self):
        self.names = {}
    def add(self, kind, name):
        self.names.setdefault(kind, []).append(name)
def f(basket: Basket, kind):
    for name in basket.names[kind]:
        Kind.objects.get(name=name)  # <- PW102
""",
    "a list that a class collects": """
class Plugin:
    known = []
def f():
    for plugin in Plugin.known:
        Kind.objects.get(name=plugin.name)
""",
    "what an object collects": """
class Basket:
    def __init__(self):
        self.names = []
def f(basket: Basket):
    for name in basket.names:
        Kind.objects.get(name=name)  # <- PW102
""",
    "what an object has instead": """
class Basket:
    names = []
    def fill(self, names):
        self.names = list(names)
    def look(self):
        for name in self.names:
            Kind.objects.get(name=name)  # <- PW102
""",
    "a field that is empty at first": """
from dataclasses import dataclass, field
@dataclass
class Basket:
    names: list = field(default_factory=list)
def f(basket: Basket):
    for name in basket.names:
        Kind.objects.get(name=name)  # <- PW102
""",
    "a long list of classes": (
        f"{CLASSES}KINDS = [{', '.join(NAMES)}]\ndef f():\n    for kind in KINDS:\n"
        "        Kind.objects.get(name=kind.name)\n"
    ),
    "a long dict of classes": (
        f"{CLASSES}KINDS = {{{', '.join(f'{name!r}: {name}' for name in NAMES)}}}\ndef f():\n"
        "    for name, kind in KINDS.items():\n        Kind.objects.get(name=name)\n"
    ),
    "a list of what somebody gives": (
        "def f(names):\n    for name in names:\n        Kind.objects.get(name=name)  # <- PW102\n"
    ),
}


@pytest.mark.parametrize("text", cases(CASES))
def test_loops_over_registries(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, "from shop.models import Kind\n" + text, "PW102", MODELS)
