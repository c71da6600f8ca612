"""Settings: where they are found, what they may say, and how the command line goes over the file.

A settings file is `.perflint.toml`, `perflint.toml`, or a `pyproject.toml` with a `[tool.perflint]` table; the nearest
one upward from the first linted path counts, and only that one. Nothing in it can make perflint run code.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from perflint.core.finding import Confidence

FORMATS = ("full", "concise", "json", "json-lines", "sarif", "github", "gitlab")
LANGUAGES = ("python", "markdown", "template")
FILE_NAMES = (".perflint.toml", "perflint.toml", "pyproject.toml")
MAX_BYTES = 1_000_000
"""A settings file beyond this size is refused: nobody wrote it by hand."""


class ConfigError(Exception):
    """Settings that cannot be followed. The text names the file (or option), the key, and what was likely meant."""


@dataclass(frozen=True, slots=True)
class Globs:
    """Patterns in the syntax of .gitignore. Those with a slash are relative to `base`, an absolute folder."""

    base: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileIgnores:
    """`codes` are not reported in files that `pattern` matches (all others if `negated`). As in `Globs`."""

    base: str
    pattern: str
    codes: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rules one place asks for: the settings file `where`, or the command line ("").

    `select` replaces what was chosen before; None leaves it as it is.
    """

    where: str
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format and the file it is written to ("" for standard output)."""

    format: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run can be told. Folders are absolute.

    `root` is the settings file's folder, or "" without one, `where` that file. `exclude` is None for the folders
    that are left out by default. `choices` go from the weakest to the strongest. `jobs` is 0 for one process per core.
    """

    root: str = ""
    where: str = ""
    choices: tuple[Choice, ...] = ()
    exclude: Globs | None = None
    extend_exclude: tuple[Globs, ...] = ()
    per_file_ignores: tuple[FileIgnores, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    output: tuple[Output, ...] = ()
    markdown: bool = False
    extension: tuple[tuple[str, str], ...] = ()
    src: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    include_tests: bool = False
    respect_gitignore: bool = True
    jobs: int = 0


# --- suggestions ------------------------------------------------------------------------------------------------


def nearest(word: str, known: Iterable[str]) -> str:
    """ ", did you mean X?" for the closest known word, or "" if none is close."""
    choices = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), list(choices), n=max(len(choices), 1), cutoff=0.6)
    if not close:
        return ""
    # Of codes that are equally close the one that begins alike: PW104 is rather PW101 than PW401.
    matcher = difflib.SequenceMatcher(b=word.lower())

    def likeness(choice: str) -> tuple[float, int]:
        matcher.set_seq1(choice)
        return matcher.ratio(), len(os.path.commonprefix([choice, word.lower()]))  # noqa: RUF071 - characters are meant

    return f", did you mean {choices[max(sorted(close), key=likeness)]!r}?"


# --- values -----------------------------------------------------------------------------------------------------
# Each reader takes a value and where it stands ("pyproject.toml: select"), and raises ConfigError for a wrong type.


def _kind(value: object) -> str:
    names = {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), type(value).__name__)


def _boolean(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} must be true or false, not {_kind(value)}")
    return value


def _count(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        got = repr(value) if isinstance(value, int) and not isinstance(value, bool) else _kind(value)
        raise ConfigError(f"{where} must be a whole number from 0 on, not {got}")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be a string, not {_kind(value)}")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list of strings, not {_kind(value)}")
    for one in value:
        if not isinstance(one, str):
            raise ConfigError(f"{where} must be a list of strings, but it holds {_kind(one)}")
    return tuple(value)


def parse_confidence(text: str, where: str) -> Confidence:
    """Read "low", "medium" or "high". Raises ConfigError naming `where`."""
    known = {str(one): one for one in Confidence}
    if text not in known:
        raise ConfigError(f"{where}: {text!r} is not one of {', '.join(known)}{nearest(text, known)}")
    return known[text]


def parse_output(text: str, where: str) -> Output:
    """Read FORMAT or FORMAT:FILE. Raises ConfigError naming `where`."""
    name, colon, file = text.partition(":")
    if name not in FORMATS:
        raise ConfigError(f"{where}: there is no format {name!r}{nearest(name, FORMATS)} (known: {', '.join(FORMATS)})")
    if colon and not file:
        raise ConfigError(f"{where}: {text!r} names no file after the colon")
    return Output(name, file)


