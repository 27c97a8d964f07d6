import pytest

from ravs.app.demo_settings import DemoSettings, parse_size
from ravs.errors import InputError


def test_by_default_the_page_is_for_this_machine_alone():
    settings = DemoSettings()
    assert (settings.host, settings.share, settings.mcp) == ("127.0.0.1", False, False)


@pytest.mark.parametrize(("size", "bytes_"), [("200mb", 200_000_000), ("1.5GB", 1_500_000_000), ("10kb", 10_000)])
def test_sizes_have_units(size, bytes_):
    assert parse_size(size) == bytes_


@pytest.mark.parametrize("size", ["", "200", "mb", "many mb", "200tb", "-1mbx"])
def test_other_sizes_are_refused_with_an_example(size):
    with pytest.raises(InputError, match="it must be a number with kb, mb or gb, such as 200mb"):
        DemoSettings(max_size=size)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"port": 0}, "port is 0; it must lie between 1 and 65535"),
        ({"max_s": 0.5}, "max-seconds is 0.5; it must lie between 1 and 3600"),
        ({"max_s": float("nan")}, "max-seconds is nan; it must lie between 1 and 3600"),
        ({"max_waiting": 0}, "queue is 0; it must be at least 1"),
        ({"max_size": "0mb"}, "max-size is '0mb'; it must be above 0"),
    ],
)
def test_limits_are_checked(choices, message):
    with pytest.raises(InputError, match=message):
        DemoSettings(**choices)
