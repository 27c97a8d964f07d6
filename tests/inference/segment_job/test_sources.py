from pathlib import Path

import pytest

from ravs.inference.segment_job.sources import find_sources

OUT = Path("ravs-out")
RECORD = '{"source": "s", "model": "m", "settings": {}}'


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.mp4", "a.mp4", "a.MOV", "x.txt", "deep/a.mp4", "deep/er/c.webm", "ravs-out/a/overlay.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")


def found(*names, **options):
    sources, missing = find_sources(names, OUT, **options)
    return {str(source.path): str(source.result_path) for source in sources}, missing


def test_a_file_goes_to_a_folder_of_its_stem_whatever_its_suffix():
    assert found("b.mp4", "x.txt") == ({"b.mp4": "b", "x.txt": "x"}, [])


def test_a_folder_gives_its_videos_in_order_and_keeps_suffixes_where_stems_collide():
    assert found(".") == ({"a.MOV": "a.MOV", "a.mp4": "a.mp4", "b.mp4": "b"}, [])


def test_folders_below_are_mirrored_and_results_are_no_sources():
    places, _ = found(".", recursive=True)
    assert places["deep/a.mp4"] == "deep/a"
    assert places["deep/er/c.webm"] == "deep/er/c"
    assert not any("ravs-out" in path for path in places)


def test_a_list_of_folders_and_files_gives_their_videos():
    Path("list.txt").write_text("deep\nb.mp4\nmissing.mp4\n")
    assert found("@list.txt") == ({"deep/a.mp4": "a", "b.mp4": "b"}, ["missing.mp4"])


@pytest.mark.parametrize("video", ["overlay.mp4", "alpha.mov", "alpha.webm", "matte.mp4"])
@pytest.mark.parametrize(
    ("file", "text"),
    [("done.json", RECORD), ("unfinished.json", RECORD), ("b.json", '{\n "schema": "ravs/1",\n "ravs": "0.1.0"')],
)
def test_videos_of_an_earlier_result_below_a_folder_are_no_sources(video, file, text):
    Path("earlier/renamed").mkdir(parents=True)
    Path("earlier/renamed", file).write_text(text)
    for name in (video, "mine.mp4"):
        Path("earlier/renamed", name).write_text("")
    places, _ = found(".", recursive=True)
    assert f"earlier/renamed/{video}" not in places and "earlier/renamed/mine.mp4" in places
    assert found("earlier/renamed/*.*")[0].keys() == {"earlier/renamed/mine.mp4"}


def test_an_overlay_of_another_program_is_a_source():
    Path("deep/overlay.mp4").write_text("")
    Path("deep/overlay.json").write_text('{"schema": "other"}')
    assert "deep/overlay.mp4" in found(".", recursive=True)[0]


def test_a_pattern_takes_videos_alone_unless_it_names_the_suffix():
    assert set(found("*")[0]) == {"a.MOV", "a.mp4", "b.mp4"}
    assert set(found("*.txt")[0]) == {"x.txt"}
    assert set(found("**/c.*")[0]) == {"deep/er/c.webm"}


def test_files_of_one_name_in_two_folders_keep_their_folders():
    places, _ = found("b.mp4", "deep/a.mp4", "a.mp4")
    assert places["deep/a.mp4"] == "deep/a.mp4"
    assert len(set(places.values())) == 3


def test_a_file_named_twice_is_one_source():
    assert len(found("a.mp4", "./a.mp4", "a.mp4")[0]) == 1


def test_a_link_keeps_its_own_name():
    Path("link.mp4").symlink_to("b.mp4")
    assert found("link.mp4")[0] == {"link.mp4": "link"}


def test_a_video_named_like_a_folder_beside_it_keeps_its_suffix():
    Path("deep.mp4").write_text("")
    assert found(".", recursive=True)[0]["deep.mp4"] == "deep.mp4"


def test_names_that_match_nothing_are_returned_apart():
    assert found("missing.mp4", "b.mp4", "*.avi") == ({"b.mp4": "b"}, ["missing.mp4", "*.avi"])


def test_a_file_that_was_named_is_a_source_wherever_results_go():
    sources, missing = find_sources(["b.mp4", "ravs-out/a/overlay.mp4"], Path())
    assert [str(source.path) for source in sources] == ["b.mp4", "ravs-out/a/overlay.mp4"]
    assert [str(source.result_path) for source in sources] == ["b", "overlay"]
    assert missing == []


@pytest.mark.parametrize("out", [".", "deep/..", str(Path("/"))])
def test_a_folder_that_lies_in_the_output_folder_is_searched(out):
    sources, _ = find_sources(["."], Path(out))
    assert [str(source.path) for source in sources] == ["a.MOV", "a.mp4", "b.mp4"]
    assert {str(source.path) for source in find_sources(["*.mp4"], Path(out))[0]} == {"a.mp4", "b.mp4"}


@pytest.mark.parametrize("record", ["done.json", "unfinished.json", "a.json"])
def test_overlays_of_earlier_results_are_no_sources_complete_or_broken_off(record):
    Path("deep/a").mkdir()
    Path("deep/a/overlay.mp4").write_text("")
    assert "deep/a/overlay.mp4" in found(".", recursive=True)[0]
    Path("deep/a", record).write_text("{}")
    assert "deep/a/overlay.mp4" in found("deep", recursive=True)[0]
    is_document = record == "a.json"
    Path("deep/a", record).write_text(
        '{"schema": "ravs/1"}' if is_document else '{"source": "s", "model": "m", "settings": {}}'
    )
    assert "deep/a/overlay.mp4" not in found(".", recursive=True)[0]
    assert "deep/a/overlay.mp4" not in found("**/*.mp4")[0]


def test_what_another_run_is_making_is_no_source():
    Path("deep/.a.01234567.part").mkdir()
    Path("deep/.a.01234567.part/overlay.mp4").write_text("")
    assert set(found("deep", recursive=True)[0]) == {"deep/a.mp4", "deep/er/c.webm"}


def test_a_search_passes_over_what_is_a_video_by_name_alone():
    Path("._a.mp4").write_bytes(b"\0\5\26\7")
    Path("index.ts").write_text("export {}\n")
    Path("de.mts").write_text("<TS language='de'>Straße</TS>")
    Path("film.ts").write_bytes(b"\x47\x40\x00\x10\x00\x00\xb0")
    Path("empty.ts").write_bytes(b"")
    assert set(found(".")[0]) == {"a.MOV", "a.mp4", "b.mp4", "film.ts", "empty.ts"}
    assert set(found("*.ts")[0]) == {"film.ts", "empty.ts"}
    assert set(found("index.ts", "._a.mp4")[0]) == {"index.ts", "._a.mp4"}


def test_an_empty_name_is_no_name_of_the_current_folder():
    assert found("") == ({}, [""])


def test_no_place_leads_out_of_the_output_folder(monkeypatch):
    for name in ("...mp4", "..mp4"):
        Path(name).write_text("")
    assert found("...mp4", "..mp4")[0] == {"...mp4": "...mp4", "..mp4": "..mp4"}
    monkeypatch.chdir("deep")
    places, _ = found("../a.mp4", "a.mp4", "../deep/a.mp4")
    assert len(set(places.values())) == len(places) == 3
    assert not any(".." in Path(place).parts for place in places.values())
