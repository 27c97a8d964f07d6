import numpy as np
import pytest

from ravs.app.sound_changes import changed_sound, describe_comparison, marked_areas, write_changed_sound
from ravs.errors import InputError, NoAudioError
from ravs.media import read_audio, write_wav

OWN = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]], np.float32)
RATE_HZ = 2


def test_muted_is_silence_as_long_as_before():
    np.testing.assert_array_equal(changed_sound("mute", OWN, RATE_HZ, None), np.zeros((2, 4)))


def test_swapped_is_right_for_left():
    np.testing.assert_array_equal(changed_sound("swap", OWN, RATE_HZ, None), OWN[[1, 0]])


@pytest.mark.parametrize("waveform", [OWN[:1], OWN[[0, 0]]])
def test_a_sound_without_sides_cannot_be_swapped(waveform):
    with pytest.raises(InputError, match="left and right are the same"):
        changed_sound("swap", waveform, RATE_HZ, None)


def test_late_is_one_second_of_silence_and_then_the_beginning():
    expected = [[0, 0, 0.1, 0.2], [0, 0, 0.5, 0.6]]
    np.testing.assert_array_equal(changed_sound("late", OWN, RATE_HZ, None), np.array(expected, np.float32))


def test_late_of_less_than_a_second_is_silence():
    np.testing.assert_array_equal(changed_sound("late", OWN[:, :1], RATE_HZ, None), [[0], [0]])


def test_another_sound_is_repeated_in_both_ears(tmp_path):
    write_wav(tmp_path / "other.wav", np.full((1, 4000), 0.25, np.float32), 8000)
    changed = changed_sound("other", np.zeros((2, 10000), np.float32), 8000, tmp_path / "other.wav")
    np.testing.assert_allclose(changed, np.full((2, 10000), 0.25), atol=1e-4)


def test_another_sound_has_to_be_given():
    with pytest.raises(InputError, match="choose an example, or give a file"):
        changed_sound("other", OWN, RATE_HZ, None)


def test_an_unknown_change_is_named_with_those_that_there_are():
    with pytest.raises(InputError, match="no change of sound 'louder'; it must be one of mute, swap, other, late"):
        changed_sound("louder", OWN, RATE_HZ, None)


def test_the_file_begins_at_the_videos_zero_and_is_a_second_late(loud_at_first, tmp_path):
    write_changed_sound("late", loud_at_first, tmp_path / "late.wav")
    own, late = (read_audio(path, 32000) for path in (loud_at_first, tmp_path / "late.wav"))
    assert np.abs(late[:, :32000]).max() == 0
    np.testing.assert_allclose(late[:, 32000:64000], own[:, :32000], atol=1e-4)


def test_a_video_without_sound_has_none_to_change(draw_clip, tmp_path):
    with pytest.raises(NoAudioError):
        write_changed_sound("mute", draw_clip(tmp_path / "silent.mp4", sounds=False), tmp_path / "out.wav")


def test_the_comparison_counts_pixels_and_what_they_have_in_common(visit, model):
    model.listen(visit, "late", None, lambda *_: None)
    area = 48 * 32  # the left half, in one second with each of the sounds
    assert marked_areas(visit.prediction, visit.compared) == (area, area, 0)
    text = describe_comparison("late", visit.prediction, visit.compared)
    assert text.startswith("marked 100% of what is marked with the own sound, overlap (IoU) 0.00; ")


def test_the_comparison_with_itself_overlaps_wholly(visit):
    assert "overlap (IoU) 1.00" in describe_comparison("swap", visit.prediction, visit.prediction)


def test_where_nothing_was_marked_there_is_nothing_to_compare(visit, model):
    model.listen(visit, "mute", None, lambda *_: None)
    silent = visit.compared
    assert describe_comparison("mute", silent, silent) == "nothing is marked with the own sound, nor with this one"
    assert describe_comparison("mute", silent, visit.prediction).endswith("something is marked now")
