"""Evidence for "this sounds", at each position, from what is in view and what is heard (ours): pure functions.

In all of them q is P(class in view) of the sight network and v that of ImageNet's classifier (frames, names, height,
width); a is P(class) of what is heard, of which logarithms are given (frames, names). Names are the classes, without
background and without "none of the classes".
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

HeardLogs = Float[Tensor, "frames names"]
HeardShares = Float[Tensor, "frames names"]
NamedMaps = Float[Tensor, "frames names height width"]
EvidenceMaps = Float[Tensor, "frames evidence height width"]
OneMap = Float[Tensor, "frames 1 height width"]

NUM_EVIDENCE = 14
NUM_DIRECTION = 2
UNSEEN_SHARE = 0.02  # of what is heard that counts where its class is nowhere in view
FLOOR = 1e-4  # added to a probability before its logarithm
HEARING_IN_NAMES = 1.5  # how much what is heard counts in a name; what is seen counts 1
RIVAL_WEIGHT = 0.3  # of `rivals` in the logit of sounding
LEAST_RIVAL = 1e-3  # added to it before its logarithm


def log_scale(values: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """log(x + 1e-4) / 3 + 1: about 1 for 1, 0 for 0.05, and -2.07 for 0."""
    return (values + FLOOR).log() / 3 + 1


def matched(weights: HeardShares, maps: NamedMaps) -> OneMap:
    """The maps weighted by class and summed, on the logarithmic scale."""
    return log_scale((weights[:, :, None, None] * maps).sum(1, keepdim=True))


def everywhere(values: Float[Tensor, " frames"], maps: NamedMaps) -> OneMap:
    """A number of each frame, on the logarithmic scale, at every position of its maps."""
    return log_scale(values)[:, None, None, None].expand(-1, 1, *maps.shape[-2:])


def heard_in_view(heard: HeardLogs, q: NamedMaps) -> HeardLogs:
    """Logarithms of what is heard, weighted by the most that its class reaches anywhere in view, and normalized."""
    return (heard + (q.amax((2, 3)) + UNSEEN_SHARE).log()).log_softmax(1)


def evidence_maps(q: NamedMaps, v: NamedMaps, heard: HeardLogs) -> EvidenceMaps:
    """Fourteen maps on the logarithmic scale; `heard` is log a."""
    a, root, relative = heard.exp(), (heard / 2).exp(), (heard - heard.amax(1, keepdim=True)).exp()
    visible = heard_in_view(heard, q).exp()  # a of what is in view, which sums to one
    weighted = len(a[0]) * a[:, :, None, None] * q
    maps = [
        matched(root, q),  # is it what is heard, be the ear sure or not
        matched(a, q),  # is it what is heard, and is the ear sure
        matched(root, v),  # the same two, as ImageNet's classifier sees it
        matched(a, v),
        matched(torch.ones_like(a), q),  # is it anything of our classes
        matched(relative, q),  # is it what is heard most, however little that is
        log_scale(weighted.amax(1, keepdim=True)),  # the best single class, 1 where the ear does not know
        everywhere(a.sum(1), q),  # is any of our classes heard
        matched(relative, v),  # what is heard most, as ImageNet's classifier sees it
        matched(visible, q),  # is it what is heard of the classes in view
        matched(visible, v),  # the same, as ImageNet's classifier sees it
        everywhere((a * q.amax((2, 3))).sum(1), q),  # is what is heard anywhere in view
        everywhere(a.amax(1), q),  # how sure is the ear
        log_scale(q.amax(1, keepdim=True)),  # how sure is sight of one class here
    ]
    return torch.cat(maps, 1)


def direction_maps(
    panorama: Float[Tensor, "frames directions"], known: Float[Tensor, " frames"], size: tuple[int, int]
) -> Float[Tensor, "frames 2 height width"]:
    """How much sound comes from each column, and whether directions are known at all; zeros where they are not.

    Args:
        panorama: shares of each direction from left to right.
        known: 1 where the sound has directions, else 0.
        size: height and width of the maps.

    1 on the logarithmic scale is what each direction has where sound comes from everywhere alike.
    """
    columns = F.interpolate(panorama[:, None] * panorama.shape[1], size[1], mode="linear")
    flag = known[:, None, None, None].expand(-1, 1, *size)
    return torch.cat([log_scale(columns)[:, :, None].expand(-1, -1, size[0], -1) * flag, flag], 1)


def join_sights(log_q: NamedMaps, log_v: NamedMaps, share: float) -> NamedMaps:
    """log P(class in view) on which the sight network and ImageNet's classifier agree; their sum over classes stays.

    Each position keeps what the sight network leaves to all classes together. Which of them it is comes from both:
    q^(1 - share) v^share, normalized. The sight network has seen few things of each class, some of them drawings;
    ImageNet's classifier has seen thousands of photographs, but has no people.
    """
    any_class = log_q.logsumexp(1, keepdim=True)
    both = (1 - share) * (log_q.exp() + FLOOR).log() + share * (log_v.exp() + FLOOR).log()
    return any_class + both.log_softmax(1)


def rivals(log_q: NamedMaps, heard: HeardLogs) -> OneMap:
    """How far each position is behind the best of what is in view, in the logit of sounding: between -2.1 and 0.

    A class counts by how much it is heard, to the power 1.5, over the class in view that is heard most; a position by
    the mean of its classes. Where one thing is in view nothing changes; a silent player loses to the drum.
    """
    visible = heard_in_view(heard, log_q.exp())
    relative = (HEARING_IN_NAMES * (visible - visible.amax(1, keepdim=True))).exp()[:, :, None, None]
    mean = (relative * log_q.softmax(1)).sum(1, keepdim=True)
    return RIVAL_WEIGHT * (mean + LEAST_RIVAL).log()


def class_shares(log_q: NamedMaps, heard: HeardLogs) -> NamedMaps:
    """log P(class | sounds): what is heard, to the power 1.5, times what each position looks like, normalized."""
    return (HEARING_IN_NAMES * heard[:, :, None, None] + log_q).log_softmax(1)
