"""Which files a run looks at, and what they hold as text.

Nothing is followed out of the given folders, nothing but regular files is opened, and nothing of what is found runs.
"""

from __future__ import annotations

import difflib
import io
import os
import re
import stat
import tokenize
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perflint.production import is_production

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_BYTES = 10_000_000
"""A larger source file is data: it is reported as PW000 and not read."""
MAX_CONTEXT_FILES = 5_000
MAX_CONTEXT_FOLDERS = 20_000
"""How much of the rest of a project is looked at for definitions when only a part of it is linted."""

DEFAULT_EXCLUDES = frozenset(
    ".bzr .direnv .eggs .git .hg .ipynb_checkpoints .mypy_cache .nox .pants.d .perflint_cache .pyenv .pytest_cache "
    ".pytype .ruff_cache .svn .tox .venv .vscode __pycache__ __pypackages__ _build bower_components buck-out build "
    "dist dist-packages htmlcov node_modules site-packages venv".split()
)
"""Names of folders that are not searched, unless `exclude` replaces them."""
LANGUAGE_OF = {
    ".py": "python",
    ".pyw": "python",
    ".md": "markdown",
    ".markdown": "markdown",
    **dict.fromkeys((".html", ".htm", ".xhtml", ".djhtml", ".jinja", ".jinja2", ".j2"), "template"),
}
PLAIN_TEMPLATES = frozenset((".txt", ".xml"))
"""Suffixes of mails, feeds and sitemaps: templates where they lie in a folder of templates, else anything."""
TEMPLATE_FOLDERS = frozenset(("templates", "jinja2"))
"""Names of the folders that Django and Flask look for templates in."""
ROOT_MARKERS = (".perflint.toml", "perflint.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")


