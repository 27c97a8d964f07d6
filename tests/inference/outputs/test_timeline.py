import csv
import re
from io import StringIO

import pandas
import pytest
import srt
import webvtt
from pyannote.database.util import load_rttm

from ravs.inference.outputs.timeline import timeline_rttm, timeline_vtt, timelines
from ravs.structures.prediction import Event

WANTED = [("dog", 0.0, 1.968), ("violin_cello", 1.0, 1.968)]


def test_the_rows_of_the_csv_are_the_events(prediction):
    rows = list(csv.DictReader(StringIO(timelines(prediction)["timeline.csv"])))
    assert [(row["class"], float(row["start"]), float(row["end"])) for row in rows] == WANTED
    assert [float(row["score"]) for row in rows] == [0.9, 0.6]


def test_the_cues_of_the_vtt_are_the_events(prediction):
    text = timelines(prediction)["timeline.vtt"]
    assert text.startswith("WEBVTT\n\n")
    cues = re.findall(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})\n(.+)\n", text)
    read = [(c[6], 3600 * int(c[0]) + 60 * int(c[1]) + float(c[2]), 60 * int(c[4]) + float(c[5])) for c in cues]
    assert read == WANTED


def test_pyannote_reads_the_turns_of_the_rttm(prediction, tmp_path):
    (tmp_path / "timeline.rttm").write_text(timelines(prediction)["timeline.rttm"])
    ((recording, turns),) = load_rttm(tmp_path / "timeline.rttm").items()
    read = [(name, turn.start, turn.end) for turn, _, name in turns.itertracks(yield_label=True)]
    assert recording == "my_street"
    assert read == [(name, start, pytest.approx(end)) for name, start, end in WANTED]


def test_a_class_of_two_words_is_one_field_of_the_rttm():
    (line,) = timeline_rttm([Event(name="church bell", start_s=1.0, end_s=2.5, score=1.0)], "a b.mp4").splitlines()
    assert line.split(" ") == [
        "SPEAKER",
        "a_b.mp4",
        "1",
        "1.000",
        "1.500",
        "<NA>",
        "<NA>",
        "church_bell",
        "<NA>",
        "<NA>",
    ]


def test_srt_and_webvtt_are_read_alike_by_their_libraries(prediction):
    files = timelines(prediction)
    cues = srt.parse(files["timeline.srt"])
    assert [(cue.content, cue.start.total_seconds(), cue.end.total_seconds()) for cue in cues] == WANTED
    captions = webvtt.from_string(files["timeline.vtt"])
    assert [(cue.text, cue.start, cue.end) for cue in captions] == [
        ("dog", "00:00:00.000", "00:00:01.968"),
        ("violin_cello", "00:00:01.000", "00:00:01.968"),
    ]


def test_audacitys_labels_are_start_end_and_class_divided_by_tabs(prediction):
    rows = pandas.read_csv(StringIO(timelines(prediction)["timeline.txt"]), sep="\t", header=None)
    assert rows.to_numpy().tolist() == [[0.0, 1.967633, "dog"], [1.0, 1.967633, "violin_cello"]]


def test_hours_and_rounding_do_not_break_a_clock():
    text = timeline_vtt([Event(name="dog", start_s=3599.9996, end_s=7325.25, score=1.0)])
    assert "01:00:00.000 --> 02:02:05.250\ndog\n" in text


def test_nothing_that_sounds_is_an_empty_timeline_not_a_missing_one():
    assert timeline_vtt([]).strip() == "WEBVTT"
