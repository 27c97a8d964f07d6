from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.ambient import add_ambient
from ravs.data.composition.audio_mix import draw_audio_mix
from ravs.data.composition.dry_track import (
    CLIP_SAMPLES,
    WINDOW_SAMPLES,
    draw_events,
    pan,
    render_dry_track,
    sounding_seconds,
)
from ravs.data.composition.placement import clip_generator, draw_scene
from ravs.data.composition.scene import Backdrop, PlacedObject, Roles, Scene

GRID = np.arange(501) / 100


def scene_of(*names, x=(0.2, 0.8), roles=None):
    objects = tuple(
        PlacedObject(class_name=name, class_index=1, cutout="", side=0.3, x=place, y=0.5)
        for name, place in zip(names, x, strict=False)
    )
    roles = roles or Roles(sounding=(True,) * len(names))
    return Scene(subset="ss", objects=objects, backdrop=Backdrop(path=""), roles=roles)


def drawn(library, subset, count=40):
    for number in range(count):
        generator = clip_generator(9, subset, number)
        scene = draw_scene(subset, library, generator)
        yield scene, draw_audio_mix(scene, library, generator)


def track_of(pieces):
    """A track with these levels in dB, by the number of the 10 ms window."""
    track = np.zeros(CLIP_SAMPLES, np.float32)
    for first, last, level_db in pieces:
        track[first * WINDOW_SAMPLES : last * WINDOW_SAMPLES] = 10 ** (level_db / 20)
    return track


def test_fifteen_windows_of_a_second_are_enough_and_fourteen_are_not():
    track = track_of([(0, 100, 0), (100, 115, 0), (200, 214, 0)])
    assert sounding_seconds(track) == (True, True, False, False, False)


def test_a_window_counts_within_35_db_of_the_loudest():
    track = track_of([(0, 100, -20), (100, 101, -4), (200, 300, -38.9), (300, 400, -39.1)])
    assert sounding_seconds(track) == (True, False, True, False, False)  # the loudest is one window of second 1


def test_a_silent_track_sounds_in_no_second():
    assert sounding_seconds(np.zeros(CLIP_SAMPLES, np.float32)) == (False,) * 5


def test_panning_has_constant_power_and_follows_the_position():
    x = np.linspace(0, 1, 501)
    left, right = pan(np.ones(CLIP_SAMPLES, np.float32), x)
    np.testing.assert_allclose(left**2 + right**2, 1, atol=2e-4)
    for point in (0, 125, 250, 499):
        angle = x[point] * np.pi / 2
        np.testing.assert_allclose(
            [left[point * WINDOW_SAMPLES], right[point * WINDOW_SAMPLES]], [np.cos(angle), np.sin(angle)], atol=1e-6
        )


def test_a_short_recording_is_repeated_after_gaps_until_the_event_ends():
    recording = np.full(16000, 16384, np.int16)  # half a second
    track = render_dry_track(recording, ((1.0, 3.0),), np.random.default_rng(0))
    assert not track[:32000].any() and not track[96000:].any()
    sounding = track[32000:96000] > 0
    starts = np.flatnonzero(np.diff(sounding.astype(int)) == 1) + 1
    stops = np.flatnonzero(np.diff(sounding.astype(int)) == -1) + 1
    assert sounding[0] and len(starts) >= 2
    gaps_s = (starts - stops[: len(starts)]) / 32000
    assert ((gaps_s > 0.045) & (gaps_s < 0.305)).all()


def test_a_long_recording_fills_the_event_from_a_random_position_with_fades_at_both_cuts():
    recording = np.full(10 * 32000, 16384, np.int16)
    track = render_dry_track(recording, ((1.0, 3.0),), np.random.default_rng(0))
    inside = track[32000:96000]
    assert inside[0] == 0 and inside[-1] == 0  # cut in, cut out
    np.testing.assert_allclose(inside[160:-160], 0.5, atol=1e-6)


def test_events_lie_inside_the_clip_in_order_and_fill_enough_of_each_second_they_touch():
    patterns = set()
    for number in range(300):
        events = draw_events(np.random.default_rng(number))
        moments = [moment for event in events for moment in event]
        assert moments == sorted(moments) and moments[0] >= 0 and moments[-1] <= 5
        assert all(round(moment % 1, 6) in (0, 0.4, 0.5, 0.6) for moment in moments)
        patterns.add((len(events), moments[0] > 0, moments[-1] < 5))
    assert patterns == {(1, False, False), (1, True, False), (1, False, True), (1, True, True), (2, False, False)}


