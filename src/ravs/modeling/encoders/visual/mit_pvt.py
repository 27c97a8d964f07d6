"""The two transformers of the paper, MiT-B5 and PVT-v2-B5: their modules as transformers has them.

`depths` and `channels` are for tests and smaller relatives; 1, 2, 5 and 8 heads share the channels of the stages.
"""

from typing import Any

from torch import Tensor, nn
from transformers import PvtV2Config, PvtV2Model, SegformerConfig, SegformerModel

from ravs.modeling.encoders.visual.base import VisualEncoder

B5_DEPTHS = (3, 6, 40, 3)  # of B5
B5_CHANNELS = (64, 128, 320, 512)


class MixTransformer(VisualEncoder):
    """MiT-B5 of SegFormer (Xie et al., 2021), 81.4 M parameters; transformers' modules with the authors' eps."""

    def __init__(self, *, depths: tuple[int, ...] = B5_DEPTHS, channels: tuple[int, ...] = B5_CHANNELS) -> None:
        super().__init__()
        self.channels = channels
        self.model = SegformerModel(
            SegformerConfig(
                depths=list(depths),
                hidden_sizes=list(channels),
                num_attention_heads=[1, 2, 5, 8],
                sr_ratios=[8, 4, 2, 1],
                drop_path_rate=0.1,
            )
        )
        stages: Any = self.model.stages
        for stage in stages:  # transformers gives 1e-5 to all; right for patch embedding and reduction alone
            stage.layer_norm.eps = 1e-6
            for block in stage.blocks:
                block.layernorm_before.eps = block.layernorm_after.eps = 1e-6

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """Shapes as run_stage's."""
        out: Tensor = self.model.stages[index](maps)
        return out

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """Patch embedding, blocks and norm, as one module."""
        return (self.model.stages[index],)


class PyramidTransformer(VisualEncoder):
    """PVT-v2-B5 (Wang et al., 2022), 81.4 M parameters; transformers' modules with the authors' eps."""

    def __init__(self, *, depths: tuple[int, ...] = B5_DEPTHS, channels: tuple[int, ...] = B5_CHANNELS) -> None:
        super().__init__()
        self.channels = channels
        self.model = PvtV2Model(
            PvtV2Config(
                depths=list(depths),
                hidden_sizes=list(channels),
                num_attention_heads=[1, 2, 5, 8],
                sr_ratios=[8, 4, 2, 1],
                mlp_ratios=[4, 4, 4, 4],
                drop_path_rate=0.1,
            )
        )
        stages: Any = self.model.encoder.layers
        for stage in stages:  # transformers gives 1e-6 to all; wrong for patch embedding and reduction
            stage.patch_embedding.layer_norm.eps = 1e-5
            for block in stage.blocks:
                if block.attention.spatial_reduction_ratio > 1:
                    block.attention.layer_norm.eps = 1e-5

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """Shapes as run_stage's; in memory the channels of a position lie together, as the tokens did."""
        (tokens, *_), height, width = self.model.encoder.layers[index](maps, False)
        out: Tensor = tokens.transpose(1, 2).unflatten(2, (height, width))
        return out

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """Patch embedding, blocks and norm, as one module."""
        return (self.model.encoder.layers[index],)
