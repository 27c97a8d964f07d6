"""A strip of validation pictures after each validation: what is seen, what is true, what was found, how unsure."""

from collections.abc import Callable
from dataclasses import fields
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import nn
from transformers import TrainerCallback, TrainerState, TrainingArguments
from transformers.integrations.integration_utils import TensorBoardCallback

from ravs.config.inference import InferenceSettings
from ravs.config.labels import IGNORE_INDEX
from ravs.files import write_atomic
from ravs.inference.predict import predict_clips
from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import Clip, LabelledClip
from ravs.training.data.training_data import TrainingData
from ravs.visualization.figures import paint_labels, uncertainty_image
from ravs.visualization.image_grid import PALE, ImageRow, as_png, draw_bar, draw_sheet, draw_text
from ravs.visualization.model_outputs import SecondOutput
from ravs.visualization.token_maps import UNCERTAINTY_COLORS, color_ramp

TILE = 128  # pixels of a drawn picture's side

ImageLogger = Callable[[Path, int], None]  # a picture file, and the step that it was drawn after


class ValidationImages(TrainerCallback):
    """Draws a material's clips to FOLDER/step-NNNNNN.png, once after each validation, in the first process alone."""

    def __init__(self, material: TrainingData, folder: Path, show: ImageLogger | None = None) -> None:
        """`show` is told of each picture: a logger that can keep it."""
        self.material = material
        self.folder = folder
        self.show = show

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: Any, model: nn.Module | None = None, **kwargs: Any
    ) -> None:
        """Several sets may be validated at one step; the pictures are drawn with the first of them."""
        path = self.folder / f"step-{state.global_step:06d}.png"
        processor = self.material.processor
        if model is None or processor is None or not self.material.shown or not state.is_world_process_zero:
            return
        if not path.exists():
            write_atomic(path, as_png(draw_strip(model, processor, self.material.shown, f"step {state.global_step}")))
            if self.show is not None:
                self.show(path, state.global_step)


def tensorboard_logger(callbacks: list[TrainerCallback]) -> ImageLogger | None:
    """Sends a picture to TensorBoard where a run logs to it, as long as it does; None where it does not."""
    loggers = [callback for callback in callbacks if isinstance(callback, TensorBoardCallback)]
    if not loggers:
        return None

    def show(path: Path, step: int) -> None:
        writer = loggers[0].tb_writer  # there while the run trains
        if writer is not None:
            with Image.open(path) as picture:
                writer.add_image("validation", np.asarray(picture.convert("RGB")), step, dataformats="HWC")

    return show


def draw_strip(
    model: nn.Module, processor: RavsProcessor, clips: tuple[LabelledClip, ...], subject: str
) -> Image.Image:
    """One labelled second of each clip, from the middle: a column each."""
    training = model.training
    model.eval()
    seconds = [draw_second(model, processor, clip) for clip in clips]
    model.train(training)
    pictures, truths, marks, doubts = zip(*seconds, strict=True)
    end = max(ceil(10 * max(float(doubt.max()) for doubt in doubts)), 1) / 10  # a tenth that holds all of the strip
    shades = [np.rint(color_ramp(doubt / end, UNCERTAINTY_COLORS)).astype(np.uint8) for doubt in doubts]
    rows = [
        ImageRow("picture", pictures),
        ImageRow("truth", truths),
        ImageRow("found", marks),
        ImageRow("unsure", shades, [f"mean {float(doubt.mean()):.2f}" for doubt in doubts]),
    ]
    shares = np.linspace(0, 1, 256)
    legend = [
        draw_text("uncertainty", PALE),
        draw_bar(color_ramp(shares, UNCERTAINTY_COLORS), {0.0: "0", 1.0: f"{end:g}"}),
    ]
    names = [clip.name.rpartition("/")[2][:12] for clip in clips]
    return draw_sheet("Validation", subject, names, rows, legend)


def draw_second(
    model: nn.Module, processor: RavsProcessor, clip: LabelledClip
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Picture, truth and what was found, painted on it, all of TILE pixels; and uncertainty from 0 to 1."""
    labelled = np.flatnonzero((clip.masks != IGNORE_INDEX).any(axis=(1, 2)))
    second = int(labelled[len(labelled) // 2]) if len(labelled) else 0
    alone = Clip(**{entry.name: getattr(clip, entry.name) for entry in fields(Clip)})
    marked = list(predict_clips(model, processor, [alone], InferenceSettings()))[second]
    picture = np.asarray(Image.fromarray(clip.frames[second]).resize((TILE, TILE), Image.Resampling.LANCZOS))
    seen = SecondOutput(picture, marked, ())
    return (
        picture,
        paint_labels(picture, clip.masks[second]),
        paint_labels(picture, marked.labels),
        uncertainty_image(seen),
    )
