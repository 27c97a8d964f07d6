"""Counts of videos on disk: one file a video, written whole, so that an interrupted evaluation goes on."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.files import write_whole
from ravs.metrics.protocols import VideoSums

FORMAT = 1  # of the files; another number is not read


@dataclass(frozen=True)
class VideoRecord:
    """What was counted in a video: sums by protocol, how many labelled frames, and a hash of what was read."""

    name: str
    subset: str
    frames: int
    sha256: str  # of pictures, truth and own sound
    sums: VideoSums


class Records:
    """A folder of an evaluation: setting.json says of what, videos/ holds the counts, result.json the figures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, identity: Mapping[str, Any]) -> None:
        """Say of what the counts are, or compare with what the folder says. Raises InputError if that differs."""
        path, wanted = self.folder / "setting.json", json.loads(json.dumps({"format": FORMAT, **identity}))
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            different = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
            if different:
                raise InputError(
                    f"{self.folder} holds an evaluation with another {' and '.join(different)}: "
                    "name another folder with --out, or remove it"
                )
        write_whole(path, json.dumps(wanted, indent=1) + "\n")

    @property
    def identity(self) -> dict[str, Any]:
        """What setting.json says. Raises InputError where it is missing."""
        path = self.folder / "setting.json"
        if not path.is_file():
            raise InputError(f"{self.folder}: no evaluation lies there; give a folder that ravs evaluate wrote")
        identity: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return identity

    def has(self, name: str) -> bool:
        """Whether a video was counted."""
        return self._path(name).is_file()

    def write(self, record: VideoRecord) -> None:
        """Keep a video's counts."""
        arrays = {f"{protocol}/{key}": value for protocol, sums in record.sums.items() for key, value in sums.items()}
        about = json.dumps({"subset": record.subset, "frames": record.frames, "sha256": record.sha256})
        out = io.BytesIO()
        np.savez_compressed(out, about=np.array(about), **arrays)  # type: ignore[arg-type]
        write_whole(self._path(record.name), out.getvalue())

    def read(self, name: str) -> VideoRecord:
        """A video's counts."""
        sums: VideoSums = {}
        with np.load(self._path(name), allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            for key in file.files:
                if key != "about":
                    protocol, _, which = key.partition("/")
                    sums.setdefault(protocol, {})[which] = file[key]
        return VideoRecord(name, about["subset"], about["frames"], about["sha256"], sums)

    def names(self) -> list[str]:
        """The videos that were counted, in order."""
        root = self.folder / "videos"
        return sorted(path.relative_to(root).as_posix()[: -len(".npz")] for path in root.rglob("*.npz"))

    def _path(self, name: str) -> Path:
        return self.folder / "videos" / f"{name}.npz"
