"""A strip of moments of overlays, one row a video: python examples/strip.py OUT.png OVERLAY.mp4…"""

import sys
from itertools import islice
from pathlib import Path

from PIL import Image

from ravs.media import probe, read_frames

MOMENTS = 4
WIDTH = 400  # pixels of one picture


def moments(video: Path) -> list[Image.Image]:
    """Pictures at equal distances, none at the very ends."""
    length = probe(video).duration_s
    times = [length * (2 * index + 1) / (2 * MOMENTS) for index in range(MOMENTS)]
    frames = [next(islice(read_frames(video, start_s=time), 1)) for time in times]
    pictures = [Image.fromarray(frame.rgb()) for frame in frames]
    return [picture.resize((WIDTH, round(WIDTH * picture.height / picture.width))) for picture in pictures]


def strip(videos: list[Path]) -> Image.Image:
    """Rows of moments, two pixels apart."""
    rows = [moments(video) for video in videos]
    height = sum(row[0].height + 2 for row in rows) - 2
    sheet = Image.new("RGB", (MOMENTS * (WIDTH + 2) - 2, height), "white")
    top = 0
    for row in rows:
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (WIDTH + 2), top))
        top += row[0].height + 2
    return sheet


if __name__ == "__main__":
    strip([Path(name) for name in sys.argv[2:]]).save(sys.argv[1], optimize=True)
