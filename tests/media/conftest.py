"""Videos made with PyAV directly, so that the reader is tested against independent code."""

from fractions import Fraction

import av
import numpy as np
import pytest

RATE_HZ = 48000


def tone(seconds, beeps=((0.0, None),), channels=2, rate_hz=RATE_HZ):
    """A 1 kHz tone during (start, end) seconds, on all channels."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    sounding = np.zeros_like(times, dtype=bool)
    for start, end in beeps:
        sounding |= (times >= start) & (times < (seconds if end is None else end))
    wave = 0.5 * np.sin(2 * np.pi * 1000 * times) * sounding
    return np.repeat(wave[None].astype(np.float32), channels, axis=0)


def numbered(index, size):
    """An image that encodes its number: hundreds, tens and ones as the gray of three vertical bands."""
    digits = [index // 100, index // 10 % 10, index % 10]
    bands = [np.full((size[1], size[0] // 3, 3), 20 + 20 * digit, np.uint8) for digit in digits]
    return np.concatenate([*bands, bands[-1][:, : size[0] % 3]], axis=1)


def number_of(image):
    """The number that a numbered image encodes."""
    third = image.shape[1] // 3
    digits = [round((float(image[:, i * third + 4 : (i + 1) * third - 4].mean()) - 20) / 20) for i in range(3)]
    return 100 * digits[0] + 10 * digits[1] + digits[2]


def write_test_video(path, stamps, *, time_base, last=None, waveform=None, audio_start_s=0, image=None, **options):
    """One numbered image at each stamp (of the time base); the audio from audio_start_s on.

    Options: size, codec, gop, sar, turn (degrees), audio, layout, shift_s (added to all stamps), container.
    """
    size = options.get("size", (64, 48))
    shift_s = Fraction(options.get("shift_s", 0))
    with av.open(str(path), "w", options=options.get("container", {})) as container:
        video = container.add_stream(
            options.get("codec", "libx264"), options={"bf": "0", "qp": "0", "g": options.get("gop", "250")}
        )
        video.thread_count = 1
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.time_base = video.codec_context.time_base = time_base
        if "sar" in options:
            video.codec_context.sample_aspect_ratio = options["sar"]
        if "turn" in options:
            video.set_display_rotation(options["turn"])
        audio = None
        if waveform is not None:
            layout = options.get("layout", "mono" if len(waveform) == 1 else "stereo")
            audio = container.add_stream(options.get("audio", "aac"), rate=RATE_HZ, layout=layout)
        durations = [*np.diff(stamps), last or 1]
        shown = [numbered(index, size) if image is None else image for index in range(len(stamps))]
        muxed = encode_images(video, shown, [int(stamp) + round(shift_s / time_base) for stamp in stamps])
        for packet, duration in zip(muxed, durations, strict=True):
            packet.duration = int(duration)
        start_s = Fraction(audio_start_s) + shift_s
        encoded = [] if audio is None else encode_audio(audio, waveform, layout, start_s)
        for packet in sorted([*muxed, *encoded], key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    return path


def encode_images(stream, images, stamps):
    packets = []
    for image, stamp in zip(images, stamps, strict=True):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = stamp, stream.codec_context.time_base
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def encode_audio(stream, waveform, layout, start_s):
    packets = []
    for first in range(0, waveform.shape[1], 1024):
        block = np.ascontiguousarray(waveform[:, first : first + 1024])
        if stream.codec_context.name.startswith("pcm"):
            block = np.round(block.T.reshape(1, -1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
        else:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
        frame.pts = first + round(start_s * RATE_HZ)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


@pytest.fixture
def make_video(tmp_path):
    """make_video(name, seconds or stamps, ...) writes a video to a fresh folder, by default at 25 frames a second."""

    def make(name, seconds=None, *, stamps=None, time_base=Fraction(1, 12800), rate=Fraction(25), **options):
        if stamps is None:
            stamps = [round(i / rate / time_base) for i in range(round(Fraction(seconds) * rate))]
            options.setdefault("last", round(1 / rate / time_base))
        return write_test_video(tmp_path / name, stamps, time_base=time_base, **options)

    return make


@pytest.fixture
def beep():
    """tone(seconds, beeps, channels)."""
    return tone


@pytest.fixture
def number():
    """number(image): which frame of a video it is."""
    return number_of


@pytest.fixture
def numbers(number):
    """numbers(clips): the number of each frame, by its content."""
    return lambda clips: [number(frame) for clip in clips for frame in clip.frames]
