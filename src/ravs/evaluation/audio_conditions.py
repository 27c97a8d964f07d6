"""Audio that replaces a clip's own in an evaluation, to find out whether a model uses audio at all."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ravs.errors import InputError
from ravs.media.resample import resample
from ravs.structures.clip import LabelledClip

NOISE_LEVEL = 0.1  # root mean square of noises: -20 dBFS
DELAY_S = 1
FROM_OTHER_CLIP = ("off-screen", "other")  # audio of another clip

# from a sample rate to a function that draws ambient audio
AmbientSource = Callable[[int], Callable[[np.random.Generator], np.ndarray]]


@dataclass(frozen=True)
class AudioCondition:
    """One audio condition. `negative`: nothing in view is audible, so every marked pixel is a false positive."""

    name: str
    negative: bool
    expected: str  # of a model that listens


AUDIO_CONDITIONS = {
    sound.name: sound
    for sound in (
        AudioCondition("own", False, "the model at its best"),
        AudioCondition("silence", True, "nothing marked"),
        AudioCondition("noise", True, "nothing marked (white noise, -20 dBFS)"),
        AudioCondition("ambient", True, "nothing marked (ambient sound, -20 dBFS)"),
        AudioCondition("off-screen", True, "nothing marked (a clip of other classes)"),
        AudioCondition("other", False, "far below own (the next clip's sound, of whatever class)"),
        AudioCondition("swapped", False, "below own where two are alike (left and right exchanged)"),
        AudioCondition("late", False, "below own where things start and stop (one second late)"),
    )
}


def check_audio_condition(name: str) -> None:
    """Raise InputError for an unknown audio condition."""
    if name not in AUDIO_CONDITIONS:
        raise InputError(f"sound is {name!r}; it must be one of {', '.join(AUDIO_CONDITIONS)}")


def audio_under_condition(
    name: str,
    clip: LabelledClip,
    other: Callable[[], LabelledClip],
    ambient: Callable[[np.random.Generator], np.ndarray],
) -> np.ndarray:
    """The audio of a clip under a condition: channels, samples, as long as its own.

    Args:
        name: of the condition.
        clip: the clip whose frames are shown.
        other: reads the clip whose audio replaces it, for off-screen and other.
        ambient: draws ambient audio at the clip's sample rate, any number of channels and samples.
    """
    own = clip.waveform
    generator = np.random.default_rng(zlib.crc32(clip.name.encode()))
    if name == "silence":
        return np.zeros_like(own)
    if name == "noise":
        return at_noise_level(generator.standard_normal(own.shape, np.float32))
    if name == "ambient":
        return at_noise_level(match_shape(ambient(generator), own.shape))
    if name in FROM_OTHER_CLIP:
        borrowed = other()
        return match_shape(resampled_audio(borrowed, clip.sample_rate_hz), own.shape)
    if name == "swapped":
        return swapped(own)
    if name == "late":
        return delayed(own, clip.sample_rate_hz)
    return own


def swapped(waveform: np.ndarray) -> np.ndarray:
    """The waveform (channels, samples) with its left and right exchanged."""
    return waveform[::-1]


def delayed(waveform: np.ndarray, sample_rate_hz: int) -> np.ndarray:
    """The waveform (channels, samples) DELAY_S later, after silence; its end is cut off."""
    samples = min(DELAY_S * sample_rate_hz, waveform.shape[1])
    return np.pad(waveform, ((0, 0), (samples, 0)))[:, : waveform.shape[1]]


def match_shape(waveform: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The waveform with as many channels (mixed down, or repeated) and samples (cut, or repeated) as `shape` has."""
    channels, samples = shape
    if len(waveform) != channels:
        waveform = np.repeat(waveform.mean(axis=0, keepdims=True), channels, axis=0)
    repeated: np.ndarray = np.take(waveform, np.arange(samples) % waveform.shape[1], axis=1)
    return repeated


def at_noise_level(waveform: np.ndarray) -> np.ndarray:
    """The waveform scaled to NOISE_LEVEL and clipped to [-1, 1]."""
    level = float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64))))
    return np.clip(waveform * np.float32(NOISE_LEVEL / max(level, 1e-9)), -1, 1)


def resampled_audio(clip: LabelledClip, sample_rate_hz: int) -> np.ndarray:
    """A clip's audio at another sample rate."""
    if clip.sample_rate_hz == sample_rate_hz:
        return clip.waveform
    return resample(clip.waveform, clip.sample_rate_hz, sample_rate_hz)


def pink_noise(sample_rate_hz: int) -> Callable[[np.random.Generator], np.ndarray]:
    """A function that draws ten seconds of pink noise, independent in two channels, where there are no recordings."""

    def draw(generator: np.random.Generator) -> np.ndarray:
        samples = 10 * sample_rate_hz
        spectrum = np.fft.rfft(generator.standard_normal((2, samples)))
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.shape[1]), 200))  # flat below 20 Hz
        return np.fft.irfft(spectrum).astype(np.float32)

    return draw


def ambient_recordings(root: Path) -> AmbientSource:
    """Ambient recordings of a library's val part, drawn at random at a given sample rate."""
    from ravs.data.library.library import SAMPLE_RATE_HZ, Library  # here, since reading its images needs OpenCV

    library = Library.read(root, "val")

    def at(sample_rate_hz: int) -> Callable[[np.random.Generator], np.ndarray]:
        def draw(generator: np.random.Generator) -> np.ndarray:
            part = library.ambient[int(generator.integers(len(library.ambient)))]
            return resample(library.sound(part.path)[None] / np.float32(32768), SAMPLE_RATE_HZ, sample_rate_hz)

        return draw

    return at if library.ambient else pink_noise
