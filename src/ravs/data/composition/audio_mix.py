"""The audio of a scene: each object's recording, events, gain and panning, off-screen sources, and ambient audio."""

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
    """One sound source: its recording, when it plays, its gain, and its horizontal position."""

    class_name: str
    class_index: int
    recording: str
    events_s: Events
    gain_db: float
    sounding: tuple[bool, ...]  # one for each second, as `sounding_seconds` decides
    x: Float64[np.ndarray, " points"]  # center in the frame every 10 ms, both ends included
    track: MonoTrack  # with its gain, before panning


@dataclass(frozen=True, kw_only=True)
class AudioMix:
    """The audio of a clip, and the sources in it."""

    waveform: StereoTrack  # 32 kHz
    sources: tuple[SoundSource | None, ...]  # one for each object of the scene; None for a silent one
    off_screen: SoundSource | None = None
    ambient: str | None = None  # its recording, "pink noise", or "white noise"
    ambient_snr_db: float | None = None  # below the mix; None if there is no mix, or no ambient audio

    @property
    def sounding(self) -> Bool[np.ndarray, "objects seconds"]:
        """Which object sounds in which second."""
        rows = [source.sounding if source else (False,) * SECONDS for source in self.sources]
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
    """Draw the audio of a scene: events, recordings, gains, panning and ambient audio, with a peak of 0.95 at most.

    Args:
        scene: the objects and their positions.
        library: the recordings.
        generator: of this draw.
        roles: which objects sound; None: the roles that the scene was drawn with.
        zoom, shift: of a horizontal crop of the frames, x' = zoom * x + shift, which panning follows.
        off_screen: probability of an off-screen source although an object in view sounds.
    """
    roles = roles or scene.roles
    grid_s = np.arange(SECONDS * 100 + 1) / 100
    positions = np.clip(zoom * scene.positions(grid_s)[:, 0] + shift, 0.0, 1.0)
    mix = np.zeros((2, CLIP_SAMPLES), np.float32)
    sources: list[SoundSource | None] = []
    for obj, x, sounds in zip(scene.objects, positions, roles.sounding, strict=True):
        used = [other.recording for other in sources if other]
        sources.append(_add_source(obj.class_name, x, mix, library, generator, used) if sounds else None)
    off_screen_source = None
    if roles.negative == "off-screen" or (roles.negative is None and generator.random() < off_screen):
        off_screen_source = _add_off_screen_source(scene, mix, library, generator)
    ambient, snr_db = add_ambient(mix, roles.negative, library, generator)
    peak = float(np.abs(mix).max())
    if peak > PEAK_LIMIT:
        mix *= PEAK_LIMIT / peak
    return AudioMix(
        waveform=mix, sources=tuple(sources), off_screen=off_screen_source, ambient=ambient, ambient_snr_db=snr_db
    )


def _add_source(
    class_name: str,
    x: Float64[np.ndarray, " points"],
    mix: StereoTrack,
    library: Library,
    generator: np.random.Generator,
    used: Sequence[str],
) -> SoundSource:
    """Draw a recording, events and a gain for one source, and add it to the mix, in place."""
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
    """Add a source whose class is not in view, from a fixed position; None if the library has no other class."""
    in_view = {obj.class_name for obj in scene.objects}
    names = [name for name in library.sounds if name not in in_view]
    if not names:
        return None
    name, x = pick(names, generator), float(generator.random())
    return _add_source(name, np.full(SECONDS * 100 + 1, x), mix, library, generator, ())
