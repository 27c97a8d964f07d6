"""Write a set of composed clips: for each an atomic folder with video, masks and description."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from ravs.data.composition.clip_plan import ClipPlan, describe_clip, plan_clip
from ravs.data.composition.render import class_masks, render
from ravs.data.composition.scene import ALL_TIMES_S, FRAMES_PER_SECOND, LABELLED_FRAMES, SECONDS
from ravs.data.composition.workers import map_with_library
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.errors import InputError, RavsError
from ravs.file_lock import LockedError, locked
from ravs.files import atomic_folder, hidden_sibling, write_atomic
from ravs.media import write_video
from ravs.parallel import ProgressFunction
from ravs.structures.palette import write_mask

CRF = 24


@dataclass(frozen=True, kw_only=True)
class ComposedSetSettings:
    """What decides a clip besides its subset and number; written to the set as composed.json."""

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
    progress: ProgressFunction | None = None,
) -> int:
    """Compose `count` clips of each subset into OUT/SUBSET/NNN; existing clips are kept.

    Returns: the number of new clips. Raises: InputError if OUT holds a set of other settings; RavsError if another run
    composes into it.
    """
    with exclusive_run(out):
        claim_folder(out, settings)
        wanted = [(subset, number) for subset in subsets for number in range(count)]
        missing = [key for key in wanted if not (out / key[0] / f"{key[1]:03d}" / "meta.json").exists()]
        made = 0
        for made, _ in enumerate(
            map_with_library(partial(_compose_one, out, settings), library, missing, jobs), start=1
        ):
            if progress:
                progress(len(wanted) - len(missing) + made, len(wanted))
        return made


def write_clip(folder: Path, plan: ClipPlan, library: Library, size: int) -> None:
    """Write a clip's folder atomically: video.mp4, masks/0.png … 4.png and meta.json."""
    with atomic_folder(folder) as part:
        (part / "masks").mkdir()
        instance_maps: list[np.ndarray] = []
        write_video(
            part / "video.mp4",
            _render_frames(plan, library, size, instance_maps),
            end_s=Fraction(SECONDS),
            sound=(plan.mix.waveform, SAMPLE_RATE_HZ),
            crf=CRF,
            threads=1,
        )
        indices = [obj.class_index for obj in plan.scene.objects]
        masks = class_masks(np.stack(instance_maps), indices, plan.mix.sounding)
        for second, mask in enumerate(masks):
            write_mask(part / "masks" / f"{second}.png", mask)
        (part / "meta.json").write_text(json.dumps(describe_clip(plan, size), indent=1) + "\n", encoding="utf-8")


def _render_frames(
    plan: ClipPlan, library: Library, size: int, instance_maps: list[np.ndarray]
) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Yield every frame with its time, and append the instance maps of labelled frames to `instance_maps`."""
    for number, (frame, instance_map) in enumerate(render(plan.scene, library, size, ALL_TIMES_S)):
        if number in LABELLED_FRAMES:
            instance_maps.append(instance_map)
        yield frame, Fraction(number, FRAMES_PER_SECOND)


def _compose_one(out: Path, settings: ComposedSetSettings, library: Library, key: tuple[str, int]) -> None:
    subset, number = key
    plan = plan_clip(library, subset, settings.seed, number)
    write_clip(out / plan.name, plan, library, settings.size)


@contextmanager
def exclusive_run(out: Path) -> Iterator[None]:
    """Context in which no other run composes into the folder. Raises: RavsError if one does already."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(hidden_sibling(out.resolve(), ".lock"), wait=False))
        except LockedError:
            raise RavsError(f"{out}: another run composes into it; wait for its end, or name another folder") from None
        yield


def claim_folder(out: Path, settings: ComposedSetSettings, form: str = "clips") -> None:
    """Write the settings of a new set to its folder, or check that the set in it has the same ones.

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
