"""A finding's identity across commits: it stays when lines are added above, and differs for two equal lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import blake2b

from perflint.core.finding import Finding

DIGITS = 16
"""Length of a fingerprint in hexadecimal digits."""


def assign(
    findings: Iterable[Finding], line_of: Callable[[Finding], str], name_of: Callable[[str], str]
) -> list[Finding]:
    """Give each finding its fingerprint, in the order of the findings.

    `line_of` is the source line a finding stands on, `name_of` turns a shown path into the one that counts
    (relative to the project, so that the working folder does not matter).
    """
    seen: Counter[tuple[str, str, str, str]] = Counter()
    marked = []
    for finding in findings:
        key = (finding.code, name_of(finding.span.path), finding.symbol, " ".join(line_of(finding).split()))
        marked.append(replace(finding, fingerprint=_hash((*key, str(seen[key])))))
        seen[key] += 1
    return marked


def _hash(parts: tuple[str, ...]) -> str:
    # A zero byte stands in none of the parts, so that no two lists of parts join to the same text.
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=DIGITS // 2).hexdigest()
