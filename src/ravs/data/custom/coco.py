"""Read COCO instances: images, categories, and annotations with polygons or run lengths.

Source: cocodataset.org, format of instances; pycocotools for what the run lengths mean.
"""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ravs.data.custom.annotations import FORMAT_ERRORS, AnnotatedImage, AnnotatedShape, AnnotatedVideos, match_images
from ravs.data.custom.label_source import Video
from ravs.data.custom.rasterize import Mask, Size, coco_mask, polygon_mask
from ravs.errors import InputError

KEYS = ("images", "annotations", "categories")


def read_coco(path: Path, videos: Sequence[Video]) -> AnnotatedVideos:
    """The shapes of each image in the file; classes are the categories, ordered by id.

    Raises: InputError if it is no COCO file, or an annotation lacks image, category or segmentation.
    """
    document = read_json(path)
    if not isinstance(document, dict) or not all(isinstance(document.get(key), list) for key in KEYS):
        raise InputError(f"{path}: is not a COCO file: it must be an object with the lists {', '.join(KEYS)}")
    try:
        names = {entry["id"]: str(entry["name"]) for entry in sorted(document["categories"], key=lambda e: e["id"])}
        return match_images(path, list(names.values()), _images(path, document, names), videos)
    except InputError:
        raise
    except FORMAT_ERRORS as error:
        raise InputError(f"{path}: an entry does not fit COCO's format ({error!r}): export it again") from None


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises InputError that names it."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error}): give the file that the tool exported") from None


def _images(path: Path, document: dict[str, Any], names: dict[int, str]) -> Iterator[tuple[str, AnnotatedImage]]:
    shapes: dict[Any, list[AnnotatedShape]] = {image["id"]: [] for image in document["images"]}
    for annotation in document["annotations"]:
        where = f"{path}, annotation {annotation.get('id')}"
        for key, known in (("image_id", shapes), ("category_id", names)):
            if annotation[key] not in known:
                raise InputError(f"{where}: {key} {annotation[key]} is not in the file: export it again")
        segmentation = annotation.get("segmentation")
        if not segmentation:
            raise InputError(f"{where}: has no segmentation: a box is no mask; export polygons or masks")
        shapes[annotation["image_id"]].append(
            AnnotatedShape(names[annotation["category_id"]], partial(segmentation_mask, segmentation))
        )
    for image in document["images"]:
        size = (int(image["height"]), int(image["width"]))
        yield image["file_name"], AnnotatedImage(f"{path}, {image['file_name']}", size, tuple(shapes[image["id"]]))


def segmentation_mask(segmentation: Any, size: Size) -> Mask:
    """The mask of an annotation: of run lengths, or of the union of polygons. Raises: ValueError for another size."""
    if isinstance(segmentation, dict):
        if tuple(segmentation["size"]) != size:
            raise ValueError(f"its run lengths are of size {segmentation['size']}, its image of {list(size)}")
        return coco_mask(size, segmentation["counts"])
    mask = np.zeros(size, bool)
    for polygon in segmentation:
        mask |= polygon_mask(list(zip(polygon[::2], polygon[1::2], strict=True)), size)
    return mask
