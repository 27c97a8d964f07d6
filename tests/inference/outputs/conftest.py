"""The prediction that these tests read and write."""

from support.predictions import prediction

__all__ = ["prediction"]
