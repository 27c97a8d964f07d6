"""The cases of one video, second by second, from its masks alone."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry

DEFINITIONS = {
    "case 1": "a silent instance of a class that sounds is in view in that second (only composed sets tell)",
    "case 2": "a class sounds in that second and not in the one before or after, or the other way round; both are "
    "labelled, of one video. A class sounds where the mask has a pixel of it; in binary sets: anything sounds, or not",
    "several instances": "pictures of VPO-MSMI whose rows have multi_instance set; who of them is silent is not told",
}
NUM_VALUES = 256  # values that a mask can hold


class VideoCases(NamedTuple):
    """One video: which seconds are labelled, and which show a case; None where it is not told."""

    subset: str
    labelled: Bool[np.ndarray, " seconds"]
    case_1: Bool[np.ndarray, " seconds"] | None
    case_2: Bool[np.ndarray, " seconds"] | None
    several: bool | None


def look(found: AvsDataset, entry: Entry) -> VideoCases:
    """The cases of one video, second by second."""
    held = np.stack([values(found, path) for path in entry.masks])
    labelled, states = np.any(held[:, :IGNORE_INDEX], axis=1), held[:, 1:IGNORE_INDEX]
    if found.binary:
        states = np.any(states, axis=1, keepdims=True)
    look_alike = found.look_alike(entry)
    compared = np.any(labelled[1:] & labelled[:-1])
    return VideoCases(
        subset=entry.subset,
        labelled=labelled,
        case_1=np.array(look_alike) & labelled if look_alike else None,
        case_2=transitions(states, labelled) if compared else None,
        several=several_instances(entry),
    )


def values(found: AvsDataset, path: Path | None) -> Bool[np.ndarray, "256"]:
    """Which values a mask holds; nothing but 255 where there is none."""
    return np.isin(np.arange(NUM_VALUES), IGNORE_INDEX if path is None else found.read_mask(path))


def transitions(
    states: Bool[np.ndarray, "seconds classes"], labelled: Bool[np.ndarray, " seconds"]
) -> Bool[np.ndarray, " seconds"]:
    """Case 2: the seconds in which the state of some class differs from the second before or after, both labelled."""
    changed = (states[1:] != states[:-1]).any(axis=1) & labelled[1:] & labelled[:-1]
    beside = np.zeros(len(states), bool)
    beside[1:] |= changed
    beside[:-1] |= changed
    return beside


def several_instances(entry: Entry) -> bool | None:
    """Of VPO-MSMI: whether the picture is its own; those with one instance of each class are borrowed from VPO-MS."""
    return entry.frames[0].resolve().parents[1].name == entry.subset if entry.subset == "VPO-MSMI" else None
