"""Validation metrics, accumulated batch by batch as Trainer calls them with batch_eval_metrics."""

from typing import Any

from torch import Tensor, nn

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import RavsError
from ravs.evaluation.metrics.binary_score import BinaryScore
from ravs.evaluation.metrics.from_probabilities import predicted_frame
from ravs.evaluation.metrics.scoreboard import Scoreboard, choose_protocols, count_frame, join_frames
from ravs.structures.mask_rule import most_probable_sound


class MaskScore:
    """J and F of sounding against silent, batch by batch, as Trainer calls it with batch_eval_metrics."""

    def __init__(self) -> None:
        self.score = BinaryScore()

    def __call__(self, prediction: Any, compute_result: bool = False) -> dict[str, float]:
        """Add a batch; with `compute_result` return the totals and reset."""
        probabilities = prediction.predictions.softmax(dim=2)
        sounding = probabilities[:, :, 0] < 0.5  # is_sounding at 0.5, but for the one float at which 1 - P rounds to it
        labels = most_probable_sound(probabilities, axis=2) * sounding
        masks = prediction.label_ids
        size = masks.shape[-2:]
        larger = nn.functional.interpolate(labels.float(), size, mode="nearest-exact").byte()
        self.score.add(larger.cpu().numpy(), masks.byte().cpu().numpy())
        if not compute_result:
            return {}
        score, self.score = self.score, BinaryScore()
        return {"j": score.j, "f": score.f, "jf": score.jf, "marked": score.marked, "class": score.class_accuracy}


class DatasetScore:
    """J and F on a data set as `ravs evaluate` finds them: images squashed to a square, scored at the labels' size.

    `j`, `f` and `jf` are over the whole data set (ddeseg: the paper's protocol). Beside them are those by frame:
    avsbench for binary data sets, in batches of its own, else avss. Batch size, padding and number of processes change
    no digit, as long as clips come in order.
    """

    def __init__(self, num_classes: int) -> None:
        """`num_classes` includes background; 2 means sounding or silent."""
        self.num_classes = num_classes
        self.by_frame = "avsbench" if num_classes == 2 else "avss"
        self.protocols = choose_protocols(f"ddeseg,{self.by_frame}", num_classes)
        self.board = Scoreboard(self.protocols)

    def __call__(self, prediction: Any, compute_result: bool = False) -> dict[str, float]:
        """Add a batch; with `compute_result` return the totals and reset.

        Raises: RavsError for totals without a labelled pixel, which define no metric.
        """
        for logits, masks in zip(prediction.predictions, prediction.label_ids, strict=True):
            self.add(logits, masks)
        if not compute_result:
            return {}
        if not self.board.frames:
            raise RavsError(
                "no pixel of the validation clips is labelled at the size of the model, so no metric is defined: "
                "give the val split masks that are not 255 (unknown) everywhere"
            )
        found, self.board = self.board.report(seed=None), Scoreboard(self.protocols)
        dataset, by_frame = found["ddeseg"], found[self.by_frame]
        metrics = {name: dataset.get(name) for name in ("j", "f", "jf")}
        metrics |= {f"{self.by_frame}_{name}": by_frame.get(name) for name in ("j", "f", "jf")}
        return {name: float("nan") if value is None else float(value) for name, value in metrics.items()}

    def add(self, logits: Tensor, masks: Tensor) -> None:
        """Add a clip: adjusted logits (seconds, classes, height, width) and true classes, 255 where unknown."""
        binary, frames = self.num_classes == 2, []
        for second, truth in enumerate(masks.byte().cpu().numpy()):
            if (truth != IGNORE_INDEX).any():
                small = logits[second : second + 1].float().softmax(dim=1)
                larger = nn.functional.interpolate(small, truth.shape, mode="bilinear")[0].clamp(0, 1)
                frames.append(count_frame(self.protocols, predicted_frame(larger.cpu().numpy(), truth, binary=binary)))
        labelled = [frame for frame in frames if frame is not None]
        if labelled:
            self.board.add(str(self.board.videos), join_frames(self.protocols, labelled), len(labelled))


class TaggingScore:
    """Recall and precision of sounding classes at a probability of 0.5."""

    def __init__(self) -> None:
        self.hits = self.true = self.predicted = 0

    def __call__(self, prediction: Any, compute_result: bool = False) -> dict[str, float]:
        """Add a batch; with `compute_result` return the totals and reset."""
        predicted, true = prediction.predictions > 0, prediction.label_ids > 0.5
        self.hits += int((predicted & true).sum())
        self.predicted += int(predicted.sum())
        self.true += int(true.sum())
        if not compute_result:
            return {}
        metrics = {"recall": self.hits / max(self.true, 1), "precision": self.hits / max(self.predicted, 1)}
        self.hits = self.true = self.predicted = 0
        return metrics
