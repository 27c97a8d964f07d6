"""A library with a person and instruments, and photographs whose things are rectangles of one color."""

import csv

import cv2
import numpy as np
import pytest

from ravs.data.composition.film.photographs import Photos
from ravs.data.library.library import Library
from support.photographs import write_photographs

CUTOUTS = {"person": (90, 40), "guitar": (30, 80), "sheep": (50, 60)}  # height, width
COLUMNS = ("path", "kind", "class", "split", "style")


@pytest.fixture(scope="session")
def film_library(tmp_path_factory):
    """One opaque cut-out of each class, one gray background."""
    root = tmp_path_factory.mktemp("film-library")
    rows = [("gray.png", "background", "", "train", "photo")]
    cv2.imwrite(str(root / "gray.png"), np.full((120, 160, 3), 128, np.uint8))
    for number, (name, size) in enumerate(CUTOUTS.items()):
        rows.append((f"{name}.png", "cutout", name, "train", "photo"))
        cutout = np.full((*size, 4), 255, np.uint8)
        cutout[..., :3] = (30, 90 * number, 220)
        cv2.imwrite(str(root / f"{name}.png"), cutout)
    with (root / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    tiers = [f"{number},{name},A" for number, name in enumerate(CUTOUTS, start=1)]
    (root / "classes.csv").write_text("\n".join(["index,class,tier", *tiers]) + "\n")
    return Library.read(root)


@pytest.fixture(scope="session")
def photos_root(tmp_path_factory):
    """Three photographs for training, one for validation."""
    return write_photographs(tmp_path_factory.mktemp("photos") / "coco")


@pytest.fixture(scope="session")
def photos(photos_root):
    return Photos.read(photos_root)
