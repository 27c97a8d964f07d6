"""Two small videos, and instants of them."""

import json

import pytest

from ravs.data.custom.label_source import Instant, Video
from ravs.data.custom.open_labels import open_labels

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


@pytest.fixture
def export(tmp_path, videos):
    """export(tool, content): the labels in a tool's file, read for the videos a and b, or for one of them."""

    def read(tool, content, some=slice(None), name=None):
        path = tmp_path / (name or f"export.{'xml' if tool == 'cvat' else 'json'}")
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return open_labels(videos[some], None, None, (tool, path))

    return read
