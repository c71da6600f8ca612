"""A whole run with an engine that finds what it is told: what is read, silenced, chosen, ordered and marked."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from perflint import check, config, detect, facts, files, workers
from perflint.catalog.format import CatalogError
from perflint.check import Stdin
from perflint.config import Choice, ConfigError, FileIgnores, Settings
from perflint.core.finding import Confidence
from perflint.facts import Facts
from perflint.files import Source, Unreadable
from perflint.report.result import Result

Tree = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.usefixtures("engine")


def run(*paths: str, stdin: Stdin | None = None, **changes: object) -> Result:
    return check.run(paths, Settings(**changes), stdin=stdin)  # type: ignore[arg-type]


def told(result: Result) -> list[str]:
    return [f"{one.span.path}:{one.span.line}:{one.code}" for one in result.findings]


def lint(*paths: str, **changes: object) -> list[str]:
    return told(run(*paths, **changes))


def choose(*select: str, ignore: tuple[str, ...] = ()) -> dict[str, object]:
    return {"choices": (Choice("command line", select or None, (), ignore),)}


def test_findings_come_by_place_each_with_its_fingerprint(tree: Tree) -> None:
    tree({"b.py": "slow()\nx = 1; slow()\n", "a.py": "y = 1\nslow_http()\n", "c.md": "```python\nslow()\n```\n"})
    result = run()
    assert told(result) == ["a.py:2:PW201", "b.py:1:PW101", "b.py:2:PW101"]
    assert (result.files, result.errors, result.silenced) == (2, (), 0)
    assert len({one.fingerprint for one in result.findings}) == 3
    assert result.line("b.py", 2) == "x = 1; slow()"


def test_the_order_of_paths_changes_nothing(tree: Tree) -> None:
    tree({"a/x.py": "slow()\n", "b.py": "slow()\n"})
    assert run("b.py", "a", ".", "a/x.py").findings == run("a/x.py", "b.py").findings


def test_the_working_folder_does_not_change_a_fingerprint(tree: Tree) -> None:
    tree({".git/HEAD": "", "shop/views.py": "slow()\n"})
    (from_root,) = run("shop/views.py").findings
    os.chdir("shop")
    (from_shop,) = run("views.py").findings
    assert (from_root.span.path, from_shop.span.path) == ("shop/views.py", "views.py")
    assert from_root.fingerprint == from_shop.fingerprint


def test_another_repository_is_known_by_its_own_root(tree: Tree) -> None:
    root = tree({"mine/.git/HEAD": "", "theirs/.git/HEAD": "", "theirs/shop/views.py": "slow()\n"})
    os.chdir("theirs")
    inside = run("shop")
    os.chdir("../mine")
    outside = run(str(root / "theirs" / "shop"))
    assert outside.root == inside.root == str(root / "theirs")
    assert [one.fingerprint for one in outside.findings] == [one.fingerprint for one in inside.findings]


def test_tests_are_read_and_not_reported(tree: Tree, engine: dict[str, str]) -> None:
    tree({"views.py": "slow()\n", "tests/test_views.py": "slow()\n", "shop/migrations/0001.py": "slow()\n"})
    assert lint() == ["views.py:1:PW101"]
    assert "tests/test_views.py" in engine
    assert lint(include_tests=True) == [
        "shop/migrations/0001.py:1:PW101",
        "tests/test_views.py:1:PW101",
        "views.py:1:PW101",
    ]
    assert lint("tests/test_views.py") == ["tests/test_views.py:1:PW101"]


def test_the_rest_of_the_project_lends_its_definitions_only(tree: Tree, engine: dict[str, str]) -> None:
    tree({"pyproject.toml": "", "views.py": "slow()\n", "models.py": "slow()\n(\n", "lib/a.py": "slow()\n"})
    result = run("views.py")
    assert told(result) == ["views.py:1:PW101"]
    assert result.files == 1
    assert {"views.py", "lib/a.py"} <= engine.keys()


# --- what cannot be read ----------------------------------------------------------------------------------------


def test_a_broken_file_is_a_finding_and_stops_nothing(tree: Tree) -> None:
    tree(
        {
            "bad.py": "x = 1\ndef f(:\n",
            "bytes.py": b"x = 1\n'\xff'\n",
            "nul.py": b"x = '\x00'\n",
            "deep.py": "x = " + "-" * 100_000 + "1\n",
            "good.py": "slow()\n",
            "tests/test_bad.py": "(",
        }
    )
    result = run()
    assert told(result)[:2] == ["bad.py:2:PW000", "bytes.py:2:PW000"]
    assert sorted(told(result)[2:]) == [
        "deep.py:1:PW000",
        "good.py:1:PW101",
        "nul.py:1:PW000",
        "tests/test_bad.py:1:PW000",
    ]
    assert result.findings[0].message.startswith("cannot be analysed: ")
    assert "not utf-8" in result.findings[1].message
    assert result.errors == ()


def test_only_exclude_takes_a_broken_file_away(tree: Tree) -> None:
    root = str(tree({"bad.py": "def f(:  # perflint: ignore[PW000]\n"}))
    everything = (FileIgnores(root, "*", ("PW000", "ALL")),)
    assert lint(**choose("PW1", ignore=("PW000", "ALL")), per_file_ignores=everything) == ["bad.py:1:PW000"]
    assert lint(extend_exclude=(config.Globs(root, ("bad.py",)),)) == []
    assert lint("bad.py", extend_exclude=(config.Globs(root, ("bad.py",)),)) == []


def test_a_fault_in_one_file_is_told_and_costs_no_other_its_findings(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree({"a.py": "slow()\n", "b.py": "slow()\n"})
    real = facts.extract

    def extract(path: str, text: str, **told: bool) -> Facts:
        if path == "a.py":
            raise ZeroDivisionError("oh")
        return real(path, text, **told)

    monkeypatch.setattr(facts, "extract", extract)
    result = run()
    assert told(result) == ["b.py:1:PW101"]
    assert result.errors == ("a.py: internal error, the file was not analysed: ZeroDivisionError: oh",)


# --- choosing ---------------------------------------------------------------------------------------------------


def test_only_chosen_rules(tree: Tree) -> None:
    tree({"a.py": "slow()\nslow_http()\n"})
    assert lint(**choose("PW2")) == ["a.py:2:PW201"]
    assert lint(**choose(ignore=("relation-in-loop",))) == ["a.py:2:PW201"]
    with pytest.raises(ConfigError, match="command line: select: there is no rule 'PX'"):
        lint(**choose("PX"))


def test_low_confidence_only_when_asked_for(tree: Tree) -> None:
    tree({"a.py": "slow_low()\n"})
    assert lint() == []
    assert lint(**choose("ALL")) == []
    assert lint(min_confidence=Confidence.LOW) == ["a.py:1:PW101"]


def test_ignores_by_file(tree: Tree) -> None:
    root = str(tree({"api/a.py": "slow()\n", "api/v1/a.py": "slow()\n", "web/a.py": "slow()\nslow_http()\n"}))
    assert lint(per_file_ignores=(FileIgnores(root, "api/*.py", ("PW1",)),)) == [
        *("api/v1/a.py:1:PW101", "web/a.py:1:PW101", "web/a.py:2:PW201"),
    ]
    assert lint(per_file_ignores=(FileIgnores(root, "web/*", ("PW101",), True),)) == [
        *("web/a.py:1:PW101", "web/a.py:2:PW201"),
    ]
    with pytest.raises(ConfigError, match="per-file-ignores 'web/\\*': there is no rule 'PX1'"):
        lint(per_file_ignores=(FileIgnores(root, "web/*", ("PX1",)),))


# --- comments ---------------------------------------------------------------------------------------------------


def test_comments_silence_and_are_counted(tree: Tree) -> None:
    tree({"a.py": "slow()  # perflint: ignore[PW101]\nslow()  # noqa: PW101\nslow()\n"})
    result = run()
    assert told(result) == ["a.py:3:PW101"]
    assert result.silenced == 2


def test_a_comment_at_the_effect_silences_findings_of_other_files(tree: Tree) -> None:
    tree(
        {"a.py": 'slow("models.py:1")\nslow("models.py:2")\n', "models.py": "x = 1  # perflint: ignore[PW101]\ny = 2\n"}
    )
    assert lint() == ["a.py:2:PW101"]
    assert lint("a.py") == ["a.py:2:PW101"]  # models.py is not linted then, but its comment counts


def test_unused_comments_are_told(tree: Tree) -> None:
    tree({"a.py": "x = 1  # perflint: ignore[PW101, PW201]\nslow()  # perflint: ignore[PW101, PW131]\n"})
    result = run()
    assert told(result) == ["a.py:1:PW001", "a.py:2:PW001"]
    assert [one.message for one in result.findings] == [
        "this comment silences nothing: no finding of PW101, PW201 here",
        "there is no rule 'PW131', did you mean 'PW101'?",
    ]
    assert (result.findings[0].span.column, result.findings[0].span.end_column) == (10, 40)


def test_a_comment_about_a_rule_that_is_off_is_used_all_the_same(tree: Tree) -> None:
    tree({"a.py": "slow()  # perflint: ignore[PW101]\nslow_low()  # perflint: ignore[PW101]\n"})
    assert lint(**choose("PW0", "PW2")) == []


def test_comments_that_name_no_rule_are_told_and_hide_themselves_not(tree: Tree) -> None:
    tree({"a.py": "slow()  # perflint: ignore\n", "b.py": "# perflint: file-ignore\nslow()\n"})
    assert lint() == ["a.py:1:PW002", "b.py:1:PW002"]


def test_findings_about_comments_can_be_silenced_by_name(tree: Tree) -> None:
    tree(
        {"a.py": "# perflint: file-ignore[PW001]\nx = 1  # perflint: ignore[PW101]\nx = 1  # perflint: ignore[PW102]\n"}
    )
    assert lint() == []
    assert lint(**choose(ignore=("PW001",))) == []


def test_a_misspelt_comment_is_told(tree: Tree) -> None:
    tree({"a.py": "slow()  # perflint: ingore[PW101]\n"})
    assert lint() == ["a.py:1:PW001", "a.py:1:PW101"] or lint() == ["a.py:1:PW101", "a.py:1:PW001"]


def test_comments_in_tests_are_not_told(tree: Tree) -> None:
    tree({"tests/test_a.py": "x = 1  # perflint: ignore[PW101]\ny = 1  # perflint: ignore\n"})
    assert lint() == []


# --- documents and standard input -------------------------------------------------------------------------------


def test_a_document_has_its_own_lines_and_columns(tree: Tree) -> None:
    item = "1. item\n\n    ```python\n    x = slow()  # perflint: ignore[PW102]\n    ```\n"
    text = f"# Doc\n\n{item}\n```python\nslow()\n```\n"
    tree({"doc.md": text})
    result = run("doc.md")
    assert [
        (one.span.line, one.span.column, one.span.end_column) for one in result.findings if one.code == "PW101"
    ] == [
        (6, 9, 15),
        (10, 1, 7),
    ]
    assert [one.code for one in result.findings] == ["PW101", "PW001", "PW101"]
    assert result.line("doc.md", 6)[8:14] == "slow()"


def test_standard_input_takes_a_files_place(tree: Tree) -> None:
    tree({"pyproject.toml": "", "views.py": "x = 1\n", "models.py": "slow()\n"})
    assert told(run(stdin=Stdin("views.py", b"\xef\xbb\xbfslow()\r\n"))) == ["views.py:1:PW101"]
    assert told(run(stdin=Stdin("new/views.py", b"slow()\n"))) == ["new/views.py:1:PW101"]
    assert told(run(stdin=Stdin("", b"slow()\n"))) == ["-:1:PW101"]
    assert told(run("models.py", stdin=Stdin("views.py", b"slow()"))) == ["models.py:1:PW101", "views.py:1:PW101"]
    assert told(run(".", stdin=Stdin("views.py", b"slow()"))) == ["models.py:1:PW101", "views.py:1:PW101"]


# --- templates --------------------------------------------------------------------------------------------------

SHOP = {"shop/views.py": "x = 1\n", "shop/templates/shop/book.html": "<p>\n{{ slow() }}\n"}


def test_templates_take_part_in_a_run(tree: Tree) -> None:
    tree({**SHOP, "shop/templates/shop/mail.txt": "{{ slow() }}\n"})
    result = run()
    assert told(result) == ["shop/templates/shop/book.html:2:PW101", "shop/templates/shop/mail.txt:1:PW101"]
    assert result.files == 3
    assert result.line("shop/templates/shop/book.html", 2) == "{{ slow() }}"


def test_templates_that_nothing_renders_are_left_alone(tree: Tree, engine: dict[str, str]) -> None:
    tree({"site_of_mine/a.html": "{{ slow() }}", "b.jinja": "{{ slow() }}"})
    result = run()
    assert (told(result), result.files, dict(engine)) == ([], 0, {})
    named = run("b.jinja")
    assert (told(named), named.files) == (["b.jinja:1:PW101"], 1)


def test_a_view_brings_its_templates_and_a_template_its_views(tree: Tree, engine: dict[str, str]) -> None:
    tree({**SHOP, "pyproject.toml": ""})
    result = run("shop/views.py")
    assert (told(result), result.files) == ([], 1)
    assert engine.keys() == SHOP.keys()
    engine.clear()
    result = run("shop/templates/shop/book.html")
    assert (told(result), result.files) == (["shop/templates/shop/book.html:2:PW101"], 1)
    assert engine.keys() == SHOP.keys()


def test_templates_of_tests_are_read_and_not_reported(tree: Tree, engine: dict[str, str]) -> None:
    tree({**SHOP, "tests/templates/a.html": "{{ slow() }}{# perflint: ignore[PW102] #}"})
    assert lint() == ["shop/templates/shop/book.html:2:PW101"]
    assert "tests/templates/a.html" in engine
    assert lint("tests/templates/a.html") == ["tests/templates/a.html:1:PW101", "tests/templates/a.html:1:PW001"]


def test_a_template_that_cannot_be_read_is_a_finding_only_when_named(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: dict[str, str | bytes] = {
        "bytes.html": b"<p>\n\xe9",
        "utf16.html": "é".encode("utf-16"),
        "open.html": "\n {% if a %}{# perflint: ignore[PW101] #}",
        "deep.html": "{{ " + "(" * 9_000 + " }}",
        "large.html": "<p>" * 300_000,
    }
    tree({"views.py": "slow()\n", "pyproject.toml": "", **broken})
    monkeypatch.setattr(files, "MAX_BYTES", 800_000)
    result = run()
    assert (told(result), result.files, result.errors) == (["views.py:1:PW101"], 1, ())
    assert told(run("views.py")) == ["views.py:1:PW101"]
    assert [one for one in lint(".", *broken) if "PW000" in one] == [
        "bytes.html:2:PW000",
        "deep.html:1:PW000",
        "large.html:1:PW000",
        "open.html:2:PW000",
        "utf16.html:1:PW000",
    ]
    assert run(*broken).files == 5


def test_a_fault_in_a_template_is_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(SHOP)

    def extract_template(path: str, text: str, **told: bool) -> Facts:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(facts, "extract_template", extract_template)
    assert run().errors == (
        "shop/templates/shop/book.html: internal error, the file was not analysed: ZeroDivisionError: oh",
    )


def test_comments_in_templates_silence_and_are_told(tree: Tree) -> None:
    tree(
        {
            "views.py": "x = 1\n",
            "a.html": "{{ slow() }}{# perflint: ignore[PW101] a few #}\n{# perflint: ignore[PW1] #}\n{{ slow() }}\n",
            "b.html": "{# perflint: file-ignore[PW101] #}\n{{ slow() }}\n{{ slow() }}\n",
            "c.html": "<p>{# perflint: ignore[PW101] #}\n{{ slow() }}{# perflint: ignore #}\n{# perflint: ingore #}\n",
        }
    )
    result = run()
    assert told(result) == ["c.html:1:PW001", "c.html:2:PW002", "c.html:3:PW001"]
    assert result.silenced == 5
    assert (result.findings[0].span.column, result.findings[0].span.end_column) == (7, 30)


def test_a_comment_in_a_template_at_the_effect(tree: Tree) -> None:
    tree({"views.py": 'slow("a.html:2")\nslow("a.html:1")\n', "a.html": "\n{{ b.c }}{# perflint: ignore[PW101] #}\n"})
    assert lint() == ["views.py:2:PW101"]


def test_ignores_and_excludes_hold_for_templates(tree: Tree) -> None:
    root = str(tree({**SHOP, "web/a.html": "{{ slow() }}\n"}))
    assert lint(per_file_ignores=(FileIgnores(root, "shop/templates/", ("PW101",)),)) == ["web/a.html:1:PW101"]
    assert lint(per_file_ignores=(FileIgnores(root, "*.html", ("PW1",)),)) == []
    assert lint(extend_exclude=(config.Globs(root, ("templates",)),)) == ["web/a.html:1:PW101"]


def test_standard_input_takes_a_templates_place(tree: Tree) -> None:
    tree({**SHOP, "pyproject.toml": ""})
    name = "shop/templates/shop/book.html"
    assert told(run(stdin=Stdin(name, b"{{ slow() }}"))) == [f"{name}:1:PW101"]
    assert told(run(".", stdin=Stdin(name, b"{% if a %}"))) == [f"{name}:1:PW000"]


# --- processes --------------------------------------------------------------------------------------------------


def some_sources() -> list[Source]:
    texts = [f"def f{at}(x):\n    return [y.a{at} for y in x]\n" * (at % 7 + 1) for at in range(40)]
    return [
        *(Source(f"f{at}.py", text, True) for at, text in enumerate(texts)),
        Source("bad.html", "{% if a %}", True, "template"),
        Source("a.html", "{% for a in b %}{{ a.c }}{% endfor %}", True, "template"),
        Source("bad.py", "(", True),
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_facts_do_not_depend_on_the_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = workers.extract_all(some_sources(), 1)
    assert [one.path for one in alone] == [source.path for source in some_sources()]
    assert [isinstance(one, Unreadable) for one in alone[-3:]] == [True, False, True]
    for jobs in (2, 3, 64):
        assert workers.extract_all(some_sources(), jobs) == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("gives_up", [False, True])
def test_deeply_nested_facts_are_handed_over_or_made_again(monkeypatch: pytest.MonkeyPatch, gives_up: bool) -> None:
    calls = 100 if gives_up else 900  # where giving up is played, the real pickler must not give up as well
    deep = [Source(f"deep{at}.py", "x = " + "a" + ".b()" * calls + "\n", True) for at in range(4)]
    alone = workers.extract_all(deep, 1)
    if gives_up:
        monkeypatch.setattr(workers, "_can_be_packed", lambda one: one.path != "deep1.py")
        monkeypatch.setattr(workers.pickle, "dumps", _dumps_that_gives_up_once(workers.pickle.dumps))
    found = workers.extract_all(deep, 2)
    assert [one.path for one in found] == [one.path for one in alone]
    assert all(isinstance(one, Facts) for one in found)


def _dumps_that_gives_up_once(real: Callable[..., bytes]) -> Callable[..., bytes]:
    calls: list[None] = []

    def dumps(*told: object) -> bytes:
        calls.append(None)
        if len(calls) == 1:
            raise RecursionError
        return real(*told)

    return dumps


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_dead_process_is_told_file_by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    real = facts.extract

    def extract(path: str, text: str, **told: bool) -> Facts:
        if os.getpid() != parent:
            os._exit(3)
        return real(path, text, **told)

    monkeypatch.setattr(facts, "extract", extract)
    found = workers.extract_all(some_sources(), 2)
    broken = [one for one in found if isinstance(one, workers.Broken)]
    assert 0 < len(broken) < len(found)
    assert all("worker process ended" in one.reason for one in broken)


def test_processes_are_started_only_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [Source("a.py", "x\n" * 10, True)] * 2
    many = [Source("a.py", "x\n" * workers.MANY_LINES, True)] * 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    expected = 2 if hasattr(os, "fork") else 1
    assert workers.worker_count(0, few) == 1
    assert workers.worker_count(0, many) == expected
    assert workers.worker_count(1, many) == 1
    assert workers.worker_count(2, few) == expected
    assert workers.worker_count(8, few[:1]) == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert workers.worker_count(0, many) == (1 if hasattr(os, "sched_getaffinity") else expected)


def test_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    workers.extract_all(some_sources(), 1, lambda done, total: seen.append((done, total)))
    assert seen == [(16, 43), (32, 43)]


# --- the run's own manners --------------------------------------------------------------------------------------


def test_leaves_the_garbage_collector_as_it_was(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree({"a.py": "slow()\n"})
    during: list[bool] = []
    real = detect.detect
    monkeypatch.setattr(detect, "detect", lambda *told: during.append(gc.isenabled()) or real(*told))
    run()
    assert (during, gc.isenabled()) == ([False], True)


def test_packs_of_the_user_reach_the_catalog(tree: Tree) -> None:
    tree({"a.py": ""})
    with pytest.raises(CatalogError, match="no_such_pack"):
        # The engine of these tests asks for no packs; the real one does for each run.
        check.catalog.load(["no_such_pack.toml"]).packs()


def test_settings_become_a_scope(tree: Tree) -> None:
    root = str(tree({}))
    settings = Settings(exclude=config.Globs("/a", ("x",)), extend_exclude=(config.Globs("/b", ("y",)),), markdown=True)
    assert check.scope_of(settings, root) == files.Scope(
        cwd=root, excludes=(("/a", ("x",)), ("/b", ("y",))), default_excludes=False, markdown=True
    )
