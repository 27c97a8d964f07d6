"""Labels that annotation tools export: shapes of classes on pictures, each picture a second or a frame of a video."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np

from ravs.data.custom.class_list import class_names
from ravs.data.custom.label_source import Instant, Video, fitted
from ravs.data.custom.rasterize import Mask, Size
from ravs.data.mask_files import Labels
from ravs.errors import InputError

UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an uploaded file
NUMBERED = re.compile(r"(.+)_(\d{1,8})")
FRAME = re.compile(r"frame_(\d{1,8})")  # as CVAT names the frames of a video

# what Python raises where a file has another shape than its format promises
MISFIT = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

Place = tuple[str, int]  # a video's name, and a number


class Shape(NamedTuple):
    """What one class covers in a picture."""

    name: str
    mask: Callable[[Size], Mask]  # at the picture's size; one of MISFIT where it cannot be drawn


class Picture(NamedTuple):
    """A labelled picture; one without shapes is silent."""

    where: str  # for messages: the file, and what of it
    size: Size | None  # None: not told, since it has no shapes
    shapes: tuple[Shape, ...] = ()  # later ones lie over earlier ones


@dataclass(frozen=True)
class Drawings:
    """Pictures by second or by frame, and the classes that their tool knows."""

    names: tuple[str, ...]  # as the file has them
    classes: tuple[str, ...]
    by_second: Mapping[Place, Picture] = field(default_factory=dict)
    by_frame: Mapping[Place, Picture] = field(default_factory=dict)

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
            except MISFIT as error:
                raise InputError(f"{picture.where}: a shape of {shape.name} cannot be drawn: {error}") from None
        return fitted(labels, instant.size, picture.where)

    def surplus(self, instants: Sequence[Instant]) -> tuple[str, ...]:
        """As `MaskFolder.surplus`: of pictures with shapes alone."""
        name = instants[0].video.name
        used = {id(self._picture(instant)) for instant in instants}
        pictures = [*self.by_second.items(), *self.by_frame.items()]
        mine = (picture for (video, _), picture in pictures if video == name and picture.shapes)
        return tuple(picture.where for picture in mine if id(picture) not in used)

    def _picture(self, instant: Instant) -> Picture | None:
        found = self.by_second.get((instant.video.name, instant.second))
        return found or self.by_frame.get((instant.video.name, instant.frame))


def drawings_of(
    path: Path, names: Sequence[str], pictures: Iterable[tuple[str, Picture]], videos: Sequence[Video]
) -> Drawings:
    """Pictures by the names of their files: VIDEO_SECOND, or (of a single video) frame_NUMBER, with any suffix.

    Raises: InputError if no picture belongs to a video, or two are of one second.
    """
    by_second: dict[Place, Picture] = {}
    by_frame: dict[Place, Picture] = {}
    listed = [(name, picture) for name, picture in pictures]
    for name, picture in listed:
        stem = PurePosixPath(unquote(name)).stem
        table, place = by_second, _second_of(stem, videos) or _second_of(UPLOADED.sub("", stem, 1), videos)
        if place is None and len(videos) == 1 and (frame := FRAME.fullmatch(stem)):
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
    return Drawings(tuple(names), class_names(names, path), by_second, by_frame)


def joined(path: Path, drawings: Sequence[Drawings]) -> Drawings:
    """Several files as one; classes in the order in which they are first named.

    Raises: InputError if two files label one picture.
    """
    names = tuple(dict.fromkeys(name for one in drawings for name in one.names))
    by_second, by_frame = (
        _each_once(path, tables) for tables in ([d.by_second for d in drawings], [d.by_frame for d in drawings])
    )
    return Drawings(names, class_names(names, path), by_second, by_frame)


def _each_once(path: Path, tables: Sequence[Mapping[Place, Picture]]) -> dict[Place, Picture]:
    found: dict[Place, Picture] = {}
    for place, picture in (item for table in tables for item in table.items()):
        if found.setdefault(place, picture) is not picture:
            both = f"{found[place].where} and {picture.where}"
            raise InputError(f"{path}: {both} are both taken for {place[0]}: give the files of these videos alone")
    return found


def _second_of(stem: str, videos: Sequence[Video]) -> Place | None:
    """VIDEO_SECOND taken apart, if that is one of the videos."""
    found = NUMBERED.fullmatch(stem)
    if found and any(video.name == found[1] for video in videos):
        return found[1], int(found[2])
    return None
