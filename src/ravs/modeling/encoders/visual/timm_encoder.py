"""Any four-stage backbone of timm by name, an extra: its modules cut where the stride doubles."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.weights import load_strict


class TimmEncoder(VisualEncoder):
    """The last four feature maps of a timm model whose modules run strictly one after another.

    Buffers that timm leaves out of checkpoints are kept in ours: transformers would fill them arbitrarily on loading.
    """

    drops_remainder = True

    def __init__(self, name: str, *, pretrained: bool = False, path: Path | None = None) -> None:
        super().__init__()
        net = create_timm_model(name, features_only=True)
        stages = split_into_stages(net)
        if len(stages) != 4 or tuple(net.feature_info.reduction()[-4:]) != (4, 8, 16, 32):
            raise InputError(
                f"timm's {name} has no four stages at strides 4, 8, 16 and 32 that run one after another: "
                "choose a ResNet, ConvNeXt, EfficientNet, PVT-v2 or Swin"
            )
        if pretrained:
            load_published_weights(net, name, path)
        for module in net.modules():
            module._non_persistent_buffers_set.clear()
        self.channels = tuple(net.feature_info.channels()[-4:])
        layout = getattr(net, "output_fmt", "NCHW")
        self.channels_last = getattr(layout, "value", layout) == "NHWC"
        self.stages = nn.ModuleList(stages)

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """Shapes as run_stage's, whatever order of axes the backbone works in."""
        if self.channels_last and index > 0:
            maps = maps.permute(0, 2, 3, 1)
        out: Tensor = self.stages[index](maps)
        return out.permute(0, 3, 1, 2) if self.channels_last else out

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """The modules between two cuts, as one sequence; the stem belongs to the first."""
        return (self.stages[index],)


def create_timm_model(name: str, **settings: Any) -> Any:
    """A timm model; one with a fixed image size is asked to take any. Raises: InputError."""
    try:
        timm = import_module("timm")
    except ImportError as error:
        raise InputError(f"timm:{name} needs timm, an extra: pip install 'ravs[timm]'") from error
    try:
        return timm.create_model(name, strict_img_size=False, **settings)
    except TypeError:  # most models have no such setting, and take any size
        return timm.create_model(name, **settings)
    except RuntimeError as error:
        if "Unknown model" not in str(error):
            raise
        near = ", ".join(timm.list_models(f"*{name.split('_')[0]}*")[:5])
        raise InputError(f"timm has no model {name!r}" + (f"; near it are {near}" if near else "")) from error


def split_into_stages(net: Any) -> list[nn.Sequential]:
    """Four sequences of a feature net's modules, each up to the module that gives one of the last four maps.

    Fewer than four where the modules do not follow one another: such nets have neither attribute of those that do.
    """
    if not hasattr(net, "return_layers") and not hasattr(net, "conv_stem"):
        return []
    ends = [name.replace(".", "_") for name in net.feature_info.module_name()[-4:]]
    stages: list[nn.Sequential] = []
    stage = nn.Sequential()
    for name, module in modules_in_order(net, ends):
        stage.add_module(name, module)
        if name in ends:
            stages.append(stage)
            stage = nn.Sequential()
    return stages


def modules_in_order(net: nn.Module, ends: list[str]) -> Iterator[tuple[str, nn.Module]]:
    """A net's modules one after another; a sequence that is no end itself is opened."""
    for name, module in net.named_children():
        if isinstance(module, nn.Sequential) and name not in ends:
            yield from ((f"{name}_{inner}", block) for inner, block in module.named_children())
        else:
            yield name, module


def load_published_weights(net: Any, name: str, path: Path | None) -> None:
    """Load published weights, from a local file or by name, completely or not at all.

    The feature net itself would load whatever fits; so the full model, which raises, is built, and its tensors renamed.
    Raises: ModelNotFoundError.
    """
    overlay = {} if path is None else {"pretrained_cfg_overlay": {"file": str(path)}}
    try:
        state = create_timm_model(name, pretrained=True, **overlay).state_dict()
    except (OSError, RuntimeError) as error:
        raise ModelNotFoundError(
            f"the weights of timm's {name} could not be loaded from {path or 'its hub'} "
            f"({str(error).strip().splitlines()[0]}): connect to the network, or give the path of their file"
        ) from error
    renamed = {}
    for key, value in state.items():
        opened = key.replace(".", "_", 1)  # a feature net may open a sequence: stages.0 becomes stages_0
        renamed[opened if hasattr(net, opened.split(".")[0]) else key] = value
    wanted = net.state_dict()
    load_strict(net, {key: value for key, value in renamed.items() if key in wanted}, f"timm's {name}")
