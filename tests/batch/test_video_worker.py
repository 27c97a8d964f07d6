"""A worker outlives its process: what kills, hangs or fails is attempted again, and then set aside with its reason."""

import pytest

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.run_log import attempts_begun, log_event
from ravs.batch.video_list import BatchVideo
from ravs.batch.video_worker import LOST_REASON, VideoWorker
from ravs.errors import DeviceError
from ravs.inference.segment_job.job import SegmentJob
from support.batch_faults import serve_without_device, serve_without_model


@pytest.fixture
def plan(tmp_path):
    return BatchPlan(job=SegmentJob(names=()), out=str(tmp_path), retries=1, time_limit_s=0.3)


def video(name):
    return BatchVideo(f"/in/{name}.mp4", name, "1")


@pytest.mark.slow  # it starts five processes
def test_each_bad_video_has_its_attempts_and_its_reason_and_the_next_one_is_done(plan):
    worker = VideoWorker(plan, "0", serve_without_model)
    ended = {name: worker.run(video(name), "key") for name in ("good", "broken", "once", "poison", "hang", "last")}
    worker.close()
    assert {name: (row.status, row.attempts) for name, row in ended.items()} == {
        "good": ("done", 1),
        "broken": ("failed", 2),
        "once": ("done", 2),
        "poison": ("failed", 2),
        "hang": ("failed", 2),
        "last": ("done", 1),
    }
    assert ended["broken"].error == "cannot be decoded"
    assert ended["poison"].error == "it killed its process (signal SIGKILL)"
    assert ended["hang"].error == "it took longer than 0.3 s, the limit of --time-limit, and was ended"


def test_attempts_that_were_begun_by_lost_workers_count(plan):
    for attempt in (1, 2):
        log_event(plan, video("a"), "start", {"attempt": attempt})
    assert attempts_begun(plan, video("a")) == 2 and attempts_begun(plan, video("b")) == 0
    row = VideoWorker(plan, "0", serve_without_model).run(video("a"), "key")
    assert (row.status, row.error, row.attempts) == ("failed", LOST_REASON, 2)


def test_a_device_that_is_missing_stops_the_batch(plan):
    with pytest.raises(DeviceError, match="no CUDA"):
        VideoWorker(plan, "0", serve_without_device).run(video("a"), "key")
