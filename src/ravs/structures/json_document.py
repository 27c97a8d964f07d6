"""NAME.json: a prediction as JSON (schema ravs/1, described by the packaged JSON Schema), written and read."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from ravs.errors import InputError
from ravs.files import json_text
from ravs.structures.palette import voc_color
from ravs.structures.prediction import FramePrediction, Prediction, SilenceTest, SoundingObject
from ravs.structures.rle import Rle
from ravs.version import VERSION

SCHEMA = "ravs/1"  # changes only when a key changes its meaning; readers ignore keys they do not know


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the documents that this version writes."""
    text = files("ravs.structures").joinpath("ravs-1.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def document_json(prediction: Prediction) -> str:
    """The document, one frame or event a line. The same prediction gives the same text: no date, no path."""
    document = to_document(prediction)
    lines = ",\n".join(f" {json.dumps(key)}: {_json_value(key, value)}" for key, value in document.items())
    return "{\n" + lines + "\n}\n"


def to_document(prediction: Prediction) -> dict[str, Any]:
    """The document as plain values."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "ravs": VERSION,
        "complete": prediction.complete,
        "source": prediction.source,
        "model": prediction.model,
        "settings": prediction.settings,
        "classes": [
            {"id": index, "name": name, "color": list(voc_color(index))}
            for index, name in enumerate(prediction.classes)
        ],
        "warnings": list(prediction.warnings),
    }
    if prediction.silence_test is not None:
        document["silence_test"] = silence_test_json(prediction.silence_test)
    document["frames"] = [frame_json(frame) for frame in prediction.frames]
    document["events"] = events_json(prediction)
    return document


def frame_json(frame: FramePrediction) -> dict[str, Any]:
    """One mask. Where nothing sounds, its list of objects is empty."""
    values: dict[str, Any] = {
        "i": frame.index,
        "t": round(frame.time_s, 6),
        "pts": frame.pts,
        "frame": frame.frame,
        "start": round(frame.start_s, 6),
        "level_db": frame.level_db,
        "peak_db": frame.peak_db,
        "uncertainty": round(frame.uncertainty, 4),
    }
    if frame.short:
        values["short"] = True
    return values | {"objects": [_object_json(obj) for obj in frame.objects]}


def events_json(prediction: Prediction) -> list[dict[str, Any]]:
    """When each class sounds, in seconds."""
    return [
        {"class": e.name, "start": round(e.start_s, 3), "end": round(e.end_s, 3), "score": round(e.score, 4)}
        for e in prediction.events
    ]


def silence_test_json(test: SilenceTest) -> dict[str, Any]:
    """What stayed marked without audio."""
    return {
        "kept_area": round(test.kept_area, 4),
        "marked_share": round(test.marked_share, 6),
        "classes": list(test.names),
    }


def read_document(path: Path) -> Prediction:
    """Read the prediction of a document, which holds no uncertainty maps.

    Raises: InputError for a file that is no document of this schema.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON ({error}): give a document that ravs segment wrote") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f"{path} is no document of schema {SCHEMA}: give one that ravs segment wrote")
    try:
        return _prediction(document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError(f"{path} lacks or garbles what a document has ({what}): segment the source again") from error


def _prediction(document: dict[str, Any]) -> Prediction:
    size = (document["source"]["height"], document["source"]["width"])
    test = document.get("silence_test")
    return Prediction(
        source=document["source"],
        model=document["model"],
        settings=document["settings"],
        classes=tuple(entry["name"] for entry in document["classes"]),
        frames=tuple(_read_frame(frame, size) for frame in document["frames"]),
        complete=document["complete"],
        silence_test=test and SilenceTest(test["kept_area"], test["marked_share"], tuple(test["classes"])),
        warnings=tuple(document["warnings"]),
    )


def _object_json(obj: SoundingObject) -> dict[str, Any]:
    return {
        "class_id": obj.class_id,
        "class": obj.name,
        "score": round(obj.score, 4),
        "uncertainty": round(obj.uncertainty, 4),
        "area": obj.area,
        "bbox": list(obj.bbox),
        "rle": obj.rle.as_json(),
    }


def _read_frame(values: dict[str, Any], size: tuple[int, int]) -> FramePrediction:
    return FramePrediction(
        index=values["i"],
        time_s=values["t"],
        start_s=values["start"],
        size=size,
        objects=tuple(_read_object(obj) for obj in values["objects"]),
        uncertainty=values["uncertainty"],
        pts=values["pts"],
        frame=values["frame"],
        level_db=values["level_db"],
        peak_db=values["peak_db"],
        short=values.get("short", False),
    )


def _read_object(values: dict[str, Any]) -> SoundingObject:
    left, top, width, height = values["bbox"]
    return SoundingObject(
        class_id=values["class_id"],
        name=values["class"],
        score=values["score"],
        uncertainty=values["uncertainty"],
        area=values["area"],
        bbox=(left, top, width, height),
        rle=Rle((values["rle"]["size"][0], values["rle"]["size"][1]), values["rle"]["counts"]),
    )


def _json_value(key: str, value: Any) -> str:
    """A value as JSON; frames, events and classes one a line, so that documents can be compared line by line."""
    if key not in ("frames", "events", "classes") or not value:
        return json_text(value)
    return "[\n  " + ",\n  ".join(map(json_text, value)) + "\n ]"
