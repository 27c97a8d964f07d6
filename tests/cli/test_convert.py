import torch

from ravs.cli.main import main
from ravs.modeling.encoders.visual.efficientnet import lite0


def test_converting_says_what_was_written(tmp_path, capsys):
    values = [value for value in lite0().state_dict().values() if value.is_floating_point()]
    torch.save({f"layer{index}": value for index, value in enumerate(values)}, tmp_path / "theirs.pth")
    out = tmp_path / "ours.safetensors"
    assert main(["convert", "efficientnet-lite0", str(tmp_path / "theirs.pth"), "--out", str(out)]) == 0
    assert out.is_file()
    assert "efficientnet-lite0" in capsys.readouterr().out


def test_a_file_that_does_not_fit_is_one_line_and_exit_code_three(tmp_path, capsys):
    torch.save({"weight": torch.ones(1)}, tmp_path / "other.pth")
    assert main(["convert", "mit-b5", str(tmp_path / "other.pth"), "-o", str(tmp_path / "ours.safetensors")]) == 3
    error = capsys.readouterr().err
    assert error.startswith("ravs: the weights of") and len(error.splitlines()) == 1
    assert "surplus weight" in error


def test_pvts_file_is_not_converted_as_mits(tmp_path, capsys):
    parts = [f"{part}{stage}" for stage in range(1, 5) for part in ("patch_embed", "block", "norm")]
    torch.save({f"{part}.weight": torch.ones(1) for part in parts}, tmp_path / "b5.pth")
    assert main(["convert", "mit-b5", str(tmp_path / "b5.pth"), "-o", str(tmp_path / "ours.safetensors")]) == 3
    error = capsys.readouterr().err
    assert "holds weights of pvt-v2-b5" in error and len(error.splitlines()) == 1
    assert not (tmp_path / "ours.safetensors").exists()
