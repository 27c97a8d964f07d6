"""Frozen means frozen: no gradient, and evaluation mode that survives `train()`."""

from torch import nn


class FrozenEncoder(nn.Module):
    """Base of encoders that never learn. A subclass ends its constructor with `self.freeze()`.

    What it says of a sound is always the same, so that it may be kept: a forward gives tokens that come in place of
    features (frames, audio, channels instead of frames, planes, time, bins) back as they are.
    """

    def freeze(self) -> None:
        """No parameter wants a gradient, dropout and batch norm are off."""
        self.requires_grad_(False)
        super().train(False)

    def train(self, mode: bool = True) -> "FrozenEncoder":
        """Frozen again, whatever is asked for: a trainer calls this at every step.

        And transformers calls it at the end of loading, where it has made every parameter want a gradient.
        """
        self.freeze()
        return self
