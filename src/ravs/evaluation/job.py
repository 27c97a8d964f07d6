"""An evaluation as requested: a model by name, a data set by its folder, and the folder of its results."""

import platform
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from ravs.checkpoints.find_model import ModelFolder, find_model
from ravs.data.datasets.base import BINARY_CLASSES, AvsDataset
from ravs.data.datasets.find_dataset import find_dataset, is_library
from ravs.errors import InputError
from ravs.evaluation.audio_conditions import AmbientSource, ambient_recordings, pink_noise
from ravs.evaluation.frame_predictor import FramePredictor, is_binary, match_classes
from ravs.evaluation.metrics.scoreboard import choose_protocols, possible_protocols
from ravs.evaluation.records import Records
from ravs.evaluation.report import Result, compute_result, save_result
from ravs.evaluation.runner import EvaluationRun
from ravs.evaluation.saved_predictions import PredictionFiles
from ravs.evaluation.settings import EvaluationSettings
from ravs.files import hash_lines
from ravs.inference.device import pick_device
from ravs.inference.processor import RavsProcessor
from ravs.modeling.registry import model_class
from ravs.parallel import ProgressFunction
from ravs.version import VERSION

RESULTS_FOLDER = Path("ravs-results")


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """What is requested. `clips` and `seeds` apply only to a library, from which clips are composed in memory."""

    model: str
    data: Path
    settings: EvaluationSettings = field(default_factory=EvaluationSettings)
    device: str = "auto"
    out: Path | None = None  # of the counts; None: a folder named after model, data and choices
    workers: int = 2
    ambient_from: Path | None = None  # library whose ambient recordings are used
    clips: int = 100
    seeds: tuple[int, ...] = (1, 2, 3)
    predictions: Path | None = None  # folder to save them in; None: not saved
    predictions_format: str = "png"


