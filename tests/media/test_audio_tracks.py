"""Which of several sound tracks is used."""

from fractions import Fraction

import av
import pytest
from av.stream import Disposition

from ravs.errors import DecodeError, InputError
from ravs.media import AudioReader, probe, probe_audio, probe_audio_tracks, read_clips
from ravs.media.audio_tracks import preferred_track
from support.tones import beeps, split_programs, write_tracks

NO, DEFAULT = Disposition(0), Disposition.default


@pytest.mark.parametrize(
    ("dispositions", "used"),
    [
        ((Disposition.visual_impaired, DEFAULT), 2),
        ((NO, DEFAULT, DEFAULT), 2),
        ((Disposition.comment, Disposition.hearing_impaired, NO), 3),
        ((DEFAULT | Disposition.comment, DEFAULT), 2),
        ((NO, NO), 1),
        ((Disposition.comment,), 1),
    ],
)
def test_the_default_track_is_used_or_the_first_that_is_for_everyone(tmp_path, dispositions, used):
    path = write_tracks(tmp_path / "a.mkv", dispositions, used - 1)
    assert probe(path).audio.track == probe_audio(path).track == used
    ((at_s, _),) = beeps(path)
    assert at_s == pytest.approx(1.0, abs=0.01)


def test_a_track_can_be_chosen_by_its_number(tmp_path):
    path = write_tracks(tmp_path / "a.mkv", (DEFAULT, NO, Disposition.comment), 2, ("deu", "eng", "und"))
    tracks = probe_audio_tracks(path)
    assert [sound.track for sound in tracks] == [1, 2, 3]
    assert [sound.language for sound in tracks] == ["deu", "eng", None]
    assert [sound.flags for sound in tracks] == [("default",), (), ("comment",)]
    assert beeps(path) == []
    for number in (1, 2, 3):
        assert probe(path, sound_track=number).audio.track == number
        (clip,) = read_clips(path, window=2, sample_rate_hz=8000, sound_track=number)
        assert bool(abs(clip.waveform).max() > 0.4) == (number == 3)
    with AudioReader(path, 8000, track=3) as reader:
        assert abs(reader.read(Fraction(1), 1600)).max() > 0.4


@pytest.mark.parametrize(("number", "existing"), [(2, "1 sound track"), (9, "1 sound track")])
def test_a_missing_track_is_reported_with_the_number_of_existing_ones(tmp_path, number, existing):
    path = write_tracks(tmp_path / "a.mkv", (NO,), 0)
    with pytest.raises(
        InputError, match=rf"^a.mkv: has no sound track {number}, but {existing}, counted from 1; ravs info"
    ):
        probe(path, sound_track=number)


def test_the_audio_of_the_videos_program_is_used(tmp_path):
    plain = write_tracks(tmp_path / "a.ts", (NO, NO), 0)
    assert probe(plain).audio.track == 1
    path = split_programs(plain)
    assert probe(path).audio.track == 2  # the first one is of a radio program
    with AudioReader(path, 8000, track=1) as radio:
        assert abs(radio.read(Fraction(1), 1600)).max() < 0.01
    assert beeps(path)[0][0] == pytest.approx(1.0, abs=0.05)


def test_a_track_without_a_decoder_is_skipped_or_reported(tmp_path):
    path = write_tracks(tmp_path / "a.mkv", (DEFAULT, NO), 1)
    path.write_bytes(path.read_bytes().replace(b"A_MPEG/L2", b"A_UNKNOWN", 1))
    assert probe(path).audio.track == 2
    with pytest.raises(DecodeError, match=r"^a.mkv: the audio cannot be decoded \(there is no decoder for it\)\.$"):
        probe(path, sound_track=1)
    path.write_bytes(path.read_bytes().replace(b"A_MPEG/L2", b"A_UNKNOWN"))
    assert probe(path).audio is None and probe_audio_tracks(path) == ()
    with pytest.raises(DecodeError, match="there is no decoder for it"):
        next(read_clips(path, window=1))
    path.write_bytes(path.read_bytes().replace(b"V_MPEG2", b"V_OTHER"))
    with pytest.raises(DecodeError, match=r"^a.mkv: cannot be decoded \(there is no decoder for its video\)\.$"):
        probe(path)
    with av.open(str(path)) as container:
        assert preferred_track(container) is None
