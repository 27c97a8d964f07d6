"""Callbacks at the start of each epoch: new audio, augmentation and scenes."""

from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.training import distributed
from ravs.training.data.training_clips import TrainingClips


class SetClipsEpoch(TrainerCallback):
    """Sets the epoch of the clips, which change with it, before the loader's workers start."""

    def __init__(self, clips: Any) -> None:
        self.clips = clips

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Set the epoch; a run that stopped within an epoch repeats that epoch."""
        self.clips.set_epoch(current_epoch(state))


class RenewScenes(SetClipsEpoch):
    """Sets the epoch of composed clips, and renews some scenes of their pool in every epoch."""

    def __init__(self, clips: TrainingClips, renewed: float) -> None:
        super().__init__(clips)
        self.renewed = renewed

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Set the epoch and renew the pool, before the loader's workers start."""
        super().on_epoch_begin(args, state, control, **kwargs)
        with distributed.main_process_first():
            self.clips.pool.renew(current_epoch(state), self.renewed)


def current_epoch(state: TrainerState) -> int:
    """The current epoch, counted from 0."""
    return int((state.epoch or 0) + 1e-6)
