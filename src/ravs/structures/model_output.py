"""ModelOutput: what a model said of one source, kept once, in 8 bits, at the model's own stride.

`ravs.inference.render_output` makes masks, objects, uncertainty and events of it under any settings, without the model.
In a file it is a zip archive of .npy members, readable by NumPy alone; docs/formats/model-output.md describes them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8

from ravs.errors import InputError
from ravs.structures.npz_members import NpzMembers

SCHEMA = "ravs-model-output/1"  # changes whenever a member or a key does
UNKNOWN = np.iinfo(np.int64).min  # in place of a time stamp or a frame index that is not known
RECORD = np.dtype(
    [(name, "<f8") for name in ("time_s", "start_s", "level_db", "peak_db")]
    + [(name, "<i8") for name in ("pts", "frame", "height", "width")]
    + [("short", "?")]
)  # of each mask; the fields of FramePrediction, and the size of the displayed frame
UINT8 = np.dtype(np.uint8)
REMEDY = "segment the source again with --existing overwrite"
MAPS = ("sounding", "classes", "uncertainty")  # members of each window, each with its number behind


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputHeader:
    """What the model was given, which model it was, and how its maps are to be read."""

    source: dict[str, Any]  # as in the JSON document
    model: dict[str, Any]  # name, revision, sha256
    settings: dict[str, Any]  # those that the model's answer depends on
    sound_sha256: str | None = None  # of the audio file that replaced the source's own audio
    muted: bool = False  # the source was given without its audio
    classes: tuple[str, ...]  # of the model, background first
    names: str = "pixel"  # or "region": what has a name, see the model's configuration
    warnings: tuple[str, ...] = ()  # about the source
    complete: bool = True  # False: the source broke off


class WindowOutput(NamedTuple):
    """What the model said of one window of seconds, which it saw at once. 255 stands for 1 in all of these."""

    records: np.ndarray  # masks, of RECORD
    sounding: UInt8[np.ndarray, "masks rows columns"]  # 1 - P(background), refined along edges where outlines are
    classes: UInt8[np.ndarray, "masks sounds low_rows low_columns"]  # P(class | sounds); 0 where nothing can sound
    uncertainty: UInt8[np.ndarray, "masks low_rows low_columns"]
    heard: UInt8[np.ndarray, "masks heard"] | None = None  # P("none of the classes"), P(class) of the audio alone


def _open_binary(path: Path) -> BufferedIOBase:
    return path.open("rb")


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """A model output in a file; windows are read one by one, each time they are asked for."""

    header: OutputHeader
    path: Path | None  # None: in memory
    _open: Callable[[], BufferedIOBase]

    @classmethod
    def read(cls, path: Path) -> "ModelOutput":
        """Open a file. Raises: InputError for one that is no model output of this schema; OSError."""
        return cls._of(path, partial(_open_binary, path), str(path))

    @classmethod
    def from_bytes(cls, content: bytes) -> "ModelOutput":
        """A model output that is kept in memory, compressed as in a file."""
        return cls._of(None, partial(BytesIO, content), "this model output")

    def windows(self) -> Iterator[WindowOutput]:
        """What the model said, window by window. Raises: InputError for a damaged file."""
        with self._members() as members:
            counts, records, heard = self._tables(members)
            first = 0
            for number, count in enumerate(counts.tolist()):
                part = slice(first, first + count)
                maps = {name: members.get(f"{name}_{number:06d}", UINT8, self._shape(name, count)) for name in MAPS}
                yield WindowOutput(records[part], heard=None if heard is None else heard[part], **maps)
                first += count

    def check(self) -> None:
        """Reads all of the file. Raises: InputError that names the first member that is damaged."""
        with self._members() as members:
            members.check_contents()

    def __len__(self) -> int:
        """Number of masks."""
        return len(self.records)

    @property
    def records(self) -> np.ndarray:
        """Times, levels and sizes of all masks: masks, of RECORD."""
        with self._members() as members:
            return self._tables(members)[1]

    @property
    def heard(self) -> UInt8[np.ndarray, "masks heard"] | None:
        """P("none of the classes") and P(class) of each second's audio, 255 is 1; None where a method has none."""
        with self._members() as members:
            return self._tables(members)[2]

    def content(self) -> bytes:
        """The file, as it is."""
        with self._open() as file:
            return file.read()

    @classmethod
    def _of(cls, path: Path | None, opener: Callable[[], BufferedIOBase], name: str) -> "ModelOutput":
        with NpzMembers(opener(), name, REMEDY) as members:
            output = cls(_parse_header(members), path, opener)
            counts, _, _ = output._tables(members)
            maps = {f"{map_}_{number:06d}" for map_ in MAPS for number in range(len(counts))}
            members.check_names({"header", "windows", "records"} | maps, {"heard"})
        return output

    def _tables(self, members: NpzMembers) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Masks of each window, records, and what is heard."""
        counts = members.get("windows", np.dtype(np.int64), (None,))
        if (counts < 1).any():
            raise members.error("has windows without a mask")
        total = int(counts.sum())
        records = members.get("records", RECORD, (total,))
        num_heard = len(self.header.classes)
        return counts, records, members.get("heard", UINT8, (total, num_heard)) if "heard" in members.names else None

    def _shape(self, name: str, count: int) -> tuple[int | None, ...]:
        axes = (count, len(self.header.classes) - 1) if name == "classes" else (count,)
        return (*axes, None, None)

    def _members(self) -> NpzMembers:
        return NpzMembers(self._open(), str(self.path or "this model output"), REMEDY)


def is_model_output(path: Path) -> bool:
    """Whether a file is one by its header and tables; its maps are not read."""
    try:
        ModelOutput.read(path)
    except (OSError, InputError):
        return False
    return True


def _parse_header(members: NpzMembers) -> OutputHeader:
    """The header of its JSON text. Raises: InputError for another schema, or missing or surplus keys."""
    text = members.get("header", UINT8, (None,)).tobytes()
    try:
        values = json.loads(text)
    except ValueError as error:
        raise members.error(f"has a header that is not JSON ({error})") from error
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        raise members.error(f"is no model output of schema {SCHEMA}")
    keys = {"schema", "ravs", *OutputHeader.__dataclass_fields__}
    if values.keys() != keys:
        key = sorted(values.keys() ^ keys)[0]
        raise members.error(f"has a header {'with the unknown' if key in values else 'without the'} key {key!r}")
    kept: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return OutputHeader(**{key: value for key, value in kept.items() if key not in ("schema", "ravs")})
