"""A configuration's labels under transformers' names say what its classes say."""

import pytest

from ravs.config import RavsConfig
from ravs.errors import InputError

LABELS = {0: "background", 1: "dog", 2: "car"}


def test_labels_are_those_of_the_models_logits_background_included(tmp_path):
    config = RavsConfig(classes=["dog", "car"])
    config.save_pretrained(tmp_path)
    for known in (config, RavsConfig.from_pretrained(tmp_path), RavsConfig.from_dict(config.to_dict())):
        assert (known.id2label, known.num_labels) == (LABELS, 3)
        assert known.label2id == {"background": 0, "dog": 1, "car": 2}
    assert "id2label" not in (tmp_path / "config.json").read_text()  # `classes` is the one truth


def test_labels_follow_the_classes():
    config = RavsConfig(classes=["dog", "car"])
    config.classes = ("bell",)
    assert config.id2label == {0: "background", 1: "bell"}
    config.id2label = LABELS
    assert config.classes == ("dog", "car")


def test_labels_are_taken_in_place_of_classes(tmp_path):
    RavsConfig(classes=["bell"]).save_pretrained(tmp_path)
    label2id = {name: index for index, name in LABELS.items()}
    for labels in ({"id2label": LABELS, "label2id": label2id, "num_labels": 3}, {"label2id": label2id}):
        assert RavsConfig(**labels).classes == ("dog", "car")
        assert RavsConfig.from_pretrained(tmp_path, **labels).classes == ("dog", "car")
    assert RavsConfig(id2label={"0": "background", "1": "dog"}).classes == ("dog",)  # as JSON has the keys


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"num_labels": 7}, "num_labels is 7.*give classes="),
        ({"id2label": {0: "dog", 1: "car"}}, "0 being 'background'"),
        ({"id2label": {0: "background", 2: "car"}}, "without a gap"),
        ({"id2label": LABELS, "label2id": {"background": 0, "dog": 2, "car": 1}}, "not the inverse"),
        ({"id2label": LABELS, "num_labels": 2}, "num_labels is 2, but there are 2 classes and background"),
    ],
)
def test_labels_that_are_no_classes_are_an_error(labels, message, tmp_path):
    RavsConfig(classes=["bell"]).save_pretrained(tmp_path)
    with pytest.raises(InputError, match=message):
        RavsConfig(**labels)
    with pytest.raises(InputError, match=message):
        RavsConfig.from_pretrained(tmp_path, **labels)


def test_labels_beside_other_classes_are_an_error():
    with pytest.raises(InputError, match=r"classes are \('bell',\), those of the labels \('dog', 'car'\)"):
        RavsConfig(classes=["bell"], id2label=LABELS)
