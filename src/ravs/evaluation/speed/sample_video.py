"""A video to measure on: a textured ground that moves, a disk that moves over it, noise to hear; and its masks."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from ravs.inference.predict import clip_records
from ravs.media import write_video
from ravs.structures.clip import Clip
from ravs.structures.model_output import WindowOutput

FPS = 25
HZ = 48000
GRAIN = 6  # pixels of the ground's texture
STEP = 4  # pixels that the ground moves in a frame
DISK_SHARE = 0.25  # of the frame's height
Size = tuple[int, int]  # height, width


def write_sample_video(path: Path, seconds: int, size: Size) -> None:
    """H.264 with AAC, whatever the suffix of the path."""
    waveform = np.random.default_rng(0).normal(0, 0.1, (2, seconds * HZ)).astype(np.float32)
    write_video(path, _frames(seconds, size), end_s=Fraction(seconds), sound=(waveform, HZ))


def sample_output(clip: Clip, rows: int, columns: int, num_classes: int) -> WindowOutput:
    """What a model would say that sees the disk at its own stride: all of it sounds, and is of the first class."""
    disks = [disk((rows, columns), time_s) for time_s in clip.times_s]
    classes = np.zeros((len(clip), num_classes, rows, columns), np.uint8)
    classes[:, 0] = 255
    return WindowOutput(
        records=clip_records(clip),
        sounding=np.stack(disks).astype(np.uint8) * 255,
        classes=classes,
        uncertainty=np.zeros((len(clip), rows, columns), np.uint8),
    )


def disk(size: Size, time_s: float) -> Bool[np.ndarray, "height width"]:
    """Where the disk is at a time; it crosses the frame in four seconds."""
    height, width = size
    rows, columns = np.mgrid[:height, :width] + 0.5
    at = (0.2 + 0.6 * (time_s / 4 % 1)) * width
    inside: np.ndarray = np.hypot(rows - height / 2, columns - at) < DISK_SHARE * height
    return inside


def _frames(seconds: int, size: Size) -> Iterator[tuple[UInt8[np.ndarray, "height width 3"], Fraction]]:
    height, width = size
    coarse = np.random.default_rng(0).integers(40, 180, (height // GRAIN, width // GRAIN, 3), np.uint8)
    ground = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR))
    for index in range(seconds * FPS):
        time_s = Fraction(index, FPS)
        image = np.roll(ground, STEP * index, axis=1)
        image[disk(size, float(time_s))] = (220, 60, 40)
        yield image, time_s
