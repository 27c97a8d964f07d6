"""Configurations, strict: RavsModel's, and what those of the methods it is compared with share."""

from ravs.config.comparators import ComparatorConfig
from ravs.config.method import RavsConfig

__all__ = ["ComparatorConfig", "RavsConfig"]
