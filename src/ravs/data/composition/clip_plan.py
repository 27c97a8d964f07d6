"""A composed clip before it is rendered: its scene and its audio, and their description in meta.json."""

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
    """Scene and audio of one clip of a set."""

    scene: Scene
    mix: AudioMix
    seed: int
    number: int

    @property
    def name(self) -> str:
        """The clip's path in its set."""
        return f"{self.scene.subset}/{self.number:03d}"


def plan_clip(library: Library, subset: str, seed: int, number: int) -> ClipPlan:
    """Draw a clip of a set; (seed, subset, number) and the library alone decide it."""
    generator = clip_generator(seed, subset, number)
    scene = draw_scene(subset, library, generator)
    return ClipPlan(scene=scene, mix=draw_audio_mix(scene, library, generator), seed=seed, number=number)


def describe_clip(plan: ClipPlan, size: int) -> Description:
    """The content of a clip's meta.json."""
    scene, mix = plan.scene, plan.mix
    centers = scene.positions(np.array(LABELLED_TIMES_S))
    objects = [
        _describe_object(obj, source) | {"x": _rounded(center[0]), "y": _rounded(center[1])}
        for obj, source, center in zip(scene.objects, mix.sources, centers, strict=True)
    ]
    return {
        "subset": scene.subset,
        "number": plan.number,
        "seed": plan.seed,
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


def _describe_object(obj: PlacedObject, source: SoundSource | None) -> Description:
    silent = {"recording": None, "events_s": [], "sounding_seconds": [0] * SECONDS, "gain_db": None}
    return {
        "class": obj.class_name,
        "index": obj.class_index,
        "cutout": obj.cutout,
        "longest_side": round(obj.side, 4),
        **(_describe_source(source) if source else silent),
    }


def _describe_source(source: SoundSource) -> Description:
    return {
        "class": source.class_name,
        "index": source.class_index,
        "recording": source.recording,
        "events_s": [list(event) for event in source.events_s],
        "sounding_seconds": [int(sounds) for sounds in source.sounding],
        "gain_db": round(source.gain_db, 2),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]
