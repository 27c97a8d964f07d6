"""Overlays against their sources: same times, same length, same sound, and each frame with its own mask."""

from fractions import Fraction

import av
import numpy as np
import pytest

from ravs.config.overlay_style import OverlayStyle
from ravs.errors import DecodeError
from ravs.inference.outputs.overlay import write_overlay
from ravs.media import probe, read_audio, read_frames, write_wav

LEFT, RIGHT = np.s_[24:64, 8:48], np.s_[24:64, 112:152]
BARE = OverlayStyle(strip="off")
MIDDLE_OF = {"left": (44, 28), "right": (44, 132)}


def marked_at(frames, side):
    """Times of the frames that are tinted on one side."""
    row, column = MIDDLE_OF[side]
    return [float(f.time_s) for f in frames if np.ptp(f.rgb()[row, column].astype(int)) > 25]


def sound_packets(path):
    with av.open(str(path)) as container:
        return [(round(float(p.pts * p.time_base), 3), bytes(p)) for p in container.demux(audio=0) if p.size]


def test_each_frame_shows_the_mask_of_the_second_it_is_shown_in(source, prediction, tmp_path):
    path = source(stamps=range(0, 3200, 40))
    made = prediction([0.96, 1.96, 2.96, 3.16], [{1: LEFT}, {2: RIGHT}, {}, {1: LEFT, 2: RIGHT}])
    write_overlay(path, made, tmp_path / "o.mp4")
    frames = list(read_frames(tmp_path / "o.mp4"))
    shown = [t / 1000 for t in range(0, 3200, 40)]
    np.testing.assert_allclose([float(f.time_s) for f in frames], shown)
    np.testing.assert_allclose(marked_at(frames, "left"), [t for t in shown if t < 1 or t >= 3])
    np.testing.assert_allclose(marked_at(frames, "right"), [t for t in shown if 1 <= t < 2 or t >= 3])


def test_progress_is_told_once_a_second_up_to_the_end(source, prediction, tmp_path):
    told = []
    write_overlay(
        source(stamps=range(0, 3200, 40)),
        prediction([0.96, 1.96, 2.96, 3.16], [{1: LEFT}, {}, {}, {}]),
        tmp_path / "o.mp4",
        progress=lambda done_s, length_s: told.append((done_s, round(length_s, 2))),
    )
    assert told == [(1, 3.2), (2, 3.2), (3, 3.2)]


def test_at_four_masks_a_second_each_shows_the_next_one(source, prediction, tmp_path):
    times = [0.24, 0.48, 0.72, 0.96]
    made = prediction(times, [{1: LEFT}, {}, {1: LEFT}, {}], rate=4)
    write_overlay(source(stamps=range(0, 1000, 40)), made, tmp_path / "o.mp4")
    found = marked_at(read_frames(tmp_path / "o.mp4"), "left")
    np.testing.assert_allclose(found, [t / 1000 for t in range(0, 1000, 40) if t < 250 or 500 <= t < 750])


def test_variable_frame_times_and_the_length_are_the_source_s(source, prediction, tmp_path):
    stamps = [0, 33, 400, 410, 990, 1700, 1720]
    path = source(stamps=stamps, last=680)
    write_overlay(path, prediction([0.99, 1.72, 1.72], [{}, {1: LEFT}, {1: LEFT}]), tmp_path / "o.mp4")
    for name in (path, tmp_path / "o.mp4"):
        frames = list(read_frames(name))
        assert [float(f.time_s) for f in frames] == [s / 1000 for s in stamps]
        assert float(frames[-1].end_s) == 2.4
    assert float(probe(tmp_path / "o.mp4").duration_s) == 2.4


def test_a_frame_that_stands_for_seconds_takes_the_mask_of_each(source, prediction, tmp_path):
    path = source(stamps=[0, 40, 520, 4500], last=40)
    masks = [{}, {1: LEFT}, {1: LEFT}, {}, {2: RIGHT}]
    write_overlay(path, prediction([0.52, 0.52, 0.52, 0.52, 4.5], masks), tmp_path / "o.mp4")
    frames = list(read_frames(tmp_path / "o.mp4"))
    assert [float(frame.time_s) for frame in frames] == [0, 0.04, 0.52, 1, 3, 4.5]
    assert marked_at(frames, "left") == [1] and marked_at(frames, "right") == [4.5]


