"""Read CVAT's XML, "CVAT for video 1.1" and "CVAT for images 1.1": masks (run lengths by row in a box) and polygons.

Source: docs.cvat.ai/docs/other/xml_format, and cvat/apps/dataset_manager/formats/cvat.py of cvat-ai/cvat (a01a8a8).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ravs.data.custom.annotations import FORMAT_ERRORS, AnnotatedImage, AnnotatedShape, AnnotatedVideos, match_images
from ravs.data.custom.class_list import normalize_class_names
from ravs.data.custom.label_source import Video
from ravs.data.custom.rasterize import cvat_mask, polygon_mask
from ravs.errors import InputError

MASK_SHAPES = ("mask", "polygon")
OTHER_SHAPES = ("box", "polyline", "points", "cuboid", "ellipse", "skeleton")


def read_cvat(path: Path, videos: Sequence[Video]) -> AnnotatedVideos:
    """The shapes of each frame of a task; classes are its labels, in their order.

    All frames of a task on a video count as labelled: frames without a shape are silent, as are such images of a task
    on images. Raises: InputError if it is no CVAT file, or has shapes that are no masks.
    """
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(f"{path}: cannot be read as XML ({error}): export as CVAT for video 1.1") from None
    meta = next((found for name in ("task", "job") if (found := root.find(f"meta/{name}")) is not None), None)
    if root.tag != "annotations" or meta is None:
        raise InputError(f"{path}: holds no task or job of CVAT: export each task as CVAT for video 1.1")
    try:
        names = [label.findtext("name", "") for label in meta.iter("label")]
        if root.find("image") is not None:
            return match_images(path, names, _images(path, root), videos)
        return AnnotatedVideos(
            tuple(names), normalize_class_names(names, path), by_frame=_frames(path, root, meta, videos)
        )
    except InputError:
        raise
    except FORMAT_ERRORS as error:
        raise InputError(f"{path}: an element does not fit CVAT's format ({error!r}): export it again") from None


def _images(path: Path, root: Element) -> Iterator[tuple[str, AnnotatedImage]]:
    for image in root.iter("image"):
        where, size = f"{path}, {image.attrib['name']}", (int(image.attrib["height"]), int(image.attrib["width"]))
        shapes = [(int(e.get("z_order", 0)), _shape(where, e, e.attrib["label"])) for e in _elements(where, image)]
        yield image.attrib["name"], AnnotatedImage(where, size, _in_z_order(shapes))


def _frames(path: Path, root: Element, meta: Element, videos: Sequence[Video]) -> dict[tuple[str, int], AnnotatedImage]:
    """Every frame of the task, by its number in the video in presentation order."""
    video = _video_of(path, meta, videos)
    size = (int(meta.findtext("original_size/height", "")), int(meta.findtext("original_size/width", "")))
    shapes: dict[int, list[tuple[int, AnnotatedShape]]] = defaultdict(list)
    for track in root.iter("track"):
        for element in _elements(f"{path}, track {track.get('id')}", track):
            if element.get("outside") != "1":
                where = f"{path}, frame {element.attrib['frame']}"
                shape = _shape(where, element, track.attrib["label"])
                shapes[int(element.attrib["frame"])].append((int(element.get("z_order", 0)), shape))
    step = int(meta.findtext("frame_filter", "").partition("=")[2] or 1)
    last = int(meta.findtext("stop_frame") or int(meta.findtext("size", "0")) - 1)
    numbers = range(int(meta.findtext("start_frame") or 0), last + 1, step)
    return {
        (video.name, number): AnnotatedImage(f"{path}, frame {number}", size, _in_z_order(shapes[number]))
        for number in numbers
    }


def _video_of(path: Path, meta: Element, videos: Sequence[Video]) -> Video:
    """The video of a task, by name; if there is only one video, whatever its name."""
    source = meta.findtext("source", "")
    found = [video for video in videos if video.path.name == source] or ([videos[0]] if len(videos) == 1 else [])
    if len(found) != 1:
        raise InputError(
            f"{path}: its task is of {source or 'a video without a name'}, which is "
            f"{'none' if not found else 'the name of several'} of the videos: give that video alone"
        )
    return found[0]


def _elements(where: str, parent: Element) -> Iterator[Element]:
    """The masks and polygons of an element. Raises InputError for other shapes."""
    for element in parent:
        if element.tag in OTHER_SHAPES:
            raise InputError(f"{where}: has a {element.tag}, which is no mask: draw a mask or polygon, or remove it")
        if element.tag in MASK_SHAPES:
            yield element


def _shape(where: str, element: Element, name: str) -> AnnotatedShape:
    values = element.attrib
    if element.tag == "mask":
        runs = [int(run) for run in values["rle"].split(",")]
        left, top, width, height = (int(values[key]) for key in ("left", "top", "width", "height"))
        return AnnotatedShape(name, partial(cvat_mask, runs, (left, top, width, height)))
    corners = [tuple(float(value) for value in corner.split(",")) for corner in values["points"].split(";")]
    return AnnotatedShape(name, partial(polygon_mask, [(x, y) for x, y in corners]))


def _in_z_order(shapes: Sequence[tuple[int, AnnotatedShape]]) -> tuple[AnnotatedShape, ...]:
    """Shapes sorted by z_order, then in the order of the file."""
    return tuple(shape for _, shape in sorted(shapes, key=lambda pair: pair[0]))
