"""What is watched for while a run goes on: losses that are no numbers, and clips that cannot be read."""

from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.errors import RavsError
from ravs.training.callbacks.log import JsonlLog
from ravs.training.data.unreadable_clips import MAX_UNREADABLE, ReadableClips, read_unreadable


class StopOnReadErrors(TrainerCallback):
    """After each step, in the first process: tell of clips that could not be read, and stop where they are too many."""

    def __init__(self, clips: ReadableClips, journal: JsonlLog, report: Callable[[str], None] | None) -> None:
        self.clips = clips
        self.journal = journal
        self.report = report
        self._size = 0
        self._told = set(read_unreadable(clips.path))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Raises: RavsError above a share of 1 %."""
        size = self.clips.path.stat().st_size if self.clips.path.exists() else 0
        if size == self._size or not state.is_world_process_zero:
            return
        self._size = size
        found = read_unreadable(self.clips.path)
        for index in found.keys() - self._told:
            self._told.add(index)
            record = found[index]
            self.journal.write({"event": "unreadable", "step": state.global_step, **record})
            if self.report is not None:
                self.report(
                    f"warning: {record['clip']} cannot be read, another clip takes its place: {record['error']}"
                )
        if len(found) > MAX_UNREADABLE * len(self.clips):
            some = ", ".join(record["clip"] for record in list(found.values())[:3])
            raise RavsError(
                f"{len(found)} of {len(self.clips)} clips cannot be read ({some}; all in {self.clips.path}): more than "
                f"{MAX_UNREADABLE:.0%}, so the figures would be those of another set. Mend or fetch them, then run the "
                "same line"
            )
