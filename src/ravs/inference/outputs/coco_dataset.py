"""A prediction as a COCO data set, as pycocotools, CVAT, Datumaro, FiftyOne and supervision read it.

Source: cocodataset.org/#format-data; masks are run-length encoded by column (`ravs.structures.rle`).
"""

from typing import Any

from ravs.inference.outputs.frame_names import image_name, source_name
from ravs.structures.prediction import Prediction


def coco_dataset(prediction: Prediction) -> dict[str, Any]:
    """Images, annotations and categories. Every mask is an image, silent ones too; every object an annotation.

    Beside COCO's keys an image has `frame` (its number in the source, from 0) and `time` (seconds), an annotation
    `score`. No annotation has a `track_id`, since the masks are of classes, not of instances: it is left free for
    trackers. Identifiers begin with 1, since tools take 0 for none.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for frame in prediction.frames:
        image_id, (height, width) = frame.index + 1, frame.size
        image = {"id": image_id, "file_name": image_name(prediction, frame), "width": width, "height": height}
        images.append(image | {"frame": frame.frame, "time": round(frame.time_s, 6)})
        for found in frame.objects:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": found.class_id,
                    "segmentation": found.rle.as_json(),
                    "area": found.area,
                    "bbox": list(found.bbox),
                    "iscrowd": 0,
                    "score": round(found.score, 4),
                }
            )
    categories = [
        {"id": index, "name": name, "supercategory": "sounding"}
        for index, name in enumerate(prediction.classes)
        if index > 0
    ]
    info = {"description": f"sounding objects in {source_name(prediction)}", "version": "1"}
    return {"info": info, "images": images, "annotations": annotations, "categories": categories}
