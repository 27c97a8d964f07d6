"""A batch without Ray: what is done is skipped, the table has every video, and results are those of `ravs segment`."""

from dataclasses import replace
from io import BytesIO

import pytest
from pyarrow import parquet

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.batch_run import run_batch
from ravs.batch.storage import files_below
from ravs.batch.video_task import Outcome, VideoTask
from ravs.cli.batch_report import BatchReport
from ravs.cli.main import main
from ravs.errors import InputError, ModelNotFoundError, NoMatchError
from ravs.inference.segment_job.job import SegmentJob, run


def in_this_process(videos, keys, plan, model_sha256):
    """An engine."""
    task = VideoTask(plan, model_sha256)
    for video, key in zip(videos, keys, strict=True):
        yield task.run(video, key, 1)


def table(store, name="status.parquet"):
    return parquet.read_table(BytesIO(store.cat_file(f"/out/{name}"))).to_pylist()


@pytest.fixture
def plan(store, tmp_path, draw_clip, model_folder):
    """plan(…): a batch of two clips and a broken one in a store."""
    clip = draw_clip(tmp_path / "a.mp4", seconds=1).read_bytes()
    for name, content in {"a.mp4": clip, "b.mp4": clip, "broken.mp4": b"no video"}.items():
        store.pipe_file(f"/in/{name}", content)

    def make(*, job=None, **choices):
        chosen = SegmentJob(**({"names": (), "model": str(model_folder), "formats": ("json", "masks")} | (job or {})))
        return BatchPlan(**({"job": chosen, "out": "memory://out", "names": ("memory://in",)} | choices))

    return make


def test_videos_of_a_store_end_in_a_table_and_are_skipped_the_next_time(plan, store, tmp_path, capsys):
    report = BatchReport()
    summary = run_batch(plan(), in_this_process, report.ended)
    report.summary(summary, plan())
    assert (summary.done, summary.skipped, summary.failed) == (2, 0, 1)
    rows = table(store)
    assert [(row["result"], row["status"]) for row in rows] == [("a", "done"), ("b", "done"), ("broken", "failed")]
    assert rows[0]["events"] == 2 and rows[0]["seconds"] > 0 and "broken.mp4" in rows[2]["error"]
    printed = capsys.readouterr()
    assert "2 done, 0 skipped, 1 failed → memory:///out/status.parquet" in printed.out
    assert "3/3 failed memory:///in/broken.mp4" in printed.err
    summary = run_batch(plan(), in_this_process, report.ended)
    assert (summary.done, summary.skipped, summary.failed) == (0, 2, 1)
    assert table(store)[:2] == rows[:2]


def test_results_are_those_of_ravs_segment(plan, store, tmp_path):
    only_a = plan(names=("memory://in/a.mp4",))
    run_batch(only_a, in_this_process, BatchReport(quiet=True).ended)
    run(replace(only_a.job, names=(str(tmp_path / "a.mp4"),), out=tmp_path / "out"), Outcome())
    folder = tmp_path / "out" / "a"
    names = {path.relative_to(folder).as_posix() for path in files_below(folder)}
    theirs = {name.removeprefix("/out/a/") for name in store.find("/out/a")} - {"batch.json"}
    assert theirs == names
    for name in names - {"done.json"}:  # it has the path of the source
        assert store.cat_file(f"/out/a/{name}") == (folder / name).read_bytes(), name


def test_another_format_is_rendered_from_what_was_kept(plan, monkeypatch, store):
    run_batch(plan(names=("memory://in/a.mp4",)), in_this_process, BatchReport(quiet=True).ended)
    monkeypatch.setattr("ravs.inference.segment_job.model_run.ModelAnswer", lambda *_: pytest.fail("the model runs"))
    more = plan(names=("memory://in/a.mp4",), job={"formats": ("timeline",)})
    summary = run_batch(more, in_this_process, BatchReport(quiet=True).ended)
    assert summary.done == 1 and store.exists("/out/a/timeline.csv") and store.exists("/out/a/masks/000000.png")


def test_a_shard_has_its_own_table_and_all_of_it_is_kept_when_a_run_ends_early(plan, store):
    from ravs.inference.segment_job.source_lists import Shard

    def interrupted(*arguments):
        yield next(in_this_process(*arguments))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(plan(shard=Shard(1, 2)), interrupted, BatchReport(quiet=True).ended)
    assert [row["result"] for row in table(store, "status-1-of-2.parquet")] == ["a"]


def test_a_machine_with_another_model_under_that_name_stops_the_batch(plan):
    with pytest.raises(ModelNotFoundError, match="is another one here"):
        VideoTask(plan(), "0")


def test_no_video_and_impossible_choices_are_the_users_mistakes(plan):
    with pytest.raises(NoMatchError):
        run_batch(plan(names=("memory://empty",)), in_this_process, BatchReport().ended)
    for wrong in ({"gpus_per_worker": 1.5}, {"retries": -1}, {"time_limit_s": 0}, {"job": {"existing": "fail"}}):
        with pytest.raises(InputError):
            plan(**wrong)


def test_without_ray_one_line_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    monkeypatch.delitem(__import__("sys").modules, "ravs.batch.ray_data", raising=False)
    assert main(["batch", "clips"]) == 2
    assert capsys.readouterr().err == "ravs: this needs ray, which is not installed: pip install 'ravs[batch]'\n"
