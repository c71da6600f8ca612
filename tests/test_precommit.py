"""The hook, with the real pre-commit program against a throw-away repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("perflint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
CLEAN = "def shelf():\n    return []\n"
BLOCKS = "import time\n\n\nasync def shelf():\n    time.sleep(1)\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository that holds perflint as it ships, and its commit: pre-commit installs from a commit only."""
    folder = tmp_path_factory.mktemp("hook")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "perflint")
    return folder, git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, hook: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the hook installed, its environment made."""
    pytest.importorskip("pre_commit")
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet")
    origin, commit = hook
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {origin}\n  rev: {commit}\n  hooks:\n  - id: perflint\n"
    )
    # One home for all tests of this module: the environment is made once.
    monkeypatch.setenv("PRE_COMMIT_HOME", str(origin.parent / "pre-commit"))
    done = pre_commit(folder, "install", "--install-hooks")
    if done.returncode:
        pytest.skip(f"pre-commit cannot install here: {done.stdout[-500:]}{done.stderr[-500:]}")
    return folder


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_a_finding_stops_the_commit_and_its_mend_lets_it_through(repository: Path) -> None:
    (repository / "views.py").write_text(BLOCKS)
    git(repository, "add", "views.py")
    done = pre_commit(repository, "run")
    assert done.returncode == 1
    assert "views.py:5:5  PW202 blocking-sleep-in-async" in done.stdout
    (repository / "views.py").write_text(CLEAN)
    git(repository, "add", "views.py")
    assert pre_commit(repository, "run").returncode == 0


@pytest.mark.parametrize("name", ["page.html", "page.jinja", "pyproject.toml", "views.py"])
def test_the_whole_project_is_looked_at_whatever_changed(repository: Path, name: str) -> None:
    (repository / "blocks.py").write_text(BLOCKS)
    (repository / name).write_text("" if name != "views.py" else CLEAN)
    git(repository, "add", "blocks.py")
    git(repository, "commit", "--quiet", "--no-verify", "--message", "before")
    git(repository, "add", name)
    done = pre_commit(repository, "run")
    assert done.returncode == 1
    assert "blocks.py:5:5" in done.stdout


def test_other_files_do_not_start_it(repository: Path) -> None:
    (repository / "blocks.py").write_text(BLOCKS)
    (repository / "notes.txt").write_text("x\n")
    git(repository, "add", "notes.txt")
    done = pre_commit(repository, "run")
    assert done.returncode == 0
    assert "Skipped" in done.stdout


def test_settings_that_cannot_be_followed_stop_the_commit(repository: Path) -> None:
    (repository / "views.py").write_text(CLEAN)
    (repository / "perflint.toml").write_text("selct = []\n")
    git(repository, "add", "views.py", "perflint.toml")
    done = pre_commit(repository, "run")
    assert done.returncode == 1
    assert "- exit code: 2" in done.stdout
    assert "did you mean 'select'?" in done.stdout


def test_the_manifest_is_valid(hook: tuple[Path, str]) -> None:
    pytest.importorskip("pre_commit")
    assert pre_commit(hook[0], "validate-manifest", ".pre-commit-hooks.yaml").returncode == 0
