"""The fusion of TPAVI: attention without a softmax over all positions of all seconds, in two forms that are equal."""

from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.alignment.cross_attention import to_maps, to_tokens
from ravs.modeling.baselines.base import AudioVector
from ravs.modeling.shapes import FeatureMap

TpaviTokens = Float[Tensor, "clips seconds positions inner"]
AudioBySecond = Float[Tensor, "clips seconds inner"]
SecondWeights = Float[Tensor, "clips seconds"]


def attend_published(theta: TpaviTokens, phi: AudioBySecond, g: TpaviTokens, share: SecondWeights) -> TpaviTokens:
    """Every position of every second attends to all of all seconds, without a softmax: T·H·W keys.

    `phi` of a second is the same at all its positions. `share` is one over T, 0 for padding.
    """
    positions = theta.shape[2]
    keys = phi.unsqueeze(2).expand(-1, -1, positions, -1).flatten(1, 2)
    values = (g * (share / positions)[:, :, None, None]).flatten(1, 2)
    scores = theta.flatten(1, 2) @ keys.transpose(1, 2)  # clips, seconds * positions, seconds * positions
    attended: Tensor = (scores @ values).unflatten(1, theta.shape[1:3])
    return attended


def attend_exact(theta: TpaviTokens, phi: AudioBySecond, g: TpaviTokens, share: SecondWeights) -> TpaviTokens:
    """The same with T keys: the positions of a second share one key, so that their values can be averaged first."""
    values = g.mean(dim=2) * share.unsqueeze(-1)  # clips, seconds, inner
    scores = theta.flatten(1, 2) @ phi.transpose(1, 2)  # clips, seconds * positions, seconds
    attended: Tensor = (scores @ values).unflatten(1, theta.shape[1:3])
    return attended


ATTENTION_FUNCTIONS = {"published": attend_published, "exact": attend_exact}


class TemporalPixelwiseInteraction(nn.Module):
    """TPAVI of one stage: the audio of all seconds enters every position; residual, then layer norm over channels.

    The batch norm's scale starts at 0, so that training starts with the map unchanged.
    """

    def __init__(self, *, width: int, audio_channels: int, form: str) -> None:
        super().__init__()
        inner = width // 2
        self.form = form
        self.align = nn.Linear(audio_channels, width)
        self.theta = nn.Linear(width, inner)
        self.phi = nn.Linear(width, inner)
        self.g = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)
        self.output_norm = nn.BatchNorm2d(width)
        self.norm = nn.LayerNorm(width)
        nn.init.zeros_(self.output_norm.weight)

    def forward(self, maps: FeatureMap, audio: AudioVector, share: SecondWeights) -> tuple[Tensor, Tensor]:
        """Returns the map, frames, width, height, width, and the audio in its space: frames, width."""
        clips = tuple(share.shape)
        projected = self.align(audio)
        tokens = to_tokens(maps).unflatten(0, clips)  # clips, seconds, positions, width
        phi = self.phi(projected).unflatten(0, clips)
        attended = ATTENTION_FUNCTIONS[self.form](self.theta(tokens), phi, self.g(tokens), share)
        changed = maps + self.output_norm(to_maps(self.output(attended.flatten(0, 1)), maps))
        return self.norm(changed.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), projected
