"""A model's outputs per second of a video: the image, what is marked, and the groups of every stage."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, UInt8
from PIL import Image
from torch import nn

from ravs.config.inference import InferenceSettings
from ravs.inference.predict import predict_windows
from ravs.inference.render_output import RenderRules, render_masks
from ravs.inference.segmenter import Segmenter
from ravs.modeling.alignment.contrastive import similarity
from ravs.modeling.alignment.cross_attention import AlignmentOutput, CrossAttention
from ravs.structures.clip import Clip
from ravs.structures.prediction import FramePrediction

TILE = 300  # pixels of a drawn image's longer side


@dataclass(frozen=True, slots=True, eq=False)
class FrameGroups:
    """The groups of one frame after one stage."""

    of_token: Int[np.ndarray, "rows columns"]  # index of the group of each token
    relevance: Float[np.ndarray, "rows columns"]  # S of the paper, unbounded
    response: Float[np.ndarray, " groups"]  # I of the paper, 0 to 1


@dataclass(frozen=True, slots=True, eq=False)
class SecondOutput:
    """A second of a video as drawn."""

    image: UInt8[np.ndarray, "height width 3"]  # the longer side is TILE
    marked: FramePrediction
    stages: tuple[FrameGroups, ...]  # empty for a model without groups


def video_outputs(segmenter: Segmenter, path: Path, settings: InferenceSettings) -> list[SecondOutput]:
    """Outputs for the seconds of a video in temporal order, computed as by `ravs segment`.

    Raises: DecodeError, NoAudioError; InputError if the part of the video is empty.
    """
    return clips_outputs(segmenter, segmenter.clips(path, settings), settings)


def clips_outputs(segmenter: Segmenter, clips: Iterable[Clip], settings: InferenceSettings) -> list[SecondOutput]:
    """Outputs for the seconds of successive clips of one video. Groups and masks come from the same forward pass."""
    config = segmenter.processor.config
    windows, tiles, groups = [], [], []
    for clip in clips:
        with recorded_alignments(segmenter.model) as aligned:
            windows += list(predict_windows(segmenter.model, segmenter.processor, [clip]))
        stages = [groups_by_frame(stage, config.response_sharpness) for stage in aligned if stage.groups is not None]
        groups += [tuple(stage[second] for stage in stages) for second in range(len(clip))]
        tiles += [tile(frame) for frame in clip.frames]
    masks = render_masks(windows, RenderRules.of(segmenter.classes, config.names, settings))
    return [SecondOutput(*second) for second in zip(tiles, masks, groups, strict=True)]


@contextmanager
def recorded_alignments(model: nn.Module) -> Iterator[list[AlignmentOutput]]:
    """A list that collects the output of each alignment while the model runs, without changing its results."""
    aligned: list[AlignmentOutput] = []
    stages = [module for module in model.modules() if isinstance(module, CrossAttention)]
    hooks = [stage.register_forward_hook(lambda _module, _inputs, given: aligned.append(given)) for stage in stages]
    try:
        yield aligned
    finally:
        for hook in hooks:
            hook.remove()


def groups_by_frame(aligned: AlignmentOutput, sharpness: float) -> list[FrameGroups]:
    """The groups of each frame (padding included) with their response: sigmoid of similarity times sharpness."""
    assert aligned.groups is not None and aligned.group_of_token is not None and aligned.relevance is not None
    size = aligned.maps.shape[-2:]
    of_token = aligned.group_of_token.unflatten(1, size).cpu().numpy()
    relevance = aligned.relevance.float().unflatten(1, size).cpu().numpy()
    response = (similarity(aligned.groups, aligned.audio) * sharpness).sigmoid().cpu().numpy()
    return [FrameGroups(*of_frame) for of_frame in zip(of_token, relevance, response, strict=True)]


def tile(frame: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "rows columns 3"]:
    """The frame resized to a longer side of TILE, keeping its aspect ratio."""
    height, width = frame.shape[:2]
    longer = max(height, width)
    size = (max(round(TILE * width / longer), 1), max(round(TILE * height / longer), 1))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))
