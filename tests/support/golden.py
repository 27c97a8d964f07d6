"""The arrays whose scores are known from the original functions (conventions of the field)."""

import numpy as np


def binary(seed=0):
    """Truth and logits of six frames of 8 x 8; the third is silent."""
    rng = np.random.default_rng(seed)
    truth = rng.random((6, 8, 8)) < 0.3
    truth[2] = False
    logits = (rng.standard_normal((6, 8, 8)) + 2 * truth - 0.5).astype(np.float32)
    return truth.astype(np.uint8), logits


def semantic(seed=1, classes=6):
    """Truth and class scores of six frames; the third imitates a pad, class 4 is only predicted, class 5 nowhere."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, (6, 8, 8))
    truth[2] = 0
    scores = rng.standard_normal((6, classes, 8, 8))
    scores += 1.5 * (np.arange(classes)[None, :, None, None] == truth[:, None])
    scores[:, 5] = -10
    scores[2] = 0
    return truth.astype(np.uint8), scores.astype(np.float32)
