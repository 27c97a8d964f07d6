"""Draw the pictures of docs/method.md and docs/gallery.md: python examples/figures.py LIBRARY.

LIBRARY is what `ravs library build` makes: the hard cases are counted in clips composed from it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from strip import strip

from ravs.cli.main import main

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "figures"
FILM = ROOT / "examples" / "film"
EFFECTS = ("spotlight", "blur-silent", "cutout", "uncertainty")
WIDTH = 1200  # pixels: twice what a page shows


def run(*words: object) -> None:
    """A line of the command line. Raises SystemExit where it fails."""
    code = main([str(word) for word in words])
    if code:
        raise SystemExit(code)


def shrink(image: Image.Image, out: Path) -> None:
    """Writes a picture at WIDTH as WebP, a tenth of its PNG."""
    small = image.convert("RGB").resize((WIDTH, round(WIDTH * image.height / image.width)), Image.Resampling.LANCZOS)
    small.save(out, quality=80, method=6)


def draw_insides(folder: Path) -> None:
    """Groups and uncertainty of ravs-tiny on an example."""
    run("visualize", "ravs-tiny", ROOT / "examples" / "sheep-and-drums.mp4", "-o", folder)
    for name, figure in (("groups-stage3", "groups"), ("uncertainty", "uncertainty")):
        shrink(Image.open(folder / f"{name}.png"), FIGURES / f"{figure}.webp")


def draw_cases(folder: Path, library: Path) -> None:
    """How often the two hard cases occur in composed clips."""
    run("compose", folder / "set", "--library", library, "--count", 60, "--size", 64)
    run("analyze", folder / "set", "--chart", FIGURES / "cases.png")


def draw_effects(folder: Path) -> None:
    """A row of frames for each effect, rendered from one run of the model."""
    videos = []
    run("segment", FILM / "horses-and-riders.mp4", "-o", folder, "-f", "overlay")
    result = folder / "horses-and-riders"
    for effect in EFFECTS:
        run("render", result, "--effect", effect, "--strip", "off", "-f", "overlay")
        videos.append((result / "overlay.mp4").rename(folder / f"{effect}.mp4"))
    shrink(strip(videos), FILM / "effects.webp")


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        draw_insides(Path(name))
        draw_cases(Path(name), Path(sys.argv[1]))
        draw_effects(Path(name))
