"""The sound of a short file as it was coded: every sample that is decoded, without a clock."""

import io

import av
import numpy as np
from av.audio.resampler import AudioResampler

from ravs.errors import DecodeError
from ravs.media.opening import BREAKS, reason


def decode_mono(content: bytes, sample_rate_hz: int) -> np.ndarray:
    """A sound file's samples, (samples,) float32, mixed down to one channel and resampled in one go by FFmpeg.

    Its mix of two channels is louder by 3 dB than their mean. Raises: DecodeError if it is no sound file.
    """
    samples: np.ndarray = _decode(content, sample_rate_hz, "mono")[0]
    return samples


def decode_channels(content: bytes, sample_rate_hz: int) -> np.ndarray:
    """A sound file's samples, (channels, samples) float32, resampled by FFmpeg. Raises: DecodeError."""
    return _decode(content, sample_rate_hz, None)


def _decode(content: bytes, sample_rate_hz: int, layout: str | None) -> np.ndarray:
    parts = []
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as container:
            resampler = AudioResampler(format="fltp", layout=layout, rate=sample_rate_hz)
            for frame in container.decode(audio=0):
                frame.pts = None  # what stamps say of gaps is not believed
                parts += [piece.to_ndarray() for piece in resampler.resample(frame)]
            parts += [piece.to_ndarray() for piece in resampler.resample(None)]
    except BREAKS as error:
        raise DecodeError(f"a sound of {len(content)} bytes cannot be decoded ({reason(error)})") from error
    if not parts:
        raise DecodeError(f"a sound of {len(content)} bytes holds no samples")
    return np.concatenate(parts, axis=1).astype(np.float32, copy=False)
