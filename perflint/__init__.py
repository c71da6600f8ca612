"""perflint: finds web performance antipatterns in Python code."""

__version__ = "0.1.0"
