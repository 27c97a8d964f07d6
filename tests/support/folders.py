"""What lies in a folder of results."""

from pathlib import Path

FAST = ("-f", "masks,json")  # formats that are written at once


def snapshot(folder=Path("ravs-out")):
    """Every file with its content and when it was written."""
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def contents(folder=Path("ravs-out")):
    return {name: content for name, (content, _) in snapshot(folder).items()}
