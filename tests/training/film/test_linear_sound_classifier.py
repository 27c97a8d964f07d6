"""The classifier of what is heard: AudioSet's labels, and a vector."""

from dataclasses import replace

import pytest
import torch

from ravs.modeling.encoders.audio.audioset_labels import NUM_LABELS
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.linear_sound_classifier import (
    class_targets,
    class_weights,
    select,
    train_sound_classifier,
)
from ravs.training.film.second_blocks import Seconds

CLASSES = ("bell", "horn")
SOURCES = [(("bell", "a"),), (("horn", "b"), ("bell", "a")), (("kettle", "k"),), ()]
SETTINGS = FilmTrainingSettings(classifier_epochs=100, classifier_rate=0.1, classifier_penalty=0.0)


def seconds(count, seed, noise=0.1):
    """Vectors of four that name the class, without labels: 0 none, 1 bell, 2 horn."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (count,), generator=generator)
    corners = torch.tensor([[0.0, 0, 0, 0], [3, 0, 3, 0], [0, 3, 0, 3]])
    vectors = corners[labels] + noise * torch.randn(count, 4, generator=generator)
    sources = [() if label == 0 else ((CLASSES[label - 1], f"{label}"),) for label in labels.tolist()]
    return Seconds(vectors, sources), labels


def test_targets_are_shares_of_what_is_heard_or_none():
    expected = [[0, 1, 0], [0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]]
    assert class_targets(SOURCES, CLASSES).tolist() == expected


def test_weights_let_each_class_count_alike():
    weights = class_weights([*[SOURCES[0]] * 3, (("horn", "b"),)])
    assert weights.mean().item() == pytest.approx(1)
    assert weights[:3].sum().item() == pytest.approx(weights[3].item())


def test_what_is_learned_is_heard_in_other_seconds():
    clean, mixed = seconds(60, 0)[0], seconds(60, 1)[0]
    clean = Seconds(clean.vectors, [found or (("kettle", "k"),) for found in clean.sources])
    other, labels = seconds(100, 2)
    classifier = train_sound_classifier(clean, mixed, CLASSES, 4, SETTINGS)
    assert (classifier(other.vectors).argmax(1) == labels).float().mean() > 0.95


def test_a_strong_penalty_leaves_what_audiosets_labels_say():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 3, (60,), generator=generator)
    audioset = torch.full((60, NUM_LABELS), -9.0)
    audioset[range(60), torch.tensor([283, 195, 302])[labels]] = 3.0  # rain, bell, horn of a car
    sources = [() if label == 0 else ((("bell", "car")[label - 1], f"{label}"),) for label in labels.tolist()]
    heard = Seconds(torch.cat([torch.randn(60, 4, generator=generator), audioset], 1), sources)
    clean = select(heard, [place for place, found in enumerate(sources) if found])
    settings = replace(SETTINGS, classifier_penalty=1000.0)
    classifier = train_sound_classifier(clean, heard, ("bell", "car"), 4, settings)
    assert classifier.classify.weight.abs().max() < 0.01
    assert (classifier(heard.vectors).argmax(1) == labels).all()


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    clean = Seconds(seconds(9, 0)[0].vectors, [(("bell", "a"),)] * 9)
    train_sound_classifier(clean, seconds(9, 1)[0], CLASSES, 4, FilmTrainingSettings(classifier_epochs=1))
    assert torch.equal(torch.rand(1), expected)
