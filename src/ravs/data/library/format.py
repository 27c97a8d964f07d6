"""The form of every file of the library: sizes of pictures, rate and length of sounds."""

CUTOUT_SIDE = 320  # longest side in pixels; nothing is enlarged
BACKGROUND_SHORT_SIDE, BACKGROUND_LONG_SIDE = (
    448,
    672,
)  # short side in pixels, and the most that is kept of the long one
JPEG_QUALITY = 84
SAMPLE_RATE_HZ = 32000
MAX_SECONDS = 10.0  # of a recording
MAX_SYNTHESIZED_SECONDS = 6.0  # of what is played, spoken or driven
