"""What was heard, where and when: reads the documents that `ravs segment` wrote for some clips.

python examples/heard.py ravs-out clip.mp4 ...
"""

import sys
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ravs.config.inference import format_clock
from ravs.structures.json_document import read_document
from ravs.structures.prediction import Event, Prediction


def where(prediction: Prediction, event: Event) -> str:
    """Third of the picture in which the masks of an event lie."""
    centre = area = 0.0
    for frame in prediction:
        if event.start_s <= frame.start_s and frame.time_s <= event.end_s:
            for found in frame.objects:
                if found.name == event.name:
                    left, _, width, _ = found.bbox
                    centre += found.area * (left + width / 2) / frame.size[1]
                    area += found.area
    return ("left", "middle", "right")[min(int(3 * centre / area), 2)]


def main(out: Path, clips: list[Path]) -> None:
    """One row a class, with all its times."""
    table = Table("clip", "heard", "where", "when", "sure")
    for clip in clips:
        prediction = read_document(out / clip.stem / f"{clip.stem}.json")
        rows = defaultdict(list)
        for event in prediction.main_events:
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
