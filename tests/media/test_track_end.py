"""Files that end early, and files that only seem to."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from ravs.errors import DecodeError
from ravs.media import probe, read_frames
from support.clip_facts import indices_of, joined, loud_seconds

AVI = {"codec": "mpeg4", "audio": "mp3", "time_base": Fraction(1, 25)}


@pytest.fixture
def noisy(make_video, beep):
    """noisy(name, seconds): each frame takes about as many bytes."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return lambda name, seconds, **options: make_video(name, seconds, waveform=beep(seconds), image=noise, **options)


def empty_frames(path, first):
    """Empty the chunks of an AVI's frames from this number on: the frame before stays."""
    data = path.read_bytes()
    at, seen, movi = data.index(b"movi") + 4, 0, b"movi"
    begin, stop = at, at - 4 + struct.unpack("<I", data[at - 8 : at - 4])[0]
    while at + 8 <= stop:
        kind, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        content, at = data[at + 8 : at + 8 + size], at + 8 + size + size % 2
        content = b"" if kind == b"00dc" and seen >= first else content
        seen += kind == b"00dc"
        movi += kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    body = data[8 : begin - 12] + b"LIST" + struct.pack("<I", len(movi)) + movi
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize("left", [1.5, 2.7])
def test_empty_frames_at_the_end_of_an_avi_hold_the_last_one(make_video, beep, left):
    path = make_video("a.avi", 3, waveform=beep(3, [(2.5, 2.6)]), **AVI)
    declared_s = probe(path).duration_s
    empty_frames(path, round(left * 25))
    frames = list(read_frames(path))
    assert len(frames) == round(left * 25) - 1 and frames[-1].end_s == declared_s  # its writer leaves one slot empty
    clips = joined(path)
    assert len(indices_of(clips)) == 3 and clips[-1].ends_s[-1] == 3
    assert [heard is not None for heard in loud_seconds(clips)] == [False, False, True]


def test_an_flv_that_was_cut_off_is_broken(noisy, tmp_path):
    whole = noisy("a.flv", 4)
    assert len(indices_of(joined(whole))) == 4
    (tmp_path / "b.flv").write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    made = []
    with pytest.raises(DecodeError, match=r"b.flv: cannot be decoded after 0:02\.\d \(the file ends too early\)"):
        made.extend(read_frames(tmp_path / "b.flv"))
    assert 50 < len(made) < 75
    assert float(probe(tmp_path / "b.flv").duration_s) == pytest.approx(len(made) / 25, abs=0.041)


def test_a_matroska_without_tags_that_was_cut_off_is_broken_too(noisy, tmp_path):
    data = noisy("a.mkv", 4).read_bytes().replace(b"DURATION", b"XURATION")
    (tmp_path / "b.mkv").write_bytes(data)
    assert len(indices_of(joined(tmp_path / "b.mkv"))) == 4
    (tmp_path / "c.mkv").write_bytes(data[: len(data) * 6 // 10])
    with pytest.raises(DecodeError, match=r"c.mkv: cannot be decoded after 0:02\.\d \(.+\)"):
        joined(tmp_path / "c.mkv")


@pytest.mark.parametrize("name", ["a.flv", "a.mkv", "a.mp4", "a.ts"])
def test_the_last_frame_is_held_until_the_audio_ends(make_video, beep, numbers, name):
    path = make_video(name, 1, waveform=beep(3, [(2.2, 2.4)]))
    info = probe(path)
    assert float(info.video_duration_s) == pytest.approx(1, abs=0.03) and float(info.duration_s) == pytest.approx(
        3, abs=0.05
    )
    frames = list(read_frames(path))
    assert len(frames) == 25
    clips = joined(path)
    assert numbers(clips) == indices_of(clips) == [24, 24, 24]
    assert [heard is not None for heard in loud_seconds(clips)] == [False, False, True]
    late = joined(path, start_s=2, end_s=3)
    assert numbers(late) == [24] and loud_seconds(late)[0] is not None
    assert len(joined(path, mute=True)[0]) == 3  # in silence, as many masks


def test_audio_that_ends_a_moment_later_or_comes_from_elsewhere_holds_no_frame(make_video, beep):
    path = make_video("a.mp4", 1, waveform=beep(1.4))
    assert len(indices_of(joined(path))) == 1 and probe(path).video_duration_s == probe(path).duration_s == 1
    other = make_video("b.mp4", 1, waveform=beep(3))
    assert len(indices_of(joined(path, sound=other))) == 1 and probe(path, other).duration_s == 1


def test_a_header_that_declares_more_than_the_audio_holds_is_not_believed(make_video, beep, tmp_path):
    data = make_video("a.mkv", 1, waveform=beep(2)).read_bytes()
    at = data.index(b"00:00:02")
    (tmp_path / "b.mkv").write_bytes(data[:at] + b"30" + data[at + 2 :])
    assert probe(tmp_path / "b.mkv").audio.duration_s > 100_000
    assert float(probe(tmp_path / "b.mkv").duration_s) == pytest.approx(2, abs=0.05)
    assert len(indices_of(joined(tmp_path / "b.mkv"))) == 2