class PathError(Exception):
    """A path on the command line that cannot be linted. The text says why and what was likely meant."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may see. `cwd` is the absolute folder that shown names are relative to.

    `excludes` are (absolute base folder, patterns in .gitignore syntax); `default_excludes` adds the well-known names.
    `extension` maps suffixes to languages.
    """

    cwd: str
    excludes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    default_excludes: bool = True
    gitignore: bool = True
    markdown: bool = False
    extension: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One file to look at. `name` is its posix path as shown, `location` the path to open.

    `language` is "python", "markdown" or "template".

    `relative` is its posix path below the linted folder (its base name if `named` on the command line).
    """

    name: str
    location: str
    relative: str
    language: str
    named: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text with `\\n` line ends. `production` is False for tests, migrations and the like."""

    path: str
    text: str
    production: bool
    language: str = "python"

    @property
    def markdown(self) -> bool:
        """Whether the text is a document with Python in it."""
        return self.language == "markdown"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be read (`partly`: the rest of it can), where (from 1), and why."""

    path: str
    line: int
    column: int
    reason: str
    partly: bool = False


# --- names ------------------------------------------------------------------------------------------------------


def shown_name(location: str, cwd: str) -> str:
    """The name of an absolute path in reports: relative to `cwd`, absolute outside it, always with `/`.

    Bytes of a name that are no UTF-8 become `\\xNN`, so that every report can be encoded.
    """
    name = location
    if location == cwd:
        name = "."
    elif location.startswith(cwd.rstrip(os.sep) + os.sep):
        name = location[len(cwd.rstrip(os.sep)) + 1 :]
    if os.sep != "/":
        name = name.replace(os.sep, "/")
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _below(location: str, folder: str) -> str | None:
    """The posix path of `location` below `folder`, or None outside it."""
    prefix = folder.rstrip(os.sep) + os.sep
    return location[len(prefix) :].replace(os.sep, "/") if location.startswith(prefix) else None


# --- patterns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Patterns:
    """Compiled patterns in .gitignore syntax, relative to the absolute folder `base`."""

    base: str
    spec: GitIgnoreSpec
    any: re.Pattern[str] | None

    def verdict(self, location: str, is_folder: bool, fallback: str = "") -> bool | None:
        """True if the patterns take `location`, False if they exempt it (`!`), None if they are silent.

        Outside `base` the path below the absolute folder `fallback` is looked at.
        """
        relative = _below(location, self.base)
        if relative is None:
            relative = _below(location, fallback) if fallback else None
            relative = os.path.basename(location) if relative is None else relative
        if is_folder:
            relative += "/"
        # One expression says for nearly all paths that nothing matches: in C, where the library loops in Python.
        if self.any is not None and not self.any.match(relative):
            return None
        return self.spec.check_file(relative).include


def compile_patterns(base: str, lines: Iterable[str]) -> Patterns | None:
    """Compile patterns; those that are no pattern are left out, as git does. None if nothing is left."""
    from pathspec import GitIgnoreSpec

    kept = []
    for line in lines:
        try:
            if any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([line]).patterns):
                kept.append(line)
        except ValueError:
            continue
    if not kept:
        return None
    spec = GitIgnoreSpec.from_lines(kept)
    try:
        sources = [pattern.regex.pattern for pattern in spec.patterns if pattern.regex is not None]
        joined = "|".join("(?:" + re.sub(r"\(\?P<\w+>", "(?:", source) + ")" for source in sources)
        quick = re.compile(joined)
    except (AttributeError, TypeError, re.error):  # another release of the library: the slow way is right as well
        quick = None
    return Patterns(base, spec, quick)


def _ignore_file(folder: str, name: str) -> Patterns | None:
    """The patterns of one .gitignore, or None if there are none."""
    path = os.path.join(folder, name)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read(MAX_BYTES).splitlines()
    except OSError:
        return None
    if not any(line.strip() and not line.startswith("#") for line in lines):
        return None
    base = os.path.dirname(os.path.dirname(folder)) if name == "exclude" else folder
    return compile_patterns(base, lines)


def _ignored(levels: Sequence[Patterns], location: str, is_folder: bool) -> bool:
    """What git says: the deepest .gitignore that has an opinion."""
    for level in reversed(levels):
        verdict = level.verdict(location, is_folder)
        if verdict is not None:
            return verdict
    return False


def git_root(folder: str) -> str | None:
    """The checkout that an absolute folder lies in, or None."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _levels_above(folder: str) -> list[Patterns] | None:
    """The .gitignore files that hold for `folder` from above; None if they ignore the folder itself."""
    top = git_root(folder)
    if top is None:
        return []
    levels = [one for one in [_ignore_file(os.path.join(top, ".git", "info"), "exclude")] if one]
    chain = [folder]
    while chain[-1] != top:
        chain.append(os.path.dirname(chain[-1]))
    for above in reversed(chain[1:]):
        found = _ignore_file(above, ".gitignore")
        if found:
            levels.append(found)
    steps = list(reversed(chain))[1:]
    return None if any(_ignored(levels, step, True) for step in steps) else levels


# --- searching --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Search:
    """What one walk needs to know, and what it found that cannot be read."""

    scope: Scope
    languages: Collection[str]
    language_of: dict[str, str]
    plain: frozenset[str]
    excludes: tuple[Patterns, ...]
    visited: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    folders_left: int = -1
    """How many more folders may be opened; below 0 without limit."""
    packages_only: bool = False
    """Whether only folders with an __init__.py, and those of templates, are entered."""


def _new_search(scope: Scope, languages: Collection[str]) -> _Search:
    mapped = dict(scope.extension)
    excludes = tuple(one for base, lines in scope.excludes if lines and (one := compile_patterns(base, lines)))
    searched = {
        suffix: language
        for suffix, language in {**LANGUAGE_OF, **mapped}.items()
        # Markdown is searched for only when asked for, in general or by a suffix that somebody mapped.
        if language in languages and (language != "markdown" or scope.markdown or suffix in mapped)
    }
    plain = PLAIN_TEMPLATES - mapped.keys() if "template" in languages else frozenset()
    return _Search(scope, languages, searched, plain, excludes)


def _in_templates(location: str, root: str) -> bool:
    """Whether a path lies in a folder of templates, at most as far up as the absolute folder `root` itself."""
    inner = _below(location, os.path.dirname(root))
    return not TEMPLATE_FOLDERS.isdisjoint((location if inner is None else inner).split("/")[:-1])


def _searched_language(search: _Search, root: str, location: str) -> str | None:
    """The language of a file that is searched for, None for other files."""
    suffix = os.path.splitext(location)[1].lower()
    language = search.language_of.get(suffix)
    if language is None and suffix in search.plain and _in_templates(location, root):
        return "template"
    return language


