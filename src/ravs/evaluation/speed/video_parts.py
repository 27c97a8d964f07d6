"""Time and memory of what surrounds a forward pass in `ravs segment`: from decoding to encoding, on a made video."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings
from ravs.evaluation.speed.meter import Cost, Meter
from ravs.evaluation.speed.sample_video import Size, sample_output, write_sample_video
from ravs.inference.outputs.overlay import write_overlay
from ravs.inference.processor import RavsProcessor
from ravs.inference.render_output import RenderRules, render_masks
from ravs.media import probe, read_clips, shown_frames, write_planes
from ravs.structures.clip import Clip
from ravs.structures.palette import mask_png
from ravs.structures.prediction import FramePrediction, Prediction


def measure_video_parts(config: RavsConfig, seconds: int, size: Size, runs: int) -> dict[str, Cost]:
    """The cost of each part for a video of this length and size (height, width), on the CPU."""
    meter = Meter(torch.device("cpu"))
    with TemporaryDirectory() as folder:
        calls = video_calls(config, Path(folder), seconds, size)
        return {name: meter.cost(call, runs) for name, call in calls.items()}


def video_calls(config: RavsConfig, folder: Path, seconds: int, size: Size) -> dict[str, Callable[[], Any]]:
    """Each part as a call, with what the parts before it made. The video and its overlay are written into a folder."""
    path, processor = folder / "sample.mp4", RavsProcessor(config)
    write_sample_video(path, seconds, size)
    (clip,) = read_clips(path, window=seconds)
    enlarge = partial(_render, config, processor, clip)
    frames = enlarge()
    return {
        "decoding": lambda: list(read_clips(path, window=seconds)),
        "resizing": lambda: processor.image_processor.pixels(clip.frames),
        "front end": lambda: processor.extract_audio_features(clip.waveform, clip.sample_rate_hz, seconds),
        "enlarging": enlarge,
        "PNG": lambda: [mask_png(frame.labels) for frame in frames],
        "overlay": partial(write_overlay, path, _prediction(config, path, size, frames), folder / "overlay.mp4"),
        "decoding and encoding alone": lambda: _copy(path, folder / "copy.mp4"),
    }


def _render(config: RavsConfig, processor: RavsProcessor, clip: Clip) -> tuple[FramePrediction, ...]:
    """Masks at the size of the frame of what a model says at its own: at stride 4, or along the edges of its input."""
    rows, columns = processor.image_processor.input_size(*clip.frames.shape[1:3])
    stride = 1 if config.outlines == "guided" else 4
    output = sample_output(clip, rows // stride, columns // stride, len(config.classes))
    rules = RenderRules.of(("background", *config.classes), config.names, InferenceSettings())
    return tuple(render_masks([output], rules))


def _prediction(config: RavsConfig, path: Path, size: Size, frames: tuple[FramePrediction, ...]) -> Prediction:
    source = {"name": path.name, "height": size[0], "width": size[1]}
    names = RenderRules.of(("background", *config.classes), config.names, InferenceSettings()).mask.names
    return Prediction(source=source, model={}, settings={}, classes=names, frames=frames)


def _copy(path: Path, out: Path) -> None:
    """The same frames and audio written with nothing drawn on them, as the overlay is."""
    shown = ((frame.planes(), frame.time_s, frame.end_s) for frame in shown_frames(path, path))
    write_planes(out, shown, time_base=probe(path).time_base, sound=path)
