from dataclasses import fields

import numpy as np
import pytest

from ravs.data.library.builder.debian_packages import DebianPackages
from ravs.data.library.builder.engines import play_loop, render_drive
from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.loudness import normalize_level, shorten
from ravs.data.library.builder.make_part import samples_of
from ravs.data.library.builder.parts_table import PartSource
from ravs.data.library.builder.speech import join_utterances, trim_utterance
from ravs.data.library.builder.vorbis import checksum, encode_vorbis, with_fixed_serial
from ravs.errors import DecodeError
from ravs.media import decode_mono, write_wav

RATE = 32000


def tone(seconds, hertz=440.0, amplitude=0.3):
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def silence(seconds):
    return np.zeros(int(seconds * RATE), np.float32)


def pitch_of(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()]


def test_silence_around_a_sound_is_trimmed_and_its_level_normalized():
    made = normalize_level(np.concatenate([silence(0.5), tone(1.0), silence(0.7)]))
    assert len(made) == pytest.approx(RATE, abs=0.06 * RATE)
    assert np.sqrt((made[RATE // 4 : RATE // 2] ** 2).mean()) == pytest.approx(0.1, rel=0.02)
    assert made[0] == made[-1] == 0  # faded


def test_a_pause_inside_a_sound_stays_and_does_not_count_for_the_level():
    made = normalize_level(np.concatenate([tone(0.5), silence(1.0), tone(0.5)]))
    assert len(made) == pytest.approx(2 * RATE, abs=0.06 * RATE)
    assert np.sqrt((made[RATE // 8 : RATE // 4] ** 2).mean()) == pytest.approx(0.1, rel=0.02)


def test_a_click_is_kept_below_the_peak_and_a_long_sound_is_cut():
    click = silence(1.0)
    click[RATE // 2 : RATE // 2 + 3] = 0.9
    assert np.abs(normalize_level(click)).max() <= 0.9501
    assert len(normalize_level(tone(12))) == 10 * RATE


def test_a_played_phrase_begins_at_its_onset_and_fades_after_six_seconds():
    made = shorten(np.concatenate([silence(1.0), tone(8.0, amplitude=0.5)]))
    assert len(made) == 6 * RATE
    assert np.abs(made[: RATE // 50 - 10]).max() < 0.01 and np.abs(made[RATE // 50 : RATE // 10]).max() > 0.4
    assert np.abs(made[-100:]).max() < 0.01


def test_utterances_are_joined_with_the_gaps_of_the_table(wav):
    first, second = wav(300, 0.4, silence_s=0.5), wav(500, 0.3)
    alone = [trim_utterance(first), trim_utterance(second)]
    made = join_utterances([first, second], [1234])
    assert len(made) == len(alone[0]) + 1234 + len(alone[1])
    assert not made[len(alone[0]) : len(alone[0]) + 1234].any()
    assert len(alone[0]) == pytest.approx(0.4 * RATE, abs=0.1 * RATE)  # silence before it is gone


def test_channels_are_averaged_so_that_mono_and_stereo_voices_are_joined_at_one_level(tmp_path):
    both = np.stack([tone(0.5), tone(0.5)])
    write_wav(tmp_path / "two.wav", both, RATE)
    write_wav(tmp_path / "one.wav", both[:1], RATE)
    two, one = (trim_utterance((tmp_path / name).read_bytes()) for name in ("two.wav", "one.wav"))
    np.testing.assert_allclose(two, one, atol=1e-6)


def test_a_voice_in_a_format_that_ffmpeg_cannot_read_is_read_by_libsndfile(tmp_path, stand_ins, wav):
    (tmp_path / "known.wav").write_bytes(wav(300, 0.4))
    (stand_ins / "sndfile-convert").write_text(f'#!/bin/sh\n[ "$1" = -float32 ] && cp {tmp_path}/known.wav "$3"\n')
    (tmp_path / "old.ogg").write_bytes(b"OggS and more")
    row = {field.name: "" for field in fields(PartSource)}
    part = PartSource(**row | {"path": "sounds/person/a.ogg", "source": "{old.ogg,old.ogg}", "how": "speak 100"})
    samples = samples_of(part, tmp_path, ExternalTools(DebianPackages(tmp_path)))
    np.testing.assert_allclose(samples, shorten(join_utterances([wav(300, 0.4)] * 2, [100])))


def test_an_utterance_that_is_too_short_is_refused(wav):
    with pytest.raises(DecodeError, match="is no speech"):
        trim_utterance(wav(300, 0.02))


def test_a_loop_at_double_speed_sounds_an_octave_higher():
    loop = tone(0.5, 400)
    seconds = np.ones(RATE)
    assert pitch_of(play_loop(loop, seconds)) == pytest.approx(400, abs=3)
    assert pitch_of(play_loop(loop, 2 * seconds)) == pytest.approx(800, abs=6)


def test_a_path_decides_a_drive(wav):
    made = [render_drive(wav(120, 0.5), path) for path in ("a.ogg", "a.ogg", "b.ogg")]
    np.testing.assert_array_equal(made[0], made[1])
    assert 2.2 * RATE <= len(made[0]) <= 5.8 * RATE and len(made[0]) != len(made[2])


def pages_of(ogg):
    at = 0
    while at < len(ogg):
        segments = ogg[at + 26]
        size = 27 + segments + sum(ogg[at + 27 : at + 27 + segments])
        yield ogg[at : at + size]
        at += size


def test_an_ogg_file_gets_a_fixed_serial_and_keeps_its_audio(tmp_path):
    ogg = encode_vorbis(tone(1.0), ExternalTools(DebianPackages(tmp_path)))
    for page in pages_of(ogg):
        assert page[14:18] == b"\1\0\0\0"
        assert int.from_bytes(page[22:26], "little") == checksum(page[:22] + bytes(4) + page[26:])
    assert with_fixed_serial(ogg) == ogg
    np.testing.assert_allclose(decode_mono(ogg, RATE), tone(1.0), atol=1e-3)


def test_the_checksum_is_the_one_that_ffmpeg_writes(tmp_path):
    import av

    with av.open(str(tmp_path / "a.ogg"), "w") as out:
        stream = out.add_stream("libopus", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), format="flt", layout="mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    for page in pages_of((tmp_path / "a.ogg").read_bytes()):
        assert int.from_bytes(page[22:26], "little") == checksum(page[:22] + bytes(4) + page[26:])
