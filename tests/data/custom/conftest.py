"""Two small videos, and instants of them."""

import pytest

from ravs.data.custom.label_source import Instant, Video

SIZE = (32, 48)


@pytest.fixture(scope="session")
def video_folder(tmp_path_factory, draw_clip):
    """A folder of a.mp4, 6.5 s, and b.mp4, 2 s, of 10 frames a second."""
    folder = tmp_path_factory.mktemp("video_folder")
    draw_clip(folder / "a.mp4", seconds=6.5)
    draw_clip(folder / "b.mp4", seconds=2)
    return folder


@pytest.fixture(scope="session")
def videos(video_folder):
    return [Video(video_folder / f"{name}.mp4", (video_folder / name).relative_to(video_folder)) for name in ("a", "b")]


@pytest.fixture
def instant(videos):
    """instant(video, second): of a video of 10 frames a second."""

    def make(name, second, size=SIZE):
        video = next(video for video in videos if video.name == name)
        return Instant(video, second, float(second + 1), 10 * second + 9, size)

    return make
