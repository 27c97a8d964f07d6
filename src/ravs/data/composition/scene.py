"""A scene of five seconds: its objects, their positions at each time, and which of them sound."""

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
    """Which objects of a scene sound, and the kind of negative if none does."""

    sounding: tuple[bool, ...]  # one for each object
    negative: str | None = None  # silence, noise, ambient or off-screen if nothing in view sounds


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedObject:
    """A cut-out in the frame. Lengths are fractions of the frame's side, times are in seconds."""

    class_name: str
    class_index: int  # in masks; 0 for a class outside the library's classes, which is always silent
    cutout: str
    side: float  # longest side of the cut-out
    x: float  # center, in the middle of the clip
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
    scale: float = 1.06  # its short side, relative to the frame's
    at: tuple[float, float] = (0.5, 0.5)  # position of the window in the space around it, 0 to 1
    pan: tuple[float, float] = (0.0, 0.0)  # of the camera over the whole clip, relative to the frame's side
    mirrored: bool = False
    brightness: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Everything that decides a clip's frames. Objects are in drawing order, the nearest last."""

    subset: str
    objects: tuple[PlacedObject, ...]
    backdrop: Backdrop
    roles: Roles
    grain: float = 0.0  # standard deviation of the noise on frames, of 255
    jpeg_quality: int = 95
    grain_seed: int = 0

    def positions(self, times_s: Float64[np.ndarray, " times"]) -> Float64[np.ndarray, "objects 2 times"]:
        """Centers of the objects, x and y, at these times."""
        progress = times_s / SECONDS - 0.5
        centers = np.empty((len(self.objects), 2, len(times_s)))
        for center, obj in zip(centers, self.objects, strict=True):
            angle = 2 * np.pi * (obj.sway_hz * times_s + obj.sway_phase)
            sway = obj.sway * np.stack([np.sin(angle), np.cos(angle)])
            travel = np.array(obj.drift) - np.array(self.backdrop.pan) / 2  # objects move against the camera
            center[:] = np.array([[obj.x], [obj.y]]) + travel[:, None] * progress + sway
        return centers

    def as_json(self) -> str:
        """One line of JSON, from which `from_json` makes an equal scene."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Scene":
        """The scene that `as_json` wrote."""
        values = json.loads(line)
        objects = tuple(PlacedObject(**_with_tuples(obj)) for obj in values.pop("objects"))
        backdrop = Backdrop(**_with_tuples(values.pop("backdrop")))
        roles = Roles(**_with_tuples(values.pop("roles")))
        return cls(objects=objects, backdrop=backdrop, roles=roles, **values)


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Lists turned back into tuples, which JSON lacks."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
