"""Configurations, strict: of RavsModel, and of the methods it is compared with."""

from ravs.config.comparators import AVSegFormerConfig, CAVPConfig, ComparatorConfig, TPAVIConfig
from ravs.config.method import RavsConfig

__all__ = ["AVSegFormerConfig", "CAVPConfig", "ComparatorConfig", "RavsConfig", "TPAVIConfig"]
