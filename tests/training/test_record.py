"""What is written beside a run, and when a folder is refused."""

import pytest

from ravs.errors import InputError
from ravs.recipe import Recipe
from ravs.training.record import write_record


@pytest.mark.parametrize("other", [{"sha256": "b"}, {"manifest_sha256": "b"}])
def test_other_data_are_refused_by_each_hash_that_both_have(tmp_path, other):
    data = {"sha256": "a", "manifest_sha256": "a"}
    write_record(tmp_path, Recipe(), data)
    write_record(tmp_path, Recipe(), {"sha256": "a", "folder": "moved"})
    with pytest.raises(InputError, match="holds a run on other data"):
        write_record(tmp_path, Recipe(), data | other)
