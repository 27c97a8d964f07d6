"""Cross-attention of visual tokens to audio, eq. 5 of the paper, and the ablation's alignments of eq. 5 alone."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.layers.attention import Attention
from ravs.modeling.layers.position_encoding import sine_positions
from ravs.modeling.shapes import AudioTokens, FeatureMap, VisualTokens

InnerTokens = Float[Tensor, "frames tokens inner"]  # in the alignment's own width
DirectionBias = Float[Tensor, "1 reaches tokens audio"]
SHARED_REACH, WIDEST_REACH, NARROWEST_REACH = 1 / 8, 1 / 4, 1 / 32  # standard deviations in shares of the image's width


@dataclass(frozen=True)
class AlignmentOutput:
    """Output of an alignment: the map, and what the contrastive loss and figure 5 need."""

    maps: Tensor  # frames, channels, height, width
    audio: Tensor  # frames, width; the mean audio token in this stage's space
    groups: Tensor | None = None  # frames, groups, width; G of eq. 7
    group_of_token: Tensor | None = None  # frames, tokens
    relevance: Tensor | None = None  # frames, tokens; S of the paper


def attend_to_audio(
    tokens: VisualTokens,
    audio: AudioTokens,
    norm: nn.Module,
    attention: Attention,
    bias: Float[Tensor, "#frames #heads tokens audio"] | None = None,
) -> VisualTokens:
    """Eq. (5). Multi-head cross-attention, visual tokens as queries, audio tokens as keys and values; residual.

    Ours: pre-norm; `bias`, of a token and a direction, is added to the logits. With one audio token its weight is
    one, so that every token gets the same vector.
    """
    if audio.shape[1] == 1:
        return tokens + attention.forward_one_key(audio)
    attended: Tensor = attention(norm(tokens), audio, bias)
    return tokens + attended


def direction_bias(height: int, width: int, directions: int, reaches: tuple[float, ...], like: Tensor) -> DirectionBias:
    """Bias of each head by the distance from a token's column to each direction, from left to right (ours).

    Minus half the squared distance in units of the head's reach, a share of the image's width.
    """
    columns = (torch.arange(width, device=like.device) + 0.5) / width
    centers = (torch.arange(directions, device=like.device) + 0.5) / directions
    reach = torch.tensor(reaches, device=like.device)[:, None, None]
    bias = -((columns[:, None] - centers) / reach).square() / 2
    return bias.repeat(1, height, 1).unsqueeze(0).to(like.dtype)


def head_reaches(hear_from: str, num_heads: int) -> tuple[float, ...]:
    """How far each head attends to either side of a token's column: one reach for all, or one for each (ours).

    Near and far: the widest head finds what sounds nearby, the narrowest separates an object's middle from its edge. A
    geometric series, as the slopes of ALiBi (Press et al., 2022). Empty: no bias, all directions are alike.
    """
    if hear_from == "anywhere":
        return ()
    if hear_from == "own_place" or num_heads == 1:
        return (SHARED_REACH,)
    ratio = (NARROWEST_REACH / WIDEST_REACH) ** (1 / (num_heads - 1))
    return tuple(WIDEST_REACH * ratio**head for head in range(num_heads))


def choose_num_heads(width: int) -> int:
    """Heads of about 32 channels, at most 8, that divide the width."""
    return next(heads for heads in (8, 5, 4, 2, 1) if width % heads == 0 and width // heads >= min(24, width))


class CrossAttention(nn.Module):
    """Eq. 5 alone, added to the map: the alignments `cross_attention` and `gt_filter` of the paper's Table 3."""

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        audio_channels: int,
        position_encoding: str,
        hear_from: str = "anywhere",
    ) -> None:
        super().__init__()
        self.position_encoding = position_encoding
        self.project_in = nn.Linear(channels, width) if width != channels else nn.Identity()
        self.project_out = nn.Linear(width, channels) if width != channels else nn.Identity()
        self.project_audio = nn.Linear(audio_channels, width)
        self.query_norm = nn.LayerNorm(width)
        self.attention = Attention(width=width, num_heads=choose_num_heads(width))
        self.reaches = head_reaches(hear_from, self.attention.num_heads)

    def forward(self, maps: FeatureMap, audio: AudioTokens, keep: Tensor | None = None) -> AlignmentOutput:
        """`keep`, of frames, 1, height, width, is where the ground truth sounds: no audio elsewhere (gt_filter)."""
        projected_audio = self.project_audio(audio)
        tokens, positioned = self.tokens_with_positions(maps)
        change = self.attend(maps, positioned, projected_audio) - tokens
        if keep is not None:
            change = change * to_tokens(keep)
        return AlignmentOutput(maps + to_maps(self.project_out(change), maps), projected_audio.mean(dim=1))

    def attend(self, maps: FeatureMap, positioned: InnerTokens, projected_audio: AudioTokens) -> InnerTokens:
        """Eq. 5, biased to the direction of each token's column where the configuration says so (ours)."""
        bias = None
        if self.reaches:
            bias = direction_bias(maps.shape[-2], maps.shape[-1], projected_audio.shape[1], self.reaches, positioned)
        return attend_to_audio(positioned, projected_audio, self.query_norm, self.attention, bias)

    def tokens_with_positions(self, maps: FeatureMap) -> tuple[InnerTokens, InnerTokens]:
        """Tokens in the alignment's width, without and with their position encoding (ours: sine)."""
        tokens = self.project_in(to_tokens(maps))
        if self.position_encoding == "none":
            return tokens, tokens
        height, width = maps.shape[-2:]
        return tokens, tokens + sine_positions(height, width, tokens.shape[-1], tokens)


def to_tokens(maps: FeatureMap) -> Float[Tensor, "frames tokens channels"]:
    """A map's positions row by row; no copy where channels come last in memory."""
    return maps.permute(0, 2, 3, 1).flatten(1, 2)


def to_maps(tokens: VisualTokens, like: FeatureMap) -> FeatureMap:
    """Back to the height and width of `like`."""
    grid: Tensor = tokens.unflatten(1, like.shape[-2:])
    return grid.permute(0, 3, 1, 2)
