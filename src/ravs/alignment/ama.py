"""Sound-guided semantic merging, eq. 5-7 of the paper, and remapping; the ablation's simpler alignments."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.alignment.grouping import dpc_knn
from ravs.attention import Attention, DecoderLayer
from ravs.positions import sine_positions
from ravs.shapes import AudioTokens, FeatureMap, GroupOfToken, GroupTokens, Relevance, VisualTokens

SeenTokens = Float[Tensor, "frames tokens inner"]  # in the alignment's own width


@dataclass(frozen=True)
class Aligned:
    """What an alignment hands on: the map, and what the contrastive loss and figure 5 look at."""

    maps: Tensor  # frames, channels, height, width
    audio: Tensor  # frames, width; the mean audio token in this stage's space
    groups: Tensor | None = None  # frames, groups, width; G of eq. 7
    group_of_token: Tensor | None = None  # frames, tokens
    relevance: Tensor | None = None  # frames, tokens; S of the paper


def hear(tokens: VisualTokens, audio: AudioTokens, norm: nn.Module, attention: Attention) -> VisualTokens:
    """Eq. (5). Multi-head cross-attention, visual tokens as queries, audio tokens as keys and values; residual.

    Ours: pre-norm. With one audio token its weight is one, so that every token gets the same vector.
    """
    if audio.shape[1] == 1:
        return tokens + attention.attend_to_one(audio)
    heard: Tensor = attention(norm(tokens), audio)
    return tokens + heard


def merge_groups(
    tokens: VisualTokens, relevance: Relevance, group_of_token: GroupOfToken, num_groups: int
) -> Float[Tensor, "frames {num_groups} channels"]:
    """Eq. (6). Sum of each group's tokens, weighted by a softmax of relevance inside the group.

    Every group must own a token, as grouping by density promises: a centre belongs to its own group.
    Ours: the softmax is taken over a masked matrix, in float32, so that one loud token cannot overflow it.
    """
    member = membership(group_of_token, num_groups)  # frames, tokens, groups
    logits = relevance.float().unsqueeze(-1).masked_fill(~member, -torch.inf)
    weights = logits.softmax(dim=1).to(tokens.dtype)  # each column sums to one
    return weights.transpose(1, 2) @ tokens


def refine_groups(
    groups: GroupTokens, tokens: VisualTokens, relevance: Relevance, layers: nn.ModuleList
) -> GroupTokens:
    """Eq. (7). Decoder layers over the groups; relevance is added to the logits of their attention to the tokens."""
    bias = relevance.unsqueeze(1)  # frames, one, tokens
    for layer in layers:
        groups = layer(groups, tokens, bias)
    return groups


def membership(group_of_token: GroupOfToken, num_groups: int) -> Tensor:
    """One-hot assignment as booleans: frames, tokens, groups."""
    return group_of_token.unsqueeze(-1) == torch.arange(num_groups, device=group_of_token.device)


def remap_groups(groups: GroupTokens, group_of_token: GroupOfToken, gate: Relevance | None) -> VisualTokens:
    """Each token's group representation; with a gate (ours) times the sigmoid of the token's relevance."""
    spread = membership(group_of_token, groups.shape[1]).to(groups.dtype) @ groups  # frames, tokens, channels
    return spread if gate is None else spread * gate.sigmoid().unsqueeze(-1).to(spread.dtype)


def num_heads_of(width: int) -> int:
    """Heads of about 32 channels, at most 8, that divide the width."""
    return next(heads for heads in (8, 5, 4, 2, 1) if width % heads == 0 and width // heads >= min(24, width))


class CrossAttention(nn.Module):
    """Eq. 5 alone, added to the map: the alignments `cross_attention` and `gt_filter` of the paper's Table 3."""

    def __init__(self, *, channels: int, width: int, audio_channels: int, position_encoding: str) -> None:
        super().__init__()
        self.position_encoding = position_encoding
        self.project_in = nn.Linear(channels, width) if width != channels else nn.Identity()
        self.project_out = nn.Linear(width, channels) if width != channels else nn.Identity()
        self.project_audio = nn.Linear(audio_channels, width)
        self.query_norm = nn.LayerNorm(width)
        self.attention = Attention(width=width, num_heads=num_heads_of(width))

    def forward(self, maps: FeatureMap, audio: AudioTokens, keep: Tensor | None = None) -> Aligned:
        """`keep`, of frames, 1, height, width, is where the truth sounds: elsewhere nothing is heard (gt_filter)."""
        heard_audio = self.project_audio(audio)
        tokens, seen = self.see(maps)
        change = hear(seen, heard_audio, self.query_norm, self.attention) - tokens
        if keep is not None:
            change = change * to_tokens(keep)
        return Aligned(maps + to_maps(self.project_out(change), maps), heard_audio.mean(dim=1))

    def see(self, maps: FeatureMap) -> tuple[SeenTokens, SeenTokens]:
        """Tokens in the alignment's width, as they are and with their positions (ours: sine)."""
        tokens = self.project_in(to_tokens(maps))
        if self.position_encoding == "none":
            return tokens, tokens
        height, width = maps.shape[-2:]
        return tokens, tokens + sine_positions(height, width, tokens.shape[-1], tokens)


