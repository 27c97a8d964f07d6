"""Debian packages: found in a folder or fetched to it, and unpacked; nothing is installed."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ravs.errors import RavsError
from ravs.files import move_entries


class UnavailableError(RavsError):
    """A package or program is unavailable on this machine; parts that need it are left out."""


class DebianPackages:
    """The .deb files of a folder, to which apt-get downloads what is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()  # programs run in other folders

    def archive(self, package: str, version: str) -> Path:
        """The .deb file of a package at a version, downloaded if missing. Raises: UnavailableError."""
        if not shutil.which("dpkg-deb"):
            raise UnavailableError("dpkg-deb is not installed; build on Debian or Ubuntu")
        return self._found(package, version) or self._fetched(package, version)

    @contextmanager
    def unpacked(self, package: str, version: str) -> Iterator[tuple[Path, str]]:
        """A temporary folder with the files of a package, and the version of these.

        That is another version where the folder and apt lack this one. Raises: UnavailableError where they have none.
        """
        try:
            archive = self.archive(package, version)
        except UnavailableError as error:
            archive = self._of_another_version(package, error)
        with TemporaryDirectory(dir=self.folder, prefix=".unpacked-") as folder:
            unpack([archive], Path(folder))
            yield Path(folder), version_of(archive)

    def _of_another_version(self, package: str, missing: UnavailableError) -> Path:
        """The package at any version. Raises: `missing` if there is none."""
        if found := self._found(package):
            return found
        try:
            return self._fetched(package)
        except UnavailableError:
            raise missing from None

    def _found(self, package: str, version: str | None = None) -> Path | None:
        """Found by the version in the file itself: mirrors leave the epoch out of its name."""
        for path in sorted(self.folder.glob(f"{package}_*.deb")):
            if version in (None, version_of(path)):
                return path
        return None

    def _fetched(self, package: str, version: str | None = None) -> Path:
        """Fetched to a temporary folder first, so that an interrupted download is not taken for complete."""
        if not shutil.which("apt-get"):
            raise UnavailableError(f"{package} {version} is not in {self.folder}, and there is no apt-get to fetch it")
        self.folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.folder, prefix=".fetching-") as folder:
            # apt downloads as a user of its own
            Path(folder).chmod(0o777)
            process = run_captured(["apt-get", "download", package + (f"={version}" if version else "")], Path(folder))
            if process.returncode:
                raise UnavailableError(f"{package} {version} is not available ({last_error(process.stderr)})")
            move_entries([path.name for path in Path(folder).glob("*.deb")], Path(folder), self.folder)
        found = self._found(package, version)
        assert found is not None  # apt-get succeeded
        return found


def version_of(archive: Path) -> str:
    """The version in a .deb file; empty if it has none."""
    return run_captured(["dpkg-deb", "-f", str(archive), "Version"], archive.parent).stdout.decode().strip()


def unpack(archives: Sequence[Path], folder: Path) -> None:
    """Unpack packages into one folder. Raises: UnavailableError if one is damaged."""
    for archive in archives:
        process = run_captured(["dpkg-deb", "-x", str(archive.absolute()), str(folder.absolute())], archive.parent)
        if process.returncode:
            raise UnavailableError(
                f"{archive} cannot be unpacked ({last_error(process.stderr)}); remove it to have it fetched again"
            )


def run_captured(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a folder, capturing its output."""
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


def last_error(stderr: bytes) -> str:
    """The last error line, without apt's "E: "."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")] or lines or ["no reason given"]
    return errors[-1].removeprefix("E: ")
