"""What the text of an SQL statement says."""

from __future__ import annotations

_BOUNDING = ("limit", "where", "fetch first", "fetch next", " top ", "group by", "pragma", "returning", "having")
_AGGREGATES = ("count(", "sum(", "avg(", "min(", "max(", "exists(", "exists (")


def is_select(text: str) -> bool:
    """Whether a text is a statement that reads."""
    return text.lstrip()[:6].lower() == "select"


def is_write(text: str) -> bool:
    """Whether a text is a statement that changes rows."""
    return text.lstrip()[:8].lower().startswith(("insert ", "update ", "delete ", "replace "))


def reads_whole_table(sql: str) -> bool:
    """Whether a constant statement selects all rows of a table: no key, no limit, no aggregate."""
    text = " ".join(sql.lower().split())
    if not is_select(text) or " from " not in text:
        return False
    if any(word in text for word in _BOUNDING) or any(word in text for word in _AGGREGATES):
        return False
    return "{}" not in text.split(" from ", 1)[1]
