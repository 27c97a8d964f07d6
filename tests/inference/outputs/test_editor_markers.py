import dataclasses
from xml.etree import ElementTree

import opentimelineio
import pytest

from ravs.inference.outputs.editor_markers import markers_edl, markers_fcpxml, timecode


@pytest.fixture
def at_25(prediction):
    """The same at 25 frames a second: OpenTimelineIO's reader of FCPXML knows whole rates alone."""
    return dataclasses.replace(prediction, source=prediction.source | {"fps": "25"})


def test_opentimelineio_reads_the_markers_of_the_clip(at_25):
    read = opentimelineio.adapters.read_from_string(markers_fcpxml(at_25), "fcpx_xml")
    (clip,) = read.find_children(descended_from_type=opentimelineio.schema.Clip)
    assert (clip.name, clip.source_range.duration.to_seconds()) == ("my street.mp4", pytest.approx(2.5, abs=0.04))
    found = [(m.name, m.marked_range.start_time.value, m.marked_range.duration.value) for m in clip.markers]
    assert found == [("dog", 0, 49), ("violin_cello", 25, 24)]  # 0 to 1.967633 s, and from 1 s on


def test_times_are_whole_frames_of_the_sources_rate(prediction):
    root = ElementTree.fromstring(markers_fcpxml(prediction))
    assert root.find(".//format").get("frameDuration") == "1001/30000s"
    (_, cello) = root.iter("marker")
    assert (cello.get("start"), cello.get("duration")) == ("30030/30000s", "29029/30000s")


def test_the_edl_has_an_entry_for_each_event_on_a_timeline_from_one_hour_on(at_25):
    read = opentimelineio.adapters.read_from_string(markers_edl(at_25), "cmx_3600", rate=25)
    first = 3600 * 25
    found = [(c.source_range.start_time.value, [*c.metadata["cmx_3600"]["comments"]]) for c in read.find_clips()]
    assert found == [
        (first, ["|C:ResolveColorBlue |M:dog |D:49"]),
        (first + 25, ["|C:ResolveColorBlue |M:violin_cello |D:24"]),
    ]


def test_a_clip_that_begins_late_has_its_markers_from_its_first_frame_on(at_25):
    late = dataclasses.replace(at_25, source=at_25.source | {"start": 1.0})
    starts = [marker.get("start") for marker in ElementTree.fromstring(markers_fcpxml(late)).iter("marker")]
    assert starts == ["0/25s", "0/25s"]


def test_timecodes_count_hours_minutes_seconds_and_frames():
    assert timecode(25 * 3725 + 7, 25) == "01:02:05:07"
