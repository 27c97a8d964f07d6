"""Reports of `ravs segment`: results on standard output, progress and messages on standard error."""

import traceback
from typing import TYPE_CHECKING

import typer

from ravs.cli.progress import SegmentProgress
from ravs.cli.segment_text import describe_changes, describe_results, describe_silence_test, describe_source_line
from ravs.files import printable_name
from ravs.inference.outputs.sounding_text import describe_sounding
from ravs.inference.segment_job.task import SegmentSummary, SegmentTask
from ravs.version import VERSION

if TYPE_CHECKING:
    import ravs.inference.segmenter
    import ravs.inference.source_info
    import ravs.structures.prediction

SILENCE_WARNING_AREA = 0.05  # share of the area that stays marked in silence, above which a warning is printed


class TextReport:
    """Text for people; `quiet` leaves warnings and errors only."""

    def __init__(self, *, quiet: bool, verbose: bool, progress: bool) -> None:
        self.quiet, self.verbose = quiet, verbose
        self.dry_run = False
        self.progress = SegmentProgress(progress and not quiet)

    def __enter__(self) -> "TextReport":
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def loading(self, model: str) -> None:
        """Prints that the model is being loaded."""
        if not self.quiet:
            echo(f"loading {model} …", err=True)

    def loaded(self, segmenter: "ravs.inference.segmenter.Segmenter") -> None:
        """Prints the model and its device."""
        if not self.quiet:
            typer.echo(f"ravs {VERSION} · {segmenter.summary()}", err=True)

    def wait(self, task: SegmentTask) -> None:
        """Prints that another run is waited for."""
        if not self.quiet:
            echo(f"{task.source.path}: another run writes {task.target.path}/; waiting for it", err=True)

    def notice(self, task: SegmentTask, text: str) -> None:
        """Prints it on standard error."""
        echo(f"{task.source.path.name}: {text}", err=True)

    def start(self, task: SegmentTask, info: "ravs.inference.source_info.SourceInfo", expected: int) -> None:
        """Prints size, rate, duration and audio of the source."""
        self.result(describe_source_line(task.source.path, info))
        if task.rendered_for is not None:
            self.result(f"  rendered without the model{describe_changes(task)}")
        self.progress.start(task.source.path.name, expected)

    def frame(self, task: SegmentTask, frame: "ravs.structures.prediction.FramePrediction") -> None:
        """Advances the progress by a mask."""
        self.progress.advance(frame.end_s)

    def step(self, task: SegmentTask, name: str) -> None:
        """Shows the step in the progress."""
        self.progress.step(name)

    def drawn(self, task: SegmentTask, done_s: float, length_s: float) -> None:
        """Advances the progress of a video."""
        self.progress.drawn(done_s, length_s)

    def skip(self, task: SegmentTask) -> None:
        """Prints that the results are finished."""
        self.result(f"{task.source.path}  finished before → {task.target.path}/")

    def planned(self, task: SegmentTask) -> None:
        """Prints what would be written."""
        self.dry_run = True
        what = "would run the model" if task.rendered_for is None else "would render without the model"
        self.result(f"{task.source.path}  {what} → {task.target.path}/  {' '.join(task.formats)}".rstrip())

    def done(self, task: SegmentTask, prediction: "ravs.structures.prediction.Prediction") -> None:
        """Prints what sounds when, and where the results are."""
        self.progress.stop()
        self.result(f"  sounding: {describe_sounding(prediction)}")
        if prediction.silence_test is not None:
            self.result(f"  {describe_silence_test(prediction.silence_test)}")
        if task.formats:
            self.result(f"  → {describe_results(task)}")
        self.warn(task, prediction)

    def warn(self, task: SegmentTask, prediction: "ravs.structures.prediction.Prediction") -> None:
        """Prints warnings on standard error."""
        for warning in prediction.warnings:
            echo(f"{task.source.path.name}: {warning}", err=True)
        test = prediction.silence_test
        if test is not None and test.kept_area > SILENCE_WARNING_AREA:
            echo(f"{task.source.path.name}: more than 5 % of the area stays in silence.", err=True)

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """Prints the message; with -v, the traceback before it."""
        self.progress.stop()
        if self.verbose and error is not None:
            typer.echo("".join(traceback.format_exception(error)), err=True, nl=False)
        echo(message, err=True)

    def summary(self, summary: SegmentSummary) -> None:
        """Prints how many sources ended how."""
        total = summary.done + summary.skipped + summary.failed
        self.result(
            f"{total} source{'s' * (total != 1)}: {summary.done} {'to do' if self.dry_run else 'done'}, "
            f"{summary.skipped} skipped, "
            f"{summary.failed} failed  ({summary.seconds:.1f} s)"
        )

    def result(self, text: str) -> None:
        """Prints a line on standard output, unless quiet."""
        if not self.quiet:
            echo(text)


def echo(text: str, *, err: bool = False) -> None:
    """Prints a line of text; bytes of a name that are not UTF-8 are shown as \\xNN."""
    typer.echo(printable_name(text), err=err)
