"""Clips that cannot be read, and losses that are not finite."""

import pytest
from transformers import TrainerState, TrainingArguments

from ravs.errors import DecodeError, RavsError
from ravs.training.callbacks.log import JsonlLog, read_log
from ravs.training.callbacks.read_errors import StopOnReadErrors
from ravs.training.data.unreadable_clips import ReadableClips, read_unreadable
from ravs.training.trainer.trainer import not_finite_error


class Clips:
    """So many numbers, some of which cannot be read."""

    def __init__(self, count, broken):
        self.count, self.broken = count, broken

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index in self.broken:
            raise DecodeError(f"{index}.png: cut off")
        return index

    def name_of(self, index):
        return f"{index}.png"


def test_the_next_clip_that_can_be_read_takes_the_place_of_one_that_cannot(tmp_path):
    clips = ReadableClips(Clips(300, {7, 8, 299}), tmp_path / "unreadable.jsonl")
    assert [clips[index] for index in (6, 7, 8, 299, 7)] == [6, 9, 9, 0, 9]
    found = read_unreadable(clips.path)
    assert sorted(found) == [7, 8, 299] and found[8]["error"] == "8.png: cut off"


def test_nothing_but_broken_clips_is_an_error(tmp_path):
    clips = ReadableClips(Clips(50, set(range(50))), tmp_path / "unreadable.jsonl")
    with pytest.raises(RavsError, match=r"20 clips in a row, from 3\.png on, cannot be read"):
        _ = clips[3]


def watch(tmp_path, clips, read):
    """Lines reported after a step in which a clip was read."""
    lines = []
    watching = StopOnReadErrors(clips, JsonlLog(tmp_path, {}), lines.append)
    _ = clips[read]
    watching.on_step_end(TrainingArguments(use_cpu=True), TrainerState(global_step=5), None)
    return lines


def test_an_unreadable_clip_is_reported_once_in_a_warning_and_in_the_log(tmp_path):
    clips = ReadableClips(Clips(300, {7}), tmp_path / "unreadable.jsonl")
    assert watch(tmp_path, clips, 7) == ["warning: 7.png cannot be read, another clip takes its place: 7.png: cut off"]
    (record,) = read_log(tmp_path / "log.jsonl")
    assert (record["event"], record["clip"], record["step"]) == ("unreadable", "7.png", 5)
    assert watch(tmp_path, clips, 7) == []  # after a stop, too


def test_more_than_one_in_a_hundred_stops_the_run(tmp_path):
    clips = ReadableClips(Clips(300, {1, 2, 3, 4}), tmp_path / "unreadable.jsonl")
    with pytest.raises(RavsError, match=r"4 of 300 clips cannot be read \(1\.png, 2\.png, 3\.png; .*more than 1%"):
        watch(tmp_path, clips, 1)


def test_a_loss_that_is_not_finite_names_step_clips_and_what_is_kept():
    message = str(not_finite_error("the loss", 12, ["a.mp4", "b.mp4"], "runs/x/checkpoint-10"))
    assert "the loss of step 12 is not finite (clips: a.mp4, b.mp4)" in message
    assert "Nothing was overwritten; the last good checkpoint is runs/x/checkpoint-10" in message
