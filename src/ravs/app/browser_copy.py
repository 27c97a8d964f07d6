"""A copy of a video that every browser plays, for the ones that the visitor's browser does not."""

from pathlib import Path

from ravs.app.visits import Visit
from ravs.inference.outputs.source_part import SourcePart
from ravs.media import h264, write_planes

COPY_NAME = "copy.mp4"
QUALITY = h264(crf=23, preset="ultrafast")


def browser_copy(visit: Visit) -> Path:
    """The part of a visit's video that was segmented as H.264 and AAC, written when it is first asked for.

    Its clock begins at the zero of the video's own. Raises: InputError before the model has run, DecodeError.
    """
    prediction, out = visit.shown(), visit.folder / COPY_NAME
    with visit.lock:
        if out.is_file():
            return out
        part = SourcePart.of(visit.source, start_s=prediction.settings["start"], end_s=prediction.settings["end"])
        unfinished = out.with_suffix(".part")
        write_planes(
            unfinished,
            ((shown.frame.planes(), shown.start_s, shown.end_s) for shown in part.frames(prediction)),
            time_base=part.info.time_base,
            target=QUALITY,
            sound=part.audio,
            sound_part_s=part.sound_part_s,
        )
        return unfinished.replace(out)
