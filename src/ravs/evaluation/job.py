"""An evaluation as it is asked for: a model by name, a data set by its folder, and where the counts are kept."""

import platform
from collections.abc import Callable
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
from ravs.evaluation.audio_conditions import pink_noise
from ravs.evaluation.frame_predictor import FramePredictor, is_binary, match_classes
from ravs.evaluation.metrics.scoreboard import choose_protocols, possible_protocols
from ravs.evaluation.records import Records
from ravs.evaluation.report import Result, report, save
from ravs.evaluation.runner import AmbientSource, EvaluationRun, Progress
from ravs.evaluation.saved_predictions import PredictionFiles
from ravs.evaluation.settings import EvaluationSettings
from ravs.files import hash_lines
from ravs.inference.device import pick_device
from ravs.inference.processor import RavsProcessor
from ravs.media.resample import resample
from ravs.modeling.registry import model_class
from ravs.version import VERSION

RESULTS_FOLDER = Path("ravs-results")


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """What is asked for. `clips` and `seeds` count for a library alone, from which clips are composed in memory."""

    model: str
    data: Path
    setting: EvaluationSettings = field(default_factory=EvaluationSettings)
    device: str = "auto"
    out: Path | None = None  # of the counts; None: a folder named after model, data and choices
    workers: int = 2
    ambient_from: Path | None = None  # library whose ambient recordings are heard
    clips: int = 100
    seeds: tuple[int, ...] = (1, 2, 3)
    predictions: Path | None = None  # folder in which they are kept; None: nowhere
    predictions_form: str = "png"


