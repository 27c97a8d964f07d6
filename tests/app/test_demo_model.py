import numpy as np
import pytest

from ravs.app.demo_model import DemoModel
from ravs.errors import DecodeError, InputError, NoAudioError
from support.audio_gated_model import segmenter


def no_progress(*_):
    pass


def test_the_prediction_is_that_of_the_segmenter_under_the_visitors_name(visit, loud_at_first):
    expected = segmenter().segment(loud_at_first)
    assert [frame.sounding for frame in visit.prediction] == [("dog",), (), ()]
    assert [frame.objects for frame in visit.prediction] == [frame.objects for frame in expected]
    assert visit.prediction.source["name"] == "my street.mp4"


def test_progress_says_how_many_masks_and_how_long(visits, model, loud_at_first):
    told = []
    model.segment(visits.begin("ann", loud_at_first), lambda *values: told.append(values))
    assert [values[:2] for values in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[0][2].startswith("1 of about 3 masks, about ") and told[-1][2].endswith("about 0 s left")


def test_a_longer_video_is_segmented_as_far_as_the_page_takes(visits, loud_at_first):
    model, visit = DemoModel(segmenter(), 2), visits.begin("ann", loud_at_first)
    model.segment(visit, no_progress)
    assert len(visit.prediction) == 2
    assert model.remark(visit).startswith("The first 2 s of 0:03 were segmented")


def test_a_video_that_fits_needs_no_remark(visit, model):
    assert model.remark(visit) == ""


def test_other_settings_give_what_segmenting_with_them_gives(visit, model, loud_at_first):
    model.rerender(visit, 0.95, 0.001)  # the dog is at 0.9
    assert [frame.sounding for frame in visit.prediction] == [(), (), ()]
    model.rerender(visit, 0.6, 0.4)
    expected = segmenter().segment(loud_at_first, threshold=0.6, min_area=0.4)
    assert visit.prediction.settings == expected.settings
    assert [frame.objects for frame in visit.prediction] == [frame.objects for frame in expected]
    model.rerender(visit, 0.6, 0.6)  # half of the picture is too little now
    assert [frame.sounding for frame in visit.prediction] == [(), (), ()]


@pytest.mark.parametrize("settings", [(1.5, 0.1), (0.5, -1), (float("nan"), 0)])
def test_impossible_settings_change_nothing(visit, model, settings):
    before = visit.prediction
    with pytest.raises(InputError):
        model.rerender(visit, *settings)
    assert visit.prediction is before


@pytest.mark.parametrize(
    ("change", "sounding"), [("mute", [(), (), ()]), ("late", [(), ("dog",), ()]), ("swap", [("dog",), (), ()])]
)
def test_the_changed_sound_is_what_the_model_is_given(visit, model, change, sounding):
    model.listen(visit, change, None, no_progress)
    assert [frame.sounding for frame in visit.compared] == sounding
    assert [frame.sounding for frame in visit.prediction] == [("dog",), (), ()]


def test_both_sides_of_the_test_follow_the_settings(visit, model):
    model.listen(visit, "late", None, no_progress)
    model.rerender(visit, 0.95, 0.001)
    assert not any(frame.objects for frame in visit.compared)
    model.rerender(visit, 0.3, 0.001)
    assert [frame.sounding for frame in visit.compared] == [(), ("dog",), ()]
    model.rerender(visit, 0.95, 0.001)
    model.listen(visit, "late", None, no_progress)  # shown at once under the settings that are chosen
    assert not any(frame.objects for frame in visit.compared)


def test_another_clips_sound_is_heard(visit, model, draw_clip, tmp_path):
    model.listen(visit, "other", draw_clip(tmp_path / "tone.mp4", seconds=1, volume=0.5), no_progress)
    assert [frame.sounding for frame in visit.compared] == [("dog",)] * 3  # it is repeated


def test_a_new_video_has_no_comparison_yet(visits, visit, model, loud_at_first):
    model.listen(visit, "mute", None, no_progress)
    model.segment(visit, no_progress)
    assert visit.compared is None


def test_what_cannot_be_segmented_is_said_by_name(visits, model, draw_clip, tmp_path):
    with pytest.raises(NoAudioError):
        model.segment(visits.begin("ann", draw_clip(tmp_path / "silent.mp4", sounds=False)), no_progress)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(DecodeError):
        model.segment(visits.begin("ann", tmp_path / "text.mp4"), no_progress)


def test_an_image_is_refused(visits, model, tmp_path):
    from PIL import Image

    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(DecodeError, match=r"a\.png is an image: load a video"):
        model.segment(visits.begin("ann", tmp_path / "a.png"), no_progress)


def test_nothing_is_shown_before_the_model_has_run(visits, model, loud_at_first):
    visit = visits.begin("ann", loud_at_first)
    with pytest.raises(InputError, match="load it again"):
        model.rerender(visit, 0.5, 0)
    with pytest.raises(InputError, match="load it again"):
        model.listen(visit, "mute", None, no_progress)
