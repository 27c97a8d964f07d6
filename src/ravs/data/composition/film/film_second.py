"""Draw one second of audio that sounds like film: recordings in a mix, as rooms and microphones leave it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ravs.data.composition.film import second_degradation as degraded
from ravs.data.composition.film.second_degradation import MonoSecond, at_level, ratio, rms
from ravs.data.composition.film.second_settings import MUSIC, SecondSettings
from ravs.data.composition.film.sound_material import SoundMaterial
from ravs.data.composition.roles import pick

SOURCE_RMS = 0.1
DEFAULT = SecondSettings()


@dataclass(frozen=True, slots=True)
class FilmSecond:
    """Mono audio, and what is heard in it."""

    waveform: MonoSecond
    sources: tuple[tuple[str, str], ...]  # class and path of each recording that is labelled


def draw_second(
    material: SoundMaterial,
    generator: np.random.Generator,
    classes: Sequence[str] | None = None,
    settings: SecondSettings = DEFAULT,
) -> FilmSecond:
    """Draw a second; equal generators give equal seconds.

    Args:
        material: recordings; without ambient ones, a second without classes is noise.
        generator: of this draw.
        classes: what is heard; None: as many as the settings' counts say, of all classes.
        settings: shares and levels.
    """
    if classes is None:
        count = int(generator.choice(len(settings.counts), p=settings.counts))
        names = list(material.recordings)
        classes = [names[index] for index in generator.choice(len(names), min(count, len(names)), replace=False)]
    mix, sources = np.zeros(material.rate_hz, np.float32), []
    for name in classes:
        path = material.draw_recording(name, generator)
        level = SOURCE_RMS * ratio(generator.uniform(*settings.source_db))
        mix += at_level(material.second(path, generator, settings), level)
        sources.append((name, path))
    if not classes and generator.random() < settings.near_silence:
        level = ratio(generator.uniform(*settings.near_silence_db))
        return FilmSecond(degraded.white_noise(len(mix), level, generator), ())
    return FilmSecond(_degrade(mix, material, generator, settings, bool(classes)), tuple(sources))


def _degrade(
    mix: MonoSecond, material: SoundMaterial, generator: np.random.Generator, settings: SecondSettings, sounds: bool
) -> MonoSecond:
    """Room, ambient audio and music, then what microphone and codec do, at a random level."""
    if generator.random() < settings.reverberation:
        decay = int(generator.uniform(*settings.decay_s) * material.rate_hz)
        mix = degraded.reverberate(mix, decay, generator.uniform(*settings.reverberation_db), generator)
    if generator.random() < settings.ambient or not sounds:
        mix = _add_ambient(mix, material, generator, settings, sounds)
    if sounds and generator.random() < settings.music:
        mix = _add_music(mix, material, generator, settings)
    if generator.random() < settings.band_limit:
        mix = degraded.draw_band_limit(mix, material.rate_hz, generator)
    if generator.random() < settings.tilt:
        mix = degraded.tilt(mix, generator.uniform(*settings.tilt_share))
    if generator.random() < settings.noise:
        level = rms(mix) * ratio(-generator.uniform(*settings.noise_below_db))
        mix = mix + degraded.white_noise(len(mix), level, generator)
    if generator.random() < settings.clipping:
        mix = degraded.clip_peaks(mix)
    return np.asarray(np.clip(at_level(mix, ratio(generator.uniform(*settings.level_db))), -1, 1), np.float32)


def _add_ambient(
    mix: MonoSecond, material: SoundMaterial, generator: np.random.Generator, settings: SecondSettings, sounds: bool
) -> MonoSecond:
    """The mix with ambient audio below it, or ambient audio alone."""
    if not material.ambient:
        return mix if sounds else degraded.white_noise(len(mix), SOURCE_RMS, generator)
    ambient = material.second(pick(material.ambient, generator), generator, settings)
    below_db = generator.uniform(*settings.ambient_below_db)
    return np.asarray(mix + at_level(ambient, rms(mix) * ratio(-below_db) if sounds else SOURCE_RMS), np.float32)


def _add_music(
    mix: MonoSecond, material: SoundMaterial, generator: np.random.Generator, settings: SecondSettings
) -> MonoSecond:
    """The mix with a faint instrument, if the material has any."""
    instruments = [name for name in MUSIC if name in material.recordings]
    if not instruments:
        return mix
    music = material.second(material.draw_recording(pick(instruments, generator), generator), generator, settings)
    return np.asarray(mix + at_level(music, rms(mix) * ratio(-generator.uniform(*settings.music_below_db))), np.float32)
