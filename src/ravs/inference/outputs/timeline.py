"""timeline.csv, .vtt, .srt, .rttm, .txt: when each class sounds, for spreadsheets, players, diarization, Audacity."""

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from ravs.files import printable_name
from ravs.structures.clock import format_vtt_timestamp
from ravs.structures.prediction import Event, Prediction


def timeline_csv(events: Sequence[Event]) -> str:
    """One row per event: class, start and end in seconds, score."""
    file = StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["class", "start", "end", "score"])
    rows.writerows([e.name, f"{e.start_s:.3f}", f"{e.end_s:.3f}", f"{e.score:.4f}"] for e in events)
    return file.getvalue()


def timeline_vtt(events: Sequence[Event]) -> str:
    """WebVTT: one cue per event, its text the class."""
    cues = [f"{format_vtt_timestamp(e.start_s)} --> {format_vtt_timestamp(e.end_s)}\n{e.name}\n" for e in events]
    return "\n".join(["WEBVTT\n", *cues])


def timeline_srt(events: Sequence[Event]) -> str:
    """SubRip, which players and editors read where they lack WebVTT: numbered cues, milliseconds after a comma."""
    times = [tuple(format_vtt_timestamp(t).replace(".", ",") for t in (e.start_s, e.end_s)) for e in events]
    cues = [f"{number}\n{start} --> {end}\n" for number, (start, end) in enumerate(times, start=1)]
    return "\n".join(f"{cue}{event.name}\n" for cue, event in zip(cues, events, strict=True))


def timeline_audacity(events: Sequence[Event]) -> str:
    """Audacity's label track: start, end and class, divided by tabs."""
    return "".join(f"{e.start_s:.6f}\t{e.end_s:.6f}\t{e.name}\n" for e in events)


def timeline_rttm(events: Sequence[Event], recording: str) -> str:
    """RTTM, as pyannote and the NIST tools read it; spaces in the names of recording and classes become underscores."""
    file = _one_word(printable_name(recording)) or "source"
    lines = [
        f"SPEAKER {file} 1 {e.start_s:.3f} {e.end_s - e.start_s:.3f} <NA> <NA> {_one_word(e.name)} <NA> <NA>\n"
        for e in events
    ]
    return "".join(lines)


def _one_word(name: str) -> str:
    return "_".join(name.split())


def timelines(prediction: Prediction) -> dict[str, str]:
    """All of them, as a map from file name to content."""
    events = prediction.events
    return {
        "timeline.csv": timeline_csv(events),
        "timeline.vtt": timeline_vtt(events),
        "timeline.srt": timeline_srt(events),
        "timeline.txt": timeline_audacity(events),
        "timeline.rttm": timeline_rttm(events, Path(prediction.source["name"]).stem),
    }
