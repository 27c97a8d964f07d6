from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.audio_mix import AudioMix, SoundSource
from ravs.data.composition.scene_pool import ScenePool
from ravs.training.data.tagging_clips import tagging_targets
from ravs.training.data.training_clips import ComposedAugmentation, TrainingClips

SIDE = 48
COUNT = 12


@pytest.fixture(scope="module")
def pool(library, tmp_path_factory):
    return ScenePool.build(tmp_path_factory.mktemp("pool"), library, count=COUNT, side=SIDE, seed=2)


def source(x, sounding, index=1):
    return SoundSource(
        class_name="bell",
        class_index=index,
        recording="",
        events_s=((0.0, 5.0),),
        gain_db=0.0,
        sounding=sounding,
        x=np.broadcast_to(np.asarray(x, dtype=np.float64), (501,)),
        track=np.zeros(160000, np.float32),
    )


def mix_of(*sources, off_screen=None):
    return AudioMix(waveform=np.zeros((2, 160000), np.float32), sources=sources, off_screen=off_screen)


def test_a_clip_follows_from_seed_epoch_and_index_alone(pool, library):
    first, again = (
        TrainingClips(pool, library, directions=8, seed=3),
        TrainingClips(pool, library, directions=8, seed=3),
    )
    first.set_epoch(2)
    again.set_epoch(1)
    again[0]
    again.set_epoch(2)
    for name, array in first[5].items():
        np.testing.assert_array_equal(again[5][name], array, err_msg=name)
    again.set_epoch(3)
    assert not np.array_equal(again[5]["waveform"], first[5]["waveform"])


def test_masks_show_just_the_classes_that_are_heard_and_seen(pool, library):
    clips = TrainingClips(pool, library, directions=8, augmentation=ComposedAugmentation(off_screen=0.0))
    for index in range(COUNT):
        clip = clips[index]
        _, instances = pool.frames_and_instances(index)
        seen = {obj.class_index for obj in pool.scenes[index].objects}
        assert instances.any()
        for second in range(5):
            shown = set(np.unique(clip["masks"][second])) - {0}
            assert shown <= set(np.flatnonzero(clip["active"][second]) + 1)
            assert shown <= seen


def test_a_silent_clip_has_empty_masks(pool, library):
    clips = TrainingClips(pool, library, directions=8, augmentation=replace(ComposedAugmentation(), negative=1.0))
    assert not any(clips[index]["masks"].any() for index in range(COUNT))


def test_a_mirrored_clip_is_the_mirror_image_with_swapped_channels_and_directions(pool, library):
    still = ComposedAugmentation.none()
    plain = TrainingClips(pool, library, directions=8, augmentation=still)
    mirrored = TrainingClips(pool, library, directions=8, augmentation=replace(still, mirror=1.0))
    for index in range(4):
        one, other = plain[index], mirrored[index]
        np.testing.assert_array_equal(other["frames"], one["frames"][:, :, ::-1])
        np.testing.assert_array_equal(other["masks"], one["masks"][:, :, ::-1])
        np.testing.assert_array_equal(other["waveform"], one["waveform"][::-1])
        np.testing.assert_allclose(other["direction"], one["direction"][..., ::-1], atol=1e-5)


def test_a_cropped_object_is_heard_where_it_is_seen(library, tmp_path):
    alone = ScenePool.build(tmp_path, library, count=30, side=64, seed=1, shares={"ss": 1.0})
    change = replace(ComposedAugmentation.none(), zoom=0.8)
    clips, apart = TrainingClips(alone, library, directions=8, augmentation=change, seed=1), []
    for index, scene in enumerate(alone.scenes):
        if len(scene.objects) > 1:
            continue
        clip = clips[index]
        for second in range(5):
            columns = np.nonzero(clip["masks"][second])[1]
            if not len(columns) or columns.min() == 0 or columns.max() == 63:
                continue  # cut by the frame: the center of what is seen is another
            weights = clip["direction"][second].max(axis=0)
            x = (weights * (np.arange(8) + 0.5) / 8).sum() / weights.sum()
            apart.append(x - (columns.mean() + 0.5) / 64)
    assert len(apart) > 3
    assert max(map(abs, apart)) < 0.07 and abs(np.mean(apart)) < 0.03  # a cut-out's middle is not its center of mass


