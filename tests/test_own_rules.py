"""What a project says of itself: packs of its own names, and rules of its own, as data."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from perflint import catalog, check, config
from perflint.catalog.cards import PLACEHOLDERS
from perflint.catalog.format import CatalogError
from perflint.core.finding import Confidence
from tests.engine import files_of, marks, write
from tests.marked import difference

PACK = """
[library]
name = "billing"
effects = ["charge"]

[calls]
"shop.billing.charge" = { effect = "charge" }
"shop.billing.{look_up,find}" = { effect = "http" }
"shop.billing.in_thread" = { offloads = { callable = 0, to = "thread" } }
"shop.billing.later" = { effect = "http", awaits = true }

[types."shop.billing.Ledger"]
construct = { opens = "sdk-client" }
methods = { post = { effect = "charge" } }

[framework.decorators]
"shop.web.endpoint" = { role = "handler", runs = "loop" }

[tables]
small = ["shop.models.Currency"]
"""

CARD = """+++
code = "BILL001"
name = "charge-in-loop"
summary = "a charge for each row: the service takes a list"
severity = "warning"
context = "row"
effect = ["charge"]
message = "{callee} charges once per {row}"
help = "collect, and charge once"
+++

The service bills for each call.
"""

SHOP = """#: shop/__init__.py
#: shop/billing.py
def charge(x):
    return _native(x)
def look_up(x):
    return _native(x)
def find(x):
    return _native(x)
def in_thread(function, x):
    return _native(function, x)
async def later(x):
    return _native(x)
def unknown(x):
    return _native(x)
class Ledger:
    def post(self, x):
        return _native(x)
    def read(self, x):
        return _native(x)
def own(items):
    for item in items:
        charge(item)  # <- BILL001
#: shop/web.py
def endpoint(function):
    return function
#: shop/models.py
from django.db import models
class Currency(models.Model):
    name = models.TextField()
class Book(models.Model):
    name = models.TextField()
#: shop/views.py
from shop import billing
from shop.billing import Ledger, charge, find, in_thread, later, look_up, unknown
from shop.models import Book, Currency
from shop.web import endpoint
def charge_all(items):
    for item in items:
        charge(item)  # <- BILL001
        unknown(item)
def through_a_helper(item):
    billing.charge(item)
def charge_below(items):
    for item in items:
        through_a_helper(item)  # <- BILL001
def charge_once(item):
    charge(item)
@endpoint
def pay(items):
    look_up(1)  # <- PW201
    in_thread(find, 2)
    unknown(3)
    ledger = Ledger()  # <- PW402
    for item in items:
        ledger.post(item)  # <- BILL001
        ledger.read(item)
async def background():
    find(1)  # <- PW201
    await later(1)
@endpoint
def listed(request):
    return {"few": list(Currency.objects.all()), "many": list(Book.objects.all())}  # <- PW205, PW301
"""


def run(folder: Path, text: str = SHOP, pack: str = PACK, card: str = CARD) -> check.Result:
    lint = folder / "lint"
    lint.mkdir()
    (lint / "billing.toml").write_text(pack, encoding="utf-8")
    (lint / "charge-in-loop.md").write_text(card, encoding="utf-8")
    write(folder, files_of(text))
    told = {"packs": ["lint/billing.toml"], "cards": ["lint"]}
    settings = config.read_settings(told, "pyproject.toml", str(folder))
    return check.run([str(folder / "work" / "shop")], config.override(settings, {"jobs": 1}))


def test_a_project_speaks_of_its_own_names(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found.errors == ()
    root = tmp_path / "work"
    places = Counter(
        (Path(one.span.path).relative_to(root).as_posix(), one.span.line, one.code) for one in found.findings
    )
    assert not difference(marks(files_of(SHOP)), places)
    assert {one.confidence for one in found.findings if one.code == "BILL001"} == {Confidence.HIGH}


def test_without_the_pack_nothing_is_known_of_them(tmp_path: Path) -> None:
    root = write(tmp_path, files_of(SHOP))
    found = check.run([str(root)], config.override(config.Settings(), {"jobs": 1}))
    assert found.findings == ()


def test_a_rule_of_the_project_tells_what_it_is_written_to(tmp_path: Path) -> None:
    below = [one for one in run(tmp_path).findings if one.code == "BILL001" and len(one.steps) > 2]
    assert [(one.message, one.help) for one in below] == [
        ("billing.charge() charges once per item", "collect, and charge once")
    ]
    assert [step.message for step in below[0].steps][-2:] == ["calls through_a_helper", "billing.charge is called"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'effect = "charge" }\n"',
            'efect = "charge" }\n"',
            "billing.toml:7: [calls] shop.billing.charge: unknown key 'efect', did you",
        ),
        ('= "http" }', '= "htp" }', "billing.toml:8: [calls] shop.billing.{look_up,find}: unknown effect 'htp', did"),
        ("[tables]", "[tabels]", "billing.toml:19: unknown table 'tabels', did you mean 'tables'?"),
        ("small =", "smal =", "billing.toml:20: [tables]: unknown key 'smal', did you mean 'small'?"),
        ('name = "billing"', 'nam = "billing"', "billing.toml:3: [library]: unknown key 'nam', did you mean 'name'?"),
        ('name = "billing"', 'name = "requests"', "billing.toml: there is a pack 'requests' already"),
        ('role = "handler", ', "", "billing.toml: 'role' is missing"),
        ("[calls]", "[calls]\nx = 1", "billing.toml: a value has the wrong type"),
        ("[calls]", "[calls", "billing.toml: "),
    ],
)  # fmt: skip
def test_a_fault_in_a_pack_is_told_with_its_line(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert PACK.count(old) >= 1
    with pytest.raises(CatalogError) as error:
        run(tmp_path, pack=PACK.replace(old, new, 1))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"BILL001"', '"PW101"', "charge-in-loop.md:2: code 'PW101' must be capitals and digits"),
        ('"BILL001"', '"bill-1"', "charge-in-loop.md:2: code 'bill-1' must be capitals and digits"),
        ('["charge"]', '["chrge"]', "charge-in-loop.md:7: unknown effect 'chrge', did you mean 'charge'?"),
        ("{row}", "{rwo}", "charge-in-loop.md:8: message: unknown placeholder {rwo}, did you mean 'row'?"),
        ('context = "row"', 'context = "rows"', "charge-in-loop.md:6: context 'rows' is not one of row,"),
        ('help = "collect, and charge once"\n', "", "charge-in-loop.md: 'help' is missing"),
        ("severity =", "severty =", "charge-in-loop.md:5: unknown key 'severty', did you mean 'severity'?"),
        ("+++\ncode", "code", "charge-in-loop.md: a card starts with front matter"),
    ],
)
def test_a_fault_in_a_card_is_told_with_its_line(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert old in CARD
    with pytest.raises(CatalogError) as error:
        run(tmp_path, card=CARD.replace(old, new, 1))
    assert told in str(error.value)


def test_two_cards_of_one_code_are_a_fault(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(CARD.replace('["charge"]', '["http"]'), encoding="utf-8")
    with pytest.raises(CatalogError, match=r"two\.md: BILL001 is the code of .*one\.md as well"):
        _ = catalog.load(extra_cards=[str(tmp_path)]).cards


def test_messages_of_the_shipped_rules_are_filled_as_those_of_a_project() -> None:

    words = {
        word for card in catalog.load().cards.values() for word in re.findall(r"\{(\w+)\}", card.message + card.help)
    }
    assert words <= PLACEHOLDERS
