"""A model's maps as rendering takes them, of tensors of probabilities with background first."""

from ravs.inference.postprocess import MaskMaps


def maps_of(probabilities, uncertainty):
    """Of (classes, height, width) and (height, width)."""
    return MaskMaps(*parts_of(probabilities), uncertainty.numpy())


def parts_of(probabilities):
    """What sounds, and the classes, of (..., classes, height, width)."""
    maps = probabilities.numpy()
    return 1 - maps[..., 0, :, :], maps[..., 1:, :, :]
