"""What `ravs segment` writes."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from ravs.inference.outputs.format_files import FORMAT_FILES
from ravs.structures.json_document import read_document
from ravs.structures.palette import voc_color
from support.folders import FAST, contents, snapshot


def test_one_clip_gives_masks_a_document_and_done_written_last(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("segment", "a.mp4", *FAST)
    assert run.code == 0
    names = sorted(contents())
    masks = [f"masks/00000{i}.png" for i in range(3)]
    assert names == [f"ravs-out/a/{name}" for name in ["a.json", "done.json", *masks, "model-output.npz"]]
    written = {name: time for name, (_, time) in snapshot().items()}
    assert max(written, key=written.__getitem__) == "ravs-out/a/done.json"


def test_masks_are_palette_images_of_the_displayed_size_that_the_document_repeats(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    document = read_document(Path("ravs-out/a/a.json"))
    assert len(document) == 3
    assert any(frame.objects for frame in document)
    for frame in document:
        with Image.open(f"ravs-out/a/masks/{frame.index:06d}.png") as image:
            assert (image.mode, image.size) == ("P", (48, 32))
            assert tuple(image.getpalette()[3:6]) == voc_color(1)
            np.testing.assert_array_equal(np.asarray(image), frame.labels)


def test_the_overlay_has_the_length_and_sound_of_its_source_and_its_width(ravs, place):
    from ravs.media import probe

    place("a.mp4", "a.mp4")
    run = ravs("a.mp4")
    assert run.code == 0
    assert "  → ravs-out/a/  overlay.mp4  masks/ (3)  a.json" in run.out
    made, source = probe(Path("ravs-out/a/overlay.mp4")), probe(Path("a.mp4"))
    assert (made.width, made.duration_s, made.audio) == (source.width, source.duration_s, source.audio)
    assert made.height > source.height  # by the strip


def test_the_overlay_s_style_is_chosen_on_the_command_line(ravs, place):
    from ravs.media import probe, read_frames

    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "overlay", "--effect", "uncertainty", "--strip", "off", "--no-labels", "--tint", "0.5")
    assert run.code == 0
    made, source = (next(read_frames(path)).rgb() for path in ("ravs-out/a/overlay.mp4", "a.mp4"))
    assert probe("ravs-out/a/overlay.mp4").height == probe("a.mp4").height
    assert np.ptp(source[0, 0].astype(int)) < 10 < np.ptp(made[0, 0].astype(int))  # gray, then in the scale's colors
    for option, value, message in (("--strip", "above", "strip is 'above'"), ("--effect", "glow", "effect is 'glow'")):
        run = ravs("a.mp4", option, value)
        assert run.code == 2 and message in run.err


def test_transparency_and_mattes_are_written_where_asked_for_and_an_mp4_is_refused(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "alpha,matte", "--end", "1")
    assert run.code == 0 and "  → ravs-out/a/  alpha.mov  matte.mp4" in run.out
    assert ravs("a.mp4", "-f", "alpha", "--alpha", "vp9", "--end", "1").code == 0
    assert {"alpha.mov", "alpha.webm", "matte.mp4"} <= {path.name for path in Path("ravs-out/a").iterdir()}
    run = ravs("a.mp4", "-f", "alpha", "--alpha", "mp4")
    assert run.code == 2
    assert ".mp4 cannot carry transparency. Use -f alpha (ProRes .mov) or --alpha vp9 (.webm)." in run.err


def test_a_verb_is_not_needed(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("segment", "a.mp4", *FAST, "-o", "with")
    ravs("a.mp4", *FAST, "-o", "without")
    assert list(contents(Path("with")).values()) == list(contents(Path("without")).values())


def test_the_same_input_gives_the_same_bytes(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "masks,uncertainty,json,timeline")
    first = contents()
    ravs("a.mp4", "-f", "masks,uncertainty,json,timeline", "--existing", "overwrite")
    assert contents() == first


def test_uncertainty_and_timeline_are_written_where_asked_for(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "uncertainty,timeline")
    names = {Path(name).name for name in contents()}
    images = {f"00000{i}.png" for i in range(3)}
    assert names == images | {*FORMAT_FILES["timeline"], "done.json", "model-output.npz"}
    with Image.open("ravs-out/a/uncertainty/000000.png") as image:
        assert (image.mode, image.size) == ("L", (48, 32))


def test_no_format_writes_nothing_and_still_reports_what_sounds(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "none")
    assert run.code == 0
    assert "sounding: " in run.out
    assert not Path("ravs-out").exists()


def test_folders_are_mirrored_and_suffixes_kept_where_stems_collide(ravs, place):
    for name in ("in/a.mp4", "in/a.mov", "in/deep/b.mp4", "in/notes.txt"):
        place("quiet.mp4", name)
    ravs("in", "-f", "json")
    assert sorted(contents()) == [
        f"ravs-out/a.{s}/{n}" for s in ("mov", "mp4") for n in (f"a.{s}.json", "done.json", "model-output.npz")
    ]
    ravs("in", "-f", "json", "--recursive")
    assert Path("ravs-out/deep/b/b.json").is_file()


def test_a_pattern_that_no_shell_expanded_is_expanded(ravs, place):
    place("quiet.mp4", "in/x.mp4")
    place("quiet.mp4", "in/y.mp4")
    assert ravs("in/*.mp4", "-f", "json").code == 0
    assert {path.name for path in Path("ravs-out").iterdir()} == {"x", "y"}


def test_part_of_a_clip_at_another_rate(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "json", "--start", "0:00:00.5", "--end", "2", "--rate", "2")
    assert [frame.start_s for frame in read_document(Path("ravs-out/a/a.json"))] == [0.0, 0.5, 1.0]


def test_all_that_sounds_gets_a_name_among_those_asked_for(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "json", "--among", "car")
    assert {name for frame in read_document(Path("ravs-out/a/a.json")) for name in frame.sounding} == {"car"}


def test_a_threshold_of_one_leaves_nothing_and_is_reported(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "json", "--threshold", "1")
    assert "sounding: nothing 2.5 s" in run.out
    assert json.loads(Path("ravs-out/a/a.json").read_text())["frames"][0]["objects"] == []


def test_audio_of_another_file_is_used_and_named(ravs, place):
    place("a.mp4", "a.mp4")
    place("trackless.mp4", "b.mp4")
    assert ravs("b.mp4", "-f", "json", "--sound", "a.mp4").code == 0
    document = json.loads(Path("ravs-out/b/b.json").read_text())
    assert document["settings"]["sound"] == "a.mp4"
    assert document["frames"][0]["level_db"] > -30
