"""Overlays are drawn of predictions that are made of masks."""

import pytest


@pytest.fixture
def prediction(masked):
    """prediction(times, masks, maps): see masked."""
    return masked
