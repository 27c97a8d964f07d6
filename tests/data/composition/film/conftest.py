"""A library with a person and instruments, and photographs whose things are rectangles of one color."""

import csv
import json

import cv2
import numpy as np
import pytest

from ravs.data.composition.film.photographs import Photos
from ravs.data.library.library import Library

COLORS = {"person": (200, 40, 40), "bus": (40, 200, 40), "bird": (40, 40, 200), "mouse": (200, 200, 40)}
CATEGORIES = {name: number for number, name in enumerate(COLORS, start=3)}
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
    """Three photographs for training, one for validation, of 160 x 120 pixels, with five annotations each."""
    root = tmp_path_factory.mktemp("photos")
    (root / "images").mkdir()
    images, annotations = [], []
    for number, split in enumerate(("train", "train", "val", "train")):
        pixels = np.full((120, 160, 3), 110, np.uint8)
        for name, box in (("person", (10, 20, 50, 100)), ("bus", (60, 20, 100, 60))):
            _draw(pixels, annotations, number, name, box)
        for name, box in (("bird", (110, 70, 150, 110)), ("mouse", (60, 80, 90, 110))):
            _draw(pixels, annotations, number, name, box)
        annotations.append(crowd(number))
        cv2.imwrite(str(root / "images" / f"{number}.png"), pixels[..., ::-1])
        images.append({"id": number, "file_name": f"{number}.png", "width": 160, "height": 120, "split": split})
    categories = [{"id": number, "name": name} for name, number in CATEGORIES.items()]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (root / "instances.json").write_text(json.dumps(document))
    return root


@pytest.fixture(scope="session")
def photos(photos_root):
    return Photos.read(photos_root)


def _draw(pixels, annotations, image, name, box):
    """A rectangle of left, top, right, bottom, and its polygon."""
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = COLORS[name]
    polygon = [left, top, right, top, right, bottom, left, bottom]
    annotations.append({"image_id": image, "category_id": CATEGORIES[name], "segmentation": [polygon], "iscrowd": 0})


def crowd(image):
    """People that fill the first two columns: run lengths go down the columns."""
    runs = {"size": [120, 160], "counts": [0, 240, 160 * 120 - 240]}
    return {"image_id": image, "category_id": CATEGORIES["person"], "segmentation": runs, "iscrowd": 1}
