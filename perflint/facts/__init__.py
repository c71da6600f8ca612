"""Source text to Facts: what one file says, with no knowledge of others."""

from perflint.facts.extract import extract
from perflint.facts.ir import Facts, TemplateFacts, Unparsable
from perflint.facts.mending import mended
from perflint.facts.templates import extract_template

__all__ = ["Facts", "TemplateFacts", "Unparsable", "extract", "extract_template", "mended"]
