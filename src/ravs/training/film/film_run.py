"""The folder of a run on film-like frames: where each step's files are, and what they hold."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from ravs.errors import InputError
from ravs.files import content_hash, json_text, write_atomic
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.weights import load_strict
from ravs.parallel import ProgressFunction
from ravs.training.film.block_files import Block, blocks_of, write_tensors
from ravs.training.film.film_sources import FilmSources
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.frame_blocks import FrameRows
from ravs.training.film.one_cycle import Progress

SETTINGS = "settings.json"
REPORT_EVERY = 50  # steps

Part = TypeVar("Part", bound=nn.Module)
Report = Callable[[str], object]  # called with one line


@dataclass(frozen=True)
class FilmRun:
    """A run: its folder, what it draws from, and its settings. `jobs` processes draw; 0: one for each core."""

    folder: Path
    library: Path
    photos: Path
    held_out: Path | None
    settings: FilmTrainingSettings
    jobs: int
    report: Report

    @property
    def start(self) -> Path:
        """Folder of the model before training."""
        return self.folder / "start"

    @property
    def model(self) -> Path:
        """Folder of the trained model."""
        return self.folder / "model"

    @property
    def sources(self) -> FilmSources:
        """What worker processes open."""
        return FilmSources(self.library, self.photos, self.start, self.held_out)

    @property
    def folds(self) -> range:
        """The folds of cut-outs and photographs."""
        return range(self.settings.folds)

    def frame_blocks(self, fold: int | None, content: str = "frames") -> list[Block]:
        """Blocks of a fold's frames (None: of all cut-outs and photographs), or of their views."""
        count = self.settings.frames if fold is None else self.settings.fold_frames
        return blocks_of(self.folder / content / _fold_name(fold), count, self.settings.frames_per_block)

    def frames(self, fold: int | None) -> FrameRows:
        """The frames of a fold, or of all cut-outs and photographs."""
        return FrameRows(self.frame_blocks(fold))

    def second_blocks(self, kind: str, count: int) -> list[Block]:
        """Blocks of so many seconds: clean, mixed or pairs."""
        return blocks_of(self.folder / "seconds" / kind, count, self.settings.seconds_per_block)

    def part_file(self, name: str) -> Path:
        """The weights of a trained part."""
        return self.folder / f"{name}.safetensors"

    def sight_name(self, fold: int | None) -> str:
        """The sight network that never had this fold, or that had all."""
        return f"sight-{_fold_name(fold)}"

    def train_once(self, name: str, part: Part, train: Callable[[Part], object]) -> Part:
        """The part with its trained weights, which are trained and written where there are none yet."""
        path = self.part_file(name)
        if not path.exists():
            train(part)
            write_tensors(path, part.state_dict())
        load_strict(part, read_checkpoint(path), str(path))
        return part

    def progress(self, what: str) -> ProgressFunction:
        """Reports how many blocks are done."""

        def tell(done: int, total: int) -> None:
            self.report(f"{what}: {done} of {total} blocks")

        return tell

    def losses(self, what: str) -> Progress:
        """Reports the loss now and then."""

        def tell(done: int, total: int, loss: float) -> None:
            if done % REPORT_EVERY == 0 or done == total:
                self.report(f"{what}: step {done} of {total}, loss {loss:.3f}")

        return tell

    def check_settings(self) -> None:
        """Write what determines this run.

        Raises: InputError if data are missing, or the folder is of a run with other settings or data.
        """
        data = {"manifest": self.library / "manifest.csv", "photos": self.photos / "instances.json"}
        if self.held_out is not None:
            data["held_out"] = self.held_out
        if missing := [str(path) for path in data.values() if not path.is_file()]:
            raise InputError(f"{missing[0]}: no such file; give the folder of `ravs library`, then that of photographs")
        hashes = {name: content_hash(path) for name, path in data.items()}
        values = json.loads(json_text(asdict(self.settings) | hashes))
        path = self.folder / SETTINGS
        if not path.exists():
            write_atomic(path, json_text(values) + "\n")
        elif changed := _differences(json.loads(path.read_text(encoding="utf-8")), values):
            raise InputError(f"{path} is of a run with another {', '.join(changed)}: give the same, or another folder")


def _differences(one: dict[str, Any], other: dict[str, Any]) -> Sequence[str]:
    """The keys in which two differ."""
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _fold_name(fold: int | None) -> str:
    return "all" if fold is None else f"fold-{fold}"
