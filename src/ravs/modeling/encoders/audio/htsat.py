"""HTSAT: transformers' CLAP audio tower, one 768-d vector for each second."""

from jaxtyping import Float
from torch import Tensor
from transformers import ClapAudioConfig, ClapAudioModel

from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.shapes import AudioTokens


class HTSAT(FrozenEncoder):
    """HTS-AT (Chen et al., 2022); takes log-mel that is not normalized, since its batch norm does that.

    `depths` and `width`, of which a token has eight times as many channels, are for tests.
    """

    num_tokens = 1

    def __init__(self, *, depths: tuple[int, ...] = (2, 2, 6, 2), width: int = 96) -> None:
        super().__init__()
        self.channels = 8 * width
        self.model = ClapAudioModel(
            ClapAudioConfig(depths=list(depths), patch_embeds_hidden_size=width, hidden_size=self.channels)
        )
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 1 time 64"] | AudioTokens) -> AudioTokens:
        """One token: the mean of the 64 final ones, after the final norm."""
        if features.ndim == 3:
            return features
        pooled: Tensor = self.model(input_features=features).pooler_output
        return pooled.unsqueeze(1)
