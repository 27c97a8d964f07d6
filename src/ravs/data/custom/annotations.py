"""Labels that annotation tools export: shapes of classes on pictures, each picture a second or a frame of a video."""

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

UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an uploaded file
NAME_WITH_SECOND = re.compile(r"(.+)_(\d{1,8})")
CVAT_FRAME = re.compile(r"frame_(\d{1,8})")  # as CVAT names the frames of a video

# what Python raises where a file has another shape than its format promises
FORMAT_ERRORS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

ImageKey = tuple[str, int]  # a video's name, and a number


class AnnotatedShape(NamedTuple):
    """What one class covers in a picture."""

    name: str
    mask: Callable[[Size], Mask]  # at the picture's size; one of FORMAT_ERRORS where it cannot be drawn


class AnnotatedImage(NamedTuple):
    """A labelled picture; one without shapes is silent."""

    where: str  # for messages: the file, and what of it
    size: Size | None  # None: not told, since it has no shapes
    shapes: tuple[AnnotatedShape, ...] = ()  # later ones lie over earlier ones


@dataclass(frozen=True)
class AnnotatedVideos:
    """Pictures by second or by frame, and the classes that their tool knows."""

    names: tuple[str, ...]  # as the file has them
    classes: tuple[str, ...]
    by_second: Mapping[ImageKey, AnnotatedImage] = field(default_factory=dict)
    by_frame: Mapping[ImageKey, AnnotatedImage] = field(default_factory=dict)

    def labels(self, instant: Instant) -> Labels | None:
        """As `MaskFolder.labels`."""
        picture = self._picture(instant)
        if picture is None:
            return None
        size = picture.size or instant.size
        labels = np.zeros(size, np.uint8)
        for shape in picture.shapes:
            if shape.name not in self.names:
                raise InputError(f"{picture.where}: a shape of {shape.name}, which is none of {', '.join(self.names)}")
            try:
                labels[shape.mask(size)] = self.names.index(shape.name) + 1
            except FORMAT_ERRORS as error:
                raise InputError(f"{picture.where}: a shape of {shape.name} cannot be drawn: {error}") from None
        return fit_to_frame(labels, instant.size, picture.where)

    def surplus(self, instants: Sequence[Instant]) -> tuple[str, ...]:
        """As `MaskFolder.surplus`: of pictures with shapes alone."""
        name = instants[0].video.name
        used = {id(self._picture(instant)) for instant in instants}
        pictures = [*self.by_second.items(), *self.by_frame.items()]
        mine = (picture for (video, _), picture in pictures if video == name and picture.shapes)
        return tuple(picture.where for picture in mine if id(picture) not in used)

    def _picture(self, instant: Instant) -> AnnotatedImage | None:
        found = self.by_second.get((instant.video.name, instant.second))
        return found or self.by_frame.get((instant.video.name, instant.frame))


def match_images(
    path: Path, names: Sequence[str], pictures: Iterable[tuple[str, AnnotatedImage]], videos: Sequence[Video]
) -> AnnotatedVideos:
    """Pictures by the names of their files: VIDEO_SECOND, or (of a single video) frame_NUMBER, with any suffix.

    Raises: InputError if no picture belongs to a video, or two are of one second.
    """
    by_second: dict[ImageKey, AnnotatedImage] = {}
    by_frame: dict[ImageKey, AnnotatedImage] = {}
    listed = [(name, picture) for name, picture in pictures]
    for name, picture in listed:
        stem = PurePosixPath(unquote(name)).stem
        table, place = by_second, _parse_name(stem, videos) or _parse_name(UPLOAD_PREFIX.sub("", stem, 1), videos)
        if place is None and len(videos) == 1 and (frame := CVAT_FRAME.fullmatch(stem)):
            table, place = by_frame, (videos[0].name, int(frame[1]))
        if place is None:
            continue
        if place in table:
            raise InputError(f"{picture.where} is labelled twice: keep one of them")
        table[place] = picture
    if not by_second and not by_frame:
        first = f", not {listed[0][0]}" if listed else ""
        raise InputError(
            f"{path}: labels no picture of these videos: call them {videos[0].name}_0.png, {videos[0].name}_1.png …"
            f"{first}; ravs datasets create OUT VIDEO, without --from, writes them"
        )
    return AnnotatedVideos(tuple(names), normalize_class_names(names, path), by_second, by_frame)


def merge_annotations(path: Path, drawings: Sequence[AnnotatedVideos]) -> AnnotatedVideos:
    """Several files as one; classes in the order in which they are first named.

    Raises: InputError if two files label one picture.
    """
    names = tuple(dict.fromkeys(name for one in drawings for name in one.names))
    by_second, by_frame = (
        _merge_images(path, tables) for tables in ([d.by_second for d in drawings], [d.by_frame for d in drawings])
    )
    return AnnotatedVideos(names, normalize_class_names(names, path), by_second, by_frame)


def _merge_images(path: Path, tables: Sequence[Mapping[ImageKey, AnnotatedImage]]) -> dict[ImageKey, AnnotatedImage]:
    found: dict[ImageKey, AnnotatedImage] = {}
    for place, picture in (item for table in tables for item in table.items()):
        if found.setdefault(place, picture) is not picture:
            both = f"{found[place].where} and {picture.where}"
            raise InputError(f"{path}: {both} are both taken for {place[0]}: give the files of these videos alone")
    return found


def _parse_name(stem: str, videos: Sequence[Video]) -> ImageKey | None:
    """VIDEO_SECOND taken apart, if that is one of the videos."""
    found = NAME_WITH_SECOND.fullmatch(stem)
    if found and any(video.name == found[1] for video in videos):
        return found[1], int(found[2])
    return None
