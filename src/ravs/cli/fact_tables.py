"""Tables of `ravs info`."""

from typing import Any

from rich.console import Console
from rich.table import Table


def model_table(facts: dict[str, Any]) -> Table:
    """One row per module: its parameters, and how many of them are trainable."""
    source = f"weights {facts['sha256'][:12]}" if facts["sha256"] else "no weights shipped"
    table = Table(
        title=f"{facts['name']} · {facts['classes']} classes · {facts['visual_encoder']} + "
        f"{facts['audio_encoder']} · {facts['image_size']} px, T = {facts['clip_seconds']} · {source}"
    )
    table.add_column("module")
    table.add_column("parameters", justify="right")
    table.add_column("trainable", justify="right")
    for row in facts["modules"]:
        table.add_row(row["module"], f"{row['parameters']:,}", f"{row['trainable']:,}")
    table.add_section()
    table.add_row("total", f"{facts['parameters']:,}", f"{facts['trainable']:,}")
    return table


def value_table(facts: dict[str, Any]) -> Table:
    """One row per fact; nested facts have their key behind the outer one, entries of lists their number."""
    table = Table(show_header=False)
    for key, value in facts.items():
        for name, entry in _parts(value):
            table.add_row(f"{key} {name}".strip().replace("_", " "), _text(entry))
    return table


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if value and isinstance(value, list) and isinstance(value[0], dict):
        return [(str(number), list(entry.values())) for number, entry in enumerate(value, 1)]
    return [("", value)]


def _text(entry: Any) -> str:
    if isinstance(entry, list):
        return " · ".join(_text(part) for part in entry if part not in (None, [])) or "none"
    return "none" if entry is None else str(entry)


def print_table(table: Table) -> None:
    """Prints a table as wide as the terminal, or 120 columns wide elsewhere."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table)
