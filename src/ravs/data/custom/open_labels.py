"""Open a user's labels: a folder of masks, or the export of an annotation tool."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ravs.data.custom.annotations import AnnotatedVideos, merge_annotations
from ravs.data.custom.coco import read_coco
from ravs.data.custom.cvat import read_cvat
from ravs.data.custom.label_source import Video
from ravs.data.custom.label_studio import read_label_studio
from ravs.data.custom.mask_folder import MaskFolder
from ravs.errors import InputError, NoMatchError

LabelSource = MaskFolder | AnnotatedVideos
Reader = Callable[[Path, Sequence[Video]], AnnotatedVideos]
READERS: dict[str, tuple[Reader, str]] = {
    "labelstudio": (read_label_studio, ".json"),
    "cvat": (read_cvat, ".xml"),
    "coco": (read_coco, ".json"),
}


def open_labels(
    videos: Sequence[Video], masks: Path | None, only: str | None, export: tuple[str, Path] | None
) -> LabelSource | None:
    """The labels in a folder of masks (with `only`, black and white ones of that class) or in a tool's export.

    None if neither is given. Raises: as MaskFolder and `read_export`; InputError for options that exclude each other.
    """
    if masks is not None and export is not None:
        raise InputError("--masks and --from are two sources of labels: give one of them")
    if only is not None and masks is None:
        raise InputError("--class says what masks of 0 and 255 mark: give their folder, --masks")
    if masks is not None:
        return MaskFolder(masks, videos, only)
    return None if export is None else read_export(*export, videos)


def read_export(tool: str, path: Path, videos: Sequence[Video]) -> AnnotatedVideos:
    """Read the shapes in a tool's file, or in all such files in a folder.

    Raises: InputError for an unknown tool or invalid file, NoMatchError for a missing file.
    """
    if tool not in READERS:
        raise InputError(f"--from {tool}: labels are read from {', '.join(READERS)}: write --from cvat FILE")
    read, suffix = READERS[tool]
    files = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    if not files or not path.exists():
        raise NoMatchError(f"{path}: no {suffix} file lies there; give what {tool} exported")
    return merge_annotations(path, [read(file, videos) for file in files])
