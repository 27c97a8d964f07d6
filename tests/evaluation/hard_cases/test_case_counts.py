"""Counts over a set whose truth was written by hand."""

from dataclasses import replace

import pytest

from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.evaluation.hard_cases.case_counts import CaseCountSettings, Occurrence, analyze, sample_videos


def test_cases_are_counted_by_subset_and_for_all(hand_made):
    counts = analyze(find_dataset(hand_made), CaseCountSettings())
    assert list(counts) == ["ms", "msmi", "all"]
    assert counts["msmi"].case_1 == Occurrence(frames=2, of_frames=5, videos=1, of_videos=1)
    assert counts["msmi"].case_2 == Occurrence(frames=2, of_frames=5, videos=1, of_videos=1)
    assert counts["ms"].case_1 == Occurrence(frames=0, of_frames=10, videos=0, of_videos=2)
    assert counts["ms"].case_2 == Occurrence(frames=4, of_frames=10, videos=1, of_videos=2)
    assert (counts["all"].videos, counts["all"].labelled_frames) == (3, 15)
    assert counts["all"].case_1 == Occurrence(frames=2, of_frames=15, videos=1, of_videos=3)
    assert counts["all"].case_2 == Occurrence(frames=6, of_frames=15, videos=2, of_videos=3)
    assert counts["all"].several_instances is None


def test_shares_are_of_labelled_frames_and_of_videos():
    found = Occurrence(frames=3, of_frames=12, videos=1, of_videos=2)
    assert (found.frame_share, found.video_share) == (0.25, 0.5)
    assert found.as_json()["frame_share"] == 0.25


def test_one_subset_stands_alone(hand_made):
    assert list(analyze(find_dataset(hand_made, "msmi"), CaseCountSettings(split="val"))) == ["msmi"]


def test_progress_counts_every_video(hand_made):
    calls = []
    analyze(find_dataset(hand_made), CaseCountSettings(), lambda *done: calls.append(done))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_the_training_split_of_s4_has_one_label_a_video_and_reports_neither_case(miniature):
    found = find_dataset(miniature("s4"))
    counts = analyze(found, CaseCountSettings(split="train"))["s4"]
    assert (counts.videos, counts.labelled_frames, counts.case_1, counts.case_2) == (1, 1, None, None)
    counts = analyze(found, CaseCountSettings())["s4"]  # with val and test, whose masks sound in every second but grow
    assert (counts.videos, counts.labelled_frames) == (3, 11)
    assert counts.case_2 == Occurrence(frames=0, of_frames=10, videos=0, of_videos=2)


def test_msmi_reports_several_instances(miniature):
    counts = analyze(find_dataset(miniature("vpo"), "VPO-MSMI"), CaseCountSettings())["VPO-MSMI"]
    assert counts.several_instances == Occurrence(frames=1, of_frames=2, videos=1, of_videos=2)
    assert counts.case_1 is None and counts.case_2 is None


def test_a_sample_is_decided_by_the_seed_and_has_the_share_that_was_asked_for(hand_made):
    entry = find_dataset(hand_made).entries[0]
    entries = [replace(entry, name=f"{number:02d}") for number in range(30)]
    drawn = sample_videos(entries, CaseCountSettings(fraction=0.333, seed=1))
    assert drawn == sample_videos(entries, CaseCountSettings(fraction=0.333, seed=1)) and len(drawn) == 10
    assert drawn != sample_videos(entries, CaseCountSettings(fraction=0.333, seed=2))
    names = [one.name for one in drawn]
    assert names == sorted(set(names))
    assert len(sample_videos(entries, CaseCountSettings(fraction=0.001))) == 1
    assert sample_videos(entries, CaseCountSettings()) == entries


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"fraction": 0.0}, "fraction is 0.0; it must be above 0"), ({"seed": -1}, "seed is -1; it must not be negative")],
)
def test_settings_that_do_not_fit_are_refused(asked, message):
    with pytest.raises(InputError, match=message):
        CaseCountSettings(**asked)
