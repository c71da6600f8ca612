"""Where an effect meets a context that it must not meet: findings."""

from __future__ import annotations

from perflint.catalog import Catalog
from perflint.core.finding import Finding
from perflint.detect.meetings import meetings
from perflint.detect.messages import finding_of
from perflint.program import Program


def detect(program: Program, catalog: Catalog) -> list[Finding]:
    """Every finding of every rule at every confidence, in production files, without fingerprints."""
    found = [finding_of(program, meeting) for meeting in meetings(program, catalog)]
    return sorted(found, key=lambda one: (one.span, one.code))


__all__ = ["detect"]
