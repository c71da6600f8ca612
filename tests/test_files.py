"""Which files are found, what is read of them, what counts as production code, and the Python in Markdown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflint import files, markdown, production
from perflint.files import Found, PathError, Scope, Source, Unreadable

Tree = Callable[[Mapping[str, str | bytes]], Path]


def scope(**changes: object) -> Scope:
    return Scope(cwd=os.getcwd(), **changes)  # type: ignore[arg-type]


def names(*paths: str, **changes: object) -> list[str]:
    found, unreadable = files.search(paths or ["."], scope(**changes))
    assert not unreadable
    return [one.name for one in found]


# --- searching --------------------------------------------------------------------------------------------------


def test_finds_python_in_folders_and_leaves_the_usual_folders_out(tree: Tree) -> None:
    usual = ["node_modules", ".venv", "build", "site-packages", "__pycache__", ".git", "_build"]
    tree(
        {
            "shop/views.py": "",
            "shop/app.pyw": "",
            "shop/page.html": "",
            "README.md": "",
            "notes.txt": "",
            "environment/pyvenv.cfg": "",
            "environment/lib/x.py": "",
            **{f"shop/{name}/x.py": "" for name in usual},
        }
    )
    assert names() == ["shop/app.pyw", "shop/page.html", "shop/views.py"]
    assert names("shop/build", "shop/.venv") == ["shop/.venv/x.py", "shop/build/x.py"]


def test_a_path_inside_an_excluded_folder_is_looked_at_when_named(tree: Tree) -> None:
    tree({".venv/lib/site-packages/django/views.py": "", ".venv/lib/site-packages/django/build/x.py": ""})
    assert names(".venv/lib/site-packages/django") == [".venv/lib/site-packages/django/views.py"]


def test_markdown_only_when_named_or_asked_for(tree: Tree) -> None:
    tree({"docs/orm.md": "", "docs/seed.txt": "", "docs/a.py": ""})
    assert names() == ["docs/a.py"]
    assert names("docs/orm.md") == ["docs/orm.md"]
    assert names(markdown=True) == ["docs/a.py", "docs/orm.md"]
    assert names(extension=((".txt", "markdown"),)) == ["docs/a.py", "docs/seed.txt"]
    assert names("docs/seed.txt", extension=((".txt", "markdown"),)) == ["docs/seed.txt"]


def test_an_unknown_suffix_is_refused_with_advice(tree: Tree) -> None:
    tree({"seed.txt": "", "script": "", "stub.pyi": ""})
    with pytest.raises(PathError, match="--extension txt:markdown"):
        names("seed.txt")
    assert names("script", "stub.pyi") == ["script", "stub.pyi"]


def test_a_missing_path_is_refused_with_a_guess(tree: Tree) -> None:
    tree({"shop/views.py": ""})
    with pytest.raises(PathError) as caught:
        names("shop/veiws.py")
    assert str(caught.value) == "no such file or folder: 'shop/veiws.py', did you mean 'shop/views.py'?"


def languages(*paths: str, **changes: object) -> dict[str, str]:
    found, _ = files.search(paths or ["."], scope(**changes))
    return {one.name: one.language for one in found}


def test_templates_are_found_by_their_last_suffix(tree: Tree) -> None:
    templates = ["a.html", "b.HTM", "c.xhtml", "d.djhtml", "e.jinja", "f.jinja2", "g.j2", "h.html.j2", "i.txt.jinja"]
    others = ["j.html.bak", "k.txt", "l.xml", "m.css", "n.svg", "node_modules/o.html", "htmlcov/p.html", ".tox/q.j2"]
    tree({**dict.fromkeys([*templates, *others], ""), "z.py": ""})
    assert languages() == dict.fromkeys(templates, "template") | {"z.py": "python"}
    assert [one.name for one in files.search(["."], scope(), ("python",))[0]] == ["z.py"]


def test_plain_text_is_a_template_below_a_folder_of_templates(tree: Tree) -> None:
    found = ["shop/templates/shop/mail/body.txt", "shop/templates/feed.xml", "web/jinja2/robots.txt"]
    tree(dict.fromkeys([*found, "requirements.txt", "shop/templates_old/a.txt", "shop/feed.xml", "templates.txt"], ""))
    assert languages() == dict.fromkeys(found, "template")
    assert languages("shop/templates", found[2]) == dict.fromkeys(found, "template")
    assert languages(extension=((".txt", "template"),)).keys() - set(found) == {
        *("requirements.txt", "shop/templates_old/a.txt", "templates.txt"),
    }
    assert languages("shop", extension=((".txt", "markdown"),))[found[0]] == "markdown"
    assert files.search(["."], scope(), ("python", "markdown")) == ([], [])
    with pytest.raises(PathError, match="--extension xml:template"):
        names("shop/feed.xml")


def test_a_folder_above_never_makes_templates_of_plain_text(tree: Tree) -> None:
    tree({"templates/app/web/seed.txt": "", "templates/app/web/a.py": ""})
    assert names("templates/app") == ["templates/app/web/a.py"]
    os.chdir("templates/app")
    assert names() == ["web/a.py"]


def test_a_suffix_can_be_taken_away_from_templates(tree: Tree) -> None:
    tree({"a.html": "", "b.tpl": ""})
    assert languages(extension=((".html", "markdown"), (".tpl", "template"))) == {
        "a.html": "markdown", "b.tpl": "template"
    }  # fmt: skip


def test_excludes_and_gitignore_hold_for_templates(tree: Tree) -> None:
    root = str(tree({".git/HEAD": "", ".gitignore": "/out/\n", "out/a.html": "", "old/b.html": "", "c.html": ""}))
    assert names() == ["c.html", "old/b.html"]
    assert names(excludes=((root, ("old",)),)) == ["c.html"]
    assert names("out", "old/b.html", excludes=((root, ("old",)),)) == ["out/a.html"]


def test_each_file_once_whatever_the_order_of_paths(tree: Tree) -> None:
    tree({"shop/views.py": "", "shop/tests/x.py": "", "main.py": ""})
    forward, _ = files.search([".", "shop", "shop/tests", "./shop/../main.py"], scope())
    backward, _ = files.search(["main.py", "shop/tests", "shop", "."], scope())
    assert forward == backward
    assert [one.name for one in forward] == ["main.py", "shop/tests/x.py", "shop/views.py"]
    assert [one.relative for one in forward] == ["main.py", "shop/tests/x.py", "shop/views.py"]


def test_names_outside_the_working_folder_are_absolute(tree: Tree) -> None:
    root = tree({"here/a.py": "", "there/b.py": ""})
    os.chdir("here")
    found, _ = files.search(["a.py", "../there"], scope())
    assert [one.name for one in found] == [f"{root}/there/b.py", "a.py"]


def test_excludes_of_the_user_hold_for_named_files_as_well(tree: Tree) -> None:
    root = str(tree({"shop/views.py": "", "shop/old/views.py": "", "lib/a.py": "", "lib/b.py": "", "build/c.py": ""}))
    kept = ["lib/b.py", "shop/views.py"]
    assert names(excludes=((root, ("old", "lib/a.py")),)) == kept
    assert names("lib/a.py", "lib/b.py", "shop", excludes=((root, ("old", "lib/a.py")),)) == kept
    assert names("shop/old", excludes=((root, ("old",)),)) == []
    # `exclude` in place of the default list: `build` is searched now.
    assert "build/c.py" in names(excludes=((root, ("old",)),), default_excludes=False)


def test_gitignore_is_respected_in_a_checkout(tree: Tree) -> None:
    tree(
        {
            ".git/HEAD": "",
            ".git/info/exclude": "secret.py\n",
            ".gitignore": "generated/\n*.tmp.py\n!keep.tmp.py\n/root_only.py\n# a comment\n",
            "generated/a.py": "",
            "a.tmp.py": "",
            "keep.tmp.py": "",
            "secret.py": "",
            "root_only.py": "",
            "shop/root_only.py": "",
            "shop/.gitignore": "local.py\n!*.tmp.py\n",
            "shop/local.py": "",
            "shop/b.tmp.py": "",
            "other/local.py": "",
        }
    )
    kept = ["keep.tmp.py", "other/local.py", "shop/b.tmp.py", "shop/root_only.py"]
    assert names() == kept
    assert names("shop") == ["shop/b.tmp.py", "shop/root_only.py"]
    assert names("generated") == ["generated/a.py"]  # who names an ignored folder wants it looked at
    assert names("secret.py") == ["secret.py"]
    assert len(names(gitignore=False)) == 9


def test_gitignore_counts_only_in_a_checkout(tree: Tree) -> None:
    tree({".gitignore": "a.py\n", "a.py": ""})
    assert names() == ["a.py"]


def test_odd_patterns_stop_nothing(tree: Tree) -> None:
    tree({".git/HEAD": "", ".gitignore": b"!\n/\n\\\na[\n[\n\xff\xfe\nb.py\n", "a.py": "", "b.py": ""})
    assert names() == ["a.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types")
def test_only_regular_files_each_once(tree: Tree) -> None:
    root = tree({"real/a.py": "", "b.py": ""})
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "c.py").write_text("")
    os.mkfifo("pipe.py")
    for link, target in {
        "dangling.py": "nowhere.py",
        "self.py": "self.py",
        "zero.py": "/dev/zero",
        "again.py": "b.py",
        "loop": ".",
        "real/up": "..",
        "out.py": str(outside / "c.py"),
        "out": str(outside),
        "folder.py": "real",
    }.items():
        os.symlink(target, link)
    assert names() == ["b.py", "real/a.py"]
    assert names("again.py") == ["again.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX links")
def test_a_link_to_a_file_of_the_tree_that_is_found_no_other_way(tree: Tree) -> None:
    tree({"build/kept.py": ""})
    os.symlink("build/kept.py", "link.py")
    assert names() == ["link.py"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_told(tree: Tree) -> None:
    tree({"a.py": "", "closed/b.py": ""})
    os.chmod("closed", 0)
    try:
        found, unreadable = files.search(["."], scope())
    finally:
        os.chmod("closed", 0o755)
    assert [one.name for one in found] == ["a.py"]
    assert [(one.path, one.reason) for one in unreadable] == [("closed", "folder cannot be read: Permission denied")]


def test_a_folder_that_cannot_be_listed_is_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree({"a.py": "", "closed/b.py": ""})
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found, unreadable = files.search(["."], scope())
    assert [one.name for one in found] == ["a.py"]
    assert unreadable == [Unreadable("closed", 1, 1, "folder cannot be read: Permission denied")]


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_name_that_is_no_utf8_can_be_shown(tree: Tree) -> None:
    root = tree({})
    with open(os.fsencode(root) + b"/caf\xe9.py", "w"):
        pass
    found, _ = files.search(["."], scope())
    assert [one.name for one in found] == ["caf\\xe9.py"]
    assert isinstance(files.read(found[0]), Source)


# --- the rest of the project ------------------------------------------------------------------------------------


def rest(*paths: str, config_root: str = "", sources: tuple[str, ...] = ()) -> list[str]:
    found, _ = files.search(paths, scope())
    return [one.name for one in files.rest_of_project(paths, scope(), found, config_root, sources)]


def test_a_named_file_brings_the_rest_of_its_project(tree: Tree) -> None:
    tree(
        {
            "pyproject.toml": "",
            "shop/views.py": "",
            "shop/forms.py": "",
            "books/models.py": "",
            "books/migrations/0001.py": "",
            "tests/test_x.py": "",
            ".venv/x.py": "",
        }
    )
    assert rest("shop/views.py") == ["shop/forms.py", "books/models.py"]  # nearest first
    assert rest("shop") == ["books/models.py"]
    assert rest(".") == []


def test_without_a_mark_it_is_the_package(tree: Tree) -> None:
    tree({"stranger.py": "", "shop/__init__.py": "", "shop/api/__init__.py": "", "shop/api/views.py": ""})
    found, _ = files.search(["shop/api/views.py"], scope())
    if not files.project_of(found[0].location).marked:  # a mark above the temporary folder would be the project
        assert rest("shop/api/views.py") == ["shop/api/__init__.py", "shop/__init__.py"]


def test_templates_belong_to_the_rest_of_a_project(tree: Tree) -> None:
    tree(
        {
            "pyproject.toml": "",
            "shop/views.py": "",
            "shop/templates/shop/book.html": "",
            "shop/templates/shop/mail.txt": "",
            "notes.txt": "",
            "tests/templates/x.html": "",
        }
    )
    book, mail = "shop/templates/shop/book.html", "shop/templates/shop/mail.txt"
    assert rest("shop/views.py") == [book, mail]
    assert rest(book) == [mail, "shop/views.py"]
    found = files.rest_of_project(["shop/views.py"], scope(), [])
    assert {one.name: one.language for one in found} == {
        book: "template", mail: "template", "shop/views.py": "python"
    }  # fmt: skip


def test_templates_belong_to_a_package_that_nobody_marked(tree: Tree) -> None:
    tree(
        {
            "shop/__init__.py": "",
            "shop/views.py": "",
            "shop/templates/shop/book.html": "",
            "shop/templates/shop/parts/row.html": "",
            "shop/data/page.html": "",
            "stranger/page.html": "",
            "stranger.html": "",
        }
    )
    if not files.project_of(os.path.abspath("shop/views.py")).marked:
        book, row = "shop/templates/shop/book.html", "shop/templates/shop/parts/row.html"
        assert rest("shop/views.py") == ["shop/__init__.py", book, row]
        assert rest(book) == [row, "shop/__init__.py", "shop/views.py"]


def test_a_single_module_and_its_templates_that_nobody_marked(tree: Tree) -> None:
    tree({"app.py": "", "templates/a.html": "", "other/b.html": "", "other/c.py": ""})
    if not files.project_of(os.path.abspath("app.py")).marked:
        assert rest("app.py") == ["templates/a.html"]
        assert rest("templates/a.html") == ["app.py"]


def test_an_installed_package_is_a_project_of_its_own(tree: Tree) -> None:
    tree(
        {
            "pyproject.toml": "",
            "main.py": "",
            ".venv/lib/site-packages/lib/__init__.py": "",
            ".venv/lib/site-packages/lib/core/__init__.py": "",
            ".venv/lib/site-packages/lib/core/a.py": "",
            ".venv/lib/site-packages/other.py": "",
        }
    )
    base = ".venv/lib/site-packages/lib"
    assert rest(f"{base}/core/a.py") == [f"{base}/core/__init__.py", f"{base}/__init__.py"]
    assert rest(base) == []


def test_without_a_mark_unrelated_folders_are_left_alone(tree: Tree) -> None:
    tree({"views.py": "", "models.py": "", "shop/__init__.py": "", "shop/a.py": "", "stranger/huge.py": ""})
    if not files.project_of(os.path.abspath("views.py")).marked:
        assert rest("views.py") == ["models.py", "shop/__init__.py", "shop/a.py"]


def test_hidden_and_ignored_folders_are_projects_of_their_own(tree: Tree) -> None:
    tree({".git/HEAD": "", ".gitignore": "/trees/\n", "main.py": "", "trees/app/a.py": "", ".cache/app/a.py": ""})
    assert rest("trees/app") == rest(".cache/app") == []
    os.chdir("trees/app")
    assert rest(".") == []


def test_settings_say_what_the_project_is(tree: Tree) -> None:
    root = tree({"perflint.toml": "", "api/pyproject.toml": "", "api/views.py": "", "lib/models.py": "", "x/y.py": ""})
    assert rest("api/views.py") == []
    assert rest("api/views.py", config_root=str(root)) == ["lib/models.py", "x/y.py"]
    assert rest("api/views.py", sources=(str(root / "lib"), str(root / "none"))) == ["lib/models.py"]


def test_the_rest_is_limited(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree({"pyproject.toml": "", "a/b/one.py": "", "a/b/two.py": "", "a/three.py": "", "four.py": ""})
    monkeypatch.setattr(files, "MAX_CONTEXT_FILES", 2)
    assert rest("a/b/one.py") == ["a/b/two.py", "a/three.py"]
    monkeypatch.setattr(files, "MAX_CONTEXT_FOLDERS", 1)
    assert rest("a/b/one.py") == ["a/b/two.py"]


def test_templates_take_no_places_from_modules(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree({"pyproject.toml": "", "a/x.py": "", **{f"a/{at}.html": "" for at in range(5)}, "b.py": "", "c.py": ""})
    monkeypatch.setattr(files, "MAX_CONTEXT_FILES", 2)
    assert rest("a/x.py") == ["a/0.html", "a/1.html", "b.py", "c.py"]


# --- production code --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "relative",
    [
        "shop/views.py", "shop/contest.py", "attest/views.py", "shop/testing_ground.py", "examples/app.py",
        "shop/commands/sync.py", "shop/management/views.py", "conf.py", "shop/latest.py", "shop/scripts/views.py",
        "api/versions/v1.py",
    ],
)  # fmt: skip
def test_production_code(relative: str) -> None:
    assert production.is_production(relative, "import shop\n")


@pytest.mark.parametrize(
    "relative",
    [
        "tests/factories.py", "shop/test/x.py", "shop/test_views.py", "shop/views_test.py", "shop/tests.py",
        "conftest.py", "shop/testing/x.py", "shop/migrations/0001_initial.py", "alembic/versions/ab12.py",
        "shop/management/commands/sync.py", "shop/_vendor/six.py", "vendor/x/y.py", "third_party/z.py",
        "shop/api_pb2.py", "docs/conf.py", "docs/source/conf.py", "setup.py", "noxfile.py", "scripts/load.py",
    ],
)  # fmt: skip
def test_other_code(relative: str) -> None:
    assert not production.is_production(relative, "import shop\n")


@pytest.mark.parametrize(
    "head",
    [
        "# Code generated by tool. DO NOT EDIT.\n",
        '"""\n@generated by hand\n"""\n',
        "# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n",
        "# This file is auto-generated. Do not edit!\n",
    ],
)
def test_generated_code(head: str) -> None:
    assert not production.is_production("shop/api.py", head + "x = 1\n")
    # Only the head speaks about the file.
    assert production.is_production("shop/api.py", "import x\n" * 20 + head)


def test_an_alembic_folder_of_another_name() -> None:
    assert not production.is_production("db/versions/ab12.py", 'revision = "ab12"\ndown_revision = None\n')


def test_a_folder_above_never_makes_tests_of_everything(tree: Tree) -> None:
    tree({"test_checkout/tests/app/views.py": "", "test_checkout/tests/app/test_views.py": ""})
    found, _ = files.search(["test_checkout/tests/app"], scope())
    sources = {one.name: files.read(one) for one in found}
    judged = {name.rsplit("/", 1)[1]: one.production for name, one in sources.items() if isinstance(one, Source)}
    assert judged == {"views.py": True, "test_views.py": False}


def test_a_named_file_and_include_tests_are_production(tree: Tree) -> None:
    tree({"tests/test_views.py": ""})
    (named,), _ = files.search(["tests/test_views.py"], scope())
    (searched,), _ = files.search(["."], scope())
    judged = [files.read(named), files.read(searched), files.read(searched, include_tests=True)]
    assert [isinstance(one, Source) and one.production for one in judged] == [True, False, True]


def test_a_template_is_judged_by_its_folders(tree: Tree) -> None:
    production = {"shop/templates/test_results.html": True, "templates/a.html": True, "tests/templates/b.html": False}
    tree({**dict.fromkeys(production, "<p>\n"), "c.html": "{# Auto-generated, do not edit #}\n"})
    found, _ = files.search(["."], scope())
    sources = [files.read(one) for one in found]
    assert {one.path: one.production for one in sources if isinstance(one, Source)} == {**production, "c.html": False}


# --- reading ----------------------------------------------------------------------------------------------------


def decode(raw: bytes) -> str | Unreadable:
    return files.decode(raw, "a.py")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        (b"x = 1\ry = 2\r\nz = 3\n", "x = 1\ny = 2\nz = 3\n"),
        ("x = 'ä'\x0c\x0b\u2028\n".encode(), "x = 'ä'\x0c\x0b\u2028\n"),
        ("# coding: latin-1\nx = 'ä'\n".encode("latin-1"), "# coding: latin-1\nx = 'ä'\n"),
        ("#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\n".encode("cp1252"), None),
        (b"\xef\xbb\xbf# coding: utf-8\r\nx = 1\r\n", "# coding: utf-8\nx = 1\n"),
        ("# coding\r# coding: latin-1\rx = 'ä'".encode("latin-1"), "# coding\n# coding: latin-1\nx = 'ä'"),
    ],
)
def test_decodes_as_python_does(raw: bytes, text: str | None) -> None:
    expected = "#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\n" if text is None else text
    assert decode(raw) == expected


@pytest.mark.parametrize(
    ("raw", "line", "column", "told"),
    [
        (b"x = 1\ny = '\xe4'\n", 2, 6, "not utf-8 text: invalid continuation byte (byte 0xe4)"),
        (b"x\r\n\xed\xa0\x80", 2, 1, "not utf-8 text"),
        ("x = 1".encode("utf-16"), 1, 1, "UTF-16"),
        (b"# coding: klingon\n", 1, 1, "unknown encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, 1, "encoding problem"),
        (b"# coding: rot13\n", 1, 1, ""),
        (b"# a\n# b\n# coding: latin-1\nx = '\xe4'", 4, 6, "not utf-8"),
    ],
)
def test_says_where_and_why_it_cannot_decode(raw: bytes, line: int, column: int, told: str) -> None:
    found = decode(raw)
    assert isinstance(found, Unreadable)
    assert (found.path, found.line, found.column) == ("a.py", line, column)
    assert told in found.reason


@given(st.binary(max_size=80))
def test_decodes_or_refuses_any_bytes(raw: bytes) -> None:
    found = decode(raw)
    assert isinstance(found, Unreadable) or "\r" not in found


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types")
def test_says_why_it_cannot_read(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree({"big.py": "x" * 30})
    os.mkfifo("pipe.py")
    monkeypatch.setattr(files, "MAX_BYTES", 20)
    reasons = {}
    for name in ("big.py", "pipe.py", "gone.py"):
        found = files.read(Found(name, os.path.abspath(name), name, "python", False))
        assert isinstance(found, Unreadable)
        reasons[name] = found.reason
    assert reasons == {
        "big.py": "30 bytes are more than the 20 that perflint reads",
        "pipe.py": "not a regular file",
        "gone.py": "No such file or directory",
    }


# --- Markdown ---------------------------------------------------------------------------------------------------


def test_keeps_python_blocks_at_their_lines() -> None:
    text = "# Title\n\n```python\nx = 1\nfor a in b:\n    c(a)\n```\n\ntext x = 2\n\n~~~py\ny = 2\n~~~\nend\n"
    assert markdown.python_of_markdown(text).split("\n") == [
        *("", "", "", "x = 1", "for a in b:", "    c(a)", "", "", "", "", "", "y = 2", "", "", ""),
    ]


@pytest.mark.parametrize(
    "opening",
    ['```python title="shop/views.py"', "```py", "``` python", "```Python", "```{python}", "```python,ignore", "````py",
     "~~~~python", "```{code-block} python", '```python hl_lines="2 3"', "``` { .python .annotate }"],
)  # fmt: skip
def test_knows_python_by_its_info_string(opening: str) -> None:
    fence = opening[: len(opening) - len(opening.lstrip("`~"))]
    assert markdown.python_of_markdown(f"{opening}\nx = 1\n{fence}\n") == "\nx = 1\n\n"


@pytest.mark.parametrize(
    "opening", ["```", "```pycon", "```python-repl", "```bash", "```text python", "    x", "`python`"]
)
def test_knows_what_is_not_python(opening: str) -> None:
    assert not markdown.python_of_markdown(f"{opening}\nx = 1\n```\n").strip()


def test_dedents_indented_fences() -> None:
    text = "1. item\n\n    ```python\n    x = 1\n\n    if x:\n        y()\n    ```\n- ```py\n  z = 1\n  ```\n"
    found = markdown.python_of_markdown(text)
    assert found.split("\n")[3:7] == ["x = 1", "", "if x:", "    y()"]
    assert found.split("\n")[9] == "z = 1"
    shift = markdown.column_shifts(text, found)
    assert [shift(line) for line in (1, 4, 5, 7, 10, 99)] == [0, 4, 0, 4, 2, 0]


def test_blanks_blocks_that_are_no_python_by_themselves() -> None:
    text = "```python\ndef f(:\n```\n```python\n>>> x\n```\n```python\nawait x()\n```\n```python\n    y = 1\n```\n"
    assert markdown.python_of_markdown(text).split() == ["await", "x()", "y", "=", "1"]


def test_a_longer_fence_holds_shorter_ones_and_an_open_one_ends_with_the_text() -> None:
    inner = "````markdown\n```python\nx = 1\n```\n````\n```python\ny = 2"
    assert markdown.python_of_markdown(inner).split() == ["y", "=", "2"]


@given(st.text(alphabet="`~ \n\tpyx=1:", max_size=60))
def test_lines_stay_where_they_are(text: str) -> None:
    found = markdown.python_of_markdown(text)
    assert found.count("\n") == text.count("\n")
    for before, after in zip(text.split("\n"), found.split("\n"), strict=True):
        assert before.endswith(after)
    compile(found, "<document>", "exec", markdown._PARSE_ONLY, dont_inherit=True)


def test_a_block_is_quiet_about_odd_escapes(recwarn: pytest.WarningsRecorder) -> None:
    markdown.python_of_markdown("```python\nx = '\\d'\n```\n")
    assert not recwarn.list


def test_a_template_is_read_as_utf8_whatever_it_says_of_its_coding(tree: Tree) -> None:
    tree({"a.html": "{# coding: latin-1 #}\r\né".encode(), "b.html": b"\xe9"})
    read = [files.read(one) for one in files.search(["."], scope())[0]]
    assert read[0] == Source("a.html", "{# coding: latin-1 #}\né", True, "template")
    assert isinstance(read[1], Unreadable)
    assert "not utf-8" in read[1].reason
