"""Base of frozen encoders: no gradient, and evaluation mode that survives `train()`."""

from torch import nn


class FrozenEncoder(nn.Module):
    """Base of encoders that are never trained. A subclass ends its constructor with `self.freeze()`.

    Their output for the same audio never changes, so that it can be cached: a forward returns tokens given in place of
    features (frames, audio, channels instead of frames, planes, time, bins) as they are.
    """

    def freeze(self) -> None:
        """Turn off gradients, dropout and the updates of batch norm."""
        self.requires_grad_(False)
        super().train(False)

    def train(self, mode: bool = True) -> "FrozenEncoder":
        """Freeze again, whatever `mode` is: a trainer calls this at every step.

        transformers, too, calls it at the end of loading, after making every parameter require a gradient.
        """
        self.freeze()
        return self
