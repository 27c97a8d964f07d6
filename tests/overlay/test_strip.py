"""Which classes get a row of the strip."""

from ravs.overlay.strip import Row, longest


def row(name, *spans_s):
    return Row(name, (0, 0, 0), spans_s)


def test_the_classes_that_sound_longest_are_kept_in_their_order():
    rows = [row("dog", (0.0, 1.0)), row("car", (1.0, 5.0)), row("cat", (2.0, 2.5), (3.0, 4.0)), row("bee", (4.0, 4.5))]
    assert [kept.name for kept in longest(rows, 2)] == ["car", "cat"]
    assert [kept.name for kept in longest(rows, 3)] == ["dog", "car", "cat"]
    assert longest(rows, 9) == rows
