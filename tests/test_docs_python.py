"""docs/python.md: its lines run, one block after the other, on a small model and a small clip."""

import re
from pathlib import Path

import pytest
import torch

from support.audio_gated_model import segmenter

PAGE = Path(__file__).parents[1] / "docs" / "python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory, draw_clip):
    """What the blocks print, and the folder that they write into."""
    folder = tmp_path_factory.mktemp("python")
    for name in ("clip.mp4", "other.mp4"):
        draw_clip(folder / name)
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("ravs.inference.segmenter.load", segmenter)
        names = {"print": lambda *values: lines.append(" ".join(map(str, values)))}
        for block in BLOCKS:
            exec(compile(block, PAGE.name, "exec"), names)
    return lines, folder


def test_the_lines_of_the_page_run_and_write_what_they_say(printed):
    lines, folder = printed
    assert lines[0] == "<Prediction clip.mp4 · 48×32 · 0:02.5 · 3 masks · known: dog 0:00–0:02>"
    assert "masks: 3 of about 3" in lines
    assert lines[-1] == "unknown setting 'treshold'; did you mean 'threshold'?"
    assert {path.name for path in folder.iterdir()} == {"clip.mp4", "other.mp4", "chart.png", "overlay.mp4", "out"}
    assert {path.name for path in (folder / "out" / "clip").iterdir()} > {"clip.json", "masks", "coco.json"}


def test_what_the_page_says_of_arrays_is_so():
    known, frames = segmenter(), torch.zeros(2, 3, 32, 48)
    sound = torch.ones(2 * 48000, 2, dtype=torch.int16)
    assert len(known.segment(frames=frames, waveform=sound, sample_rate_hz=48000)) == 2
