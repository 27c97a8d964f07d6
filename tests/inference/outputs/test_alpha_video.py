"""Videos with transparency and mattes, decoded: alpha is the mask; colors, times and sound are the source's."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.inference.outputs.alpha_video import write_alpha, write_matte
from ravs.media import probe, read_audio, read_frames
from support.planes import decoded, samples

BOX = np.s_[24:64, 40:104]
INSIDE, OUTSIDE = np.s_[30:58, 46:98], np.s_[76:, :]
SHORT = range(0, 1200, 100)


@pytest.mark.parametrize("name", ["a.mov", "a.webm"])
def test_what_sounds_is_opaque_and_all_else_transparent(source, masked, tmp_path, name):
    write_alpha(source(stamps=SHORT, last=100), masked([0.9, 1.1], [{1: BOX}, {}]), tmp_path / name)
    frames = decoded(tmp_path / name)
    assert len(frames) == 12 and frames[0].format.name.startswith("yuva")
    for index, frame in enumerate(frames):
        alpha = samples(frame)[3]
        sounds = index < 10  # the second mask, an empty one, is that of the second second
        assert alpha[INSIDE].min() >= sounds * (0.999 if name == "a.mov" else 0.97)
        assert alpha[INSIDE].max() <= (1.0 if sounds else 0.03) and alpha[OUTSIDE].max() <= 0.03


def test_a_matte_is_white_where_something_sounds_and_black_elsewhere_without_a_color(source, masked, tmp_path):
    write_matte(
        source(stamps=SHORT, last=100), masked([0.9, 1.1], [{1: BOX}, {2: np.s_[70:100, 0:30]}]), tmp_path / "m"
    )
    frames = [frame.rgb().astype(int) for frame in read_frames(tmp_path / "m")]
    assert len(frames) == 12 and probe(tmp_path / "m").video_codec == "h264"
    assert frames[0][INSIDE].min() >= 250 and frames[0][OUTSIDE].max() <= 5
    assert frames[11][INSIDE].max() <= 5 and frames[11][76:94, 6:24].min() >= 250
    assert max(int(np.ptp(frame, axis=2).max()) for frame in frames) <= 3


def test_half_of_the_opacity_is_reached_where_the_mask_has_its_edge(source, masked, tmp_path):
    write_alpha(source(stamps=range(0, 300, 100), last=100), masked([0.2], [{1: BOX}]), tmp_path / "a.mov")
    alpha = samples(decoded(tmp_path / "a.mov")[0])[3]
    marked = np.zeros((120, 160), bool)
    marked[BOX] = True
    assert ((alpha > 0.5) == marked).mean() > 0.999


@pytest.mark.parametrize(
    ("name", "file", "sound", "kept"),
    [
        ("a.mov", "s.mp4", "aac", "aac"),
        ("a.mov", "s.mkv", "pcm_s16le", "pcm_s16le"),
        ("a.webm", "s.mp4", "aac", "opus"),
        ("a.webm", "s.mkv", "libopus", "opus"),
    ],
)
def test_sound_and_times_are_kept(source, masked, tmp_path, name, file, sound, kept):
    stamps = [0, 40, 300, 700, 960]
    path = source(file, stamps=stamps, last=240, sound=sound, sound_ms=1200)
    write_alpha(path, masked([0.96], [{1: BOX}]), tmp_path / name)
    assert probe(tmp_path / name).audio.codec == kept
    times = [float(frame.time_s) for frame in read_frames(tmp_path / name)]
    np.testing.assert_allclose(np.array(times) - times[0], np.array(stamps) / 1000, atol=0.001)
    heard, expected = (read_audio(one, 48000)[0] for one in (tmp_path / name, path))
    assert abs(len(heard) - len(expected)) <= 960 and np.abs(heard[9600:38400]).max() > 0.3


def test_a_matte_has_the_sound_of_its_source(source, masked, tmp_path):
    path = source(stamps=SHORT, last=100)
    write_matte(path, masked([0.9, 1.1], [{1: BOX}, {}]), tmp_path / "m.mp4")
    heard, expected = (read_audio(one, 48000)[0] for one in (tmp_path / "m.mp4", path))
    assert probe(tmp_path / "m.mp4").audio.codec == "aac"
    np.testing.assert_array_equal(heard, expected)


def test_a_part_of_a_source_begins_at_zero(source, masked, tmp_path):
    made = masked([1.48], [{1: BOX}])
    write_alpha(source(), made, tmp_path / "a.mov", start_s=Fraction(1, 2), end_s=Fraction(3, 2))
    frames = list(read_frames(tmp_path / "a.mov"))
    assert frames[0].time_s == 0 and float(frames[-1].end_s) == pytest.approx(1, abs=1e-3)


def test_odd_sides_grow_by_one(source, masked, tmp_path):
    path = source("odd.mp4", stamps=[0, 100], last=100, size=(161, 121), pixels="yuv444p")
    write_alpha(path, masked([0.2], [{1: np.s_[100:121, 140:161]}], size=(121, 161)), tmp_path / "a.mov")
    frame = decoded(tmp_path / "a.mov")[0]
    assert (frame.width, frame.height) == (162, 122) and samples(frame)[3][105:, 145:].min() > 0.99


def test_an_mp4_is_refused(source, masked, tmp_path):
    with pytest.raises(InputError, match=r"\.mp4 cannot carry transparency"):
        write_alpha(source(stamps=[0]), masked([0.0], [{}]), tmp_path / "a.mp4")
