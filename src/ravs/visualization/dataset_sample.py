"""Draws a sample of a data set: frames, masks, log-mel spectrogram and names of the sounding classes."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.errors import InputError
from ravs.media.resample import resample
from ravs.modeling.encoders.audio.front_ends import vggish_log_mel
from ravs.structures.clip import LabelledClip
from ravs.structures.palette import PALETTE, voc_color
from ravs.visualization.charts import check_chart, mosaic

TINT = 0.55  # opacity of a mask's color over a frame
STRIPE = 24  # stripes of unlabelled pixels along an image's longer side
STRIPES = ((205, 205, 205), (235, 235, 235))
RATE_HZ = 16_000  # of the spectrogram: 64 bands from 125 to 7500 Hz, 100 columns per second
MARKS_HZ = (250, 500, 1000, 2000, 4000)  # tick labels
COLUMN_IN, ROW_IN = 1.9, 1.9  # width of an image column, height of a square image, in inches
MIN_WIDTH_IN = 6.0  # width that the title needs
SOUND_IN, WORDS_IN = 1.9, 1.3  # heights of the spectrogram, and of title and legend
LEGEND_IN = 1.5  # width of an entry of the legend
LETTERS_PER_INCH = 13  # of the title, an inch


def show_sample(dataset: AvsDataset, out: Path | None, *, split: str | None = None, index: int = 0) -> Path:
    """Draw a sample to an image file.

    Args:
        out: the file; None: FOLDER-SPLIT-INDEX.png in the current folder.
        index: of the sample in the split, sorted by name, from 0.

    Returns: the file. Raises: InputError for an index out of range, and as `AvsDataset.read` does.
    """
    out = out or Path(f"{dataset.root.resolve().name}-{split or 'all'}-{index}.png")
    check_chart(out)
    entry = sample_of(dataset, split, index)
    _draw(out, dataset, entry, dataset.read(entry))
    return out


def sample_of(dataset: AvsDataset, split: str | None, index: int) -> Entry:
    """A sample by its index in a split. Raises: InputError for an index out of range."""
    entries = dataset.select(split)
    if not 0 <= index < len(entries):
        last = len(entries) - 1
        raise InputError(f"--index {index}: {split or 'the set'} of {dataset.root} has {last + 1}, from 0 to {last}")
    return entries[index]


def _draw(out: Path, dataset: AvsDataset, entry: Entry, clip: LabelledClip) -> None:
    columns = [str(second) for second in range(len(clip))]
    layout = [[f"frame {one}" for one in columns], [f"mask {one}" for one in columns], ["sound"] * len(columns)]
    row_in = ROW_IN * min(clip.frames.shape[1] / clip.frames.shape[2], 1.5)
    width = max(COLUMN_IN * len(columns), MIN_WIDTH_IN)
    height = 2 * row_in + SOUND_IN + WORDS_IN
    with mosaic(out, width, height, layout, height_ratios=[row_in, row_in, SOUND_IN]) as axes:
        for second, (frame, mask) in enumerate(zip(clip.frames, clip.masks, strict=True)):
            _draw_image(axes[f"frame {second}"], overlay_mask(frame, mask), f"{clip.times_s[second]:.2f} s")
            _draw_image(axes[f"mask {second}"], color_mask(mask), "")
        axes["frame 0"].set_ylabel("frame")
        axes["mask 0"].set_ylabel("truth")
        _draw_sound(axes["sound"], clip)
        figure = axes["sound"].figure
        figure.suptitle(_title(dataset, entry, int(width * LETTERS_PER_INCH)), fontsize=10)
        _draw_legend(figure, axes["sound"], dataset.classes, clip.masks, width)


def overlay_mask(
    frame: UInt8[np.ndarray, "height width 3"], mask: UInt8[np.ndarray, "height width"]
) -> UInt8[np.ndarray, "height width 3"]:
    """The frame with every pixel of a class tinted in its color; unlabelled pixels stay unchanged."""
    named = (mask > 0) & (mask != IGNORE_INDEX)
    mixed = np.rint(frame * (1 - TINT) + PALETTE[mask] * TINT)
    return np.where(named[..., None], mixed, frame).astype(np.uint8)


def color_mask(mask: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "height width 3"]:
    """The color of each class, black where nothing sounds, pale stripes where the truth is unknown."""
    rows, columns = np.indices(mask.shape)
    band = max(max(mask.shape) // STRIPE, 1)
    stripes = np.array(STRIPES, np.uint8)[(rows + columns) // band % 2]
    image: NDArray[np.uint8] = np.where(mask[..., None] == IGNORE_INDEX, stripes, PALETTE[mask])
    return image


def log_mel(waveform: np.ndarray, sample_rate_hz: int) -> Float[np.ndarray, "64 time"]:
    """The published encoders' log-mel of a clip (VGGish's front end): band by time, 100 columns per second."""
    sound = torch.from_numpy(resample(waveform, sample_rate_hz, RATE_HZ).mean(axis=0))
    spectrogram: NDArray[np.float32] = vggish_log_mel(sound).numpy().T
    return spectrogram


def band_of(hertz: int | float) -> float:
    """The position of a frequency among the 64 bands: band i is centered at i + 0.5; linear in HTK's mel."""
    mel, low, high = np.log1p(np.array([hertz, 125.0, 7500.0]) / 700)
    return float(65 * (mel - low) / (high - low) - 0.5)


def _draw_image(axes: Any, image: np.ndarray, title: str) -> None:
    axes.imshow(image, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)


def _draw_sound(axes: Any, clip: LabelledClip) -> None:
    seconds = clip.waveform.shape[1] / clip.sample_rate_hz
    image = log_mel(clip.waveform, clip.sample_rate_hz)
    least = float(np.log(0.01))  # of the log-mel: silence
    most = max(float(image.max()), least + 1)
    extent = (0, seconds, 0, 64)
    axes.imshow(image, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=least, vmax=most)
    axes.set(xticks=np.arange(int(seconds) + 1), xlim=(0, seconds), xlabel="seconds", ylabel="log-mel, Hz")
    axes.set_yticks([band_of(hertz) for hertz in MARKS_HZ], [f"{hertz:,}" for hertz in MARKS_HZ], fontsize=8)
    for second in range(1, int(np.ceil(seconds))):
        axes.axvline(second, color="white", linewidth=0.6, alpha=0.6)


def _title(dataset: AvsDataset, entry: Entry, letters: int) -> str:
    """The title, wrapped to lines of at most `letters`, where words allow it."""
    named = ", ".join(entry.sounding) or "no class named"
    about = f"{dataset.title} · {entry.subset} · {entry.split} · metadata: {named}"
    return "\n".join([entry.name, *textwrap.wrap(about, letters)])


def _draw_legend(figure: Any, axes: Any, classes: tuple[str, ...], masks: np.ndarray, width: float) -> None:
    """A square and a name for each class in the masks, and for unlabelled pixels."""
    shown = [int(index) for index in np.unique(masks)]
    marks = [axes.scatter([], [], marker="s", s=80, **_mark(index, classes)) for index in shown]
    columns = max(int(width / LEGEND_IN), 1)
    figure.legend(handles=marks, loc="outside lower center", ncols=columns, fontsize=9, frameon=False)


def _mark(index: int, classes: tuple[str, ...]) -> dict[str, Any]:
    if index == IGNORE_INDEX:
        pale, paler = ([value / 255 for value in color] for color in STRIPES)
        return {"facecolor": [paler], "edgecolor": [pale], "hatch": "////", "label": "not labelled"}
    return {"color": [[value / 255 for value in voc_color(index)]], "label": classes[index]}