def parse_extension(text: str, where: str) -> tuple[str, str]:
    """Read SUFFIX:LANGUAGE, such as "txt:markdown", as (".txt", "markdown"). Raises ConfigError naming `where`."""
    suffix, colon, language = text.rpartition(":")
    if not colon or not suffix.strip("."):
        raise ConfigError(f"{where}: {text!r} is not SUFFIX:LANGUAGE, as in txt:markdown")
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ConfigError(f"{where}: there is no language {language!r}{nearest(language, LANGUAGES)} (known: {known})")
    return "." + suffix.lstrip(".").lower(), language


def parse_file_ignores(text: str, base: str, where: str) -> FileIgnores:
    """Read PATTERN:CODE[,CODE…]. Raises ConfigError naming `where`."""
    pattern, colon, codes = text.rpartition(":")
    listed = split_codes([codes])
    if not colon or not pattern.strip("!") or not listed:
        raise ConfigError(f"{where}: {text!r} is not PATTERN:CODE, as in 'scripts/*.py:PW1'")
    return FileIgnores(base, pattern.removeprefix("!"), listed, pattern.startswith("!"))


def split_codes(given: Iterable[str]) -> tuple[str, ...]:
    """Split options that may each hold several codes: ["PW1,PW2", "PW301"] gives three."""
    return tuple(code.strip() for text in given for code in text.split(",") if code.strip())


# --- the settings file ------------------------------------------------------------------------------------------


def _outputs(value: object, where: str) -> tuple[Output, ...]:
    listed = (_text(value, where),) if not isinstance(value, list) else _texts(value, where)
    return tuple(parse_output(one, where) for one in listed)


def _extensions(value: object, where: str) -> tuple[tuple[str, str], ...]:
    if isinstance(value, dict):
        pairs = [f"{suffix}:{_text(language, f'{where}.{suffix}')}" for suffix, language in value.items()]
    else:
        pairs = list(_texts(value, where))
    return tuple(parse_extension(one, where) for one in pairs)


def _folder_paths(value: object, where: str, base: str) -> tuple[str, ...]:
    return tuple(os.path.normpath(os.path.join(base, one)) for one in _texts(value, where))


def _file_ignores(value: object, where: str, base: str) -> tuple[FileIgnores, ...]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} must be a table of pattern = [codes], not {_kind(value)}")
    found = []
    for pattern, codes in value.items():
        listed = _texts(codes, f"{where}.{pattern!r}")
        found.append(FileIgnores(base, pattern.removeprefix("!"), listed, pattern.startswith("!")))
    return tuple(found)


_READERS: dict[str, tuple[str, Callable[[Any, str, str], Any]]] = {
    # key: (field of Settings, reader of value, where, base folder)
    "exclude": ("exclude", lambda value, where, base: Globs(base, _texts(value, where))),
    "extend-exclude": ("extend_exclude", lambda value, where, base: (Globs(base, _texts(value, where)),)),
    "per-file-ignores": ("per_file_ignores", _file_ignores),
    "min-confidence": (
        "min_confidence",
        lambda value, where, base: parse_confidence(_text(value, where), where),
    ),
    "output-format": ("output", lambda value, where, base: _outputs(value, where)),
    "markdown": ("markdown", lambda value, where, base: _boolean(value, where)),
    "extension": ("extension", lambda value, where, base: _extensions(value, where)),
    "src": ("src", _folder_paths),
    "packs": ("packs", _folder_paths),
    "cards": ("cards", _folder_paths),
    "include-tests": ("include_tests", lambda value, where, base: _boolean(value, where)),
    "respect-gitignore": ("respect_gitignore", lambda value, where, base: _boolean(value, where)),
    "jobs": ("jobs", lambda value, where, base: _count(value, where)),
}
_CHOICE_KEYS = ("select", "extend-select", "ignore")
KEYS = tuple(sorted((*_READERS, *_CHOICE_KEYS)))
"""Every key a settings file may have."""


def read_settings(data: Mapping[str, Any], where: str, base: str) -> Settings:
    """Turn a settings table into Settings. `where` names it in messages, `base` is its absolute folder.

    Raises ConfigError for an unknown key or a wrong type.
    """
    for key in data:
        if key not in KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}{nearest(key, KEYS)}")
    found: dict[str, Any] = {}
    for key, (name, reader) in _READERS.items():
        if key in data:
            found[name] = reader(data[key], f"{where}: {key}", base)
    listed = {key: _texts(data[key], f"{where}: {key}") for key in _CHOICE_KEYS if key in data}
    choice = Choice(where, listed.get("select"), listed.get("extend-select", ()), listed.get("ignore", ()))
    return Settings(root=base, where=where, choices=(choice,), **found)


