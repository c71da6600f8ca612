"""Settings for production: PostgreSQL for the shop, a replica for reading."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403

SECRET_KEY = os.environ.get("BOOKSHOP_SECRET", "")
DEBUG = False

DATABASES = {
    "default": {  # <- PW405
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bookshop",
        "HOST": os.environ.get("BOOKSHOP_DB_HOST", "db"),
        "CONN_HEALTH_CHECKS": True,
    },
    "replica": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bookshop",
        "HOST": os.environ.get("BOOKSHOP_REPLICA_HOST", "replica"),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    },
}

CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://redis:6379/1")
