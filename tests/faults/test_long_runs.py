"""Many clips in one process, and long videos: memory, files and threads do not grow. The same line, the same bytes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.folders import contents

MANY_CLIPS = """
import gc, json, os, sys
import torch
import ravs

torch.set_num_threads(1)
segmenter, clip, count = ravs.load(sys.argv[1], "cpu"), sys.argv[2], int(sys.argv[3])


def state():
    gc.collect()
    resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return [resident, len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))]


states = []
for number in range(1, count + 1):
    segmenter.segment(clip)
    if number in (20, count):
        states.append(state())
print(json.dumps(states))
"""
linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's /proc")


def run_many(model: Path, clip: Path, count: int) -> list[list[int]]:
    """Resident memory, open files and threads after 20 clips and after `count`."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MANY_CLIPS, model, clip, str(count)], capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


@linux
@pytest.mark.faults
def test_five_hundred_clips_in_one_process_leave_memory_files_and_threads(model_folder, draw_clip, tmp_path):
    early, late = run_many(model_folder, draw_clip(tmp_path / "a.mp4", seconds=1.5), 500)
    assert late[1:] == early[1:]
    assert late[0] <= 1.03 * early[0]


@pytest.mark.faults
@pytest.mark.parametrize("formats", ["masks,json", "npz", "overlay"])
def test_ten_minutes_of_video_take_the_memory_of_one(commands, draw_clip, tmp_path, formats):
    peaks = []
    for minutes in (1, 10):
        name = draw_clip(tmp_path / f"{minutes}.mp4", seconds=60 * minutes).name
        ended = commands("segment", name, "-f", formats, "-m", commands.model, folder=tmp_path, cpu_s=300, wall_s=900)
        assert ended.code == 0, ended.err
        peaks.append(ended.peak_mb)
    assert peaks[1] <= 1.05 * peaks[0]


def test_the_same_command_writes_the_same_bytes(commands, draw_clip, tmp_path):
    draw_clip(tmp_path / "a.mp4", seconds=1.5)
    for out in ("one", "two"):
        ended = commands("segment", "a.mp4", "-f", "all", "-o", out, "-m", commands.model, folder=tmp_path)
        assert ended.code == 0, ended.err
    one, two = (contents(tmp_path / out) for out in ("one", "two"))
    two = {name.replace("/two/", "/one/"): content for name, content in two.items()}
    assert len(one) > 10 and one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
