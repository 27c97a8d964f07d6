"""What `ravs batch` is asked to do, and which of its videos are done already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex

from ravs.batch.status_table import StatusRow
from ravs.batch.storage import MARKER, Place
from ravs.batch.video_list import BatchVideo
from ravs.errors import InputError
from ravs.files import short_hash
from ravs.inference.segment_job.job import SegmentJob
from ravs.inference.segment_job.source_lists import Shard
from ravs.parallel import map_in_threads

EXISTING_CHOICES = ("resume", "overwrite")
REQUESTS = 32  # markers read at a time: a store takes some 20 ms for each


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """A job of `ravs segment` for every video, and how it is spread; checked when created."""

    job: SegmentJob  # without names; where it writes is chosen by each worker
    out: str  # address
    names: tuple[str, ...] = ()
    recursive: bool = False
    shard: Shard = field(default_factory=Shard)
    ray_address: str = "local"
    workers: int = 0  # 0: as many as there is room for
    cpus_per_worker: float = 1
    gpus_per_worker: float = 0
    time_limit_s: float = 3600
    retries: int = 2
    run: str = field(default_factory=lambda: token_hex(4))

    def __post_init__(self) -> None:
        if self.job.existing not in EXISTING_CHOICES:
            raise InputError(f"existing is {self.job.existing!r}; it must be one of {', '.join(EXISTING_CHOICES)}")
        if not self.job.formats:
            raise InputError("no format: ravs batch writes results, such as -f json")
        if self.job.settings.sound is not None:
            raise InputError("one sound for all videos is not offered: use ravs segment --sound")
        if self.workers < 0 or self.retries < 0:
            raise InputError(f"workers is {self.workers} and retries {self.retries}; neither may be below 0")
        if self.cpus_per_worker <= 0 or self.time_limit_s <= 0:
            raise InputError(
                f"cpus-per-worker is {self.cpus_per_worker:g} and time-limit {self.time_limit_s:g}; both must exceed 0"
            )
        gpus = self.gpus_per_worker
        if gpus < 0 or (gpus > 1 and gpus != int(gpus)):
            raise InputError(f"gpus-per-worker is {gpus:g}; it must be a share such as 0.25, or a whole number")

    def place(self) -> Place:
        """The output."""
        return Place.of(self.out)

    def status_name(self) -> str:
        """The name of the table below the output."""
        return "status.parquet" if self.shard.count == 1 else f"status-{self.shard.index}-of-{self.shard.count}.parquet"


def video_key(video: BatchVideo, job: SegmentJob, model_sha256: str) -> str:
    """What the results of a video follow from: the same key, the same results."""
    formats, settings, style = list(job.formats), job.settings.as_json(), job.style.as_json()
    return short_hash([video.address, video.version, model_sha256, formats, settings, style])


def finished_row(video: BatchVideo, plan: BatchPlan, key: str) -> StatusRow | None:
    """The row of a video whose results are published; with `overwrite` only where this run has published them."""
    return _finished((plan.place() / video.result / MARKER).read_json(), plan, key)


def finished_rows(videos: Sequence[BatchVideo], plan: BatchPlan, keys: Sequence[str]) -> dict[str, StatusRow]:
    """The rows of all videos that are done, by address."""
    pairs = list(zip(videos, keys, strict=True))
    rows = map_in_threads(lambda pair: finished_row(pair[0], plan, pair[1]), pairs, REQUESTS)
    return {row.source: row for row in rows if row is not None}


def _finished(marker: dict[str, object] | None, plan: BatchPlan, key: str) -> StatusRow | None:
    if marker is None or marker.get("status") != "done" or marker.get("key") != key:
        return None
    if plan.job.existing == "overwrite" and marker.get("run") != plan.run:
        return None
    return StatusRow.from_json(marker)
