import inspect

import pytest

from ravs.cli.compose import compose
from ravs.errors import InputError


def test_the_options_of_compose_are_these():
    expected = "out library subset count split seed size jobs licence classes extras held_out form preset sheet"
    assert list(inspect.signature(compose).parameters) == expected.split()


def test_compose_without_a_library_says_how_to_name_it(tmp_path):
    with pytest.raises(InputError, match="--library DIR"):
        compose(out=tmp_path / "set", library=tmp_path)
