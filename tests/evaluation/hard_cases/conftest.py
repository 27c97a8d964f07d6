"""A composed set without images and audio, whose masks and descriptions were written by hand."""

import json

import numpy as np
import pytest

from ravs.structures.palette import write_mask

BELLS = [("bell", [1, 1, 0, 0, 0]), ("bell", [0, 0, 0, 0, 0])]  # look-alikes in seconds 0 and 1
HORN = [("horn", [1, 1, 1, 1, 1])]
BOTH_CHANGE = [("bell", [0, 0, 1, 1, 1]), ("horn", [1, 1, 1, 1, 0])]
INDICES = {"bell": 1, "horn": 2}


def write_video(folder, objects):
    """Description and masks: each object sounds in its own pixel."""
    (folder / "masks").mkdir(parents=True)
    objects = [{"class": name, "index": INDICES[name], "sounding_seconds": seconds} for name, seconds in objects]
    (folder / "meta.json").write_text(json.dumps({"subset": folder.parent.name, "objects": objects}))
    for second in range(5):
        mask = np.zeros((2, 2), np.uint8)
        for place, obj in enumerate(objects):
            mask[0, place] = obj["index"] * obj["sounding_seconds"][second]
        write_mask(folder / "masks" / f"{second}.png", mask)


@pytest.fixture
def hand_made(tmp_path):
    """Subset msmi with one video, ms with two: 15 frames.

    Case 1: 2 frames of 1 video. Case 2: msmi, seconds 1 and 2; ms/000 none; ms/001 seconds 1, 2, 3 and 4.
    """
    root = tmp_path / "set"
    write_video(root / "msmi" / "000", BELLS)
    write_video(root / "ms" / "000", HORN)
    write_video(root / "ms" / "001", BOTH_CHANGE)
    (root / "composed.json").write_text(json.dumps({"split": "val", "classes": ["bell", "horn"]}))
    return root
