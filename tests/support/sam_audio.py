"""What SAM-Audio's processor takes, as its documentation has it: checked, and kept.

Source: README.md and sam_audio/processor.py of facebookresearch/sam-audio, which is no package that could be installed.
"""

from types import SimpleNamespace


class SAMAudioProcessor:
    """Checks types, shapes and lengths."""

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def mask_videos(self, videos, masks):
        """Frames and masks of (frames, channels, height, width): what is not in the mask."""
        for video, mask in zip(videos, masks, strict=True):
            assert video.shape[1] == 3 and mask.shape[1] in (1, 3) and video.shape[2:] == mask.shape[2:]
        return [video * mask.eq(0) for video, mask in zip(videos, masks, strict=True)]

    def __call__(self, descriptions, audios, anchors=None, masked_videos=None):
        assert len(descriptions) == len(audios) == len(anchors) == len(masked_videos)
        assert all(text == text.lower() for text in descriptions)
        for sign, start_s, end_s in anchors[0]:
            assert sign in "+-" and 0 <= start_s < end_s
        return SimpleNamespace(descriptions=descriptions, anchors=anchors, masked_video=masked_videos)


class SAMAudio:
    """Gives the batch back as what was separated."""

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def eval(self):
        return self

    def separate(self, batch):
        return SimpleNamespace(target=batch)
