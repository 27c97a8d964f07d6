"""Sound-guided semantic merging, eq. 6-7 of the paper on top of eq. 5, and remapping."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.alignment.cross_attention import (
    AlignmentOutput,
    CrossAttention,
    choose_num_heads,
    to_maps,
    to_tokens,
)
from ravs.modeling.alignment.grouping import dpc_knn
from ravs.modeling.layers.attention import DecoderLayer
from ravs.modeling.layers.position_encoding import sine_positions
from ravs.modeling.shapes import AudioTokens, FeatureMap, GroupOfToken, GroupTokens, Relevance, VisualTokens


def merge_groups(
    tokens: VisualTokens, relevance: Relevance, group_of_token: GroupOfToken, num_groups: int
) -> Float[Tensor, "frames {num_groups} channels"]:
    """Eq. (6). Sum of each group's tokens, weighted by a softmax of relevance inside the group.

    Every group must own a token, as grouping by density promises: a center belongs to its own group.
    Ours: the softmax is taken over a masked matrix, in float32, so that no large relevance can overflow it.
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


class SoundGuidedSemanticMerging(CrossAttention):
    """Groups similar tokens, merges each group by relevance to the audio, refines it, and maps it to its tokens."""

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        audio_channels: int,
        position_encoding: str,
        hear_from: str = "anywhere",
        num_groups: int,
        num_neighbors: int,
        group_labels: str = "chain",
        num_layers: int,
        merge_tokens: str,
        remap: str,
    ) -> None:
        super().__init__(
            channels=channels,
            width=width,
            audio_channels=audio_channels,
            position_encoding=position_encoding,
            hear_from=hear_from,
        )
        self.num_groups = num_groups
        self.num_neighbors = num_neighbors
        self.group_labels = group_labels
        self.merge_tokens = merge_tokens
        self.remap = remap
        self.relevance = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
        )  # the hidden nonlinearity is essential: both softmaxes ignore a constant added to every token
        self.layers = nn.ModuleList(
            DecoderLayer(width=width, num_heads=choose_num_heads(width)) for _ in range(num_layers)
        )

    def forward(self, maps: FeatureMap, audio: AudioTokens, keep: Tensor | None = None) -> AlignmentOutput:
        """Eq. 3-7 and remapping, in the order of the paper's figure 3. `keep` is gt_filter's alone."""
        projected_audio = self.project_audio(audio)
        tokens, positioned = self.tokens_with_positions(maps)
        group_of_token = self.group(maps)
        attended = self.attend(maps, positioned, projected_audio)
        relevance = self.relevance(attended).squeeze(-1)
        merged = attended if self.merge_tokens == "audio_visual" else tokens
        num_groups = min(self.num_groups, tokens.shape[1])
        compact = merge_groups(merged, relevance, group_of_token, num_groups)
        groups = refine_groups(compact, merged, relevance, self.layers)
        change = remap_groups(groups, group_of_token, relevance if self.remap == "gated" else None)
        if self.merge_tokens == "audio_visual":
            change = change + (attended - tokens)
        aligned = maps + to_maps(self.project_out(change), maps)
        return AlignmentOutput(aligned, projected_audio.mean(dim=1), groups, group_of_token, relevance)

    def group(self, maps: FeatureMap) -> GroupOfToken:
        """Eq. 3-4 on layer-normalized tokens divided by sqrt(channels), so that distances have one scale (ours)."""
        tokens = to_tokens(maps.detach()).float()
        tokens = F.layer_norm(tokens, tokens.shape[-1:])
        if self.position_encoding == "sine":
            tokens = tokens + sine_positions(maps.shape[-2], maps.shape[-1], tokens.shape[-1], tokens)
        scaled = tokens / math.sqrt(tokens.shape[-1])
        return dpc_knn(scaled, self.num_groups, self.num_neighbors, self.group_labels)[0]
