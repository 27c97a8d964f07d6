"""A prediction as CVAT's XML: "CVAT for video 1.1", or "CVAT for images 1.1" for still images and arrays.

Source: docs.cvat.ai/docs/dataset_management/formats/format-cvat, and cvat/apps/dataset_manager/formats/cvat.py of
cvat-ai/cvat, which keeps the first mask of a track only: every mask is therefore a track of its own.
"""

from math import floor
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ravs.inference.outputs.frame_names import (
    frame_number,
    frames_per_second,
    image_name,
    is_video,
    source_name,
    source_stem,
)
from ravs.structures.palette import hex_color
from ravs.structures.prediction import FramePrediction, Prediction, SoundingObject
from ravs.structures.rle import decode_mask, runs_of


def cvat_xml(prediction: Prediction) -> str:
    """The file that CVAT's "Upload annotations" takes for a task on the same video, whose labels have these names.

    Raises: InputError where a mask of a video does not know the number of its frame.
    """
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    if is_video(prediction):
        masks = {frame_number(frame): frame for frame in prediction.frames}  # of two at one frame, the later one
        last = max(_last_frame(prediction), *masks, 0)
        root.append(_meta(prediction, "interpolation", last + 1))
        for number, frame in masks.items():
            for found in frame.objects:
                _add_track(root, found, number, last)
    else:
        root.append(_meta(prediction, "annotation", len(prediction.frames)))
        for frame in prediction.frames:
            _add_image(root, prediction, frame)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def box_runs(found: SoundingObject) -> list[int]:
    """Run lengths by row inside the object's box, zeros first."""
    left, top, width, height = found.bbox
    box = decode_mask(found.rle)[top : top + height, left : left + width]
    runs: list[int] = runs_of(box.ravel()).tolist()
    return runs


def _last_frame(prediction: Prediction) -> int:
    return floor(float(prediction.source["duration"]) * frames_per_second(prediction)) - 1


def _meta(prediction: Prediction, mode: str, size: int) -> Element:
    meta = Element("meta")
    task = SubElement(meta, "task")
    values = {"name": source_stem(prediction), "size": size, "mode": mode, "start_frame": 0, "stop_frame": size - 1}
    for key, value in values.items():
        SubElement(task, key).text = str(value)
    SubElement(task, "frame_filter")
    labels = SubElement(task, "labels")
    for index, name in enumerate(prediction.classes):
        if index > 0:
            label = SubElement(labels, "label")
            SubElement(label, "name").text = name
            SubElement(label, "color").text = hex_color(index)
            SubElement(label, "type").text = "mask"
    original = SubElement(task, "original_size")
    for key in ("width", "height"):
        SubElement(original, key).text = str(prediction.source[key])
    SubElement(task, "source").text = source_name(prediction)
    return meta


def _add_track(root: Element, found: SoundingObject, number: int, last: int) -> None:
    """A track that is in view at one frame, and left the picture at the next, if there is one."""
    track = SubElement(root, "track", id=str(len(root.findall("track"))), label=found.name, source="auto")
    for frame, outside in ((number, "0"), (number + 1, "1")):
        if frame <= last:
            place = {"frame": str(frame), "keyframe": "1", "outside": outside}
            SubElement(track, "mask", place | _mask_attributes(found))


def _add_image(root: Element, prediction: Prediction, frame: FramePrediction) -> None:
    (height, width), name = frame.size, image_name(prediction, frame)
    image = SubElement(root, "image", id=str(frame.index), name=name, width=str(width), height=str(height))
    for found in frame.objects:
        SubElement(image, "mask", {"label": found.name, "source": "auto"} | _mask_attributes(found))


def _mask_attributes(found: SoundingObject) -> dict[str, str]:
    left, top, width, height = map(str, found.bbox)
    box = {"left": left, "top": top, "width": width, "height": height}
    return {"occluded": "0", "rle": ", ".join(map(str, box_runs(found))), **box, "z_order": "0"}
