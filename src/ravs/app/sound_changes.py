"""The listening test: the same frames with another sound. A model that listens then marks something else."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ravs.errors import InputError
from ravs.evaluation.audio_conditions import delayed, match_shape, swapped
from ravs.inference.result import Prediction
from ravs.media import probe_audio, read_audio, write_wav

SOUND_NAME = "changed.wav"


@dataclass(frozen=True)
class SoundChange:
    """One change of the sound: what its button says, and what a model that listens does."""

    title: str
    expected: str


SOUND_CHANGES = {
    "mute": SoundChange("Mute", "nothing should be marked"),
    "swap": SoundChange("Swap left and right", "where two things look alike, the other one should be marked"),
    "other": SoundChange("Another clip's sound", "only what fits that sound should be marked"),
    "late": SoundChange("One second late", "marks should come and go one second later"),
}


def write_changed_sound(change: str, source: Path, out: Path, other: Path | None = None) -> None:
    """Writes the changed sound of a video as a WAV file, at the video's sample rate and from its clock's zero on.

    Args:
        change: one of SOUND_CHANGES.
        source: the video.
        out: the file.
        other: for 'other', a file with the sound that takes its place, repeated or cut to fit.

    Raises: InputError for an unknown change, one that changes nothing, or no other file; NoAudioError, DecodeError.
    """
    sample_rate_hz = probe_audio(source).sample_rate_hz
    waveform = read_audio(source, sample_rate_hz)
    write_wav(out, changed_sound(change, waveform, sample_rate_hz, other), sample_rate_hz)


def changed_sound(change: str, waveform: np.ndarray, sample_rate_hz: int, other: Path | None) -> np.ndarray:
    """The changed waveform, (channels, samples); arguments and errors as of `write_changed_sound`."""
    if change == "mute":
        return np.zeros_like(waveform)
    if change == "swap":
        if np.array_equal(waveform, swapped(waveform)):
            raise InputError("left and right are the same in this clip's sound: there is nothing to swap")
        return swapped(waveform)
    if change == "late":
        return delayed(waveform, sample_rate_hz)
    if change != "other":
        raise InputError(f"no change of sound {change!r}; it must be one of {', '.join(SOUND_CHANGES)}")
    if other is None:
        raise InputError("another clip's sound: choose an example, or give a file with sound")
    borrowed = read_audio(other, sample_rate_hz)
    if not borrowed.size:
        raise InputError(f"{other.name} has no sound to take: choose another file")
    return match_shape(borrowed, waveform.shape)


def describe_comparison(change: str, own: Prediction, changed: Prediction) -> str:
    """How much is marked with the changed sound, and how much of it lies where it did before, in a sentence."""
    own_area, changed_area, common = marked_areas(own, changed)
    if own_area == 0:
        marked = "nothing is marked with the own sound; " + ("nor" if changed_area == 0 else "something is marked now")
        return marked.replace("; nor", ", nor with this one")
    overlap = common / (own_area + changed_area - common)
    text = f"marked {changed_area / own_area:.0%} of what is marked with the own sound, overlap (IoU) {overlap:.2f}"
    return f"{text}; {SOUND_CHANGES[change].expected}"


def marked_areas(own: Prediction, changed: Prediction) -> tuple[int, int, int]:
    """Pixels that are marked with the own sound, with the changed one, and with both under the same name."""
    own_area = sum(obj.area for frame in own for obj in frame.objects)
    changed_area = sum(obj.area for frame in changed for obj in frame.objects)
    pairs = zip(own, changed, strict=False)  # of one video: the same times
    common = sum(int(np.count_nonzero((a.labels == b.labels) & (a.labels > 0))) for a, b in pairs if a.objects)
    return own_area, changed_area, common
