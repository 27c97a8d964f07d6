"""Class names as transformers calls them: id2label, label2id and num_labels are views of `classes`."""

from collections.abc import Mapping
from typing import Any

from ravs.config.validation import check_class_names
from ravs.errors import InputError

BACKGROUND = "background"
LABEL_KEYS = ("id2label", "label2id", "num_labels")  # transformers' names of what `classes` says


class ClassLabels:
    """Mixin of a configuration with `classes`: its labels as transformers names them, with background at 0.

    They are those of the model's logits, follow `classes`, and are not written into config.json beside them.
    """

    classes: Any

    @property
    def id2label(self) -> dict[int, str]:
        """Name of each index of the logits' class axis; 0 is background."""
        return dict(enumerate((BACKGROUND, *self.classes)))

    @id2label.setter
    def id2label(self, labels: Mapping[int | str, str] | None) -> None:
        self._take("id2label", labels)

    @property
    def label2id(self) -> dict[str, int]:
        """Index of each name: the inverse of `id2label`."""
        return {name: index for index, name in self.id2label.items()}

    @label2id.setter
    def label2id(self, indices: Mapping[str, int] | None) -> None:
        self._take("label2id", indices)

    @property
    def num_labels(self) -> int:
        """Output classes, background included."""
        return len(self.classes) + 1

    @num_labels.setter
    def num_labels(self, number: int) -> None:
        check_number_of_labels(number, self.classes)

    def _take(self, key: str, value: Any) -> None:
        """Labels given to the constructor wait for `classes`, which it sets after them; later ones change `classes`."""
        if value is None:
            return
        if "classes" in vars(self):
            self.classes = classes_of_labels(**{key: value})
        else:
            vars(self).setdefault("_given_labels", {})[key] = value

    def classes_given(self, num_labels: int | None, default: Any) -> Any:
        """The classes that a constructor was given, under our name or as labels. Raises: InputError if they differ."""
        labels = vars(self).pop("_given_labels", {})
        if labels:
            found = classes_of_labels(**labels)
            if tuple(self.classes) not in (tuple(default), found):
                raise InputError(f"classes are {tuple(self.classes)}, those of the labels {found}: give one of the two")
            self.classes = found
        if num_labels is not None:
            check_number_of_labels(num_labels, tuple(self.classes))
        return self.classes


def classes_of_labels(
    *,
    id2label: Mapping[int | str, str] | None = None,
    label2id: Mapping[str, int] | None = None,
    num_labels: int | None = None,
) -> tuple[str, ...]:
    """The classes that labels in transformers' form stand for: names of 1, 2, …; 0 is background.

    Raises: InputError for indices with gaps, another name at 0, a `label2id` that is not the inverse of `id2label`, or
    a number alone.
    """
    if id2label is None and label2id is None:
        raise InputError(f"num_labels is {num_labels}, which names no class: give classes=[…], without background")
    names = {int(key): name for key, name in (id2label or {}).items()}
    inverse = {int(index): name for name, index in (label2id or {}).items()}
    if id2label is not None and label2id is not None and names != inverse:
        raise InputError(f"label2id is {dict(label2id)!r}, not the inverse of id2label {names}: leave it out")
    found = names or inverse
    if sorted(found) != list(range(len(found))) or found.get(0) != BACKGROUND:
        raise InputError(
            f"labels are {found}; number them from 0 without a gap, 0 being {BACKGROUND!r}, or give classes=[…]"
        )
    classes = check_class_names([found[index] for index in range(1, len(found))])
    if num_labels is not None:
        check_number_of_labels(num_labels, classes)
    return classes


def check_number_of_labels(number: int, classes: tuple[str, ...]) -> None:
    """Raises: InputError unless the number is that of the classes and background."""
    if number != len(classes) + 1:
        raise InputError(
            f"num_labels is {number}, but there are {len(classes)} classes and {BACKGROUND}: give classes=[…] "
            "alone, without background"
        )
