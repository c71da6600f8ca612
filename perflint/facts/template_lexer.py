"""The tags and comments of a template, and whether Django or Jinja is to render it.

Text between tags is passed over by `str.find` and one expression, so that a page of megabytes costs next to nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from perflint.facts.ir import Unparsable

LONGEST = 5000
"""Characters of a tag within which quotes and braces are looked at to find its end."""
CERTAIN = 10
"""So many more tags for the one dialect than for the other decide."""
DJANGO, JINJA, UNDECIDED = "django", "jinja", ""

_OPEN = re.compile(r"\{[%{#]")
_CLOSE = {"%": "%}", "{": "}}", "#": "#}"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', re.DOTALL)
_WORD = re.compile(r"\s*([^\s|({\[\"'=,]+)")
_VERBATIM = frozenset(("comment", "verbatim", "raw"))

_JINJA_WORDS = frozenset("set endset macro endmacro call endcall import from raw do break continue pluralize".split())
_DJANGO_WORDS = frozenset(
    "load csrf_token url static translate blocktrans blocktranslate empty ifchanged ifequal ifnotequal regroup "
    "templatetag firstof widthratio comment verbatim now spaceless cycle lorem localize localtime plural querystring "
    "get_current_language get_static_prefix partialdef".split()
)
_JINJA_LOOKS = re.compile(
    r"(?!\b_\()\b\w+\(|[\])]\(|[~\[{]|//|\*\*"
    r"|\bloop\.(?:index|first|last|length|revindex|cycle|depth|previtem|nextitem|changed)"
    r"|\bis\s+(?:not\s+)?(?:un)?defined\b|\bif\b.*\belse\b|\bignore\s+missing\b|\bwith(?:out)?\s+context\s*$",
    re.DOTALL,
)
_DJANGO_LOOKS = re.compile(
    r"\|\s*\w+:|\bforloop\b|\bblock\.super\b|\bin\s+[\w.]+\.(?:items|all|keys|values)\s*$|\bwith\s+\w+=|\bonly\s*$"
)


class Tag(NamedTuple):
    """One `{{ … }}` (`word` is "") or `{% word … %}`.

    `start` and `end` are the offsets of the whole, `inside` and `stop` those of what stands after the word.
    """

    word: str
    start: int
    end: int
    inside: int
    stop: int


class Places:
    """Offsets of one text as lines and columns, from 1."""

    def __init__(self, text: str) -> None:
        self.starts = [0]
        at = text.find("\n") + 1
        while at:
            self.starts.append(at)
            at = text.find("\n", at) + 1

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def read_tags(path: str, text: str) -> tuple[list[Tag], str]:
    """The tags of a template in their order, without what is commented out or verbatim, and its dialect.

    Raises Unparsable for a `{% comment %}`, `{% verbatim %}` or `{% raw %}` that nothing ends, and in Jinja, where it
    is no text, for a `{%` without its `%}`.
    """
    dialect = _dialect_of_path(path)
    tags, unended = _lex(text, lines=True)
    if not dialect:
        dialect = _dialect_of_tags(text, tags)
        # What spans lines, or has its own end in a string, is text to Django.
        if dialect == DJANGO and any(_only_in_jinja(text, tag) for tag in tags):
            tags, unended = _lex(text, lines=False)
    if dialect == JINJA and unended >= 0:
        raise Unparsable(*Places(text).at(unended), "this tag has no end")
    return tags, dialect


def comments(text: str) -> list[tuple[int, int, str]]:
    """Line, column (from 1) and text of what stands in `{# … #}`, an item for each line of a comment."""
    found: list[tuple[int, int, str]] = []
    at = text.find("{#")
    if at < 0:
        return found
    places = Places(text)
    while at >= 0 and (stop := text.find("#}", at + 2)) >= 0:
        line, column = places.at(at + 2)
        for number, part in enumerate(text[at + 2 : stop].split("\n")):
            found.append((line + number, 1 if number else column, part))
        at = text.find("{#", stop + 2)
    return found


# --- tags -------------------------------------------------------------------------------------------------------


class _Ends:
    """Where the next end of a tag or line is: each is looked for once, so that many beginnings cost linear time."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, int] = {}

    def next(self, mark: str, at: int) -> int:
        """The offset of `mark` from `at` on, or that of the end of the text."""
        found = self.known.get(mark, -1)
        if found < at:
            found = self.text.find(mark, at)
            found = self.known[mark] = len(self.text) if found < 0 else found
        return found


