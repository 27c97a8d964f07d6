"""Class lists: the numbers in masks and in weights hang on their order."""

import pytest

from ravs.checkpoints.find_model import find_model
from ravs.config.labels import AVSS_CLASSES, FILM_CLASSES, TINY_CLASSES


def test_avss_has_seventy_classes_and_background_in_the_order_of_its_label2idx():
    assert len(AVSS_CLASSES) == 71 and AVSS_CLASSES[0] == "background"
    assert list(AVSS_CLASSES[1:]) == sorted(set(AVSS_CLASSES[1:]))
    assert [AVSS_CLASSES[index] for index in (1, 17, 70)] == ["accordion", "dog", "woman"]


@pytest.mark.parametrize(("name", "classes"), [("ravs-tiny", TINY_CLASSES), ("ravs-film", FILM_CLASSES)])
def test_a_shipped_model_has_the_classes_of_its_weights_in_their_order(name, classes):
    assert find_model(name).classes == ("background", *classes)
