"""What several test folders share: the folder of a tiny model, clips, a library and data sets, all drawn here."""

import csv
import gc
import importlib.util
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from support import shape_checks
from support.forked_python import start_server

shape_checks.install()  # in every process of tests, before anything imports the modules

FORKED_PYTHON = pytest.StashKey[Path]()

RATE_HZ = 32000

CLASSES = {"bell": "A", "horn": "A", "drum": "A", "whistle": "A", "kettle": "B"}
RECORDINGS = {"bell": 3, "horn": 2, "drum": 1, "whistle": 2, "kettle": 1}
COLUMNS = ("path", "kind", "class", "tier", "split", "group", "style", "licence", "author", "package")


def pytest_collection_finish(session):
    """What imports have made stays: the garbage collector need not look through it again. Forks are made of it."""
    gc.collect()
    gc.freeze()
    if not session.config.option.collectonly and any("forked_python" in item.fixturenames for item in session.items):
        session.config.stash[FORKED_PYTHON] = start_server(Path(tempfile.mkdtemp(prefix="ravs-tests-")))


def pytest_sessionfinish(session):
    if executable := session.config.stash.get(FORKED_PYTHON, None):
        shutil.rmtree(executable.parent)


@pytest.fixture(scope="session")
def forked_python(pytestconfig):
    """Path of a Python whose processes have imported everything: see tests/support/forked_python.py."""
    return str(pytestconfig.stash[FORKED_PYTHON])


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory):
    """A model of preset ravs-debug with random weights, saved as a user's would be. Biased to mark everything."""
    import torch

    from ravs.config import RavsConfig
    from ravs.inference.processor import RavsProcessor
    from ravs.modeling.ravs import RavsModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models") / "debug"
    config = RavsConfig.preset("ravs-debug")
    model = RavsModel(config)
    with torch.no_grad():
        model.heads.classify.bias.copy_(torch.tensor([-2.0, 2.0, 2.0]))
    model.save_pretrained(folder)
    RavsProcessor(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def draw_clip():
    """Writes a video of 48 x 32 pixels at 10 frames a second: a bright square that moves, and a tone."""
    from ravs.media import write_video

    def draw(path, *, seconds=2.5, sounds=True, volume=0.1):
        count = round(10 * seconds)
        frames = np.full((count, 32, 48, 3), 40, np.uint8)
        for index in range(count):
            frames[index, 8:20, index % 30 : index % 30 + 12] = (220, 60, 60)
        tone = volume * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
        sound = (np.stack([tone, tone]).astype(np.float32), RATE_HZ) if sounds else None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, ((frame, Fraction(i, 10)) for i, frame in enumerate(frames)), sound=sound, threads=1)
        return path

    return draw


def shape(number: int) -> np.ndarray:
    """A filled rectangle (even) or disc (odd) on nothing, as BGRA."""
    image = np.zeros((40 + 8 * number, 60, 4), np.uint8)
    color = (40 * number, 255 - 40 * number, 90, 255)
    if number % 2:
        cv2.circle(image, (30, image.shape[0] // 2), 18, color, -1)
    else:
        image[2:-2, 2:-2] = color
    return image


def tone(hertz: float, seconds: float) -> np.ndarray:
    """A sine of level -14 dBFS or so."""
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)[None]


def build_library(root: Path) -> Path:
    """Write the miniature library: train and val alike."""
    from ravs.media import write_wav

    rows: list[dict[str, str]] = []

    def add(path: str, kind: str, split: str, name: str = "", licence: str = "CC0-1.0") -> Path:
        values = (path, kind, name, CLASSES.get(name, ""), split, path, "photo", licence, "nobody", "none")
        rows.append(dict(zip(COLUMNS, values, strict=True)))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        return root / path

    for split in ("train", "val"):
        for number, name in enumerate(CLASSES):
            cutout = add(f"cutouts/{name}/{split}.png", "cutout", split, name)
            cv2.imwrite(str(cutout), shape(number))
            for take in range(RECORDINGS[name]):
                licence = "GPL-2+" if take else "CC0-1.0"
                sound = add(f"sounds/{name}/{split}{take}.wav", "sound", split, name, licence)
                write_wav(sound, tone(220 * (number + 1) + 20 * take, 1.2 + take), RATE_HZ)
        noise = np.random.default_rng(0).normal(0, 0.1, (1, RATE_HZ)).astype(np.float32)
        write_wav(add(f"ambient/{split}.wav", "ambient", split, licence="CC-BY-SA-3.0"), noise, RATE_HZ)
        for gray in (60, 180):
            ramp = np.tile(np.linspace(gray - 40, gray + 40, 120).astype(np.uint8)[None, :, None], (90, 1, 3))
            cv2.imwrite(str(add(f"backgrounds/{split}{gray}.jpg", "background", split)), ramp)
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"{index},{name},{tier}" for index, (name, tier) in enumerate(CLASSES.items(), start=1)]
    (root / "classes.csv").write_text("\n".join(["index,class,tier", *lines]) + "\n")
    return root


@pytest.fixture(scope="session")
def library_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the miniature library: four classes of tier A, one of tier B."""
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def library(library_root: Path):
    """Its train split, classes of tier A."""
    from ravs.data.library.library import Library

    return Library.read(library_root)


@pytest.fixture(scope="session")
def miniatures():
    """The module that writes miniature data sets, and single files of theirs."""
    spec = importlib.util.spec_from_file_location("miniatures", Path(__file__).parent / "data/datasets/miniatures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def miniature(tmp_path, miniatures):
    """miniature(format, folder=…, **options): the folder of a new set: s4, ms3, avss or vpo."""

    def write(format_name, folder=tmp_path, **options):
        return miniatures.WRITERS[format_name](folder, **options)

    return write
