"""The .npy members of a zip archive (.npz), read strictly: a mistake is an InputError that names file and member."""

import zlib
from io import BufferedIOBase
from math import prod
from tokenize import TokenError
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np

from ravs.errors import InputError
from ravs.structures.size_limit import max_pixels

ZIP_ERRORS = (BadZipFile, RuntimeError, zlib.error)  # RuntimeError: encrypted, or of an unknown compression
NPY_ERRORS = (ValueError, EOFError, OSError, SyntaxError, TokenError)  # NumPy parses headers as Python
BYTES_A_PIXEL = 16  # of a frame: a member may have so many, which is far above what a window of masks takes


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
                found_shape, found_dtype = _read_header(file)
                fits = len(found_shape) == len(shape) and all(
                    b in (None, a) for a, b in zip(found_shape, shape, strict=True)
                )
                if found_dtype != dtype or not fits:
                    wanted = ", ".join("any" if length is None else str(length) for length in shape)
                    raise self.error(f"has {name!r} as {found_dtype} of shape {found_shape}, not {dtype} of ({wanted})")
                size = prod(found_shape) * dtype.itemsize
                if size > BYTES_A_PIXEL * max_pixels():
                    raise self.error(f"has the member {name!r} of {size} bytes, which RAVS_MAX_PIXELS does not allow")
                content = file.read(size + 1)
        except (*ZIP_ERRORS, *NPY_ERRORS) as error:
            if isinstance(error, InputError):
                raise
            raise self.error(f"has a damaged member {name!r} ({error})") from error
        if len(content) != size:
            raise self.error(f"has a damaged member {name!r} ({len(content)} bytes of {size})")
        array: np.ndarray = np.frombuffer(bytearray(content), dtype).reshape(found_shape)
        return array

    def check_contents(self) -> None:
        """Raises: InputError for the first member whose bytes do not have their checksum."""
        try:
            damaged = self._zip.testzip()
        except (BadZipFile, ValueError, EOFError, OSError, zlib.error) as error:
            raise self.error(f"is damaged ({error})") from error
        if damaged is not None:
            raise self.error(f"has a damaged member {damaged.removesuffix('.npy')!r} (its checksum is another)")

    def check_names(self, required: set[str], optional: set[str]) -> None:
        """Raises InputError for a member that is missing or surplus."""
        if missing := sorted(required - self.names):
            raise self.error(f"lacks the member {missing[0]!r}")
        if surplus := sorted(self.names - required - optional):
            raise self.error(f"has the member {surplus[0]!r}, which is unknown")

    def error(self, what: str) -> InputError:
        """An error about this file."""
        return InputError(f"{self._name} {what}: {self._remedy}")


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of the array that begins here. Raises: ValueError for any but plain arrays in C order."""
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version} of the format")
    shape, is_fortran, dtype = read(file)
    if is_fortran and len(shape) > 1:
        raise ValueError("its values are in Fortran order")
    if any(length < 0 for length in shape):
        raise ValueError(f"its shape is {shape}")
    return shape, dtype
