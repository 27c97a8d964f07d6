"""Decode a short audio file from memory: every decoded sample, regardless of time stamps."""

import io

import av
import numpy as np

from ravs.errors import DecodeError
from ravs.media.audio_decoder import check_finite
from ravs.media.audio_tracks import audio_stream
from ravs.media.channels import Downmixer, Samples, layout_of, read_layout
from ravs.media.container import READ_ERRORS, error_text


def decode_mono(content: bytes, sample_rate_hz: int) -> np.ndarray:
    """An audio file's samples, (samples,) float32, mixed down to one channel and resampled in one step by FFmpeg.

    FFmpeg's mix of two channels is louder by 3 dB than their mean. Raises: DecodeError if it is no audio file.
    """
    samples: np.ndarray = _decode(content, sample_rate_hz, 1)[0]
    return samples


def decode_channels(content: bytes, sample_rate_hz: int) -> np.ndarray:
    """An audio file's samples, (channels, samples) float32, resampled by FFmpeg. Raises: DecodeError."""
    return _decode(content, sample_rate_hz, None)


def _decode(content: bytes, sample_rate_hz: int, channels: int | None) -> np.ndarray:
    parts: list[Samples] = []
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="replace") as container:
            stream = audio_stream(container, f"an audio file of {len(content)} bytes")
            layout = read_layout(stream)
            mixer: Downmixer | None = None
            for frame in container.decode(stream):  # gaps between time stamps are ignored
                mixer = mixer or Downmixer(frame, layout_of(frame, layout), sample_rate_hz, channels)
                parts += mixer.push(frame)
            if mixer is not None:
                parts += mixer.push(None)
    except DecodeError:
        raise
    except (*READ_ERRORS, ValueError) as error:  # ValueError: the sample format changes in the middle
        raise DecodeError(f"an audio file of {len(content)} bytes cannot be decoded ({error_text(error)})") from error
    if not parts:
        raise DecodeError(f"an audio file of {len(content)} bytes holds no samples")
    samples = np.concatenate(parts, axis=1)
    check_finite(samples, f"an audio file of {len(content)} bytes", 0.0, sample_rate_hz)
    return samples
