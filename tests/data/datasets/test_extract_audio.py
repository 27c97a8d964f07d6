"""Wav files extracted from raw videos."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.extract_audio import extract_audio
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.media import probe_audio, read_audio, write_video

RATE_HZ = 16000


def write_raw(path, channels=2, sounds=True):
    """Five seconds of one gray; left is a tone of 440 Hz, right one of 660 Hz."""
    times = np.arange(5 * RATE_HZ) / RATE_HZ
    tones = np.stack([0.2 * np.sin(2 * np.pi * hertz * times) for hertz in (440, 660)]).astype(np.float32)
    frames = ((np.full((16, 16, 3), 90, np.uint8), Fraction(second)) for second in range(5))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, frames, end_s=Fraction(5), sound=(tones[:channels], RATE_HZ) if sounds else None, threads=1)


@pytest.fixture
def with_videos(miniature):
    """with_videos(format): a set of raw videos without a single wav."""

    def make(name):
        root = miniature(name)
        for wav in root.rglob("*.wav"):
            wav.unlink()
        opened = find_dataset(root)
        for entry in opened.entries:
            write_raw(opened.video_of(entry) or opened.wav_of(entry).with_name("raw.mp4"))
        return root

    return make


def peak_hz(samples):
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE_HZ / len(samples))


def test_the_raw_videos_of_each_format_are_looked_for_where_it_has_them(miniature, tmp_path):
    s4, ms3, avss = (find_dataset(miniature(name, folder=tmp_path / name)) for name in ("s4", "ms3", "avss"))
    place = tmp_path / "s4/Single-source/s4_data/raw_videos/val/dog_barking/val-dog_1000.mp4"
    assert s4.video_of(s4.select("val")[0]) == place
    place = tmp_path / "ms3/Multi-sources/ms3_data/raw_videos/val_ms.mp4"  # all splits in one folder
    assert ms3.video_of(ms3.select("val")[0]) == place
    (entry,) = avss.select("val", "v2")
    assert avss.video_of(entry) is None  # published without videos
    (tmp_path / "avss/v2/v2val_0_5000/any.webm").touch()
    assert avss.video_of(entry) == tmp_path / "avss/v2/v2val_0_5000/any.webm"


@pytest.mark.parametrize("name", ["s4", "ms3", "avss"])
def test_the_wav_holds_the_samples_of_the_video_and_the_set_is_complete_again(with_videos, name):
    root = with_videos(name)
    opened = find_dataset(root)
    done = extract_audio(opened, jobs=1)
    assert done.failed == () and done.existing == 0
    assert sorted(done.written) == sorted(opened.wav_of(entry) for entry in opened.entries)
    entry = opened.select("val")[0]
    wav, video = opened.wav_of(entry), opened.video_of(entry)
    made = probe_audio(wav)
    assert (made.codec, made.sample_rate_hz, made.channels) == ("pcm_s16le", RATE_HZ, 2)
    sound = read_audio(wav, RATE_HZ)
    np.testing.assert_allclose(sound, read_audio(video, RATE_HZ), atol=1 / 32768)
    assert [round(peak_hz(side)) for side in sound] == [440, 660]
    kinds = {found.kind for found in check_dataset(find_dataset(root)).problems}
    assert kinds <= {"short"} if name == "avss" else kinds == set()  # v2 lasts ten seconds, this video five


def test_a_second_run_makes_nothing_and_touches_nothing(with_videos):
    root = with_videos("ms3")
    made = extract_audio(find_dataset(root)).written
    before = [path.stat().st_mtime_ns for path in made]
    again = extract_audio(find_dataset(root))
    assert (again.written, again.existing, again.failed) == ((), 3, ())
    assert [path.stat().st_mtime_ns for path in made] == before


def test_what_is_missing_or_empty_is_made_and_the_rest_stays(with_videos, miniatures):
    root = with_videos("ms3")
    train, val, test = sorted(extract_audio(find_dataset(root), jobs=1).written)
    miniatures.save_audio(val, 0.5)
    kept = val.read_bytes()
    train.unlink()
    test.write_bytes(b"")
    done = extract_audio(find_dataset(root), jobs=1)
    assert (sorted(done.written), done.existing) == (sorted([train, test]), 1)
    assert val.read_bytes() == kept and test.stat().st_size > 44


def test_channels_are_kept_and_the_rate_is_what_was_asked_for(with_videos):
    root = with_videos("ms3")
    opened = find_dataset(root)
    write_raw(opened.video_of(opened.entries[0]), channels=1)
    extract_audio(opened, 8000, jobs=1)
    sounds = [probe_audio(opened.wav_of(entry)) for entry in opened.entries]
    assert [sound.channels for sound in sounds] == [1, 2, 2]
    assert {sound.sample_rate_hz for sound in sounds} == {8000}
    assert {float(sound.duration_s) for sound in sounds} == {5.0}


def test_videos_without_audio_are_listed_and_the_others_are_extracted(with_videos):
    root = with_videos("ms3")
    opened = find_dataset(root)
    mute, broken, fine = (opened.video_of(entry) for entry in opened.entries)
    write_raw(mute, sounds=False)
    broken.write_bytes(b"no video")
    done = extract_audio(opened, jobs=1)
    assert [path.stem for path in done.written] == [fine.stem]
    assert any(line.startswith(f"{mute}: has no sound track") for line in done.failed)
    assert any(line.startswith(f"{broken}: cannot be decoded") for line in done.failed)
    assert done.as_text().splitlines()[-1] == "wav files: 1 made, 0 there already, 2 without sound"
    mute.unlink()
    assert any(
        line == f"{mute}: missing; no video to take the sound from" for line in extract_audio(opened, jobs=1).failed
    )
    assert not list(root.rglob("*.part"))


def test_a_set_without_a_place_for_wav_files_and_a_rate_that_is_none_are_refused(miniature, tmp_path):
    with pytest.raises(InputError, match="VPO, stereo keeps no wav beside its videos"):
        extract_audio(find_dataset(miniature("vpo", folder=tmp_path / "vpo")))
    with pytest.raises(InputError, match="--rate 0: give a number of samples a second"):
        extract_audio(find_dataset(miniature("s4", folder=tmp_path / "s4")), 0)
