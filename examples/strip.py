"""Draw frames of overlays, one row per video: python examples/strip.py OUT.png OVERLAY.mp4…"""

import sys
from itertools import islice
from pathlib import Path

from PIL import Image

from ravs.media import probe, read_frames

MOMENTS = 4
WIDTH = 400  # pixels of one frame


def moments(video: Path) -> list[Image.Image]:
    """Frames at equal intervals, none at either end."""
    length = probe(video).duration_s
    times = [length * (2 * index + 1) / (2 * MOMENTS) for index in range(MOMENTS)]
    frames = [next(islice(read_frames(video, start_s=time), 1)) for time in times]
    images = [Image.fromarray(frame.rgb()) for frame in frames]
    return [image.resize((WIDTH, round(WIDTH * image.height / image.width))) for image in images]


def strip(videos: list[Path]) -> Image.Image:
    """Rows of frames, two pixels apart."""
    rows = [moments(video) for video in videos]
    height = sum(row[0].height + 2 for row in rows) - 2
    sheet = Image.new("RGB", (MOMENTS * (WIDTH + 2) - 2, height), "white")
    top = 0
    for row in rows:
        for column, image in enumerate(row):
            sheet.paste(image, (column * (WIDTH + 2), top))
        top += row[0].height + 2
    return sheet


if __name__ == "__main__":
    sheet = strip([Path(name) for name in sys.argv[2:]])
    sheet.quantize(256, kmeans=1).save(sys.argv[1], optimize=True)  # a quarter of the bytes
