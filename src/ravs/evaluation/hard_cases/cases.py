"""Finds the hard cases of one video, second by second, from its masks alone."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.evaluation.metrics.dataset_protocol import transitions

DEFINITIONS = {
    "case 1": "a silent instance of a class that sounds is in view in that second (known of composed sets only)",
    "case 2": "a class sounds in that second and not in the one before or after, or vice versa; both are labelled and "
    "of one video. A class sounds where the mask has a pixel of it; in binary sets: anything sounds, or nothing",
    "several instances": "images of VPO-MSMI whose rows have multi_instance set; which of them is silent is unknown",
}
NUM_VALUES = 256  # of a pixel in an 8-bit mask


class VideoCases(NamedTuple):
    """The seconds of a video that are labelled, and that show a case; None where it is unknown."""

    subset: str
    labelled: Bool[np.ndarray, " seconds"]
    case_1: Bool[np.ndarray, " seconds"] | None
    case_2: Bool[np.ndarray, " seconds"] | None
    several: bool | None


def find_cases(data: AvsDataset, entry: Entry) -> VideoCases:
    """Find the cases of one video, second by second."""
    present = np.stack([mask_values(data, path) for path in entry.masks])
    labelled, states = np.any(present[:, :IGNORE_INDEX], axis=1), present[:, 1:IGNORE_INDEX]
    if data.binary:
        states = np.any(states, axis=1, keepdims=True)
    look_alike = data.look_alike(entry)
    compared = np.any(labelled[1:] & labelled[:-1])
    seconds = np.where(labelled, np.arange(len(labelled)), np.nan)  # an unlabelled second is compared with nothing
    return VideoCases(
        subset=entry.subset,
        labelled=labelled,
        case_1=np.array(look_alike) & labelled if look_alike else None,
        case_2=transitions(states, seconds) if compared else None,
        several=several_instances(entry),
    )


def mask_values(data: AvsDataset, path: Path | None) -> Bool[np.ndarray, "256"]:
    """Which pixel values a mask has; only 255 where there is no mask."""
    return np.isin(np.arange(NUM_VALUES), IGNORE_INDEX if path is None else data.read_mask(path))


def several_instances(entry: Entry) -> bool | None:
    """Whether an image is VPO-MSMI's own; those with one instance of each class come from VPO-MS. None elsewhere."""
    return entry.frames[0].resolve().parents[1].name == entry.subset if entry.subset == "VPO-MSMI" else None