def test_a_held_last_frame_shows_the_mask_of_each_second(source, prediction, tmp_path):
    path = source(stamps=range(0, 1000, 40), sound_ms=3000)
    write_overlay(path, prediction([0.96, 1.96, 2.96], [{}, {1: LEFT}, {2: RIGHT}]), tmp_path / "o.mp4")
    frames = list(read_frames(tmp_path / "o.mp4"))
    assert len(frames) == 75 and probe(tmp_path / "o.mp4").duration_s == 3
    assert [round(min(marked_at(frames, side)), 2) for side in ("left", "right")] == [1, 2]
    assert [round(max(marked_at(frames, side)), 2) for side in ("left", "right")] == [1.96, 2.96]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_sound_is_copied_packet_by_packet(source, prediction, tmp_path, name):
    path = source(name)
    write_overlay(path, prediction([0.96, 1.96, 2.96], [{}, {}, {}]), tmp_path / "o.mp4")
    (times, packets), (source_times, source_packets) = (
        zip(*sound_packets(p), strict=True) for p in (tmp_path / "o.mp4", path)
    )
    assert packets == source_packets
    np.testing.assert_allclose(times, source_times, atol=0.002)


def test_sound_that_an_mp4_cannot_carry_keeps_its_length(source, prediction, tmp_path):
    path = source("a.mkv", sound="pcm_s16le")
    write_overlay(path, prediction([0.96, 1.96, 2.96], [{}, {}, {}]), tmp_path / "o.mp4")
    assert probe(tmp_path / "o.mp4").audio.codec == "aac"
    assert read_audio(tmp_path / "o.mp4", 48000).shape == (2, 3 * 48000)


def test_audio_of_another_file_is_cut_where_the_video_ends(source, prediction, tmp_path):
    write_wav(tmp_path / "s.wav", np.full((1, 5 * 16000), 0.1, np.float32), 16000)
    path = source(sound=None)
    write_overlay(path, prediction([0.96, 1.96, 2.96], [{}, {}, {}]), tmp_path / "o.mp4", sound=tmp_path / "s.wav")
    assert read_audio(tmp_path / "o.mp4", 16000).shape == (1, 3 * 16000)


def test_a_video_without_sound_stays_without(source, prediction, tmp_path):
    write_overlay(source(sound=None), prediction([0.96, 1.96, 2.96], [{}] * 3), tmp_path / "o.mp4")
    assert probe(tmp_path / "o.mp4").audio is None


def test_a_part_begins_at_zero_with_its_own_sound(source, prediction, tmp_path):
    path = source()
    made = prediction([1.48, 2.48], [{1: LEFT}, {}])
    write_overlay(path, made, tmp_path / "o.mp4", start_s=0.5, end_s=Fraction(5, 2))
    frames = list(read_frames(tmp_path / "o.mp4"))
    assert frames[0].time_s == 0 and float(frames[1].time_s) == pytest.approx(0.02)  # shown from 0.48 s to 0.52 s
    assert float(frames[-1].end_s) == pytest.approx(2.0, abs=1e-6)
    assert read_audio(tmp_path / "o.mp4", 48000).shape[1] == pytest.approx(96000, abs=2)
    assert max(marked_at(frames, "left")) == pytest.approx(0.98)


def test_odd_sides_grow_by_one_and_rotated_frames_are_upright(source, prediction, tmp_path):
    out = tmp_path / "o.mp4"
    odd = source("odd.mp4", size=(161, 121), pixels="yuv444p")
    write_overlay(odd, prediction([0.96, 1.96, 2.96], [{1: LEFT}] * 3, size=(121, 161)), out, style=BARE)
    assert next(read_frames(tmp_path / "o.mp4")).rgb().shape == (122, 162, 3)
    turned = source("turned.mp4", turn=90)
    write_overlay(turned, prediction([0.96, 1.96, 2.96], [{}] * 3, size=(160, 120)), out, style=BARE)
    assert next(read_frames(tmp_path / "o.mp4")).rgb().shape == (160, 120, 3)


def test_a_still_image_moves_its_cursor_as_long_as_the_audio(prediction, tmp_path):
    from PIL import Image

    Image.new("RGB", (160, 120), (90, 90, 90)).save(tmp_path / "a.png")
    write_wav(tmp_path / "s.wav", np.full((1, 2 * 16000), 0.1, np.float32), 16000)
    made = prediction([0.96, 1.96], [{1: LEFT}, {}])
    write_overlay(tmp_path / "a.png", made, tmp_path / "o.mp4", sound=tmp_path / "s.wav")
    frames = list(read_frames(tmp_path / "o.mp4"))
    assert len(frames) == 50 and frames[-1].end_s == 2
    assert len(marked_at(frames, "left")) == 25


