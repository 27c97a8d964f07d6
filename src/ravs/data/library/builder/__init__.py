"""The library of cut-outs, sounds and backgrounds, built from a table and the packages that the table names."""

from ravs.data.library.builder.build import BuildResult, build_library
from ravs.data.library.builder.credits import credits_markdown

__all__ = ["BuildResult", "build_library", "credits_markdown"]
