"""Time stamps that jump: files joined byte by byte, and stamps that are edited."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from ravs.media import probe, read_audio, read_frames, write_video
from ravs.media.discontinuity import LookaheadQueue, PacketTimes, TimestampWalk
from support.clip_facts import HZ, indices_of, joined, loud_seconds


@pytest.fixture
def part(make_video, beep):
    """part(name, shift_s): two seconds with a beep from 1.0 s to 1.2 s, in a container whose stamps may jump."""
    return lambda name, shift_s=0: make_video(name, 2, waveform=beep(1.9, [(1.0, 1.2)], channels=1), shift_s=shift_s)


def join(path, *parts):
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def move_flv_stamps(path, kind, which, by_ms):
    """Add to the stamp of the n-th video (9) or audio (8) packet of an FLV."""
    data, at, seen = bytearray(path.read_bytes()), 13, -1
    while at + 11 < len(data):
        size, stamp = (int.from_bytes(data[at + first : at + first + 3], "big") for first in (1, 4))
        seen += data[at] == kind
        if data[at] == kind and seen in which:
            data[at + 4 : at + 7] = (stamp + by_ms).to_bytes(3, "big")
        at += 11 + size + 4
    path.write_bytes(data)
    return path


def test_recordings_whose_stamps_start_again_are_shown_one_after_another(part, tmp_path, numbers):
    one = part("a.ts")
    path = join(tmp_path / "b.ts", one, one, one)
    first, *later = [frame.time_s for frame in read_frames(path)]
    assert [time_s - first for time_s in later] == [Fraction(index, 25) for index in range(1, 150)]
    clips = joined(path)
    assert indices_of(clips) == [24, 49, 74, 99, 124, 149] and numbers(clips) == [24, 49] * 3
    for second, heard in enumerate(loud_seconds(clips)):
        assert heard == (pytest.approx((0, 200), abs=40) if second % 2 else None)
    info = probe(path)
    assert info.duration_s == 6 and info.jumps_s == (2 + first, 4 + first)


def test_a_part_after_a_jump_is_the_part_of_what_is_shown(part, tmp_path, numbers):
    one = part("a.ts")
    clips = joined(join(tmp_path / "b.ts", one, one), start_s=2, end_s=4)
    assert numbers(clips) == [24, 49] and [heard is not None for heard in loud_seconds(clips)] == [False, True]


@pytest.mark.parametrize("ahead_s", [30, 300, 72_000])
def test_stamps_that_jump_ahead_leave_no_gap(part, tmp_path, numbers, ahead_s):
    clips = joined(join(tmp_path / "c.ts", part("a.ts"), part("b.ts", ahead_s)))
    assert indices_of(clips) == [24, 49, 74, 99] and numbers(clips) == [24, 49, 24, 49]
    assert [heard and heard[0] < 40 for heard in loud_seconds(clips)] == [None, True, None, True]
    assert probe(tmp_path / "c.ts").duration_s == 4


@pytest.mark.parametrize(("by_ms", "which"), [(100_000, {20}), (-700, {30}), (9_000_000, {20, 21, 22})])
def test_stray_stamps_of_frames_are_put_between_their_neighbors(part, by_ms, which):
    path = move_flv_stamps(part("a.flv"), 9, {number + 1 for number in which}, by_ms)  # the first one is the header
    times_s = np.array([float(frame.time_s) for frame in read_frames(path)])
    np.testing.assert_allclose(times_s - times_s[0], np.arange(50) / 25, atol=0.0011)
    assert len(indices_of(joined(path))) == 2
    np.testing.assert_allclose(np.array(probe(path).jumps_s, float), times_s[sorted(which)], atol=0.0011)


def test_a_frame_to_be_shown_long_after_it_is_decoded_keeps_its_place(part):
    path = part("a.flv")
    data = bytearray(path.read_bytes())
    frames = [at for at in range(13, len(data) - 16) if data[at] == 9 and data[at + 11 : at + 16] == b"\x27\x01\0\0\0"]
    data[frames[19] + 13 : frames[19] + 16] = (100_000).to_bytes(3, "big")
    path.write_bytes(data)
    times_s = [float(frame.time_s) for frame in read_frames(path)]
    assert times_s == pytest.approx([times_s[0] + index / 25 for index in range(50)], abs=0.0011)
    assert len(indices_of(joined(path))) == 2 and probe(path).duration_s == 2


def test_a_stray_stamp_of_the_audio_moves_no_other(part):
    plain = read_audio(part("a.flv"), HZ)
    moved = read_audio(move_flv_stamps(part("b.flv"), 8, {20}, 100_000), HZ)
    assert moved.shape == plain.shape
    np.testing.assert_allclose(moved, plain, atol=0.02)


def test_copied_audio_is_corrected_as_frames_are(part, tmp_path):
    one = part("a.ts")
    path = join(tmp_path / "b.ts", one, one)
    frames = ((frame.planes(), frame.time_s) for frame in read_frames(path))
    write_video(tmp_path / "c.mp4", frames, sound=path, threads=1)
    heard = [np.flatnonzero(np.abs(read_audio(file, HZ)[0]) > 0.1) for file in (path, tmp_path / "c.mp4")]
    assert heard[1][[0, -1]] == pytest.approx(heard[0][[0, -1]], abs=HZ // 25)
    assert len(list(read_frames(tmp_path / "c.mp4"))) == 100


def test_stamps_without_jumps_stay_as_they_are(make_video, beep):
    slides = [0, 12, 13]  # seconds: a frame that stays for longer than any jump
    path = make_video("a.ts", stamps=[90_000 * at for at in slides], time_base=Fraction(1, 90_000), waveform=beep(14))
    assert [frame.time_s for frame in read_frames(path)] == pytest.approx(slides, abs=0.03)
    alone = make_video("b.ts", stamps=[0, 90_000 * 60], time_base=Fraction(1, 90_000))
    assert [frame.time_s for frame in read_frames(alone)] == [0, 60]
    assert probe(path).jumps_s == probe(alone).jumps_s == ()


def walked(stamps):
    """Corrected stamps of (track, stamp) in the order of a file, 10 units a second; track 0 is the video."""
    numbers = {0: 0, 1: 0}
    packets = []
    for track, at in stamps:
        packets.append(PacketTimes(track, numbers[track], at, 1, at))
        numbers[track] += 1
    return [(packet.track, packet.dts + by) for packet, by in corrected(packets)]


def corrected(packets):
    """Each packet of a walk with its correction."""
    walk = TimestampWalk(LookaheadQueue(packets), {0}, 10)
    walk.follow()
    for packet in packets:
        by = [by for first, by in walk.changes[packet.track] if first <= packet.number]
        yield packet, by[-1] if by else 0


def frames_of(*recordings):
    """Frames one unit apart; per recording its first stamp, the delay of presentation, and its first key frame."""
    for number in range(20 * len(recordings)):
        first, delay, key = recordings[number // 20]
        at = first + number % 20
        yield PacketTimes(0, number, at, 1, at + delay, is_key=number % 20 == key)


def test_tracks_enter_what_follows_a_jump_each_at_its_own_packet():
    first = [(track, at) for at in range(50) for track in (0, 1)]
    late = [(1, 50), (1, 51)]  # audio of the first recording that comes after frames of the second
    second = [(0, 7000), (0, 7001), *late, (1, 7000), (1, 7001), (0, 7002), (1, 7002)]
    want = [*first, (0, 50), (0, 51), *late, (1, 50), (1, 51), (0, 52), (1, 52)]
    assert walked(first + second) == want


def test_audio_that_comes_first_after_a_jump_is_moved_as_far_as_the_video():
    first = [(track, at) for at in range(50) for track in (0, 1)][:-3]  # the audio ends earlier by one
    second = [(track, 3 + at) for at in range(20) for track in (1, 0)]
    moved = [(track, 49 + at) for at in range(20) for track in (1, 0)]
    assert first[-1] == (0, 48)
    assert walked(first + second) == first + moved


def test_audio_that_pauses_between_slides_is_no_jump():
    stamps = [(0, 0), *((1, at) for at in range(20)), *((1, at) for at in range(220, 262)), (0, 260), (0, 261)]
    assert walked(stamps) == stamps


@pytest.mark.parametrize("delays", [(2, 0), (0, 2), (1, 1)])
def test_recordings_that_reorder_their_frames_differently_follow_each_other_without_a_gap(delays):
    packets = list(frames_of((5000, delays[0], 0), (0, delays[1], 0)))
    shown = [packet.pts + by for packet, by in corrected(packets)]
    assert shown == [5000 + delays[0] + number for number in range(40)]


def test_a_clock_that_changes_among_frames_that_need_each_other_keeps_their_decoding_even():
    packets = list(frames_of((5000, 2, 0), (0, 0, 3)))  # the next frame shown late is not among the first
    assert [packet.dts + by for packet, by in corrected(packets)] == list(range(5000, 5040))


def test_a_walk_through_a_long_recording_keeps_no_packet():
    packets = (PacketTimes(number % 2, number // 2, number // 2, 1, number // 2) for number in range(3_000))
    tracemalloc.start()
    TimestampWalk(LookaheadQueue(packets), {0}, 10).follow()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
