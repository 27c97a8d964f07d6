"""Which classes sound, where and when: reads the JSON documents that `ravs segment` wrote for some clips.

python examples/heard.py ravs-out clip.mp4 ...
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ravs.structures.clock import format_clock
from ravs.structures.json_document import read_document
from ravs.structures.prediction import Event, Prediction
from ravs.structures.rle import decode_mask


def where(prediction: Prediction, event: Event) -> str:
    """The third of the frame that holds the center of an event's pixels."""
    columns = [
        np.nonzero(decode_mask(found.rle))[1] / frame.size[1]
        for frame in prediction
        if event.start_s <= frame.start_s and frame.time_s <= event.end_s
        for found in frame.objects
        if found.name == event.name
    ]
    return ("left", "middle", "right")[int(3 * np.concatenate(columns).mean())]


def main(out: Path, clips: list[Path]) -> None:
    """Print one row per class and third of the frame, with all its times."""
    table = Table("clip", "heard", "where", "when", "sure")
    for clip in clips:
        prediction = read_document(out / clip.stem / f"{clip.stem}.json")
        rows = defaultdict(list)
        for event in prediction.events:
            rows[event.name, where(prediction, event)].append(event)
        for (name, place), events in rows.items():
            when = ", ".join(f"{format_clock(e.start_s)}–{format_clock(e.end_s)}" for e in events)
            table.add_row(clip.stem, name, place, when, f"{sum(e.score for e in events) / len(events):.0%}")
        if not rows:
            table.add_row(clip.stem, "nothing", "", "", "")
    console = Console()
    console.print(table)
    for clip in clips:
        console.print(f"overlay: {out / clip.stem / 'overlay.mp4'}", soft_wrap=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
