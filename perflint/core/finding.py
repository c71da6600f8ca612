"""What a run yields: findings, the steps that prove them, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How much a finding costs a running application."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        return self.name.lower()


class Confidence(IntEnum):
    """How sure the weakest step of a finding is.

    HIGH: names and types are resolved on every step. MEDIUM: one join or one inferred return.
    LOW: a name's look alone; not shown by default.
    """

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A region of one file. Lines and columns start at 1, columns count characters, the end is exclusive.

    `path` is the file's name as shown: relative to the working folder, absolute outside it.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of evidence: a place and what it contributes.

    `role` is "context" (what makes the line run often or on the event loop), "hop" (a call on the way),
    "effect" (what costs) or "source" (the query that feeds a loop).
    """

    span: Span
    message: str
    role: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` by `content`."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend: its title, its edits, and whether it keeps behaviour ("safe") or asks for a look ("unsafe")."""

    applicability: str
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """An effect that meets a context it must not meet.

    `message` says what is slow and why in one sentence, `help` what to do about it. `symbol` is the
    dotted name of the enclosing function inside its file. `cost` is the formula as text ("1 + N"), or
    empty. `fingerprint` is filled in by `perflint.fingerprint`. `count` says on how many ways the same
    effect was met there.
    """

    code: str
    name: str
    message: str
    help: str
    span: Span
    severity: Severity
    confidence: Confidence
    symbol: str = ""
    cost: str = ""
    steps: tuple[Step, ...] = ()
    count: int = 1
    fingerprint: str = ""
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """One ignore comment. `codes` holds codes, prefixes or names as written; empty means "everything".

    `line` is where the comment stands, `column` and `end_column` delimit it (1-based, characters).
    `scope` is "line" (this line, and the next one if the comment stands alone) or "file".
    `style` is "perflint" or "noqa".
    """

    path: str
    line: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    scope: str
    style: str
    alone: bool
