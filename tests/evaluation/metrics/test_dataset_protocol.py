"""Our own protocol, worked by hand and by brute force."""

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.evaluation.metrics.frame_counts import FrameCounts, ScoredFrame
from ravs.evaluation.metrics.scoreboard import PROTOCOLS, choose_protocols, count_frame, join_frames

TRUTH = np.array([[1, 1, 0, 0], [2, 2, 0, 255]], np.uint8)
MARKED = np.array([[1, 0, 3, 0], [2, 1, 0, 3]], np.uint8)


def frame(labels, truth, classes=4, **more):
    return ScoredFrame(
        labels=np.asarray(labels, np.uint8), truth=np.asarray(truth, np.uint8), num_classes=classes, **more
    )


def random_videos(classes, seed=0, count=6):
    rng = np.random.default_rng(seed)
    return [
        [
            frame(
                rng.integers(0, classes, (9, 11)),
                rng.integers(0, classes, (9, 11)) * (rng.random() < 0.8),
                classes,
                second=second,
                probability=rng.random((9, 11)).astype(np.float32),
                confidence=rng.random((9, 11)).astype(np.float32),
                uncertainty=rng.random((9, 11)).astype(np.float32),
                look_alike=bool(rng.random() < 0.3),
            )
            for second in range(5)
        ]
        for _ in range(count)
    ]


def test_classes_are_averaged_without_background_and_without_those_that_occur_nowhere(score):
    found = score([frame(MARKED, TRUTH, 6)], protocols="dataset")["dataset"]
    j = [1 / 3, 1 / 2, 0]  # classes 1, 2, 3; 4 and 5 are nowhere; the ignored pixel counts nowhere
    assert found["j"] == pytest.approx(np.mean(j))
    assert found["j_with_background"] == pytest.approx(np.mean([2 / 4, *j]))
    f = [1.3 * 1 / (2 + 0.3 * 2), 1.3 * 1 / (1 + 0.3 * 2), 0]
    assert found["f"] == pytest.approx(np.mean(f))
    assert found["sounding_j"] == pytest.approx(3 / 5)
    assert found["class_accuracy"] == pytest.approx(2 / 3)
    assert found["marked"] == pytest.approx(4 / 7)


def test_silent_frames_give_the_false_positive_rate_and_frames_are_classified_rightly_or_wrongly(score):
    silent, loud = np.zeros((2, 4)), np.ones((2, 4))
    marked = [[1, 0, 0, 0], [0, 0, 0, 0]]
    videos = [frame(marked, silent, 2), frame(silent, silent, 2)], [frame(silent, loud, 2), frame(loud, loud, 2)]
    found = score(*videos, protocols="dataset")["dataset"]
    assert found["false_positive_rate"] == 1 / 16
    assert found["sounding_accuracy"] == 2 / 4
    assert found["silent_frames"] == 2


def test_transition_frames_are_those_whose_neighbors_in_time_differ(score):
    bell, horn, none = np.full((1, 2), 1), np.full((1, 2), 2), np.zeros((1, 2))
    right = [frame(true, true, 3, second=second) for second, true in ((0, bell), (1, bell), (2, horn), (3, horn))]
    wrong = frame(none, none, 3, second=9)  # far away in time
    found = score([*right, wrong], protocols="dataset")["dataset"]
    assert found["transition_frames"] == 2
    assert found["transition_j"] == 1
    found = score([right[i] for i in (2, 0, 3, 1)], protocols="dataset")["dataset"]
    assert found["transition_frames"] == 2  # whatever the order they come in
    missed = [frame(none, true, 3, second=second) for second, true in enumerate((none, horn, horn, horn))]
    found = score(missed, protocols="dataset")["dataset"]
    assert (found["transition_frames"], found["transition_j"], found["j"]) == (2, 0, 0)


def test_look_alike_frames_are_counted_apart_and_none_is_reported_where_the_set_does_not_know(score):
    right = frame([[1, 0]], [[1, 0]], 2, look_alike=True)
    wrong = frame([[0, 1]], [[1, 0]], 2, look_alike=False)
    found = score([right, wrong], protocols="dataset")["dataset"]
    assert (found["look_alike_frames"], found["look_alike_j"], found["j"]) == (1, 1, 1 / 3)
    assert score([frame([[1, 0]], [[1, 0]], 2)], protocols="dataset")["dataset"]["look_alike_frames"] is None


def test_a_frame_without_a_labelled_pixel_is_no_frame():
    assert count_frame(choose_protocols("all", 2), frame([[1, 1]], [[255, 255]], 2)) is None


