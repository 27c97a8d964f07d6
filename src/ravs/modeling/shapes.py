"""The legend of dimension names, and the tensor aliases built from them.

clips      videos, or windows of a video, in a batch
seconds    time steps of a clip (T of the paper): one frame and one second of audio each
frames     clips times seconds, folded into one axis: the batch of everything before temporal attention
tokens     positions of a feature map, row by row (N_l of the paper)
groups     groups of tokens (P)
audio      audio tokens of one second (K; one in the paper)
channels   features of a token
classes    output classes, background first
height, width   of an image or a map
"""

from jaxtyping import Bool, Float, Int
from torch import Tensor

Images = Float[Tensor, "frames 3 height width"]
FeatureMap = Float[Tensor, "frames channels height width"]
VisualTokens = Float[Tensor, "frames tokens channels"]
AudioTokens = Float[Tensor, "frames audio audio_channels"]
Relevance = Float[Tensor, "frames tokens"]
GroupOfToken = Int[Tensor, "frames tokens"]
GroupTokens = Float[Tensor, "frames groups channels"]
ClassMaps = Float[Tensor, "frames classes height width"]
ClipMaps = Float[Tensor, "clips seconds channels height width"]
Masks = Int[Tensor, "frames height width"]
ValidSeconds = Bool[Tensor, "clips seconds"]
