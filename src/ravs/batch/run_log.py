"""What each run of a batch began and completed, in small files below the output, which outlive every worker."""

import json
from secrets import token_hex
from typing import Any

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.storage import LOG_FOLDER, Place
from ravs.batch.video_list import BatchVideo
from ravs.files import short_hash


def log_event(plan: BatchPlan, video: BatchVideo, event: str, details: dict[str, Any]) -> None:
    """Writes a file of its own for an event, "start" or "done", of a video in this run."""
    (_folder(plan, video) / f"{event}-{token_hex(4)}.json").write(json.dumps(details).encode())


def attempts_begun(plan: BatchPlan, video: BatchVideo) -> int:
    """How many attempts at a video this run has begun, also on machines that are lost."""
    return sum(name.startswith("start-") for name in _folder(plan, video).names())


def _folder(plan: BatchPlan, video: BatchVideo) -> Place:
    return plan.place() / LOG_FOLDER / plan.run / short_hash(video.address)