@dataclass(frozen=True)
class EvaluationJob:
    """An order with its model loaded and its set found."""

    order: EvaluationRequest
    folder: ModelFolder
    run: EvaluationRun
    classes: tuple[str, ...]  # that are scored, background first

    @classmethod
    def open(cls, order: EvaluationRequest) -> "EvaluationJob":
        """Find and load everything. Raises InputError, NoMatchError, ModelNotFoundError or DeviceError."""
        folder = find_model(order.model)
        data = open_data(order, folder.classes[1:])
        order = replace(order, setting=replace(order.setting, split=order.setting.split or default_split(data)))
        setting = order.setting
        binary = is_binary(data.classes, setting.binary)
        columns = match_classes(folder.classes, data.classes, binary)
        classes = BINARY_CLASSES if binary else data.classes
        choose_protocols(setting.protocols, len(classes), setting.batch_size)  # speaks before the model is loaded
        model = model_class(folder.model_type).from_pretrained(folder.path).to(pick_device(order.device))
        predictor = FramePredictor(
            model, RavsProcessor.from_pretrained(folder.path), columns, binary, setting.size, setting.threshold
        )
        entries = data.select(setting.split, setting.subset if is_library(order.data) else None)
        run = EvaluationRun(
            data=data,
            entries=entries,
            predictor=predictor,
            protocols=choose_protocols(possible_protocols(len(classes)), len(classes)),
            ambient=ambient_source(order),
            saver=None
            if order.predictions is None
            else PredictionFiles.of(order.predictions, order.predictions_form, data, entries, binary),
        )
        return cls(order, folder, run, classes)

    def records(self, sound: str) -> Records:
        """Where the counts of a sound are kept, claimed for it. Raises InputError if something else lies there."""
        records = Records((self.order.out or self.place()) / sound)
        records.claim(self.identity(sound))
        records.keep_order(self.names())
        return records

    def names(self) -> list[str]:
        """The videos in the order of the set's table, which the published test loaders keep; else by name."""
        return [entry.name for entry in self.run.data.as_listed(self.run.entries)]

    def claim_predictions(self, sound: str) -> None:
        """Say in the folder of predictions of what they are. Raises InputError if something else lies there."""
        if self.run.saver is not None:
            form, records = {"predictions": self.run.saver.form}, Records(self.run.saver.folder)
            if not records.claimed:
                self.run.saver.check_free()
            records.claim(self.identity(sound) | form)

    def place(self) -> Path:
        """A folder named after the model, the data and what was chosen of it."""
        setting = self.order.setting
        usual = EvaluationSettings()
        words = [self.order.data.resolve().name, setting.subset, setting.split]
        words += [name for name in ("binary", "mono") if getattr(setting, name)]
        words += [] if setting.size == usual.size else [f"{setting.size}px" if setting.size else "original"]
        words += [] if setting.threshold == usual.threshold else [f"threshold{setting.threshold}"]
        return RESULTS_FOLDER / self.folder.name.replace("/", "--") / "-".join(word for word in words if word)

    def ambience(self) -> str:
        """What ambient sound is."""
        if self.order.ambient_from is not None:
            return f"recordings of {self.order.ambient_from.resolve().name}"
        return "recordings of the library" if is_library(self.order.data) else "pink noise"

    def identity(self, sound: str) -> dict[str, Any]:
        """Everything that the counts depend on."""
        choices = asdict(self.order.setting)
        for reported in ("protocols", "batch_size"):  # they choose among counts, and change none
            del choices[reported]
        return {
            "model": {"name": self.folder.name, "sha256": self.folder.sha256},
            "data": f"{self.run.data.title} ({self.order.data.resolve().name})",
            "choices": {**choices, "sound": sound, "ambient": self.ambience() if sound == "ambient" else None},
            "classes": list(self.classes),
            "videos": len(self.run.entries),
            "entries": hash_lines(entry.name for entry in self.run.entries),
            "device": self.order.device,
            "versions": {
                "ravs": VERSION,
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }

    def figures(self, records: Records, seed: int = 0) -> Result:
        """The figures of everything that was counted, saved as result.json beside the counts."""
        setting = self.order.setting
        protocols = choose_protocols(setting.protocols, len(self.classes), setting.batch_size)
        result = report(records, self.names(), protocols, self.classes, seed)
        result["order"] = "table" if self.run.data.has_table else "names"
        result["apart"] = self.run.data.apart and len(result["subsets"]) > 1
        save(records, result)
        return result


def evaluate(order: EvaluationRequest, progress: Progress | None = None) -> Result:
    """Evaluate with the sound of the setting; counts that are there are not made again."""
    job = EvaluationJob.open(order)
    records = job.records(order.setting.sound)
    job.claim_predictions(order.setting.sound)
    job.run.carry_out({order.setting.sound: records}, workers=order.workers, progress=progress)
    result = job.figures(records)
    if job.run.saver is not None:
        job.run.saver.write_list(job.names())
    return result


def open_data(order: EvaluationRequest, model_classes: tuple[str, ...]) -> AvsDataset:
    """The set in a folder; from a library, clips of the model's classes are composed as they are read."""
    if is_library(order.data) and order.setting.mono:
        raise InputError(f"{order.data}: mono is a form of VPO alone, and this is a library")
    if not is_library(order.data):
        return find_dataset(order.data, order.setting.subset, mono=order.setting.mono)
    from ravs.data.datasets.library_dataset import open_library  # here, since composing needs OpenCV

    return open_library(
        order.data,
        model_classes,
        split=order.setting.split or "val",
        clips=order.clips,
        seeds=order.seeds,
        size=order.setting.size or 224,
    )


def default_split(data: AvsDataset) -> str:
    """What is evaluated unless something else is asked for: test where the set has it, else val, else train."""
    there = {entry.split for entry in data.entries}
    return next((split for split in ("test", "val", "train") if split in there), "test")


def ambient_source(order: EvaluationRequest) -> AmbientSource:
    """Draws ambient recordings of a library, where there is one; else pink noise."""
    root = order.ambient_from or (order.data if is_library(order.data) else None)
    return pink_noise if root is None else recordings(root)


def recordings(root: Path) -> AmbientSource:
    """From a sample rate to what draws an ambient recording of a library's val part."""
    from ravs.data.library.library import SAMPLE_RATE_HZ, Library  # here, since reading its pictures needs OpenCV

    library = Library.read(root, "val")

    def at(sample_rate_hz: int) -> Callable[[np.random.Generator], np.ndarray]:
        def draw(generator: np.random.Generator) -> np.ndarray:
            part = library.ambient[int(generator.integers(len(library.ambient)))]
            return resample(library.sound(part.path)[None] / np.float32(32768), SAMPLE_RATE_HZ, sample_rate_hz)

        return draw

    return at if library.ambient else pink_noise