@dataclass(frozen=True)
class EvaluationJob:
    """A request with its model loaded and its data set opened."""

    request: EvaluationRequest
    folder: ModelFolder
    run: EvaluationRun
    classes: tuple[str, ...]  # scored ones, background first

    @classmethod
    def open(cls, request: EvaluationRequest) -> "EvaluationJob":
        """Find and load everything. Raises: InputError, NoMatchError, ModelNotFoundError or DeviceError."""
        folder = find_model(request.model)
        data = open_data(request, folder.classes[1:])
        request = replace(
            request, settings=replace(request.settings, split=request.settings.split or default_split(data))
        )
        settings = request.settings
        binary = is_binary(data.classes, settings.binary)
        class_indices = match_classes(folder.classes, data.classes, binary)
        classes = BINARY_CLASSES if binary else data.classes
        choose_protocols(settings.protocols, len(classes), settings.batch_size)  # raises before the model is loaded
        model = model_class(folder.model_type).from_pretrained(folder.path).to(pick_device(request.device))
        predictor = FramePredictor(
            model, RavsProcessor.from_pretrained(folder.path), class_indices, binary, settings.size, settings.threshold
        )
        entries = data.select(settings.split, settings.subset if is_library(request.data) else None)
        run = EvaluationRun(
            data=data,
            entries=entries,
            predictor=predictor,
            protocols=choose_protocols(possible_protocols(len(classes)), len(classes)),
            ambient=ambient_source(request),
            saver=None
            if request.predictions is None
            else PredictionFiles.of(request.predictions, request.predictions_format, data, entries, binary),
        )
        return cls(request, folder, run, classes)

    def records(self, sound: str) -> Records:
        """The folder of counts under an audio condition, claimed. Raises: InputError if it holds another evaluation."""
        records = Records((self.request.out or self.default_folder()) / sound)
        records.claim(self.identity(sound))
        records.keep_order(self.names())
        return records

    def names(self) -> list[str]:
        """Names of the videos in the order of the set's table, as the published test loaders have it; else by name."""
        return [entry.name for entry in self.run.data.in_order(self.run.entries)]

    def claim_predictions(self, sound: str) -> None:
        """Record in the folder of predictions where they come from. Raises: InputError if it holds something else."""
        if self.run.saver is not None:
            extra, records = {"predictions": self.run.saver.format}, Records(self.run.saver.folder)
            if not records.claimed:
                self.run.saver.check_free()
            records.claim(self.identity(sound) | extra)

    def default_folder(self) -> Path:
        """The default folder, named after model, data and non-default settings."""
        settings = self.request.settings
        default = EvaluationSettings()
        words = [self.request.data.resolve().name, settings.subset, settings.split]
        words += [name for name in ("binary", "mono") if getattr(settings, name)]
        words += [] if settings.size == default.size else [f"{settings.size}px" if settings.size else "original"]
        words += [] if settings.threshold == default.threshold else [f"threshold{settings.threshold}"]
        return RESULTS_FOLDER / self.folder.name.replace("/", "--") / "-".join(word for word in words if word)

    def ambient_description(self) -> str:
        """Where ambient audio comes from, in words."""
        if self.request.ambient_from is not None:
            return f"recordings of {self.request.ambient_from.resolve().name}"
        return "recordings of the library" if is_library(self.request.data) else "pink noise"

    def identity(self, sound: str) -> dict[str, Any]:
        """Everything that the counts depend on."""
        choices = asdict(self.request.settings)
        for reported in ("protocols", "batch_size"):  # they select among counts and change none
            del choices[reported]
        return {
            "model": {"name": self.folder.name, "sha256": self.folder.sha256},
            "data": f"{self.run.data.title} ({self.request.data.resolve().name})",
            "choices": {
                **choices,
                "sound": sound,
                "ambient": self.ambient_description() if sound == "ambient" else None,
            },
            "classes": list(self.classes),
            "videos": len(self.run.entries),
            "entries": hash_lines(entry.name for entry in self.run.entries),
            "device": self.request.device,
            "versions": {
                "ravs": VERSION,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    def result(self, records: Records, seed: int = 0) -> Result:
        """The metrics of everything that was counted, saved as result.json beside the counts."""
        settings = self.request.settings
        protocols = choose_protocols(settings.protocols, len(self.classes), settings.batch_size)
        result = compute_result(records, self.names(), protocols, self.classes, seed)
        result["order"] = "table" if self.run.data.has_metadata_order else "names"
        result["apart"] = self.run.data.subsets_are_datasets and len(result["subsets"]) > 1
        save_result(records, result)
        return result


def evaluate(request: EvaluationRequest, progress: ProgressFunction | None = None) -> Result:
    """Evaluate under the audio condition of the settings; existing counts are reused."""
    job = EvaluationJob.open(request)
    records = job.records(request.settings.sound)
    job.claim_predictions(request.settings.sound)
    job.run.count_videos({request.settings.sound: records}, workers=request.workers, progress=progress)
    result = job.result(records)
    if job.run.saver is not None:
        job.run.saver.write_list(job.names())
    return result


def open_data(request: EvaluationRequest, model_classes: tuple[str, ...]) -> AvsDataset:
    """The data set in a folder; from a library, clips of the model's classes are composed on reading."""
    if is_library(request.data) and request.settings.mono:
        raise InputError(f"{request.data}: mono is a form of VPO alone, and this is a library")
    if not is_library(request.data):
        return find_dataset(request.data, request.settings.subset, mono=request.settings.mono)
    from ravs.data.datasets.library_dataset import open_library  # here, since composing needs OpenCV

    return open_library(
        request.data,
        model_classes,
        split=request.settings.split or "val",
        clips=request.clips,
        seeds=request.seeds,
        size=request.settings.size or 224,
    )


def default_split(data: AvsDataset) -> str:
    """The split evaluated by default: test where the set has it, else val, else train."""
    present = {entry.split for entry in data.entries}
    return next((split for split in ("test", "val", "train") if split in present), "test")


def ambient_source(request: EvaluationRequest) -> AmbientSource:
    """Ambient recordings of a library, where there is one; else pink noise."""
    root = request.ambient_from or (request.data if is_library(request.data) else None)
    return pink_noise if root is None else ambient_recordings(root)
