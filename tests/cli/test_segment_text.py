from pathlib import Path

import pytest

from ravs.cli.segment_text import describe_source_line
from ravs.inference.source_info import SourceInfo


def described(**changes):
    return SourceInfo(**{"name": "a.mp4", "duration_s": 4.0, "width": 64, "height": 48, "fps": "25"} | changes)


@pytest.mark.parametrize(
    ("fps", "text"),
    [("30000/1001", "29.97"), ("25", "25"), ("1/12", "0.08333"), ("1000", "1000"), ("60000", "60000")],
)
def test_rates_are_written_as_people_write_them(fps, text):
    assert describe_source_line(Path("a.mp4"), described(fps=fps)) == f"a.mp4  64×48  {text} fps  0:04  no sound"
