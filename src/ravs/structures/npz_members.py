"""The .npy members of a zip archive (.npz), read strictly: a mistake is an InputError that names file and member."""

from io import BufferedIOBase
from zipfile import BadZipFile, ZipFile

import numpy as np

from ravs.errors import InputError


class NpzMembers:
    """The members of an open archive, as arrays; no pickles. Closes the file at the end of its block."""

    def __init__(self, file: BufferedIOBase, name: str, remedy: str) -> None:
        """`name` and `remedy` begin and end the message of every error."""
        self._file, self._name, self._remedy = file, name, remedy
        try:
            self._zip = ZipFile(file)
        except BadZipFile as error:
            file.close()
            raise self.error(f"is no zip archive ({error})") from error
        self.names = frozenset(member.removesuffix(".npy") for member in self._zip.namelist())

    def __enter__(self) -> "NpzMembers":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def get(self, name: str, dtype: np.dtype, shape: tuple[int | None, ...]) -> np.ndarray:
        """A member of this type and shape; an axis of None may have any length.

        Raises: InputError if it is missing or damaged, or has another type or shape.
        """
        if name not in self.names:
            raise self.error(f"lacks the member {name!r}")
        try:
            with self._zip.open(f"{name}.npy") as file:
                array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
        except (BadZipFile, ValueError, EOFError, OSError) as error:
            raise self.error(f"has a damaged member {name!r} ({error})") from error
        fits = array.ndim == len(shape) and all(b in (None, a) for a, b in zip(array.shape, shape, strict=True))
        if array.dtype != dtype or not fits:
            wanted = ", ".join("any" if length is None else str(length) for length in shape)
            raise self.error(f"has {name!r} as {array.dtype} of shape {array.shape}, not {dtype} of ({wanted})")
        return array

    def check_names(self, required: set[str], optional: set[str]) -> None:
        """Raises InputError for a member that is missing or surplus."""
        if missing := sorted(required - self.names):
            raise self.error(f"lacks the member {missing[0]!r}")
        if surplus := sorted(self.names - required - optional):
            raise self.error(f"has the member {surplus[0]!r}, which is unknown")

    def error(self, what: str) -> InputError:
        """An error about this file."""
        return InputError(f"{self._name} {what}: {self._remedy}")
