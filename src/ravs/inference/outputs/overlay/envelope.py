"""The envelope of a source's audio, one value for each column of the timeline strip."""

from fractions import Fraction

import numpy as np
from jaxtyping import Float

from ravs.inference.outputs.source_part import SourcePart
from ravs.media import AudioReader

ENVELOPE_HZ = 16000
MIN_PEAK = 0.02  # a waveform whose peak is below stays flat


def envelope(part: SourcePart, columns: int) -> Float[np.ndarray, " columns"]:
    """The peak of each column of time, as a share of the highest peak; zeros without audio."""
    peaks = np.zeros(columns, np.float32)
    if part.audio is None:
        return peaks
    first_s, last_s = part.span_s
    total = round((last_s - first_s) * ENVELOPE_HZ)
    with AudioReader(part.audio, ENVELOPE_HZ, first_s, part.sound_track) as reader:
        for first in range(0, total, ENVELOPE_HZ):
            count = min(ENVELOPE_HZ, total - first)
            samples = np.abs(reader.read(first_s + Fraction(first, ENVELOPE_HZ), count)).max(axis=0)
            np.maximum.at(peaks, np.arange(first, first + count) * columns // total, samples)
    return peaks / max(float(peaks.max(initial=0)), MIN_PEAK)
