"""Mask decoder D: SegFormer's all-MLP head over four maps, with each projection folded into the fusion layer.

Source: Xie et al., SegFormer (NeurIPS 2021). Ours: layer norm over channels in place of batch norm, since a result
may not depend on what else is in the batch.
"""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.shapes import FeatureMap


class MaskDecoder(nn.Module):
    """Four maps at strides 4, 8, 16, 32 to one fused map at stride 4."""

    def __init__(self, *, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.project = nn.ModuleList(nn.Linear(channel, width) for channel in channels)
        self.fuse = nn.Linear(len(channels) * width, width, bias=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, maps: list[Tensor]) -> FeatureMap:
        """Shapes: four of frames, channels_l, height_l, width_l to frames, width, height_1, width_1.

        A 1×1 projection commutes with bilinear upsampling, so project and fuse run at each stage's own size.
        """
        size = maps[0].shape[-2:]
        fuse_weights = self.fuse.weight.chunk(len(maps), dim=1)
        fused, *others = (
            F.linear(stage_map.permute(0, 2, 3, 1), fuse @ project.weight, fuse @ project.bias).permute(0, 3, 1, 2)
            for stage_map, project, fuse in zip(maps, self.projections(), fuse_weights, strict=True)
        )
        for small in others:
            fused += F.interpolate(small, size, mode="bilinear")  # in place: nothing reads it for a gradient
        return F.relu(self.norm(fused.permute(0, 2, 3, 1)), inplace=True).permute(0, 3, 1, 2)

    def projections(self) -> Iterator[nn.Linear]:
        """The projections of the stages, typed as linear layers."""
        return (layer for layer in self.project if isinstance(layer, nn.Linear))