class SoundGuidedMerging(CrossAttention):
    """Groups of alike tokens, merged by how relevant the sound makes each, refined, and given back to the tokens."""

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        audio_channels: int,
        position_encoding: str,
        num_groups: int,
        num_neighbors: int,
        group_labels: str = "chain",
        num_layers: int,
        merge_tokens: str,
        remap: str,
    ) -> None:
        super().__init__(
            channels=channels, width=width, audio_channels=audio_channels, position_encoding=position_encoding
        )
        self.num_groups = num_groups
        self.num_neighbors = num_neighbors
        self.group_labels = group_labels
        self.merge_tokens = merge_tokens
        self.remap = remap
        self.relevance = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
        )  # the hidden nonlinearity is essential: both softmaxes ignore a number added to every token
        self.layers = nn.ModuleList(DecoderLayer(width=width, num_heads=num_heads_of(width)) for _ in range(num_layers))

    def forward(self, maps: FeatureMap, audio: AudioTokens, keep: Tensor | None = None) -> Aligned:
        """Eq. 3-7 and remapping, in the order of the paper's figure 3. `keep` is gt_filter's alone."""
        heard_audio = self.project_audio(audio)
        tokens, seen = self.see(maps)
        group_of_token = self.group(maps)
        heard = hear(seen, heard_audio, self.query_norm, self.attention)
        relevance = self.relevance(heard).squeeze(-1)
        merged = heard if self.merge_tokens == "audio_visual" else tokens
        num_groups = min(self.num_groups, tokens.shape[1])
        compact = merge_groups(merged, relevance, group_of_token, num_groups)
        groups = refine_groups(compact, merged, relevance, self.layers)
        change = remap_groups(groups, group_of_token, relevance if self.remap == "gated" else None)
        if self.merge_tokens == "audio_visual":
            change = change + (heard - tokens)
        aligned = maps + to_maps(self.project_out(change), maps)
        return Aligned(aligned, heard_audio.mean(dim=1), groups, group_of_token, relevance)

    def group(self, maps: FeatureMap) -> GroupOfToken:
        """Eq. 3-4 on layer-normalised tokens divided by sqrt(channels), so that distances have one scale (ours)."""
        tokens = to_tokens(maps.detach()).float()
        tokens = F.layer_norm(tokens, tokens.shape[-1:])
        if self.position_encoding == "sine":
            tokens = tokens + sine_positions(maps.shape[-2], maps.shape[-1], tokens.shape[-1], tokens)
        scaled = tokens / math.sqrt(tokens.shape[-1])
        return dpc_knn(scaled, self.num_groups, self.num_neighbors, self.group_labels)[0]


def to_tokens(maps: FeatureMap) -> Float[Tensor, "frames tokens channels"]:
    """A map's places row by row; no copy where channels come last in memory."""
    return maps.permute(0, 2, 3, 1).flatten(1, 2)


def to_maps(tokens: VisualTokens, like: FeatureMap) -> FeatureMap:
    """Back to the height and width of `like`."""
    grid: Tensor = tokens.unflatten(1, like.shape[-2:])
    return grid.permute(0, 3, 1, 2)
