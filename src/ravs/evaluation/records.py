"""Counts of videos on disk: one file per video, written atomically, so that an interrupted evaluation resumes."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.evaluation.metrics.scoreboard import VideoSums
from ravs.files import write_atomic
from ravs.structures.npz_members import NPY_ERRORS, ZIP_ERRORS

SETTING_FILE, ORDER_FILE = "setting.json", "order.json"
METADATA_FIELDS = ("subset", "frames", "stamp", "sha256", "saved")
FORMAT = 2  # version of the files; others are not read
READ_ERRORS = (KeyError, *ZIP_ERRORS, *NPY_ERRORS)


@dataclass(frozen=True)
class VideoRecord:
    """The counts of one video."""

    name: str
    subset: str
    frames: int  # labelled ones
    stamp: str  # of the files it was read from; counts of changed files are not reused
    sha256: str  # of frames, ground truth and own audio
    sums: VideoSums  # by protocol
    saved: str = ""  # format and folder of its saved predictions; empty: not saved


class Records:
    """The folder of an evaluation: its identity in setting.json, counts in videos/, metrics in result.json.

    order.json lists the videos in the order of the set's table. Counts do not depend on it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, identity: Mapping[str, Any]) -> None:
        """Write what the counts depend on, or compare it with the folder's. Raises: InputError if that differs."""
        path, wanted = self.folder / SETTING_FILE, json.loads(json.dumps({"format": FORMAT, **identity}))
        if self.claimed:
            different = list(differences(self.identity, wanted))
            if different:
                raise InputError(
                    f"{self.folder} holds another evaluation ({'; '.join(different)}): "
                    "name another folder, or remove it"
                )
        write_atomic(path, json.dumps(wanted, indent=1) + "\n")

    @property
    def claimed(self) -> bool:
        """Whether the folder holds an evaluation."""
        return (self.folder / SETTING_FILE).exists()

    @property
    def identity(self) -> dict[str, Any]:
        """The content of setting.json. Raises: InputError where it is missing or broken."""
        path = self.folder / SETTING_FILE
        try:
            identity = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(
                f"{self.folder}: no evaluation lies there; give a folder with setting.json that ravs evaluate wrote"
            ) from None
        except ValueError as error:
            raise InputError(f"{path} is broken ({error}): remove {self.folder}, and evaluate again") from error
        if not isinstance(identity, dict) or identity.get("format") != FORMAT:
            raise InputError(f"{path} is of another version of ravs: remove {self.folder}, and evaluate again")
        return identity

    def keep_order(self, names: Sequence[str]) -> None:
        """Write order.json: the videos in the order on which avsbench depends."""
        write_atomic(self.folder / ORDER_FILE, json.dumps(names, indent=0) + "\n")

    def ordered(self, names: Iterable[str]) -> list[str]:
        """The names in the order of order.json, others last; sorted without that file, as in older results."""
        path = self.folder / ORDER_FILE
        try:
            positions = {name: position for position, name in enumerate(json.loads(path.read_text(encoding="utf-8")))}
        except FileNotFoundError:
            positions = {}
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} is broken ({error}): run ravs evaluate again, which rewrites it") from error
        return sorted(names, key=lambda name: (positions.get(name, len(positions)), name))

    def has(self, name: str, stamp: str) -> bool:
        """Whether a video was counted from files of this stamp. A broken record does not count."""
        try:
            return self.read(name).stamp == stamp
        except InputError:
            return False

    def write(self, record: VideoRecord) -> None:
        """Write a video's counts."""
        arrays = {f"{protocol}/{key}": value for protocol, sums in record.sums.items() for key, value in sums.items()}
        about = json.dumps({name: getattr(record, name) for name in METADATA_FIELDS})
        out = io.BytesIO()
        np.savez_compressed(out, about=np.array(about), **arrays)  # type: ignore[arg-type]
        write_atomic(self._path(record.name), out.getvalue())

    def read(self, name: str) -> VideoRecord:
        """Read a video's counts. Raises: InputError where they are missing or broken."""
        sums: VideoSums = {}
        path = self._path(name)
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                about = json.loads(str(file["about"]))
                for key in file.files:
                    if key != "about":
                        protocol, _, which = key.partition("/")
                        sums.setdefault(protocol, {})[which] = file[key]
            return VideoRecord(name, **about, sums=sums)
        except (*READ_ERRORS, TypeError) as error:
            raise InputError(f"{path} is broken or missing: run ravs evaluate again, which counts it again") from error

    def names(self) -> list[str]:
        """The names of the videos that were counted, sorted."""
        root = self.folder / "videos"
        return sorted(path.relative_to(root).as_posix()[: -len(".npz")] for path in root.rglob("*.npz"))

    def _path(self, name: str) -> Path:
        return self.folder / "videos" / f"{name}.npz"


def differences(found: Any, wanted: Any, name: str = "") -> Iterator[str]:
    """In words, each difference between two settings."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in {**found, **wanted}:
            yield from differences(found.get(key), wanted.get(key), key)
    elif found != wanted:
        short = all(len(str(value)) < 40 for value in (found, wanted))
        yield f"{name} {found} instead of {wanted}" if short else f"other {name}"