def _load(path: str) -> dict[str, Any]:
    import tomli

    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes")
        return tomli.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error or 'nested too deeply'}") from error


def _table(path: str, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The table that is perflint's in a file, or None if it has none."""
    if os.path.basename(path) != "pyproject.toml":
        return data
    tool = data.get("tool", {})
    table = tool.get("perflint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.perflint must be a table, not {_kind(table)}")
    return table


def discover(start: str) -> str | None:
    """The settings file that counts for `start`, an absolute file or folder: the nearest upward, or None.

    Raises ConfigError for a file on the way that cannot be read as TOML.
    """
    folder = start if os.path.isdir(start) else os.path.dirname(start)
    while True:
        for name in FILE_NAMES:
            path = os.path.join(folder, name)
            # Reading a whole pyproject.toml only to see that it is not ours is the common case: ask the text first.
            if (
                os.path.isfile(path)
                and (name != "pyproject.toml" or _mentions_us(path))
                and _table(path, _load(path)) is not None
            ):
                return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _mentions_us(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"perflint" in file.read(MAX_BYTES)
    except OSError:
        return False


def load(path: str) -> Settings:
    """Read one settings file. Raises ConfigError if it is missing, no TOML, or says what nobody knows."""
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise ConfigError(f"{path}: no such settings file")
    table = _table(path, _load(path))
    if table is None:
        raise ConfigError(f"{path}: has no [tool.perflint] table")
    return read_settings(table, _shown(path), os.path.dirname(path))


def _shown(path: str) -> str:
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive, or a working folder that is gone
        return path
    return path if relative.startswith("..") else relative


def settings_for(paths: Sequence[str], *, config: str | None = None, isolated: bool = False) -> Settings:
    """The settings of the file that counts for `paths`: `config` if given, none if `isolated`. Raises ConfigError."""
    if isolated:
        return Settings()
    if config is not None:
        return load(config)
    found = discover(os.path.abspath(paths[0] if paths else "."))
    return load(found) if found else Settings()


def override(settings: Settings, changes: Mapping[str, Any], choice: Choice | None = None) -> Settings:
    """Put the command line over the file: `changes` are fields of Settings, `choice` the rules asked for."""
    merged = replace(settings, **changes)
    return replace(merged, choices=(*merged.choices, choice)) if choice else merged


# --- selection of rules -----------------------------------------------------------------------------------------


def match(selector: str, names: Mapping[str, str]) -> frozenset[str]:
    """The codes that `selector` stands for: `ALL`, a code, a prefix of codes, or a rule's name. Empty if none.

    `names` is every code with its name.
    """
    if selector == "ALL":
        return frozenset(names)
    upper = selector.upper()
    # A prefix needs its letters: "P" alone would be a slip of the finger.
    if len(upper) >= 2 and upper[:2].isalpha():
        codes = frozenset(code for code in names if code.startswith(upper))
        if codes:
            return codes
    return frozenset(code for code, name in names.items() if name == selector.lower())


def check_selector(selector: str, where: str, names: Mapping[str, str]) -> frozenset[str]:
    """As `match`, but raises ConfigError with a suggestion if it stands for nothing."""
    codes = match(selector, names)
    if not codes:
        known = [*names, *names.values(), "ALL"]
        raise ConfigError(f"{where}: there is no rule {selector!r}{nearest(selector, known)}")
    return codes


def _weight(selector: str, code: str) -> int:
    """How closely a selector that matches `code` names it: the more letters, the closer."""
    if selector == "ALL":
        return 0
    return min(len(selector), len(code)) if code.startswith(selector.upper()) else len(code)


def enabled(choices: Iterable[Choice], names: Mapping[str, str], default: Iterable[str]) -> frozenset[str]:
    """The codes that are switched on. Within one place the closer selector wins, `ignore` wins a draw.

    Raises ConfigError for a selector that names nothing.
    """
    chosen = set(default)
    for choice in choices:
        if choice.select is not None:
            chosen = set()
        taken: dict[str, int] = {}
        dropped: dict[str, int] = {}
        for key, selectors, into in (
            ("select", choice.select or (), taken),
            ("extend-select", choice.extend_select, taken),
            ("ignore", choice.ignore, dropped),
        ):
            for selector in selectors:
                where = f"{choice.where}: {key}" if choice.where else f"--{key}"
                for code in check_selector(selector, where, names):
                    into[code] = max(into.get(code, 0), _weight(selector, code))
        for code in names:
            if code in taken and taken[code] > dropped.get(code, -1):
                chosen.add(code)
            elif code in dropped:
                chosen.discard(code)
    return frozenset(chosen)
