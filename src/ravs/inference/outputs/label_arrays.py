"""masks.npz: the masks as arrays for NumPy, written one by one, so that memory does not grow with their number."""

from collections.abc import Iterable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from ravs.structures.prediction import Prediction


def masks_npz(prediction: Prediction) -> bytes:
    """The archive that `np.load` opens without pickles.

    labels: (masks, height, width) uint8, class indices, 0 where nothing sounds; time, start: (masks) float64, seconds;
    classes: (classes) text, background first; uncertainty: (masks, rows, columns) float16 at the model's stride, where
    the prediction has its maps.
    """
    frames, file = prediction.frames, BytesIO()
    height, width = int(prediction.source["height"]), int(prediction.source["width"])
    maps = [frame.uncertainty_map for frame in frames if frame.uncertainty_map is not None]
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        write_array(
            archive, "labels", (len(frames), height, width), np.dtype(np.uint8), (frame.labels for frame in frames)
        )
        for name, times in (("time", [f.time_s for f in frames]), ("start", [f.start_s for f in frames])):
            write_array(archive, name, (len(frames),), np.dtype(np.float64), [np.array(times)])
        classes = np.array(prediction.classes)
        write_array(archive, "classes", classes.shape, classes.dtype, [classes])
        if maps and len(maps) == len(frames):
            halves = ((map_ / 255).astype(np.float16) for map_ in maps)
            write_array(archive, "uncertainty", (len(maps), *maps[0].shape), np.dtype(np.float16), halves)
    return file.getvalue()


def write_array(
    archive: ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype, parts: Iterable[np.ndarray]
) -> None:
    """One array of an .npz, of parts that lie one behind the other."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        np.lib.format.write_array_header_1_0(member, header)
        for part in parts:
            member.write(np.ascontiguousarray(part, dtype).tobytes())
