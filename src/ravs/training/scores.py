"""Validation figures, added up batch by batch as Trainer calls them with batch_eval_metrics."""

from typing import Any

from torch import nn

from ravs.metrics.sounding import SoundingScore


class MaskScore:
    """J and F of sounding against not, batch by batch, as Trainer calls it with batch_eval_metrics."""

    def __init__(self) -> None:
        self.score = SoundingScore()

    def __call__(self, prediction: Any, compute_result: bool = False) -> dict[str, float]:
        """Adds a batch; with `compute_result` gives the totals and starts anew."""
        labels = prediction.predictions.softmax(dim=2)
        loudest = (labels[:, :, 1:].argmax(dim=2) + 1) * (labels[:, :, 0] < 0.5)
        masks = prediction.label_ids
        size = masks.shape[-2:]
        larger = nn.functional.interpolate(loudest.float(), size, mode="nearest-exact").byte()
        self.score.add(larger.cpu().numpy(), masks.byte().cpu().numpy())
        if not compute_result:
            return {}
        score, self.score = self.score, SoundingScore()
        return {"j": score.j, "f": score.f, "jf": score.jf, "marked": score.marked, "class": score.class_accuracy}


class TagScore:
    """Share of the sounding classes found, and of the found ones that sound, at a probability of 0.5."""

    def __init__(self) -> None:
        self.found = self.true = self.said = 0

    def __call__(self, prediction: Any, compute_result: bool = False) -> dict[str, float]:
        """Adds a batch; with `compute_result` gives the totals and starts anew."""
        said, true = prediction.predictions > 0, prediction.label_ids > 0.5
        self.found += int((said & true).sum())
        self.said += int(said.sum())
        self.true += int(true.sum())
        if not compute_result:
            return {}
        figures = {"recall": self.found / max(self.true, 1), "precision": self.found / max(self.said, 1)}
        self.found = self.true = self.said = 0
        return figures
