"""Audio read in chunks, all at once, and written."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.data.library.sound_bank import read_mono
from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.media import AudioReader, decode_mono, read_audio, write_wav


def test_a_wav_comes_back_to_the_sample(tmp_path):
    waveform = np.random.default_rng(0).uniform(-1, 1, (2, 12345)).astype(np.float32)
    write_wav(tmp_path / "a.wav", waveform, 16000)
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav", 16000), waveform, atol=1 / 32768)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_part_equals_the_same_samples_of_the_whole_file(make_video, beep, name):
    path = make_video(name, 6, waveform=beep(6, [(0.3, 0.4), (4.2, 4.9)]))
    whole = read_audio(path, 16000)
    part = read_audio(path, 16000, start_s=4, end_s=5.5)
    assert part.shape == (2, 24000)
    for found in (part, whole[:, 64000:88000]):  # Matroska's stamps are whole milliseconds
        heard = np.flatnonzero(np.abs(found[0]) > 0.2)
        assert heard[0] == pytest.approx(0.2 * 16000, abs=20) and heard[-1] == pytest.approx(0.9 * 16000, abs=20)


def test_chunks_read_one_by_one_equal_the_whole_file(make_video, beep):
    path = make_video("a.mp4", 3, waveform=beep(3, [(0.5, 2.2)]))
    whole = read_audio(path, 8000)
    with AudioReader(path, 8000) as reader:
        for start in (Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(1, 3), Fraction(2), Fraction(5, 2)):
            first = round(start * 8000)
            expected = np.pad(whole, ((0, 0), (8000, 8000)))[:, first + 8000 : first + 16000]
            np.testing.assert_array_equal(reader.read(start, 8000), expected)


def test_a_reader_holds_no_more_than_was_asked_for(make_video, beep):
    with AudioReader(make_video("a.mp4", 8, waveform=beep(8)), 8000) as reader:
        kept = []
        for second in range(8):
            reader.read(Fraction(second), 8000)
            kept.append(sum(chunk.samples.shape[1] for chunk in reader._kept))
        assert max(kept) < 2 * 8000


def test_a_click_stays_where_it_is_at_another_rate(tmp_path):
    waveform = np.zeros((1, 96000), np.float32)
    waveform[0, 60000] = 1.0
    write_wav(tmp_path / "a.wav", waveform, 48000)
    for rate_hz in (16000, 22050, 32000, 44100):
        found = read_audio(tmp_path / "a.wav", rate_hz)
        assert found.shape == (1, 2 * rate_hz)
        assert np.abs(found[0]).argmax() == pytest.approx(1.25 * rate_hz, abs=1)


def test_a_gap_between_stamps_is_silence_and_what_follows_keeps_its_time(make_video, beep, tmp_path):
    import av

    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for at in [*range(0, 48000, 4800), *range(96000, 144000, 4800)]:  # nothing from 1 s to 2 s
            frame = av.AudioFrame.from_ndarray(np.full((1, 4800), 9000, np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = np.abs(read_audio(path, 8000)[0]) > 0.1
    assert heard[100:7900].all() and not heard[8300:15700].any() and heard[16300:23900].all()


def test_a_missing_track_and_an_empty_part_are_errors(make_video, beep):
    with pytest.raises(NoAudioError):
        read_audio(make_video("a.mp4", 1), 16000)
    with pytest.raises(InputError, match=r"the part from 2.0 s to 1.0 s is empty: give an end after the start"):
        read_audio(make_video("b.mp4", 1, waveform=beep(1)), 16000, start_s=2, end_s=1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rate_hz", [16000, 32000])
def test_a_sample_that_is_not_finite_is_refused_at_its_time_at_any_rate(tmp_path, miniatures, bad, rate_hz):
    samples = np.full(32000, 0.5, np.float32)
    samples[20000] = bad
    miniatures.save_floats(tmp_path / "a.wav", samples)
    assert read_audio(tmp_path / "a.wav", rate_hz, end_s=1).shape == (1, rate_hz)  # before it
    with pytest.raises(DecodeError, match=r"^a\.wav: the audio has a sample that is not finite") as error:
        read_audio(tmp_path / "a.wav", rate_hz)
    assert error.value.time_s == pytest.approx(1.25, abs=0.01)


def test_a_recording_of_a_library_that_is_not_finite_is_refused(tmp_path, miniatures):
    miniatures.save_floats(tmp_path / "a.wav", [0.0, np.nan] * 400)
    for work in (
        lambda: decode_mono((tmp_path / "a.wav").read_bytes(), 16000),
        lambda: read_mono(tmp_path / "a.wav", 32000),
    ):
        with pytest.raises(DecodeError, match="not finite"):
            work()
