"""What the model said of a source and would say again, as a result folder keeps it."""

from dataclasses import dataclass
from pathlib import Path

from ravs.errors import InputError
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import MUTED_FILE, OUTPUT_FILE, ResultFolder
from ravs.structures.model_output import REMEDY, ModelOutput

Stamp = tuple[int, int, int]  # of a file: another one has another


@dataclass(frozen=True)
class KeptAnswer:
    """Model outputs of the whole source, checked to their last byte."""

    output: ModelOutput | None = None
    muted: ModelOutput | None = None  # the same in silence
    damage: str = ""  # what is wrong with a file that was kept
    needs_muted: bool = False
    stamps: tuple[Stamp | None, ...] = ()

    @classmethod
    def read(cls, folder: ResultFolder, provenance: Provenance, *, mute: bool) -> "KeptAnswer":
        """What a folder keeps of this source and model; with `mute` in silence, too."""
        paths = _paths(folder, mute=mute)
        stamps = tuple(map(_stamp, paths))
        found = [_checked(path, provenance) for path in paths]
        outputs = [output for output, _ in found]
        return cls(
            output=outputs[0],
            muted=outputs[1] if mute else None,
            damage=next((damage for _, damage in found if damage), ""),
            needs_muted=mute,
            stamps=stamps,
        )

    @property
    def complete(self) -> bool:
        """Whether the model need not run."""
        return self.output is not None and (self.muted is not None or not self.needs_muted)

    def is_current(self, folder: ResultFolder) -> bool:
        """Whether the folder's files are still those that were read."""
        return self.stamps == tuple(map(_stamp, _paths(folder, mute=self.needs_muted)))


def _paths(folder: ResultFolder, *, mute: bool) -> list[Path]:
    return [folder.path / name for name in ((OUTPUT_FILE, MUTED_FILE) if mute else (OUTPUT_FILE,))]


def _checked(path: Path, provenance: Provenance) -> tuple[ModelOutput | None, str]:
    """The model output of this source and model, or None and what is wrong with it; all of it is read."""
    try:
        output = ModelOutput.read(path)
        if not provenance.is_of(output):
            return None, ""
        output.check()
    except FileNotFoundError:
        return None, ""
    except (OSError, InputError) as error:
        return None, str(error).removesuffix(f": {REMEDY}")
    return output, ""


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
