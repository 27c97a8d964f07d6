"""Runs a batch: lists its videos, skips what is done, and keeps the table of how each ended."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from ravs.batch.batch_plan import BatchPlan, finished_rows, video_key
from ravs.batch.status_table import StatusRow, write_status
from ravs.batch.video_list import BatchVideo, find_videos
from ravs.checkpoints.find_model import check_requested_classes, find_model
from ravs.errors import NoMatchError
from ravs.inference.segment_job.error_messages import no_match_message

SAVE_EVERY_S = 30  # the table, while videos end


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """How many videos ended how."""

    done: int
    skipped: int
    failed: int
    missing: int  # names that match nothing


class Engine(Protocol):
    """Segments videos somewhere, and yields the row of each as it ends."""

    def __call__(
        self, videos: Sequence[BatchVideo], keys: Sequence[str], plan: BatchPlan, model_sha256: str
    ) -> Iterator[StatusRow]: ...


def run_batch(plan: BatchPlan, engine: Engine, report: Callable[[StatusRow, int, int], None]) -> BatchSummary:
    """Segments every video of a plan that is not done, and writes the table below the output.

    `report` is called with each row, how many have ended, and of how many.

    Raises: NoMatchError if no name matches a video; InputError, ModelNotFoundError, DeviceError.
    """
    model = find_model(plan.job.model)
    check_requested_classes(plan.job.settings.classes, model.mask_names, model.name)
    check_requested_classes(plan.job.settings.among, model.classes, model.name)
    found, missing = find_videos(plan.names, plan.place(), recursive=plan.recursive)
    if not found:
        raise NoMatchError(no_match_message(missing))
    videos = plan.shard.of(found)
    keys = {video.address: video_key(video, plan.job, model.sha256) for video in videos}
    finished = finished_rows(videos, plan, list(keys.values()))
    waiting = [video for video in videos if video.address not in finished]
    rows = dict(finished)
    if waiting:
        ended = engine(waiting, [keys[video.address] for video in waiting], plan, model.sha256)
        _collect(ended, rows, plan, lambda row: report(row, len(rows), len(videos)))
    else:
        write_status(list(rows.values()), plan.place() / plan.status_name())
    statuses = [rows[video.address].status for video in waiting]
    return BatchSummary(
        done=statuses.count("done"), skipped=len(finished), failed=statuses.count("failed"), missing=len(missing)
    )


def _collect(
    ended: Iterable[StatusRow], rows: dict[str, StatusRow], plan: BatchPlan, report: Callable[[StatusRow], None]
) -> None:
    """Adds rows as they come, and writes the table now and then, at the end, and when it is interrupted."""
    place, saved = plan.place() / plan.status_name(), monotonic()
    try:
        for row in ended:
            rows[row.source] = row
            report(row)
            if monotonic() - saved > SAVE_EVERY_S:
                write_status(list(rows.values()), place)
                saved = monotonic()
    finally:
        write_status(list(rows.values()), place)
