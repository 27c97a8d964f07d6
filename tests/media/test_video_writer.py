"""Videos written and read back."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ravs.errors import InputError
from ravs.media import probe, read_audio, read_frames, write_video


def gray(level, size=(32, 24)):
    return np.full((size[1], size[0], 3), level, np.uint8)


def at_rate(images, rate=25):
    return ((image, Fraction(i, rate)) for i, image in enumerate(images))


def test_frames_and_times_come_back(tmp_path):
    times = [Fraction(t, 1000) for t in (0, 40, 55, 500, 1234)]
    write_video(
        tmp_path / "a.mp4", zip([gray(level) for level in range(60, 200, 30)], times, strict=True), end_s=Fraction(2)
    )
    found = list(read_frames(tmp_path / "a.mp4"))
    assert [frame.time_s for frame in found] == times
    assert [frame.end_s for frame in found] == [*times[1:], 2]
    assert [round(float(frame.rgb().mean()) / 30) * 30 for frame in found] == [60, 90, 120, 150, 180]


def test_colors_survive_in_small_and_large_frames(tmp_path):
    for name, size in (("sd", (64, 48)), ("hd", (64, 720))):
        for color in ((200, 40, 40), (30, 180, 60), (20, 60, 220)):
            image = np.broadcast_to(np.uint8(color), (size[1], size[0], 3)).copy()
            write_video(tmp_path / f"{name}.mp4", at_rate([image] * 2), crf=4)
            shown = next(read_frames(tmp_path / f"{name}.mp4")).rgb()
            np.testing.assert_allclose(shown.mean((0, 1)), color, atol=4)


def test_odd_sides_are_padded_by_one(tmp_path):
    write_video(tmp_path / "a.mp4", at_rate([gray(90, (33, 25))] * 3))
    assert next(read_frames(tmp_path / "a.mp4")).rgb().shape == (26, 34, 3)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (10, 64, 96, 3), dtype=np.uint8)
    waveform = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 12800)).astype(np.float32)
    for name in ("a.mp4", "b.mp4.part"):
        write_video(tmp_path / name, at_rate(noise), sound=(waveform, 32000), crf=24, threads=1)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4.part").read_bytes()


@pytest.mark.parametrize("name", ["Take 2: loud.mp4", "https:a.mp4", "concat:a.mp4|b.mp4", os.fsdecode(b"caf\xe9.mp4")])
def test_a_name_is_a_file_whatever_precedes_a_colon(tmp_path, monkeypatch, beep, name):
    monkeypatch.chdir(tmp_path)
    write_video(name, at_rate([gray(80)] * 3), sound=(beep(1, [(0.0, 0.1)], rate_hz=16000), 16000))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(list(read_frames(name))) == 3 and probe(name).audio is not None
    write_video("copy.mp4", at_rate([gray(80)] * 3), sound=Path(name))
    assert probe("copy.mp4").audio is not None


def test_a_waveform_comes_back_with_its_length_and_its_channels(tmp_path, beep):
    waveform = beep(2, [(0.5, 0.7)], rate_hz=32000)
    waveform[1] = 0
    write_video(tmp_path / "a.mp4", at_rate([gray(80)] * 50), sound=(waveform, 32000))
    found = read_audio(tmp_path / "a.mp4", 32000)
    assert found.shape == (2, 64000) and np.abs(found[1]).max() < 0.01
    heard = np.flatnonzero(np.abs(found[0]) > 0.2)
    assert heard[0] == pytest.approx(16000, abs=200) and heard[-1] == pytest.approx(22400, abs=200)


def packets_of(path):
    with av.open(str(path)) as container:
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(audio=0) if p.size]


def test_audio_that_an_mp4_supports_is_copied_packet_by_packet(make_video, beep, tmp_path):
    for name, audio in (("a.mkv", "libopus"), ("b.mp4", "aac"), ("c.mkv", "flac"), ("d.mkv", "ac3")):
        source = make_video(name, 1, waveform=beep(1), audio=audio, audio_start_s=Fraction(1, 4))
        write_video(tmp_path / "out.mp4", at_rate([gray(80)] * 25), sound=source)
        written, read = packets_of(tmp_path / "out.mp4"), packets_of(source)
        assert [data for _, data in written] == [data for _, data in read]
        assert float(written[-1][0]) == pytest.approx(float(read[-1][0]), abs=0.002)


def test_aac_of_a_transport_stream_is_copied_and_its_clock_set_to_zero(make_video, beep, tmp_path):
    source = make_video("a.ts", 2, waveform=beep(2, [(1.0, 1.1)]), shift_s=30)
    write_video(tmp_path / "out.mp4", at_rate([gray(80)] * 50), sound=source)
    heard = np.flatnonzero(np.abs(read_audio(tmp_path / "out.mp4", 8000)[0]) > 0.2)
    assert heard[0] / 8000 == pytest.approx(1.0, abs=0.03)


def test_audio_that_an_mp4_does_not_support_becomes_aac(make_video, beep, tmp_path):
    source = make_video("a.mkv", 1, waveform=beep(1, [(0.5, 0.6)]), audio="pcm_s16le")
    write_video(tmp_path / "out.mp4", at_rate([gray(80)] * 25), sound=source)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
    found = read_audio(tmp_path / "out.mp4", 8000)
    heard = np.flatnonzero(np.abs(found[0]) > 0.2)
    assert found.shape == (2, 8000) and heard[0] / 8000 == pytest.approx(0.5, abs=0.02)


def test_a_part_of_the_audio_begins_at_zero_and_ends_with_the_part(make_video, beep, tmp_path):
    source = make_video("a.mp4", 4, waveform=beep(4, [(2.0, 2.2)]))
    part = (Fraction(3, 2), Fraction(3))
    write_video(tmp_path / "out.mp4", at_rate([gray(80)] * 25), sound=source, sound_part_s=part)
    found = read_audio(tmp_path / "out.mp4", 8000)
    heard = np.flatnonzero(np.abs(found[0]) > 0.2)
    assert found.shape[1] == pytest.approx(12000, abs=8) and heard[0] / 8000 == pytest.approx(0.5, abs=0.02)


def test_no_frame_and_times_that_fall_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no frame to write to a.mp4: give one at least"):
        write_video(tmp_path / "a.mp4", [])
    with pytest.raises(InputError, match=r"a frame at 0.5 s follows one at 1.0 s: times must rise"):
        write_video(tmp_path / "a.mp4", [(gray(1), Fraction(1)), (gray(2), Fraction(1, 2))])
