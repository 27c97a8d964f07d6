"""Which file transparency goes into, by codec or suffix."""

from pathlib import Path

import pytest

from ravs.config.alpha_codec import alpha_codec, alpha_file
from ravs.errors import InputError


def test_each_codec_has_its_file_and_each_file_its_codec():
    assert [alpha_file(codec) for codec in ("prores", "vp9")] == ["alpha.mov", "alpha.webm"]
    assert [alpha_codec(Path(name)) for name in ("a.mov", "B.MOV", "alpha.webm")] == ["prores", "prores", "vp9"]


def test_an_mp4_is_refused_with_what_carries_transparency():
    line = r"^\.mp4 cannot carry transparency\. Use -f alpha \(ProRes \.mov\) or --alpha vp9 \(\.webm\)\.$"
    for refused in (lambda: alpha_file("mp4"), lambda: alpha_file("h264"), lambda: alpha_codec(Path("a.mp4"))):
        with pytest.raises(InputError, match=line):
            refused()


def test_other_codecs_and_suffixes_are_refused_with_those_that_there_are():
    with pytest.raises(InputError, match=r"^alpha is 'av1'; it must be prores or vp9$"):
        alpha_file("av1")
    with pytest.raises(InputError, match=r"^a\.avi: transparency needs \.mov \(ProRes\) or \.webm \(VP9\)$"):
        alpha_codec(Path("a.avi"))