def _lex(text: str, lines: bool) -> tuple[list[Tag], int]:
    """The tags, as Jinja reads them if they may span `lines`, and the offset of the last `{%` without end, or -1."""
    tags: list[Tag] = []
    unended = -1
    ends = _Ends(text)
    at = 0
    while opening := _OPEN.search(text, at):
        start, mark = opening.start(), _CLOSE[text[opening.end() - 1]]
        close = ends.next(mark, start + 2)
        if lines and close < len(text) and mark != "#}":
            close = _jinja_end(text, start + 2, close, mark)
        if close == len(text) or (not lines and ends.next("\n", start) < close):
            unended = start if mark == "%}" else unended
            at = start + 1
            continue
        at = close + 2
        if mark == "#}":
            continue
        tag = _tag(text, start, close, mark)
        if tag.word in _VERBATIM:
            at = _end_of_verbatim(text, tag)
        tags.append(tag)
    return tags, unended


def _tag(text: str, start: int, close: int, mark: str) -> Tag:
    inside, stop = start + 2, close
    if text[inside] in "-+" and inside < stop:
        inside += 1
    if text[stop - 1] in "-+" and inside < stop:
        stop -= 1
    if mark == "}}":
        return Tag("", start, close + 2, inside, stop)
    word = _WORD.match(text, inside, stop)
    if word is None:
        return Tag("?", start, close + 2, stop, stop)
    return Tag(word[1], start, close + 2, word.end(), stop)


def _jinja_end(text: str, inside: int, first: int, mark: str) -> int:
    """The end of a tag that is in no string and closes no dict of its own; the first one if there is none near."""
    close = first
    for _ in range(10):
        if not 0 <= close <= inside + LONGEST:
            break
        content = text[inside:close]
        if '"' not in content and "'" not in content and "{" not in content:
            return close
        plain = _STRING.sub("", content)
        if close != first and "{%" in plain:
            break
        if '"' not in plain and "'" not in plain and plain.count("{") <= plain.count("}"):
            return close
        close = text.find(mark, close + 1)
    return first


def _end_of_verbatim(text: str, tag: Tag) -> int:
    label = text[tag.inside : tag.stop].split() if tag.word == "verbatim" else []
    name = r"\s+".join([re.escape(word) for word in [f"end{tag.word}", *label]])
    found = re.compile(r"\{%[-+]?\s*" + name + r"\s*[-+]?%\}").search(text, tag.end)
    if found is None:
        raise Unparsable(*Places(text).at(tag.start), f"nothing ends this {tag.word!r} tag")
    return found.end()


# --- dialects ---------------------------------------------------------------------------------------------------


def _dialect_of_path(path: str) -> str:
    # Django looks for the templates of its Jinja backend in folders of that name.
    folders = path.replace("\\", "/").split("/")
    return JINJA if path.endswith((".jinja", ".jinja2", ".j2")) or "jinja2" in folders[:-1] else UNDECIDED


def _dialect_of_tags(text: str, tags: list[Tag]) -> str:
    """What most of the tags say that say anything."""
    score = 0
    for tag in tags:
        if text[tag.start + 2] in "-+" or text[tag.end - 3] in "-+":
            score += 1
        content = text[tag.inside : tag.stop]
        if tag.word in _DJANGO_WORDS:
            score -= 1
        elif tag.word in _JINJA_WORDS:
            score += 1
        elif tag.word == "trans":
            score += -1 if content.lstrip()[:1] in {'"', "'"} else 1
        if '"' in content or "'" in content:
            content = _STRING.sub('""', content)
        if _DJANGO_LOOKS.search(content):
            score -= 1
        elif _JINJA_LOOKS.search(content):
            score += 1
        if abs(score) >= CERTAIN:
            break
    return JINJA if score > 0 else DJANGO if score < 0 else UNDECIDED


def _only_in_jinja(text: str, tag: Tag) -> bool:
    content = text[tag.start + 2 : tag.end - 2]
    return "\n" in content or text[tag.end - 2 : tag.end] in content
