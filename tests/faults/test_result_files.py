"""Damaged files of results, masks and data sets, read in process: read, or refused by an error of ours in one line."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import ravs
from faults.damage import apply, damage
from ravs.data.library.library import Library
from ravs.data.mask_files import label_table, read_labels
from ravs.errors import RavsError
from ravs.evaluation.records import Records, VideoRecord
from ravs.evaluation.scoring.prediction_files import load_array
from ravs.structures.json_document import read_document
from ravs.structures.model_output import ModelOutput

TABLE = label_table({0: 0, 1: 1, 2: 2})


@pytest.fixture(scope="session")
def whole(tmp_path_factory, model_folder, draw_clip, library_root) -> dict[str, bytes]:
    """A file of each kind, by its name."""
    folder = tmp_path_factory.mktemp("files")
    result = ravs.load(model_folder, "cpu").segment(draw_clip(folder / "a.mp4", seconds=1.5))
    result.save(folder / "result")
    Image.fromarray(np.eye(30, dtype=np.uint8)).save(folder / "mask.png")
    np.save(folder / "scores.npy", np.zeros((3, 8, 8), np.float32))
    counts = {"dataset": {"inter": np.ones((2, 3)), "union": np.ones(4)}}
    Records(folder / "counts").write(VideoRecord("a", "s", 1, "stamp", "hash", counts))
    (folder / "manifest.csv").write_bytes((library_root / "manifest.csv").read_bytes())
    files = [path for path in folder.rglob("*") if path.suffix in (".npz", ".json", ".png", ".npy", ".csv")]
    return {path.name: path.read_bytes() for path in files}


def read(name: str, path: Path, library_root: Path) -> None:
    """Read a file as what its name says that it is."""
    match name:
        case "model-output.npz":
            list(ModelOutput.read(path).windows())
        case "a.npz":
            Records(path.parent.parent).read("a")
        case "mask.png":
            read_labels(path, TABLE)
        case "scores.npy":
            np.asarray(load_array(path)).sum()
        case "manifest.csv":
            (path.parent / "classes.csv").write_bytes((library_root / "classes.csv").read_bytes())
            Library.read(path.parent)
        case _:
            read_document(path)


def read_damaged(whole, library_root, folder: Path, name: str, changes: list) -> None:
    path = folder / "videos" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(apply(whole[name], changes))
    try:
        read(name, path, library_root)
    except RavsError as error:
        assert "\n" not in str(error)


NAMES = ("model-output.npz", "a.npz", "mask.png", "scores.npy", "manifest.csv", "result.json")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15)
@given(changes=damage("png"))
def test_a_few_damaged_files_are_read_or_refused(whole, library_root, tmp_path_factory, name, changes):
    read_damaged(whole, library_root, tmp_path_factory.getbasetemp() / "few", name, changes)


@pytest.mark.faults
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=400)
@given(changes=damage("png"))
def test_hundreds_of_damaged_files_are_read_or_refused(whole, library_root, tmp_path_factory, name, changes):
    read_damaged(whole, library_root, tmp_path_factory.getbasetemp() / "many", name, changes)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.integers(0, 999), values)
def test_a_document_with_any_value_anywhere_is_read_or_refused(whole, tmp_path_factory, number, value):
    document = json.loads(whole["result.json"])
    places = list(places_of(document))
    owner, key = places[number % len(places)]
    owner[key] = value
    path = tmp_path_factory.getbasetemp() / "odd.json"
    path.write_text(json.dumps(document))
    try:
        read_document(path)
    except RavsError as error:
        assert "\n" not in str(error)


def places_of(value):
    """Every (container, key) in nested JSON."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places_of(value[key])
