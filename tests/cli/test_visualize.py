import pytest


@pytest.fixture
def draw(ravs, model_folder):
    """`ravs visualize` with the tiny model, or another."""
    return lambda *words, model=model_folder: ravs("visualize", model, *words, model=None)


def test_what_is_drawn_and_where_is_printed(draw, place, tmp_path):
    place("a.mp4", "a.mp4")
    run = draw("a.mp4", "-o", "figures", "--start", "0:01", "--end", "2")
    assert (run.code, run.err) == (0, "")
    first, *files = run.out.splitlines()
    assert first == "drawn: 0:01–0:02 of 0:02.5; --start and --end draw other seconds"
    assert files == [f"figures/groups-stage{stage}.png" for stage in (1, 2, 3)] + [
        "figures/response.png",
        "figures/uncertainty.png",
    ]
    assert all((tmp_path / name).is_file() for name in files)


def test_a_missing_video_ends_with_four(draw, place):
    run = draw("nowhere.mp4")
    assert (run.code, run.out, run.err.count("\n")) == (4, "", 1)
    assert "no file 'nowhere.mp4'" in run.err


def test_a_missing_model_ends_with_three(draw, place):
    place("a.mp4", "a.mp4")
    run = draw("a.mp4", model="nowhere")
    assert (run.code, run.out, run.err.count("\n")) == (3, "", 1)


def test_a_video_without_sound_ends_with_one_and_writes_nothing(draw, place, tmp_path):
    place("trackless.mp4", "a.mp4")
    assert draw("a.mp4", "-o", "figures").code == 1
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize("words", [("--start", "soon"), ("--start", "2", "--end", "1"), ("--start", "60")])
def test_a_part_that_cannot_be_ends_with_two(draw, place, words):
    place("a.mp4", "a.mp4")
    run = draw("a.mp4", *words)
    assert (run.code, run.err.count("\n")) == (2, 1)


def test_several_models_are_compared_on_the_last_word(ravs, model_folder, place, tmp_path):
    place("a.mp4", "a.mp4")
    run = ravs("visualize", model_folder, model_folder, "a.mp4", "-o", "figures", model=None)
    assert (run.code, run.out.splitlines()[1:]) == (0, ["figures/comparison.png"])


def test_a_video_alone_ends_with_two(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("visualize", "a.mp4", model=None)
    assert (run.code, run.err.count("\n")) == (2, 1)
    assert "no model" in run.err


def test_a_data_sets_clip_is_drawn_with_its_truth(ravs, model_folder, miniature, place, tmp_path):
    miniature("avss", folder=tmp_path / "AVSS", subsets=("v1m",))
    words = ("--data", "AVSS", "--subset", "v1m", "--split", "val", "--index", "0")
    run = ravs("visualize", model_folder, *words, model=None)
    assert (run.code, run.err) == (0, "")
    first, *files = run.out.splitlines()
    assert first == "drawn: v1m/v1mval_0_5000 of AVSBench-semantic, v1m val"
    assert files[0] == "ravs-figures/v1m-v1mval_0_5000/groups-stage1.png" and len(files) == 6
    assert files[-2:] == [f"ravs-figures/v1m-v1mval_0_5000/{name}.png" for name in ("uncertainty", "comparison")]
    assert all((tmp_path / name).is_file() for name in files)


@pytest.mark.parametrize(
    ("words", "said"), [(("--index", "9"), "--index 9: the set of"), (("--end", "2"), "--end 2 is of a video")]
)
def test_a_choice_that_does_not_fit_a_data_set_ends_with_two(ravs, model_folder, miniature, place, words, said):
    run = ravs("visualize", model_folder, "--data", miniature("s4"), *words, model=None)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1) and said in run.err
