"""Images of validation clips after each validation: frame, ground truth, prediction, uncertainty."""

from collections.abc import Callable
from contextlib import suppress
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
from ravs.errors import NotFiniteError
from ravs.files import write_atomic
from ravs.inference.predict import predict_clips
from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import Clip, LabelledClip
from ravs.training.data.training_data import TrainingData
from ravs.visualization.figures import paint_labels, uncertainty_image
from ravs.visualization.image_grid import NOTE_COLOR, ImageRow, as_png, draw_bar, draw_sheet, draw_text
from ravs.visualization.model_outputs import SecondOutput
from ravs.visualization.token_maps import UNCERTAINTY_COLORS, color_ramp

TILE = 128  # side of a drawn frame, pixels

ImageLogger = Callable[[Path, int], None]  # an image file, and the step after which it was drawn


class ValidationImages(TrainerCallback):
    """Draws validation clips to FOLDER/step-NNNNNN.png, once after each validation, in the first process only."""

    def __init__(self, data: TrainingData, folder: Path, show: ImageLogger | None = None) -> None:
        """`show` is called with each image, to send it to a tracker."""
        self.data = data
        self.folder = folder
        self.show = show

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: Any, model: nn.Module | None = None, **kwargs: Any
    ) -> None:
        """Draw one image a step, at the first of several subsets that are validated at it."""
        path = self.folder / f"step-{state.global_step:06d}.png"
        processor = self.data.processor
        if model is None or processor is None or not self.data.shown or not state.is_world_process_zero:
            return
        if path.exists():
            return
        with suppress(NotFiniteError):  # nothing to be seen; the next step's loss ends the run and names its clips
            write_atomic(path, as_png(draw_clips(model, processor, self.data.shown, f"step {state.global_step}")))
            if self.show is not None:
                self.show(path, state.global_step)


def tensorboard_logger(callbacks: list[TrainerCallback]) -> ImageLogger | None:
    """Sends an image to TensorBoard while a run logs to it; None where it does not."""
    loggers = [callback for callback in callbacks if isinstance(callback, TensorBoardCallback)]
    if not loggers:
        return None

    def show(path: Path, step: int) -> None:
        writer = loggers[0].tb_writer  # set while the run trains
        if writer is not None:
            with Image.open(path) as image:
                writer.add_image("validation", np.asarray(image.convert("RGB")), step, dataformats="HWC")

    return show


def draw_clips(
    model: nn.Module, processor: RavsProcessor, clips: tuple[LabelledClip, ...], subject: str
) -> Image.Image:
    """A grid with a column for each clip: its middle labelled second."""
    training = model.training
    model.eval()
    try:
        seconds = [draw_second(model, processor, clip) for clip in clips]
    finally:
        model.train(training)
    frames, truths, predictions, uncertainties = zip(*seconds, strict=True)
    end = max(ceil(10 * max(float(one.max()) for one in uncertainties)), 1) / 10  # rounded up to a tenth
    shades = [np.rint(color_ramp(one / end, UNCERTAINTY_COLORS)).astype(np.uint8) for one in uncertainties]
    rows = [
        ImageRow("frame", frames),
        ImageRow("truth", truths),
        ImageRow("marked", predictions),
        ImageRow("uncertainty", shades, [f"mean {float(one.mean()):.2f}" for one in uncertainties]),
    ]
    shares = np.linspace(0, 1, 256)
    legend = [
        draw_text("uncertainty", NOTE_COLOR),
        draw_bar(color_ramp(shares, UNCERTAINTY_COLORS), {0.0: "0", 1.0: f"{end:g}"}),
    ]
    names = [clip.name.rpartition("/")[2][:12] for clip in clips]
    return draw_sheet("Validation", subject, names, rows, legend)


def draw_second(
    model: nn.Module, processor: RavsProcessor, clip: LabelledClip
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frame, ground truth and prediction painted on it, and uncertainty from 0 to 1, all TILE pixels wide and high."""
    labelled = np.flatnonzero((clip.masks != IGNORE_INDEX).any(axis=(1, 2)))
    second = int(labelled[len(labelled) // 2]) if len(labelled) else 0
    unlabelled = Clip(**{entry.name: getattr(clip, entry.name) for entry in fields(Clip)})
    predicted = list(predict_clips(model, processor, [unlabelled], InferenceSettings()))[second]
    frame = np.asarray(Image.fromarray(clip.frames[second]).resize((TILE, TILE), Image.Resampling.LANCZOS))
    output = SecondOutput(frame, predicted, ())
    return (
        frame,
        paint_labels(frame, clip.masks[second]),
        paint_labels(frame, predicted.labels),
        uncertainty_image(output),
    )
