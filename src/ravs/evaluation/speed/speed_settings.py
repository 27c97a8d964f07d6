"""What `ravs benchmark` measures, and how often."""

import json
from dataclasses import dataclass
from typing import Any

from ravs.config.methods import METHODS
from ravs.config.presets import PRESETS
from ravs.errors import InputError

FAMILIES = (*METHODS, "cross-attention")  # what names of presets begin with
MIN_HEIGHT = 64  # of a video that can be drawn on


@dataclass(frozen=True)
class SpeedSettings:
    """What is measured. Weights and inputs are random: their values do not change the cost."""

    preset: str
    seconds: int = 5
    size: int = 224
    runs: int = 7
    threads: int = 2
    changes: tuple[tuple[str, Any], ...] = ()  # keys of the preset's configuration with values
    against: tuple[str, ...] = ()  # presets, or methods, of which the preset of the same size is taken
    device: str = "cpu"
    dtype: str = "float32"
    sides: tuple[int, ...] = ()  # at which growth is measured, in pixels
    lengths: tuple[int, ...] = ()  # and in seconds
    video_height: int = 720  # of the video whose decoding and drawing is measured, 16 : 9

    def __post_init__(self) -> None:
        for key in ("seconds", "size", "runs", "threads", "video_height"):
            least = MIN_HEIGHT if key == "video_height" else 1
            if getattr(self, key) < least:
                raise InputError(f"{key} is {getattr(self, key)}; it must be a whole number of at least {least}")
        for key in ("sides", "lengths"):
            if any(value < 1 for value in getattr(self, key)):
                raise InputError(f"{key} are {getattr(self, key)}; each must be a whole number of at least 1")

    @property
    def video_size(self) -> tuple[int, int]:
        """Height and width of the video, both even."""
        return self.video_height // 2 * 2, self.video_height * 8 // 9 * 2

    @property
    def rivals(self) -> tuple[str, ...]:
        """The presets of `against`."""
        return tuple(preset_of_method(name, self.preset) for name in self.against)


def preset_of_method(name: str, preset: str) -> str:
    """A method's preset of the size of another preset, METHOD-SIZE; a name that is no method is a preset itself.

    Raises: InputError where there is none of that size.
    """
    if name not in METHODS:
        return name
    same = [other for other in PRESETS if preset in PRESETS and size_of(other) == size_of(preset)]  # or by another name
    sizes = [
        other.removeprefix(f"{method}-") for other in same for method in FAMILIES if other.startswith(f"{method}-")
    ]
    found = next((f"{name}-{size}" for size in sizes if f"{name}-{size}" in PRESETS), None)
    if found is None:
        raise InputError(
            f"--against {name}: there is no preset of it of the size of {preset}; name one of another size"
        )
    return found


def size_of(preset: str) -> dict[str, Any]:
    """All that a preset chooses but the classes, whose number hardly matters to a method's size."""
    return {key: value for key, value in PRESETS[preset].items() if key != "classes"}


def parse_counts(option: str, text: str | None) -> tuple[int, ...]:
    """Whole numbers of a comma list; none of None. Raises: InputError."""
    try:
        return () if text is None else tuple(int(word) for word in text.split(","))
    except ValueError as error:
        raise InputError(f"{option} {text}: give whole numbers with commas between them, such as 224,512") from error


def parse_change(text: str) -> tuple[str, Any]:
    """A configuration key and its value from KEY=VALUE. Raises: InputError."""
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {text}: write KEY=VALUE, for example attention_form=published")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value  # a word
