"""Class names and counts of the field."""

from ravs.config.labels import AVSS_CLASSES
from ravs.data.datasets.constants import PUBLISHED_COUNTS, S4_CATEGORIES, VPO_VALUES


def test_avss_has_71_classes_with_background_first_and_woman_last():
    assert len(set(AVSS_CLASSES)) == 71
    places = {0: "background", 12: "cat", 24: "flute", 36: "hen", 48: "pig", 60: "train", 70: "woman"}
    places |= {11: "car", 23: "erhu", 35: "helicopter", 47: "piano", 59: "tractor", 22: "emergency-car"}
    assert {place: AVSS_CLASSES[place] for place in places} == places


def test_s4_has_23_categories():
    assert len(set(S4_CATEGORIES)) == 23


def test_vpo_has_21_classes_whose_values_are_all_different():
    assert len(VPO_VALUES) == 22 and len(set(VPO_VALUES.values())) == 22
    assert next(iter(VPO_VALUES)) == "background" and list(VPO_VALUES)[21] == "zebra"


def test_published_splits_sum_to_the_published_totals():
    def total(*subsets):
        return sum(count for (subset, _), count in PUBLISHED_COUNTS.items() if subset in subsets)

    assert (total("s4"), total("ms3")) == (4932, 424)
    assert total("v1s", "v1m", "v2") == 8498 + 1304 + 1554
    assert [total(f"VPO-{part}") for part in ("SS", "MS", "MSMI")] == [12202, 9817, 12855]
