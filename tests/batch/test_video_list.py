"""Videos by path, address, pattern and list, each once, with the folders of `ravs segment`."""

from ravs.batch.storage import Place
from ravs.batch.video_list import find_videos
from ravs.inference.segment_job.sources import find_sources


def put(store, *names):
    for name in names:
        store.pipe_file(f"/{name}", b"x" * len(name))


def listed(names, out="memory://out", **choices):
    found, missing = find_videos(names, Place.of(out), **choices)
    return {video.address: video.result for video in found}, missing


def test_a_folder_of_a_store_stands_for_its_videos_without_results_and_metadata(store):
    put(store, "in/b.mp4", "in/a.mov", "in/._a.mov", "in/a.txt", "in/deep/c.mp4", "in/r/overlay.mp4", "in/r/done.json")
    assert listed(["memory://in"])[0] == {"memory:///in/a.mov": "a", "memory:///in/b.mp4": "b"}
    assert listed(["memory://in"], recursive=True)[0].keys() == {
        *("memory:///in/a.mov", "memory:///in/b.mp4", "memory:///in/deep/c.mp4"),
    }


def test_patterns_files_and_what_is_missing(store):
    put(store, "in/a1.mp4", "in/a2.mp4", "in/b.mp4")
    found, missing = listed(["memory://in/a*.mp4", "memory://in/b.mp4", "memory://in/a1.mp4", "memory://in/none.mp4"])
    assert list(found.values()) == ["a1", "a2", "b"] and missing == ["memory://in/none.mp4"]


def test_what_lies_below_the_output_is_no_source(store):
    put(store, "in/a.mp4", "in/out/b/overlay.mp4", "in/out/c.mp4")
    assert list(listed(["memory://in"], "memory://in/out", recursive=True)[0].values()) == ["a"]


def test_two_videos_of_one_name_have_two_folders(store):
    put(store, "x/a.mp4", "y/a.mp4")
    assert len(set(listed(["memory://x/a.mp4", "memory://y/a.mp4"])[0].values())) == 2


def test_local_names_and_lists_give_what_ravs_segment_finds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one/a.mp4", "one/b.mkv", "two/a.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text("one\ntwo/a.mp4\n")
    ours = listed(["@list.txt"], str(tmp_path / "out"))[0]
    theirs, _ = find_sources(["@list.txt"], tmp_path / "out")
    assert ours == {str(source.path.absolute()): source.result_path.as_posix() for source in theirs}


def test_a_video_that_changes_has_another_version(store):
    put(store, "in/a.mp4")
    (before,), _ = find_videos(["memory://in"], Place.of("memory://out"))
    store.pipe_file("/in/a.mp4", b"longer than before")
    (after,), _ = find_videos(["memory://in"], Place.of("memory://out"))
    assert before.version != after.version
