"""Our own protocol: counts over the whole data set, independent of batches, order and padding."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Shaped

from ravs.evaluation.metrics.calibration import BINS, area_under_risk_coverage, expected_calibration_error
from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import Array, f_measure, jaccard, mean, ratio
from ravs.evaluation.metrics.protocol import MetricProtocol, Metrics, Sums, as_plain_numbers, sum_arrays

SUMMED_KEYS = ("areas", "sounding", "silent", "heard", "scores", "confidence", "uncertainty", "boundary")


class DatasetProtocol(MetricProtocol):
    """J and F by class without background, and what other protocols omit. Sums are integer counts."""

    name: ClassVar = "dataset"
    line: ClassVar = "per dataset; mean over the classes that occur in truth or prediction, background left out"
    resampled = ("areas", "sounding", "silent", "heard")

    def count(self, frame: FrameCounts) -> Sums:
        """All counts of a frame; confidence and uncertainty are zeros where the method has none."""
        _, marked, true, _ = (int(count) for count in frame.sounding)
        nothing = np.zeros((2, BINS), np.int64)
        confidence, uncertainty = frame.frame.confidence, frame.frame.uncertainty
        second, alike = frame.frame.second, frame.frame.look_alike
        return {
            "areas": frame.areas,
            "sounding": frame.sounding,
            "silent": np.array([marked, frame.pixels, 1] if not true else [0, 0, 0], np.int64),
            "heard": np.array([(marked > 0) == (true > 0), 1, marked, frame.pixels], np.int64),
            "scores": frame.scores,
            "confidence": nothing if confidence is None else frame.correctness(1 - confidence),
            "uncertainty": nothing if uncertainty is None else frame.correctness(uncertainty),
            "boundary": frame.boundary,
            "place": np.array([np.nan if second is None else second, np.nan if alike is None else alike], np.float64),
        }

    def join(self, frames: Sequence[Sums]) -> Sums:
        """Sums over all frames, and separately over transition frames and over look-alike frames."""
        sums = {key: sum_arrays([frame[key] for frame in frames]) for key in SUMMED_KEYS}
        states = np.stack([frame["areas"][2, 1:] > 0 for frame in frames])
        seconds = np.array([frame["place"][0] for frame in frames])
        changing = transitions(states, seconds).tolist()
        alike = [frame["place"][1] == 1 for frame in frames]
        known = sum(not np.isnan(frame["place"][1]) for frame in frames)
        for kind, chosen in (("transition", changing), ("look_alike", alike)):
            subset = [frame for frame, is_chosen in zip(frames, chosen, strict=True) if is_chosen]
            for key in ("areas", "sounding"):
                sums[f"{kind}_{key}"] = sum_arrays([frame[key] for frame in subset] or [np.zeros_like(frames[0][key])])
        return sums | {"kinds": np.array([sum(changing), sum(alike), known], np.int64)}

    def metrics(self, sums: Sums) -> Metrics:
        """J and F of classes and of sounding against silent; accuracy of frames; false positive rates.

        `false_positive_rate` is over silent frames, `pixel_false_positive_rate` over silent pixels of all frames.
        """
        right, frames, marked, pixels = np.moveaxis(sums["heard"], -1, 0)
        silent_marked, silent_pixels, _ = np.moveaxis(sums["silent"], -1, 0)
        both, _, true, _ = np.moveaxis(sums["sounding"], -1, 0)
        return {
            **self._overlap(sums["areas"], sums["sounding"]),
            **with_background(sums["areas"]),
            "false_positive_rate": ratio(silent_marked, silent_pixels),
            "pixel_false_positive_rate": ratio(marked - both, pixels - true),
            "sounding_accuracy": ratio(right, frames),
            "marked": ratio(marked, pixels),
        }

    def details(self, sums: Sums) -> Metrics:
        """Kinds of frames with their J and F, boundary F, calibration; for binary sets the best F of 256 thresholds."""
        changing, alike, known = (int(count) for count in sums["kinds"])
        found: Metrics = {
            "silent_frames": int(sums["silent"][2]),
            "transition_frames": changing,
            "look_alike_frames": alike if known else None,
            "boundary_f": boundary_f(sums["boundary"]),
            "ece": expected_calibration_error(sums["confidence"]),
            "aurc": area_under_risk_coverage(sums["confidence"]),
            "ece_uncertainty": expected_calibration_error(sums["uncertainty"]),
            "aurc_uncertainty": area_under_risk_coverage(sums["uncertainty"]),
        }
        for kind, count in (("transition", changing), ("look_alike", alike)):
            values = as_plain_numbers(self._overlap(sums[f"{kind}_areas"], sums[f"{kind}_sounding"]))
            found |= {f"{kind}_{key}": value if count else None for key, value in values.items()}
        if self.num_classes == 2:
            found["f_max"] = best_f(sums["scores"])
        return found

    def by_class(self, sums: Sums) -> dict[str, np.ndarray]:
        """J and F of each class, background first; NaN for one that does not occur."""
        return {"j": jaccard(*sums["areas"]), "f": f_measure(*sums["areas"])}

    def _overlap(self, areas: np.ndarray, sounding: np.ndarray) -> Metrics:
        """j, f and jf over classes, and where there are several also of sounding against silent."""
        both, marked, true, right = np.moveaxis(sounding, -1, 0)
        binary = {"j": jaccard(both, marked, true), "f": f_measure(both, marked, true)}
        binary["jf"] = (binary["j"] + binary["f"]) / 2
        if self.num_classes == 2:
            return binary
        j, f = class_means(areas[..., 1:])
        named = {f"sounding_{key}": value for key, value in binary.items()}
        return {"j": j, "f": f, "jf": (j + f) / 2, **named, "class_accuracy": ratio(right, both)}


def transitions(
    states: Shaped[np.ndarray, "frames classes"], seconds: Shaped[np.ndarray, " frames"]
) -> Bool[np.ndarray, " frames"]:
    """Which frames have a class whose state differs from the second before or after (case 2 of the paper).

    Args:
        states: whether each class sounds.
        seconds: temporal positions in any order, NaN where unknown; only positions that differ by one are compared.
    """
    moments = list(zip(seconds.tolist(), map(tuple, states.tolist()), strict=True))
    at = dict(moments)
    changes = [any(at.get(second + step, state) != state for step in (-1, 1)) for second, state in moments]
    return np.array(changes, bool)


def class_means(areas: np.ndarray) -> tuple[Array, Array]:
    """Mean J and F over the classes that occur in ground truth or prediction; areas are (…, 3, classes)."""
    both, marked, true = np.moveaxis(areas, -2, 0)
    occurs = marked + true > 0
    return mean(jaccard(both, marked, true), occurs), mean(f_measure(both, marked, true), occurs)


def with_background(areas: np.ndarray) -> Metrics:
    """J, F and their mean with background as a class, as later papers report them."""
    j, f = class_means(areas)
    return {"j_with_background": j, "f_with_background": f, "jf_with_background": (j + f) / 2}


def best_f(scores: np.ndarray) -> float | None:
    """The largest F over the thresholds 0, 1/256 … 255/256 of the probability; None where nothing sounds."""
    silent, sounding = scores[:, ::-1].cumsum(axis=1)
    if not sounding[-1]:
        return None
    return float(np.nanmax(f_measure(sounding, sounding + silent, sounding[-1])))


def boundary_f(counts: np.ndarray) -> float | None:
    """F with beta 1 of boundary pixels matched within the tolerance; None without any boundary."""
    marked, right, true, found = (int(count) for count in counts)
    if not marked + true:
        return None
    precision, recall = right / max(marked, 1), found / max(true, 1)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
