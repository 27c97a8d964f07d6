"""Styles of overlays: what is refused, and how."""

import pytest

from ravs.config.overlay_style import EFFECTS, STRIPS, OverlayStyle
from ravs.errors import InputError


def test_every_effect_and_every_place_of_the_strip_makes_a_style():
    for effect in EFFECTS:
        for strip in STRIPS:
            assert OverlayStyle(effect=effect, strip=strip).as_json()["effect"] == effect
    assert OverlayStyle() == OverlayStyle(effect="tint", strip="below", labels=True, tint=0.36)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"effect": "glow"}, "effect is 'glow'; it must be one of tint, spotlight, blur-silent, blur-sounding, cutout"),
        ({"strip": "above"}, "strip is 'above'; it must be one of below, over, off"),
        ({"tint": 1.5}, "tint is 1.5; it must lie between 0 and 1"),
        ({"tint": float("nan")}, "tint is nan; it must lie between 0 and 1"),
    ],
)
def test_a_style_that_does_not_exist_is_refused_with_those_that_do(choice, message):
    with pytest.raises(InputError, match=message):
        OverlayStyle(**choice)
