"""What can be taken from the page: every format that `ravs segment` and `ravs render` write, made when asked for."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZIP_DEFLATED, ZipFile

from ravs.app.visits import Visit
from ravs.errors import InputError
from ravs.inference.outputs.alpha_video import write_alpha, write_matte
from ravs.inference.outputs.exports import export_files
from ravs.inference.outputs.format_files import DOCUMENT, FORMAT_FILES, VIDEOS

DOWNLOADS = {
    "overlay": "Video with what sounds marked",
    "json": "Document of all masks and events",
    "masks": "Masks as PNG",
    "uncertainty": "Uncertainty maps as PNG",
    "timeline": "CSV, subtitles, Audacity, RTTM",
    "markers": "Markers for editors",
    "alpha": "ProRes 4444 with transparency",
    "alpha-vp9": "WebM with transparency",
    "matte": "Black and white matte",
    "coco": "COCO data set",
    "yolo": "YOLO segments",
    "cvat": "CVAT for video",
    "labelstudio": "Label Studio tasks",
    "npz": "Arrays for NumPy",
    "prompts": "Prompts for SAM 2 and SAM 3",
    "all": "All but the videos with transparency",
}
assert set(DOWNLOADS) == {*FORMAT_FILES, "all"}


def write_download(visit: Visit, name: str, effect: str = "tint") -> Path:
    """Writes a format under the settings that are shown; returns the file, alone in a folder of its own.

    Args:
        visit: of a video that was segmented.
        name: one of DOWNLOADS; a format of several files is zipped.
        effect: of the overlay, as `OverlayStyle` has it.

    Raises: InputError for an unknown format or effect.
    """
    if name not in DOWNLOADS:
        raise InputError(f"no format {name!r}; formats are {', '.join(DOWNLOADS)}")
    folder, stem = Path(mkdtemp(dir=visit.folder)), Path(visit.name).stem
    if name == "all":
        saved = visit.shown().save(folder / stem, "all", source=visit.source, effect=effect)
        found = sorted(path for path in saved.rglob("*") if path.is_file())
        return zip_files(
            folder / f"{stem}.zip", [(path.relative_to(saved).as_posix(), path.read_bytes()) for path in found]
        )
    if name in VIDEOS:
        return write_video(visit, name, folder / f"{stem}-{FORMAT_FILES[name][0]}", effect)
    files = [
        (f"{stem}.json" if file == DOCUMENT else file, content) for file, content in export_files(name, visit.shown())
    ]
    if len(files) != 1 or "/" in files[0][0]:
        return zip_files(folder / f"{stem}-{name}.zip", files)
    file, content = files[0]
    out = folder / (file if name == "json" else f"{stem}-{file}")
    out.write_bytes(content.encode() if isinstance(content, str) else content)
    return out


def write_video(visit: Visit, name: str, out: Path, effect: str) -> Path:
    """Writes one of the formats that are drawn from the video's frames; returns `out`."""
    prediction = visit.shown()
    if name == "overlay":
        return prediction.overlay(out, source=visit.source, effect=effect)
    write = write_matte if name == "matte" else write_alpha
    write(visit.source, prediction, out, end_s=prediction.settings["end"])
    return out


def zip_files(out: Path, files: Iterable[tuple[str, bytes | str]]) -> Path:
    """Writes an archive of these names and contents; returns `out`."""
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out
