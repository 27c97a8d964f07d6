"""Prediction as users have it: the masks of one source, and everything that they can become."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, fields
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ravs.config.overlay_style import OverlayStyle
from ravs.errors import InputError, suggest
from ravs.files import atomic_file, move_entries, remove
from ravs.inference.outputs.coco_dataset import coco_dataset
from ravs.inference.outputs.detections import detections
from ravs.inference.outputs.events_chart import events_chart
from ravs.inference.outputs.exports import EXPORTS, export_files
from ravs.inference.outputs.format_files import EDITOR_VIDEOS
from ravs.inference.outputs.prompts import SoundPrompt, sound_prompts
from ravs.inference.outputs.sounding_text import describe_sounding
from ravs.inference.outputs.tables import data_frame
from ravs.inference.segment_job.publish_results import drop_other_results
from ravs.inference.segment_job.result_folder import OUTPUT_FILE, ResultFolder
from ravs.inference.source_info import ARRAYS
from ravs.structures import prediction as value_objects
from ravs.structures.clock import format_clock
from ravs.structures.json_document import document_json, read_document
from ravs.structures.rle import decode_mask

if TYPE_CHECKING:
    import pandas
    import supervision

FORMATS = ("overlay", *EXPORTS)  # of `save`
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Prediction(value_objects.Prediction):
    """The masks of one source in order of time: `len`, iteration and indices go over them, `at` finds one by its time.

    Times are seconds on the source's clock. A mask stands for the frame at its time and the second of audio before:
    the mask of 12.5 s is the one whose second of audio holds that time.
    """

    @classmethod
    def of(cls, masks: value_objects.Prediction) -> "Prediction":
        """The same masks, with these methods."""
        return cls(**{entry.name: getattr(masks, entry.name) for entry in fields(value_objects.Prediction)})

    @classmethod
    def load(cls, path: str | Path) -> "Prediction":
        """Reads NAME.json, or that of a result folder, as `save` and `ravs segment -f json` write it.

        Raises: InputError where there is none, or for a file that is none.
        """
        path = Path(path)
        file = path / ResultFolder(path).files("json")[0] if path.is_dir() else path
        if not file.is_file():
            raise InputError(f"{file} is no file: give the document or folder that ravs segment -f json wrote")
        return cls.of(read_document(file))

    def save(self, folder: str | Path, formats: str | Iterable[str] = ("json", "masks"), **overlay: Any) -> Path:
        """Writes formats into a folder, under the names that `ravs segment` gives them; returns the folder.

        What the model said (model-output.npz) and the document, where its settings are, are written with them, so
        that `ravs.load_result` and `ravs render` take the folder; a prediction from a document has no model output.

        Args:
            folder: for example out/street; files of these names that are there are replaced, once all are written.
                Results in it that are of another source, model or settings are removed: they would contradict these.
            formats: names or a comma list of overlay, json, masks, uncertainty, timeline, coco, yolo, cvat,
                labelstudio, npz, prompts and markers; or 'all': those that this prediction can give, without the
                overlay where its source is not known or gone. `ravs render` gives videos for editors (alpha, matte).
            overlay: for the format 'overlay', as the method `overlay` takes them.

        Raises: InputError for an unknown format, or one that this prediction has nothing for.
        """
        target = ResultFolder(Path(folder))
        names = self._formats_to_save(formats, **overlay)
        try:
            if self.model_output is not None:
                target.write(OUTPUT_FILE, self.model_output.content())
            for name in names:
                if name == "overlay":
                    self.overlay(target.part / "overlay.mp4", **overlay)
                    continue
                for file, content in export_files(name, self):
                    target.write(target.entry(file), content)
            drop_other_results(target, self.to_json())
            entries = [OUTPUT_FILE, *(file for name in names for file in target.files(name))]
            move_entries([file for file in entries if (target.part / file).exists()], target.part, target.path)
        finally:
            remove(target.part)
        return target.path

    def _formats_to_save(self, formats: str | Iterable[str], **choices: Any) -> tuple[str, ...]:
        """The formats of `save`, in order, the document among them where there is a model output."""
        names = format_names(formats)
        if choices and "overlay" not in names:
            raise InputError(f"{', '.join(choices)}: of the overlay, which is not among {', '.join(names)}: add it")
        if names == FORMATS:  # all
            maps = all(frame.uncertainty_map is not None for frame in self.frames)
            drawn = Path(choices.get("source") or self.source_path or "").is_file()
            lacking = ({"uncertainty"} if not maps else set()) | ({"overlay"} if not drawn else set())
            names = tuple(name for name in FORMATS if name not in lacking)
        return (*names, *(("json",) if self.model_output is not None and "json" not in names else ()))

    def to_json(self) -> str:
        """The document of schema ravs/1 as text, the same that `-f json` writes."""
        return document_json(self)

    def to_pandas(self, table: str = "events") -> "pandas.DataFrame":
        """A table: 'events' (class, start, end, score), 'frames' (a row a mask) or 'objects' (a row a class and mask).

        Raises: InputError for another table, or where pandas is missing.
        """
        return data_frame(self, table)

    def to_supervision(self, time_s: float) -> "supervision.Detections":
        """The objects of the mask at a time, as supervision's annotators take them.

        Raises: InputError where supervision is missing, for a time outside the source, or without masks.
        """
        return detections(self.at(time_s))

    def to_coco(self) -> dict[str, Any]:
        """A COCO data set (images, annotations, categories), the same that `-f coco` writes; see `coco_dataset`."""
        return coco_dataset(self)

    def to_prompts(self) -> tuple[SoundPrompt, ...]:
        """A prompt for each event, as SAM 2, EdgeTAM, SAM 3 and SAM-Audio take them; see `sound_prompts`."""
        return sound_prompts(self)

    def mask(self, name: str, time_s: float) -> np.ndarray:
        """Where a class sounds at a time: (height, width) bool, all False where it does not.

        Raises: InputError for a class that the model does not have, or a time outside the source.
        """
        if name not in self.classes[1:]:
            hint = suggest(name, self.classes[1:], f"classes are {', '.join(self.classes[1:])}")
            raise InputError(f"no class {name!r}; {hint}")
        frame = self.at(time_s)
        found = next((found for found in frame.objects if found.name == name), None)
        return np.zeros(frame.size, bool) if found is None else decode_mask(found.rle)

    def overlay(
        self, path: str | Path, *, source: str | Path | None = None, sound: str | Path | None = None, **style: Any
    ) -> Path:
        """Writes the source with its sounding objects marked as a video (mp4); returns its path.

        Args:
            source: the file that was segmented; None: where it was then.
            sound: the audio file that replaced the source's own, if one did.
            style: as `OverlayStyle` takes it.

        Raises: InputError where the source is not known or gone, DecodeError where it cannot be read.
        """
        from ravs.inference.outputs.overlay import write_overlay

        if Path(path).suffix.lower() not in VIDEO_SUFFIXES:
            raise InputError(f"{path}: the overlay is a video (mp4): give a name that ends in .mp4")
        source, settings = Path(source or self.source_path or ""), self.settings
        if not source.is_file():
            what = "this prediction is of arrays" if self.source.get("name") == ARRAYS else "its file is not there"
            raise InputError(f"the overlay is drawn over the video, but {what}: give source=, the path of a video")
        if settings.get("sound") is not None and sound is None:
            raise InputError(f"it was segmented with the audio of {settings['sound']}: give sound=, its path")
        with atomic_file(Path(path)) as part:
            write_overlay(
                source,
                self,
                part,
                sound=sound,
                sound_track=settings.get("sound_track"),
                style=OverlayStyle.from_choices(**style),
                start_s=settings.get("start"),
                end_s=settings.get("end"),
            )
        return Path(path)

    def plot(self, width: int = 960) -> Image.Image:
        """When each class sounds, as a picture of `width` pixels: a row a class, paler where it is less sure."""
        return events_chart(self, width)

    def __repr__(self) -> str:
        source, count = self.source, len(self.frames)
        size = f"{source['width']}×{source['height']}" if {"width", "height"} <= source.keys() else "unknown size"
        head = [source.get("name", "source"), size, f"{count} mask{'' if count == 1 else 's'}"]
        if "duration" in source:
            head.insert(2, format_clock(source["duration"]))
        head.append(str(self.model.get("name", "unknown model")))
        return f"<Prediction {' · '.join(head)}: {self._sounding()}>"

    def _repr_html_(self) -> str:
        """For notebooks: what was found, and when."""
        picture = BytesIO()
        self.plot().save(picture, "PNG")
        data = b64encode(picture.getvalue()).decode()
        image = f'<img alt="{escape(self._sounding())}" src="data:image/png;base64,{data}">'
        return f"<div>{escape(repr(self)[1:-1])}</div>{image}"

    def _sounding(self) -> str:
        return describe_sounding(self) or "no masks"


def format_names(formats: str | Iterable[str]) -> tuple[str, ...]:
    """The formats of a list or comma list, or of 'all'. Raises InputError for an unknown one."""
    names = formats.split(",") if isinstance(formats, str) else formats
    names = tuple(stripped for name in names if (stripped := name.strip()))
    if names == ("all",):
        return FORMATS
    for name in names:
        if name in EDITOR_VIDEOS:
            raise InputError(f"{name} is a video that ravs render FOLDER -f {name} makes of what save() wrote")
        if name not in FORMATS:
            hint = suggest(name, FORMATS, f"formats are {', '.join(FORMATS)}, all")
            raise InputError(f"no format {name!r}; {hint}")
    return names