def test_an_object_on_the_left_is_louder_on_the_left_channel(library):
    mix = draw_audio_mix(scene_of("bell", x=(0.1,)), library, np.random.default_rng(1), roles=Roles(sounding=(True,)))
    left, right = np.square(mix.waveform).mean(axis=1)
    assert left > 3 * right


def test_a_mirrored_scene_swaps_the_channels(library):
    scene = scene_of("bell", "horn")
    mirrored = replace(scene, objects=tuple(replace(obj, x=1 - obj.x) for obj in scene.objects))
    for seed in range(10):
        plain = draw_audio_mix(scene, library, np.random.default_rng(seed))
        other = draw_audio_mix(mirrored, library, np.random.default_rng(seed))
        if plain.ambient is None:
            np.testing.assert_allclose(other.waveform, plain.waveform[::-1], atol=1e-5)
            return
    pytest.fail("every draw had ambient audio")


def test_panning_follows_a_zoomed_frame(library):
    scene = scene_of("bell", x=(0.5,))
    mix = draw_audio_mix(scene, library, np.random.default_rng(0), zoom=1.25, shift=-0.25)
    np.testing.assert_allclose(mix.sources[0].x, 0.375)


@pytest.mark.parametrize("subset", ["ss", "ms", "msmi"])
def test_objects_sound_by_their_roles_with_recordings_of_their_own_class(subset, library):
    for scene, mix in drawn(library, subset, 15):
        for obj, source, sounds in zip(scene.objects, mix.sources, scene.roles.sounding, strict=True):
            assert (source is not None) == sounds
            if source:
                assert source.recording.startswith(f"sounds/{obj.class_name}/")
        recordings = [source.recording for source in mix.sources if source]
        assert len(set(recordings)) == len(recordings)


def test_mixes_stay_below_the_limit_and_sound_somewhere(library):
    for _, mix in drawn(library, "ms", 15):
        assert 0 < np.abs(mix.waveform).max() <= 0.95 + 1e-6
        assert mix.waveform.dtype == np.float32 and mix.waveform.shape == (2, CLIP_SAMPLES)
        assert mix.sounding.any()


def test_negatives_are_silent_faint_ambient_or_off_screen(library):
    kinds = set()
    for scene, mix in drawn(library, "negative"):
        kind = scene.roles.negative
        kinds.add(kind)
        level = np.sqrt(np.square(mix.waveform.astype(np.float64)).mean())
        assert not mix.sounding.any()
        assert (mix.off_screen is not None) == (kind == "off-screen")
        if kind == "silence":
            assert level == 0
        elif kind == "noise":
            assert 20 * np.log10(level) == pytest.approx(-65, abs=0.5)
        elif kind == "ambient":
            assert 0.0099 < level < 0.101 and mix.ambient
        else:
            assert mix.off_screen.class_name not in {obj.class_name for obj in scene.objects}
    assert kinds == {"silence", "noise", "ambient", "off-screen"}


def test_ambient_audio_lies_below_the_mix_by_its_ratio(library):
    found = 0
    for seed in range(12):
        mix = np.full((2, CLIP_SAMPLES), 0.1, np.float32)
        _, snr_db = add_ambient(mix, None, library, np.random.default_rng(seed))
        if snr_db is not None:
            level = np.sqrt(np.square(mix - 0.1, dtype=np.float64).mean())
            assert 20 * np.log10(0.1 / level) == pytest.approx(snr_db, abs=0.01)
            assert 5 <= snr_db <= 30
            found += 1
    assert 5 < found < 12  # three quarters of the clips


def test_seconds_that_sound_have_energy_and_others_have_none_without_ambient(library):
    for scene, mix in drawn(library, "ss", 30):
        if mix.ambient:
            continue
        seconds = np.square(mix.waveform).reshape(2, 5, -1).sum(axis=(0, 2))
        sounding = np.array(next(one for one in mix.sources if one).sounding)
        assert (seconds[sounding] > 1e-3).all()
        assert scene.roles.negative is None


def test_the_same_generator_gives_the_same_audio(library):
    scene = scene_of("bell", "horn")
    first, second = (draw_audio_mix(scene, library, np.random.default_rng(4), off_screen=0.5) for _ in range(2))
    np.testing.assert_array_equal(first.waveform, second.waveform)
