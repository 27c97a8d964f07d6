"""Settings of an evaluation: everything that metrics depend on besides weights and data."""

from dataclasses import dataclass
from pathlib import Path

from ravs.errors import InputError
from ravs.evaluation.audio_conditions import check_audio_condition
from ravs.evaluation.metrics.avsbench import BATCH_SIZE
from ravs.visualization.charts import check_chart

ORIGINAL = "original"
SUFFIX_BY_FORMAT = {"png": ".png", "argmax": ".png", "npy": ".npy"}  # of saved predictions


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """Settings of an evaluation. Raises: InputError for an invalid value."""

    split: str | None = None  # None: test where the set has it, else val, else train
    subset: str | None = None
    sound: str = "own"  # one of AUDIO_CONDITIONS
    binary: bool = False  # sounding or silent, whatever classes the set has
    mono: bool = False  # VPO unpaired: recordings are summed instead of panned
    size: int | None = 224  # side that ground truth is resized to and scored at; None: its stored size
    threshold: float = 0.5  # of the probability that something sounds
    protocols: str = "all"
    batch_size: int = BATCH_SIZE  # frames; for avsbench only

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 16:
            raise InputError(f"size is {self.size}; it must be at least 16 pixels, or {ORIGINAL}")
        check_audio_condition(self.sound)
        if not 0 < self.threshold < 1:
            raise InputError(f"the threshold is {self.threshold}; it must lie between 0 and 1")


def check_report_options(listen: bool, chart: Path | None, form: str) -> None:
    """Raise InputError for options of the listening test that would be ignored, or a chart that cannot be drawn."""
    if chart is not None:
        check_chart(chart)
        if not listen:
            raise InputError("--chart draws the report of --listen: give both")
    if listen and form not in ("text", "json"):
        raise InputError(f"--listen reports as text or --json, not --{form}; result.json of each sound has the rest")


def check_prediction_options(form: str, listen: bool, wanted: bool) -> None:
    """Raise InputError for an unknown format of predictions, or predictions under several audio conditions at once."""
    if form not in SUFFIX_BY_FORMAT:
        raise InputError(f"--predictions-format is {form!r}; it must be one of {', '.join(SUFFIX_BY_FORMAT)}")
    if wanted and listen:
        raise InputError("--save-predictions takes one sound, and --listen several: leave one of them out")


def parse_size(text: str) -> int | None:
    """A number of pixels, or None for `original`. Raises: InputError."""
    if text == ORIGINAL:
        return None
    if not text.isdecimal():
        raise InputError(f"size is {text!r}; it must be a number of pixels, or {ORIGINAL}")
    return int(text)
