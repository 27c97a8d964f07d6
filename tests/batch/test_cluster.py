"""A cluster of two nodes on this machine, 200 clips, one worker killed, files that hang, are broken, or kill."""

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.batch_run import run_batch
from ravs.batch.storage import LOG_FOLDER
from ravs.inference.segment_job.job import SegmentJob
from support.batch_faults import serve_with_faults

CLIPS = 200
SLOW = "050-slow"  # whose worker is killed: others end meanwhile
TESTS = Path(__file__).parents[1]


@pytest.fixture
def cluster(monkeypatch):
    """Its address. Each node has one CPU."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 << 20}
    found = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    found.add_node(**node)
    yield found.address
    ray.shutdown()
    found.shutdown()


def kill_the_worker_of(name, log):
    """Kills the worker that has begun this video, in the middle of it; its process id, if it has begun."""
    for path in log.rglob("start-*.json"):
        begin = json.loads(path.read_text())
        if Path(begin["source"]).stem == name and not list(path.parent.glob("done-*")):
            os.kill(begin["worker"], signal.SIGKILL)
            return [begin["worker"]]
    return []


def put_clips(folder, clip):
    """200 clips, of which one is slow, and three bad ones."""
    folder.mkdir()
    for name in (*(f"{number:03}" for number in range(CLIPS - 1)), SLOW, "hang", "poison"):
        shutil.copy(clip, folder / f"{name}.mp4")
    (folder / "broken.mp4").write_bytes(b"not a video")
    return folder


@pytest.mark.batch
@pytest.mark.filterwarnings("ignore")  # of Ray's own
def test_each_of_200_clips_is_done_once_and_bad_ones_are_set_aside(cluster, tmp_path, draw_clip, model_folder):
    from pyarrow import parquet

    from ravs.batch.ray_data import segment_on_ray

    clips = put_clips(tmp_path / "clips", draw_clip(tmp_path / "clip.mp4", seconds=2))
    plan = BatchPlan(
        job=SegmentJob(names=(), model=str(model_folder), formats=("json",)),
        out=str(tmp_path / "out"),
        names=(str(clips),),
        ray_address=cluster,
        time_limit_s=20,
        retries=1,
    )
    killed, log = [], tmp_path / "out" / LOG_FOLDER / plan.run

    def report(row, count, total):
        if not killed:
            killed.extend(kill_the_worker_of(SLOW, log))

    began = time.monotonic()
    summary = run_batch(plan, partial(segment_on_ray, target=serve_with_faults), report)
    seconds = time.monotonic() - began
    completions = Counter(path.parent.name for path in log.rglob("done-*.json"))
    rows = {Path(row["source"]).stem: row for row in parquet.read_table(tmp_path / "out/status.parquet").to_pylist()}
    failed = {name: row["error"] for name, row in rows.items() if row["status"] == "failed"}
    attempts = dict(Counter(row["attempts"] for row in rows.values()))
    sys.stderr.write(
        f"\n{summary} in {seconds:.0f} s, {len(killed)} worker killed\n{completions.total()} completions, at most "
        f"{max(completions.values())} of one video; videos by attempts: {attempts}; set aside: {failed}\n"
    )
    assert (summary.done, summary.failed, len(killed), len(rows)) == (CLIPS, 3, 1, CLIPS + 3)
    assert len(completions) == CLIPS and set(completions.values()) == {1}
    assert rows[SLOW]["attempts"] == 2  # the first was cut short
    assert failed.keys() == {"hang", "poison", "broken"}
    assert "--time-limit" in failed["hang"] and "SIGKILL" in failed["poison"] and "broken.mp4" in failed["broken"]
