"""How often and how strongly film-like frames are composed and degraded."""

from dataclasses import dataclass

Range = tuple[float, float]  # lowest and highest
INSTRUMENTS = ("brass", "drum", "guitar", "violin_cello", "woodwind")  # that a person holds


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmSettings:
    """Shares are probabilities; lengths are shares of the frame's side unless they are said to be in pixels."""

    photograph: float = 0.40  # frames that are a crop of a photograph, without cut-outs
    crop: Range = (0.35, 1.0)  # of the short side of a photograph or background
    squeeze: float = 1.2  # at most, of one side against the other
    centered: float = 0.8  # crops of photographs around a thing of a known class ...
    centered_share: float = 0.02  # ... that fills at least this share of the frame
    photographic_ground: float = 0.5  # cut-outs on a photograph, else on a background of the library

    counts: tuple[float, ...] = (0.45, 0.35, 0.20)  # of one, two, three cut-outs
    single_side: Range = (0.3, 1.6)  # longest side of a single cut-out, log-uniform
    several_side: Range = (0.25, 0.9)
    flock: float = 0.12  # frames with cut-outs that are 4 to 9 of one class
    flock_count: tuple[int, int] = (4, 9)
    flock_side: Range = (0.08, 0.3)
    held: float = 0.3  # frames with several cut-outs, one of them an instrument, in which a person holds it
    holder_side: Range = (0.5, 1.6)  # of that person
    held_side: Range = (0.35, 0.6)  # of the person's height
    extras: float = 0.15  # cut-outs of classes that are always silent
    drawing_weight: float = 0.4  # of a drawing against a photograph of the same class
    min_inside: float = 0.35  # of a cut-out's alpha inside the frame
    min_uncovered: float = 0.40  # of that

    erosion_px: int = 2  # at most
    edge_blur_px: Range = (0.3, 1.5)
    color_match: Range = (0.0, 0.5)
    soften_ground: float = 0.5  # grounds that are blurred to a cut-out which is enlarged more
    pyramid: float = 0.15  # cut-outs blended in three bands of frequency
    shadow: float = 0.2

    motion_blur: float = 0.15
    motion_blur_px: tuple[int, int] = (3, 9)
    gaussian_blur: float = 0.2
    low_light: float = 0.15
    noise: Range = (0.0, 8.0)  # standard deviation, of 255
    rescaled: float = 0.25
    jpeg: float = 0.7
    jpeg_quality: tuple[int, int] = (30, 95)
    bars: float = 0.06
    gray: float = 0.03
