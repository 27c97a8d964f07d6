"""Settings of a segmentation, and how rates and times are parsed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from ravs.config.labels import UNNAMED
from ravs.errors import InputError, suggest

MIN_AREA, MIN_DURATION, BRIDGE_GAPS = 0.001, "1", "1"  # defaults, measured on real footage (notes/log.md)
ELSEWHERE = {
    **dict.fromkeys(("device", "dtype", "model"), "ravs.load takes it"),
    **dict.fromkeys(("conf", "confidence"), "did you mean 'threshold'?"),
    **dict.fromkeys(("fps", "vid_stride"), "did you mean 'rate', masks a second?"),
    "stream": "segmenter.stream(source) gives masks one by one",
    "save": "prediction.save(folder) writes the results",
    "verbose": "progress=print prints each step",
}  # what other programs call settings of ours, or what is said at another place
ALL = "all"  # classes, where a list of names is
MODEL_SETTINGS = ("rate", "start", "end", "sound", "sound_track")  # keys of those that the model's answer depends on


@dataclass(frozen=True, kw_only=True)
class InferenceSettings:
    """Settings of a segmentation, validated on creation; `from_choices` also takes strings from a command line."""

    rate: Fraction | None = Fraction(1)  # masks per second; None: one for every frame of the source
    start_s: Fraction | None = None
    end_s: Fraction | None = None
    classes: tuple[str, ...] | None = None  # that are shown, the others are as if silent; None: all
    among: tuple[str, ...] | None = None  # that a sounding pixel may get, whatever it looks like; None: all
    threshold: float = 0.5  # a pixel sounds where 1 - P(background) exceeds it
    max_uncertainty: float | None = None  # pixels above it become background
    min_area: float = MIN_AREA  # of an object, as a share of the image
    min_duration_s: Fraction = Fraction(MIN_DURATION)  # of a class that sounds without a pause
    bridge_gaps_s: Fraction = Fraction(BRIDGE_GAPS)  # pauses of a class up to this length are filled
    sound: Path | None = None  # audio file used instead of the source's own audio
    sound_track: int | None = None  # of the audio tracks, from 1; None: the one that a player would play
    mute: bool = False  # also segment without audio

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate <= 0:
            raise InputError(f"rate is {self.rate}; it must be above 0, or 'native' for every frame")
        for name in ("threshold", "max_uncertainty", "min_area"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise InputError(f"{name} is {value}; it must lie between 0 and 1")
        if self.end_s is not None and self.end_s <= (self.start_s or 0):
            raise InputError(f"end is {float(self.end_s):g} s, not after start {float(self.start_s or 0):g} s")
        if self.sound_track is not None and self.sound_track < 1:
            raise InputError(f"sound_track is {self.sound_track}; tracks are counted from 1; ravs info lists them")
        self._check_classes()

    def _check_classes(self) -> None:
        for name in ("classes", "among"):
            if getattr(self, name) == ():
                raise InputError(f"{name} is empty: name one class at least, or leave it out for all")
        if self.classes and self.among and set(self.classes).isdisjoint({*self.among, UNNAMED}):
            raise InputError(
                f"classes {', '.join(self.classes)} are not among {', '.join(self.among)}, the names that all that "
                "sounds gets: nothing could be shown; leave one of the two out"
            )

    @classmethod
    def from_choices(cls, **choices: Any) -> "InferenceSettings":
        """Settings from strings and numbers. Raises: InputError for an unknown key or an invalid value."""
        known = [entry.name for entry in fields(cls)]
        for key in choices:
            if key not in known:
                hint = ELSEWHERE.get(key) or suggest(key, known, f"settings are {', '.join(known)}")
                raise InputError(f"unknown setting {key!r}; {hint}")
        return cls(**{key: _parse(key, value) for key, value in choices.items()})

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON documents record them; the audio file by its name."""
        return {
            "rate": "native" if self.rate is None else str(self.rate),
            "start": None if self.start_s is None else float(self.start_s),
            "end": None if self.end_s is None else float(self.end_s),
            "classes": None if self.classes is None else list(self.classes),
            "among": None if self.among is None else list(self.among),
            "threshold": self.threshold,
            "max_uncertainty": self.max_uncertainty,
            "min_area": self.min_area,
            "min_duration": float(self.min_duration_s),
            "bridge_gaps": float(self.bridge_gaps_s),
            "sound": None if self.sound is None else self.sound.name,
            "sound_track": self.sound_track,
            "mute": self.mute,
        }


def model_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Of settings as documents record them, those that the model's answer depends on."""
    return {key: values[key] for key in MODEL_SETTINGS}


def parse_rate(value: str | int | float | Fraction | None) -> Fraction | None:
    """Masks per second from a number or a string such as '2', '0.5', '30000/1001' or 'native' (None)."""
    if value is None or value == "native":
        return None
    try:
        return Fraction(str(value).replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"rate is {value!r}; it must be a number, a fraction such as 30000/1001, or native") from None


def parse_time(value: str | int | float | Fraction | None, name: str = "time") -> Fraction | None:
    """Seconds from a number or a string such as '12.5', '1:02.3' or '0:01:02.300'. `name`: of what it is."""
    if value is None:
        return None
    try:
        parts = [Fraction(part) for part in str(value).split(":")]
    except (ValueError, ZeroDivisionError):
        parts = []
    invalid = max(parts[1:], default=0) >= 60 or any(part.denominator > 1 for part in parts[:-1])
    if not 1 <= len(parts) <= 3 or min(parts) < 0 or invalid:
        raise InputError(f"{name} is {value!r}; it must be seconds or H:MM:SS.mmm, for example 62.5 or 0:01:02.500")
    seconds = Fraction(0)
    for part in parts:
        seconds = seconds * 60 + part
    return seconds


def _parse_names(value: str | Iterable[str] | None, setting: str) -> tuple[str, ...] | None:
    if value is None or value == ALL:
        return None
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",")]
    names = tuple(value) if isinstance(value, Iterable) else ()
    if not isinstance(value, Iterable) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{setting} is {value!r}; it must be names of classes, such as ['dog', 'car']")
    return tuple(name for name in names if name)


def _parse_number(value: str | int | float | None, name: str) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        raise InputError(f"{name} is {value!r}; it must be a number between 0 and 1") from None


def _parse_track(value: str | int | None) -> int | None:
    try:
        return None if value is None else int(value)
    except ValueError:
        raise InputError(f"sound_track is {value!r}; it must be a number, 1 for the first track") from None


def _parse_path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)


def _parse(key: str, value: Any) -> Any:
    """The value of a setting; messages have the setting's name as the command line has it."""
    parser = _PARSERS.get(key)
    if parser in (parse_time, _parse_number, _parse_names):
        return parser(value, key.removesuffix("_s"))
    return value if parser is None else parser(value)


_PARSERS: dict[str, Callable[..., Any]] = {
    "rate": parse_rate,
    **dict.fromkeys(("start_s", "end_s", "min_duration_s", "bridge_gaps_s"), parse_time),
    **dict.fromkeys(("classes", "among"), _parse_names),
    **dict.fromkeys(("threshold", "max_uncertainty", "min_area"), _parse_number),
    "sound": _parse_path,
    "sound_track": _parse_track,
}
