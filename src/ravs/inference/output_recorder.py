"""Records what a model says of a source: in memory, or what a file of it begins with."""

import warnings
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from ravs.config.inference import InferenceSettings, model_settings
from ravs.errors import DecodeError
from ravs.inference.source_info import SourceInfo
from ravs.structures.model_output import ModelOutput, OutputHeader, WindowOutput
from ravs.structures.model_output_writer import ModelOutputWriter

if TYPE_CHECKING:
    import ravs.inference.segmenter

ProgressCallback = Callable[[str, int, int], None]  # step, done, about how many


def output_header(
    segmenter: "ravs.inference.segmenter.Segmenter",
    source: SourceInfo,
    settings: InferenceSettings,
    records: np.ndarray,
    *,
    sound_sha256: str | None = None,
    muted: bool = False,
    complete: bool = True,
) -> OutputHeader:
    """What a file of a model's output begins with; `records` are those of all masks, of RECORD."""
    config = segmenter.processor.config
    return OutputHeader(
        source=source.as_json(),
        model=segmenter.record,
        settings=model_settings(settings.as_json()),
        sound_sha256=sound_sha256,
        muted=muted,
        classes=segmenter.classes,
        names=config.names,
        warnings=source.warnings(settings, records, config.silence_below_db),
        complete=complete,
    )


def record_output(
    segmenter: "ravs.inference.segmenter.Segmenter",
    source: SourceInfo,
    settings: InferenceSettings,
    windows: Iterable[WindowOutput],
    *,
    progress: ProgressCallback | None = None,
    sound_sha256: str | None = None,
    muted: bool = False,
) -> ModelOutput:
    """All that a model says of a source, in memory. One that breaks off gives what came before, and a warning."""
    file, complete = BytesIO(), True
    with ModelOutputWriter(file) as writer:
        try:
            for window in windows:
                first = len(writer) + 1
                writer.add(window)
                for count in range(first, len(writer) + 1):
                    if progress is not None:
                        progress("masks", count, source.expected_masks(settings))
        except DecodeError as error:
            if not len(writer):
                raise
            complete = False
            warnings.warn(str(error), stacklevel=5)  # where the segmenter was called
        header = output_header(
            segmenter, source, settings, writer.records, sound_sha256=sound_sha256, muted=muted, complete=complete
        )
        writer.finish(header)
    return ModelOutput.from_bytes(file.getvalue())
