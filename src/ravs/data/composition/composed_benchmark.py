"""The composed benchmark, the same for everyone: scenes to train on, and four val sets; a stand-in for VPO."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ravs.data.composition.clip_writer import compose_set
from ravs.data.composition.request import ComposeRequest
from ravs.data.composition.scene import SUBSETS
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import hash_lines, write_atomic

HELD_OUT = Path(__file__).parent / "held_out.csv"  # parts of the example clips, never trained on
RECORDED_HASHES = {
    "train_parts": "35080381d61fafac",
    "val_parts": "9c09baa80dc5965a",
    "train_scenes": "04f34db92b6beb166f21cc1b544b5f2cef706acb92b55aa5dbfee2c713956b1a",
    "val_descriptions": "343738f70371074854c74b8f5b105123fc7aa93caef0aaeaeff926135fc10c81",
    "val_masks": "17a582a7c9c9e485d1349882e0babd06f84287605b8adc79aad5d7049c7c7ebf",
}
HASH_LABELS = {
    "train_parts": "parts to train with",
    "val_parts": "parts of the val sets",
    "train_scenes": "scenes to train on",
    "val_descriptions": "descriptions of the val clips",
    "val_masks": "masks of the val clips",
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class ComposedBenchmark:
    """What is made."""

    scenes: int = 3000  # of the train stream; their sound is drawn at each visit
    train_seed: int = 1
    train_size: int = 128
    clips: int = 300  # of each val set
    val_seed: int = 1
    val_size: int = 224


PRESETS = {"benchmark": ComposedBenchmark()}


def compose_preset(
    name: str, order: ComposeRequest, out: Path | None, *, jobs: int = 1, progress: Progress | None = None
) -> list[str]:
    """Make a preset by its name; of the order only the library counts, jobs 0 takes a process for each core.

    Returns: lines about it. Raises: InputError for an unknown name, a missing folder, or an order of something else.
    """
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}; there is {', '.join(PRESETS)}")
    if out is None:
        raise InputError("nothing to make: name the folder of the benchmark")
    plain = ComposeRequest(library=order.library)
    changed = [each.name for each in fields(ComposeRequest) if getattr(order, each.name) != getattr(plain, each.name)]
    if changed:
        raise InputError(f"a preset is the same for everyone, and {' and '.join(changed)} belong to it: leave them out")
    return compose_benchmark(out, order.library, PRESETS[name], jobs=jobs, progress=progress)


def compose_benchmark(
    out: Path,
    library: Path,
    benchmark: ComposedBenchmark,
    *,
    recorded: Mapping[str, str] = RECORDED_HASHES,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[str]:
    """Make OUT/train (a pool of scenes), OUT/val (a composed set) and OUT/benchmark.json; what is there is kept.

    Returns: lines that name the hashes, and say of each whether it is the recorded one.
    Raises: InputError if the folder holds a benchmark of another library, or for a library that cannot be read.
    """
    jobs = jobs or os.cpu_count() or 1
    shifted = partial(_shift_progress, progress, benchmark.scenes + benchmark.clips * len(SUBSETS))
    hashes = {
        **_make_train(out / "train", library, benchmark, jobs, partial(shifted, 0)),
        **_make_val(out / "val", library, benchmark, jobs, partial(shifted, benchmark.scenes)),
    }
    document = {"benchmark": asdict(benchmark), "hashes": hashes, "recorded": dict(recorded)}
    write_atomic(out / "benchmark.json", json.dumps(document, indent=1) + "\n")
    return [
        f"{out}: {benchmark.scenes} scenes to train on, {len(SUBSETS)} val sets of {benchmark.clips} clips",
        *(_hash_line(key, value, recorded[key]) for key, value in hashes.items()),
        _summary_line(hashes, recorded),
    ]


def _make_train(
    folder: Path, root: Path, benchmark: ComposedBenchmark, jobs: int, progress: Progress
) -> dict[str, str]:
    """The pool of scenes. Returns: its hashes."""
    library = Library.read(root, "train", held_out=HELD_OUT)
    pool = ScenePool.build(
        folder,
        library,
        count=benchmark.scenes,
        side=benchmark.train_size,
        seed=benchmark.train_seed,
        jobs=jobs,
        progress=progress,
    )
    scenes = hash_lines(scene.as_json() for scene in pool.scenes)
    return {"train_parts": library.fingerprint, "train_scenes": scenes}


def _make_val(folder: Path, root: Path, benchmark: ComposedBenchmark, jobs: int, progress: Progress) -> dict[str, str]:
    """The val sets. Returns: their hashes."""
    order = ComposeRequest(
        library=root, split="val", seed=benchmark.val_seed, size=benchmark.val_size, count=benchmark.clips
    )
    library = order.read_library()
    settings = order.settings(library)
    compose_set(folder, library, settings, subsets=order.subsets, count=order.count, jobs=jobs, progress=progress)
    return {
        "val_parts": library.fingerprint,
        "val_descriptions": hash_lines(_descriptions(folder, benchmark)),
        "val_masks": _hash_of_masks(folder, benchmark),
    }


def _shift_progress(progress: Progress | None, whole: int, before: int, done: int, total: int) -> None:
    """Count on where the part before ended."""
    if progress:
        progress(before + done, whole)


def _clip_folders(root: Path, benchmark: ComposedBenchmark) -> Iterator[Path]:
    """Of the benchmark's clips, in its order: the set may hold more."""
    return (root / subset / f"{number:03d}" for subset in SUBSETS for number in range(benchmark.clips))


def _descriptions(root: Path, benchmark: ComposedBenchmark) -> Iterator[str]:
    return ((folder / "meta.json").read_text(encoding="utf-8") for folder in _clip_folders(root, benchmark))


def _hash_of_masks(root: Path, benchmark: ComposedBenchmark) -> str:
    """SHA-256 of the masks' pixels; how a PNG is packed does not count."""
    digest = hashlib.sha256()
    for folder in _clip_folders(root, benchmark):
        for path in sorted((folder / "masks").iterdir()):
            with Image.open(path) as picture:
                digest.update(np.asarray(picture).tobytes())
    return digest.hexdigest()


def _hash_line(key: str, found: str, recorded: str) -> str:
    same = "as recorded" if found == recorded else f"recorded is {recorded[:16]}"
    return f"{HASH_LABELS[key]}: {found[:16]}, {same}"


def _summary_line(hashes: Mapping[str, str], recorded: Mapping[str, str]) -> str:
    """What another hash means for figures."""
    if dict(hashes) == dict(recorded):
        return "this is the benchmark whose hashes are recorded"
    if any(hashes[key] != recorded[key] for key in ("train_parts", "val_parts")):
        return "another benchmark: the library lacks parts, or has others; see left_out.csv, or build it anew"
    return (
        "another benchmark in detail: the parts are the same, but their files or the libraries that draw are of other "
        "versions; figures can be compared as between two seeds, not to the last digit"
    )
