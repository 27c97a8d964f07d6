"""Read Label Studio's JSON: a task for each image, with brush strokes (packed run lengths) or polygons (percent).

Source: label_studio_sdk.converter (brush.py), and labelstud.io/guide/export on the raw JSON format.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ravs.data.custom.annotations import FORMAT_ERRORS, AnnotatedImage, AnnotatedShape, AnnotatedVideos, match_images
from ravs.data.custom.coco import read_json
from ravs.data.custom.label_source import Video
from ravs.data.custom.rasterize import Mask, Size, brush_mask, polygon_mask
from ravs.errors import InputError

NamedImage = tuple[str, AnnotatedImage]


def read_label_studio(path: Path, videos: Sequence[Video]) -> AnnotatedVideos:
    """The shapes of each labelled task; classes are the labels in use, sorted by name.

    If a task has several annotations, the one marked as ground truth is used, else the last one that was not
    cancelled; a task without any is not labelled. Raises: InputError if it is no Label Studio file.
    """
    tasks = read_json(path)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) and "annotations" in task for task in tasks):
        raise InputError(f"{path}: is no list of tasks with annotations: export as JSON, not JSON-MIN")
    try:
        images = [found for task in tasks if (found := _annotated_image(path, task)) is not None]
    except InputError:
        raise
    except FORMAT_ERRORS as error:
        raise InputError(f"{path}: a task does not fit Label Studio's JSON ({error!r}): export it again") from None
    names = sorted({shape.name for _, image in images for shape in image.shapes})
    return match_images(path, names, images, videos)


def _annotated_image(path: Path, task: dict[str, Any]) -> NamedImage | None:
    """The image of a task and its name; None if not labelled. Without shapes its size is unknown."""
    annotations = [one for one in task["annotations"] if not one.get("was_cancelled")]
    if not annotations:
        return None
    chosen = next((one for one in annotations if one.get("ground_truth")), annotations[-1])
    where = f"{path}, task {task.get('id')}"
    name = next((str(task["data"][key]) for key in ("image", "img") if key in task["data"]), None)
    if name is None:
        raise InputError(
            f"{where}: its data has no image, but {', '.join(task['data'])}: Label Studio draws no masks on video: "
            "label the images that ravs datasets create OUT VIDEO writes"
        )
    drawn = [(result, shape) for result in chosen["result"] if (shape := _shape(where, result)) is not None]
    sizes = [(int(result["original_height"]), int(result["original_width"])) for result, _ in drawn]
    return name, AnnotatedImage(f"{where} ({name})", sizes[0] if sizes else None, tuple(shape for _, shape in drawn))


def _shape(where: str, result: dict[str, Any]) -> AnnotatedShape | None:
    """A brush stroke or polygon; None for results about the whole image or about other shapes."""
    kind, value = result["type"], result.get("value", {})
    if kind not in ("brushlabels", "polygonlabels"):
        if kind.endswith("labels") and kind not in ("labels", "timelinelabels"):
            raise InputError(f"{where}: has {kind}: a mask is drawn by BrushLabels or PolygonLabels")
        return None
    names = value[kind]
    if len(names) != 1:
        raise InputError(f"{where}: a shape has the labels {', '.join(names) or 'none'}: give each one class")
    if kind == "polygonlabels":
        return AnnotatedShape(names[0], partial(_polygon, value["points"]))
    if value.get("format") != "rle":
        raise InputError(f"{where}: a brush stroke of format {value.get('format')!r}, not rle: export it as JSON again")
    return AnnotatedShape(names[0], partial(brush_mask, value["rle"]))


def _polygon(points: Sequence[Sequence[float | int]], size: Size) -> Mask:
    """The mask of a polygon with corners in percent of width and height."""
    return polygon_mask([(x * size[1] / 100, y * size[0] / 100) for x, y in points], size)
