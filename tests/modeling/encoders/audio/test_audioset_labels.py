"""The table of AudioSet's labels, and what of our classes it hears in them."""

import csv
import math
from collections import Counter
from pathlib import Path

import pytest
import torch

import ravs
from ravs.modeling.encoders.audio.audioset_labels import (
    FLOOR,
    KIN_SHARE,
    NONE_FLOOR,
    NUM_LABELS,
    TABLE,
    audioset_labels,
    label_evidence,
    label_shares,
)
from ravs.modeling.encoders.visual.imagenet_classes import imagenet_indices

ANCHORS = {  # display names in YAMNet's class map
    "airplane": {331: "Jet engine", 334: "Fixed-wing aircraft, airplane"},
    "bee": {126: "Bee, wasp, etc.", 123: "Mosquito"},
    "boat": {298: "Motorboat, speedboat", 395: "Foghorn"},
    "brass": {182: "Trumpet", 183: "Trombone"},
    "car": {301: "Car", 302: "Vehicle horn, car horn, honking"},
    "cat": {76: "Cat", 78: "Meow"},
    "cow": {86: "Moo"},
    "dog": {69: "Dog", 70: "Bark", 75: "Whimper (dog)"},
    "drum": {159: "Drum", 165: "Tabla"},
    "duck": {100: "Quack"},
    "frog": {128: "Croak"},
    "guitar": {138: "Acoustic guitar", 142: "Banjo"},
    "hammer": {413: "Hammer"},
    "horse": {83: "Clip-clop", 84: "Neigh, whinny"},
    "lion": {105: "Roar"},
    "owl": {115: "Hoot"},
    "person": {0: "Speech", 20: "Baby cry, infant cry", 24: "Singing", 64: "Crowd"},
    "phone": {383: "Telephone", 385: "Ringtone"},
    "piano": {148: "Piano"},
    "sheep": {92: "Sheep"},
    "songbird": {107: "Bird vocalization, bird call, bird song"},
    "train": {323: "Train", 325: "Train horn"},
    "truck_bus": {310: "Truck", 315: "Bus"},
    "violin_cello": {186: "Violin, fiddle", 188: "Cello", 189: "Double bass"},
    "woodwind": {191: "Flute", 193: "Clarinet"},
    "motorcycle": {320: "Motorcycle"},
    "rooster": {96: "Crowing, cock-a-doodle-doo"},
    "whale": {131: "Whale vocalization"},
    "vacuum_cleaner": {371: "Vacuum cleaner"},
    "gun": {421: "Gunshot, gunfire"},
    "typewriter": {379: "Typewriter"},
}
LIBRARY_CLASSES = Path(ravs.__file__).parent / "data" / "library" / "builder" / "table" / "classes.csv"


def probability(label, value):
    """Logits of a second in which one label has a probability and the others none."""
    logits = torch.full((NUM_LABELS,), -30.0)
    logits[label] = math.log(value / (1 - value))
    return logits


@pytest.mark.parametrize("name", ANCHORS)
def test_a_class_has_the_labels_of_what_it_sounds_like(name):
    assert set(ANCHORS[name]) <= set(audioset_labels()[name].own)


def test_no_label_but_howl_and_bleat_is_two_classes_own_and_all_are_audiosets():
    counts = Counter(index for labels in audioset_labels().values() for index in labels.own)
    assert {index for index, count in counts.items() if count > 1} == {72, 91}
    assert all(0 <= index < NUM_LABELS for labels in audioset_labels().values() for index in (*labels.own, *labels.kin))
    assert not any(set(labels.own) & set(labels.kin) for labels in audioset_labels().values())


def test_the_librarys_classes_come_first_in_its_order_and_the_others_are_imagenets_too():
    with LIBRARY_CLASSES.open(encoding="utf-8", newline="") as file:
        names = [row["class"] for row in csv.DictReader(file)]
    assert list(audioset_labels())[: len(names)] == names
    assert audioset_labels().keys() <= imagenet_indices().keys()


def test_every_row_has_a_name_of_its_own_a_reason_and_a_label():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [len(row) for row in rows] == [4] * len(rows)
    assert all(name and (own or kin) and reason for name, own, kin, reason in rows)
    assert len({row[0] for row in rows}) == len(rows) == len(audioset_labels())


def test_shares_are_one_for_own_labels_less_for_kin_and_what_no_class_has_is_none():
    shares = label_shares(("dog", "no such class", "cat"))
    assert shares.shape == (4, NUM_LABELS)
    assert shares[1, 70] == 1 and shares[1, 67] == pytest.approx(KIN_SHARE) and shares[1, 78] == 0
    assert not shares[2].any()
    assert shares[0, 283] == 1 and shares[0, [67, 70, 78]].tolist() == [0, 0, 0]  # rain; animals, bark, meow
    assert label_shares(()).tolist() == [[1.0] * NUM_LABELS]


def test_evidence_by_hand_own_label_kin_and_none():
    shares = label_shares(("dog", "cat"))
    logits = torch.stack([probability(70, 0.5), probability(67, 0.8), probability(283, 0.9)])
    heard = [[0, 0.5, 0], [0, 0.8 * KIN_SHARE, 0.8 * KIN_SHARE], [0.9, 0, 0]]
    expected = torch.tensor(heard) + torch.tensor([NONE_FLOOR, 0, 0]) + FLOOR
    found = label_evidence(logits, shares).exp()
    torch.testing.assert_close(found, expected / expected.sum(1, keepdim=True), atol=1e-5, rtol=1e-4)


def test_two_labels_of_a_class_are_independent_and_certain_ones_stay_finite():
    shares = label_shares(("dog",))
    both = torch.maximum(probability(70, 0.5), probability(72, 0.5))
    expected = torch.tensor([NONE_FLOOR + FLOOR, 0.75 + FLOOR])
    torch.testing.assert_close(label_evidence(both, shares).exp(), expected / expected.sum(), atol=1e-5, rtol=1e-4)
    assert label_evidence(torch.full((NUM_LABELS,), 100.0), shares).isfinite().all()
