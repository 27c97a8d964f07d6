"""Programs that parts are made with: this machine's, or taken out of packages that are unpacked but not installed."""

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
APT_PLAN = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", re.MULTILINE)  # what apt-get would install, and its version


class ExternalTools:
    """Programs by name. One that is not on the path is looked for in FOLDER/programs/NAME, and put there."""

    def __init__(self, packages: DebianPackages) -> None:
        self.packages = packages
        self._find = cache(self._look_for)

    def run(self, name: str, *arguments: str, given: bytes = b"") -> bytes:
        """What a program writes to its output. Raises: UnavailableError if there is none, DecodeError if it fails."""
        found, reason = self._find(name)
        if found is None:
            raise UnavailableError(reason)
        run = subprocess.run(
            [str(found), *arguments], input=given, capture_output=True, env=_environment(found), check=False
        )
        if run.returncode:
            raise DecodeError(f"{name} failed: {last_error(run.stderr)}")
        return run.stdout

    def _look_for(self, name: str) -> tuple[Path | None, str]:
        """Where the program is, or why it is not."""
        if here := shutil.which(name):
            return Path(here), ""
        root = self.packages.folder / "programs" / name
        try:
            if not root.is_dir():
                self._take_out(PACKAGE_OF[name], root)
        except UnavailableError as error:
            return None, f"{name} is not here, nor to be had: {error}. Install {PACKAGE_OF[name]}"
        return root.absolute() / "usr" / "bin" / name, ""

    def _take_out(self, package: str, root: Path) -> None:
        """The package, and those that it needs and this machine lacks, into a folder."""
        if not shutil.which("apt-get"):
            raise UnavailableError("there is no apt-get")
        self.packages.folder.mkdir(parents=True, exist_ok=True)
        plan = ["apt-get", "install", "--simulate", "--no-install-recommends", package]
        run = run_captured(plan, self.packages.folder)
        needed = APT_PLAN.findall(run.stdout.decode(errors="replace"))
        if run.returncode or not needed:
            raise UnavailableError(last_error(run.stderr))
        archives = [self.packages.archive(name, version) for name, version in needed]
        with atomic_folder(root) as part:
            unpack(archives, part)


def _environment(program: Path) -> dict[str, str]:
    """With the libraries that lie beside a program that was taken out of its package."""
    root = program.parents[2]
    if root.parent.name != "programs":
        return dict(os.environ)
    folders = sorted({str(path.parent) for path in root.rglob("*.so*")})
    return os.environ | {"LD_LIBRARY_PATH": ":".join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(":")}
