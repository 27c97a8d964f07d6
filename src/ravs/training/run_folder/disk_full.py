"""One clear error for a full disk, whichever library met it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from ravs.errors import RavsError
from ravs.files import is_disk_full
from ravs.training.run_folder.checkpoints import last_complete_checkpoint

# messages of torch.save, safetensors and NumPy
DISK_FULL_MESSAGE = re.compile(r"No space left|quota exceeded|PytorchStreamWriter failed|\d+ requested and \d+ written")
WRITE_ERRORS = (OSError, RuntimeError, SafetensorError)  # torch.save and safetensors have errors of their own


@contextmanager
def explain_disk_full(out: Path, what: str) -> Iterator[None]:
    """Around what writes into a run's folder, or into the pool beside it.

    Raises: RavsError in place of any error of a full disk, with what is kept and what to do.
    """
    try:
        yield
    except WRITE_ERRORS as error:
        if not means_disk_full(error):
            raise
        kept = last_complete_checkpoint(out)
        then = f"{kept.name} is kept, and --resume continues from it" if kept else "the same command starts again"
        free_mb = shutil.disk_usage(next(path for path in (out, *out.parents) if path.exists())).free >> 20
        raise RavsError(
            f"{out}: the disk is full ({free_mb} MB free), {what} could not be written ({error}). Free some: {then}."
        ) from error


def means_disk_full(error: Exception) -> bool:
    """Whether a library's error means a full disk: by errno, or by its message where the library gives none.

    Full shared memory, as between a loader's workers, is not a full disk.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return is_disk_full(error)
    return DISK_FULL_MESSAGE.search(str(error)) is not None and "shared memory" not in str(error)
