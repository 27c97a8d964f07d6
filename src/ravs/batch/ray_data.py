"""A batch on Ray Data, the only importer of Ray: an actor pool of workers, and rows in the order of their ends."""

import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # before Ray is imported: nothing is reported to its makers

import ray
from ray.exceptions import RayError

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.status_table import StatusRow
from ravs.batch.video_list import BatchVideo
from ravs.batch.video_task import serve
from ravs.batch.video_worker import ProcessTarget, VideoWorker
from ravs.errors import InputError, RavsError

MAX_BLOCKS = 10_000  # tasks of Ray Data: one a video, until the driver would have too many to hold

Row = dict[str, Any]


class VideoActor:
    """A worker as Ray Data calls it: with batches of one video."""

    def __init__(self, plan: BatchPlan, model_sha256: str, target: ProcessTarget) -> None:
        os.environ["OMP_NUM_THREADS"] = str(max(int(plan.cpus_per_worker), 1))
        self.worker = VideoWorker(plan, model_sha256, target)

    def __call__(self, batch: Row) -> Row:
        """The row of the status of one video."""
        video, key = batch["video"][0], str(batch["key"][0])
        row = self.worker.run(BatchVideo(**video), key)
        return {name: [value] for name, value in row.as_json().items()}


def connect(plan: BatchPlan) -> None:
    """Connects to the cluster, or starts one of this machine. Raises: InputError where no cluster answers."""
    if ray.is_initialized():
        return
    options = {"include_dashboard": False} if plan.ray_address == "local" else {}
    try:
        ray.init(address=plan.ray_address, logging_level="error", log_to_driver=False, **options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(f"no Ray cluster at {plan.ray_address!r} ({' '.join(str(error).split())[:200]})") from None


def worker_count(plan: BatchPlan, videos: int) -> int:
    """How many workers run at once. Raises: InputError where the cluster has room for none."""
    have = ray.cluster_resources()
    room = int(have.get("CPU", 0) / plan.cpus_per_worker)
    if plan.gpus_per_worker:
        room = min(room, int(have.get("GPU", 0) / plan.gpus_per_worker + 1e-6))
    if not room and not plan.workers:
        raise InputError(
            f"the cluster has {have.get('CPU', 0):g} CPUs and {have.get('GPU', 0):g} GPUs: no room for a worker of "
            f"{plan.cpus_per_worker:g} CPUs and {plan.gpus_per_worker:g} GPUs"
        )
    return min(plan.workers or room, videos)


def segment_on_ray(
    videos: Sequence[BatchVideo],
    keys: Sequence[str],
    plan: BatchPlan,
    model_sha256: str,
    target: ProcessTarget = serve,
) -> Iterator[StatusRow]:
    """The row of each video as soon as it has ended. `target`: what the process of a worker runs.

    Raises: what stops the whole batch, as ModelNotFoundError; RavsError where Ray itself fails.
    """
    connect(plan)
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # each video has a line of ours
    ray.data.DataContext.get_current().enable_progress_bars = False
    items = [{"video": vars(video), "key": key} for video, key in zip(videos, keys, strict=True)]
    rows = ray.data.from_items(items, override_num_blocks=min(len(items), MAX_BLOCKS)).map_batches(
        VideoActor,
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=worker_count(plan, len(videos)), max_tasks_in_flight_per_actor=1),
        fn_constructor_kwargs={"plan": plan, "model_sha256": model_sha256, "target": target},
        num_cpus=plan.cpus_per_worker,
        num_gpus=plan.gpus_per_worker or None,
    )
    try:
        for row in rows.iter_rows():
            yield StatusRow.from_json(row)
    except RayError as error:
        raise _cause(error) from error


def _cause(error: BaseException) -> RavsError:
    """The error of ours below those of Ray."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, RavsError):
            return type(below)(str(below.args[0]) if below.args else str(below))
        below = getattr(below, "cause", None) or below.__cause__
    return RavsError(f"Ray ended the batch: {' '.join(str(error).split())[-400:]}")