def _excluded(search: _Search, location: str, root: str, is_folder: bool) -> bool:
    return any(one.verdict(location, is_folder, root) for one in search.excludes)


def _walk(search: _Search, root: str, folder: str) -> Iterator[str]:
    """Regular files below `folder` in the order of their names, folders after files.

    `root` is the linted folder. Links are put aside in `search.links`, folders visited before are left out.
    """
    git = search.scope.gitignore and git_root(folder) is not None
    # Who names an ignored folder wants it looked at: nothing from above holds there.
    above = tuple(_levels_above(folder) or ()) if git else ()
    stack: list[tuple[str, tuple[Patterns, ...]]] = [(folder, above)]
    while stack:
        here, levels = stack.pop()
        if here in search.visited or search.folders_left == 0:
            continue
        search.visited.add(here)
        search.folders_left -= 1
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            reason = f"folder cannot be read: {error.strerror or error}"
            search.unreadable.append(Unreadable(shown_name(here, search.scope.cwd), 1, 1, reason))
            continue
        if git and any(entry.name == ".gitignore" for entry in entries):
            own = _ignore_file(here, ".gitignore")
            levels = (*levels, own) if own else levels
        below: list[str] = []
        for entry in entries:
            is_folder, is_file, is_link = _kind(entry)
            if is_folder:
                if search.scope.default_excludes and entry.name in DEFAULT_EXCLUDES:
                    continue
                if search.scope.default_excludes and os.path.lexists(os.path.join(entry.path, "pyvenv.cfg")):
                    continue
                if search.packages_only and not _is_part(entry.path, root):
                    continue
            elif not (is_file or is_link) or _searched_language(search, root, entry.path) is None:
                continue
            if _excluded(search, entry.path, root, is_folder) or (levels and _ignored(levels, entry.path, is_folder)):
                continue
            if is_folder:
                below.append(entry.path)
            elif is_link:
                search.links.append((root, entry.path))
            else:
                yield entry.path
        stack.extend((path, levels) for path in reversed(below))


def _is_part(folder: str, root: str) -> bool:
    """Whether a folder belongs to the packages of a project that nobody marked: one of them, or of their templates."""
    return os.path.lexists(os.path.join(folder, "__init__.py")) or _in_templates(os.path.join(folder, ""), root)


def _kind(entry: os.DirEntry[str]) -> tuple[bool, bool, bool]:
    """Whether an entry is a folder, a regular file, a link. Pipes, sockets and devices are none of them."""
    try:
        if entry.is_symlink():
            return False, False, True
        return entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False), False
    except OSError:
        return False, False, False


