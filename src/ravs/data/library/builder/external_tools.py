"""Programs that parts are made with: installed ones, or from packages that are unpacked but not installed."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from ravs.data.library.builder.debian_packages import DebianPackages, UnavailableError, last_error, run_captured, unpack
from ravs.errors import DecodeError
from ravs.files import atomic_folder

PACKAGE_OF = {"rsvg-convert": "librsvg2-bin", "fluidsynth": "fluidsynth", "sndfile-convert": "sndfile-programs"}
APT_PLAN = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", re.MULTILINE)  # packages and versions to install


class ExternalTools:
    """Programs by name. One that is not on PATH is taken from FOLDER/programs/NAME, unpacked there if missing."""

    def __init__(self, packages: DebianPackages) -> None:
        self.packages = packages
        self._find = cache(self._look_for)

    def run(self, name: str, *arguments: str, given: bytes = b"") -> bytes:
        """Run a program. Returns: its output. Raises: UnavailableError if there is none, DecodeError if it fails."""
        found, reason = self._find(name)
        if found is None:
            raise UnavailableError(reason)
        process = subprocess.run(
            [str(found), *arguments], input=given, capture_output=True, env=_environment(found), check=False
        )
        if process.returncode:
            raise DecodeError(f"{name} failed: {last_error(process.stderr)}")
        return process.stdout

    def _look_for(self, name: str) -> tuple[Path | None, str]:
        """The program's path, or None and the reason."""
        if here := shutil.which(name):
            return Path(here), ""
        root = self.packages.folder / "programs" / name
        try:
            if not root.is_dir():
                self._unpack(PACKAGE_OF[name], root)
        except UnavailableError as error:
            return None, f"{name} is not installed and cannot be fetched: {error}. Install {PACKAGE_OF[name]}"
        return root.absolute() / "usr" / "bin" / name, ""

    def _unpack(self, package: str, root: Path) -> None:
        """Unpack a package, and its dependencies that this machine lacks, into a folder."""
        if not shutil.which("apt-get"):
            raise UnavailableError("there is no apt-get")
        self.packages.folder.mkdir(parents=True, exist_ok=True)
        plan = ["apt-get", "install", "--simulate", "--no-install-recommends", package]
        process = run_captured(plan, self.packages.folder)
        needed = APT_PLAN.findall(process.stdout.decode(errors="replace"))
        if process.returncode or not needed:
            raise UnavailableError(last_error(process.stderr))
        archives = [self.packages.archive(name, version) for name, version in needed]
        with atomic_folder(root) as part:
            unpack(archives, part)


def _environment(program: Path) -> dict[str, str]:
    """The environment of a program, with the shared libraries unpacked beside it."""
    root = program.parents[2]
    if root.parent.name != "programs":
        return dict(os.environ)
    folders = sorted({str(path.parent) for path in root.rglob("*.so*")})
    return os.environ | {"LD_LIBRARY_PATH": ":".join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(":")}
