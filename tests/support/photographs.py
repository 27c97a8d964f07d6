"""Photographs whose things are rectangles of one color, and the folder that they are read from."""

import json

import cv2
import numpy as np

COLORS = {"person": (200, 40, 40), "bus": (40, 200, 40), "bird": (40, 40, 200), "mouse": (200, 200, 40)}
CATEGORIES = {name: number for number, name in enumerate(COLORS, start=3)}


def write_photographs(root, splits=("train", "train", "val", "train")):
    """One photograph for each split, of 160 x 120 pixels, with five annotations each. Returns the folder."""
    (root / "images").mkdir(parents=True)
    images, annotations = [], []
    for number, split in enumerate(splits):
        pixels = np.full((120, 160, 3), 110, np.uint8)
        for name, box in (("person", (10, 20, 50, 100)), ("bus", (60, 20, 100, 60))):
            _draw(pixels, annotations, number, name, box)
        for name, box in (("bird", (110, 70, 150, 110)), ("mouse", (60, 80, 90, 110))):
            _draw(pixels, annotations, number, name, box)
        annotations.append(crowd(number))
        cv2.imwrite(str(root / "images" / f"{number}.png"), pixels[..., ::-1])
        image = {"id": number, "file_name": f"{number}.png", "width": 160, "height": 120, "split": split}
        images.append(image | {"license": "CC BY 2.0", "flickr_url": f"http://flickr.example/{number}"})
    categories = [{"id": number, "name": name} for name, number in CATEGORIES.items()]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (root / "instances.json").write_text(json.dumps(document))
    return root


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
