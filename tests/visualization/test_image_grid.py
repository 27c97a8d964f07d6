import io

import numpy as np
from PIL import Image

from ravs.visualization.image_grid import (
    COLUMNS,
    GAP,
    LINE_HEIGHT,
    MARGIN,
    MIN_CELL_WIDTH,
    ROW_NAME_WIDTH,
    ImageRow,
    as_png,
    cut_to_width,
    draw_band,
    draw_bar,
    draw_sheet,
    draw_swatch,
    wrap_images,
)


def plain(value):
    return np.full((20, 60, 3), value, np.uint8)


def middle(band, column, row_top):
    return band.getpixel((ROW_NAME_WIDTH + column * (MIN_CELL_WIDTH + GAP) + MIN_CELL_WIDTH // 2, row_top + 10))[0]


def test_seconds_go_from_left_to_right_and_rows_down():
    rows = [ImageRow("one", [plain(10), plain(20)], ["", ""]), ImageRow("two", [plain(30), plain(40)])]
    band = draw_band(["0:01.0", "0:02.0"], rows, 0)
    assert band.size == (ROW_NAME_WIDTH + 2 * MIN_CELL_WIDTH + GAP, LINE_HEIGHT + 20 + LINE_HEIGHT + 20 + GAP)
    tops = (LINE_HEIGHT, LINE_HEIGHT + 20 + LINE_HEIGHT)
    assert [middle(band, column, top) for top in tops for column in (0, 1)] == [10, 20, 30, 40]


def test_later_seconds_follow_in_a_band_below():
    rows = [ImageRow("one", [plain(10 * index) for index in range(COLUMNS + 2)])]
    times = [f"0:0{index}.0" for index in range(COLUMNS + 2)]
    band = draw_band(times, rows, COLUMNS)
    assert band.width == ROW_NAME_WIDTH + 2 * MIN_CELL_WIDTH + GAP
    assert [middle(band, column, LINE_HEIGHT) for column in (0, 1)] == [10 * COLUMNS, 10 * COLUMNS + 10]


def test_a_bar_runs_through_its_colors_from_left_to_right():
    colors = np.array([[0.0, 0, 0], [100, 100, 100], [200, 200, 200]])
    bar = draw_bar(colors, {})
    inner = [bar.getpixel((x, 8))[0] for x in (MARGIN + 2, bar.width // 2, bar.width - MARGIN - 3)]
    assert inner == [0, 100, 200]


def test_words_wider_than_their_image_are_cut():
    assert cut_to_width("dog", 300) == "dog"
    cut = cut_to_width("violin, songbird, woodwind", 100)
    assert cut.endswith("…")
    assert cut[:-1] == "violin, songbird, woodwind"[: len(cut) - 1]
    assert len(cut) > 4


def test_a_sheet_survives_as_a_png():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8))
    read = Image.open(io.BytesIO(as_png(image)))
    assert read.format == "PNG"
    np.testing.assert_array_equal(np.asarray(read), np.asarray(image))


def test_a_legend_continues_in_a_line_below_where_it_would_be_wider_than_the_sheet():
    parts = [Image.new("RGB", (width, 10)) for width in (100, 100, 300, 50)]
    lines = wrap_images(parts, 100 + MARGIN + 100)
    assert [line.width for line in lines] == [200 + MARGIN, 300, 50]
    legend = [draw_swatch((0, 0, 0), f"class {index}") for index in range(40)]
    row = ImageRow("one", [plain(10)] * 5)
    sheets = [draw_sheet("Title", "a.mp4", ["0:01.0"] * 5, [row], some) for some in (legend, legend[:1])]
    assert sheets[0].width == sheets[1].width and sheets[0].height > sheets[1].height
