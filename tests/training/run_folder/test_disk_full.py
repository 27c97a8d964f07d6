"""The error for a full disk, and for what is not one."""

import errno
from pathlib import Path

import pytest

from ravs.errors import RavsError
from ravs.training.run_folder.disk_full import explain_disk_full


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("PytorchStreamWriter failed writing file data/3"),
        OSError("1500 requested and 1022 written"),
    ],
)
def test_a_full_disk_is_a_clear_error_that_names_what_is_kept(tmp_path, error):
    (tmp_path / "checkpoint-8").mkdir()
    (tmp_path / "checkpoint-8" / "trainer_state.json").write_text('{"global_step": 8, "max_steps": 12}')
    with pytest.raises(RavsError) as caught, explain_disk_full(tmp_path, "checkpoint-12"):
        raise error
    message = str(caught.value)
    message = str(caught.value)
    assert "the disk is full" in message and "checkpoint-12 could not be written" in message
    assert "checkpoint-8 is kept, and --resume continues from it" in message and str(error) in message


def test_a_disk_that_is_full_before_the_folder_of_the_run_is_made_is_reported_as_well(tmp_path):
    with (
        pytest.raises(RavsError, match="the same command starts again"),
        explain_disk_full(tmp_path / "runs" / "a", "a file"),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x" * 100_000)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        RuntimeError("unable to allocate shared memory(shm) for file </torch_12_34>: No space left on device (28)"),
        RuntimeError("3 processes requested and 2 available"),
    ],
)
def test_another_error_stays_what_it_is(tmp_path, error):
    with pytest.raises(type(error)) as caught, explain_disk_full(tmp_path, "model"):
        raise error
    assert caught.value is error
