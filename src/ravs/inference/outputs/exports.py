"""Every format that is made of a prediction alone: the contents of its files."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from ravs.errors import InputError
from ravs.files import json_text
from ravs.inference.outputs.coco_dataset import coco_dataset
from ravs.inference.outputs.cvat_xml import cvat_xml
from ravs.inference.outputs.editor_markers import markers_edl, markers_fcpxml
from ravs.inference.outputs.format_files import DOCUMENT
from ravs.inference.outputs.label_arrays import masks_npz
from ravs.inference.outputs.label_studio_tasks import brush_tasks, labeling_config, timeline_tasks
from ravs.inference.outputs.prompts import prompts_document, prompts_npz, sound_prompts
from ravs.inference.outputs.timeline import timelines
from ravs.inference.outputs.yolo_segments import yolo_files
from ravs.structures.json_document import document_json
from ravs.structures.palette import mask_png, uncertainty_png
from ravs.structures.prediction import FramePrediction, Prediction

Files = Iterator[tuple[str, bytes | str]]  # name below the folder, content


def export_files(name: str, prediction: Prediction) -> Files:
    """The files of a format of EXPORTS, one after the other. Raises InputError where there is nothing for one."""
    return EXPORTS[name](prediction)


def mask_file(frame: FramePrediction) -> tuple[str, bytes]:
    """masks/000012.png"""
    return f"masks/{frame.index:06d}.png", mask_png(frame.labels)


def uncertainty_file(frame: FramePrediction) -> tuple[str, bytes]:
    """uncertainty/000012.png. Raises InputError for a mask without its map, such as one read from a document."""
    if frame.uncertainty_map is None:
        raise InputError(f"mask {frame.index} has no uncertainty map, as those of documents: segment the source again")
    return f"uncertainty/{frame.index:06d}.png", uncertainty_png(frame.uncertainty_map, frame.size)


def _masks(prediction: Prediction) -> Files:
    yield from map(mask_file, prediction.frames)


def _uncertainty(prediction: Prediction) -> Files:
    yield from map(uncertainty_file, prediction.frames)


def _json(prediction: Prediction) -> Files:
    yield DOCUMENT, document_json(prediction)


def _timeline(prediction: Prediction) -> Files:
    yield from timelines(prediction).items()


def _coco(prediction: Prediction) -> Files:
    yield "coco.json", json_text(coco_dataset(prediction)) + "\n"


def _yolo(prediction: Prediction) -> Files:
    for name, text in yolo_files(prediction):
        yield f"yolo/{name}", text


def _cvat(prediction: Prediction) -> Files:
    yield "cvat.xml", cvat_xml(prediction)


def _labelstudio(prediction: Prediction) -> Files:
    tasks: dict[str, list[dict[str, Any]]] = {
        "brush": brush_tasks(prediction),
        "timeline": timeline_tasks(prediction),
    }
    for kind, values in tasks.items():
        yield f"labelstudio-{kind}.json", json.dumps(values) + "\n"
        yield f"labelstudio-{kind}.xml", labeling_config(prediction.classes, kind)


def _npz(prediction: Prediction) -> Files:
    yield "masks.npz", masks_npz(prediction)


def _prompts(prediction: Prediction) -> Files:
    prompts = sound_prompts(prediction)
    yield "prompts.json", json_text(prompts_document(prediction, prompts)) + "\n"
    yield "prompts.npz", prompts_npz(prompts)


def _markers(prediction: Prediction) -> Files:
    yield "markers.fcpxml", markers_fcpxml(prediction)
    yield "markers.edl", markers_edl(prediction)


EXPORTS: dict[str, Callable[[Prediction], Files]] = {
    "masks": _masks,
    "uncertainty": _uncertainty,
    "json": _json,
    "timeline": _timeline,
    "coco": _coco,
    "yolo": _yolo,
    "cvat": _cvat,
    "labelstudio": _labelstudio,
    "npz": _npz,
    "prompts": _prompts,
    "markers": _markers,
}
