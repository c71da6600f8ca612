"""Runs a worker of the oracle on an example, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.examples import Example

REPOSITORY = Path(__file__).resolve().parents[2]


def require(*names: str) -> None:
    """Skip the module if one of the libraries is not installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: see tests/oracle/requirements.txt", allow_module_level=True)


def run(worker: str, example: Example, folder: Path, codes: set[str]) -> dict[str, Any]:
    """What a worker says about an example."""
    root = example.write(folder)
    disk = folder / "disk"
    disk.mkdir(parents=True)
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "TMPDIR": str(disk),
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "AWS_ACCESS_KEY_ID": "unset",
        "AWS_SECRET_ACCESS_KEY": "unset",
        "AWS_ENDPOINT_URL": "http://aws.internal",
        "OPENAI_BASE_URL": "http://model.internal/v1",
        "NO_PROXY": "*",
    }
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        environment.pop(name, None)
    command = [sys.executable, "-m", f"tests.oracle.{worker}", str(root), ",".join(sorted(codes))]
    ended = subprocess.run(command, cwd=disk, env=environment, capture_output=True, text=True, timeout=180)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))
