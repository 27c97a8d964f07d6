"""Composed clips with their truth: made in memory for validation, or read from a set that `ravs compose` wrote."""

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
from ravs.errors import InputError
from ravs.media import read_clips
from ravs.structures.clip import LabelledClip


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ComposedClip(LabelledClip):
    """A composed clip: `info` is its meta.json."""

    info: dict[str, Any] = field(default_factory=dict)

    @property
    def negative_kind(self) -> str | None:
        """Silence, noise, ambient or off-screen, where nothing in view sounds."""
        kind = self.info["negative_kind"]
        return None if kind is None else str(kind)


def composed_clips(
    library: Library, subset: str, count: int, seed: int, size: int = 224, first: int = 0
) -> Iterator[ComposedClip]:
    """The clips that `ravs compose` would write, without the losses of video and AAC; labelled frames only.

    Args:
        library: of a split.
        subset: ss, ms, msmi or negative.
        count: clips.
        seed: of the set.
        size: side of the pictures.
        first: number of the first clip.
    """
    for number in range(first, first + count):
        yield compose_in_memory(plan_clip(library, subset, seed, number), library, size)


def compose_in_memory(draft: ClipPlan, library: Library, size: int) -> ComposedClip:
    """A drafted clip with its labelled frames."""
    pictures = list(render(draft.scene, library, size, LABELLED_TIMES_S))
    instances = np.stack([map_ for _, map_ in pictures])
    indices = [thing.class_index for thing in draft.scene.objects]
    info = describe_clip(draft, size)
    return ComposedClip(
        frames=np.stack([picture for picture, _ in pictures]),
        waveform=draft.mix.waveform,
        times_s=np.array(LABELLED_TIMES_S),
        sample_rate_hz=SAMPLE_RATE_HZ,
        frame_indices=LABELLED_FRAMES,
        masks=class_masks(instances, indices, draft.mix.sounding),
        name=draft.name,
        subset=subset_name(info),
        in_view=classes_in_view(info),
        look_alike=look_alike_seconds(info),
        info=info,
    )


def read_composed(folder: str | Path, subset: str | None = None) -> Iterator[ComposedClip]:
    """The clips of a set that `ravs compose` wrote, of one subset or all, in the order of their names.

    Raises: InputError if no clip is there.
    """
    paths = sorted(Path(folder).glob(f"{subset or '*'}/*/meta.json"))
    if not paths:
        raise InputError(f"{folder}: no composed clip lies there; make some with ravs compose {folder} --library DIR")
    for path in paths:
        yield read_composed_clip(path.parent)


def read_composed_clip(folder: Path) -> ComposedClip:
    """One clip from its folder: video.mp4, masks and meta.json."""
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
    """The subset of a described clip; negatives also by their kind, as in `negative ambient`."""
    kind = info["negative_kind"]
    return str(info["subset"]) + (f" {kind}" if kind else "")


def classes_in_view(info: dict[str, Any]) -> tuple[str, ...]:
    """The classes of a clip's objects, by its description."""
    return tuple(sorted({thing["class"] for thing in info["objects"]}))


def look_alike_seconds(info: dict[str, Any]) -> tuple[bool, ...]:
    """For each second of a clip's description: whether of two objects of one class, one sounds and one is silent."""
    states = [(thing["class"], thing["sounding_seconds"]) for thing in info["objects"]]
    return tuple(
        any(one == other and heard[second] > silent[second] for one, heard in states for other, silent in states)
        for second in range(SECONDS)
    )
