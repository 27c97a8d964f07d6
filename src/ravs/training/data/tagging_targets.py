"""What a listener should say of a clip's sound: the classes of each second, and where each is heard from."""

import numpy as np
from jaxtyping import Float32

from ravs.data.composition.audio_mix import AudioMix, SoundSource
from ravs.data.composition.scene import SECONDS

Sample = dict[str, np.ndarray]


def tagging_targets(
    mix: AudioMix, num_classes: int, *, mirrored: bool, mono: bool, directions: int
) -> tuple[Float32[np.ndarray, "seconds classes"], Float32[np.ndarray, "seconds classes directions"]]:
    """Which class is heard in each second, and from which of so many directions."""
    active = np.zeros((SECONDS, num_classes), np.float32)
    direction = np.zeros((SECONDS, num_classes, directions), np.float32)
    for heard in (*mix.sources, mix.off_screen):
        if heard is None or heard.class_index == 0:
            continue
        seconds = np.flatnonzero(heard.sounding)
        active[seconds, heard.class_index - 1] = 1
        if heard is not mix.off_screen and not mono:
            weights = _direction_weights(heard, mirrored, directions)[seconds]
            place = direction[:, heard.class_index - 1]
            place[seconds] = np.maximum(place[seconds], weights)
    return active, direction


def _direction_weights(
    heard: SoundSource, mirrored: bool, directions: int
) -> Float32[np.ndarray, "seconds directions"]:
    """Each second's place shared between the two nearest directions, whose centres are (number + 0.5) / directions."""
    x = heard.x[50::100]  # in the middle of each second
    at = np.clip((1 - x if mirrored else x) * directions - 0.5, 0, directions - 1)
    weights: Float32[np.ndarray, "seconds directions"] = np.maximum(
        0, 1 - np.abs(at[:, None] - np.arange(directions))
    ).astype(np.float32)
    return weights
