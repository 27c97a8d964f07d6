"""Builds the library of cut-outs, sounds and backgrounds from a table and the Debian packages it names."""

from ravs.data.library.builder.build import BuildResult, build_library
from ravs.data.library.builder.credits import credits_markdown

__all__ = ["BuildResult", "build_library", "credits_markdown"]
