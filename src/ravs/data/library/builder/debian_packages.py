"""Debian packages: found in a folder or fetched into it, and unpacked; nothing is installed."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ravs.errors import RavsError
from ravs.files import move_entries


class UnavailableError(RavsError):
    """A package or program that is not to be had on this machine; the parts that need it are left out."""


class DebianPackages:
    """The .deb files of a folder, to which apt-get downloads what is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()  # programs are run in other folders

    def archive(self, package: str, version: str) -> Path:
        """The .deb file of a package at a version, downloaded if it is not there. Raises: UnavailableError."""
        if not shutil.which("dpkg-deb"):
            raise UnavailableError("dpkg-deb is not here; build on Debian or Ubuntu")
        return self._found(package, version) or self._fetched(package, version)

    @contextmanager
    def unpacked(self, package: str, version: str) -> Iterator[tuple[Path, str]]:
        """A folder with the files of a package, gone when the block ends, and the version that it has.

        Another version where the folder and apt lack this one. Raises: UnavailableError where they have none.
        """
        try:
            archive = self.archive(package, version)
        except UnavailableError as error:
            archive = self._of_another_version(package, error)
        with TemporaryDirectory(dir=self.folder, prefix=".unpacked-") as folder:
            unpack([archive], Path(folder))
            yield Path(folder), version_of(archive)

    def _of_another_version(self, package: str, missing: UnavailableError) -> Path:
        """Raises: `missing` where there is none."""
        if found := self._found(package):
            return found
        try:
            return self._fetched(package)
        except UnavailableError:
            raise missing from None

    def _found(self, package: str, version: str | None = None) -> Path | None:
        """By what the file itself says: mirrors leave a version's epoch out of the name."""
        for path in sorted(self.folder.glob(f"{package}_*.deb")):
            if version in (None, version_of(path)):
                return path
        return None

    def _fetched(self, package: str, version: str | None = None) -> Path:
        """Into a folder of its own first: what was cut off must not be taken for whole."""
        if not shutil.which("apt-get"):
            raise UnavailableError(f"{package} {version} is not in {self.folder}, and there is no apt-get to fetch it")
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.folder, prefix=".fetching-") as folder:
            # apt's own user may write here, too
            Path(folder).chmod(0o777)
            run = run_captured(["apt-get", "download", package + (f"={version}" if version else "")], Path(folder))
            if run.returncode:
                raise UnavailableError(f"{package} {version} is not to be had ({last_error(run.stderr)})")
            move_entries([path.name for path in Path(folder).glob("*.deb")], Path(folder), self.folder)
        found = self._found(package, version)
        assert found is not None  # apt-get said that it is there
        return found


def version_of(archive: Path) -> str:
    """What a .deb file says of itself; empty if it says nothing."""
    return run_captured(["dpkg-deb", "-f", str(archive), "Version"], archive.parent).stdout.decode().strip()


def unpack(archives: Sequence[Path], folder: Path) -> None:
    """The files of packages, one over the other. Raises: UnavailableError if one is damaged."""
    for archive in archives:
        run = run_captured(["dpkg-deb", "-x", str(archive.absolute()), str(folder.absolute())], archive.parent)
        if run.returncode:
            raise UnavailableError(
                f"{archive} cannot be unpacked ({last_error(run.stderr)}); remove it to have it anew"
            )


def run_captured(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """A command in a folder, what it says kept."""
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


def last_error(said: bytes) -> str:
    """The line that tells what went wrong, without apt's letter before it."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")] or lines or ["no reason given"]
    return errors[-1].removeprefix("E: ")
