"""Labels from annotation tools: shapes on images, each of which is a second or a frame of a video."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np

from ravs.data.custom.class_list import normalize_class_names
from ravs.data.custom.label_source import Instant, Video, fit_to_frame
from ravs.data.custom.rasterize import Mask, Size
from ravs.data.mask_files import Labels
from ravs.errors import InputError

UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")  # added by Label Studio to names of uploaded files
NAME_WITH_SECOND = re.compile(r"(.+)_(\d{1,8})")
CVAT_FRAME = re.compile(r"frame_(\d{1,8})")  # CVAT's names of frames of a video

# raised where the contents of a file do not fit its format
FORMAT_ERRORS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

ImageKey = tuple[str, int]  # name of the video, and second or frame number


class AnnotatedShape(NamedTuple):
    """A mask of one class in an image."""

    name: str
    mask: Callable[[Size], Mask]  # draws it at the image's size; may raise FORMAT_ERRORS


class AnnotatedImage(NamedTuple):
    """A labelled image; without shapes it is silent."""

    where: str  # file and entry, for messages
    size: Size | None  # None: unknown, since it has no shapes
    shapes: tuple[AnnotatedShape, ...] = ()  # later ones are drawn over earlier ones


@dataclass(frozen=True)
class AnnotatedVideos:
    """Labelled images by second or by frame, and the classes of the tool."""

    names: tuple[str, ...]  # as in the file
    classes: tuple[str, ...]
    by_second: Mapping[ImageKey, AnnotatedImage] = field(default_factory=dict)
    by_frame: Mapping[ImageKey, AnnotatedImage] = field(default_factory=dict)

    def labels(self, instant: Instant) -> Labels | None:
        """As `MaskFolder.labels`."""
        image = self._image(instant)
        if image is None:
            return None
        size = image.size or instant.size
        labels = np.zeros(size, np.uint8)
        for shape in image.shapes:
            if shape.name not in self.names:
                raise InputError(f"{image.where}: a shape of {shape.name}, which is none of {', '.join(self.names)}")
            try:
                labels[shape.mask(size)] = self.names.index(shape.name) + 1
            except FORMAT_ERRORS as error:
                raise InputError(f"{image.where}: a shape of {shape.name} cannot be drawn: {error}") from None
        return fit_to_frame(labels, instant.size, image.where)

    def unused_labels(self, instants: Sequence[Instant]) -> tuple[str, ...]:
        """As `MaskFolder.unused_labels`: only of images with shapes."""
        name = instants[0].video.name
        used = {id(self._image(instant)) for instant in instants}
        images = [*self.by_second.items(), *self.by_frame.items()]
        of_video = (image for (video, _), image in images if video == name and image.shapes)
        return tuple(image.where for image in of_video if id(image) not in used)

    def _image(self, instant: Instant) -> AnnotatedImage | None:
        found = self.by_second.get((instant.video.name, instant.second))
        return found or self.by_frame.get((instant.video.name, instant.frame))


def match_images(
    path: Path, names: Sequence[str], images: Iterable[tuple[str, AnnotatedImage]], videos: Sequence[Video]
) -> AnnotatedVideos:
    """Match images to videos by file name: VIDEO_SECOND, or frame_NUMBER for a single video, with any suffix.

    Raises: InputError if no image belongs to a video, or two to the same second.
    """
    by_second: dict[ImageKey, AnnotatedImage] = {}
    by_frame: dict[ImageKey, AnnotatedImage] = {}
    listed = [(name, image) for name, image in images]
    for name, image in listed:
        stem = PurePosixPath(unquote(name)).stem
        table, key = by_second, _parse_name(stem, videos) or _parse_name(UPLOAD_PREFIX.sub("", stem, 1), videos)
        if key is None and len(videos) == 1 and (frame := CVAT_FRAME.fullmatch(stem)):
            table, key = by_frame, (videos[0].name, int(frame[1]))
        if key is None:
            continue
        if key in table:
            raise InputError(f"{image.where} is labelled twice: keep one of them")
        table[key] = image
    if not by_second and not by_frame:
        first = f", not {listed[0][0]}" if listed else ""
        raise InputError(
            f"{path}: labels no image of these videos: call them {videos[0].name}_0.png, {videos[0].name}_1.png …"
            f"{first}; ravs datasets create OUT VIDEO, without --from, writes them"
        )
    return AnnotatedVideos(tuple(names), normalize_class_names(names, path), by_second, by_frame)


def merge_annotations(path: Path, annotations: Sequence[AnnotatedVideos]) -> AnnotatedVideos:
    """Merge the annotations of several files; classes in order of first appearance.

    Raises: InputError if two files label the same image.
    """
    names = tuple(dict.fromkeys(name for one in annotations for name in one.names))
    by_second = _merge_images(path, [one.by_second for one in annotations])
    by_frame = _merge_images(path, [one.by_frame for one in annotations])
    return AnnotatedVideos(names, normalize_class_names(names, path), by_second, by_frame)


def _merge_images(path: Path, tables: Sequence[Mapping[ImageKey, AnnotatedImage]]) -> dict[ImageKey, AnnotatedImage]:
    found: dict[ImageKey, AnnotatedImage] = {}
    for key, image in (item for table in tables for item in table.items()):
        if found.setdefault(key, image) is not image:
            both = f"{found[key].where} and {image.where}"
            raise InputError(f"{path}: {both} are both taken for {key[0]}: give the files of these videos alone")
    return found


def _parse_name(stem: str, videos: Sequence[Video]) -> ImageKey | None:
    """The video and second of a name VIDEO_SECOND; None if it is no known video."""
    found = NAME_WITH_SECOND.fullmatch(stem)
    if found and any(video.name == found[1] for video in videos):
        return found[1], int(found[2])
    return None
