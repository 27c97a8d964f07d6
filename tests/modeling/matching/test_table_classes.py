"""Classes that a trained model gets by what ImageNet and AudioSet know alone."""

import math

import pytest
import torch

from ravs.config.labels import FILM_CLASSES, TABLE_CLASSES, TINY_CLASSES
from ravs.errors import InputError
from ravs.modeling.encoders.audio.audioset_labels import audioset_labels
from ravs.modeling.encoders.visual.imagenet_classes import imagenet_indices
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.matching.sight_net import CLASS_MAP_FLOOR
from ravs.modeling.matching.table_classes import NEW_ROWS, add_table_classes


def test_every_class_is_seen_by_imagenet_and_heard_by_audioset_and_none_was_trained():
    assert (*TINY_CLASSES, *TABLE_CLASSES) == FILM_CLASSES and len(set(FILM_CLASSES)) == 49
    seen = [index for name in FILM_CLASSES for index in imagenet_indices()[name]]
    assert len(seen) == len(set(seen))
    assert all(imagenet_indices()[name] and audioset_labels()[name].own for name in TABLE_CLASSES)


def test_trained_classes_keep_their_rows_and_new_ones_get_the_same_values(debug):
    model = debug()
    larger = add_table_classes(model, ["saw", "dog", "clock", "saw"])
    assert larger.config.classes == ("dog", "car", "saw", "clock")
    before, after = model.state_dict(), larger.state_dict()
    assert list(before) == list(after)
    for name, value in before.items():
        rows = len(value) if value.ndim else 0
        torch.testing.assert_close(after[name][:rows] if rows else after[name], value, rtol=0, atol=0)
        if name in NEW_ROWS:
            assert (after[name][rows:] == NEW_ROWS[name]).all() and len(after[name]) == rows + 2
        else:
            assert after[name].shape == value.shape


@torch.no_grad()
def test_a_new_class_is_in_view_where_imagenet_sees_it(debug, clip):
    larger = add_table_classes(debug(), ["saw"])
    maps = larger.features(clip()["pixel_values"].flatten(0, 1))
    nowhere = torch.full_like(maps.class_maps, CLASS_MAP_FLOOR).log()
    surely = nowhere.clone()
    surely[:, 2] = 0
    assert (larger.sight_net(maps._replace(class_maps=surely))[:, 3] - (0.8 * 6 - 1)).abs().max() < 1e-4
    absent = 0.8 * (math.log(1e-5) + 6) - 1
    assert (larger.sight_net(maps._replace(class_maps=nowhere))[:, 3] - absent).abs().max() < 1e-4


@torch.no_grad()
def test_a_new_class_is_heard_by_its_labels_and_not_by_others(debug):
    classifier = add_table_classes(debug(), ["saw"]).sound_classifier
    tokens = torch.full((2, len(classifier.mean) + 521), -8.0)
    tokens[:, : len(classifier.mean)] = classifier.mean
    tokens[0, len(classifier.mean) + 341] = 4.0  # chainsaw
    tokens[1, len(classifier.mean) + 75] = 4.0  # a dog's voice
    heard = classifier(tokens)
    assert heard[0].argmax() == 3 and heard[1, 3] < heard[0, 3] - 3


def test_what_the_shipped_model_has_is_what_the_tables_give():
    film = ClassMatchingModel.from_pretrained("ravs-film")
    trained = len(TINY_CLASSES)
    for name, value in film.state_dict().items():
        if name in NEW_ROWS:
            new = value[trained + ClassMatchingModel.class_rows[name] :]
            assert len(new) == len(TABLE_CLASSES)
            torch.testing.assert_close(new, torch.full_like(new, NEW_ROWS[name]), rtol=1e-3, atol=0)  # float16


@pytest.mark.parametrize(("name", "table"), [("person", "imagenet_classes.csv"), ("tractor", "audioset_labels.csv")])
def test_a_class_that_one_table_lacks_is_refused(debug, name, table):
    with pytest.raises(InputError, match=rf"'{name}' has no .* in {table}"):
        add_table_classes(debug(), [name])