def test_the_cursor_moves_and_what_was_played_is_brighter(source, prediction, tmp_path):
    made, style = prediction([0.96, 1.96, 2.96], [{1: LEFT}] * 3), OverlayStyle(strip="over")
    write_overlay(source(), made, tmp_path / "o.mp4", style=style)
    frames = list(read_frames(tmp_path / "o.mp4"))
    brightness = [frame.rgb()[-40:].mean() for frame in frames]
    assert brightness[70] > brightness[40] > brightness[10]
    early, late = (frames[k].rgb()[-14:, 60:].astype(int) for k in (10, 60))
    first, second = (int(part.min(axis=(0, 2)).argmax()) for part in (early, late))
    assert second - first == pytest.approx((160 - 60) * 2 / 3, rel=0.25)


def test_the_frame_outside_masks_is_untouched_and_the_strip_adds_rows_below_it(source, prediction, tmp_path):
    write_overlay(source(), prediction([0.96, 1.96, 2.96], [{1: LEFT}] * 3), tmp_path / "o.mp4")
    shown = next(read_frames(tmp_path / "o.mp4")).rgb().astype(int)
    assert np.abs(shown[:120, 64:] - 110).max() <= 4
    assert shown.shape[0] > 120 and shown[122:, 150:].mean() < 60


def test_a_strip_over_the_frame_or_none_keeps_its_size(source, prediction, tmp_path):
    path, made = source(stamps=range(0, 400, 40)), prediction([0.36], [{1: LEFT}])
    for strip, darkest in (("over", 50), ("off", 100)):
        write_overlay(path, made, tmp_path / "o.mp4", style=OverlayStyle(strip=strip))
        shown = next(read_frames(tmp_path / "o.mp4")).rgb()
        assert shown.shape == (120, 160, 3) and (shown[90:, 64:].min() < darkest) == (strip == "over")


def test_names_can_be_left_out(source, prediction, tmp_path):
    path, made = source(stamps=range(0, 400, 40)), prediction([0.36], [{1: np.s_[60:64, 70:90]}])
    marked = []
    for labels in (True, False):
        write_overlay(path, made, tmp_path / "o.mp4", style=OverlayStyle(strip="off", labels=labels))
        shown = next(read_frames(tmp_path / "o.mp4")).rgb().astype(int)
        marked.append(int((np.ptp(shown, axis=2) > 40)[:55].sum()))
    assert marked[0] > 100 and marked[1] == 0


def test_the_uncertainty_of_each_second_is_shown_in_that_second(source, prediction, tmp_path):
    maps = [np.zeros((12, 16), np.uint8), np.full((12, 16), 255, np.uint8)]
    made = prediction([0.96, 1.96], [{}, {}], maps=maps)
    style = OverlayStyle(effect="uncertainty", strip="off")
    write_overlay(source(stamps=range(0, 2000, 40)), made, tmp_path / "o.mp4", style=style)
    blue_yellow = [np.diff(frame.rgb()[60, 80].astype(int))[-1] for frame in read_frames(tmp_path / "o.mp4")]
    assert all((value > 0) == (index < 25) for index, value in enumerate(blue_yellow))


def test_a_source_that_breaks_says_so_unless_the_part_ends_before(source, prediction, tmp_path):
    path = source("a.mkv", stamps=range(0, 6000, 40))
    (tmp_path / "b.mkv").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    made = prediction([0.96, 1.96], [{1: LEFT}, {}])
    with pytest.raises(DecodeError) as broken:
        write_overlay(tmp_path / "b.mkv", made, tmp_path / "o.mp4")
    write_overlay(tmp_path / "b.mkv", made, tmp_path / "o.mp4", end_s=broken.value.time_s)
    assert float(probe(tmp_path / "o.mp4").duration_s) == pytest.approx(broken.value.time_s, abs=1e-3)


def test_the_same_input_gives_the_same_bytes(source, prediction, tmp_path):
    path, made = source(), prediction([0.96, 1.96, 2.96], [{1: LEFT}, {2: RIGHT}, {}])
    for name in ("1.mp4", "2.mp4"):
        write_overlay(path, made, tmp_path / name)
    assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()
