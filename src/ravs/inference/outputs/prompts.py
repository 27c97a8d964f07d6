"""prompts.json, prompts.npz: what sounds, as prompts for SAM 2, EdgeTAM, SAM 3 and SAM-Audio.

Conventions are those of `Sam2VideoProcessor` in transformers, which all three video models share (points and boxes in
pixels of the frame, logits of a mask as `Sam2VideoModel._use_mask_as_output` makes them), and of `SAMAudioProcessor` in
facebookresearch/sam-audio (spans in seconds, masks in pixels, lower-case words).
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from jaxtyping import Bool, Float32
from PIL import Image

from ravs.inference.outputs.frame_names import source_name
from ravs.inference.outputs.inner_points import inner_points
from ravs.inference.outputs.label_arrays import write_array
from ravs.structures.prediction import Event, FramePrediction, Prediction, SoundingObject
from ravs.structures.rle import Rle, decode_mask

SCHEMA = "ravs-prompts/1"
LARGE_SHARE = 0.5  # of the event's largest mask
LOGIT_SIDE = 256  # of SAM's low-resolution masks: 1024 px at stride 4
LOGIT = 10.0  # of a pixel that is sure to be inside: the probability is 1 - 5e-5

Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundPrompt:
    """One event as a prompt: the frame in which its mask is surest, where its mask lies there, and when it sounds."""

    id: int  # from 1; SAM's object id
    name: str  # of the class
    text: str  # the same in words
    start_s: float  # on the source's clock
    end_s: float
    frame: int | None  # index of the frame in the source, from 0; None: arrays, which have no frames to count
    time_s: float  # when it is shown
    score: float  # of the mask: mean probability of its class
    area: int  # pixels
    box: Box  # left, top, right, bottom; the last two are pixels of the mask still
    points: tuple[tuple[int, int], ...]  # x, y of pixels well inside
    rle: Rle  # the mask, of the size of the displayed frame

    @property
    def labels(self) -> list[int]:
        """1 for each point: it lies on the object."""
        return [1] * len(self.points)

    @property
    def mask(self) -> Bool[np.ndarray, "height width"]:
        """The mask as an array."""
        return decode_mask(self.rle)

    @property
    def input_mask(self) -> Float32[np.ndarray, "256 256"]:
        """SAM's low-resolution mask: logits of the frame squeezed into a square."""
        return mask_logits(self.mask)


def sound_prompts(prediction: Prediction) -> tuple[SoundPrompt, ...]:
    """A prompt for each event, in their order.

    Its frame is the one in which the mask is surest (highest score) among those that are at least half as large as the
    event's largest.
    """
    return tuple(
        _prompt(number, event, *best_mask(event.name, frames))
        for number, (event, frames) in enumerate(prediction.event_frames, start=1)
    )


def best_mask(name: str, frames: tuple[FramePrediction, ...]) -> tuple[FramePrediction, SoundingObject]:
    """The surest of a class's masks that is large enough, with its frame; the larger one of two, then the earlier."""
    masks = [(frame, found) for frame in frames for found in frame.objects if found.name == name]
    least = LARGE_SHARE * max(found.area for _, found in masks)
    large = [(frame, found) for frame, found in masks if found.area >= least]
    return max(large, key=lambda entry: (entry[1].score, entry[1].area))


def mask_logits(mask: Bool[np.ndarray, "height width"]) -> Float32[np.ndarray, "256 256"]:
    """10 inside, -10 outside, in between where a cell holds an edge; resampled bilinearly, with antialiasing."""
    logits = Image.fromarray(np.where(mask, LOGIT, -LOGIT).astype(np.float32))
    return np.asarray(logits.resize((LOGIT_SIDE, LOGIT_SIDE), Image.Resampling.BILINEAR))


def prompts_document(prediction: Prediction, prompts: tuple[SoundPrompt, ...]) -> dict[str, Any]:
    """prompts.json: the source and its prompts."""
    source = prediction.source
    return {
        "schema": SCHEMA,
        "source": source_name(prediction),
        "width": source["width"],
        "height": source["height"],
        "fps": source.get("fps"),
        "prompts": [_entry(prompt) for prompt in prompts],
    }


def prompts_npz(prompts: tuple[SoundPrompt, ...]) -> bytes:
    """prompts.npz: input_masks, (prompts, 256, 256) float16, in the order of the document."""
    file, half = BytesIO(), np.dtype(np.float16)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        shape = (len(prompts), LOGIT_SIDE, LOGIT_SIDE)
        write_array(archive, "input_masks", shape, half, (prompt.input_mask.astype(half) for prompt in prompts))
    return file.getvalue()


def _prompt(number: int, event: Event, frame: FramePrediction, found: SoundingObject) -> SoundPrompt:
    left, top, width, height = found.bbox
    inside = decode_mask(found.rle)[top : top + height, left : left + width]
    return SoundPrompt(
        id=number,
        name=event.name,
        text=event.name.lower().replace("_", " "),
        start_s=event.start_s,
        end_s=event.end_s,
        frame=frame.frame,
        time_s=frame.time_s,
        score=found.score,
        area=found.area,
        box=(left, top, left + width - 1, top + height - 1),
        points=tuple((left + x, top + y) for x, y in inner_points(inside)),
        rle=found.rle,
    )


def _entry(prompt: SoundPrompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "class": prompt.name,
        "text": prompt.text,
        "start": round(prompt.start_s, 6),
        "end": round(prompt.end_s, 6),
        "frame": prompt.frame,
        "time": round(prompt.time_s, 6),
        "score": round(prompt.score, 4),
        "area": prompt.area,
        "box": list(prompt.box),
        "points": [list(point) for point in prompt.points],
        "labels": prompt.labels,
        "rle": prompt.rle.as_json(),
    }
