"""Charts: written atomically, refused early."""

import pytest
from PIL import Image

from ravs.errors import InputError
from ravs.visualization.charts import chart, mosaic


def test_a_chart_has_the_size_that_was_asked_for(tmp_path):
    with chart(tmp_path / "a.png", 3, 2, rows=2) as axes:
        axes[0].bar(["own", "silence"], [0.5, 0.0])
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (300, 200)


def test_axes_of_a_mosaic_cover_the_cells_that_bear_their_name(tmp_path):
    with mosaic(tmp_path / "a.png", 4, 2, [["left", "right"], ["below", "below"]]) as axes:
        assert sorted(axes) == ["below", "left", "right"]
        axes["below"].figure.draw_without_rendering()
        assert axes["below"].get_position().width > 2 * axes["left"].get_position().width
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (400, 200)


def test_drawing_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), chart(tmp_path / "a.png", 3, 2):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_image_is_refused_before_anything_is_drawn(tmp_path):
    with pytest.raises(InputError, match=r"a.txt: a chart ends in .png"), chart(tmp_path / "a.txt", 3, 2):
        pytest.fail("drawn")
