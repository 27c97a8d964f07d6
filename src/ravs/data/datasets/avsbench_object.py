"""AVSBench-object: S4 (Single-source) and MS3 (Multi-sources), videos of five seconds with binary masks.

Source: avs_s4 and avs_ms3 of OpenNLPLab/AVSBench (f7414af), config.py and dataloader.py.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from ravs.data.datasets.base import BINARY_CLASSES, AudioSource, Entry, unique_entries
from ravs.data.datasets.constants import S4_CATEGORIES, published_counts
from ravs.data.datasets.image_dataset import ImageDataset
from ravs.data.datasets.metadata import describe_positional_columns, find_folder_with, names_in_folder, read_rows
from ravs.data.mask_files import Labels, describe_mask_format, inspect_binary, read_binary
from ravs.errors import InputError

S4_METADATA = "s4_meta_data.csv"
MS3_METADATA = "ms3_meta_data.csv"
S4_COLUMNS = {"name": 0, "category": 2, "split": 3}
MS3_COLUMNS = {"video_id": 0, "split": 1}
SECONDS = 5

ListFolder = Callable[[Path], frozenset[str]]


class AvsBenchObject(ImageDataset):
    """Single-source, Multi-sources or both. Mask values above 0 are sounding, whatever the bit depth."""

    subsets_are_datasets: ClassVar = True

    def read_mask(self, path: Path) -> Labels:
        """As `ImageDataset.read_mask`."""
        return read_binary(path)

    def inspect_mask(self, path: Path) -> tuple[Labels, str]:
        """As `AvsDataset.inspect_mask`."""
        return inspect_binary(path)

    def exclusive_folders(self) -> Iterator[Path]:
        """As `AvsDataset.exclusive_folders`: without raw videos and log-mels, which no entry uses."""
        for data in {_data_folder(entry) for entry in self.entries}:
            yield from (data / name for name in ("visual_frames", "gt_masks", "audio_wav"))

    def wav_of(self, entry: Entry) -> Path:
        """As `AvsDataset.wav_of`."""
        return wav_path(entry)

    def video_of(self, entry: Entry) -> Path:
        """As `AvsDataset.video_of`: S4 sorts videos into folders as it does audio; MS3 has a single folder."""
        wav, data = wav_path(entry), _data_folder(entry)
        folder = wav.parent.relative_to(data / "audio_wav") if entry.subset == "s4" else ""
        return data / "raw_videos" / folder / f"{wav.stem}.mp4"


@dataclass(frozen=True)
class _VideoPaths:
    """Paths of a video's audio in s4_data or ms3_data."""

    data: Path
    inner: str  # of its folder below gt_masks, and of its wav file below audio_wav, without suffix
    video: str  # below raw_videos

    def source(self, listing: ListFolder) -> AudioSource:
        """The wav file, else the video, else the pickled log-mel, which cannot be read later."""
        wav = self.data / "audio_wav" / f"{self.inner}.wav"
        others = (self.data / "raw_videos" / self.video, self.data / "audio_log_mel" / f"{self.inner}.pkl")
        return AudioSource(next((path for path in (wav, *others) if path.name in listing(path.parent)), wav))


def open_avsbench_object(root: Path) -> AvsBenchObject:
    """Open AVSBench-object: Single-source, Multi-sources, or a folder with one or both.

    Raises: InputError if neither is found, or the metadata do not fit.
    """
    listing = cache(names_in_folder)  # lists each folder once, for thousands of videos
    single, multi = find_folder_with(root, S4_METADATA), find_folder_with(root, MS3_METADATA)
    if single is None and multi is None:
        raise InputError(f"{root}: holds neither {S4_METADATA} nor {MS3_METADATA}, by which AVSBench-object is known")
    videos = (*(_s4_entries(single, listing) if single else ()), *(_ms3_entries(multi, listing) if multi else ()))
    entries, repeated = unique_entries(videos)
    return AvsBenchObject(
        title="AVSBench-object",
        root=root,
        classes=BINARY_CLASSES,
        entries=entries,
        duplicate_names=repeated,
        published=published_counts(*{entry.subset for entry in entries}),
        notes=(
            *(describe_positional_columns(single / S4_METADATA, S4_COLUMNS) if single else ()),
            *(describe_positional_columns(multi / MS3_METADATA, MS3_COLUMNS) if multi else ()),
            *_describe_storage(entries),
        ),
    )


def wav_path(entry: Entry) -> Path:
    """The path of a video's wav file below audio_wav, existing or not."""
    data, mask = _data_folder(entry), _first_mask(entry)
    inner = mask.parent.relative_to(data / "gt_masks")
    return data / "audio_wav" / inner.parent / f"{inner.name}.wav"


def _data_folder(entry: Entry) -> Path:
    """The entry's folder s4_data or ms3_data."""
    return next(folder for folder in _first_mask(entry).parents if folder.name == "gt_masks").parent


def _first_mask(entry: Entry) -> Path:
    mask = entry.masks[0]
    assert mask is not None  # the first second is labelled in every split
    return mask


def _s4_entries(folder: Path, listing: ListFolder) -> Iterator[Entry]:
    """Entries of S4; of training videos only the first second is labelled."""
    data = folder / "s4_data"
    for row in read_rows(folder / S4_METADATA, S4_COLUMNS):
        name, split, inner = row["name"], row["split"], f"{row['split']}/{row['category']}/{row['name']}"
        frames, labels = data / "visual_frames" / inner, data / "gt_masks" / inner
        masks = [labels / f"{name}_{second}.png" for second in range(1, SECONDS + 1)]
        yield Entry(
            name=f"s4/{row['category']}/{name}",
            split=split,
            subset="s4",
            frames=tuple(frames / mask.name for mask in masks),
            masks=(masks[0], *[None] * (SECONDS - 1)) if split == "train" else tuple(masks),
            sources=(_VideoPaths(data, inner, f"{inner}.mp4").source(listing),),
            sounding=(row["category"],),
        )


def _ms3_entries(folder: Path, listing: ListFolder) -> Iterator[Entry]:
    """Entries of MS3; all seconds are labelled. Frame folders have no split, and frame names contain ".mp4"."""
    data = folder / "ms3_data"
    for row in read_rows(folder / MS3_METADATA, MS3_COLUMNS):
        name, split = row["video_id"], row["split"]
        frames, labels = data / "visual_frames" / name, data / "gt_masks" / split / name
        numbers = range(1, SECONDS + 1)
        yield Entry(
            name=f"ms3/{name}",
            split=split,
            subset="ms3",
            frames=tuple(frames / f"{name}.mp4_{second}.png" for second in numbers),
            masks=tuple(labels / f"{name}_{second}.png" for second in numbers),
            sources=(_VideoPaths(data, f"{split}/{name}", f"{name}.mp4").source(listing),),
        )


def _describe_storage(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Lines for the report, by subset: the format of the first mask, and the types of audio files."""
    for subset in sorted({entry.subset for entry in entries}):
        of_subset = [entry for entry in entries if entry.subset == subset]
        kinds = Counter(entry.sources[0].path.suffix.removeprefix(".") for entry in of_subset)
        yield f"{subset}: masks {describe_mask_format(_first_mask(of_subset[0]))}"
        yield f"{subset}: sound in {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}"
    unknown = {name for entry in entries for name in entry.sounding} - set(S4_CATEGORIES)
    if unknown:
        yield f"s4: not among the published categories: {', '.join(sorted(unknown))}"
