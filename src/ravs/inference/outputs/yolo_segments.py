"""A prediction as YOLO segmentation labels: a text file for each image, a polygon a line.

Source: docs.ultralytics.com/datasets/segment: class, then x and y of each corner as shares of width and height.
"""

import json
from collections.abc import Iterator

from ravs.inference.outputs.frame_names import image_name
from ravs.inference.outputs.mask_polygons import mask_polygons
from ravs.structures.prediction import FramePrediction, Prediction
from ravs.structures.rle import decode_mask


def yolo_files(prediction: Prediction) -> Iterator[tuple[str, str]]:
    """data.yaml with the names, and labels/NAME.txt for each mask, empty where nothing sounds.

    Classes are numbered without the background, from 0. The images, which go into images/, are named as `image_name`
    does.
    """
    names = "".join(f"  {index}: {json.dumps(name)}\n" for index, name in enumerate(prediction.classes[1:]))
    yield "data.yaml", f"path: .\ntrain: images\nval: images\nnames:\n{names}"
    for frame in prediction.frames:
        yield f"labels/{image_name(prediction, frame).removesuffix('.png')}.txt", yolo_labels(frame)


def yolo_labels(frame: FramePrediction) -> str:
    """A line for each connected piece of each object, whose holes are cut open: the polygon covers just its pixels."""
    height, width = frame.size
    lines = []
    for found in frame.objects:
        for polygon in mask_polygons(decode_mask(found.rle)):
            corners = " ".join(f"{x / width:.6f} {y / height:.6f}" for x, y in polygon)
            lines.append(f"{found.class_id - 1} {corners}\n")
    return "".join(lines)
