"""Trains what is heard: two linear classifiers on the frozen vector of a second, joined into one."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.block_files import one_thread
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.one_cycle import train_part
from ravs.training.film.second_blocks import Seconds, Sources

WARMUP = 0.3  # of the steps
MIN_DEVIATION = 1e-3  # added to that of each channel


def train_sound_classifier(
    clean: Seconds, mixed: Seconds, classes: Sequence[str], embedding: int, settings: FilmTrainingSettings
) -> SoundClassifier:
    """The mean of two classifiers: of the embedding, from clean seconds, and of the categories, from degraded ones too.

    The embedding of degraded seconds moves more than what the frozen classifiers make of it. Both have seconds
    without a class from the degraded ones, and of these none with several.

    Args:
        clean: seconds of one recording.
        mixed: degraded seconds with any number.
        classes: names, in order.
        embedding: how many of the vector's channels, the first, are the embedding; the others are categories.
        settings: epochs, rates and the seed.
    """
    none = select(mixed, [index for index, found in enumerate(mixed.sources) if not found])
    single = select(mixed, [index for index, found in enumerate(mixed.sources) if len(found) == 1])
    with torch.random.fork_rng(devices=[]), one_thread():  # of products as small as these, more threads slow down
        torch.manual_seed(settings.seed)
        first = _train_linear(join([clean, none]), classes, slice(None, embedding), settings)
        second = _train_linear(join([clean, clean, none, single]), classes, slice(embedding, None), settings)
        return mean_of_classifiers(first, second)


def _train_linear(
    seconds: Seconds, classes: Sequence[str], channels: slice, settings: FilmTrainingSettings
) -> SoundClassifier:
    """A classifier of some channels of the vector."""
    vectors, targets = seconds.vectors[:, channels], class_targets(seconds.sources, classes)
    weights = second_weights(seconds.sources, classes, settings.none_weight)
    classifier = SoundClassifier(vectors.shape[1], len(classes))
    classifier.mean.copy_(vectors.mean(0))
    classifier.deviation.copy_(vectors.std(0, correction=0) + MIN_DEVIATION)
    standardized = (vectors - classifier.mean) / classifier.deviation

    def loss(step: int) -> Tensor:
        rows = torch.randint(0, len(vectors), (settings.classifier_batch,))
        logits = classifier.classify(F.dropout(standardized[rows], settings.classifier_dropout))
        return (weights[rows] * F.cross_entropy(logits, targets[rows], reduction="none")).mean()

    seen = max(settings.classifier_rows, settings.classifier_epochs * len(vectors))
    train_part(
        classifier,
        loss,
        steps=max(seen // settings.classifier_batch, 1),
        rate=settings.classifier_rate,
        decay=settings.classifier_decay,
        warmup=WARMUP,
    )
    return classifier


def mean_of_classifiers(first: SoundClassifier, second: SoundClassifier) -> SoundClassifier:
    """One classifier of both vectors, joined, whose logits are the mean of the two's."""
    joined = SoundClassifier(len(first.mean) + len(second.mean), len(first.classify.bias) - 1)
    joined.mean.copy_(torch.cat([first.mean, second.mean]))
    joined.deviation.copy_(torch.cat([first.deviation, second.deviation]))
    with torch.no_grad():
        joined.classify.weight.copy_(torch.cat([first.classify.weight, second.classify.weight], 1) / 2)
        joined.classify.bias.copy_((first.classify.bias + second.classify.bias) / 2)
    return joined.eval()


def class_targets(sources: Sequence[Sources], classes: Sequence[str]) -> Tensor:
    """Equal shares of what is heard, or of "none" (first) where that is none of the classes: seconds, classes + 1."""
    targets = torch.zeros(len(sources), len(classes) + 1)
    for row, found in zip(targets, sources, strict=True):
        heard = {1 + classes.index(name) for name, _ in found if name in classes} or {0}
        row[list(heard)] = 1 / len(heard)
    return targets


def second_weights(sources: Sequence[Sources], classes: Sequence[str], none_weight: float) -> Tensor:
    """Weights with which each class counts alike, and "none" `none_weight` times as much; their mean is 1."""
    labels = [next((name for name, _ in found if name in classes), None) for found in sources]
    counts = {label: labels.count(label) for label in set(labels)}
    weights = torch.tensor([(none_weight if label is None else 1.0) / counts[label] for label in labels])
    return weights / weights.mean()


def select(seconds: Seconds, rows: Sequence[int]) -> Seconds:
    """Some of the seconds."""
    return Seconds(seconds.vectors[list(rows)], [seconds.sources[row] for row in rows])


def join(parts: Sequence[Seconds]) -> Seconds:
    """Seconds one after the other."""
    return Seconds(torch.cat([part.vectors for part in parts]), [one for part in parts for one in part.sources])
