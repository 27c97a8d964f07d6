"""Reports clips that cannot be read, and stops the run where they are too many."""

from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.errors import RavsError
from ravs.training.callbacks.log import JsonlLog
from ravs.training.data.unreadable_clips import MAX_UNREADABLE, ReadableClips, read_unreadable


class StopOnReadErrors(TrainerCallback):
    """After each step, in the first process: reports unreadable clips, and stops the run where they are too many."""

    def __init__(self, clips: ReadableClips, log: JsonlLog, report: Callable[[str], None] | None) -> None:
        self.clips = clips
        self.log = log
        self.report = report
        self._size = 0
        self._reported = set(read_unreadable(clips.path))

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Raises: RavsError where more than 1 % of the clips cannot be read."""
        size = self.clips.path.stat().st_size if self.clips.path.exists() else 0
        if size == self._size or not state.is_world_process_zero:
            return
        self._size = size
        found = read_unreadable(self.clips.path)
        for index in found.keys() - self._reported:
            self._reported.add(index)
            record = found[index]
            self.log.write({"event": "unreadable", "step": state.global_step, **record})
            if self.report is not None:
                self.report(
                    f"warning: {record['clip']} cannot be read, another clip takes its place: {record['error']}"
                )
        if len(found) > MAX_UNREADABLE * len(self.clips):
            some = ", ".join(record["clip"] for record in list(found.values())[:3])
            raise RavsError(
                f"{len(found)} of {len(self.clips)} clips cannot be read ({some}; all in {self.clips.path}): more than "
                f"{MAX_UNREADABLE:.0%}, so the metrics would be those of another data set. Repair or fetch them, then "
                "run the same command"
            )
