"""VGGish (Hershey et al., 2017): nine layers, one 128-d vector or a grid of tokens for each log-mel example."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.shapes import AudioTokens

CONVOLUTIONS = ((64,), (128,), (256, 256), (512, 512))  # a pool of 2 by 2 after each
OUTPUT_SLICES = 8


class VGGish(FrozenEncoder):
    """Six convolutions and three linear layers, ReLU after each, the last one too. Keys are those of the public file.

    With `grid` the last feature map is returned as 24 tokens of 512 channels, 6 in time by 4 in frequency, and
    the linear layers are left out of the forward. `hidden` is the width between them, for tests.
    """

    def __init__(self, *, grid: bool = False, hidden: int = 4096) -> None:
        super().__init__()
        self.grid = grid
        self.channels, self.num_tokens = (512, 24) if grid else (128, 1)
        layers: list[nn.Module] = []
        inputs = 1
        for widths in CONVOLUTIONS:
            for width in widths:
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(512 * 6 * 4, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 128),
            nn.ReLU(),
        )
        for layer in layers:
            if isinstance(layer, nn.Conv2d):  # quicker on a CPU
                layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 1 96 64"] | AudioTokens) -> AudioTokens:
        """One token of 128 non-negative numbers, or 24 of 512. Channels go last before the first linear layer."""
        if features.ndim == 3:
            return features
        maps = self.features(features.contiguous(memory_format=torch.channels_last))
        tokens: Tensor = maps.permute(0, 2, 3, 1).flatten(1, 2)  # frames, 24, 512
        return tokens if self.grid else self.embed(tokens.flatten(1)).unsqueeze(1)

    def embed(self, flat: Tensor) -> Tensor:
        """The linear layers, each in slices of its outputs: for a few rows that halves the time on a CPU."""
        for layer in self.embeddings:
            if isinstance(layer, nn.Linear):
                weight = layer.weight.unflatten(0, (OUTPUT_SLICES, -1)).transpose(
                    1, 2
                )  # slices, inputs, outputs / slices
                flat = torch.bmm(flat.expand(OUTPUT_SLICES, -1, -1), weight).transpose(0, 1).flatten(1) + layer.bias
            else:
                flat = layer(flat)
        return flat
