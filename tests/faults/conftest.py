from itertools import chain
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from PIL import Image

from support.command_forks import Commands

CODECS = {  # of the video and the sound of the file of each ending
    "mkv": ("mpeg4", "flac"),
    "webm": ("libvpx", "libopus"),
    "avi": ("mjpeg", "pcm_s16le"),
    "ts": ("mpeg2video", "mp2"),
    "flv": ("flv", "aac"),
    "wav": (None, "pcm_s16le"),
    "mp3": (None, "libmp3lame"),
}

settings.register_profile(
    "faults",
    derandomize=True,  # the same examples each time
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a command takes too long to look for the smallest example
    deadline=None,  # commands have limits of their own
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("faults")


@pytest.fixture(scope="session")
def commands(forked_python, model_folder):
    """Runs `ravs` command lines, each in a fork with limits."""
    commands = Commands(forked_python, model_folder)
    yield commands
    commands.close()


@pytest.fixture(scope="session")
def whole_files(tmp_path_factory, draw_clip) -> dict[str, bytes]:
    """A small file of each kind, by its ending: videos with sound, sounds, images."""

    folder = tmp_path_factory.mktemp("whole")
    draw_clip(folder / "a.mp4", seconds=1.5)
    for ending, video, audio in (
        ("mkv", "mpeg4", "flac"),
        ("webm", "libvpx", "libopus"),
        ("avi", "mjpeg", "pcm_s16le"),
    ):
        transcode(folder / "a.mp4", folder / f"a.{ending}", video, audio)
    transcode(folder / "a.mp4", folder / "a.ts", "mpeg2video", "mp2")
    transcode(folder / "a.mp4", folder / "a.flv", "flv", "aac")
    for ending, audio in (("wav", "pcm_s16le"), ("mp3", "libmp3lame")):
        transcode(folder / "a.mp4", folder / f"a.{ending}", None, audio)
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8).repeat(2, 0).repeat(2, 1))
    image.save(folder / "a.png")
    image.save(folder / "a.jpg")
    return {path.suffix[1:]: path.read_bytes() for path in sorted(folder.iterdir())}


def transcode(source: Path, target: Path, video: str | None, audio: str) -> None:
    """Write a video, or its sound alone, with other codecs."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        sound = written.add_stream(audio, rate=48000 if audio == "libopus" else 32000, layout="stereo")
        picture = None if video is None else add_picture(written, video)
        resampler = av.AudioResampler(sound.codec_context.format, "stereo", sound.rate, sound.codec_context.frame_size)
        for frame in read.decode():
            if isinstance(frame, av.AudioFrame):
                written.mux(chain.from_iterable(map(sound.encode, resampler.resample(frame))))
            elif picture is not None:
                frame.pict_type = 0
                written.mux(picture.encode(frame))
        written.mux(chain.from_iterable(map(sound.encode, [*resampler.resample(None), None])))
        written.mux([] if picture is None else picture.encode(None))


def add_picture(container: av.container.OutputContainer, codec: str) -> av.VideoStream:
    """A video stream of the drawn clip's size."""
    stream = container.add_stream(codec, rate=25 if codec == "mpeg2video" else 10)
    stream.width, stream.height, stream.thread_count = 48, 32, 1
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    return stream
