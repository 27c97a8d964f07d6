"""Which of AudioSet's 521 labels are heard from which of our classes: the table audioset_labels.csv, ours."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from ravs.modeling.encoders.index_ranges import parse_indices

TABLE = Path(__file__).with_name("audioset_labels.csv")
NUM_LABELS = 521
KIN_SHARE = 0.15  # with which a label counts that is heard from several classes, as "Animal" or "Music"
FLOOR = 1e-3  # added to a probability before its logarithm
NONE_FLOOR = 0.02  # added to that of none of the classes: something unknown may always be heard


class Labels(NamedTuple):
    """The labels of a class, by their indices in YAMNet's class map (0 Speech to 520 Field recording)."""

    own: tuple[int, ...]  # heard from this class, if from any of ours
    kin: tuple[int, ...]  # heard from others too


@cache
def audioset_labels() -> dict[str, Labels]:
    """The labels of each class of the table, by its name: first the library's classes, in its order, then further ones.

    A class that AudioSet lacks has kin alone, as the column `reason` says.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["class"]: Labels(parse_indices(row["labels"]), parse_indices(row["kin"])) for row in rows}


@cache
def label_shares(classes: tuple[str, ...]) -> Float[Tensor, "outputs 521"]:
    """How much each label counts for none of the classes (first), and for each: 1, `KIN_SHARE` or 0.

    A label of no class counts for none of them. A class that is not in the table has no labels.
    """
    shares = torch.zeros(len(classes) + 1, NUM_LABELS)
    for row, name in enumerate(classes, start=1):
        labels = audioset_labels().get(name, Labels((), ()))
        shares[row, list(labels.kin)] = KIN_SHARE
        shares[row, list(labels.own)] = 1
    shares[0] = (shares[1:].amax(0) == 0).float() if len(classes) else 1.0
    return shares


def label_evidence(
    logits: Float[Tensor, "*batch 521"], shares: Float[Tensor, "outputs 521"]
) -> Float[Tensor, "*batch outputs"]:
    """Logarithm of the probability that one label of a class is there at least, normalized over the outputs.

    Labels are taken as independent; each counts with its share: 1 - prod(1 - share × P(label)).
    """
    probability = logits.float().sigmoid().unsqueeze(-2) * shares
    heard = 1 - (1 - probability.clamp(max=0.999)).log().sum(-1).exp()
    heard = heard + torch.tensor([NONE_FLOOR] + [0.0] * (len(shares) - 1), device=heard.device)
    return (heard + FLOOR).log().log_softmax(-1)
