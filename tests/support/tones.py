"""Sounds of a 1 kHz beep in any codec and container, and files whose bytes are changed as broken tools leave them."""

from fractions import Fraction

import av
import numpy as np

from ravs.media import read_sound

HZ = 48000


def write_tone(path, seconds, beep, codec="aac", rate_hz=HZ, layout="stereo", start_s=0, container=None):
    """A file of sound alone: 1 kHz at half scale from `beep` s on for 0.2 s; all stamps moved by start_s."""
    channels = av.AudioLayout(layout).nb_channels
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = 0.5 * np.sin(2 * np.pi * 1000 * times) * ((times >= beep) & (times < beep + 0.2))
    with av.open(str(path), "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        form = {"mp3": "s16p", "libmp3lame": "s16p", "ac3": "fltp", "mp2": "s16"}.get(codec, "fltp")
        frame = frame_of(wave, form, channels, layout)
        frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
        frame.pts = round(start_s * rate_hz)
        file.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def frame_of(wave, form, channels, layout):
    """The same samples on all channels."""
    samples = np.repeat(wave[None], channels, axis=0)
    samples = np.round(samples * 32767).astype(np.int16) if form.startswith("s16") else samples.astype(np.float32)
    if not form.endswith("p"):
        samples = samples.T.reshape(1, -1)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format=form, layout=layout)


def beeps(path, **options):
    """When each beep of a file begins, and its pitch in Hz by its zero crossings."""
    wave = read_sound(path, HZ, **options)[0]
    loud = np.flatnonzero(np.abs(wave) > 0.1)
    found = []
    for first in [at for before, at in zip([-HZ, *loud], loud, strict=False) if at - before > HZ // 10]:
        part = wave[first + HZ // 100 : first + HZ * 16 // 100]
        rising = np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0))
        found.append((first / HZ, (len(rising) - 1) * HZ / (rising[-1] - rising[0])))
    return found


def repeat_a_stamp(path, number=60, by_ms=21):
    """Give an FLV's n-th packet of sound the stamp of the one before, as live recorders do."""
    data, at, seen = bytearray(path.read_bytes()), 13, 0
    while at + 11 < len(data):
        size, stamp = (int.from_bytes(data[at + first : at + first + 3], "big") for first in (1, 4))
        if data[at] == 8:
            seen += 1
            if seen == number:
                data[at + 4 : at + 7] = (stamp - by_ms).to_bytes(3, "big")
        at += 11 + size + 4
    assert seen >= number
    path.write_bytes(data)
    return path
