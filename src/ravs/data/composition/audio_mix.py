"""The sound of a scene: when each object sounds, its recording, where it is heard from, and what else is heard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from ravs.data.composition.ambient import add_ambient
from ravs.data.composition.dry_track import (
    CLIP_SAMPLES,
    Events,
    MonoTrack,
    StereoTrack,
    draw_events,
    pan,
    render_dry_track,
    sounding_seconds,
)
from ravs.data.composition.roles import pick
from ravs.data.composition.scene import SECONDS, Roles, Scene
from ravs.data.library.library import Library

PEAK_LIMIT = 0.95


@dataclass(frozen=True, kw_only=True)
class SoundSource:
    """One sounding thing: its recording, when it plays, how loud, and where."""

    class_name: str
    class_index: int
    recording: str
    events_s: Events
    gain_db: float
    sounding: tuple[bool, ...]  # one for each second, by the rule of levels
    x: Float64[np.ndarray, " points"]  # centre in the frame every 10 ms, ends included
    track: MonoTrack  # its own sound, with its gain, before panning


@dataclass(frozen=True, kw_only=True)
class AudioMix:
    """The sound of a clip, and who is in it."""

    waveform: StereoTrack  # 32 kHz
    heard: tuple[SoundSource | None, ...]  # one for each object of the scene; None for a silent one
    off_screen: SoundSource | None = None
    ambient: str | None = None  # its recording, "pink noise", or "white noise"
    ambient_snr_db: float | None = None  # below the mix; None if there is no mix, or no ambient sound

    @property
    def sounding(self) -> Bool[np.ndarray, "objects seconds"]:
        """Which object belongs to which second."""
        rows = [heard.sounding if heard else (False,) * SECONDS for heard in self.heard]
        return np.array(rows, dtype=bool).reshape(len(rows), SECONDS)


def draw_audio_mix(
    scene: Scene,
    library: Library,
    generator: np.random.Generator,
    *,
    roles: Roles | None = None,
    zoom: float = 1.0,
    shift: float = 0.0,
    off_screen: float = 0.0,
) -> AudioMix:
    """The sound of a scene: patterns, recordings, gains and panning, ambient sound, limited to 0.95.

    Args:
        scene: who is where.
        library: its recordings.
        generator: of this draw.
        roles: who sounds; None: the roles that the scene was made with.
        zoom, shift: a picture cropped to show x' = zoom * x + shift is heard as it is seen.
        off_screen: how often a class that is not in view is heard although something in view sounds.
    """
    roles = roles or scene.roles
    grid_s = np.arange(SECONDS * 100 + 1) / 100
    places = np.clip(zoom * scene.positions(grid_s)[:, 0] + shift, 0.0, 1.0)
    mix = np.zeros((2, CLIP_SAMPLES), np.float32)
    heard: list[SoundSource | None] = []
    for thing, place, sounds in zip(scene.objects, places, roles.sounding, strict=True):
        used = [other.recording for other in heard if other]
        heard.append(_add_source(thing.class_name, place, mix, library, generator, used) if sounds else None)
    outside = None
    if roles.negative == "off-screen" or (roles.negative is None and generator.random() < off_screen):
        outside = _add_off_screen_source(scene, mix, library, generator)
    ambient, snr_db = add_ambient(mix, roles.negative, library, generator)
    loudest = float(np.abs(mix).max())
    if loudest > PEAK_LIMIT:
        mix *= PEAK_LIMIT / loudest
    return AudioMix(waveform=mix, heard=tuple(heard), off_screen=outside, ambient=ambient, ambient_snr_db=snr_db)


def _add_source(
    class_name: str,
    x: Float64[np.ndarray, " points"],
    mix: StereoTrack,
    library: Library,
    generator: np.random.Generator,
    used: Sequence[str],
) -> SoundSource:
    """Draw a recording and a pattern for one thing, and add it to the mix."""
    paths = [part.path for part in library.sounds[class_name]]
    path = pick([path for path in paths if path not in used] or paths, generator)
    events_s, gain_db = draw_events(generator), float(generator.uniform(-6, 0))
    track = render_dry_track(library.sound(path), events_s, generator)
    level = np.float32(10 ** (gain_db / 20))
    mix += pan(track * level, x)
    return SoundSource(
        class_name=class_name,
        class_index=library.index_of(class_name),
        recording=path,
        events_s=events_s,
        gain_db=gain_db,
        sounding=sounding_seconds(track),
        x=x,
        track=track * level,
    )


def _add_off_screen_source(
    scene: Scene, mix: StereoTrack, library: Library, generator: np.random.Generator
) -> SoundSource | None:
    """Something that is not in view, heard from one place; None if the library has nothing else."""
    in_view = {thing.class_name for thing in scene.objects}
    names = [name for name in library.sounds if name not in in_view]
    if not names:
        return None
    name, x = pick(names, generator), float(generator.random())
    return _add_source(name, np.full(SECONDS * 100 + 1, x), mix, library, generator, ())
