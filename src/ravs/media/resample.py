"""Resample a waveform with FFmpeg."""

import av
import numpy as np


def resample(waveform: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Resample (channels, samples), one or two channels, to `to_hz`: float32, of the same duration to the sample."""
    waveform = np.ascontiguousarray(waveform[:2], dtype=np.float32)
    wanted = round(waveform.shape[1] * to_hz / from_hz)
    if from_hz == to_hz or wanted == 0:
        return waveform[:, :wanted]
    layout = "mono" if len(waveform) == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(waveform, format="fltp", layout=layout)
    frame.sample_rate = from_hz
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=to_hz)
    chunks = [chunk.to_ndarray() for chunk in (*resampler.resample(frame), *resampler.resample(None))]
    out = np.concatenate(chunks, axis=1)[:, :wanted]
    return np.pad(out, ((0, 0), (0, wanted - out.shape[1])))
