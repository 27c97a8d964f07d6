"""Build the three example clips from the library: python examples/build.py LIBRARY [TRUTH]. See CREDITS.md.

With TRUTH, a folder, only the ground-truth masks are written: TRUTH/NAME/0.png … 4.png, 255 where something sounds.
"""

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ravs.data.composition.dry_track import Events, MonoTrack, pan, render_dry_track, sounding_seconds
from ravs.data.composition.render import class_masks, render
from ravs.data.composition.scene import (
    ALL_TIMES_S,
    FRAMES_PER_SECOND,
    LABELLED_TIMES_S,
    SECONDS,
    Backdrop,
    PlacedObject,
    Roles,
    Scene,
)
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.media import write_video

HERE = Path(__file__).parent
SIDE = 416
WHOLE: Events = ((0.0, float(SECONDS)),)


@dataclass(frozen=True, kw_only=True)
class Part:
    """An object of an example, its recording, and when that plays."""

    obj: PlacedObject
    recording: str | None = None
    events_s: Events = WHOLE
    gain_db: float = 0.0


def example(background: str, *parts: Part, seed: int, **camera: Any) -> tuple[Scene, tuple[Part, ...]]:
    """The scene of these parts, the nearest last."""
    scene = Scene(
        subset="example",
        objects=tuple(part.obj for part in parts),
        backdrop=Backdrop(path=f"backgrounds/{background}.jpg", **camera),
        roles=Roles(sounding=tuple(part.recording is not None for part in parts)),
        grain=1.0,
        jpeg_quality=95,
        grain_seed=seed,
    )
    return scene, parts


def place(cutout: str, *, x: float, y: float, side: float, **more: Any) -> PlacedObject:
    """A cut-out of the library at a position, swaying a little."""
    name = cutout.split("/")[0]
    path = f"cutouts/{cutout}.png"
    return PlacedObject(
        class_name=name, class_index=1, cutout=path, x=x, y=y, side=side, sway=0.004, sway_hz=0.4, **more
    )


EXAMPLES = {
    "sheep-and-drums": example(
        "gc_cabrillo",
        Part(
            obj=place("drum/gc_africa", x=0.73, y=0.68, side=0.40, drift=(-0.03, 0.0)),
            recording="sounds/drum/sp_loop_tabla.ogg",
            events_s=((0.0, 3.5),),
            gain_db=-3.0,
        ),
        Part(
            obj=place("sheep/gc_sheep", x=0.29, y=0.70, side=0.46, drift=(0.05, 0.0), sway_phase=0.4),
            recording="sounds/sheep/ot_opensfx36.ogg",
            events_s=((2.0, 5.0),),
        ),
        seed=1,
        scale=1.08,
        pan=(0.03, 0.0),
    ),
    "two-drums": example(
        "gc_berlincathedral",
        Part(obj=place("drum/gc_africa", x=0.74, y=0.72, side=0.40, mirrored=True, sway_phase=0.3)),
        Part(
            obj=place("drum/gc_africa", x=0.26, y=0.74, side=0.40, drift=(0.02, 0.0)),
            recording="sounds/drum/sp_loop_breakbeat.ogg",
            gain_db=-2.0,
        ),
        seed=2,
        scale=1.08,
    ),
    "dog-and-piano": example(
        "gc_colosseum",
        Part(
            obj=place("piano/oc_piano_theory_ganson", x=0.68, y=0.66, side=0.46),
            recording="sounds/piano/sp_ambi_piano.ogg",
            events_s=((1.0, 5.0),),
        ),
        Part(obj=place("dog/gc_dog", x=0.24, y=0.72, side=0.42, drift=(0.04, 0.0), sway_phase=0.5)),
        seed=3,
        scale=1.1,
        pan=(-0.03, 0.0),
    ),
}


def tracks(scene: Scene, parts: tuple[Part, ...], library: Library) -> list[MonoTrack]:
    """The dry track of each part, silence for one without a recording."""
    generator = np.random.default_rng(scene.grain_seed)
    silence = np.zeros(SECONDS * SAMPLE_RATE_HZ, np.float32)
    return [
        render_dry_track(library.sound(part.recording), part.events_s, generator) if part.recording else silence
        for part in parts
    ]


def mix_tracks(scene: Scene, parts: tuple[Part, ...], library: Library) -> np.ndarray:
    """The audio of an example: 2, samples."""
    grid_s = np.arange(SECONDS * 100 + 1) / 100
    mix = np.zeros((2, SECONDS * SAMPLE_RATE_HZ), np.float32)
    for part, track, x in zip(parts, tracks(scene, parts, library), scene.positions(grid_s)[:, 0], strict=True):
        mix += pan(track * np.float32(10 ** (part.gain_db / 20)), x)
    return mix / max(1.0, float(np.abs(mix).max()) / 0.95)


def write_clip(path: Path, scene: Scene, parts: tuple[Part, ...], library: Library) -> None:
    """Write the video of an example."""
    rendered = render(scene, library, SIDE, ALL_TIMES_S)
    frames = ((frame, Fraction(i, FRAMES_PER_SECOND)) for i, (frame, _) in enumerate(rendered))
    audio = (np.ascontiguousarray(mix_tracks(scene, parts, library), np.float32), SAMPLE_RATE_HZ)
    write_video(path, frames, end_s=Fraction(SECONDS), sound=audio, crf=23, preset="slow", threads=1)


def write_masks(folder: Path, scene: Scene, parts: tuple[Part, ...], library: Library) -> None:
    """Write the ground-truth mask of each second of an example."""
    folder.mkdir(parents=True, exist_ok=True)
    instances = np.stack([instance_map for _, instance_map in render(scene, library, SIDE, LABELLED_TIMES_S)])
    sounding = np.array([sounding_seconds(track) for track in tracks(scene, parts, library)])
    for second, mask in enumerate(class_masks(instances, [255] * len(parts), sounding)):
        Image.fromarray(mask).save(folder / f"{second}.png")


def main(root: str, masks_folder: str | None = None) -> None:
    """Write the three clips beside this script, or their ground truth."""
    library = Library.read(root, "train")
    for name, (scene, parts) in EXAMPLES.items():
        if masks_folder is None:
            write_clip(HERE / f"{name}.mp4", scene, parts, library)
        else:
            write_masks(Path(masks_folder) / name, scene, parts, library)


if __name__ == "__main__":
    main(*sys.argv[1:])
