"""`examples/figures.py` writes pictures that a page can show: small, and twice as wide as they are shown."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURES = (*sorted((EXAMPLES.parent / "docs" / "figures").iterdir()), EXAMPLES / "film" / "effects.webp")


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    spec = importlib.util.spec_from_file_location("figures", EXAMPLES / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_picture_is_brought_to_the_width_of_pages_in_its_own_shape(figures, tmp_path):
    figures.shrink(Image.new("RGBA", (2400, 1000), "red"), tmp_path / "red.webp")
    with Image.open(tmp_path / "red.webp") as image:
        assert image.size == (1200, 500)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_kept_picture_is_small(picture):
    with Image.open(picture) as image:
        assert picture.stat().st_size < 100_000 and image.width >= 1200
