"""A result folder that can be rendered again: what the model said, the settings, and where the video is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ravs.checkpoints.find_model import check_requested_classes
from ravs.config.inference import InferenceSettings
from ravs.config.labels import mask_names
from ravs.errors import InputError, NoMatchError
from ravs.files import content_hash
from ravs.inference.segment_job.provenance import read_document_object
from ravs.inference.segment_job.result_folder import MUTED_FILE, OUTPUT_FILE, ResultFolder
from ravs.structures.model_output import ModelOutput

RENDER_CHOICES = {
    "classes": "classes",
    "among": "among",
    "threshold": "threshold",
    "max_uncertainty": "max_uncertainty",
    "min_area": "min_area",
    "min_duration": "min_duration_s",
    "bridge_gaps": "bridge_gaps_s",
}  # settings that need no model: their keys in documents, and as choices


@dataclass(frozen=True)
class KeptResult:
    """A result folder with what the model said, and the settings that its results were rendered under."""

    folder: ResultFolder
    output: ModelOutput
    muted: ModelOutput | None
    rendered: dict[str, Any]  # as documents have them

    @classmethod
    def read(cls, path: Path) -> "KeptResult":
        """Raises: InputError where the model's output is missing or damaged."""
        folder = ResultFolder(path.absolute() if path.name in ("", "..") else path)
        if not (folder.path / OUTPUT_FILE).is_file():
            raise InputError(
                f"{path} holds no {OUTPUT_FILE}: give a result folder, or segment the source again with ravs segment"
            )
        muted = folder.path / MUTED_FILE
        record = folder.record() or read_document_object(folder.path / folder.files("json")[0]) or {}
        return cls(
            folder=folder,
            output=ModelOutput.read(folder.path / OUTPUT_FILE),
            muted=ModelOutput.read(muted) if muted.is_file() else None,
            rendered=record.get("settings", {}),
        )

    def settings(self, choices: Mapping[str, Any]) -> InferenceSettings:
        """These settings, and for the rest those of the results. Raises: InputError for an invalid one."""
        for name in choices:
            if name not in RENDER_CHOICES.values():
                raise InputError(
                    f"{name!r} is no setting that can be changed without the model; those are "
                    f"{', '.join(RENDER_CHOICES.values())}"
                )
        kept = {choice: self.rendered[key] for key, choice in RENDER_CHOICES.items() if key in self.rendered}
        model = self.output.header.settings
        times = {f"{key}_s": model[key] for key in ("start", "end")}
        settings = InferenceSettings.from_choices(
            **{"rate": model["rate"], "sound_track": model["sound_track"], **times, **kept, **choices},
            mute=self.muted is not None and bool(self.rendered.get("mute")),
        )
        header = self.output.header
        check_requested_classes(settings.classes, mask_names(header.classes, header.names), str(header.model["name"]))
        check_requested_classes(settings.among, header.classes, str(header.model["name"]))
        return settings

    def find_source(self, given: Path | None) -> Path:
        """The video: the one that is given, or else where it was, beside the folder or here.

        Raises: NoMatchError if it is in none of these places, InputError if it is another one.
        """
        name = str(self.output.header.source["name"])
        recorded = self.folder.recorded_path("source")
        places = [given] if given is not None else [recorded, self.folder.path.parent / name, Path(name)]
        found = next((place for place in places if place is not None and place.is_file()), None)
        if found is None:
            remedy = "say where with --source" if given is None else f"give the path of {name}"
            raise NoMatchError(f"{self.folder.path}: the video, {given or name}, is not a file that is there: {remedy}")
        if content_hash(found) != self.output.header.source["sha256"]:
            remedy = "name that with --source" if given is None else f"give {name} as it was then"
            raise InputError(f"{found} is not the video that {self.folder.path} was made from: {remedy}")
        return found

    def find_sound(self) -> Path | None:
        """The audio file that replaced the source's own. Raises: NoMatchError if it is not where it was."""
        if self.output.header.sound_sha256 is None:
            return None
        found = self.folder.recorded_path("sound")
        if found is None or content_hash(found) != self.output.header.sound_sha256:
            name = self.output.header.settings["sound"]
            raise NoMatchError(
                f"{self.folder.path}: the overlay needs {name}, which is not where it was: use ravs segment --sound"
            )
        return found
