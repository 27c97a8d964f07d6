"""A composed clip before it is rendered: its scene and its sound, and how meta.json describes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ravs.data.composition.audio_mix import AudioMix, SoundSource, draw_audio_mix
from ravs.data.composition.placement import clip_generator, draw_scene
from ravs.data.composition.scene import FRAMES_PER_SECOND, LABELLED_TIMES_S, SECONDS, PlacedObject, Scene
from ravs.data.library.library import SAMPLE_RATE_HZ, Library

Description = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ClipPlan:
    """Scene and sound of one clip of a set."""

    scene: Scene
    mix: AudioMix
    seed: int
    number: int

    @property
    def name(self) -> str:
        """Where the clip lies in its set."""
        return f"{self.scene.subset}/{self.number:03d}"


def plan_clip(library: Library, subset: str, seed: int, number: int) -> ClipPlan:
    """A clip of a set, decided by (seed, subset, number) and the library alone."""
    generator = clip_generator(seed, subset, number)
    scene = draw_scene(subset, library, generator)
    return ClipPlan(scene=scene, mix=draw_audio_mix(scene, library, generator), seed=seed, number=number)


def describe_clip(draft: ClipPlan, size: int) -> Description:
    """What meta.json says of a clip, in plain numbers and names."""
    scene, mix = draft.scene, draft.mix
    centres = scene.positions(np.array(LABELLED_TIMES_S))
    objects = [
        _describe_object(thing, heard) | {"x": _rounded(place[0]), "y": _rounded(place[1])}
        for thing, heard, place in zip(scene.objects, mix.heard, centres, strict=True)
    ]
    return {
        "subset": scene.subset,
        "number": draft.number,
        "seed": draft.seed,
        "size": size,
        "fps": FRAMES_PER_SECOND,
        "seconds": SECONDS,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "background": scene.backdrop.path,
        "negative_kind": scene.roles.negative,
        "ambient": mix.ambient,
        "ambient_snr_db": None if mix.ambient_snr_db is None else round(mix.ambient_snr_db, 2),
        "off_screen": _describe_source(mix.off_screen) if mix.off_screen else None,
        "objects": objects,
    }


def _describe_object(thing: PlacedObject, heard: SoundSource | None) -> Description:
    silent = {"recording": None, "events_s": [], "sounding_seconds": [0] * SECONDS, "gain_db": None}
    return {
        "class": thing.class_name,
        "index": thing.class_index,
        "cutout": thing.cutout,
        "longest_side": round(thing.side, 4),
        **(_describe_source(heard) if heard else silent),
    }


def _describe_source(heard: SoundSource) -> Description:
    return {
        "class": heard.class_name,
        "index": heard.class_index,
        "recording": heard.recording,
        "events_s": [list(event) for event in heard.events_s],
        "sounding_seconds": [int(sounds) for sounds in heard.sounding],
        "gain_db": round(heard.gain_db, 2),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]