@pytest.mark.parametrize("classes", [2, 5])
def test_shuffling_and_cutting_videos_changes_no_digit(score, classes):
    videos = random_videos(classes)
    shuffled = [videos[i] for i in (4, 0, 5, 2, 1, 3)]
    assert score(*shuffled, protocols="dataset") == score(*videos, protocols="dataset")


def test_the_best_f_is_what_comparing_with_256_thresholds_gives(score):
    (video,) = random_videos(2, seed=5, count=1)
    probability, truth = (np.stack([getattr(one, name) for one in video]) for name in ("probability", "truth"))
    best = 0.0
    for threshold in np.arange(256) / 256:
        marked = probability >= threshold
        found = (marked & (truth > 0)).sum()
        best = max(best, 1.3 * found / (marked.sum() + 0.3 * (truth > 0).sum()))
    assert score(video, protocols="dataset")["dataset"]["f_max"] == pytest.approx(best)


def test_without_scores_the_best_f_is_that_of_the_mask_or_of_everything(score):
    found = score([frame([[1, 0, 0]], [[1, 1, 0]], 2)], protocols="dataset")["dataset"]
    assert found["f_max"] == found["f"] == pytest.approx(1.3 / (1 + 0.3 * 2))
    assert found["ece"] is None and found["aurc"] is None


def test_intervals_hold_the_figure_and_follow_from_the_seed(score):
    videos = random_videos(2, count=30)
    once, again, other = (score(*videos, seed=seed)["dataset"] for seed in (0, 0, 1))
    assert once["interval"] == again["interval"] != other["interval"]
    low, high = once["interval"]["j"]
    assert low < once["j"] < high < low + 0.2


def test_the_bootstrap_is_what_scoring_resampled_videos_gives(score):
    from ravs.evaluation.metrics.bootstrap import resample_weights
    from ravs.evaluation.metrics.scoreboard import Scoreboard

    videos = random_videos(3, count=4)
    protocols = choose_protocols("dataset,avss,ddeseg", 3)
    board = Scoreboard(protocols)
    for number, video in enumerate(videos):
        board.add(str(number), join_frames(protocols, [count_frame(protocols, one) for one in video]), len(video))
    (weights,) = resample_weights(4, seed=7, resamples=3)
    for row, resample in enumerate(weights):
        again = [video for video, times in zip(videos, resample, strict=True) for _ in range(int(times))]
        whole = score(*again, protocols="dataset,avss,ddeseg")
        for name, tally in board.tallies.items():
            assert tally.resampled(seed=7, resamples=3)["j"][row] == pytest.approx(whole[name]["j"])


def test_sizes_and_values_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"labels has size \(1, 2\), the truth \(1, 3\)"):
        frame([[1, 0]], [[1, 0, 0]])
    with pytest.raises(InputError, match="truth holds the value 7; with 4 classes"):
        frame([[1, 0]], [[7, 0]])
    with pytest.raises(InputError, match="labels holds the value 255"):
        frame([[255, 0]], [[1, 0]])


def test_protocols_are_chosen_by_name():
    assert [one.name for one in choose_protocols("all", 2)] == ["dataset", "avsbench", "cavp", "ddeseg"]
    assert [one.name for one in choose_protocols("all", 71)] == ["dataset", "avss", "avss_padded", "cavp", "ddeseg"]
    assert [one.name for one in choose_protocols("ddeseg, avss", 2)] == ["ddeseg", "avss"]
    assert all(protocol.line for protocol in PROTOCOLS.values())
    for names, classes, batch, message in (
        ("avs", 2, 20, "no protocol 'avs'; there are dataset, avsbench"),
        ("avsbench", 3, 20, "avsbench scores sounding against silent; these are 3 classes"),
        ("all", 2, 0, "batch size is 0"),
    ):
        with pytest.raises(InputError, match=message):
            choose_protocols(names, classes, batch)


def test_ignored_pixels_count_nowhere(score):
    rng = np.random.default_rng(4)
    truth, labels = rng.integers(0, 2, (2, 6, 6)).astype(np.uint8)
    probability = rng.random((6, 6)).astype(np.float32)
    wide = [np.pad(map_, ((0, 0), (0, 3)), constant_values=fill) for map_, fill in ((truth, 255), (labels, 1))]
    more = {"probability": np.pad(probability, ((0, 0), (0, 3)))}
    narrow = frame(labels, truth, 2, probability=probability)
    padded = frame(wide[1], wide[0], 2, **more)
    for name in ("areas", "curve", "scores"):
        np.testing.assert_array_equal(getattr(FrameCounts(padded), name), getattr(FrameCounts(narrow), name))
    assert FrameCounts(padded).pixels == 36
