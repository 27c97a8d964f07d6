"""What begins anew with each epoch: new sounds and scenes."""

from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.training import distributed as processes
from ravs.training.data.training_clips import TrainingClips


class SetClipsEpoch(TrainerCallback):
    """Tells clips, before the loader's workers start, which epoch it is: they change with it."""

    def __init__(self, clips: Any) -> None:
        self.clips = clips

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """After a stop in the middle of an epoch, that epoch again."""
        self.clips.set_epoch(current_epoch(state))


class RenewScenes(SetClipsEpoch):
    """Other sounds, other changes of the pictures and some new scenes in every epoch."""

    def __init__(self, clips: TrainingClips, renewed: float) -> None:
        super().__init__(clips)
        self.renewed = renewed

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Before the loader's workers start: which epoch it is, and what the pool holds in it."""
        super().on_epoch_begin(args, state, control, **kwargs)
        with processes.main_process_first():
            self.clips.pool.renew(current_epoch(state), self.renewed)


def current_epoch(state: TrainerState) -> int:
    """The epoch that is under way, from 0 on."""
    return int((state.epoch or 0) + 1e-6)
