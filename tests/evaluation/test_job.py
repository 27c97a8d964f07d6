"""Evaluations of miniature data sets: metrics known by hand, however they were computed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ravs.config.labels import AVSS_CLASSES
from ravs.errors import InputError, NoMatchError, RavsError
from ravs.evaluation.compare import compare
from ravs.evaluation.frame_predictor import FramePredictor
from ravs.evaluation.job import EvaluationJob, evaluate
from ravs.evaluation.records import Records
from ravs.evaluation.report import result_as_text, undefined_note
from ravs.evaluation.settings import parse_size

FORMATS = ("s4", "ms3", "avss", "vpo")


def metrics(result):
    return result["protocols"], result["subsets"], result["classes"], result["data_sha256"]


@pytest.mark.parametrize(("kind", "marks"), [("everything", True), ("nothing", False)])
def test_a_model_that_marks_all_or_nothing_scores_what_hand_counting_gives(make_request, miniature, kind, marks):
    result = evaluate(make_request(miniature("s4"), kind))
    found = result["protocols"]
    # seconds sound in 1, 2, 3, 4 and 4 of 4 quarters: 14 of 20
    assert found["dataset"]["j"] == pytest.approx(14 / 20 if marks else 0)
    assert found["dataset"]["f"] == pytest.approx(1.3 * 14 / (20 + 0.3 * 14) if marks else 0)
    assert found["avsbench"]["j"] == pytest.approx((1 / 4 + 2 / 4 + 3 / 4 + 1 + 1) / 5 if marks else 0)
    assert (result["videos"], result["frames"]) == (1, 5)
    assert result["setting"]["choices"]["split"] == "test"


def test_frames_without_a_label_are_not_scored(make_request, miniature):
    result = evaluate(make_request(miniature("s4"), "everything", split="train"))
    assert (result["frames"], result["protocols"]["dataset"]["j"]) == (1, 1 / 4)


@pytest.mark.parametrize("name", FORMATS)
def test_killed_and_run_again_gives_the_same_table_to_the_last_digit(make_request, miniature, tmp_path, name):
    data = miniature(name, folder=tmp_path / "data")
    whole = evaluate(make_request(data, split="train", binary=True))
    asked = make_request(data, split="train", binary=True, out="killed")

    def kill(done, total):
        if done == 1:
            raise KeyboardInterrupt

    if whole["videos"] > 1:
        with pytest.raises(KeyboardInterrupt):
            evaluate(asked, kill)
        job = EvaluationJob.open(asked)
        assert len(job.records("own").names()) == 1
    again = evaluate(asked)
    assert metrics(again) == metrics(whole)
    assert json.loads((tmp_path / "killed/own/result.json").read_text())["protocols"] == json.loads(
        json.dumps(whole["protocols"])
    )


def test_a_second_run_counts_nothing_again(make_request, miniature, monkeypatch):
    asked = make_request(miniature("avss"), binary=True)
    first = evaluate(asked)
    monkeypatch.setattr("ravs.evaluation.frame_predictor.predict_probabilities", None)
    assert metrics(evaluate(asked)) == metrics(first)


def test_the_number_of_workers_and_the_order_of_videos_change_no_digit(make_request, miniature, tmp_path, monkeypatch):
    data = miniature("avss", folder=tmp_path / "data")
    results = [evaluate(make_request(data, binary=True, out=f"workers{n}", workers=n)) for n in (1, 4)]
    assert metrics(results[0]) == metrics(results[1])
    shuffled = make_request(data, binary=True, out="shuffled")
    job = EvaluationJob.open(shuffled)
    job = replace(job, run=replace(job.run, entries=job.run.entries[::-1]))
    records = job.records("own")
    job.run.count_videos({"own": records})
    assert metrics(job.result(records)) == metrics(results[0])


def test_classes_are_matched_by_name_whatever_their_order(make_request, miniature, tmp_path):
    data = miniature("avss", folder=tmp_path / "data")
    names = [name.replace("-", "_") for name in AVSS_CLASSES[1:]]
    straight = evaluate(make_request(data, classes=names))
    job = EvaluationJob.open(make_request(data, classes=names[::-1], out="reversed"))
    assert job.run.predictor.class_indices == (0, *range(70, 0, -1))
    assert set(straight["protocols"]) == {"dataset", "avss", "avss_padded", "cavp", "ddeseg"}
    assert sorted(straight["subsets"]) == ["v1m", "v1s", "v2"]
    assert straight["frames"] == 5 + 5 + 10


def test_a_model_of_other_classes_is_refused_unless_sounding_alone_is_asked_for(make_request, miniature):
    data = miniature("avss")
    with pytest.raises(InputError, match=r"the model knows 1 classes, the set has 70, and they share 0: .*--binary"):
        evaluate(make_request(data))
    assert evaluate(make_request(data, "everything", binary=True))["protocols"]["dataset"]["j"] == 3 / 4


def test_a_video_that_cannot_be_read_does_not_stop_the_others_and_is_asked_for_again(make_request, miniature):
    data = miniature("avss")
    broken = data / "v1m/v1mtest_0_5000/frames/3.jpg"
    content = broken.read_bytes()
    broken.write_bytes(b"")
    asked = make_request(data, binary=True)
    with pytest.raises(
        RavsError, match=r"1 of 3 videos could not be evaluated \(v1m/v1mtest_0_5000: .*3\.jpg"
    ) as error:
        evaluate(asked)
    assert error.value.exit_code == 1
    assert len(Records(asked.out / "own").names()) == 2
    broken.write_bytes(content)
    assert evaluate(asked)["videos"] == 3


def test_audio_that_is_not_finite_is_a_video_that_cannot_be_evaluated_and_its_file_is_named(
    make_request, miniature, miniatures
):
    data = miniature("ms3")
    (wav,) = data.rglob("audio_wav/test/*.wav")
    miniatures.save_floats(wav, np.full(80000, np.inf))
    with pytest.raises(RavsError, match=rf"1 of 1 videos .*\(ms3/test_ms: .*test/{wav.name}: .* not finite") as error:
        evaluate(make_request(data))
    assert error.value.exit_code == 1


def test_a_set_without_a_labelled_pixel_has_no_metrics(make_request, miniature, miniatures):
    data = miniature("avss", subsets=("v1m",))
    miniatures.fill_masks(data, "test", 255)
    asked = make_request(data, binary=True)
    for work in (lambda: evaluate(asked), lambda: compare([asked.out, asked.out])):
        with pytest.raises(RavsError, match="no pixel of the 1 videos of split test is labelled, so no fig") as error:
            work()
        assert error.value.exit_code == 1
    assert not (asked.out / "own/result.json").exists()


def test_a_protocol_without_a_metric_is_named_with_its_reason(make_request, miniature, miniatures):
    data = miniature("avss", subsets=("v1m",))
    miniatures.fill_masks(data, "test", 0)
    result = evaluate(make_request(data, "nothing", binary=True))  # nothing sounds, and nothing is marked
    assert undefined_note(result) == (
        "undefined: dataset (J, F, J&F): no class that counts there occurs in truth or prediction"
    )
    assert "dataset   undefined" in result_as_text(result) and "nan" not in result_as_text(result)
    assert undefined_note(evaluate(make_request(data, "everything", binary=True, out="other"))) == ""


def test_counts_of_another_setting_are_not_mixed_in(make_request, miniature):
    data = miniature("s4")
    evaluate(make_request(data))
    with pytest.raises(InputError, match=r"holds another evaluation \(threshold 0.5 instead of 0.4\): name another"):
        evaluate(make_request(data, threshold=0.4))
    with pytest.raises(InputError, match=r"\(name chance instead of everything; other sha256\)"):
        evaluate(make_request(data, "everything"))


def test_protocols_and_batch_size_may_be_chosen_afterwards(make_request, miniature):
    data = miniature("s4")
    evaluate(make_request(data))
    result = evaluate(make_request(data, protocols="avsbench,avss", batch_size=2))
    assert set(result["protocols"]) == {"avsbench", "avss"} and result["protocols"]["avsbench"]["batch_size"] == 2


def test_a_library_is_composed_in_memory_and_its_negatives_are_silent(make_request, library_root, library):
    asked = make_request(library_root, "nothing", library.classes, clips=2, seeds=(1, 2))
    seen = []
    result = evaluate(asked, lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 16) and seen[-1] == (16, 16)
    negatives = [name for name in result["subsets"] if name.startswith("negative ")]
    assert set(result["subsets"]) == {"ms", "msmi", "ss", *negatives}
    assert all(part["dataset"]["marked"] == 0 for part in result["subsets"].values())
    assert sum(result["subsets"][name]["dataset"]["silent_frames"] for name in negatives) == 20
    assert result["protocols"]["dataset"]["look_alike_frames"] is not None
    assert "dataset, by subset" in result_as_text(result)


def test_of_a_model_that_knows_more_the_classes_of_the_library_are_evaluated(make_request, library_root, library):
    names = ("saw", *library.classes)  # no part of the library is a saw
    job = EvaluationJob.open(make_request(library_root, "nothing", names, clips=2, seeds=(1,)))
    assert job.classes == ("background", *library.classes)
    assert job.run.predictor.class_indices == (0, *range(2, len(names) + 1))
    assert f"{len(library.classes)} of the model's {len(names)} classes" in job.run.data.title
    with pytest.raises(InputError, match="split 'val' has a cut-out and a recording of none of the 1 classes"):
        EvaluationJob.open(make_request(library_root, "nothing", ("saw",), clips=2, seeds=(1,)))


def test_what_is_not_there_is_said(make_request, miniature, tmp_path):
    with pytest.raises(NoMatchError, match="no such folder"):
        evaluate(make_request(tmp_path / "none"))
    with pytest.raises(InputError, match="has nothing of 'tset'"):
        evaluate(make_request(miniature("s4"), split="tset"))
    with pytest.raises(InputError, match="no protocol 'iou'"):
        evaluate(make_request(miniature("s4"), protocols="iou"))
    with pytest.raises(InputError, match="size is 'big'"):
        parse_size("big")
    assert (parse_size("original"), parse_size("224")) == (None, 224)


def test_truth_of_another_size_is_scored_as_asked(make_request, miniature):
    data = miniature("avss")
    assert [evaluate(make_request(data, binary=True, out=str(size), size=size))["frames"] for size in (None, 48)] == [
        20,
        20,
    ]
    records = Records(make_request(data, out="None").out / "own")
    pixels = {np.int64(records.read(name).sums["dataset"]["heard"][3]) for name in records.names()}
    assert pixels == {5 * 24 * 24, 10 * 24 * 24}


def test_vpo_is_read_in_stereo_or_in_mono_and_its_parts_are_named_in_any_case(make_request, miniature):
    data = miniature("vpo")
    channels = {}
    for mono in (False, True):
        run = EvaluationJob.open(make_request(data, binary=True, subset="vpo-ss", mono=mono)).run
        assert {entry.subset for entry in run.entries} == {"VPO-SS"}
        channels[mono] = len(run.data.read(run.entries[0]).waveform)
    assert channels == {False: 2, True: 1}


def test_only_vpo_has_a_mono_form(make_request, miniature):
    with pytest.raises(InputError, match="mono is a form of VPO alone"):
        evaluate(make_request(miniature("s4"), mono=True))


def test_changed_files_are_counted_again_and_only_they(make_request, miniature, miniatures, monkeypatch):
    data = miniature("avss")
    asked = make_request(data, "everything", binary=True)
    assert evaluate(asked)["protocols"]["dataset"]["j"] == 3 / 4
    for mask in (data / "v2/v2test_0_5000/labels_semantic").iterdir():
        miniatures.save_mask(mask, miniatures.quarters(0, 0, 0, 1, size=24), "L")
    counted = []
    plain = FramePredictor.frames
    monkeypatch.setattr(FramePredictor, "frames", lambda self, clip: counted.append(clip.name) or plain(self, clip))
    assert evaluate(asked)["protocols"]["dataset"]["j"] == (10 * 3 / 4 + 10 * 1 / 4) / 20
    assert counted == ["v2/v2test_0_5000"]


@pytest.mark.parametrize("content", [b"", b"rubbish", "half"])
def test_a_broken_record_is_counted_again_and_not_compared(make_request, miniature, content):
    asked = make_request(miniature("ms3"))
    whole = evaluate(asked)
    (record,) = (asked.out / "own/videos").rglob("*.npz")
    record.write_bytes(record.read_bytes()[:-30] if content == "half" else content)
    with pytest.raises(InputError, match=r"npz is broken or missing: run ravs evaluate again"):
        compare([asked.out, asked.out])
    assert metrics(evaluate(asked)) == metrics(whole)


@pytest.mark.parametrize(("content", "message"), [("{", "is broken"), ("{}", "another version")])
def test_a_broken_setting_says_what_to_do(make_request, miniature, content, message):
    asked = make_request(miniature("ms3"))
    evaluate(asked)
    (asked.out / "own/setting.json").write_text(content)
    for work in (lambda: evaluate(asked), lambda: compare([asked.out / "own", asked.out / "own"])):
        with pytest.raises(InputError, match=f"{message}.*remove .* and evaluate again"):
            work()


def test_ambient_audio_of_another_source_is_another_evaluation(make_request, miniature, library_root):
    data = miniature("ms3")
    evaluate(make_request(data, sound="ambient"))
    with pytest.raises(InputError, match="ambient pink noise instead of recordings of"):
        evaluate(replace(make_request(data, sound="ambient"), ambient_from=library_root))


def test_folders_are_named_after_what_is_not_usual(make_request, miniature):
    data = miniature("s4")
    places = [
        EvaluationJob.open(make_request(data, **more)).default_folder().name
        for more in ({"size": 224}, {"size": None, "threshold": 0.25}, {"binary": True})
    ]
    name = data.name
    assert places == [f"{name}-test", f"{name}-test-original-threshold0.25", f"{name}-test-binary-32px"]


def test_negative_seeds_and_a_library_in_mono_are_refused(make_request, library_root, library):
    with pytest.raises(InputError, match="a seed is -1"):
        evaluate(make_request(library_root, classes=library.classes, seeds=(-1,)))
    with pytest.raises(InputError, match="mono is a form of VPO alone"):
        evaluate(make_request(library_root, classes=library.classes, mono=True))
