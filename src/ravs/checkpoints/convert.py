"""Convert an authors' checkpoint of one encoder to safetensors, verified to be complete (verb `convert`)."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from ravs.errors import InputError
from ravs.files import write_atomic
from ravs.modeling.encoders.audio.factory import AUDIO_ENCODERS, build_audio_encoder
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import pretrained_encoder_weights
from ravs.modeling.encoders.visual.class_maps import ImageNetClassMaps
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.weights import check_module_weights


@dataclass(frozen=True)
class ConversionResult:
    """What a conversion wrote."""

    encoder: str
    target: Path
    tensors: int
    parameters: int


def convert(encoder: str, source: Path, target: Path, *, half: bool = False) -> ConversionResult:
    """Write the weights that `source` holds for `encoder` to the safetensors file `target`, under our names.

    With `half` matrices and kernels are stored as float16, half the file; vectors, as those of batch norm, are not.
    Nothing is written unless every tensor of the encoder is present with its shape and only heads are left over.
    Raises: InputError for an encoder without a key map; ModelNotFoundError for a file that does not match.
    """
    if encoder not in KEY_MAPS:
        raise InputError(f"no key map for {encoder!r}; there are {', '.join(KEY_MAPS)}")
    state = pretrained_encoder_weights(encoder, source)
    module = meta_encoder(encoder)
    check_module_weights(module, state, str(source))
    tensors = {key: (value.half() if half and value.ndim > 1 else value).contiguous() for key, value in state.items()}
    write_atomic(target, save(tensors, metadata={"format": "pt"}))  # one entry: the order of several is not fixed
    return ConversionResult(encoder, target, len(state), sum(parameter.numel() for parameter in module.parameters()))


def meta_encoder(encoder: str) -> nn.Module:
    """An encoder on the meta device: names and shapes without storage."""
    with torch.device("meta"):
        if encoder in AUDIO_ENCODERS:
            return build_audio_encoder(encoder, width=1, directions=1, num_classes=1)
        if encoder == "efficientnet-lite0-head":
            return ImageNetClassMaps(())
        return build_visual_encoder(encoder)
