"""Runs a model on a labelled clip and yields frames to be scored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import BINARY_CLASSES
from ravs.data.mask_files import resize_labels
from ravs.errors import InputError, NotFiniteError
from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.metrics.from_probabilities import predicted_frame
from ravs.inference.postprocess import names_at_size
from ravs.inference.predict import predict_probabilities
from ravs.inference.processor import RavsProcessor
from ravs.inference.region_names import RegionNamer, names_of_regions
from ravs.structures.clip import LabelledClip
from ravs.structures.mask_rule import MaskRule


@dataclass(frozen=True)
class FramePredictor:
    """A model with its processor, and how its classes map to those of a data set.

    Every clip goes through the model by itself, so that results do not depend on batches.
    """

    model: nn.Module
    processor: RavsProcessor
    class_indices: tuple[int, ...]  # the model's class for each class of the set; background first
    binary: bool  # sounding or silent, whatever the class
    size: int | None
    threshold: float

    def frames(self, clip: LabelledClip) -> Iterator[ScoredFrame]:
        """The labelled seconds of a clip in temporal order, prediction and ground truth at the same size.

        Raises: NotFiniteError.
        """
        size = clip.masks.shape[1:] if self.size is None else (self.size, self.size)
        namer = self.namer()
        for first, window in clip.windows(self.processor.config.clip_seconds):
            probabilities, uncertainty = predict_probabilities(self.model, self.processor, window)
            if not bool(probabilities.isfinite().all()):
                raise NotFiniteError("the model outputs values that are not finite: look for NaN in its weights")
            names = None if namer is None else names_of_regions(namer, probabilities)
            for second in range(len(window)):
                index = first + second
                if (clip.masks[index] != IGNORE_INDEX).any():
                    truth = resize_labels(clip.masks[index], size)
                    look_alike = clip.look_alike[index] if clip.look_alike else None
                    maps = self.maps(probabilities[second], uncertainty[second], truth.shape)
                    named = None if names is None else self.named(names[second], truth.shape)
                    yield self.score(maps, truth, index, look_alike, named)

    def namer(self) -> RegionNamer | None:
        """The namer of a video's regions, as by `ravs segment`; but one that leads unclearly gets its likeliest class.

        None: the model names each pixel, or names do not count.
        """
        config = self.processor.config
        rule = MaskRule(
            names=config.mask_classes, allowed=tuple(sorted(self.class_indices[1:])), threshold=self.threshold
        )
        return None if self.binary else RegionNamer.of(config.names, rule, always=True)

    def named(
        self, names: Int[np.ndarray, "low_height low_width"], size: tuple[int, ...]
    ) -> Int[np.ndarray, "height width"]:
        """The set's class of the region at each pixel, at the size of the ground truth."""
        of_set = np.zeros(max(self.class_indices) + 1, np.int64)
        of_set[list(self.class_indices)] = np.arange(len(self.class_indices))
        out: np.ndarray = of_set[names_at_size(names, (size[0], size[1]))]
        return out

    def maps(
        self,
        probabilities: Float[Tensor, "classes low_height low_width"],
        uncertainty: Float[Tensor, "lower_height lower_width"],
        size: tuple[int, ...],
    ) -> tuple[Float[np.ndarray, "set_classes height width"], Float[np.ndarray, "height width"]]:
        """Probabilities of the set's classes, and uncertainty, at the size of the ground truth."""
        larger, unsure = (
            F.interpolate(maps[None].cpu(), size, mode="bilinear")[0].clamp(0, 1).numpy()
            for maps in (probabilities[list(self.class_indices)], uncertainty[None])
        )
        return larger, unsure[0]

    def score(
        self,
        maps: tuple[np.ndarray, np.ndarray],
        truth: np.ndarray,
        second: int,
        look_alike: bool | None,
        names: np.ndarray | None = None,
    ) -> ScoredFrame:
        """A frame to be scored: labels by the mask rule and names, winners by the largest probability."""
        probabilities, uncertainty = maps
        return predicted_frame(
            probabilities,
            truth,
            binary=self.binary,
            threshold=self.threshold,
            uncertainty=uncertainty if self.processor.config.uncertainty else None,
            second=second,
            look_alike=look_alike,
            names=names,
        )


def with_audio(clip: LabelledClip, waveform: np.ndarray) -> LabelledClip:
    """The clip with other audio of the same length."""
    return replace(clip, waveform=np.ascontiguousarray(waveform, np.float32))


def match_classes(model_classes: tuple[str, ...], set_classes: tuple[str, ...], binary: bool) -> tuple[int, ...]:
    """The model's class index for each class of the set, matched by name; hyphen and underscore are equal.

    A model may know more classes than the set: those are never named. With `binary`, background alone, since
    1 - P(background) is the probability that something sounds.

    Raises: InputError where the set has classes that the model does not know.
    """
    if binary:
        return (0,)
    model_names, set_names = ([name.replace("_", "-") for name in names] for names in (model_classes, set_classes))
    if not set(set_names) <= set(model_names):
        shared = len(set(model_names) & set(set_names)) - 1
        raise InputError(
            f"the model knows {len(model_names) - 1} classes, the set has {len(set_names) - 1}, and they share "
            f"{shared}: score sounding against silent with --binary, or take a model of the set's classes"
        )
    return tuple(model_names.index(name) for name in set_names)


def is_binary(set_classes: tuple[str, ...], asked: bool) -> bool:
    """Whether sounding is scored against silent: the set has no other classes, or it was requested."""
    return asked or set_classes == BINARY_CLASSES
