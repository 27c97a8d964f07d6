"""Allowed values of each key of a RavsConfig, and checks of choices, counts, numbers and names."""

from collections.abc import Iterable
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any

from ravs.errors import InputError

TRAINABLE_AUDIO_ENCODERS = ("logmel-cnn", "panorama-cnn")  # ours; their tokens are directions
CHOICES = {
    "audio_encoder": (
        *TRAINABLE_AUDIO_ENCODERS,
        "vggish",
        "vggish-grid",
        "htsat",
        "aisfx",
        "yamnet",
        "yamnet-panorama",
    ),
    "alignment": ("none", "cross_attention", "gt_filter", "sgsm"),
    "audio_tokens": ("all", "mean"),
    "group_labels": ("chain", "nearest"),
    "merge_tokens": ("visual", "audio_visual"),
    "position_encoding": ("none", "sine"),
    "remap": ("plain", "gated"),
    "contrastive_positives": ("response", "masks"),
    "contrastive_form": ("joint", "each"),
    "temporal": ("attention", "none"),
    "uncertainty_scaling": ("minmax", "bound"),
    "loss_classes": ("all", "present"),
    "loss_size": ("map", "picture"),
    "loss_weights_sum": ("one", "as_given"),
    "hear_from": ("anywhere", "own_place", "near_and_far"),
    "outlines": ("plain", "guided"),
    "names": ("pixel", "region"),
    "resize": ("squash", "keep"),
}
VISUAL_ENCODERS = ("efficientnet-lite0", "mit-b5", "pvt-v2-b5", "debug")  # and timm:NAME
SWITCHES = ("contrastive", "stereo", "time_encoding", "uncertainty")
COUNTS = (
    *("image_size", "clip_seconds", "audio_width", "audio_directions", "num_neighbors"),
    *("decoder_width", "temporal_width", "temporal_heads"),
)
NUMBERS = {  # smallest and largest value
    "positive_threshold": (0.0, 1.0),
    "response_sharpness": (0.0, inf),
    "contrastive_temperature": (1e-6, inf),
    "cross_entropy_weight": (0.0, inf),
    "dice_weight": (0.0, inf),
    "iou_weight": (0.0, inf),
    "contrastive_weight": (0.0, inf),
    "tagging_weight": (0.0, inf),
    "sounding_weight": (0.0, inf),
}
MAX_CLASSES = 254  # in an 8-bit mask, besides 0 for background and 255 for unknown
DTYPES = ("float32", "float16", "bfloat16", "float64")  # of weights


def check_values(config: Any) -> None:
    """Raises: InputError for the first key whose value has a wrong type or is out of its limits."""
    for key, allowed in CHOICES.items():
        check_choice(key, getattr(config, key), allowed)
    check_visual_encoder(config.visual_encoder)
    for key in SWITCHES:
        if not isinstance(getattr(config, key), bool):
            raise InputError(f"{key} is {getattr(config, key)!r}; it must be True or False")
    for key in COUNTS if config.alignment_width is None else (*COUNTS, "alignment_width"):
        check_count(key, getattr(config, key))
    for key, limits in NUMBERS.items():
        check_number(key, getattr(config, key), *limits)
    if config.silence_below_db is not None:
        check_number("silence_below_db", config.silence_below_db, -120.0, 0.0)


def check_choice(key: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Raises: InputError unless the value is an allowed one."""
    if value not in allowed:
        raise InputError(f"{key} is {value!r}; it must be one of {', '.join(allowed)}")


def check_count(key: str, value: Any) -> None:
    """Raises: InputError unless the value is a whole number of at least 1."""
    if not is_count(value):
        raise InputError(f"{key} is {value!r}; it must be a whole number of at least 1")


def check_counts(section: str, recipe: Any, *names: str) -> None:
    """Raises: InputError for the first of these keys that is not a whole number of at least 1."""
    for name in names:
        check_count(f"{section}.{name}", getattr(recipe, name))


def check_number(key: str, value: Any, least: int | float, most: int | float) -> None:
    """Raises: InputError unless the value is a finite number within its limits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"{key} is {value!r}; it must be a number")
    if not least <= value <= most:
        raise InputError(f"{key} is {value!r}; it must lie between {least:g} and {most:g}")


def check_visual_encoder(name: Any) -> None:
    """Raises: InputError for an unknown name without the prefix `timm:`."""
    if name not in VISUAL_ENCODERS and not (isinstance(name, str) and name.startswith("timm:")):
        raise InputError(f"visual_encoder is {name!r}; it must be one of {', '.join(VISUAL_ENCODERS)} or timm:NAME")


def check_dtype(dtype: Any) -> None:
    """Raises: InputError for what is neither None nor a type of weights, as torch.float16 or "float16"."""
    name = dtype if isinstance(dtype, str) else str(dtype).removeprefix("torch.")
    if dtype is not None and name not in DTYPES:
        raise InputError(f"dtype is {dtype!r}; it must be {', '.join(DTYPES)} or null")


def check_class_names(classes: Any) -> tuple[str, ...]:
    """Class names as a tuple. Raises: InputError unless they are distinct strings without background, at most 254."""
    names = tuple(classes) if isinstance(classes, list | tuple) else ()
    if not names or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"classes are {classes!r}; give a list of names, without background")
    if len(set(names)) != len(names) or "background" in names:
        raise InputError(f"classes are {names}; name each once, without background")
    if len(names) > MAX_CLASSES:
        raise InputError(f"classes are {len(names)}; a mask can show {MAX_CLASSES} at most")
    return names


def check_stage_counts(key: str, values: Any) -> tuple[int, ...]:
    """Three counts, for strides 4, 8 and 16, as a tuple. Raises: InputError."""
    three = tuple(values) if isinstance(values, list | tuple) else ()
    if len(three) != 3 or not all(map(is_count, three)):
        raise InputError(f"{key} is {values!r}; it must be three whole numbers of at least 1, for strides 4, 8 and 16")
    return three


def is_count(value: Any) -> bool:
    """Whether a value is a whole number of at least 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def check_spelling(keys: Iterable[str], known: Iterable[str], owner: str) -> None:
    """Raises: InputError for an unknown key that is close to a known one."""
    known = list(known)
    for key in keys:
        if key not in known and (near := get_close_matches(key, known, n=1, cutoff=0.8)):
            raise InputError(f"unknown key {key!r} of {owner}; did you mean {near[0]!r}?")
