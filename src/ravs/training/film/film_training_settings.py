"""Every number of the training of class matching on film-like frames; the defaults are those of `ravs-film`.

docs/training.md says what the shipped weights' laboratory form had otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

import yaml

from ravs.config.labels import TABLE_CLASSES
from ravs.config.validation import check_counts, check_number, check_spelling, is_count
from ravs.errors import InputError

SHARES = ("in_view", "two_classes", "stereo", "lying_stereo", "least_share", "classifier_dropout")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmTrainingSettings:
    """Counts, shares (probabilities), steps and learning rates. All training is AdamW with one cycle of the rate."""

    preset: str = "class-matching-tiny"
    model: Mapping[str, Any] = field(default_factory=dict)  # changes of the preset's keys
    visual_weights: str | None = "imagenet"  # as in a recipe
    audio_weights: str | None = "yamnet-panorama"
    seed: int = 0

    frames: int = 7000  # of all cut-outs and photographs, for the last sight network
    fold_frames: int = 2400  # of the cut-outs and photographs of each fold
    folds: int = 3
    frame_side: int = 352  # pixels, a multiple of 32
    frames_per_block: int = 100  # that are drawn at once and kept in one file

    seconds: int = 14_000  # of none, one or two classes, degraded
    pair_seconds: int = 12  # at most, of each two classes that are in view together: one and half as many as frames
    clean_seconds: int = 6  # of each original recording, as it is
    seconds_per_block: int = 200
    recording_folds: int = 5

    clean_repeats: int = 3  # of the clean seconds in training the classifier of what is heard
    classifier_epochs: int = 10
    classifier_batch: int = 256
    classifier_rate: float = 6e-3  # at the peak of the cycle
    classifier_penalty: float = 0.3  # times the sum of the squared weights of the vector
    classifier_dropout: float = 0.2  # of the standardized vector

    sight_steps: int = 450  # out of fold
    last_sight_steps: int = 1400  # on all frames
    sight_batch: int = 12
    sight_rate: float = 2e-3
    sight_decay: float = 0.05

    mask_steps: int = 1500
    mask_batch: int = 16
    mask_rate: float = 2e-3
    mask_decay: float = 0.05
    least_divisor: float = 0.9  # of the logits of what is heard, in training
    largest_divisor: float = 2.6
    divisor: float = 1.15  # in use
    mask_shift: float = 0.3  # of the trained mask logit, in use: what a threshold of 0.43 would mark
    in_view: float = 0.82  # what is heard is a class in view, if any is
    two_classes: float = 0.3  # of these, two in view are heard, where such a second was drawn
    person_weight: float = 0.35  # against 1 of any other class in view
    least_share: float = 0.008  # of the frame that a class in view fills
    stereo: float = 0.4  # the panorama shows where the sources are
    lying_stereo: float = 0.1  # the panorama shows other places; the rest is mono

    table_classes: Sequence[str] = TABLE_CLASSES  # besides the trained ones, by what ImageNet and AudioSet know

    def __post_init__(self) -> None:
        counts = [one.name for one in fields(self) if one.type is int and one.name != "seed"]
        check_counts("settings", self, *counts)
        if self.seed != 0 and not is_count(self.seed):
            raise InputError(f"seed is {self.seed!r}; it must be a whole number from 0 on")
        for one in fields(self):
            if one.type is float:
                least = -inf if one.name == "mask_shift" else 0
                check_number(one.name, getattr(self, one.name), least, 1 if one.name in SHARES else inf)
        if not isinstance(self.model, Mapping):
            raise InputError(f"model is {self.model!r}; it must be keys with values: model={{neighbor_weight: 0.5}}")
        check_names("table_classes", self.table_classes)
        if self.folds < 2 or self.recording_folds < 2:
            raise InputError(f"folds is {self.folds}, recording_folds {self.recording_folds}; out of fold takes two")
        if not 0 < self.least_divisor <= self.largest_divisor or self.divisor <= 0:
            raise InputError(
                f"divisors are {self.least_divisor} to {self.largest_divisor} and {self.divisor} in use; they must be "
                "above 0, the least first"
            )
        if self.frame_side % 32:
            raise InputError(f"frame_side is {self.frame_side}; it must be a multiple of 32, the coarsest stride")


def check_names(key: str, names: Any) -> None:
    """Raises: InputError for what is no list of names."""
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{key} is {names!r}; it must be names: {key}=[saw, bell]")


def read_film_settings(changes: Iterable[str]) -> FilmTrainingSettings:
    """The settings of `ravs-film` with changes, each KEY=VALUE with a value in YAML. Raises: InputError."""
    values: dict[str, Any] = {}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise InputError(f"{change!r} is no setting: give KEY=VALUE")
        try:
            values[key] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise InputError(f"{change!r}: the value is no YAML; quote it") from None
    known = [one.name for one in fields(FilmTrainingSettings)]
    check_spelling(values, known, "the settings")
    if unknown := [key for key in values if key not in known]:
        raise InputError(f"unknown key {unknown[0]!r} of the settings; they are {', '.join(known)}")
    for one in fields(FilmTrainingSettings):
        if one.type is float and isinstance(values.get(one.name), str):
            with suppress(ValueError):
                values[one.name] = float(values[one.name])  # YAML reads 1e-4 as text
    return FilmTrainingSettings(**values)
