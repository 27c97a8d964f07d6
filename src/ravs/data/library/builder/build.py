"""Build the library: missing parts are made package by package, existing ones kept, and all are verified."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ravs.data.library.builder.debian_packages import DebianPackages, UnavailableError
from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.make_part import make_part
from ravs.data.library.builder.parts_table import MANIFEST_COLUMNS, PartSource, PartsTable, group_by_package
from ravs.data.library.builder.verify import Verdict, verify_part
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.errors import DecodeError
from ravs.files import remove, write_atomic
from ravs.media import decode_mono
from ravs.parallel import ProgressFunction

LEFT_OUT_FILE = "left_out.csv"
VERDICT_TEXT: dict[Verdict, str] = {
    "same bytes": "the same bytes",
    "same content": "the same content in other bytes",
    "differs": "with other content",
}
OTHER_BYTES_NOTE = (
    "other bytes: another version of Pillow, FFmpeg or libvorbis wrote them; the content is the same within "
    "the tolerance"
)

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """The outcome of a build."""

    folder: Path
    made: int
    kept: int
    verdicts: Counter[tuple[str, Verdict]]  # by kind
    differing: tuple[str, ...]  # paths
    left_out: dict[str, tuple[str, ...]]  # paths by reason

    @property
    def complete(self) -> bool:
        """Whether every part exists and has the table's content."""
        return not self.left_out and not self.differing

    def as_text(self) -> str:
        """A summary line, one line per kind, and one for each problem."""
        lines = [f"{self.folder}: {self.made} files made, {self.kept} kept"]
        for kind in dict.fromkeys(kind for kind, _ in self.verdicts):
            counts = [
                f"{self.verdicts[kind, name]} {VERDICT_TEXT[name]}"
                for name in VERDICT_TEXT
                if self.verdicts[kind, name]
            ]
            lines.append(f"{kind}: {', '.join(counts)}")
        if any(name == "same content" for _, name in self.verdicts):
            lines.append(OTHER_BYTES_NOTE)
        if self.differing:
            lines.append(f"content differs from the table's: {', '.join(self.differing)}")
        for reason, paths in self.left_out.items():
            lines.append(f"{reason}: {len(paths)} files are left out ({count_by_folder(paths)}; see {LEFT_OUT_FILE})")
        return "\n".join(lines)


def build_library(
    folder: Path,
    *,
    table: PartsTable | None = None,
    packages: Path | None = None,
    progress: ProgressFunction | None = None,
) -> BuildResult:
    """Build the library in a folder, or resume an interrupted build.

    Args:
        folder: of the library.
        table: what to build; None: the project's own.
        packages: folder with the .deb files; missing ones are fetched to it. None: FOLDER/.packages.
        progress: called with files done and total files.

    Parts that cannot be made are left out, and listed in left_out.csv.
    """
    table = table or PartsTable.read()
    store = DebianPackages(packages or folder / ".packages")
    wanted = [source for source in table.sources if not (folder / source.path).exists()]
    kept = len(table.sources) - len(wanted)
    reasons: dict[str, str] = {}
    for done, (source, reason) in enumerate(_make_all(wanted, folder, table, store), start=1):
        if reason:
            reasons[source.path] = reason
        if progress:
            progress(kept + done, len(table.sources))
    available = [source for source in table.sources if source.path not in reasons]
    verdicts = _write_manifest(folder, table, available)
    _write_left_out(folder, table, reasons)
    return BuildResult(
        folder=folder,
        made=len(wanted) - len(reasons),
        kept=kept,
        verdicts=Counter((source.kind, verdicts[source.path]) for source in available),
        differing=tuple(path for path, found in verdicts.items() if found == "differs"),
        left_out=_by_reason(reasons),
    )


def count_by_folder(paths: Sequence[str]) -> str:
    """The number of paths in each folder, as text."""
    return ", ".join(f"{name} {count}" for name, count in Counter(path.rpartition("/")[0] for path in paths).items())


def _make_all(
    wanted: Sequence[PartSource], folder: Path, table: PartsTable, store: DebianPackages
) -> Iterator[tuple[PartSource, str]]:
    """Make each missing part. Yields: the part, and the reason if it cannot be made, else an empty string."""
    tools = ExternalTools(store)
    for (package, version), sources in group_by_package(wanted).items():
        try:
            with store.unpacked(package, version) as (unpacked, found):
                substitute = "" if found == version else f"{package} {found}, in place of {version}"
                for source in sources:
                    yield source, _make(source, unpacked, folder, table, tools, substitute)
        except UnavailableError as error:
            yield from ((source, str(error)) for source in sources)


def _make(
    source: PartSource, unpacked: Path, folder: Path, table: PartsTable, tools: ExternalTools, substitute: str
) -> str:
    """Write a part. Returns: the reason why it cannot be made, or an empty string.

    `substitute` names a version of the package other than the table's, of which only files with the table's content
    are taken.
    """
    try:
        content = make_part(source, unpacked, table.folder / "masks", tools)
        if substitute and verify_part(source, content) == "differs":
            return f"{substitute}, has other files"
        write_atomic(folder / source.path, content)
    except (DecodeError, UnavailableError) as error:
        return f"{substitute}: {error}" if substitute else str(error)
    return ""


def _write_manifest(folder: Path, table: PartsTable, available: Sequence[PartSource]) -> dict[str, Verdict]:
    """Verify every file, and write manifest.csv and classes.csv."""
    rows, verdicts = [], {}
    for source in available:
        content = (folder / source.path).read_bytes()
        verdicts[source.path] = verify_part(source, content)
        rows.append(table.manifest_row(source, _seconds(source, content), hashlib.sha256(content).hexdigest()))
    write_csv(folder / "manifest.csv", MANIFEST_COLUMNS, rows)
    names = ("index", "class", "tier")
    classes = [dict(zip(names, map(str, entry), strict=True)) for entry in table.classes]
    write_csv(folder / "classes.csv", names, classes)
    return verdicts


def write_csv(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Write a CSV file atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, text.getvalue())


def _seconds(source: PartSource, content: bytes) -> str:
    if source.kind in ("cutout", "background"):
        return ""
    return f"{len(decode_mono(content, SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ:.2f}"


def _write_left_out(folder: Path, table: PartsTable, reasons: dict[str, str]) -> None:
    """Write left_out.csv, or remove it if nothing is left out."""
    if not reasons:
        remove(folder / LEFT_OUT_FILE)
        return
    left = [source for source in table.sources if source.path in reasons]
    rows = [
        {"path": each.path, "package": each.package, "version": each.version, "reason": reasons[each.path]}
        for each in left
    ]
    write_csv(folder / LEFT_OUT_FILE, ("path", "package", "version", "reason"), rows)


def _by_reason(reasons: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for path, reason in reasons.items():
        found[reason] = (*found.get(reason, ()), path)
    return found
