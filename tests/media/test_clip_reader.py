"""Clips of videos whose frames and beeps are known: parts, containers, audio, broken files."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.media import probe, read_clips, write_wav
from support.clip_facts import HZ, indices_of, joined, loud_seconds


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts"])
def test_a_part_shows_the_same_frames_in_every_container(make_video, beep, numbers, name):
    kind = {"time_base": Fraction(1, 25), "codec": "mpeg4"} if name == "a.avi" else {}  # AVI counts frames
    clips = joined(make_video(name, 8, waveform=beep(8), gop="12", **kind), start_s=5, end_s=7)
    late = 1 if name == "a.avi" else 0  # its writer leaves one slot empty after the first frame
    assert numbers(clips) == indices_of(clips) == [149 - late, 174 - late]


def test_audio_that_starts_late_and_ends_early_has_silence_around_it(make_video, beep):
    path = make_video("a.mp4", 4, waveform=beep(1.5), audio_start_s=Fraction(5, 4))
    assert loud_seconds(joined(path)) == [None, pytest.approx((250, 999), abs=3), pytest.approx((0, 750), abs=45), None]
    sound = probe(path).audio
    assert float(sound.start_s) == pytest.approx(1.25, abs=0.03)
    assert float(sound.start_s + sound.duration_s) == pytest.approx(2.75, abs=0.03)


def test_a_stream_whose_stamps_start_anywhere_is_counted_from_its_start(make_video, beep):
    clips = joined(make_video("a.ts", 3, waveform=beep(3, [(1.5, 1.6)]), shift_s=50))
    assert indices_of(clips) == [24, 49, 74]
    assert [heard is not None for heard in loud_seconds(clips)] == [False, True, False]
    assert clips[0].times_s[0] < 1.1


def test_a_video_that_starts_late_is_counted_from_its_first_frame(make_video, beep, numbers):
    stamps = [500 + 40 * i for i in range(50)]  # the audio starts at zero
    path = make_video("a.mp4", stamps=stamps, last=40, time_base=Fraction(1, 1000), waveform=beep(2.5, [(1.6, 1.7)]))
    clips = joined(path)
    assert numbers(clips) == indices_of(clips) == [24, 49]
    np.testing.assert_allclose(clips[0].times_s, [1.46, 2.46])
    assert clips[0].ends_s == (1.5, 2.5)
    assert loud_seconds(clips) == [None, pytest.approx((100, 200), abs=3)]


def test_a_window_or_a_rate_of_zero_is_refused(make_video):
    for wrong in ({"window": 0}, {"window": 1, "rate": Fraction(0)}):
        with pytest.raises(InputError, match=r"one instant at least, and more than 0 a second"):
            next(read_clips("a.mp4", **wrong))


def test_matroska_without_counts_and_durations_reads_the_same(make_video, beep, numbers):
    path = make_video("a.mkv", "3.04", waveform=beep(3.04, [(2.0, 2.1)]))
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 0 and container.streams.video[0].duration is None
    clips = joined(path)
    assert indices_of(clips) == numbers(clips) == [24, 49, 75]
    assert loud_seconds(clips)[2] == pytest.approx((0, 100), abs=3)
    assert probe(path).duration_s == Fraction(76, 25)


@pytest.mark.parametrize(("channels", "layout", "kept"), [(1, "mono", 1), (2, "stereo", 2), (6, "5.1", 2)])
def test_one_channel_stays_one_and_more_become_two(make_video, beep, channels, layout, kept):
    clips = joined(make_video("a.mp4", 1, waveform=beep(1, channels=channels) * 0.2, layout=layout))
    assert clips[0].waveform.shape == (kept, HZ)


def test_the_center_of_5_1_goes_to_both_sides_and_the_left_only_to_the_left(make_video, beep):
    for channel, sides in ((2, (True, True)), (0, (True, False)), (5, (False, True))):  # FL FR FC LFE BL BR
        waveform = np.zeros((6, 48000), np.float32)
        waveform[channel] = beep(1)[0]
        clip = joined(make_video(f"{channel}.mkv", 1, waveform=waveform, layout="5.1", audio="flac"))[0]
        peaks = np.abs(clip.waveform[:, 1000:7000]).max(axis=1)
        assert tuple(peaks > 0.2) == sides and tuple(peaks < 0.01) == tuple(not side for side in sides)


def test_left_and_right_stay_apart(make_video, beep):
    waveform = beep(1)
    waveform[1] = 0
    clip = joined(make_video("a.mp4", 1, waveform=waveform))[0]
    assert np.abs(clip.waveform[0]).max() > 0.4 and np.abs(clip.waveform[1]).max() < 0.01


def test_another_file_may_give_the_audio(make_video, beep, tmp_path):
    path = make_video("a.mp4", 2)
    write_wav(tmp_path / "b.wav", beep(2, [(1.2, 1.3)], channels=1), 48000)
    clips = joined(path, sound=tmp_path / "b.wav")
    assert loud_seconds(clips) == [None, pytest.approx((200, 300), abs=2)]


def test_a_video_without_audio_says_what_to_do_and_can_be_muted(make_video):
    path = make_video("a.mp4", 2)
    with pytest.raises(NoAudioError, match=r"a.mp4: has no sound track, and RAVS .* --sound FILE.* --mute\."):
        joined(path)
    clips = joined(path, mute=True)
    assert clips[0].waveform.shape == (1, 2 * HZ) and not clips[0].waveform.any()


def test_muting_silences_a_video_that_has_audio(make_video, beep):
    assert not joined(make_video("a.mp4", 1, waveform=beep(1)), mute=True)[0].waveform.any()


def test_a_still_image_lasts_as_long_as_its_audio(tmp_path, beep):
    Image.new("RGB", (32, 24), (200, 30, 30)).save(tmp_path / "a.png")
    for seconds, masks in ((3.02, 3), (2.5, 3), (0.04, 1)):
        write_wav(tmp_path / "b.wav", beep(seconds, channels=1), 48000)
        clips = joined(tmp_path / "a.png", sound=tmp_path / "b.wav")
        assert sum(len(clip) for clip in clips) == masks
        assert (clips[0].frames == (200, 30, 30)).all()
        assert probe(tmp_path / "a.png", tmp_path / "b.wav").duration_s == Fraction(round(seconds * 48000), 48000)
    with pytest.raises(NoAudioError):
        joined(tmp_path / "a.png")


def test_a_turned_video_is_upright_and_pixels_are_square(make_video, beep):
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24] = 255  # the upper half is white
    turned = joined(make_video("a.mp4", 1, waveform=beep(1), image=image, turn=-90))[0].frames[0]
    assert turned.shape == (64, 48, 3)
    assert turned[:, :20].mean() < 10 and turned[:, 28:].mean() > 245  # clockwise: the top is on the right
    assert probe(make_video("a.mp4", 1, image=image, turn=-90)).rotation == 90
    wide = make_video("b.mp4", 1, waveform=beep(1), sar=Fraction(16, 11))
    assert joined(wide)[0].frames.shape == (1, 48, 93, 3)
    info = probe(wide)
    assert (info.width, info.height, info.coded_width) == (93, 48, 64)


def test_a_file_cut_short_keeps_the_clips_before_and_says_where_it_broke(make_video, beep, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    whole = make_video("a.mp4", 6, waveform=beep(6), image=noise, container={"movflags": "faststart"})
    (tmp_path / "b.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    reader = read_clips(tmp_path / "b.mp4", window=2, sample_rate_hz=HZ)
    made = []
    with pytest.raises(DecodeError, match=r"b.mp4: cannot be decoded after 0:0\d\.\d \(.+\)\.") as broken:
        made.extend(reader)
    assert broken.value.time_s is not None and 2 < broken.value.time_s < 5
    assert indices_of(made) == [24 + 25 * i for i in range(int(broken.value.time_s))]
    assert not any(short for clip in made for short in clip.short)


def test_an_avi_cut_short_is_broken_since_it_knows_how_many_frames_it_had(make_video, beep, tmp_path):
    options = {"codec": "mpeg4", "audio": "mp3", "time_base": Fraction(1, 25)}
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    whole = make_video("a.avi", 4, waveform=beep(4), image=noise, **options)
    assert len(indices_of(joined(whole))) == 4
    (tmp_path / "b.avi").write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    with pytest.raises(DecodeError, match=r"b.avi: cannot be decoded after 0:02\.\d \(the file ends too early\)"):
        joined(tmp_path / "b.avi")


def test_a_file_that_is_no_video_is_named(tmp_path, beep):
    (tmp_path / "a.mp4").write_bytes(b"nothing of the kind" * 100)
    (tmp_path / "b.txt").write_text("a text, which FFmpeg would paint\n" * 50)
    (tmp_path / "c.mp4").write_bytes(b"")
    for name in ("a.mp4", "b.txt", "c.mp4", "d.mp4"):
        with pytest.raises(DecodeError, match=rf"^{name}: cannot be decoded \(.+\)\.$"):
            joined(tmp_path / name)
    write_wav(tmp_path / "e.wav", beep(1), 48000)
    with pytest.raises(
        DecodeError, match=r"^e.wav: has audio but no video: give a video, or a still image with --sound this file\.$"
    ):
        joined(tmp_path / "e.wav")


def test_cover_art_is_no_video(tmp_path, beep):
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=48000)
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))))
        frame = av.AudioFrame.from_ndarray(beep(1)[:, :1024].copy(), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        container.mux([*sound.encode(frame), *sound.encode(None)])
    with pytest.raises(DecodeError, match=r"a.m4a: has audio but no video: give"):
        probe(path)


def test_a_part_beyond_the_end_is_refused(make_video, beep):
    with pytest.raises(InputError, match=r"a.mp4: shows nothing from 9 s to its end: give"):
        joined(make_video("a.mp4", 2, waveform=beep(2)), start_s=9)


def test_clips_come_before_the_file_is_read_to_its_end(make_video, beep, monkeypatch):
    from ravs.media import frames

    decoded = []
    counted = frames.FrameDecoder._frame
    monkeypatch.setattr(frames.FrameDecoder, "_frame", lambda self, *given: decoded.append(1) or counted(self, *given))
    reader = read_clips(make_video("a.mp4", 20, waveform=beep(20)), window=2, sample_rate_hz=HZ)
    next(reader)
    assert len(decoded) < 110  # two seconds, and the next one, which could have been a rest
    reader.close()
