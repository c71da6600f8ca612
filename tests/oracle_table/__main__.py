"""Prints the table of rows, and each one that is decided wrongly."""

from __future__ import annotations

import sys

from tests.oracle_table.judging import faults, status, table, tools

sys.stdout.write(table())
for tool in tools():
    for row in tool.decidable():
        if status(tool, row) == "wrong":
            told = faults(tool, row) if row in tool.cases() else ["no case"]
            sys.stdout.write(f"{row}: {'; '.join(told)}\n")
