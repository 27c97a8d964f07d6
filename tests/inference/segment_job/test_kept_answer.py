"""What a result folder keeps of the model: read once, and made again where it is damaged."""

from pathlib import Path

import pytest

from ravs.config.inference import InferenceSettings
from ravs.inference.segment_job.kept_answer import KeptAnswer
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import MUTED_FILE, OUTPUT_FILE, ResultFolder
from ravs.structures.model_output import ModelOutput

FOLDER = Path("ravs-out") / "a"


@pytest.fixture
def kept(put, work):
    """Reads the answer about a clip that was segmented with the silence test; `kept()` with its own provenance."""
    put("a.mp4")
    work("a.mp4", formats=("json",), settings=InferenceSettings(mute=True))
    made = Provenance.of(ModelOutput.read(FOLDER / OUTPUT_FILE), {})

    def read(provenance=made, *, mute=True):
        return KeptAnswer.read(ResultFolder(FOLDER), provenance, mute=mute)

    return read


def damage(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 255
    file.write_bytes(content)


def test_an_answer_is_complete_with_both_outputs_where_both_are_asked_for(kept):
    assert kept().complete and kept().muted is not None
    assert kept(mute=False).complete and kept(mute=False).muted is None
    (FOLDER / MUTED_FILE).unlink()
    assert (kept().complete, kept().damage, kept().output is None) == (False, "", False)
    assert kept(mute=False).complete


def test_nothing_is_kept_of_a_folder_that_is_empty_or_of_another_source(kept, tmp_path):
    answer = KeptAnswer.read(
        ResultFolder(tmp_path / "none"), Provenance(source="", sound=None, model="", settings={}), mute=False
    )
    assert (answer.complete, answer.damage) == (False, "")
    made = Provenance.of(ModelOutput.read(FOLDER / OUTPUT_FILE), {})
    other = Provenance(source="other", sound=None, model=made.model, settings=made.settings)
    assert (kept(other).complete, kept(other).damage) == (False, "")


@pytest.mark.parametrize("name", [OUTPUT_FILE, MUTED_FILE])
def test_damage_anywhere_in_either_file_is_named(kept, name):
    damage(FOLDER / name)
    assert not kept().complete and str(FOLDER / name) in kept().damage


def test_an_answer_is_current_until_its_file_is_another_one(kept):
    answer = kept(mute=False)
    assert answer.is_current(ResultFolder(FOLDER))
    content = (FOLDER / OUTPUT_FILE).read_bytes()
    (FOLDER / "new").write_bytes(content)
    (FOLDER / "new").replace(FOLDER / OUTPUT_FILE)
    assert not answer.is_current(ResultFolder(FOLDER))


def test_rendering_again_checks_the_file_once(kept, work, monkeypatch):
    checked = []
    check = ModelOutput.check
    monkeypatch.setattr(ModelOutput, "check", lambda output: (checked.append(output.path.name), check(output)))
    work("a.mp4", formats=("json",), settings=InferenceSettings(threshold=0.3))
    assert checked == [OUTPUT_FILE]


def test_whether_results_are_ours_does_not_take_reading_the_maps(kept, monkeypatch):
    (FOLDER / "done.json").unlink()
    (FOLDER / "a.json").unlink()
    monkeypatch.setattr(ModelOutput, "check", lambda output: pytest.fail("all of it was read"))
    assert ResultFolder(FOLDER).is_ours()
