import json
from pathlib import Path

import pytest

from ravs.cli.main import main
from ravs.data.composition.clip_plan import describe_clip, plan_clip
from ravs.data.composition.composed_benchmark import HELD_OUT, ComposedBenchmark, compose_benchmark, compose_preset
from ravs.data.composition.request import ComposeRequest
from ravs.data.composition.scene import SUBSETS
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import hash_lines

SMALL = ComposedBenchmark(scenes=2, train_size=16, clips=1, val_size=32)
NOTHING = dict.fromkeys(("train_parts", "val_parts", "train_scenes", "val_descriptions", "val_masks"), "0" * 64)


@pytest.fixture(scope="module")
def made(library_root, tmp_path_factory):
    out = tmp_path_factory.mktemp("benchmark")
    return out, compose_benchmark(out, library_root, SMALL, recorded=NOTHING)


def hashes_of(out):
    return json.loads((out / "benchmark.json").read_text())["hashes"]


def test_the_parts_that_are_held_out_are_those_of_the_examples():
    assert HELD_OUT.read_text() == (Path(__file__).parents[3] / "examples" / "held_out.csv").read_text()


def test_a_scene_pool_to_train_on_and_four_val_sets_are_made(made):
    out, lines = made
    assert sorted(path.name for path in out.iterdir()) == ["benchmark.json", "train", "val"]
    assert sorted(path.parent.name for path in (out / "val").glob("*/000")) == sorted(SUBSETS)
    assert json.loads((out / "val" / "composed.json").read_text())["split"] == "val"
    assert lines[0] == f"{out}: 2 scenes to train on, 4 val sets of 1 clips"


def test_the_hash_of_descriptions_can_be_computed_without_rendering(made, library_root):
    library = Library.read(library_root, "val")
    plans = (plan_clip(library, subset, 1, 0) for subset in SUBSETS)
    texts = (json.dumps(describe_clip(plan, 32), indent=1) + "\n" for plan in plans)
    assert hashes_of(made[0])["val_descriptions"] == hash_lines(texts)


def test_a_second_run_makes_nothing_and_finds_the_same_hashes(made, library_root):
    out, lines = made
    video = out / "val" / "ss" / "000" / "video.mp4"
    before = video.stat().st_mtime_ns
    steps = []
    again = compose_benchmark(out, library_root, SMALL, recorded=NOTHING, progress=lambda *step: steps.append(step))
    assert again == lines and video.stat().st_mtime_ns == before and steps == []


def test_a_lost_clip_comes_back_as_it_was(made, library_root):
    out, _ = made
    before = hashes_of(out)
    (out / "val" / "ms" / "000").rename(out / "val" / "ms" / ".000.part")
    steps = []
    compose_benchmark(out, library_root, SMALL, recorded=NOTHING, progress=lambda *step: steps.append(step))
    assert hashes_of(out) == before and steps == [(6, 6)]


def test_recorded_hashes_are_confirmed_and_others_are_reported(made, library_root):
    out, lines = made
    found = hashes_of(out)
    same = compose_benchmark(out, library_root, SMALL, recorded=found)
    assert same[-1] == "this is the benchmark whose hashes are recorded"
    assert all(line.endswith(", as recorded") for line in same[1:-1])
    other = compose_benchmark(out, library_root, SMALL, recorded=found | {"val_masks": "f" * 64})
    assert f"masks of the val clips: {found['val_masks'][:16]}, recorded is ffffffffffffffff" in other
    assert other[-1].startswith("another benchmark in detail")
    assert lines[-1].startswith("another benchmark: the library lacks parts")


def test_a_changed_mask_changes_the_hash(made, library_root, tmp_path):
    out, _ = made
    before = hashes_of(out)
    path = out / "val" / "ss" / "000" / "masks" / "0.png"
    kept = path.read_bytes()
    path.write_bytes((out / "val" / "negative" / "000" / "masks" / "0.png").read_bytes())
    compose_benchmark(out, library_root, SMALL, recorded=NOTHING)
    changed = hashes_of(out)
    path.write_bytes(kept)
    compose_benchmark(out, library_root, SMALL, recorded=NOTHING)
    assert hashes_of(out) == before
    empty = kept == (out / "val" / "negative" / "000" / "masks" / "0.png").read_bytes()
    assert empty or {key for key in before if before[key] != changed[key]} == {"val_masks"}


def test_what_a_preset_fixes_cannot_be_chosen(library_root, tmp_path):
    with pytest.raises(InputError, match="count and seed belong to it: leave them out"):
        compose_preset("benchmark", ComposeRequest(library=library_root, count=3, seed=4), tmp_path)
    with pytest.raises(InputError, match="no preset 'bench'; there is benchmark"):
        compose_preset("bench", ComposeRequest(library=library_root), tmp_path)


def test_the_command_line_asks_for_a_folder(capsys, library_root):
    assert main(["compose", "--preset", "benchmark", "--library", str(library_root)]) == 2
    assert "name the folder of the benchmark" in capsys.readouterr().err
