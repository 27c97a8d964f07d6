"""A request to `ravs compose`: checked, and run to make a set on disk, a contact sheet, or both."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.composition.composed_clip import ComposedClip, composed_clips
from ravs.data.composition.contact_sheet import write_contact_sheet
from ravs.data.composition.formats.avss_format import AvssFormat
from ravs.data.composition.formats.base import compose_published_set
from ravs.data.composition.formats.vpo_format import VpoFormat
from ravs.data.composition.scene import SUBSETS
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.parallel import ProgressFunction

PUBLISHED_FORMATS = {form.name: form for form in (AvssFormat(), VpoFormat())}
FORMATS = ("clips", *PUBLISHED_FORMATS)
LICENCES = ("any", "permissive")
IMAGE_SUFFIXES = (".png", ".jpg")


@dataclass(frozen=True, kw_only=True)
class ComposeRequest:
    """Which clips to compose. Raises: InputError for an invalid value."""

    library: Path
    subsets: tuple[str, ...] = tuple(SUBSETS)
    count: int = 10
    split: str = "train"
    seed: int = 1
    size: int = 224
    licence: str = "any"
    classes: str = "tier-a"
    extras: bool = False
    held_out: Path | None = None
    form: str = "clips"

    def __post_init__(self) -> None:
        available = subsets_of(self.form)
        for subset in self.subsets:
            if subset not in available:
                of_form = "" if self.form == "clips" else f" of form {self.form}"
                raise InputError(f"no subset {subset!r}{of_form}; subsets are {', '.join(available)}")
        if self.licence not in LICENCES:
            raise InputError(f"licence is {self.licence!r}; it must be any, or permissive")
        if self.count < 1:
            raise InputError(f"count is {self.count}; it must be at least 1")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; it must not be negative")

    def read_library(self) -> Library:
        """Read the library, restricted to the parts that may be used."""
        return Library.read(
            self.library,
            self.split,
            classes=self.classes,
            extras=self.extras,
            permissive=self.licence == "permissive",
            held_out=self.held_out,
        )

    def settings(self, library: Library) -> ComposedSetSettings:
        """The settings that are written to the set."""
        return ComposedSetSettings(
            split=self.split,
            seed=self.seed,
            size=self.size,
            classes=library.classes,
            licence=self.licence,
            extras=self.extras,
            parts=library.fingerprint,
        )


def subsets_of(form: str) -> tuple[str, ...]:
    """The subsets of a form. Raises: InputError for an unknown form."""
    if form not in FORMATS:
        raise InputError(f"no form {form!r}; forms are {', '.join(FORMATS)}")
    return PUBLISHED_FORMATS[form].subsets if form in PUBLISHED_FORMATS else tuple(SUBSETS)


def run_request(
    request: ComposeRequest,
    *,
    out: Path | None,
    sheet: Path | None,
    jobs: int = 1,
    progress: ProgressFunction | None = None,
) -> list[str]:
    """Make the set, the contact sheet, or both; jobs 0 starts a process for each core.

    Returns: a line about each. Raises: InputError if neither is requested.
    """
    if out is None and sheet is None:
        raise InputError("nothing to make: name the folder of the set, or an image with --sheet FILE.png")
    if sheet is not None and sheet.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(f"--sheet {sheet}: give a file that ends in {' or '.join(IMAGE_SUFFIXES)}")
    library, lines = request.read_library(), []
    if out is not None:
        lines.append(_make_set(request, out, library, jobs or os.cpu_count() or 1, progress))
    if sheet is not None:
        write_contact_sheet(sheet, _compose_clips(request, library, progress))
        lines.append(f"{sheet}: {request.count * len(request.subsets)} clips")
    return lines


def _make_set(
    request: ComposeRequest, out: Path, library: Library, jobs: int, progress: ProgressFunction | None
) -> str:
    """Write the set. Returns: a line about it."""
    settings, left_out = request.settings(library), 0
    if request.form in PUBLISHED_FORMATS:
        made, left_out = compose_published_set(
            out,
            library,
            settings,
            PUBLISHED_FORMATS[request.form],
            subsets=request.subsets,
            count=request.count,
            jobs=jobs,
            progress=progress,
        )
    else:
        made = compose_set(
            out, library, settings, subsets=request.subsets, count=request.count, jobs=jobs, progress=progress
        )
    kept = request.count * len(request.subsets) - made - left_out
    more = f", {left_out} left out: nothing in view sounds" if left_out else ""
    return f"{out}: {made} clips made, {kept} kept{more}"


def _compose_clips(
    request: ComposeRequest, library: Library, progress: ProgressFunction | None
) -> Iterator[ComposedClip]:
    done = 0
    for subset in request.subsets:
        for clip in composed_clips(library, subset, request.count, request.seed, request.size):
            done += 1
            if progress:
                progress(done, request.count * len(request.subsets))
            yield clip
