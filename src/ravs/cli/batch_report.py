"""What `ravs batch` says while it runs: one line for each video, and a summary."""

import json
from dataclasses import asdict

import typer

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.batch_run import BatchSummary
from ravs.batch.status_table import StatusRow


class BatchReport:
    """Results on standard output, failures on standard error."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json, self.quiet = as_json, quiet

    def ended(self, row: StatusRow, count: int, total: int) -> None:
        """A video ended."""
        if self.as_json:
            typer.echo(json.dumps({"type": "video"} | row.as_json()))
        elif row.status == "failed":
            typer.echo(f"{count}/{total} failed {row.source}: {row.error}", err=True)
        elif not self.quiet:
            typer.echo(f"{count}/{total} done {row.source} ({row.events} events, {row.seconds:.1f} s)")

    def summary(self, summary: BatchSummary, plan: BatchPlan) -> None:
        """The batch has ended."""
        if self.as_json:
            typer.echo(json.dumps({"type": "summary"} | asdict(summary)))
            return
        if summary.missing:
            typer.echo(f"{summary.missing} of the names match no video", err=True)
        if not self.quiet:
            place = (plan.place() / plan.status_name()).address
            typer.echo(f"{summary.done} done, {summary.skipped} skipped, {summary.failed} failed → {place}")
