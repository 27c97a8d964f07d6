"""Draw a clip's first three seconds with its audio, then again muted: python examples/moving_picture.py CLIP OUT.webp.

What is drawn is the overlay of `ravs segment`, by the default model or the one that is named: … CLIP OUT.webp MODEL.
"""

import sys
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import ravs
from ravs.inference.outputs.overlay.video import write_overlay
from ravs.inference.segmenter import Segmenter
from ravs.media import read_audio, read_frames, write_video

HALF_S = 3
SAMPLE_RATE_HZ = 32000
FRAMES_PER_SECOND = 10
WIDTH = 480  # pixels
QUALITY = 60  # of WebP


def repeat_muted(clip: Path, out: Path) -> None:
    """Write the clip's first half twice, the second time in silence."""
    shown = [(frame.rgb(), frame.time_s) for frame in read_frames(clip, 0, HALF_S) if frame.time_s < HALF_S]
    again = [(image, time_s + HALF_S) for image, time_s in shown]
    audio = np.zeros((1, 2 * HALF_S * SAMPLE_RATE_HZ), np.float32)
    heard = read_audio(clip, SAMPLE_RATE_HZ, start_s=0, end_s=HALF_S).mean(axis=0)
    audio[0, : len(heard)] = heard
    write_video(out, shown + again, end_s=Fraction(2 * HALF_S), sound=(audio, SAMPLE_RATE_HZ), crf=12)


def thin_out(overlay: Path) -> list[Image.Image]:
    """Every frame of an overlay that the moving picture shows, in its size."""
    images: list[Image.Image] = []
    for frame in read_frames(overlay):
        if frame.time_s >= Fraction(len(images), FRAMES_PER_SECOND):
            image = Image.fromarray(frame.rgb())
            images.append(image.resize((WIDTH, round(WIDTH * image.height / image.width)), Image.Resampling.LANCZOS))
    return images


def draw(clip: Path, out: Path, segmenter: Segmenter) -> None:
    """Write the moving picture, WebP or GIF by its suffix; it repeats for ever."""
    with TemporaryDirectory() as folder:
        source, overlay = Path(folder) / clip.name, Path(folder) / "overlay.mp4"
        repeat_muted(clip, source)
        write_overlay(source, segmenter.segment(source), overlay)
        first, *others = thin_out(overlay)
    duration_ms = round(1000 / FRAMES_PER_SECOND)
    first.save(out, save_all=True, append_images=others, duration=duration_ms, loop=0, quality=QUALITY)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]), ravs.load(*sys.argv[3:4]))