def _linked_files(search: _Search, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Links to regular files inside their linted folder that were not found under their own name."""
    for root, path in search.links:
        target = os.path.realpath(path)
        if target in seen or _below(target, os.path.realpath(root)) is None:
            continue
        try:
            if not stat.S_ISREG(os.stat(target).st_mode):
                continue
        except OSError:  # it leads nowhere, or back to itself
            continue
        seen.add(target)
        yield root, path


def language_of(path: str, scope: Scope) -> str:
    """The language of a file that somebody named. A name without suffix is Python. Raises PathError if unknown."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".pyi" or not suffix:
        return "python"
    language = {**LANGUAGE_OF, **dict(scope.extension)}.get(suffix)
    location = os.path.normpath(os.path.join(scope.cwd, path))
    if language is None and suffix in PLAIN_TEMPLATES and _in_templates(location, scope.cwd):
        return "template"
    if language is None:
        hints = dict.fromkeys((".txt", ".rst", ".mdx"), "markdown") | dict.fromkeys((".xml", ".tpl"), "template")
        hint = hints.get(suffix, "python")
        raise PathError(
            f"{path}: perflint does not know {suffix} files; say --extension {suffix[1:]}:{hint} to read them"
        )
    return language


def _missing(path: str) -> PathError:
    folder, base = os.path.split(path.rstrip("/" + os.sep))
    try:
        known = os.listdir(folder or ".")
    except OSError:
        known = []
    close = difflib.get_close_matches(base, known, n=1, cutoff=0.6)
    hint = f", did you mean {os.path.join(folder, close[0])!r}?" if close else ""
    return PathError(f"no such file or folder: {path!r}{hint}")


def search(
    paths: Sequence[str], scope: Scope, languages: Collection[str] = ("python", "markdown", "template")
) -> tuple[list[Found], list[Unreadable]]:
    """The files that `paths` stand for, each once, and the folders that cannot be read.

    A file that is named counts whatever .gitignore and the default excludes say. Raises PathError for a path that
    is not there.
    """
    state = _new_search(scope, languages)
    found: list[Found] = []
    seen: set[str] = set()
    folders: list[str] = []
    for path in paths:
        location = os.path.normpath(os.path.join(scope.cwd, path))
        try:
            mode = os.stat(location).st_mode
        except OSError as error:
            if os.path.lexists(location):
                raise PathError(f"{path}: {error.strerror or error}") from error
            raise _missing(path) from error
        if stat.S_ISDIR(mode):
            if location == scope.cwd or not _excluded(state, location, os.path.dirname(location), True):
                folders.append(location)
            continue
        language = language_of(path, scope)
        real = os.path.realpath(location)
        if language not in languages or real in seen or _excluded(state, location, os.path.dirname(location), False):
            continue
        seen.add(real)
        found.append(Found(shown_name(location, scope.cwd), location, os.path.basename(location), language, True))

    def add(root: str, location: str) -> None:
        relative = _below(location, root) or os.path.basename(location)
        language = _searched_language(state, root, location) or "python"
        found.append(Found(shown_name(location, scope.cwd), location, relative, language, False))

    # The outermost first, so that the order on the command line changes nothing.
    for folder in sorted(set(folders), key=lambda folder: (len(folder), folder)):
        real_folder = os.path.realpath(folder)
        for location in _walk(state, folder, folder):
            real = real_folder + location[len(folder.rstrip(os.sep)) :]
            if real not in seen:
                seen.add(real)
                add(folder, location)
    for root, location in _linked_files(state, seen):
        add(root, location)
    return sorted(found, key=lambda one: one.name), state.unreadable


# --- the rest of a project --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project:
    """The folder that a path's project lies in. `marked` tells whether somebody said so: a settings file, a checkout.

    Otherwise it is a guess, and only packages below it count: it may be a folder of unrelated things.
    """

    root: str
    marked: bool


def project_of(location: str, config_root: str = "", gitignore: bool = True) -> Project:
    """The project that an absolute file or folder belongs to.

    Its root is the settings file's folder, else the nearest one with a pyproject.toml, setup file or checkout. With
    none, and inside hidden or ignored folders and those of installed packages, it is the outermost package around
    the path, or around the folder of templates that the path lies in.
    """
    start = location if os.path.isdir(location) else os.path.dirname(location)
    if config_root and (start == config_root or _below(start, config_root) is not None):
        candidate: str | None = config_root
    else:
        candidate = _marked_above(start)
    if candidate is not None:
        parts = (_below(start, candidate) or "").split("/")
        strange = any(part in DEFAULT_EXCLUDES or part.startswith(".") for part in parts)
        if not strange and not (gitignore and _is_ignored_folder(start, candidate)):
            return Project(candidate, True)
    package = start if os.path.isfile(os.path.join(start, "__init__.py")) else _beside_templates(start)
    while os.path.isfile(os.path.join(package, "__init__.py")):
        parent = os.path.dirname(package)
        if parent == package or not os.path.isfile(os.path.join(parent, "__init__.py")):
            break
        package = parent
    return Project(package, False)


def _beside_templates(folder: str) -> str:
    """What holds the folder of templates that an absolute folder lies in; the folder itself if it lies in none."""
    above = folder
    while (parent := os.path.dirname(above)) != above:
        if os.path.basename(above) in TEMPLATE_FOLDERS:
            return parent
        above = parent
    return folder


def _is_ignored_folder(folder: str, root: str) -> bool:
    return folder != root and git_root(folder) is not None and _levels_above(folder) is None


def _marked_above(folder: str) -> str | None:
    while True:
        if any(os.path.lexists(os.path.join(folder, name)) for name in ROOT_MARKERS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def rest_of_project(
    paths: Sequence[str], scope: Scope, known: Iterable[Found], config_root: str = "", sources: Sequence[str] = ()
) -> list[Found]:
    """Python files and templates that are not linted but belong to the same project: what they define is needed.

    Nearest first, at most MAX_CONTEXT_FILES of each, without tests and migrations. `sources` are further absolute
    folders.
    """
    state = _new_search(scope, ("python", "template"))
    state.folders_left = MAX_CONTEXT_FOLDERS
    taken: set[str] = set()
    found: list[Found] = []
    for location in dict.fromkeys(os.path.normpath(os.path.join(scope.cwd, path)) for path in paths):
        project = project_of(location, config_root, scope.gitignore)
        if location == project.root:  # all of it is linted
            state.visited.add(location)
            continue
        taken = taken or {os.path.realpath(one.location) for one in known}
        folder = location if os.path.isdir(location) else os.path.dirname(location)
        if folder == location:
            state.visited.add(folder)  # it was searched already
        steps = [folder]
        while steps[-1] != project.root and os.path.dirname(steps[-1]) != steps[-1]:
            steps.append(os.path.dirname(steps[-1]))
        state.packages_only = not project.marked
        for step in steps:
            if not _collect(state, project.root, step, taken, found):
                return found
    state.packages_only = False
    taken = taken or {os.path.realpath(one.location) for one in known if sources}
    for folder in sources:
        if os.path.isdir(folder) and not _collect(state, folder, folder, taken, found):
            return found
    return found


def _collect(state: _Search, root: str, folder: str, taken: set[str], found: list[Found]) -> bool:
    """Add the files below `folder`. False once there is enough Python: of templates, the further ones are left out."""
    counts = Counter(one.language for one in found)
    for location in _walk(state, root, folder):
        relative = _below(location, root) or os.path.basename(location)
        language = _searched_language(state, root, location) or "python"
        real = os.path.realpath(location)
        if real in taken or counts[language] == MAX_CONTEXT_FILES:
            continue
        if not is_production(relative, template=language == "template"):
            continue
        taken.add(real)
        found.append(Found(shown_name(location, state.scope.cwd), location, relative, language, False))
        counts[language] += 1
        if counts["python"] == MAX_CONTEXT_FILES:
            return False
    return True


# --- reading ----------------------------------------------------------------------------------------------------


def read_bytes(location: str) -> bytes:
    """The content of a regular file of sensible size. Raises OSError with a reason that a person understands."""
    # Not blocking, and asked after opening: a pipe that took the file's place meanwhile must not stop the run.
    handle = os.open(location, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > MAX_BYTES:
            raise OSError(0, f"{status.st_size:,} bytes are more than the {MAX_BYTES:,} that perflint reads")
        return file.read()


def decode(raw: bytes, name: str, python: bool = True) -> str | Unreadable:
    """Source bytes as text with `\\n` line ends: a byte order mark and, in Python, a coding cookie are heeded."""
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Unreadable(name, 1, 1, "the file is UTF-16, which Python does not read as source")
        encoding = "utf-8-sig"
        start = raw[:2_000].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        head = b"\n".join(start.split(b"\n", 2)[:2])
        if python and b"coding" in head:
            encoding = tokenize.detect_encoding(io.BytesIO(head).readline)[0]
        text = raw.decode(encoding)
    except SyntaxError as error:
        return Unreadable(name, 1, 1, str(error.msg))
    except UnicodeDecodeError as error:
        before = raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        reason = f"not {error.encoding} text: {error.reason} (byte 0x{raw[error.start]:02x})"
        return Unreadable(name, before.count(b"\n") + 1, column, reason)
    except (LookupError, ValueError, UnicodeError) as error:  # a codec that is none for text
        return Unreadable(name, 1, 1, str(error))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def read(found: Found, include_tests: bool = False) -> Source | Unreadable:
    """One file's text and whether it is production code, or why it cannot be had."""
    try:
        raw = read_bytes(found.location)
    except OSError as error:
        return Unreadable(found.name, 1, 1, error.strerror or str(error))
    return source_of(found, raw, include_tests)


def source_of(found: Found, raw: bytes, include_tests: bool = False) -> Source | Unreadable:
    """As `read`, for content that somebody already has."""
    text = decode(raw, found.name, found.language == "python")
    if isinstance(text, Unreadable):
        return text
    production = include_tests or found.named or is_production(found.relative, text, found.language == "template")
    return Source(found.name, text, production, found.language)
