"""Trains what is heard: weights of AudioSet's labels, and a linear classifier on the frozen vector of a second."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.block_files import one_thread
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.one_cycle import train_part
from ravs.training.film.second_blocks import Seconds, Sources

WARMUP = 0.3  # of the steps
MIN_DEVIATION = 1e-3  # added to that of each channel


def train_sound_classifier(
    clean: Seconds, mixed: Seconds, classes: Sequence[str], channels: int, settings: FilmTrainingSettings
) -> SoundClassifier:
    """A classifier that begins with what AudioSet's labels say, and learns from the vector what they do not.

    The penalty on its weights is strong: real sounds are known by the labels better than by a library's few recordings.

    Args:
        clean: seconds of one recording; each class of ours counts alike in them.
        mixed: degraded seconds with any number.
        classes: names, in order.
        channels: of the vector; the others are AudioSet's logits.
        settings: epochs, rates and the seed.
    """
    own = select(clean, [index for index, found in enumerate(clean.sources) if found[0][0] in classes])
    seconds = join([mixed, *[own] * settings.clean_repeats])
    balanced = class_weights(own.sources).repeat(settings.clean_repeats)
    weights = torch.cat([torch.ones(len(mixed.sources)), balanced])
    with torch.random.fork_rng(devices=[]), one_thread():  # of products as small as these, more threads slow down
        torch.manual_seed(settings.seed)
        return _train(seconds, weights, classes, channels, settings)


def _train(
    seconds: Seconds, weights: Tensor, classes: Sequence[str], channels: int, settings: FilmTrainingSettings
) -> SoundClassifier:
    """A classifier of weighted seconds."""
    targets = class_targets(seconds.sources, classes)
    vectors = seconds.vectors[:, :channels]
    classifier = SoundClassifier(channels, classes)
    classifier.mean.copy_(vectors.mean(0))
    classifier.deviation.copy_(vectors.std(0, correction=0) + MIN_DEVIATION)
    for parameter in classifier.classify.parameters():
        nn.init.zeros_(parameter)
    standardized = (vectors - classifier.mean) / classifier.deviation
    evidence = classifier.label_logits(seconds.vectors[:, channels:])

    def loss(step: int) -> Tensor:
        rows = torch.randint(0, len(vectors), (settings.classifier_batch,))
        logits = classifier.classify(F.dropout(standardized[rows], settings.classifier_dropout))
        logits = logits + classifier.label_weight * evidence[rows]
        errors = (weights[rows] * F.cross_entropy(logits, targets[rows], reduction="none")).mean()
        return errors + settings.classifier_penalty * classifier.classify.weight.square().sum()

    steps = max(settings.classifier_epochs * len(vectors) // settings.classifier_batch, 1)
    train_part(classifier, loss, steps=steps, rate=settings.classifier_rate, decay=0.0, warmup=WARMUP)
    return classifier


def class_targets(sources: Sequence[Sources], classes: Sequence[str]) -> Tensor:
    """Equal shares of what is heard, or of "none" (first) where that is none of the classes: seconds, classes + 1."""
    targets = torch.zeros(len(sources), len(classes) + 1)
    for row, found in zip(targets, sources, strict=True):
        heard = {1 + classes.index(name) for name, _ in found if name in classes} or {0}
        row[list(heard)] = 1 / len(heard)
    return targets


def class_weights(sources: Sequence[Sources]) -> Tensor:
    """Weights of seconds of one recording with which each class counts alike; their mean is 1."""
    names = [found[0][0] for found in sources]
    weights = torch.tensor([1 / names.count(name) for name in names])
    return weights / weights.mean()


def select(seconds: Seconds, rows: Sequence[int]) -> Seconds:
    """Some of the seconds."""
    return Seconds(seconds.vectors[list(rows)], [seconds.sources[row] for row in rows])


def join(parts: Sequence[Seconds]) -> Seconds:
    """Seconds one after the other."""
    return Seconds(torch.cat([part.vectors for part in parts]), [one for part in parts for one in part.sources])
