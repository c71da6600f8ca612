"""The command line as a user meets it: options, exit codes, streams."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from perflint import __version__, catalog, check, cli, config
from perflint.cli import run
from perflint.files import Source
from perflint.workers import Broken, Extracted, Progress

Tree = Callable[[Mapping[str, str | bytes]], Path]
SHOP = {"views.py": "slow()\nslow_http()\n", "models.py": "x = 1\n"}


class Shell:
    """Runs command lines in this process and keeps what they print."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self.capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self.capture.readouterr()
        code = run(arguments)
        printed = self.capture.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], engine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Shell(capsys)


# --- exit codes -------------------------------------------------------------------------------------------------


def test_clean_is_0_and_findings_are_1(tree: Tree, shell: Shell) -> None:
    tree(SHOP)
    assert shell("check", "models.py", "--isolated") == (0, "No findings in 1 file.\n", "")
    code, out, err = shell("check")
    assert (code, err) == (1, "")
    assert out.startswith("views.py:1:1  PW101 relation-in-loop\n")
    assert out.endswith("2 findings in 1 of 2 files.\n")
    assert shell("check", "--exit-zero")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "veiws.py"], "no such file or folder: 'veiws.py', did you mean 'views.py'?"),
        (["veiws.py"], "no such file or folder: 'veiws.py', did you mean 'views.py'?"),
        (["check", "--select", "PW100"], "--select: there is no rule 'PW100', did you mean 'PW10"),
        (["check", "--ignore", "x"], "--ignore: there is no rule 'x'"),
        (["check", "--output-format", "jsno"], "--output-format: there is no format 'jsno', did you mean 'json'?"),
        (["check", "--output-format", "sarif:no/such/folder.sarif"], "no/such/folder.sarif: cannot be written"),
        (["check", "--min-confidence", "hgih"], "--min-confidence: 'hgih' is not one of low, medium, high"),
        (["check", "--config", "none.toml"], "none.toml: no such settings file"),
        (["check", "--extension", "txt"], "--extension: 'txt' is not SUFFIX:LANGUAGE"),
        (["check", "--per-file-ignores", "a.py"], "--per-file-ignores: 'a.py' is not PATTERN:CODE"),
        (["check", "--per-file-ignores", "a.py:PX"], "there is no rule 'PX'"),
        (["check", "--jobs", "-1"], "-1 is not in the range"),
        (["check", "--selct", "PW1"], "id you mean"),
        (["check", "--stdin-filename", "a.py"], "--stdin-filename goes with the path -"),
        (["check", "notes.rst"], "--extension rst:markdown"),
        (["rule", "PW131"], "there is no rule 'PW131', did you mean 'PW1"),
        (["rule"], "Missing argument"),
    ],
)
def test_wrong_usage_is_2_with_a_hint(tree: Tree, shell: Shell, arguments: list[str], told: str) -> None:
    tree({**SHOP, "notes.rst": ""})
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('selct = ["PW1"]', "perflint.toml: unknown key 'selct', did you mean 'select'?"),
        ('select = ["PW9999"]', "perflint.toml: select: there is no rule 'PW9999'"),
        ("jobs = 'two'", "perflint.toml: jobs must be a whole number"),
        ("jobs = ", "perflint.toml: not valid TOML"),
        ('packs = ["none.toml"]', "none.toml"),
    ],
)
def test_wrong_settings_are_2(tree: Tree, capsys: pytest.CaptureFixture[str], content: str, told: str) -> None:
    tree({**SHOP, "perflint.toml": content})
    assert run(["check"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert "Traceback" not in printed.err


def test_an_internal_error_is_2_and_never_looks_clean(
    tree: Tree, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(SHOP)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(check.detect, "detect", fail)
    code, out, err = shell("check", "--exit-zero")
    assert (code, out) == (2, "")
    assert "Traceback" in err
    assert "perflint: error: internal error, nothing was checked: ZeroDivisionError: oh" in err


def break_files(monkeypatch: pytest.MonkeyPatch, *paths: str) -> None:
    """Let perflint fail on files beside those of the tree."""
    real = check.extract_all

    def extract(sources: Sequence[Source], jobs: int, progress: Progress | None = None) -> list[Extracted]:
        return [*real(sources, jobs, progress), *[Broken(path, "oh") for path in paths]]

    monkeypatch.setattr(check, "extract_all", extract)


def test_a_fault_in_one_file_is_2_after_the_report(tree: Tree, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(SHOP)
    break_files(monkeypatch, "models.py")
    code, out, err = shell("check", "--exit-zero")
    assert code == 2
    assert "PW101" in out
    assert err == "perflint: error: models.py: internal error, the file was not analysed: oh\n"


def test_of_very_many_faults_the_rest_is_counted(tree: Tree, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(SHOP)
    break_files(monkeypatch, *[f"m{at}.py" for at in range(50)])
    code, _, err = shell("check")
    assert code == 2
    lines = err.splitlines()
    assert lines[0] == "perflint: error: m0.py: internal error, the file was not analysed: oh"
    assert len(lines) == 21
    assert lines[-1] == "perflint: error: 30 more internal errors (SARIF output has all of them)"


def test_interrupted_is_130(tree: Tree, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(SHOP)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check.detect, "detect", interrupt)
    assert shell("check")[0] == 130


# --- commands ---------------------------------------------------------------------------------------------------


def test_bare_paths_and_options_are_a_check(tree: Tree, shell: Shell) -> None:
    tree(SHOP)
    expected = shell("check", "views.py", "--select", "PW1")
    assert shell("views.py", "--select", "PW1") == expected
    assert shell("--select", "PW1", "views.py") == expected
    assert expected[0] == 1


def test_no_arguments_show_help(shell: Shell) -> None:
    code, out, _ = shell()
    assert code == 0
    assert "perflint rule PW101" in out
    assert shell("--help") == (code, out, "")


def test_help_lists_every_option_once_under_a_heading(shell: Shell) -> None:
    code, out, _ = shell("check", "--help")
    assert code == 0
    listed = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", out, re.MULTILINE) + re.findall(r"-h, (--help)", out)
    wanted = """--select --ignore --extend-select --per-file-ignores --min-confidence --exclude --extend-exclude
        --include-tests --extension --stdin-filename --output-format --statistics --quiet --color --exit-zero --config
        --isolated --jobs --help""".split()
    assert sorted(set(listed)) == sorted(wanted)
    headings = re.findall(r"^(\w.*):$", out, re.MULTILINE)
    assert headings == ["Which rules", "Which files", "Output", "Settings and run", "Other"]
    assert max(map(len, out.splitlines())) <= 110


def test_version(shell: Shell) -> None:
    assert shell("--version") == (0, f"perflint {__version__}\n", "")


def test_rule_by_code_and_name(shell: Shell) -> None:
    code, out, _ = shell("rule", "pw101")
    card = catalog.load().cards["PW101"]
    assert code == 0
    assert out.startswith("# PW101 relation-in-loop\n")
    assert card.body.strip() in out
    assert shell("rule", "relation-in-loop") == (0, out, "")
    record = json.loads(shell("rule", "PW101", "--output-format", "json")[1])
    assert (record["code"], record["name"], record["explanation"]) == ("PW101", "relation-in-loop", card.body)


def test_rule_in_colour(shell: Shell) -> None:
    _, plain, _ = shell("rule", "PW101")
    code, coloured, _ = shell("rule", "PW101", "--color", "always")
    assert code == 0
    assert "\x1b[" in coloured
    assert "\x1b[" not in plain


def test_rules_are_listed(shell: Shell) -> None:
    cards = catalog.load().cards
    code, out, _ = shell("rules")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(cards)
    records = json.loads(shell("rules", "--output-format", "json")[1])
    assert {record["code"]: record["summary"] for record in records} == {
        code: card.summary for code, card in cards.items()
    }


# --- options ----------------------------------------------------------------------------------------------------


def codes(out: str) -> list[str]:
    return [f"{one['filename']}:{one['code']}" for one in json.loads(out)]


def test_options_choose_rules_and_files(tree: Tree, shell: Shell) -> None:
    tree({**SHOP, "old/a.py": "slow()\n", "tests/b.py": "slow_low()\n", "doc.txt": "```py\nslow()\n```\n"})

    def found(*arguments: str) -> list[str]:
        return codes(shell("check", "--output-format", "json", *arguments)[1])

    assert found() == ["old/a.py:PW101", "views.py:PW101", "views.py:PW201"]
    assert found("--select", "PW2,PW3") == ["views.py:PW201"]
    assert found("--select", "PW301", "--extend-select", "PW2") == ["views.py:PW201"]
    assert found("--ignore", "PW1", "--ignore", "blocking-http-in-async") == []
    assert found("--exclude", "old", "--extend-exclude", "views.py") == []
    assert found("--per-file-ignores", "old/*:PW1") == ["views.py:PW101", "views.py:PW201"]
    assert found("--include-tests", "--min-confidence", "low", "tests") == ["tests/b.py:PW101"]
    assert found("--extension", "txt:markdown", "doc.txt") == ["doc.txt:PW101"]
    assert found("--jobs", "2") == found()


def test_the_command_line_goes_over_the_file(tree: Tree, shell: Shell) -> None:
    tree({**SHOP, "perflint.toml": 'select = ["PW2"]\noutput-format = "concise"\nexclude = ["models.py"]\n'})
    assert shell("check")[1].splitlines() == [
        "views.py:2:1: PW201 blocking-http-in-async: book.author runs one query per book",
        "1 finding in 1 file.",
    ]
    assert codes(shell("check", "--select", "PW1", "--output-format", "json")[1]) == ["views.py:PW101"]
    assert shell("check", "--isolated", "--quiet")[1].count("  PW") == 2
    assert shell("check", "--exclude", "views.py")[1] == "No findings in 1 file.\n"


def test_every_key_of_the_file_has_its_way_to_the_run(tree: Tree, shell: Shell) -> None:
    # What the command line can say, the file can: a key that nothing reads would be a broken promise.
    options = {"--" + key for key in config.KEYS} - {"--markdown", "--src", "--packs", "--cards", "--respect-gitignore"}
    assert options <= {name for one in cli.check.params for name in one.opts}


def test_reports_go_to_files_and_the_screen_at_once(tree: Tree, shell: Shell) -> None:
    tree(SHOP)
    arguments = ["--output-format", "concise", "--output-format", "json:out.json", "--output-format", "sarif:out.sarif"]
    code, out, err = shell("check", *arguments)
    assert (code, err) == (1, "")
    assert out.splitlines()[-1] == "2 findings in 1 of 2 files."
    assert codes(Path("out.json").read_text()) == ["views.py:PW101", "views.py:PW201"]
    assert len(json.loads(Path("out.sarif").read_text())["runs"][0]["results"]) == 2
    assert shell("check", "--output-format", "json:only.json")[1] == "2 findings in 1 of 2 files.\n"


@pytest.mark.parametrize("format_name", ["json", "sarif", "gitlab"])
def test_a_report_for_machines_is_alone_on_standard_output(tree: Tree, shell: Shell, format_name: str) -> None:
    tree(SHOP)
    assert json.loads(shell("check", "--output-format", format_name)[1])


def test_quiet_prints_findings_and_nothing_else(tree: Tree, shell: Shell) -> None:
    tree(SHOP)
    assert shell("check", "models.py", "-q") == (0, "", "")
    assert shell("check", "-q", "--output-format", "concise")[1].count("\n") == 2


def test_statistics_count_by_rule(tree: Tree, shell: Shell) -> None:
    tree({**SHOP, "more.py": "slow()\n"})
    code, out, _ = shell("check", "--statistics")
    assert code == 1
    assert out == ("2  PW101  relation-in-loop\n1  PW201  blocking-http-in-async\n3 findings in 2 of 3 files.\n")
    assert json.loads(shell("check", "--statistics", "--output-format", "json")[1])[0] == {
        "code": "PW101",
        "name": "relation-in-loop",
        "count": 2,
    }


def test_colour_only_when_wanted(tree: Tree, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(SHOP)
    assert "\x1b[" not in shell("check")[1]
    assert "\x1b[1;31mPW101" in shell("check", "--color", "always")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shell("check")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shell("check")[1]
    assert "\x1b[" not in shell("check", "--color", "never")[1]


def test_no_files_is_told(tree: Tree, shell: Shell) -> None:
    tree({"notes.md": ""})
    assert shell("check") == (0, "No findings in 0 files.\n", "perflint: warning: no Python files found\n")


def test_a_bar_shows_itself_late_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Terminal:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    bar = cli.ProgressBar(Terminal())  # type: ignore[arg-type]
    bar(1, 4)
    bar.close()
    assert written == []
    monkeypatch.setattr(cli, "PROGRESS_AFTER", 0.0)
    bar(1, 4)
    bar.close()
    assert written == ["\r" + "━" * 6 + "╌" * 18 + " 1 of 4 files", "\r\x1b[K"]


# --- as a program -----------------------------------------------------------------------------------------------


def program(*arguments: str, module: bool = False, **told: object) -> subprocess.CompletedProcess[bytes]:
    start = [sys.executable, "-m", "perflint"] if module else [sys.executable, "-c", STARTER]
    return subprocess.run([*start, *arguments], capture_output=True, **told)  # type: ignore[call-overload,no-any-return]


STARTER = "from perflint.__main__ import main; main()"


def test_standard_input_is_linted(tree: Tree) -> None:
    tree({"pyproject.toml": "", "shop/views.py": "x = 1\n"})
    done = program("check", "-", "--stdin-filename", "shop/views.py", "--output-format", "concise", input=b"def f(:\n")
    assert done.returncode == 1
    assert done.stdout.startswith(b"shop/views.py:1:")
    assert b"PW000" in done.stdout
    assert program("-", "-q", input=b"x = 1\n").returncode == 0


def test_a_closed_pipe_is_quiet(tree: Tree) -> None:
    tree({f"f{at}.py": "(" for at in range(400)})
    command = [sys.executable, "-c", STARTER, "check"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_ascii_streams_and_closed_streams_are_no_error(tree: Tree) -> None:
    tree({"ä.py": "(\n", "b.py": "x = 1\n"})
    done = program("check", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\\xe4.py:1:" in done.stdout
    closed = subprocess.run(
        ["/bin/sh", "-c", '"$0" -c "$1" check >&-', sys.executable, STARTER], capture_output=True, check=False
    )
    assert closed.returncode in (1, 2)
    assert b"Traceback" not in closed.stderr


@pytest.mark.parametrize("module", [False, True])
def test_code_of_the_linted_repository_never_runs(tree: Tree, module: bool) -> None:
    trap = "open('trapped', 'w').close()\n"
    names = (
        "click",
        "tomli",
        "rich",
        "libcst",
        "pathspec",
        "ast",
        "json",
        "sitecustomize",
        "conftest",
        "setup",
        "tokenize",
    )
    hostile = '[tool.perflint]\n[tool.pylint.main]\ninit-hook = \'open("trapped", "w")\'\n'
    tree({**{f"{name}.py": trap for name in names}, "click/__init__.py": trap, "pyproject.toml": hostile})
    done = program("check", ".", "--output-format", "sarif:out.sarif", module=module, env=_outside())
    if not module:  # -c puts the working folder on the path, as no console script does
        assert done.returncode in (0, 1, 2)
        return
    assert done.returncode == 0, done.stderr
    assert not Path("trapped").exists()


def _outside() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def test_a_working_folder_that_is_gone(tree: Tree) -> None:
    root = tree({"gone/a.py": ""})
    script = f"import os, shutil; os.chdir({str(root / 'gone')!r}); shutil.rmtree({str(root / 'gone')!r}); {STARTER}"
    done = subprocess.run([sys.executable, "-c", script, "check"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_the_version_is_had_without_the_rest() -> None:
    script = "import sys; from perflint.cli import run; run(['--version']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "click" in loaded
    assert not loaded & {"rich", "libcst", "tomli", "pathspec", "perflint.check", "perflint.program"}


def test_a_plain_check_imports_nothing_that_it_does_not_need(tree: Tree) -> None:
    tree({"a.py": "x = 1\n"})
    script = "import sys; from perflint.cli import run; run(['check']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert not set(done.stdout.split()) & {"rich", "libcst", "pathspec", "multiprocessing", "concurrent.futures"}
