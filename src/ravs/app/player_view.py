"""What the player of the page is given: times, masks and events as plain values, small enough for a browser."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from ravs.app.sound_changes import SOUND_CHANGES, describe_comparison
from ravs.app.visits import Visit
from ravs.inference.outputs.overlay.envelope import envelope
from ravs.inference.outputs.overlay.style import overlay_color
from ravs.inference.outputs.overlay.uncertainty_map import scale_colors, uncertainty_image, uncertainty_scale
from ravs.inference.outputs.sounding_text import describe_sounding
from ravs.inference.outputs.source_part import SourcePart
from ravs.inference.result import Prediction
from ravs.structures.palette import hex_color, mask_png
from ravs.structures.prediction import FramePrediction

MASK_SIDE = 640  # pixels of the longer side of a mask on the page; files have them whole
WAVEFORM_COLUMNS = 400
LEGEND_COLORS = 16


def player_view(visit: Visit) -> dict[str, Any]:
    """All that the player shows of a visit: its prediction, and beside it the one with a changed sound, if any."""
    prediction = visit.shown()
    return {
        "address": visit.address,
        "token": visit.token,
        "name": visit.name,
        "size": [prediction.source["width"], prediction.source["height"]],
        "start_s": prediction.source["start"],
        "end_s": prediction.span_s[1],
        "waveform": waveform(visit),
        "classes": [
            {"mask": hex_color(index), "color": css_color(overlay_color(index)), "name": name.replace("_", " ")}
            for index, name in enumerate(prediction.classes)
        ],
        "legend": {
            "top": uncertainty_scale(prediction),
            "colors": [css_color(color) for color in scale_colors(LEGEND_COLORS)],
        },
        "uncertainty": uncertainty_images(prediction),
        **rendered_view(visit),
    }


def rendered_view(visit: Visit) -> dict[str, Any]:
    """What of the view depends on threshold and least area."""
    own, changed = visit.shown(), visit.compared
    return {
        "threshold": own.settings["threshold"],
        "min_area": own.settings["min_area"],
        "summary": describe_sounding(own) or "nothing",
        "warnings": list(own.warnings),
        "masks": masks_view(own),
        "events": events_view(own),
        "changed": None
        if changed is None
        else {
            "title": SOUND_CHANGES[visit.compared_name].title,
            "text": describe_comparison(visit.compared_name, own, changed),
            "summary": describe_sounding(changed) or "nothing",
            "masks": masks_view(changed),
            "events": events_view(changed),
        },
    }


def masks_view(prediction: Prediction) -> list[dict[str, Any]]:
    """The time of each mask, what sounds, and its picture in the palette's colors; none where nothing sounds."""
    return [
        {"time_s": frame.time_s, "names": list(frame.sounding), "png": small_mask(frame) if frame.objects else None}
        for frame in prediction
    ]


def events_view(prediction: Prediction) -> list[dict[str, Any]]:
    """When each class sounds; `class` is its index."""
    return [
        {
            "class": prediction.classes.index(event.name),
            "start_s": event.start_s,
            "end_s": event.end_s,
            "score": round(event.score, 3),
        }
        for event in prediction.events
    ]


def small_mask(frame: FramePrediction) -> str:
    """A mask as PNG in base64, its longer side at most MASK_SIDE pixels."""
    height, width = frame.size
    scale = min(1.0, MASK_SIDE / max(height, width))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    labels = Image.fromarray(frame.labels).resize(size, Image.Resampling.NEAREST)
    return b64encode(mask_png(np.asarray(labels))).decode()


def uncertainty_images(prediction: Prediction) -> list[str]:
    """The uncertainty map of each mask in colors, as PNG in base64, at the model's stride."""
    scale, images = uncertainty_scale(prediction), []
    for frame in prediction:
        assert frame.uncertainty_map is not None  # uncertainty_scale has seen to that
        file = BytesIO()
        uncertainty_image(frame, frame.uncertainty_map.shape[::-1], scale).save(file, "PNG")
        images.append(b64encode(file.getvalue()).decode())
    return images


def waveform(visit: Visit) -> list[float]:
    """Peaks of the video's own sound, WAVEFORM_COLUMNS over what was segmented, as shares of the highest."""
    settings = visit.shown().settings
    part = SourcePart.of(visit.source, start_s=settings["start"], end_s=settings["end"])
    return [round(float(peak), 3) for peak in envelope(part, WAVEFORM_COLUMNS)]


def css_color(color: tuple[int, int, int]) -> str:
    """As style sheets have it: #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*color)
