"""Reports of `ravs segment --json`: one JSON object a line on standard output."""

import json
from typing import TYPE_CHECKING, Any

import typer

from ravs.cli.segment_report import TextReport
from ravs.inference.segment_job.task import SegmentSummary, SegmentTask

if TYPE_CHECKING:
    import ravs.inference.source_info
    import ravs.structures.prediction


class JsonReport(TextReport):
    """JSON for programs: one object per line on standard output, and nothing else there."""

    def start(self, task: SegmentTask, info: "ravs.inference.source_info.SourceInfo", expected: int) -> None:
        """Prints the source as the document has it, and whether the model runs."""
        facts, runs = info.as_json(), task.rendered_for is None
        self.line("start", task, out=str(task.target.path), expected=expected, facts=facts, model=runs)
        self.progress.start(task.source.path.name, expected)

    def frame(self, task: SegmentTask, frame: "ravs.structures.prediction.FramePrediction") -> None:
        """Prints the mask as the document has it."""
        from ravs.structures.json_document import frame_json

        self.line("frame", task, **frame_json(frame))
        self.progress.advance(frame.end_s)

    def skip(self, task: SegmentTask) -> None:
        """Prints that the results are finished."""
        self.line("skip", task, out=str(task.target.path))

    def planned(self, task: SegmentTask) -> None:
        """Prints what would be written."""
        runs = task.rendered_for is None
        self.line("start", task, out=str(task.target.path), dry_run=True, formats=task.formats, model=runs)

    def done(self, task: SegmentTask, prediction: "ravs.structures.prediction.Prediction") -> None:
        """Prints events and warnings as the document has them."""
        from ravs.structures.json_document import events_json, silence_test_json

        self.progress.stop()
        test = prediction.silence_test
        self.line(
            "done",
            task,
            out=str(task.target.path),
            formats=task.formats,
            masks=len(prediction),
            events=events_json(prediction),
            warnings=prediction.warnings,
            **({} if test is None else {"silence_test": silence_test_json(test)}),
        )
        self.warn(task, prediction)

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """Prints the message on both streams, since a reader of standard output needs it, too."""
        super().error(name, message, error)
        typer.echo(json.dumps({"type": "error", "source": name, "message": message}))

    def summary(self, summary: SegmentSummary) -> None:
        """Prints the counts."""
        counts = {"done": summary.done, "skipped": summary.skipped, "failed": summary.failed}
        typer.echo(json.dumps({"type": "summary", **counts, "seconds": round(summary.seconds, 3)}))

    def line(self, kind: str, task: SegmentTask, **values: Any) -> None:
        """Prints one object in ASCII, for streams of any encoding and names that are not UTF-8."""
        typer.echo(json.dumps({"type": kind, "source": str(task.source.path), **values}))
