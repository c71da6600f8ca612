"""Results as text for people and as data for machines: one module for each format."""

from perflint.report.result import Result
from perflint.report.write import ReportError, render, write_file

__all__ = ["ReportError", "Result", "render", "write_file"]
