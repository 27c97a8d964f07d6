"""Figure 4: seconds in columns; frames, ground truth and each model's masks in rows."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from ravs.inference.outputs.overlay.style import overlay_color
from ravs.structures.prediction import FramePrediction
from ravs.visualization.figures import frames_row, paint_masks, sounding, times_of
from ravs.visualization.ground_truth import ClipGroundTruth, GroundTruth
from ravs.visualization.image_grid import NOTE_COLOR, ImageRow, draw_sheet, draw_swatch, draw_text
from ravs.visualization.model_outputs import SecondOutput

Masks = Mapping[str, np.ndarray]  # boolean (rows, columns) by class name


def draw_comparison(
    outputs: Mapping[str, Sequence[SecondOutput]], truth: GroundTruth | ClipGroundTruth | None, subject: str
) -> Image.Image:
    """Draw the image grid.

    Args:
        outputs: outputs for the same seconds by model name; a row each, in this order.
        truth: ground truth, in a row above the models; None: no such row.
        subject: stands behind the title.

    Raises: InputError, DecodeError if the ground truth of a second is missing.
    """
    seconds = next(iter(outputs.values()))
    rows: list[tuple[str, list[Masks], list[str]]] = []
    if truth is not None:
        true = [truth.of_second(number_of(second)) for second in seconds]
        notes = ["not labelled" if masks is None else ", ".join(map(_spaced, masks)) or "nothing" for masks in true]
        rows.append(("truth", [masks or {} for masks in true], notes))
    for name, marked in outputs.items():
        rows.append((name, [masks_of(each.marked) for each in marked], [sounding(each.marked) for each in marked]))
    names = sorted({name for _, masks, _ in rows for of_second in masks for name in of_second})
    numbers = {name: number for number, name in enumerate(names, start=1)}  # by which they are colored
    painted = []
    for name, masks, notes in rows:
        numbered = [{numbers[each]: mask for each, mask in of_second.items()} for of_second in masks]
        images = [paint_masks(second.image, each) for second, each in zip(seconds, numbered, strict=True)]
        painted.append(ImageRow(name, images, notes))
    legend = [draw_swatch(overlay_color(number), _spaced(name)) for name, number in numbers.items()]
    legend = legend or [draw_text("nothing is marked", NOTE_COLOR)]
    return draw_sheet("Comparison", subject, times_of(seconds), [frames_row(seconds), *painted], legend)


def number_of(second: SecondOutput) -> int:
    """The index of a second in its video, from 0: the second in which its frame is shown."""
    return int(second.marked.time_s + 1e-6)


def masks_of(frame: FramePrediction) -> Masks:
    """The masks of a frame by class name."""
    labels = frame.labels
    return {obj.name: labels == obj.class_id for obj in frame.objects}


def row_names(names: Sequence[str]) -> list[str]:
    """Names of the rows: those of the models, numbered where several are equal."""
    return [
        f"{name} ({names[: index + 1].count(name)})" if names.count(name) > 1 else name
        for index, name in enumerate(names)
    ]


def _spaced(name: str) -> str:
    return name.replace("_", " ")
