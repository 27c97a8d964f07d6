"""How an overlay looks: what is drawn on the frames, where the timeline strip is, whether names are shown."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from ravs.errors import InputError, suggest

EFFECTS = ("tint", "spotlight", "blur-silent", "blur-sounding", "cutout", "uncertainty")
STRIPS = ("below", "over", "off")


@dataclass(frozen=True, kw_only=True)
class OverlayStyle:
    """The style of an overlay, validated on creation.

    Effects: `tint` colors and outlines what sounds; `spotlight` darkens the rest; `blur-silent` and `blur-sounding`
    blur the rest, or what sounds; `cutout` puts what sounds on plain gray; `uncertainty` colors the frame by the
    uncertainty map and outlines what sounds.
    """

    effect: str = "tint"
    strip: str = "below"  # the frame, over its lower edge, or off
    labels: bool = True  # names at what sounds
    tint: float = 0.36  # opacity of the effect `tint`, 0 (outlines alone) to 1

    def __post_init__(self) -> None:
        for name, choices in (("effect", EFFECTS), ("strip", STRIPS)):
            if getattr(self, name) not in choices:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(choices)}")
        if not 0 <= self.tint <= 1:
            raise InputError(f"tint is {self.tint}; it must lie between 0 and 1")

    @classmethod
    def from_choices(cls, **choices: Any) -> "OverlayStyle":
        """A style of these choices. Raises: InputError for an unknown name or an invalid value."""
        known = [entry.name for entry in fields(cls)]
        for name in choices:
            if name not in known:
                hint = suggest(name, known, f"they are {', '.join(known)}")
                raise InputError(f"no choice {name!r} of the overlay; {hint}")
        return cls(**choices)

    def as_json(self) -> dict[str, Any]:
        """The choices by name."""
        return asdict(self)
