"""The library of cut-outs, sounds and backgrounds, built from a table and the packages that the table names."""

from ravs.data.library.builder.build import Built, build
from ravs.data.library.builder.credits import credits_of

__all__ = ["Built", "build", "credits_of"]
