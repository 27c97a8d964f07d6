"""A scene of five seconds: which objects are in view, where they are at each moment, and which of them sound."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

SECONDS = 5
FRAMES_PER_SECOND = 25
LABELLED_FRAMES = (24, 49, 74, 99, 124)  # the last of each second
LABELLED_TIMES_S = tuple(frame / FRAMES_PER_SECOND for frame in LABELLED_FRAMES)
ALL_TIMES_S = tuple(frame / FRAMES_PER_SECOND for frame in range(SECONDS * FRAMES_PER_SECOND))
SUBSETS = {"ss": 1, "ms": 2, "msmi": 3, "negative": 4}  # the number enters the seed of a clip


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Which objects of a scene sound, and what else is heard if none does."""

    sounding: tuple[bool, ...]  # one for each object
    negative: str | None = None  # silence, noise, ambient or off-screen: nothing in view sounds


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedObject:
    """A cut-out in the picture. Lengths are parts of the frame's side, times seconds."""

    class_name: str
    class_index: int  # in masks; 0 for a class that the model does not know, which stays silent
    cutout: str
    side: float  # the longer one of the cut-out's two
    x: float  # centre, at the middle of the clip
    y: float
    drift: tuple[float, float] = (0.0, 0.0)  # over the whole clip
    sway: float = 0.0
    sway_hz: float = 0.0
    sway_phase: float = 0.0
    mirrored: bool = False
    tilt_degrees: float = 0.0
    brightness: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of red, green, blue


@dataclass(frozen=True, kw_only=True, slots=True)
class Backdrop:
    """A background photograph, and how the camera moves over it."""

    path: str
    scale: float = 1.06  # its short side, in frames
    at: tuple[float, float] = (0.5, 0.5)  # of the room that is left, where the window lies
    pan: tuple[float, float] = (0.0, 0.0)  # of the camera over the clip, in frames
    mirrored: bool = False
    brightness: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Everything that decides a clip's pictures; objects are in drawing order, the nearest last."""

    subset: str
    objects: tuple[PlacedObject, ...]
    backdrop: Backdrop
    roles: Roles
    grain: float = 0.0  # standard deviation of the noise on pictures, of 255
    jpeg_quality: int = 95
    grain_seed: int = 0

    def positions(self, times_s: Float64[np.ndarray, " times"]) -> Float64[np.ndarray, "objects 2 times"]:
        """Centres of the objects, x and y, at these times."""
        progress = times_s / SECONDS - 0.5
        centres = np.empty((len(self.objects), 2, len(times_s)))
        for place, thing in zip(centres, self.objects, strict=True):
            angle = 2 * np.pi * (thing.sway_hz * times_s + thing.sway_phase)
            sway = thing.sway * np.stack([np.sin(angle), np.cos(angle)])
            travel = np.array(thing.drift) - np.array(self.backdrop.pan) / 2  # objects move against the camera
            place[:] = np.array([[thing.x], [thing.y]]) + travel[:, None] * progress + sway
        return centres

    def as_json(self) -> str:
        """One line of JSON, from which `from_json` makes an equal scene."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Scene":
        """The scene that `as_json` wrote."""
        values = json.loads(line)
        objects = tuple(PlacedObject(**_with_tuples(thing)) for thing in values.pop("objects"))
        backdrop = Backdrop(**_with_tuples(values.pop("backdrop")))
        roles = Roles(**_with_tuples(values.pop("roles")))
        return cls(objects=objects, backdrop=backdrop, roles=roles, **values)


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists only."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
