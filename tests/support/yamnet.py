"""A sound for the tests of both forms of YAMNet."""

import numpy as np

STORED_IN_HALF = 0.03  # largest difference of a value of the vector that float16 weights make


def sound():
    """A chirp and noise: one second at 16 kHz."""
    time = np.arange(16_000) / 16_000
    chirp = 0.4 * np.sin(2 * np.pi * (200 * time + 2000 * time**2))
    return (chirp + 0.05 * np.random.default_rng(7).standard_normal(16_000)).astype(np.float32)
