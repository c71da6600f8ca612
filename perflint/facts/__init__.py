"""Source text to Facts: what one file says, with no knowledge of others."""

from perflint.facts.extract import extract
from perflint.facts.ir import Facts, Unparsable

__all__ = ["Facts", "Unparsable", "extract"]