def test_mono_clips_have_equal_channels_and_no_direction(pool, library):
    clip = TrainingClips(
        pool, library, directions=8, augmentation=replace(ComposedAugmentation(), mono=1.0, negative=0.0)
    )[0]
    np.testing.assert_array_equal(clip["waveform"][0], clip["waveform"][1])
    assert not clip["direction"].any()
    assert clip["active"].any()


def test_without_augmentation_frames_and_roles_are_the_pools(pool, library):
    clips = TrainingClips(pool, library, directions=8, augmentation=ComposedAugmentation.none())
    for index in range(COUNT):
        clip, scene = clips[index], pool.scenes[index]
        np.testing.assert_array_equal(clip["frames"], pool.frames_and_instances(index)[0])
        classes = {obj.class_index for obj, on in zip(scene.objects, scene.roles.sounding, strict=True) if on}
        assert set(np.unique(clip["masks"])) - {0} <= classes


def test_every_array_has_its_type_and_shape(pool, library):
    clip = TrainingClips(pool, library, directions=8)[0]
    expected = {
        "frames": (np.uint8, (5, SIDE, SIDE, 3)),
        "masks": (np.uint8, (5, SIDE, SIDE)),
        "waveform": (np.float32, (2, 160000)),
        "active": (np.float32, (5, 4)),
        "direction": (np.float32, (5, 4, 8)),
    }
    assert {name: (clip[name].dtype, clip[name].shape) for name in expected} == expected
    assert np.abs(clip["waveform"]).max() <= 1


def test_positions_have_as_many_directions_as_are_asked_for(pool, library):
    coarse, fine = (
        TrainingClips(pool, library, augmentation=ComposedAugmentation.none(), directions=n) for n in (8, 24)
    )
    compared = 0
    for index in range(COUNT):
        few, many = coarse[index]["direction"], fine[index]["direction"]
        assert few.shape[-1] == 8 and many.shape[-1] == 24
        for weights, close in zip(few.reshape(-1, 8), many.reshape(-1, 24), strict=True):
            assert weights.any() == close.any()
            if weights.sum() < 1.01 and weights.any() and 0 < weights.argmax() < 7:  # one source, not at the edge
                apart = (weights * (np.arange(8) + 0.5) / 8).sum() - (close * (np.arange(24) + 0.5) / 24).sum()
                assert abs(apart) < 1e-5
                compared += 1
    assert compared > 3


def targets_in_eight_directions(mix, mirrored=False, num_classes=1):
    return tagging_targets(mix, num_classes, mirrored=mirrored, mono=False, directions=8)


def test_a_position_between_two_directions_is_shared_by_nearness():
    sounding = (True, False, True, True, False)
    active, direction = targets_in_eight_directions(mix_of(source(0.25, sounding), None), num_classes=2)
    assert active[:, 0].tolist() == [1, 0, 1, 1, 0] and not active[:, 1].any()
    # 0.25 lies midway between the centers 0.1875 of direction 1 and 0.3125 of direction 2
    np.testing.assert_allclose(direction[0, 0], [0, 0.5, 0.5, 0, 0, 0, 0, 0])
    assert not direction[1].any() and not direction[:, 1].any()


def test_the_outermost_directions_take_what_lies_beyond_them():
    _, direction = targets_in_eight_directions(mix_of(source(0.01, (True,) * 5)))
    np.testing.assert_allclose(direction[0, 0], [1, 0, 0, 0, 0, 0, 0, 0])
    _, direction = targets_in_eight_directions(mix_of(source(0.01, (True,) * 5)), mirrored=True)
    np.testing.assert_allclose(direction[0, 0], [0, 0, 0, 0, 0, 0, 0, 1])


def test_two_objects_of_one_class_are_heard_from_both_positions():
    _, direction = targets_in_eight_directions(mix_of(source(0.0625, (True,) * 5), source(0.9375, (True,) * 5)))
    np.testing.assert_allclose(direction[2, 0], [1, 0, 0, 0, 0, 0, 0, 1], atol=1e-6)


def test_what_is_off_screen_is_active_and_what_the_model_does_not_know_is_not():
    on = (True,) * 5
    mix = mix_of(source(0.5, on, index=0), off_screen=source(0.5, on, index=2))
    active, _ = targets_in_eight_directions(mix, num_classes=2)
    assert active.tolist() == [[0, 1]] * 5
