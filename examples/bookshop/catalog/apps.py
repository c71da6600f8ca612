"""The Django app's configuration."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalogue app."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
