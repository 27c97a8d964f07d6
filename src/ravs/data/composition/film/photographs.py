"""Photographs with natural masks, in COCO's form: images/ and instances.json, whose images have a split."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from ravs.data.custom.coco import read_json, segmentation_mask
from ravs.errors import InputError

IGNORED = 255  # in instance maps: a thing of unknown class
COCO_CLASSES = {  # COCO's `mouse` is the computer's, ours the animal
    **{name: name for name in ("person", "car", "train", "boat", "airplane", "motorcycle", "toilet", "scissors")},
    **{name: name for name in ("cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra")},
    "bus": "truck_bus",
    "truck": "truck_bus",
    "cell phone": "phone",
}
UNKNOWN_CLASSES = ("bird",)  # any of several of ours
PHOTOS_HINT = "give a folder with images/ and an instances.json whose images have a split"


@dataclass(frozen=True)
class Photograph:
    """An image of a split with its annotations, as COCO has them, and their classes: None for an unknown one."""

    path: Path
    size: tuple[int, int]  # height, width
    annotations: tuple[tuple[str | None, Any], ...]  # class, and polygons or run lengths
    licence: str = ""  # as instances.json has it, and the next, too
    address: str = ""  # at Flickr, where the author is named

    def image(self) -> UInt8[np.ndarray, "height width 3"]:
        """Read the image, RGB. Raises: InputError if it is missing or of another size."""
        image = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if image is None or image.shape[:2] != self.size:
            found = "no image" if image is None else f"{image.shape[1]} x {image.shape[0]} pixels"
            raise InputError(f"{self.path}: {found}, not {self.size[1]} x {self.size[0]} pixels; {PHOTOS_HINT}")
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)

    def instances(self) -> tuple[tuple[str | None, Bool[np.ndarray, "height width"]], ...]:
        """Class and mask of each thing. Raises: InputError if an annotation cannot be drawn."""
        try:
            return tuple((name, segmentation_mask(shape, self.size)) for name, shape in self.annotations)
        except ValueError as error:
            raise InputError(f"{self.path.name}: an annotation cannot be drawn: {error}; {PHOTOS_HINT}") from None

    @property
    def classes(self) -> tuple[str, ...]:
        """The class of each value of the instance map, from 1 on."""
        return tuple(name for name, _ in self.annotations if name is not None)

    @cached_property
    def areas(self) -> tuple[int, ...]:
        """The pixels that each of `classes` has in the instance map."""
        return tuple(np.bincount(self.instance_map.ravel(), minlength=256)[1 : len(self.classes) + 1].tolist())

    @cached_property
    def instance_map(self) -> UInt8[np.ndarray, "height width"]:
        """0 is nothing, i the i-th of `classes`, 255 of unknown class; where two overlap, the smaller one."""
        drawn = np.zeros(self.size, np.uint8)
        numbers = np.cumsum([name is not None for name, _ in self.annotations])
        numbered = [
            (IGNORED if name is None else number, mask)
            for number, (name, mask) in zip(numbers, self.instances(), strict=True)
        ]
        for number, mask in sorted(numbered, key=lambda instance: -int(instance[1].sum())):
            drawn[mask] = number
        return drawn


@dataclass(frozen=True)
class Photos:
    """The photographs of one split."""

    photographs: tuple[Photograph, ...]

    @classmethod
    def read(cls, root: str | Path, split: str = "train") -> "Photos":
        """Read instances.json. Crowds, which are several things in one mask, are of unknown class.

        Args:
            root: folder with images/ and instances.json.
            split: train or val.

        Raises: InputError if the file is missing, is not of this form, or has no image of the split.
        """
        path = Path(root) / "instances.json"
        document = read_json(path)
        try:
            annotations = _annotations_by_image(document)
            listed = [image for image in document["images"] if image["split"] == split]
            photographs = tuple(
                Photograph(
                    path.parent / "images" / image["file_name"],
                    (int(image["height"]), int(image["width"])),
                    tuple(annotations[image["id"]]),
                    str(image.get("license", "")),
                    str(image.get("flickr_url", "")),
                )
                for image in listed
            )
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}: an entry does not fit COCO's format ({error!r}); {PHOTOS_HINT}") from None
        if not photographs:
            raise InputError(f"{path}: no image of split {split!r}; splits are train and val")
        return cls(photographs)


def _annotations_by_image(document: dict[str, Any]) -> dict[int, list[tuple[str | None, Any]]]:
    """Classes and segmentations of what is of our classes, or may be."""
    names = {category["id"]: category["name"] for category in document["categories"]}
    found: dict[int, list[tuple[str | None, Any]]] = defaultdict(list)
    for annotation in document["annotations"]:
        name = names[annotation["category_id"]]
        if name in COCO_CLASSES or name in UNKNOWN_CLASSES:
            known = None if annotation.get("iscrowd") else COCO_CLASSES.get(name)
            found[annotation["image_id"]].append((known, annotation["segmentation"]))
    return found
