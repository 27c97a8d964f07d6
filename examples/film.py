"""Make the film-like clips of examples/film: python examples/film.py LIBRARY PHOTOS. See CREDITS.md.

Each is one photograph under a camera that pans and zooms in a shaking hand, with recordings at stated times and an
ambient sound under them, in mono. PHOTOS has images/ in it, LIBRARY is that of `ravs library`.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from ravs.media import read_audio, write_video

FOLDER = Path(__file__).parent / "film"
SECONDS = 6
FRAMES_PER_SECOND = 25
SAMPLE_RATE_HZ = 32000
FADE_S = 0.05
SIZE = (512, 288)  # width, height
# Of the shaking hand, as a share of what the camera sees: how far, how often a second, where in the cycle.
SHAKE_X = ((0.0015, 0.7, 0.0), (0.0008, 1.9, 1.0))
SHAKE_Y = ((0.0015, 0.6, 2.0), (0.0008, 2.3, 0.0))
GRAIN = 1.5  # standard deviation, of 255


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file of the library, from when to when it plays, and its gain; at 0 dB its active parts have -20 dBFS."""

    path: str
    start_s: float = 0.0
    stop_s: float = SECONDS
    gain_db: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FilmClip:
    """A photograph and its audio. A view is the center and the width of what the camera sees, in pixels."""

    photo: str
    first_view: tuple[float, float, float]
    last_view: tuple[float, float, float]
    recordings: tuple[Recording, ...]
    ambient: Recording  # repeated for as long as the clip lasts


CLIPS = {
    "horses-and-riders": FilmClip(
        photo="000000214753.jpg",
        first_view=(375, 212, 400),
        last_view=(345, 212, 430),
        recordings=(
            Recording(path="sounds/horse/ad_horse_attack1.ogg", start_s=0.05),
            Recording(path="sounds/horse/ad_horse_attack2.ogg", start_s=0.65),
            Recording(path="sounds/person/ad_latin_male_00.ogg", start_s=2.02, stop_s=4.0),
        ),
        ambient=Recording(path="ambient/ad_wave_21.ogg", gain_db=-26),
    ),
    "airplane": FilmClip(
        photo="000000208901.jpg",
        first_view=(330, 205, 560),
        last_view=(300, 215, 460),
        recordings=(Recording(path="sounds/airplane/ot_opensfx8.ogg", start_s=1.9),),
        ambient=Recording(path="ambient/ot_opensfx52.ogg", gain_db=-37),
    ),
}


def view(clip: FilmClip, time_s: float) -> tuple[float, float, float]:
    """What the camera sees: it sets off and stops slowly, and shakes."""
    progress = time_s / SECONDS
    eased = progress**2 * (3 - 2 * progress)
    x, y, width = (a + (b - a) * eased for a, b in zip(clip.first_view, clip.last_view, strict=True))
    return x + width * sway(SHAKE_X, time_s), y + width * sway(SHAKE_Y, time_s), width


def sway(waves: tuple[tuple[float, float, float], ...], time_s: float) -> float:
    """A sum of sine waves of (amplitude, frequency in Hz, phase)."""
    return sum(far * float(np.sin(2 * np.pi * often * time_s + phase)) for far, often, phase in waves)


def draw(photo: UInt8[np.ndarray, "h w 3"], clip: FilmClip, number: int) -> UInt8[np.ndarray, "height width 3"]:
    """A frame: the part of the photograph in view, with grain. Raises ValueError if the view leaves the photograph."""
    x, y, width = view(clip, number / FRAMES_PER_SECOND)
    scale = width / SIZE[0]
    left, top, height = x - width / 2, y - scale * SIZE[1] / 2, scale * SIZE[1]
    if min(left, top) < 0 or left + width > photo.shape[1] or top + height > photo.shape[0]:
        raise ValueError(f"frame {number} sees beyond {clip.photo}: keep its views inside")
    from_frame = np.array([[scale, 0, left], [0, scale, top]])
    seen = cv2.warpAffine(photo, from_frame, SIZE, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    grain = np.random.default_rng(number).normal(scale=GRAIN, size=seen.shape)
    return np.asarray(np.clip(np.rint(seen + grain), 0, 255), np.uint8)


def frames(photo: UInt8[np.ndarray, "h w 3"], clip: FilmClip) -> Iterator[tuple[np.ndarray, Fraction]]:
    """All frames, each with its time."""
    for number in range(SECONDS * FRAMES_PER_SECOND):
        yield draw(photo, clip, number), Fraction(number, FRAMES_PER_SECOND)


def mix(clip: FilmClip, library: Path) -> Float32[np.ndarray, "1 samples"]:
    """The audio, in mono."""
    ambient = read(library, clip.ambient)
    track = np.resize(ambient, SECONDS * SAMPLE_RATE_HZ)
    for recording in clip.recordings:
        start, stop = (round(time_s * SAMPLE_RATE_HZ) for time_s in (recording.start_s, recording.stop_s))
        sound = fade_out(read(library, recording)[: stop - start])
        track[start : start + len(sound)] += sound
    return track[None] / max(1.0, float(np.abs(track).max()) / 0.95)


def read(library: Path, recording: Recording) -> Float32[np.ndarray, " samples"]:
    """A recording in mono, with its gain."""
    samples = read_audio(library / recording.path, SAMPLE_RATE_HZ).mean(axis=0)
    return np.asarray(samples * 10 ** (recording.gain_db / 20), np.float32)


def fade_out(sound: Float32[np.ndarray, " samples"]) -> Float32[np.ndarray, " samples"]:
    """The sound, its end faded."""
    ramp = np.minimum(1, np.arange(len(sound))[::-1] / (FADE_S * SAMPLE_RATE_HZ))
    return np.asarray(sound * ramp, np.float32)


def main(library: str, photos: str) -> None:
    """Write the clips."""
    FOLDER.mkdir(exist_ok=True)
    for name, clip in CLIPS.items():
        photo = cv2.imread(str(Path(photos) / "images" / clip.photo))
        if photo is None:
            raise FileNotFoundError(f"no photograph {clip.photo} in {photos}/images")
        audio = (np.ascontiguousarray(mix(clip, Path(library))), SAMPLE_RATE_HZ)
        shown = frames(np.asarray(photo[..., ::-1], np.uint8), clip)
        path = FOLDER / f"{name}.mp4"
        write_video(path, shown, end_s=Fraction(SECONDS), sound=audio, crf=24, preset="slow", threads=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
