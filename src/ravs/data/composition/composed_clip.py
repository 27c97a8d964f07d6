"""Composed clips with their ground truth: rendered in memory, or read from a set that `ravs compose` wrote."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ravs.data.composition.clip_plan import ClipPlan, describe_clip, plan_clip
from ravs.data.composition.render import class_masks, render
from ravs.data.composition.scene import LABELLED_FRAMES, LABELLED_TIMES_S, SECONDS
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.data.mask_files import AS_STORED, read_pixels
from ravs.media import read_clips
from ravs.structures.clip import LabelledClip


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ComposedClip(LabelledClip):
    """A composed clip; `info` is the content of its meta.json."""

    info: dict[str, Any] = field(default_factory=dict)

    @property
    def negative_kind(self) -> str | None:
        """silence, noise, ambient or off-screen if nothing in view sounds, else None."""
        kind = self.info["negative_kind"]
        return None if kind is None else str(kind)


def composed_clips(
    library: Library, subset: str, count: int, seed: int, size: int = 224, first: int = 0
) -> Iterator[ComposedClip]:
    """The clips that `ravs compose` would write, labelled frames only, without the losses of the video and AAC codecs.

    Args:
        library: parts of one split.
        subset: ss, ms, msmi or negative.
        count: number of clips.
        seed: of the set.
        size: side of the frames in pixels.
        first: number of the first clip.
    """
    for number in range(first, first + count):
        yield compose_in_memory(plan_clip(library, subset, seed, number), library, size)


def compose_in_memory(plan: ClipPlan, library: Library, size: int) -> ComposedClip:
    """Render the labelled frames and masks of a planned clip."""
    rendered = list(render(plan.scene, library, size, LABELLED_TIMES_S))
    instances = np.stack([instance_map for _, instance_map in rendered])
    class_indices = [obj.class_index for obj in plan.scene.objects]
    info = describe_clip(plan, size)
    return ComposedClip(
        frames=np.stack([frame for frame, _ in rendered]),
        waveform=plan.mix.waveform,
        times_s=np.array(LABELLED_TIMES_S),
        sample_rate_hz=SAMPLE_RATE_HZ,
        frame_indices=LABELLED_FRAMES,
        masks=class_masks(instances, class_indices, plan.mix.sounding),
        name=plan.name,
        subset=subset_name(info),
        in_view=classes_in_view(info),
        look_alike=look_alike_seconds(info),
        info=info,
    )


def read_composed_clip(folder: Path) -> ComposedClip:
    """Read one clip from its folder: video.mp4, masks and meta.json."""
    info = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    clip = next(iter(read_clips(folder / "video.mp4", window=SECONDS, sample_rate_hz=SAMPLE_RATE_HZ)))
    masks = np.stack([read_pixels(folder / "masks" / f"{second}.png", AS_STORED)[1] for second in range(SECONDS)])
    values = {name.name: getattr(clip, name.name) for name in fields(clip)}
    return ComposedClip(
        **values,
        masks=masks,
        name=f"{info['subset']}/{folder.name}",
        subset=subset_name(info),
        in_view=classes_in_view(info),
        look_alike=look_alike_seconds(info),
        info=info,
    )


def subset_name(info: dict[str, Any]) -> str:
    """The subset of a clip with this description; a negative has its kind added, as in `negative ambient`."""
    kind = info["negative_kind"]
    return str(info["subset"]) + (f" {kind}" if kind else "")


def classes_in_view(info: dict[str, Any]) -> tuple[str, ...]:
    """The classes of the objects in a clip's description, sorted."""
    return tuple(sorted({obj["class"] for obj in info["objects"]}))


def look_alike_seconds(info: dict[str, Any]) -> tuple[bool, ...]:
    """Whether in each second one of two objects of the same class sounds and the other is silent."""
    states = [(obj["class"], obj["sounding_seconds"]) for obj in info["objects"]]
    return tuple(
        any(
            one == other and one_sounds[second] > other_sounds[second]
            for one, one_sounds in states
            for other, other_sounds in states
        )
        for second in range(SECONDS)
    )
