import json

import numpy as np
import pytest
from PIL import Image

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set, exclusive_run
from ravs.data.composition.composed_clip import composed_clips, read_composed_clip
from ravs.data.composition.request import ComposeRequest, run_request
from ravs.errors import InputError, RavsError
from ravs.media import probe

# of less than 64 pixels x264 gives other bytes once in a hundred or two hundred times
SETTINGS = ComposedSetSettings(
    split="train", seed=3, size=64, classes=("bell", "horn", "drum", "whistle"), licence="any"
)
FILES = {"video.mp4", "meta.json", *(f"masks/{second}.png" for second in range(5))}


def compose(out, library, subsets=("ss", "ms"), count=1, **more):
    return compose_set(out, library, SETTINGS, subsets=subsets, count=count, **more)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def a_set(library, tmp_path_factory):
    out = tmp_path_factory.mktemp("set")
    compose(out, library, subsets=("ss", "ms", "msmi", "negative"))
    return out


def test_each_clip_is_a_folder_with_video_masks_and_description(a_set):
    for subset in ("ss", "ms", "msmi", "negative"):
        assert set(contents(a_set / subset / "000")) == FILES
    assert not list(a_set.rglob("*.part"))


def test_a_seed_gives_the_same_bytes_whatever_was_made_before(a_set, library, tmp_path):
    compose(tmp_path, library, subsets=("ms",))
    assert contents(tmp_path / "ms") == contents(a_set / "ms")


@pytest.mark.slow
def test_two_processes_write_the_same_bytes_as_one(a_set, library, tmp_path):
    assert compose(tmp_path, library, jobs=2) == 2
    assert contents(tmp_path / "ss") == contents(a_set / "ss")


def test_the_video_lasts_five_seconds_at_25_frames_with_stereo_audio(a_set):
    info = probe(a_set / "ms" / "000" / "video.mp4")
    assert (info.duration_s, info.rate, info.width, info.height) == (5, 25, 64, 64)
    assert (info.audio.sample_rate_hz, info.audio.channels) == (32000, 2)


def test_the_files_agree_with_the_clip_in_memory_except_for_codec_losses(a_set, library):
    for subset in ("ss", "ms", "msmi", "negative"):
        read = read_composed_clip(a_set / subset / "000")
        (made,) = composed_clips(library, subset, 1, 3, 64)
        np.testing.assert_array_equal(read.masks, made.masks)
        np.testing.assert_allclose(read.times_s, made.times_s)
        assert read.info == made.info and read.frame_indices == made.frame_indices
        assert np.abs(read.frames.astype(int) - made.frames).mean() < 12
        # AAC replaces noise by noise of the same level, so levels of each channel and second are compared
        levels = [np.sqrt(np.square(clip.waveform.reshape(2, 5, -1)).mean(axis=-1)) for clip in (read, made)]
        np.testing.assert_allclose(levels[0], levels[1], rtol=0.15, atol=2e-3)


def test_masks_are_empty_where_nothing_sounds_and_show_the_class_where_it_does(a_set, library):
    written = [read_composed_clip(path.parent) for path in sorted(a_set.glob("*/*/meta.json"))]
    assert len(written) == 4
    for clip in [*written, *composed_clips(library, "msmi", 6, 8, 64)]:
        for second, mask in enumerate(clip.masks):
            sounding = {obj["index"] for obj in clip.info["objects"] if obj["sounding_seconds"][second]}
            assert set(np.unique(mask)) - {0} == sounding


def test_finished_clips_are_kept_and_half_written_ones_are_made_again(library, tmp_path):
    compose(tmp_path, library)
    whole = contents(tmp_path)
    kept = (tmp_path / "ss" / "000" / "video.mp4").stat().st_mtime_ns
    (tmp_path / "ms" / "000").rename(tmp_path / "ms" / ".000.part")  # as a killed process leaves it
    (tmp_path / "ms" / ".000.part" / "meta.json").unlink()
    calls = []
    assert compose(tmp_path, library, progress=lambda done, total: calls.append((done, total))) == 1
    assert calls == [(2, 2)]
    assert (tmp_path / "ss" / "000" / "video.mp4").stat().st_mtime_ns == kept
    assert contents(tmp_path) == whole


def test_a_set_that_another_run_composes_is_refused(library, tmp_path):
    out = tmp_path / "set"
    message = r"set: another run composes into it; wait for its end, or name another folder"
    with exclusive_run(out), pytest.raises(RavsError, match=message):
        compose(out, library)
    assert not out.exists()


def test_a_set_of_other_settings_is_not_mixed_in(a_set, library):
    with pytest.raises(InputError, match="holds a set with another seed: name another folder"):
        compose_set(a_set, library, ComposedSetSettings(**vars(SETTINGS) | {"seed": 4}), subsets=("ss",), count=1)


def test_the_description_has_times_and_positions_of_each_object(a_set):
    meta = json.loads((a_set / "ms" / "000" / "meta.json").read_text())
    assert (meta["subset"], meta["number"], meta["seed"], meta["size"], meta["fps"]) == ("ms", 0, 3, 64, 25)
    for obj in meta["objects"]:
        assert len(obj["x"]) == len(obj["y"]) == len(obj["sounding_seconds"]) == 5
        assert (obj["recording"] is None) == (obj["events_s"] == []) == (obj["gain_db"] is None)


def test_an_odd_size_is_refused():
    with pytest.raises(InputError, match="size is 33; it must be an even number"):
        ComposedSetSettings(**vars(SETTINGS) | {"size": 33})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subsets": ("solo",)}, "no subset 'solo'; subsets are ss, ms, msmi, negative"),
        ({"licence": "free"}, "licence is 'free'; it must be any, or permissive"),
        ({"count": -1}, "count is -1; it must be at least 1"),
    ],
)
def test_an_invalid_request_is_refused(change, message, library_root):
    with pytest.raises(InputError, match=message):
        ComposeRequest(library=library_root, **change)


def test_a_request_for_nothing_is_refused(library_root):
    with pytest.raises(InputError, match="nothing to make: name the folder of the set, or an image with --sheet"):
        run_request(ComposeRequest(library=library_root), out=None, sheet=None)


def test_a_request_makes_the_set_and_the_contact_sheet(library_root, tmp_path):
    request = ComposeRequest(library=library_root, subsets=("ss", "negative"), count=1, size=32)
    lines = run_request(request, out=tmp_path / "set", sheet=tmp_path / "sheet.png")
    assert lines == [f"{tmp_path}/set: 2 clips made, 0 kept", f"{tmp_path}/sheet.png: 2 clips"]
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 500
