"""The attribution list of the library, by package, author and license."""

from collections.abc import Sequence
from pathlib import Path

from ravs.data.library.builder.parts_table import PartSource, PartsTable, group_by_package
from ravs.data.library.format import read_rows
from ravs.errors import InputError

OPENING = """\
# Credits of the library

{count} files, made from {packages} packages of Debian. Changes made to every file: cropped or cut to length, scaled or
resampled, leveled, re-encoded; photographs marked with * were cut out of their surroundings, phrases marked with ♪ are
played on the samples of the file that is named.
"""
LINKS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-2.0": "https://creativecommons.org/licenses/by-sa/2.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "GPL-2": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "GPL-2+": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "GPL-3": "https://www.gnu.org/licenses/gpl-3.0.html",
    "GPL-3+": "https://www.gnu.org/licenses/gpl-3.0.html",
    "LGPLv3": "https://www.gnu.org/licenses/lgpl-3.0.html",
    "FAL-1.2": "https://artlibre.org/licence/lal/en1-2/",
    "MIT": "https://opensource.org/license/mit",
}
MARKS = {"mask": " *", "play": " ♪"}


def credits_markdown(folder: Path | None = None, table: PartsTable | None = None) -> str:
    """The attribution list as Markdown: the file of every part, its origin, author, license and package.

    Args:
        folder: a library, whose parts alone are listed; None lists the whole table.
        table: what the library is built from; None: the project's own.

    Raises: InputError if the folder holds no library, or one with files that the table does not know.
    """
    table = table or PartsTable.read()
    sources = table.sources if folder is None else _sources_held(folder, table)
    packages = group_by_package(sources)
    parts = [OPENING.format(count=len(sources), packages=len(packages))]
    for (package, version), of_package in packages.items():
        parts.append(f"## {package} {version}\n\nDebian's package of this name and version\n")
        parts += [
            _credit_lines(author, licence, files) for (author, licence), files in _group_by_author(of_package).items()
        ]
    used = " ".join(source.licence for source in sources).replace(",", " ").split()
    links = [f"- {name}: {link}" for name, link in LINKS.items() if name in used]
    return "\n".join([*parts, "## Licences\n", *links, *_licence_notes(sources)]) + "\n"


def _sources_held(folder: Path, table: PartsTable) -> tuple[PartSource, ...]:
    """The parts that a library's manifest names."""
    paths = {row["path"] for row in read_rows(folder / "manifest.csv", ("path",))}
    unknown = sorted(paths - {source.path for source in table.sources})
    if unknown:
        raise InputError(
            f"{folder} holds {len(unknown)} files that the table does not know ({unknown[0]}, …): credit those by hand"
        )
    return tuple(source for source in table.sources if source.path in paths)


def _group_by_author(sources: Sequence[PartSource]) -> dict[tuple[str, str], list[PartSource]]:
    found: dict[tuple[str, str], list[PartSource]] = {}
    for source in sources:
        found.setdefault((source.author, source.licence), []).append(source)
    return found


def _credit_lines(author: str, licence: str, files: Sequence[PartSource]) -> str:
    """The parts of one author under one license."""
    lines = [f"- `{each.path}` from `{each.source}`{MARKS.get(each.how.partition(' ')[0], '')}" for each in files]
    return "\n".join([f"{author}, {licence}:\n", *lines, ""])


def _licence_notes(sources: Sequence[PartSource]) -> list[str]:
    """What the licenses of the parts imply for composed clips."""
    if not any(source.licence.startswith("GPL") for source in sources):
        return []
    return [
        "",
        "The full terms lie in /usr/share/doc/PACKAGE/copyright of each package. GPL and CC-BY-SA parts cannot be",
        "combined into one clip that is passed on: pass on only clips of public-domain, CC0 and CC-BY parts",
        "(`ravs compose --licence permissive`).",
    ]
