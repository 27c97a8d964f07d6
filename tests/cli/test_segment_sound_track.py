"""`ravs segment --sound-track` and the tracks that `ravs info` lists."""

import json
from pathlib import Path

import pytest
from av.stream import Disposition

from support.tones import beeps, write_tracks


@pytest.fixture
def two_tracks(place):
    """A film whose default track is silent, and whose commentary beeps in its second second."""
    return write_tracks(Path("a.mkv"), (Disposition.default, Disposition.comment), 1, ("deu", "eng"))


def peaks(folder="ravs-out/a"):
    document = json.loads(Path(folder, "a.json").read_text())
    return [frame["peak_db"] for frame in document["frames"]], document["settings"]["sound_track"]


def test_the_requested_track_is_used_and_in_the_overlay_and_is_a_setting(ravs, two_tracks):
    run = ravs("a.mkv", "-f", "json")
    assert run.code == 0 and "silent throughout" in run.err
    assert peaks() == ([-120.0, -120.0], None)
    run = ravs("a.mkv", "-f", "json", "--sound-track", "2")
    assert run.code == 1 and "exists with other settings (sound_track none → 2)" in run.err
    assert ravs("a.mkv", "-f", "json,overlay", "--sound-track", "2", "--existing", "overwrite").code == 0
    (before, beep), chosen = peaks()
    assert beep == pytest.approx(-6, abs=0.2) and before < -30 and chosen == 2
    assert beeps("ravs-out/a/overlay.mp4")[0][0] == pytest.approx(1.0, abs=0.02)


def test_a_track_that_is_not_there_fails_that_source_alone(ravs, two_tracks, place):
    place("a.mp4", "b.mp4")
    run = ravs("a.mkv", "b.mp4", "-f", "json", "--sound-track", "2")
    assert run.code == 1 and Path("ravs-out/a/a.json").is_file()
    assert "b.mp4: has no sound track 2, but 1 sound track, counted from 1; ravs info lists them" in run.err
    assert ravs("b.mp4", "--sound-track", "0").code == 2


def test_info_lists_the_tracks(ravs, two_tracks):
    facts = json.loads(ravs("info", "a.mkv", "--json", model=None).out)
    assert facts["sound"]["track"] == 1
    listed = [(sound["track"], sound["language"], sound["remarks"]) for sound in facts["sound_tracks"]]
    assert listed == [(1, "deu", ["default"]), (2, "eng", ["comment"])]
    shown = ravs("info", "a.mkv", model=None).out
    assert "2 · mp2 · 48000 · 2 · stereo" in shown and "eng · comment" in shown
