"""A model's figures on composed clips of a library: with their sound, muted, and with another clip's sound."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ravs.data.composed import ComposedClip, composed_clips
from ravs.data.library import Library
from ravs.errors import InputError
from ravs.metrics.sounding import SoundingScore
from ravs.model import RavsModel
from ravs.processing import RavsProcessor

SOUNDS = ("own", "muted", "other")
SUBSETS = ("ss", "ms", "msmi", "negative")
BATCH = 4


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is evaluated: everything that the figures depend on besides the weights."""

    library: Path
    split: str = "val"
    clips: int = 100  # of each subset and seed
    seeds: tuple[int, ...] = (1, 2, 3)
    size: int = 224
    sound: str = "own"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.sound not in SOUNDS:
            raise InputError(f"sound is {self.sound!r}; it must be one of {', '.join(SOUNDS)}")
        if self.sound == "other" and self.clips < 2:
            raise InputError("one clip has no other clip's sound: take at least 2 clips for sound 'other'")
        if self.clips < 1 or not self.seeds:
            raise InputError(f"{self.clips} clips of {len(self.seeds)} seeds: at least one of each is needed")

    def as_text(self) -> str:
        """One line."""
        seeds = ", ".join(map(str, self.seeds))
        return (
            f"{self.clips} clips of each subset, seeds {seeds}; split {self.split}, {self.size} px, "
            f"sound: {self.sound}, threshold {self.threshold}"
        )


Figures = dict[str, dict[str, float]]


def evaluate(
    model: RavsModel,
    processor: RavsProcessor,
    setting: Setting,
    progress: Callable[[int, int], None] | None = None,
) -> Figures:
    """J, F and J&F of sounding against not for ss, ms and msmi; share of pixels marked in negatives of each kind.

    Figures are means over the seeds, with the deviation between seeds beside them as `jf_deviation`.
    """
    library = Library.read(setting.library, setting.split, classes=model.config.classes)
    by_seed: dict[str, list[SoundingScore]] = defaultdict(list)
    done, total = 0, len(setting.seeds) * len(SUBSETS) * setting.clips
    for seed in setting.seeds:
        scores: dict[str, SoundingScore] = defaultdict(SoundingScore)
        for subset in SUBSETS:
            for labels, clip in predictions(model, processor, library, setting, subset, seed):
                scores[kind_of(clip)].add(labels, clip.masks)
                done += 1
                if progress is not None:
                    progress(done, total)
        for kind, score in scores.items():
            by_seed[kind].append(score)
    return {kind: means(scores) for kind, scores in sorted(by_seed.items())}


def as_table(figures: Figures) -> str:
    """Markdown: a row a subset, and for negatives the share of pixels that were marked."""
    rows = ["| clips | J | F | J&F | ± seeds | class right | marked |", "|---|---|---|---|---|---|---|"]
    for kind, row in figures.items():
        if kind.startswith("negative"):
            rows.append(f"| {kind} | | | | | | {100 * row['marked']:.2f} % |")
        else:
            values = " | ".join(f"{row[key]:.3f}" for key in ("j", "f", "jf", "jf_deviation", "class_accuracy"))
            rows.append(f"| {kind} | {values} | {100 * row['marked']:.2f} % |")
    return "\n".join(rows)


def kind_of(clip: ComposedClip) -> str:
    """The subset, and for negatives their kind."""
    return clip.subset if clip.subset != "negative" else f"negative {clip.negative_kind}"


def predictions(
    model: RavsModel, processor: RavsProcessor, library: Library, setting: Setting, subset: str, seed: int
) -> Iterator[tuple[np.ndarray, ComposedClip]]:
    """Labels at the clip's size (seconds, height, width; uint8) with each clip."""
    clips = composed_clips(library, subset, setting.clips, seed, setting.size)
    first: ComposedClip | None = None
    held: list[ComposedClip] = []
    for clip in clips:
        first = first or clip
        held.append(clip)
        if len(held) > BATCH:  # one more than a batch: with `other`, each clip hears the next one's sound
            yield from predict(model, processor, held[:BATCH], [c.waveform for c in held[1:]], setting)
            held = held[BATCH:]
    if first is not None:
        others = [c.waveform for c in held[1:]] + [first.waveform]
        yield from predict(model, processor, held, others, setting)


def predict(
    model: RavsModel,
    processor: RavsProcessor,
    clips: list[ComposedClip],
    others: list[np.ndarray],
    setting: Setting,
) -> Iterator[tuple[np.ndarray, ComposedClip]]:
    """One batch through the model."""
    waves = {"own": [c.waveform for c in clips], "muted": [c.waveform * 0 for c in clips], "other": others}
    inputs = [
        processor(frames=clip.frames, waveform=wave, sample_rate_hz=clip.sample_rate_hz)
        for clip, wave in zip(clips, waves[setting.sound], strict=True)
    ]
    with torch.inference_mode():
        outputs: Any = model(**processor.collate(inputs))
    sizes = [clip.masks.shape[-2:] for clip in clips]
    labels = processor.post_process_semantic_segmentation(outputs, sizes, setting.threshold)
    for label, clip in zip(labels, clips, strict=True):
        yield label.byte().numpy(), clip


def means(scores: list[SoundingScore]) -> dict[str, float]:
    """Means over the seeds."""
    names = ("j", "f", "jf", "marked", "class_accuracy")
    values = {name: float(np.mean([getattr(score, name) for score in scores])) for name in names}
    return values | {"jf_deviation": float(np.std([score.jf for score in scores]))}
