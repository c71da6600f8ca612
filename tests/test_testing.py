"""Files that only tests use, wherever they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine import assert_marked, cases

HEAD = """
#: shop/__init__.py
#: shop/models.py
from django.db import models
class Book(models.Model):
    title = models.CharField(max_length=50)
"""
TESTS = "".join(
    f"#: shop/tests/test_{name}.py\nfrom shop.samples import Samples\nSamples.make(['a'])\n" for name in "abc"
)
SAMPLES = """
#: shop/samples.py
from shop.models import Book
class Samples:
    @classmethod
    def make(cls, titles):
        for title in titles:
            Book.objects.filter(title=title).first()
"""
FOUND = SAMPLES.replace(".first()\n", ".first()  # <- PW102\n")
CASES = {
    "a helper of several tests": TESTS + SAMPLES,
    "a helper of one test": TESTS.partition("#: shop/tests/test_b.py")[0] + FOUND,
    "what nobody imports": FOUND,
    "what the application uses as well": TESTS + FOUND + "#: shop/views.py\nfrom shop import samples\n",
    "what the application uses in a function": (
        TESTS + FOUND + "#: shop/views.py\ndef f():\n    from shop.samples import Samples\n    Samples.make([])\n"
    ),
    "what the application names in a text": (
        TESTS + FOUND + "#: shop/plugins.py\ndef setup(site):\n    site.include('.samples.Samples')\n"
    ),
    "what the application names by its module": TESTS + FOUND + "#: shop/plugins.py\nPLUGINS = ['shop.samples']\n",
    "what only a test names in a text": TESTS + SAMPLES + "#: shop/tests/test_d.py\nNAME = 'shop.samples.Samples'\n",
    "a text that names something else": TESTS + SAMPLES + "#: shop/plugins.py\nNAME = 'see shop.samples'\n",
    "what registers itself": TESTS
    + FOUND.replace("class Samples:", "from celery import shared_task\nclass Samples:")
    + "@shared_task\ndef make_all():\n    Samples.make([])\n",
    "a class of a library": TESTS + FOUND.replace("class Samples:", "from celery import Task\nclass Samples(Task):"),
    "what calls something at once": TESTS + FOUND + "print(Samples)\n",
}


@pytest.mark.parametrize("text", cases(CASES))
def test_files_that_serve_requests(tmp_path: Path, text: str) -> None:
    assert_marked(tmp_path, HEAD + text, "PW102")
