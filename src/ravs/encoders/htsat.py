"""HTSAT: transformers' CLAP audio tower, one 768-d vector for each second."""

from jaxtyping import Float
from torch import Tensor
from transformers import ClapAudioConfig, ClapAudioModel

from ravs.encoders.frozen import Frozen
from ravs.shapes import AudioTokens


class HTSAT(Frozen):
    """HTS-AT (Chen et al., 2022): fed with log-mel that is not normalised: its batch norm does that."""

    channels = 768
    num_tokens = 1

    def __init__(self) -> None:
        super().__init__()
        self.model = ClapAudioModel(ClapAudioConfig())
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 1 time 64"] | AudioTokens) -> AudioTokens:
        """One token: the mean of the 64 final ones, after the final norm."""
        if features.ndim == 3:
            return features
        pooled: Tensor = self.model(input_features=features).pooler_output
        return pooled.unsqueeze(1)
