"""Settings modules: which of them production runs, by their name."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflint.program import settings
from tests.engine import lint

DATABASES = 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}\n'
URLS = "from django.urls import path\nurlpatterns = [path('', print)]\n"


@pytest.mark.parametrize(
    "path",
    [
        "shop/settings_test.py", "shop/settings-dev.py", "shop/settings/ci.py", "shop/settings/local.py",
        "shop/settings/Development.py", "shop/local_settings.py", "shop/test2.py", "shop/settings.example.py",
        "shop/settings/testing/__init__.py", "ci.py", "dev/__init__.py",
    ],
)  # fmt: skip
def test_words_of_a_name_tell_of_development(path: str) -> None:
    assert settings.is_development(path)


@pytest.mark.parametrize(
    "path",
    [
        "shop/settings.py", "shop/settings/base.py", "shop/pricing_settings.py", "shop/social.py",
        "shop/settings/devices.py", "shop/latest.py", "shop/locale_settings.py", "shop/rebuild.py",
        "shop/settings/__init__.py", "__init__.py", "dev/shop/settings.py", "/home/ci/shop/settings.py",
        "test/shop/settings/__init__.py",
    ],
)  # fmt: skip
def test_parts_of_words_and_folders_above_tell_nothing(path: str) -> None:
    assert not settings.is_development(path)


def test_the_settings_of_production_alone_are_checked(tmp_path: Path) -> None:
    names = ("settings", "social_settings", "settings_ci", "dev")
    project = {f"shop/{name}.py": DATABASES for name in names} | {"shop/urls.py": URLS, "shop/__init__.py": ""}
    found = {one.path for one in lint(tmp_path, project) if one.code == "PW405"}
    assert found == {"shop/settings.py", "shop/social_settings.py"}
