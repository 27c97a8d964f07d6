"""A sound, and the tensors of aiSFX's published file, for the tests of both encoders."""

from itertools import pairwise

import numpy as np

WIDTHS = (1, 64, 128, 256, 512)
CATEGORIES = (78, 79, 69, 81, 10, 27, 3, 23, 8)  # of the file's nine classifiers


def sound():
    """A chirp and noise: one second at 44.1 kHz."""
    time = np.arange(44_100) / 44_100
    chirp = 0.4 * np.sin(2 * np.pi * (200 * time + 2000 * time**2))
    return (chirp + 0.05 * np.random.default_rng(7).standard_normal(44_100)).astype(np.float32)


def published_shapes():
    """Shapes in the authors' file by name, its nine classifiers included."""
    shapes = {}
    for block, (inputs, outputs) in enumerate(pairwise(WIDTHS), start=1):
        for layer, channels in ((1, inputs), (2, outputs)):
            key = f"embedding_net.conv_block{block}"
            shapes[f"{key}.conv{layer}.weight"] = (outputs, channels, 3, 3)
            norm = ("weight", "bias", "running_mean", "running_var")
            shapes |= {f"{key}.bn{layer}.{name}": (outputs,) for name in norm}
            shapes[f"{key}.bn{layer}.num_batches_tracked"] = ()
    for head, categories in enumerate(CATEGORIES):
        for layer, (inputs, outputs) in zip((0, 2, 4), pairwise((512, 256, 128, categories)), strict=True):
            shapes |= {f"fc.{head}.{layer}.weight": (outputs, inputs), f"fc.{head}.{layer}.bias": (outputs,)}
    return shapes
