"""Settings: found, read, refused with a hint, merged; and which rules they switch on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflint import config
from perflint.config import Choice, ConfigError, Globs, Output, Settings
from perflint.core.finding import Confidence

Tree = Callable[[Mapping[str, str | bytes]], Path]
RULES = {"PW101": "relation-in-loop", "PW102": "query-in-loop", "PW201": "blocking-http", "PW301": "unpaginated-list"}


def read(text: str) -> Settings:
    import tomli

    return config.read_settings(tomli.loads(text), "perflint.toml", "/repo")


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_reads_every_key() -> None:
    found = read(
        """
        select = ["PW1"]
        extend-select = ["PW301"]
        ignore = ["PW102"]
        exclude = ["old"]
        extend-exclude = ["lib/*.py"]
        min-confidence = "low"
        output-format = ["concise", "sarif:out.sarif"]
        markdown = true
        extension = { txt = "markdown" }
        src = ["src"]
        packs = ["lint/billing.toml"]
        cards = ["lint/rules"]
        include-tests = true
        respect-gitignore = false
        jobs = 2
        per-file-ignores = { "scripts/*.py" = ["PW1"], "!api/*" = ["PW2"] }
        """
    )
    assert found.choices == (Choice("perflint.toml", ("PW1",), ("PW301",), ("PW102",)),)
    assert found.exclude == Globs("/repo", ("old",))
    assert found.extend_exclude == (Globs("/repo", ("lib/*.py",)),)
    assert found.min_confidence is Confidence.LOW
    assert found.output == (Output("concise"), Output("sarif", "out.sarif"))
    assert (found.markdown, found.include_tests, found.respect_gitignore, found.jobs) == (True, True, False, 2)
    assert found.extension == ((".txt", "markdown"),)
    assert found.src == ("/repo/src",)
    assert (found.packs, found.cards) == (("/repo/lint/billing.toml",), ("/repo/lint/rules",))
    assert [(one.pattern, one.codes, one.negated) for one in found.per_file_ignores] == [
        ("scripts/*.py", ("PW1",), False),
        ("api/*", ("PW2",), True),
    ]


def test_reads_no_key_that_is_not_tried_above() -> None:
    assert set(config.KEYS) == {
        *("select", "extend-select", "ignore", "exclude", "extend-exclude", "per-file-ignores", "min-confidence"),
        *("output-format", "markdown", "extension", "src", "packs", "cards"),
        *("include-tests", "respect-gitignore", "jobs"),
    }


def test_names_file_and_key_and_guesses_what_was_meant() -> None:
    assert refused('igonre = ["PW101"]') == "perflint.toml: unknown key 'igonre', did you mean 'ignore'?"
    assert refused("extend_select = []") == "perflint.toml: unknown key 'extend_select', did you mean 'extend-select'?"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('select = "PW1"', "select must be a list of strings, not a string"),
        ("select = [1]", "select must be a list of strings, but it holds a number"),
        ('markdown = "yes"', "markdown must be true or false, not a string"),
        ("jobs = -1", "jobs must be a whole number from 0 on, not -1"),
        ("jobs = true", "jobs must be a whole number from 0 on, not true or false"),
        ('min-confidence = "hihg"', "'hihg' is not one of low, medium, high, did you mean 'high'?"),
        ('output-format = "jsn"', "there is no format 'jsn', did you mean 'json'?"),
        ('output-format = "sarif:"', "names no file"),
        ('extension = ["txt"]', "'txt' is not SUFFIX:LANGUAGE"),
        ('extension = { txt = "markdwon" }', "there is no language 'markdwon', did you mean 'markdown'?"),
        ('per-file-ignores = ["a:PW1"]', "per-file-ignores must be a table"),
        ('per-file-ignores = { "a" = "PW1" }', "must be a list of strings"),
        ("exclude = 3", "exclude must be a list of strings, not a number"),
    ],
)
def test_refuses_wrong_values(text: str, told: str) -> None:
    message = refused(text)
    assert message.startswith("perflint.toml: ")
    assert text.split(" ")[0] in message
    assert told in message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(config.KEYS) | st.text(), JSON, max_size=4))
def test_either_reads_or_refuses_whatever_a_file_holds(data: dict[str, object]) -> None:
    try:
        found = config.read_settings(data, "perflint.toml", "/repo")
    except ConfigError as error:
        told = str(error)
    else:
        told = ""
        assert isinstance(found, Settings)
        assert set(data) <= set(config.KEYS)
    assert not told or told.startswith("perflint.toml: ")


def test_takes_the_nearest_file_upward(tree: Tree) -> None:
    root = tree(
        {
            "pyproject.toml": '[tool.perflint]\nselect = ["PW1"]',
            "shop/pyproject.toml": "[tool.other]\nperflint = 1",
            "shop/api/perflint.toml": 'select = ["PW2"]',
            "shop/api/.perflint.toml": 'select = ["PW3"]',
            "shop/api/v1/views.py": "",
            "shop/web/views.py": "",
        }
    )
    assert config.settings_for(["shop/api/v1/views.py"]).choices[0].select == ("PW3",)
    found = config.settings_for(["shop/web"])
    assert found.choices[0].select == ("PW1",)
    assert (found.root, found.where) == (str(root), "pyproject.toml")
    assert config.settings_for(["shop/web"], isolated=True) == Settings()
    assert config.settings_for(["shop/web"], config="shop/api/perflint.toml").choices[0].select == ("PW2",)


def test_a_pyproject_without_our_table_is_not_ours(tree: Tree) -> None:
    tree({"pyproject.toml": "[project]\nname = 'about-perflint'", "broken/pyproject.toml": "[["})
    assert config.discover(str(Path.cwd())) is None
    assert config.discover(str(Path("broken").resolve())) is None  # not valid TOML, but it does not speak of us
    with pytest.raises(ConfigError, match=r"has no \[tool\.perflint\] table"):
        config.load("pyproject.toml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"select = [", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"#" * (config.MAX_BYTES + 1), "larger than"),
        (b"a = " + b"[" * 5_000, "not valid TOML"),
    ],
)
def test_refuses_files_that_are_no_settings(tree: Tree, content: bytes, told: str) -> None:
    tree({"perflint.toml": content})
    with pytest.raises(ConfigError, match=told) as caught:
        config.settings_for(["."])
    assert "perflint.toml" in str(caught.value)


def test_refuses_a_tool_table_that_is_none(tree: Tree) -> None:
    tree({"pyproject.toml": "[tool]\nperflint = 3"})
    with pytest.raises(ConfigError, match=r"tool\.perflint must be a table, not a number"):
        config.settings_for([])


def test_a_missing_file_is_an_error(tree: Tree) -> None:
    tree({})
    with pytest.raises(ConfigError, match="no such settings file"):
        config.settings_for([], config="none.toml")


# --- selection --------------------------------------------------------------------------------------------------


def on(*choices: Choice, default: tuple[str, ...] = ("PW101", "PW201")) -> set[str]:
    return set(config.enabled(choices, RULES, default))


def test_default_rules_are_on() -> None:
    assert on() == {"PW101", "PW201"}
    assert on(Choice("x")) == {"PW101", "PW201"}


def test_codes_prefixes_names_and_all() -> None:
    assert on(Choice("x", ("PW1",))) == {"PW101", "PW102"}
    assert on(Choice("x", ("pw102",))) == {"PW102"}
    assert on(Choice("x", ("query-in-loop", "PW3"))) == {"PW102", "PW301"}
    assert on(Choice("x", ("ALL",))) == set(RULES)
    assert on(Choice("x", ())) == set()


def test_adds_and_takes_away() -> None:
    assert on(Choice("x", None, ("PW301",), ("PW1",))) == {"PW201", "PW301"}


def test_the_closer_selector_wins_and_ignore_wins_a_draw() -> None:
    assert on(Choice("x", ("ALL",), (), ("PW1",))) == {"PW201", "PW301"}
    assert on(Choice("x", ("PW102",), (), ("PW1",))) == {"PW102"}
    assert on(Choice("x", ("query-in-loop",), (), ("PW1",))) == {"PW102"}
    assert on(Choice("x", ("PW1",), (), ("PW101",))) == {"PW102"}
    assert on(Choice("x", ("PW1",), (), ("PW1",))) == set()


def test_the_command_line_goes_over_the_file() -> None:
    file = Choice("perflint.toml", ("PW1",), (), ("PW102",))
    assert on(file, Choice("command line", ("PW102",))) == {"PW102"}
    assert on(file, Choice("command line", None, ("PW301",))) == {"PW101", "PW301"}
    assert on(file, Choice("command line", None, (), ("PW101",))) == set()


def test_an_unknown_rule_is_refused_with_a_guess() -> None:
    with pytest.raises(ConfigError) as caught:
        on(Choice("perflint.toml", None, (), ("PW109",)))
    assert str(caught.value) == "perflint.toml: ignore: there is no rule 'PW109', did you mean 'PW101'?"
    with pytest.raises(ConfigError, match="did you mean 'relation-in-loop'"):
        on(Choice("x", ("relations-in-loop",)))
    with pytest.raises(ConfigError, match="there is no rule 'P'"):
        on(Choice("x", ("P",)))


def test_codes_may_be_given_in_one_option_or_several() -> None:
    assert config.split_codes(["PW1, PW2", "PW301,"]) == ("PW1", "PW2", "PW301")


def test_reads_ignores_of_a_file_from_the_command_line() -> None:
    found = config.parse_file_ignores("!api/*.py:PW1,PW2", "/repo", "--per-file-ignores")
    assert (found.pattern, found.codes, found.negated) == ("api/*.py", ("PW1", "PW2"), True)
    for text in ("api", "api:", ":PW1"):
        with pytest.raises(ConfigError, match="is not PATTERN:CODE"):
            config.parse_file_ignores(text, "/repo", "--per-file-ignores")
