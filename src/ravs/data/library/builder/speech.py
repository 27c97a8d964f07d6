"""Speech: utterances of one speaker, joined with the gaps that the table names."""

import numpy as np

from ravs.data.library.builder.loudness import HOP_SAMPLES, Mono
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.errors import DecodeError
from ravs.media import decode_channels

SILENCE_RATIO = 10**-1.4  # 28 dB below the loudest average: trimmed at both ends
SMOOTHED_HOPS = 5  # 10 ms each, so that a click at an end does not count


def join_utterances(contents: list[bytes], gaps: list[int]) -> Mono:
    """Join utterances.

    Args:
        contents: the files.
        gaps: number of silent samples after each but the last.
    """
    pieces = [trim_utterance(contents[0])]
    for gap, content in zip(gaps, contents[1:], strict=True):
        pieces += [np.zeros(gap, np.float32), trim_utterance(content)]
    return np.concatenate(pieces)


def trim_utterance(content: bytes) -> Mono:
    """Trim the silence around an utterance. Raises: DecodeError if it is too short."""
    samples = decode_channels(content, SAMPLE_RATE_HZ).mean(axis=0)
    samples = samples - samples.mean()
    count = len(samples) // HOP_SAMPLES
    if count < SMOOTHED_HOPS:
        raise DecodeError(f"an utterance of {len(samples)} samples is no speech")
    rms = np.sqrt((samples[: count * HOP_SAMPLES].reshape(count, HOP_SAMPLES) ** 2).mean(1))
    rms = np.convolve(rms, np.ones(SMOOTHED_HOPS) / SMOOTHED_HOPS, "same")
    loud = np.flatnonzero(rms > rms.max() * SILENCE_RATIO)
    trimmed: Mono = samples[max(0, loud[0] - 1) * HOP_SAMPLES : (loud[-1] + 2) * HOP_SAMPLES]
    return trimmed
