"""What encoders of four stages share: they run one by one, at any size of the picture."""

from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.shapes import FeatureMap, Images

NUM_STAGES = 4


class VisualEncoder(nn.Module):
    """Four stages that follow one another: every picture encoder is one. A subclass says what a stage is.

    It has `channels` of each stage's map, `run_stage` for a stage alone, `stage_modules` for what a stage is made of,
    and a forward that runs all stages in turn.

    Ours: a map too small for a stage, or of a size that it would cut off, is padded with zeros at the right and bottom,
    and the result is cut to size again. Every other map goes through as it is.
    """

    channels: tuple[int, ...]
    drops_remainder = False  # whether stages lose the rows and columns that their stride leaves over

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """One stage of the wrapped model; maps are large enough."""
        raise NotImplementedError

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """All that stage `index` (from 0) alone runs, its own embedding and norms too; a stem belongs to the first."""
        raise NotImplementedError

    def run_stage(self, index: int, maps: FeatureMap) -> Tensor:
        """Stage `index` (from 0) alone; stage 0 takes normalised pictures of any height and width.

        Returns frames, channels, height, width: the size divided by 4 in stage 0 and by 2 after it, rounded up.
        """
        stride = 4 if index == 0 else 2
        height, width = maps.shape[-2:]
        missing = (self.missing(height, index, stride), self.missing(width, index, stride))
        if missing == (0, 0):
            return self.stage(index, maps)
        padded = F.pad(maps, (0, missing[1], 0, missing[0]))
        return self.stage(index, padded)[:, :, : -(-height // stride), : -(-width // stride)]

    def missing(self, size: int, index: int, stride: int) -> int:
        """Rows or columns to add: keys and values are reduced by 8, 4 and 2 tokens, which 32 pixels just fill."""
        least = 32 if index == 0 else 16 >> index
        rest = -size % stride if self.drops_remainder else 0
        return max(least - size, rest)

    def forward(self, pictures: Images) -> list[Tensor]:
        """All four maps in turn."""
        maps = [self.run_stage(0, pictures)]
        for index in range(1, NUM_STAGES):
            maps.append(self.run_stage(index, maps[-1]))
        return maps
