"""What all visual encoders share: four stages that run one by one, at any size of the image."""

from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.shapes import FeatureMap, Images

NUM_STAGES = 4


class VisualEncoder(nn.Module):
    """Base of every visual encoder: four consecutive stages. A subclass defines what a stage is.

    It has `channels` of each stage's map, `run_stage` for a stage alone, `stage_modules` for the modules of a stage,
    and a forward that runs all stages in turn.

    Ours: a map too small for a stage, or with rows or columns that it would drop, is padded with zeros at the right and
    bottom, and the result is cropped. Every other map is passed on unchanged.
    """

    channels: tuple[int, ...]
    drops_remainder = False  # whether stages lose the rows and columns that exceed a multiple of their stride

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """One stage of the wrapped model; maps are large enough."""
        raise NotImplementedError

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """All that stage `index` (from 0) alone runs, its own embedding and norms too; a stem belongs to the first."""
        raise NotImplementedError

    def run_stage(self, index: int, maps: FeatureMap) -> Tensor:
        """Stage `index` (from 0) alone; stage 0 takes normalized images of any height and width.

        Returns frames, channels, height, width: the size divided by 4 in stage 0 and by 2 after it, rounded up.
        """
        stride = 4 if index == 0 else 2
        height, width = maps.shape[-2:]
        padding = (self.padding(height, index, stride), self.padding(width, index, stride))
        if padding == (0, 0):
            return self.stage(index, maps)
        padded = F.pad(maps, (0, padding[1], 0, padding[0]))
        return self.stage(index, padded)[:, :, : -(-height // stride), : -(-width // stride)]

    def padding(self, size: int, index: int, stride: int) -> int:
        """Rows or columns to add: keys and values are reduced by 8, 4 and 2 tokens, which 32 pixels just fill."""
        least = 32 if index == 0 else 16 >> index
        rest = -size % stride if self.drops_remainder else 0
        return max(least - size, rest)

    def forward(self, images: Images) -> list[Tensor]:
        """All four maps in turn."""
        maps = [self.run_stage(0, images)]
        for index in range(1, NUM_STAGES):
            maps.append(self.run_stage(index, maps[-1]))
        return maps
