"""Reject audio with NaN or infinite samples, for which a model would output NaN."""

import numpy as np

from ravs.errors import DecodeError
from ravs.media.channels import Samples


def check_finite(samples: Samples, name: str, at_s: float, sample_rate_hz: int) -> None:
    """Raise DecodeError, with its time_s, for a NaN or an infinity among samples that are not clipped yet.

    Args:
        samples: resampled, which spreads a NaN over its neighbors.
        name: of the file.
        at_s: time of the first sample.
    """
    finite = np.isfinite(samples)
    if finite.all():
        return
    time_s = at_s + int((~finite).any(axis=0).argmax()) / sample_rate_hz
    error = DecodeError(
        f"{name}: the audio has a sample that is not finite (NaN or infinity) at {time_s:.3f} s: replace such samples "
        "by zeros, or fetch the file again"
    )
    error.time_s = time_s
    raise error
