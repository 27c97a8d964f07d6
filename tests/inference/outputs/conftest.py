"""Sources with sound, and predictions: made of masks, or the one that documents and timelines are tested with."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from ravs.structures.prediction import FramePrediction, Prediction, SoundingObject
from ravs.structures.rle import encode_mask
from support.predictions import prediction

__all__ = ["prediction"]

CLASSES = ("background", "dog", "trumpet")


@pytest.fixture
def source(tmp_path):
    """source(name, stamps in ms, last in ms, size, gray, sound): a gray video, with a tone on both channels."""

    def make(name="a.mp4", stamps=range(0, 3000, 40), last=40, size=(160, 120), gray=110, sound="aac", **options):
        with av.open(str(tmp_path / name), "w") as container:
            video = container.add_stream("libx264", options={"bf": "0", "crf": "10"})
            video.width, video.height, video.pix_fmt = *size, options.get("pixels", "yuv420p")
            video.time_base = video.codec_context.time_base = Fraction(1, 1000)
            if "turn" in options:
                video.set_display_rotation(options["turn"])
            track = None if sound is None else container.add_stream(sound, rate=48000, layout="stereo")
            packets = _frames(video, list(stamps), last, gray)
            packets += [] if track is None else _tone(track, options.get("sound_ms", stamps[-1] + last))
            for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
                container.mux(packet)
        return tmp_path / name

    return make


def _frames(video, stamps, last, gray):
    packets = []
    for stamp in stamps:
        frame = av.VideoFrame.from_ndarray(np.full((video.height, video.width, 3), gray, np.uint8), format="rgb24")
        frame.pts, frame.time_base = stamp, Fraction(1, 1000)
        packets += video.encode(frame)
    packets += video.encode(None)
    for packet, duration in zip(packets, [*np.diff(stamps), last], strict=True):
        packet.duration = int(duration)
    return packets


def _tone(track, lasts_ms):
    times = np.arange(lasts_ms * 48) / 48000
    wave = np.repeat((0.4 * np.sin(2 * np.pi * 500 * times))[None], 2, axis=0).astype(np.float32)
    packets = []
    for first in range(0, wave.shape[1], 1024):
        block = np.ascontiguousarray(wave[:, first : first + 1024])
        if track.codec_context.name.startswith("pcm"):
            block = (block.T.reshape(1, -1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
        else:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
        packets += track.encode(frame)
    return packets + track.encode(None)


@pytest.fixture
def masked():
    """masked(times, masks, maps): at each time a mask, class indices and their (rows, columns), and a map."""

    def make(times_s, masks, size=(120, 160), rate=1, maps=None):
        frames = []
        for index, (time_s, boxes) in enumerate(zip(times_s, masks, strict=True)):
            found = tuple(_object(class_id, place, size) for class_id, place in sorted(boxes.items()))
            end_s = (index + 1) / rate
            frame = FramePrediction(index=index, time_s=time_s, start_s=end_s - 1, size=size, objects=found)
            frames.append(frame if maps is None else replace(frame, uncertainty_map=maps[index]))
        return Prediction(source={}, model={}, settings={}, classes=CLASSES, frames=tuple(frames))

    return make


def _object(class_id, place, size):
    mask = np.zeros(size, bool)
    mask[place] = True
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (int(columns[0]), int(rows[0]), len(columns), len(rows))
    return SoundingObject(
        class_id=class_id,
        name=CLASSES[class_id],
        score=0.9,
        uncertainty=0.1,
        area=int(mask.sum()),
        bbox=box,
        rle=encode_mask(mask),
    )
