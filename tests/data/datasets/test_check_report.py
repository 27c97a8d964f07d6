"""The report of a check: counts beside the published ones, and problems."""

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.constants import PUBLISHED_COUNTS
from ravs.data.datasets.find_dataset import find_dataset


def test_what_is_there_is_counted_beside_what_was_published(miniature):
    report = check_dataset(find_dataset(miniature("s4")))
    train, val, test = report.counts
    assert (train.videos, train.frames, train.labelled, train.masks) == (1, 5, 1, 1)
    assert (val.videos, val.frames, val.labelled, val.masks) == (1, 5, 5, 5)
    assert [count.published for count in (train, val, test)] == [3452, 740, 740]
    assert test.classes == ("sounding",)


def test_parts_with_fewer_or_more_videos_than_published_are_reported_and_are_no_fault(miniature, monkeypatch):
    monkeypatch.setitem(PUBLISHED_COUNTS, ("ms3", "train"), 0)
    monkeypatch.setitem(PUBLISHED_COUNTS, ("ms3", "test"), 1)
    lines = check_dataset(find_dataset(miniature("ms3"))).as_text().splitlines()
    assert lines[-3:] == [
        "fewer videos than published: ms3 val 1 of 64",
        "more videos than published: ms3 train 1 of 0",
        "nothing wrong",
    ]


def test_every_part_that_was_published_has_its_row_though_the_metadata_name_none_of_it(miniature):
    root = miniature("avss", subsets=("v1m",))
    videos = {(count.subset, count.split): count.videos for count in check_dataset(find_dataset(root)).counts}
    assert len(videos) == 9 and videos["v1m", "val"] == 1 and videos["v2", "test"] == 0


def test_classes_are_those_that_the_masks_show(miniature):
    counts = {(count.subset, count.split): count for count in check_dataset(find_dataset(miniature("vpo"))).counts}
    assert counts["VPO-SS", "train"].classes == ("airplane", "car")  # neither background nor 255
    assert (counts["VPO-MS", "test"].videos, counts["VPO-MS", "test"].published) == (0, 1437)


def test_the_report_reads_as_text_and_as_plain_values(miniature):
    root = miniature("s4")
    frame = next(root.rglob("visual_frames/val/*/*/*_4.png"))
    frame.unlink()
    report = check_dataset(find_dataset(root))
    lines = report.as_text().splitlines()
    assert lines[0] == f"{root}: AVSBench-object"
    assert any(line.split() == ["s4", "train", "1", "3,452", "5", "1", "1", "1"] for line in lines)
    assert lines[-2:] == [f"{frame}: missing (frame)", "1 problem"]
    values = report.as_json()
    assert values["problems"] == [{"path": str(frame), "kind": "missing", "text": "missing (frame)"}]
    assert values["counts"][0]["published"] == 3452
