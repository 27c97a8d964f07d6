"""What is still to be written into a folder that may hold results, and what must not be replaced."""

from typing import Any

from ravs.errors import RavsError
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import FORMATS, ResultFolder

EXISTING_POLICIES = ("resume", "overwrite", "fail")


def missing_formats(
    folder: ResultFolder, formats: tuple[str, ...], provenance: Provenance, existing: str
) -> tuple[str, ...]:
    """The formats still to be written under one of EXISTING_POLICIES; empty where all are finished.

    Raises: RavsError where finished results, or files of the user's, would be overwritten without permission.
    """
    if folder.path.exists() and not folder.path.is_dir():
        raise RavsError(f"{folder.path} is a file, but the results need a folder of that name: choose another --out")
    done, names = folder.done(), folder.existing_names()
    if existing == "overwrite" or not names:
        return formats
    if existing == "fail":
        remedy = "overwrite" if done is not None and provenance.difference(done) else "resume or overwrite"
        raise RavsError(f"{folder.path} exists{_settings_remark(done, provenance)}. Use --existing {remedy}.")
    if not folder.is_ours():
        raise RavsError(
            f"{folder.path} holds {', '.join(names)} that no run of RAVS is known to have made. "
            "Choose another --out, or replace them with --existing overwrite."
        )
    if done is None:  # what broke off or was interrupted is made again
        return tuple(name for name in FORMATS if name in formats or name in folder.interrupted_formats())
    if difference := provenance.difference(done):
        raise RavsError(f"{folder.path} exists with other settings ({difference}). Use --existing overwrite.")
    finished = folder.finished_formats()
    if provenance.rendering_difference(done):
        return tuple(name for name in FORMATS if name in formats or name in finished)
    restyled = {"overlay"} if done.get("style", provenance.style) != provenance.style else set()
    return tuple(name for name in formats if name not in finished or name in restyled)


def _settings_remark(done: dict[str, Any] | None, provenance: Provenance) -> str:
    difference = "unfinished" if done is None else provenance.difference(done)
    return f" with other settings ({difference})" if difference else ""
