"""The library of cut-outs, sounds and backgrounds, built from a table and the packages that the table names."""

from ravs.library.build import Built, build
from ravs.library.credits import credits_of

__all__ = ["Built", "build", "credits_of"]
