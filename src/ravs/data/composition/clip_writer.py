"""Write a set of composed clips: a folder each with video, masks and description, whole or not at all."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ravs.data.composition.clip_plan import ClipPlan, describe_clip, plan_clip
from ravs.data.composition.render import class_masks, render
from ravs.data.composition.scene import ALL_TIMES_S, FRAMES_PER_SECOND, LABELLED_FRAMES, SECONDS
from ravs.data.composition.workers import map_with_library
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.errors import InputError, RavsError
from ravs.file_lock import LockedError, locked
from ravs.files import atomic_folder, hidden_sibling, write_atomic
from ravs.media import write_video
from ravs.structures.palette import voc_color

CRF = 24
PALETTE = [value for index in range(256) for value in voc_color(index)]


@dataclass(frozen=True, kw_only=True)
class ComposedSetSettings:
    """What decides every clip of a set besides its subset and number; written into the set as composed.json."""

    split: str
    seed: int
    size: int
    classes: tuple[str, ...]
    licence: str  # any or permissive
    extras: bool = False
    parts: str = ""  # fingerprint of the library's parts that may be used

    def __post_init__(self) -> None:
        if self.size < 16 or self.size % 2:
            raise InputError(f"size is {self.size}; it must be an even number of pixels, at least 16")


def compose_set(
    out: Path,
    library: Library,
    settings: ComposedSetSettings,
    *,
    subsets: Sequence[str],
    count: int,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Compose `count` clips of each subset into OUT/SUBSET/NNN; clips that are there stay as they are.

    Returns: how many were made. Raises: InputError if OUT holds a set of other settings; RavsError if another run
    composes into it.
    """
    with exclusive_run(out):
        claim_folder(out, settings)
        wanted = [(subset, number) for subset in subsets for number in range(count)]
        missing = [which for which in wanted if not (out / which[0] / f"{which[1]:03d}" / "meta.json").exists()]
        made = 0
        for made, _ in enumerate(
            map_with_library(partial(_compose_one, out, settings), library, missing, jobs), start=1
        ):
            if progress:
                progress(len(wanted) - len(missing) + made, len(wanted))
        return made


def write_clip(folder: Path, draft: ClipPlan, library: Library, size: int) -> None:
    """Write a clip's folder: video.mp4, masks/0.png … 4.png and meta.json. It appears whole."""
    with atomic_folder(folder) as part:
        (part / "masks").mkdir()
        instances: list[np.ndarray] = []
        write_video(
            part / "video.mp4",
            _render_frames(draft, library, size, instances),
            end_s=Fraction(SECONDS),
            sound=(draft.mix.waveform, SAMPLE_RATE_HZ),
            crf=CRF,
            threads=1,
        )
        indices = [thing.class_index for thing in draft.scene.objects]
        masks = class_masks(np.stack(instances), indices, draft.mix.sounding)
        for second, mask in enumerate(masks):
            write_mask(part / "masks" / f"{second}.png", mask)
        (part / "meta.json").write_text(json.dumps(describe_clip(draft, size), indent=1) + "\n", encoding="utf-8")


def write_mask(path: Path, mask: np.ndarray) -> None:
    """A PNG whose pixel values are class indices, coloured by the VOC palette."""
    picture = Image.fromarray(mask)
    picture.putpalette(PALETTE)
    picture.save(path, optimize=False)


def _render_frames(
    draft: ClipPlan, library: Library, size: int, instances: list[np.ndarray]
) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Every frame with its time; instance maps of the labelled ones are collected on the way."""
    for number, (picture, map_) in enumerate(render(draft.scene, library, size, ALL_TIMES_S)):
        if number in LABELLED_FRAMES:
            instances.append(map_)
        yield picture, Fraction(number, FRAMES_PER_SECOND)


def _compose_one(out: Path, settings: ComposedSetSettings, library: Library, which: tuple[str, int]) -> None:
    subset, number = which
    draft = plan_clip(library, subset, settings.seed, number)
    write_clip(out / draft.name, draft, library, settings.size)


@contextmanager
def exclusive_run(out: Path) -> Iterator[None]:
    """A block in which no other run composes into a folder. Raises: RavsError if one does."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(hidden_sibling(out.resolve(), ".lock"), wait=False))
        except LockedError:
            raise RavsError(f"{out}: another run composes into it; wait for its end, or name another folder") from None
        yield


def claim_folder(out: Path, settings: ComposedSetSettings, form: str = "clips") -> None:
    """Write the settings of a new set into its folder, or compare them with those of the one that is there.

    Raises: InputError if the folder holds a set of other settings, or of another form.
    """
    path = out / ("composed.json" if form == "clips" else f"composed_{form}.json")
    wanted = json.loads(json.dumps(asdict(settings)))
    others = [other.name for other in out.glob("composed*.json") if other != path]
    if others:
        raise InputError(f"{out} holds a set of another form ({others[0]}): name another folder")
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        different = [key for key in wanted if found.get(key) != wanted[key]]
        if different:
            raise InputError(f"{out} holds a set with another {' and '.join(different)}: name another folder")
    write_atomic(path, json.dumps(wanted, indent=1) + "\n")
