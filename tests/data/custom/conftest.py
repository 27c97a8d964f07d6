"""Two small films, and instants of them."""

import pytest

from ravs.data.custom.label_source import Instant, Video

SIZE = (32, 48)


@pytest.fixture(scope="session")
def films(tmp_path_factory, draw_clip):
    """A folder of a.mp4, 6.5 s, and b.mp4, 2 s, of 10 frames a second."""
    folder = tmp_path_factory.mktemp("films")
    draw_clip(folder / "a.mp4", seconds=6.5)
    draw_clip(folder / "b.mp4", seconds=2)
    return folder


@pytest.fixture(scope="session")
def videos(films):
    return [Video(films / f"{name}.mp4", (films / name).relative_to(films)) for name in ("a", "b")]


@pytest.fixture
def instant(videos):
    """instant(video, second): of a film of 10 frames a second."""

    def make(name, second, size=SIZE):
        video = next(video for video in videos if video.name == name)
        return Instant(video, second, float(second + 1), 10 * second + 9, size)

    return make
