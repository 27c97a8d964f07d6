"""The composed benchmark, the same for everyone: training scenes and four val sets; a stand-in for VPO."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
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
from ravs.parallel import ProgressFunction

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


@dataclass(frozen=True, kw_only=True)
class ComposedBenchmark:
    """Sizes and seeds of the benchmark."""

    scenes: int = 3000  # to train on; their audio is drawn again in each epoch
    train_seed: int = 1
    train_size: int = 128
    clips: int = 300  # of each val set
    val_seed: int = 1
    val_size: int = 224


PRESETS = {"benchmark": ComposedBenchmark()}


def compose_preset(
    name: str, request: ComposeRequest, out: Path | None, *, jobs: int = 1, progress: ProgressFunction | None = None
) -> list[str]:
    """Make a preset by name. Of the request only the library is used; jobs 0 starts a process for each core.

    Returns: lines about it. Raises: InputError for an unknown name, a missing folder, or a request with other changes.
    """
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}; there is {', '.join(PRESETS)}")
    if out is None:
        raise InputError("nothing to make: name the folder of the benchmark")
    default = ComposeRequest(library=request.library)
    changed = [
        each.name for each in fields(ComposeRequest) if getattr(request, each.name) != getattr(default, each.name)
    ]
    if changed:
        raise InputError(f"a preset is the same for everyone, and {' and '.join(changed)} belong to it: leave them out")
    return compose_benchmark(out, request.library, PRESETS[name], jobs=jobs, progress=progress)


def compose_benchmark(
    out: Path,
    library: Path,
    benchmark: ComposedBenchmark,
    *,
    recorded: Mapping[str, str] = RECORDED_HASHES,
    jobs: int = 1,
    progress: ProgressFunction | None = None,
) -> list[str]:
    """Make OUT/train (a scene pool), OUT/val (a composed set) and OUT/benchmark.json; what exists is kept.

    Returns: lines with the hashes, each compared with the recorded one.
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
    folder: Path, root: Path, benchmark: ComposedBenchmark, jobs: int, progress: ProgressFunction
) -> dict[str, str]:
    """Make the scene pool. Returns: its hashes."""
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


def _make_val(
    folder: Path, root: Path, benchmark: ComposedBenchmark, jobs: int, progress: ProgressFunction
) -> dict[str, str]:
    """Make the val sets. Returns: their hashes."""
    request = ComposeRequest(
        library=root, split="val", seed=benchmark.val_seed, size=benchmark.val_size, count=benchmark.clips
    )
    library = request.read_library()
    settings = request.settings(library)
    compose_set(folder, library, settings, subsets=request.subsets, count=request.count, jobs=jobs, progress=progress)
    return {
        "val_parts": library.fingerprint,
        "val_descriptions": hash_lines(_descriptions(folder, benchmark)),
        "val_masks": _hash_of_masks(folder, benchmark),
    }


def _shift_progress(progress: ProgressFunction | None, total_steps: int, offset: int, done: int, total: int) -> None:
    """Report progress of one part, offset by the parts before it."""
    if progress:
        progress(offset + done, total_steps)


def _clip_folders(root: Path, benchmark: ComposedBenchmark) -> Iterator[Path]:
    """Folders of the benchmark's clips, in order; the set may hold more."""
    return (root / subset / f"{number:03d}" for subset in SUBSETS for number in range(benchmark.clips))


def _descriptions(root: Path, benchmark: ComposedBenchmark) -> Iterator[str]:
    return ((folder / "meta.json").read_text(encoding="utf-8") for folder in _clip_folders(root, benchmark))


def _hash_of_masks(root: Path, benchmark: ComposedBenchmark) -> str:
    """SHA-256 of the masks' pixels, independent of how PNGs are compressed."""
    digest = hashlib.sha256()
    for folder in _clip_folders(root, benchmark):
        for path in sorted((folder / "masks").iterdir()):
            with Image.open(path) as image:
                digest.update(np.asarray(image).tobytes())
    return digest.hexdigest()


def _hash_line(key: str, found: str, recorded: str) -> str:
    comparison = "as recorded" if found == recorded else f"recorded is {recorded[:16]}"
    return f"{HASH_LABELS[key]}: {found[:16]}, {comparison}"


def _summary_line(hashes: Mapping[str, str], recorded: Mapping[str, str]) -> str:
    """What differing hashes mean for results."""
    if dict(hashes) == dict(recorded):
        return "this is the benchmark whose hashes are recorded"
    if any(hashes[key] != recorded[key] for key in ("train_parts", "val_parts")):
        return "another benchmark: the library lacks parts, or has others; see left_out.csv, or build it again"
    return (
        "another benchmark in detail: the parts are the same, but their files or the rendering libraries have other "
        "versions; results can be compared as between two seeds, not to the last digit"
    )
