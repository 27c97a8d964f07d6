"""Writes a model output into a file, window by window."""

import json
from dataclasses import asdict
from io import BufferedIOBase
from pathlib import Path
from types import TracebackType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from ravs.structures.model_output import MAPS, RECORD, SCHEMA, OutputHeader, WindowOutput
from ravs.version import VERSION


class ModelOutputWriter:
    """Writes a model output window by window, so that memory does not grow with the length of the source."""

    def __init__(self, file: Path | BufferedIOBase) -> None:
        self._zip = ZipFile(file, "w", ZIP_DEFLATED)
        self._records: list[np.ndarray] = []
        self._heard: list[np.ndarray] = []

    def __enter__(self) -> "ModelOutputWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def __len__(self) -> int:
        """Number of masks so far."""
        return sum(map(len, self._records))

    @property
    def records(self) -> np.ndarray:
        """Times, levels and sizes of all masks so far: masks, of RECORD."""
        return np.concatenate([np.zeros(0, RECORD), *self._records])

    def add(self, window: WindowOutput) -> None:
        """Compresses and writes the maps of the next window."""
        number = len(self._records)
        for name in MAPS:
            self._write(f"{name}_{number:06d}", getattr(window, name))
        self._records.append(window.records)
        if window.heard is not None:
            self._heard.append(window.heard)

    def finish(self, header: OutputHeader) -> None:
        """Writes what is known at the end, without which the file cannot be read."""
        text = json.dumps({"schema": SCHEMA, "ravs": VERSION, **asdict(header)}, indent=1)
        self._write("header", np.frombuffer(text.encode("ascii"), np.uint8))
        self._write("windows", np.array([len(records) for records in self._records], np.int64))
        self._write("records", self.records)
        if self._heard:
            self._write("heard", np.concatenate(self._heard))

    def _write(self, name: str, array: np.ndarray) -> None:
        member = ZipInfo(f"{name}.npy")  # with zip's first date: the same answer gives the same bytes
        member.compress_type = ZIP_DEFLATED
        with self._zip.open(member, "w", force_zip64=True) as file:
            np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
