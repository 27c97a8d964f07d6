"""Build the three example clips from the library: python examples/build.py LIBRARY. Run by hand; see CREDITS.md."""

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ravs.data.library import SAMPLE_RATE_HZ, Library
from ravs.data.performance import Events, pan, perform
from ravs.data.render import render
from ravs.data.scene import ALL_TIMES_S, FRAMES_PER_SECOND, SECONDS, Backdrop, Placed, Roles, Scene
from ravs.media import write_video

HERE = Path(__file__).parent
SIDE = 416
WHOLE: Events = ((0.0, float(SECONDS)),)


@dataclass(frozen=True, kw_only=True)
class Part:
    """An object of an example, and what it plays when."""

    thing: Placed
    recording: str | None = None
    events_s: Events = WHOLE
    gain_db: float = 0.0


def example(background: str, *parts: Part, seed: int, **camera: object) -> tuple[Scene, tuple[Part, ...]]:
    """A scene of these parts, the nearest last."""
    scene = Scene(
        subset="example",
        objects=tuple(part.thing for part in parts),
        backdrop=Backdrop(path=f"backgrounds/{background}.jpg", **camera),
        roles=Roles(sounding=tuple(part.recording is not None for part in parts)),
        grain=1.0,
        jpeg_quality=95,
        grain_seed=seed,
    )
    return scene, parts


def placed(cutout: str, *, x: float, y: float, side: float, **more: object) -> Placed:
    """A cut-out of the library at a place, swaying a little."""
    name = cutout.split("/")[0]
    path = f"cutouts/{cutout}.png"
    return Placed(class_name=name, class_index=1, cutout=path, x=x, y=y, side=side, sway=0.004, sway_hz=0.4, **more)


EXAMPLES = {
    "sheep-and-drums": example(
        "gc_cabrillo",
        Part(
            thing=placed("drum/gc_africa", x=0.73, y=0.68, side=0.40, drift=(-0.03, 0.0)),
            recording="sounds/drum/sp_loop_tabla.ogg",
            events_s=((0.0, 3.5),),
            gain_db=-3.0,
        ),
        Part(
            thing=placed("sheep/gc_sheep", x=0.29, y=0.70, side=0.46, drift=(0.05, 0.0), sway_phase=0.4),
            recording="sounds/sheep/ot_opensfx36.ogg",
            events_s=((2.0, 5.0),),
        ),
        seed=1,
        scale=1.08,
        pan=(0.03, 0.0),
    ),
    "two-drums": example(
        "gc_berlincathedral",
        Part(thing=placed("drum/gc_africa", x=0.74, y=0.72, side=0.40, mirrored=True, sway_phase=0.3)),
        Part(
            thing=placed("drum/gc_africa", x=0.26, y=0.74, side=0.40, drift=(0.02, 0.0)),
            recording="sounds/drum/sp_loop_breakbeat.ogg",
            gain_db=-2.0,
        ),
        seed=2,
        scale=1.08,
    ),
    "dog-and-piano": example(
        "gc_colosseum",
        Part(
            thing=placed("piano/oc_piano_theory_ganson", x=0.68, y=0.66, side=0.46),
            recording="sounds/piano/sp_ambi_piano.ogg",
            events_s=((1.0, 5.0),),
        ),
        Part(thing=placed("dog/gc_dog", x=0.24, y=0.72, side=0.42, drift=(0.04, 0.0), sway_phase=0.5)),
        seed=3,
        scale=1.1,
        pan=(-0.03, 0.0),
    ),
}


def mixed(scene: Scene, parts: tuple[Part, ...], library: Library) -> np.ndarray:
    """The sound of an example: 2, samples."""
    grid_s = np.arange(SECONDS * 100 + 1) / 100
    mix = np.zeros((2, SECONDS * SAMPLE_RATE_HZ), np.float32)
    generator = np.random.default_rng(scene.grain_seed)
    for part, x in zip(parts, scene.positions(grid_s)[:, 0], strict=True):
        if part.recording:
            track = perform(library.sound(part.recording), part.events_s, generator)
            mix += pan(track * np.float32(10 ** (part.gain_db / 20)), x)
    return mix / max(1.0, float(np.abs(mix).max()) / 0.95)


def main(root: str) -> None:
    """Write the three clips beside this script."""
    library = Library.read(root, "train")
    for name, (scene, parts) in EXAMPLES.items():
        pictures = (picture for picture, _ in render(scene, library, SIDE, ALL_TIMES_S))
        frames = ((picture, Fraction(i, FRAMES_PER_SECOND)) for i, picture in enumerate(pictures))
        sound = (np.ascontiguousarray(mixed(scene, parts, library), np.float32), SAMPLE_RATE_HZ)
        write_video(
            HERE / f"{name}.mp4", frames, end_s=Fraction(SECONDS), sound=sound, crf=23, preset="slow", threads=1
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
