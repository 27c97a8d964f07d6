"""Hearing, eq. 5 of the paper: sound into the tokens of a picture; the ablation's alignments of eq. 5 alone."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.layers.attention import Attention
from ravs.modeling.layers.position_encoding import sine_positions
from ravs.modeling.shapes import AudioTokens, FeatureMap, VisualTokens

InnerTokens = Float[Tensor, "frames tokens inner"]  # in the alignment's own width
DirectionBias = Float[Tensor, "1 reaches tokens audio"]
SHARED_REACH, WIDEST_REACH, NARROWEST_REACH = 1 / 8, 1 / 4, 1 / 32  # of the picture's width, as deviations


@dataclass(frozen=True)
class AlignmentOutput:
    """What an alignment hands on: the map, and what the contrastive loss and figure 5 look at."""

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
    near: Float[Tensor, "#frames #heads tokens audio"] | None = None,
) -> VisualTokens:
    """Eq. (5). Multi-head cross-attention, visual tokens as queries, audio tokens as keys and values; residual.

    Ours: pre-norm; `near`, of a token and a direction, is added to the logits. With one audio token its weight is
    one, so that every token gets the same vector.
    """
    if audio.shape[1] == 1:
        return tokens + attention.forward_one_key(audio)
    heard: Tensor = attention(norm(tokens), audio, near)
    return tokens + heard


def direction_bias(height: int, width: int, directions: int, reaches: tuple[float, ...], like: Tensor) -> DirectionBias:
    """How near a token's column is to each direction, from left to right, as logits of heads of these reaches (ours).

    Minus half the squared distance in reaches, which are shares of the picture's width.
    """
    columns = (torch.arange(width, device=like.device) + 0.5) / width
    centres = (torch.arange(directions, device=like.device) + 0.5) / directions
    reach = torch.tensor(reaches, device=like.device)[:, None, None]
    near = -((columns[:, None] - centres) / reach).square() / 2
    return near.repeat(1, height, 1).unsqueeze(0).to(like.dtype)


def head_reaches(hear_from: str, num_heads: int) -> tuple[float, ...]:
    """How far to either side of its own column a place listens: with all heads alike, or with each its own way (ours).

    Near and far: the farthest head smells out what is there at all, the nearest one tells the middle of a thing from
    its edge. A geometric row, as the slopes of ALiBi (Press et al., 2022). Empty: all directions are heard alike.
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
        """`keep`, of frames, 1, height, width, is where the truth sounds: elsewhere nothing is heard (gt_filter)."""
        heard_audio = self.project_audio(audio)
        tokens, seen = self.tokens_with_positions(maps)
        change = self.attend(maps, seen, heard_audio) - tokens
        if keep is not None:
            change = change * to_tokens(keep)
        return AlignmentOutput(maps + to_maps(self.project_out(change), maps), heard_audio.mean(dim=1))

    def attend(self, maps: FeatureMap, seen: InnerTokens, heard_audio: AudioTokens) -> InnerTokens:
        """Eq. 5, with an ear for the direction that a token lies in where the configuration says so (ours)."""
        near = None
        if self.reaches:
            near = direction_bias(maps.shape[-2], maps.shape[-1], heard_audio.shape[1], self.reaches, seen)
        return attend_to_audio(seen, heard_audio, self.query_norm, self.attention, near)

    def tokens_with_positions(self, maps: FeatureMap) -> tuple[InnerTokens, InnerTokens]:
        """Tokens in the alignment's width, as they are and with their positions (ours: sine)."""
        tokens = self.project_in(to_tokens(maps))
        if self.position_encoding == "none":
            return tokens, tokens
        height, width = maps.shape[-2:]
        return tokens, tokens + sine_positions(height, width, tokens.shape[-1], tokens)


def to_tokens(maps: FeatureMap) -> Float[Tensor, "frames tokens channels"]:
    """A map's places row by row; no copy where channels come last in memory."""
    return maps.permute(0, 2, 3, 1).flatten(1, 2)


def to_maps(tokens: VisualTokens, like: FeatureMap) -> FeatureMap:
    """Back to the height and width of `like`."""
    grid: Tensor = tokens.unflatten(1, like.shape[-2:])
    return grid.permute(0, 3, 1, 2)
