"""Draws groups of a stage, responses of the groups (figure 5) and uncertainty over time (figure 6)."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np
from jaxtyping import Bool, Int, UInt8
from PIL import Image

from ravs.config.labels import IGNORE_INDEX
from ravs.inference.outputs.overlay.draw_masks import draw_mask
from ravs.inference.outputs.overlay.style import overlay_color
from ravs.structures.clock import format_clock_tenths
from ravs.structures.prediction import FramePrediction
from ravs.visualization.image_grid import NOTE_COLOR, ImageRow, draw_bar, draw_sheet, draw_swatch, draw_text
from ravs.visualization.model_outputs import SecondOutput
from ravs.visualization.token_maps import (
    LEGEND_COLOR,
    MAX_OPACITY,
    MIN_OPACITY,
    UNCERTAINTY_COLORS,
    ImageArray,
    color_ramp,
    match_group_numbers,
    paint_groups,
    paint_response,
    response_colors,
)


def draw_groups(seconds: Sequence[SecondOutput], stage: int, subject: str) -> Image.Image:
    """The groups after a stage (from 0) on each frame; the more relevant a token, the stronger its color."""
    stage_groups = [second.stages[stage] for second in seconds]
    least = min(float(groups.relevance.min()) for groups in stage_groups)
    most = max(float(groups.relevance.max()) for groups in stage_groups)
    labels = follow_groups([groups.of_token for groups in stage_groups])
    count = len(stage_groups[0].response)
    painted = [
        paint_groups(second.image, of_token, (groups.relevance - least) / max(most - least, 1e-6))
        for second, of_token, groups in zip(seconds, labels, stage_groups, strict=True)
    ]
    rows, columns = stage_groups[0].of_token.shape
    shares = np.linspace(MIN_OPACITY, MAX_OPACITY, 64)[:, None]
    legend = [
        draw_text("relevance S", NOTE_COLOR),
        draw_bar(255 - shares * (255 - np.array(LEGEND_COLOR)), {0.0: f"{least:.1f}", 1.0: f"{most:.1f}"}),
        draw_text("one color per group; it continues with the group that overlaps most", NOTE_COLOR),
    ]
    title = f"Stage {stage + 1}: {columns} by {rows} tokens in {count} groups"
    return draw_sheet(title, subject, times_of(seconds), [frames_row(seconds), ImageRow("groups", painted)], legend)


def follow_groups(maps: Sequence[Int[np.ndarray, "rows columns"]]) -> list[Int[np.ndarray, "rows columns"]]:
    """The groups of successive seconds, numbered so that they keep their colors."""
    numbered = [maps[0]]
    for labels in maps[1:]:
        numbered.append(match_group_numbers(numbered[-1], labels))
    return numbered


def draw_response(seconds: Sequence[SecondOutput], threshold: int | float, subject: str) -> Image.Image:
    """Figure 5: the groups of the last stage, positives in warm and negatives in cold colors, shaded by response."""
    last = [second.stages[-1] for second in seconds]
    painted = [
        paint_response(second.image, groups.of_token, groups.response, threshold)
        for second, groups in zip(seconds, last, strict=True)
    ]
    notes = [f"{int((groups.response > threshold).sum())} of {len(groups.response)} positive" for groups in last]
    shares = np.linspace(0, 1, 256)
    legend = [
        draw_text("negative groups", NOTE_COLOR),
        draw_bar(response_colors(shares, threshold), {0.0: "0", threshold: f"{threshold:g}", 1.0: "1"}),
        draw_text("positive groups", NOTE_COLOR),
    ]
    rows = [frames_row(seconds), ImageRow("response", painted, notes)]
    return draw_sheet("Response of the groups to the sound", subject, times_of(seconds), rows, legend)


def draw_uncertainty(seconds: Sequence[SecondOutput], subject: str) -> Image.Image:
    """Figure 6: frames in temporal order, what is marked, and the uncertainty of each pixel."""
    maps = [uncertainty_image(second) for second in seconds]
    end = max(ceil(10 * max(float(values.max()) for values in maps)), 1) / 10  # the maximum rounded up to tenths
    legend = [
        draw_text("uncertainty", NOTE_COLOR),
        draw_bar(
            color_ramp(np.linspace(0, 1, 256), UNCERTAINTY_COLORS), {0.0: "0", 0.5: f"{end / 2:g}", 1.0: f"{end:g}"}
        ),
        *class_swatches(seconds),
    ]
    rows = [
        frames_row(seconds),
        marked_row(seconds),
        ImageRow(
            "uncertainty",
            [np.rint(color_ramp(values / end, UNCERTAINTY_COLORS)).astype(np.uint8) for values in maps],
            [f"mean {second.marked.uncertainty:.3f}" for second in seconds],
        ),
    ]
    return draw_sheet("Uncertainty", subject, times_of(seconds), rows, legend)


def draw_marked(seconds: Sequence[SecondOutput], subject: str) -> Image.Image:
    """Frames in temporal order and what is marked, for a model that has nothing else to show."""
    legend = class_swatches(seconds) or [draw_text("nothing is marked", NOTE_COLOR)]
    return draw_sheet("What is marked", subject, times_of(seconds), [frames_row(seconds), marked_row(seconds)], legend)


def class_swatches(seconds: Sequence[SecondOutput]) -> list[Image.Image]:
    """Legend entries of the marked classes."""
    names = sorted({(obj.class_id, obj.name) for second in seconds for obj in second.marked.objects})
    return [draw_swatch(overlay_color(index), name.replace("_", " ")) for index, name in names]


def uncertainty_image(second: SecondOutput) -> np.ndarray:
    """Uncertainty from 0 to 1 of each pixel of the drawn image, interpolated bilinearly as by `ravs segment`."""
    height, width = second.image.shape[:2]
    assert second.marked.uncertainty_map is not None  # predict_clips always gives one
    gray = Image.fromarray(second.marked.uncertainty_map).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(gray) / 255


def paint_marked(second: SecondOutput) -> ImageArray:
    """The image with sounding classes tinted and outlined, as in an overlay."""
    return paint_labels(second.image, second.marked.labels)


def paint_labels(image: ImageArray, labels: UInt8[np.ndarray, "rows columns"]) -> ImageArray:
    """The image with each class (1 to 254) of a label map of any size tinted and outlined in its color."""
    present = np.unique(labels).tolist()
    return paint_masks(image, {index: labels == index for index in present if 0 < index < IGNORE_INDEX})


def paint_masks(image: ImageArray, masks: Mapping[int, Bool[np.ndarray, "rows columns"]]) -> ImageArray:
    """The image with masks of any size tinted and outlined in the colors of their class indices."""
    height, width = image.shape[:2]
    painted = np.zeros((height, width, 4), np.uint8)
    for index, mask in masks.items():
        resized = Image.fromarray(mask.astype(np.uint8)).resize((width, height), Image.Resampling.NEAREST)
        draw_mask(painted, np.asarray(resized).astype(bool), index)
    blended = Image.alpha_composite(Image.fromarray(image).convert("RGBA"), Image.fromarray(painted))
    return np.asarray(blended.convert("RGB"))


def sounding(frame: FramePrediction) -> str:
    """Names of the marked classes."""
    return ", ".join(obj.name.replace("_", " ") for obj in frame.objects) or "nothing"


def marked_row(seconds: Sequence[SecondOutput]) -> ImageRow:
    """The images with sounding classes painted, and their names."""
    return ImageRow(
        "marked", [paint_marked(second) for second in seconds], [sounding(second.marked) for second in seconds]
    )


def frames_row(seconds: Sequence[SecondOutput]) -> ImageRow:
    """The unchanged images."""
    return ImageRow("frames", [second.image for second in seconds])


def times_of(seconds: Sequence[SecondOutput]) -> list[str]:
    """The end of each second as m:ss.s."""
    return [format_clock_tenths(Fraction(round(second.marked.end_s * 10), 10)) for second in seconds]
