import numpy as np
import pytest

from ravs.config import RavsConfig
from ravs.evaluation.speed.sample_video import disk
from ravs.evaluation.speed.video_parts import measure_video_parts, video_calls
from ravs.media import probe, read_frames

SIZE = (96, 160)
NAMES = ["decoding", "resizing", "front end", "enlarging", "PNG", "overlay", "decoding and encoding alone"]


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("speed")
    return video_calls(RavsConfig.preset("ravs-debug"), folder, 2, SIZE), folder


def test_every_part_does_its_work_on_two_seconds(calls):
    parts, folder = calls
    results = {name: call() for name, call in parts.items()}
    assert list(results) == NAMES
    assert [len(clip) for clip in results["decoding"]] == [2]
    assert results["resizing"].shape[:2] == (2, 3) and len(results["front end"]) == 2
    assert all(png.startswith(b"\x89PNG") for png in results["PNG"])
    for name in ("overlay.mp4", "copy.mp4"):
        info = probe(folder / name)
        assert float(info.duration_s) == pytest.approx(2, abs=0.05) and info.audio is not None


def test_the_disk_is_what_sounds_so_that_there_is_something_to_draw(calls):
    parts, folder = calls
    for frame in parts["enlarging"]():
        wanted = disk(SIZE, frame.time_s)
        assert ((frame.labels > 0) & wanted).sum() / ((frame.labels > 0) | wanted).sum() > 0.8  # at stride 4
    parts["overlay"](), parts["decoding and encoding alone"]()
    drawn, plain = (next(read_frames(folder / name)).rgb()[: SIZE[0]] for name in ("overlay.mp4", "copy.mp4"))
    assert np.abs(drawn.astype(int) - plain).mean() > 3


def test_each_part_has_times_and_memory():
    found = measure_video_parts(RavsConfig.preset("ravs-debug"), 1, SIZE, 1)
    assert list(found) == NAMES and all(cost.median_s > 0 for cost in found.values())
