"""Audio of an overlay: what is copied, and that what is encoded keeps its time."""

from fractions import Fraction

import av
import numpy as np
import pytest

from ravs.errors import RavsError
from ravs.media import read_audio, write_video
from ravs.media.stream_copy import can_copy
from ravs.media.video_formats import h264
from support.tones import beeps, cut_out, move_stamp, write_tone


def overlay_of(sound, out, seconds=4):
    """A gray video with this audio."""
    gray = np.full((48, 64, 3), 90, np.uint8)
    write_video(out, ((gray, Fraction(i, 5)) for i in range(seconds * 5)), sound=sound, preset="ultrafast")
    return out


def codec_of(path):
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.name


def check(sound, out, times_s, length_s):
    """Check the overlay of audio that cannot be copied: AAC, of the same length, its beeps in time and in pitch."""
    assert not can_copy(sound, h264())
    assert codec_of(overlay_of(sound, out)) == "aac"
    found = beeps(out)
    np.testing.assert_allclose(
        [at for at, _ in found], times_s, atol=0.025
    )  # a stream begins with its encoder's priming
    np.testing.assert_allclose([pitch for _, pitch in found], 1000, atol=5)
    assert read_audio(out, 8000).shape[1] / 8000 == pytest.approx(length_s, abs=0.05)


def test_a_repeated_time_stamp_is_no_error(tmp_path):
    whole = write_tone(tmp_path / "whole.flv", 4, 2.0)
    assert can_copy(whole, h264()) and can_copy(write_tone(tmp_path / "a.m4a", 1, 0.5), h264())
    check(move_stamp(whole, -21), tmp_path / "out.mp4", [2.0], 4.0)


@pytest.mark.parametrize("by_ms", [100_000, 2**31, -60])
def test_a_time_stamp_far_away_costs_neither_audio_nor_time(tmp_path, by_ms):
    sound = move_stamp(write_tone(tmp_path / "a.flv", 4, 2.0), by_ms)
    out = overlay_of(sound, tmp_path / "out.mp4")
    ((at_s, pitch_hz),) = beeps(out)
    assert (at_s, pitch_hz) == (pytest.approx(2.0, abs=0.025), pytest.approx(1000, abs=5))
    assert read_audio(out, 8000).shape[1] / 8000 == pytest.approx(4.0, abs=0.05)


def test_joined_parts_whose_audio_overlaps_are_encoded_again(tmp_path):
    parts = [write_tone(tmp_path / f"{at}.ts", 2.048, 1.0, "ac3", start_s=1 + at) for at in (0, 2)]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    check(joined, tmp_path / "out.mp4", [1.0, 3.0], 4.048)


def test_audio_whose_rate_and_channels_change_keeps_time_and_pitch(tmp_path):
    first = write_tone(tmp_path / "first.ts", 2, 1.0, start_s=1)
    second = write_tone(tmp_path / "second.ts", 2, 1.0, rate_hz=44100, layout="mono", start_s=3.2)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    check(joined, tmp_path / "out.mp4", [1.0, 3.2], 4.22)


def test_a_part_that_an_edit_list_leaves_out_is_not_heard(tmp_path):
    whole = write_tone(tmp_path / "a.mp4", 4, 2.0)
    check(cut_out(whole, 1, 2), tmp_path / "out.mp4", [1.0], 3.0)


def test_a_gap_in_the_audio_stays_a_gap(tmp_path):
    parts = [write_tone(tmp_path / f"{at}.ts", 1, 0.5, start_s=1 + at) for at in (0, 3)]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    check(joined, tmp_path / "out.mp4", [0.5, 3.5], 4.02)


@pytest.mark.parametrize(("rate_hz", "copied"), [(8000, False), (11025, False), (16000, True)])
def test_mp3_is_copied_at_the_rates_that_an_mp4_takes(tmp_path, rate_hz, copied):
    sound = write_tone(tmp_path / "a.mp3", 4, 2.0, "libmp3lame", rate_hz, "mono")
    assert can_copy(sound, h264()) == copied
    out = overlay_of(sound, tmp_path / "out.mp4")
    assert codec_of(out).startswith("mp3" if copied else "aac")
    assert read_audio(out, 8000).shape[1] / 8000 == pytest.approx(4.0, abs=0.1)


def test_a_refusal_of_the_muxer_is_one_line(tmp_path, monkeypatch):
    sound = write_tone(tmp_path / "a.mp3", 1, 0.5, "libmp3lame", 8000, "mono")
    monkeypatch.setattr("ravs.media.audio_writer.can_copy", lambda *_: True)
    with pytest.raises(RavsError, match=r"^out.mp4: cannot be written \(Invalid argument\)\.$"):
        overlay_of(sound, tmp_path / "out.mp4")
