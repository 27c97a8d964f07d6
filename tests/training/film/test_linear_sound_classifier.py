"""Linear classifiers of what is heard."""

import pytest
import torch

from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.linear_sound_classifier import (
    class_targets,
    mean_of_classifiers,
    second_weights,
    train_sound_classifier,
)
from ravs.training.film.second_blocks import Seconds

CLASSES = ("bell", "horn")
SOURCES = [(("bell", "a"),), (("horn", "b"), ("bell", "a")), (("kettle", "k"),), ()]
SETTINGS = FilmTrainingSettings(classifier_rows=20_000, classifier_epochs=1, classifier_rate=0.1, classifier_decay=0)


def seconds(count, seed, noise=0.1):
    """Vectors of an embedding (2) and categories (2) that name the class: 0 none, 1 bell, 2 horn."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (count,), generator=generator)
    corners = torch.tensor([[0.0, 0, 0, 0], [3, 0, 3, 0], [0, 3, 0, 3]])
    vectors = corners[labels] + noise * torch.randn(count, 4, generator=generator)
    sources = [() if label == 0 else ((CLASSES[label - 1], f"{label}"),) for label in labels.tolist()]
    return Seconds(vectors, sources), labels


def test_targets_are_shares_of_what_is_heard_or_none():
    expected = [[0, 1, 0], [0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]]
    assert class_targets(SOURCES, CLASSES).tolist() == expected


def test_weights_let_each_class_count_alike_and_none_several_times():
    sources = [*[SOURCES[0]] * 3, (("horn", "b"),), SOURCES[2], SOURCES[3]]
    weights = second_weights(sources, CLASSES, 4.0)
    assert weights.mean().item() == pytest.approx(1)
    assert weights[:3].sum().item() == pytest.approx(weights[3].item())
    assert weights[4:].sum().item() == pytest.approx(4 * weights[3].item())


def test_what_is_learned_is_heard_in_other_seconds():
    clean, mixed = seconds(60, 0)[0], seconds(60, 1)[0]
    clean = Seconds(clean.vectors, [found or (("kettle", "k"),) for found in clean.sources])
    other, labels = seconds(100, 2)
    classifier = train_sound_classifier(clean, mixed, CLASSES, 2, SETTINGS)
    assert (classifier(other.vectors).argmax(1) == labels).float().mean() > 0.95


def test_degraded_seconds_teach_the_categories_alone():
    clean, mixed = seconds(60, 0)[0], seconds(60, 1)[0]
    once = train_sound_classifier(clean, mixed, CLASSES, 2, SETTINGS)
    sounds = torch.tensor([[bool(one)] for one in mixed.sources])
    moved = Seconds(mixed.vectors + torch.tensor([1.0, 0, 1, 0]) * sounds, mixed.sources)
    again = train_sound_classifier(clean, moved, CLASSES, 2, SETTINGS)
    assert torch.equal(once.mean[:2], again.mean[:2])
    assert torch.equal(once.classify.weight[:, :2], again.classify.weight[:, :2])
    assert not torch.equal(once.classify.weight[:, 2:], again.classify.weight[:, 2:])


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train_sound_classifier(seconds(9, 0)[0], seconds(9, 1)[0], CLASSES, 2, FilmTrainingSettings(classifier_rows=512))
    assert torch.equal(torch.rand(1), expected)


def test_the_joined_classifier_gives_the_mean_of_both():
    torch.manual_seed(0)
    first, second = SoundClassifier(3, 2), SoundClassifier(4, 2)
    for one in (first, second):
        one.mean.normal_()
        one.deviation.uniform_(0.5, 2)
    vectors = torch.randn(5, 7)
    expected = (first(vectors[:, :3]) + second(vectors[:, 3:])) / 2
    torch.testing.assert_close(mean_of_classifiers(first, second)(vectors), expected)
