"""A prediction as tasks of Label Studio: brush strokes on images, and spans on the timeline of the video.

Source: labelstud.io/guide/predictions and labelstud.io/tags (BrushLabels, TimelineLabels).
"""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any
from xml.sax.saxutils import quoteattr

from ravs.inference.outputs.brush_rle import pack_brush
from ravs.inference.outputs.frame_names import frames_per_second, image_name, is_video, source_name
from ravs.structures.palette import hex_color
from ravs.structures.prediction import FramePrediction, Prediction, SoundingObject
from ravs.structures.rle import decode_mask


def brush_tasks(prediction: Prediction) -> list[dict[str, Any]]:
    """A task for each mask, whose image is named as `image_name` does, pre-annotated with a stroke for each object."""
    return [
        _task(prediction, {"image": image_name(prediction, frame)}, [_stroke(frame, found) for found in frame.objects])
        for frame in prediction.frames
    ]


def timeline_tasks(prediction: Prediction) -> list[dict[str, Any]]:
    """One task, the video, pre-annotated with a span for each event; frames count from 1. None for other sources."""
    if not is_video(prediction):
        return []
    fps, spans = frames_per_second(prediction), []
    for index, event in enumerate(prediction.events):
        span = {"start": floor(event.start_s * fps) + 1, "end": max(ceil(event.end_s * fps), 1)}
        value = {"ranges": [span], "timelinelabels": [event.name]}
        spans.append(_result(f"event-{index}", "timelinelabels", "video", value) | {"score": round(event.score, 4)})
    return [_task(prediction, {"video": source_name(prediction)}, spans)]


def labeling_config(classes: Sequence[str], kind: str) -> str:
    """The labeling interface of a project for these tasks: of `brush` or of `timeline`, with the classes' colors."""
    labels = "".join(
        f'    <Label value={quoteattr(name)} background="{hex_color(index)}"/>\n'
        for index, name in enumerate(classes)
        if index > 0
    )
    source, tag = {"brush": ("image", "BrushLabels"), "timeline": ("video", "TimelineLabels")}[kind]
    view = f'  <{source.title()} name="{source}" value="${source}"/>\n'
    return f'<View>\n{view}  <{tag} name="label" toName="{source}">\n{labels}  </{tag}>\n</View>\n'


def _task(prediction: Prediction, data: dict[str, str], results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": data, "predictions": [{"model_version": prediction.model.get("name"), "result": results}]}


def _stroke(frame: FramePrediction, found: SoundingObject) -> dict[str, Any]:
    height, width = frame.size
    value = {"format": "rle", "rle": pack_brush(decode_mask(found.rle)), "brushlabels": [found.name]}
    size = {"original_width": width, "original_height": height, "image_rotation": 0}
    result = _result(f"mask-{frame.index}-{found.class_id}", "brushlabels", "image", value)
    return result | size | {"score": round(found.score, 4)}


def _result(name: str, kind: str, target: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": kind, "from_name": "label", "to_name": target, "origin": "prediction", "value": value}
