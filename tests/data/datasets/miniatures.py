"""Miniature data sets in each format of the field, with values that tests know.

Every function writes a complete set into a folder and returns that folder. Recordings are constant, so that a sample
shows which file and which channel it came from. Masks are quarters of an image: see `quarters`.
"""

import json
import struct

import numpy as np
from PIL import Image

from ravs.config.labels import AVSS_CLASSES
from ravs.media import write_wav
from ravs.structures.palette import voc_color

RATE_HZ = 16000
SPLITS = ("train", "val", "test")
PALETTE = [value for index in range(256) for value in voc_color(index)]


def quarters(*values, size=16):
    """A square mask whose quarters hold four values: above left, above right, below left, below right."""
    small = np.array(values, np.uint8).reshape(2, 2)
    return small.repeat(size // 2, axis=0).repeat(size // 2, axis=1)


def save_mask(path, mask, mode="P"):
    """A mask as an index image (P), gray (L), 1-bit (1) or in the colors of the palette (RGB)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(mask)
    if mode in ("P", "RGB"):
        image.putpalette(PALETTE)
    if mode == "1":
        image = image.point(lambda value: 255 * (value > 0))
    (image if mode == "P" else image.convert(mode)).save(path)


def fill_masks(root, split, value):
    """Every mask of a split of AVSBench-semantic holds one value."""
    for path in root.glob(f"*/*{split}_0_5000/labels_*/*.png"):
        save_mask(path, quarters(*[value] * 4, size=24), "L")


def save_image(path, gray, size=16):
    """An image of one gray value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size, size, 3), gray, np.uint8)).save(path)


def save_audio(path, level, seconds=5, channels=1, rate_hz=RATE_HZ):
    """A recording of one constant level, which 16 bits hold exactly if it is a multiple of 1/32768."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.full((channels, round(seconds * rate_hz)), level, np.float32), rate_hz)


def save_floats(path, samples, rate_hz=RATE_HZ):
    """A wav of 32-bit floats, one channel, which holds every sample as it is: NaN and infinity too."""
    data = np.asarray(samples, "<f4").tobytes()
    head = struct.pack(
        "<4sI8sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVEfmt ",
        16,
        3,
        1,
        rate_hz,
        4 * rate_hz,
        4,
        32,
        b"data",
        len(data),
    )
    path.write_bytes(head + data)


def save_table(path, *rows):
    """A CSV file of rows, header first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def write_s4(root, mode="1", seconds=5, names="", silent=()):
    """Single-source: a dog in each split; second n has gray 10 n and a mask of n quarters, at most four.

    With `names`, val and test have a dog for each letter, in this order; those of `silent` never sound.
    """
    folder = root / "Single-source"
    rows = [(f"{split}-dog_1000", 1, "dog_barking", split) for split in SPLITS[: 1 if names else 3]]
    rows += [(f"{split}-{name}", 1, "dog_barking", split) for name in names for split in SPLITS[1:]]
    save_table(folder / "s4_meta_data.csv", ("name", "start", "category", "split"), *rows)
    for name, _, category, split in rows:
        inner = f"{split}/{category}/{name}"
        for number in range(1, 6):
            save_image(folder / f"s4_data/visual_frames/{inner}/{name}_{number}.png", 10 * number)
            if split != "train" or number == 1:
                mask = quarters(*(255 * (place < number and name[-1] not in silent) for place in range(4)))
                save_mask(folder / f"s4_data/gt_masks/{inner}/{name}_{number}.png", mask, "L" if mode == "P" else mode)
        save_audio(folder / f"s4_data/audio_wav/{inner}.wav", 0.25, seconds)
    return root


def write_ms3(root, mode="L"):
    """Multi-sources: a video in each split, whose images lie in no split's folder; masks as in S4, all of them."""
    folder = root / "Multi-sources"
    rows = [(f"{split}_ms", split) for split in SPLITS]
    save_table(folder / "ms3_meta_data.csv", ("video_id", "split"), *rows)
    for name, split in rows:
        for number in range(1, 6):
            save_image(folder / f"ms3_data/visual_frames/{name}/{name}.mp4_{number}.png", 10 * number)
            mask = quarters(*(255 * (place < number) for place in range(4)))
            save_mask(folder / f"ms3_data/gt_masks/{split}/{name}/{name}_{number}.png", mask, mode)
        save_audio(folder / f"ms3_data/audio_wav/{split}/{name}.wav", 0.5, channels=2)
    return root


def write_avss(root, subsets=("v1s", "v1m", "v2"), labels="labels_semantic"):
    """AVSBench-semantic: in each subset a video of each split, whose masks hold 0, 70 (woman), 17 (dog) and 1."""
    rows = [
        ("x", f"{subset}{split}_0_5000", 0, 0, "woman_dog_accordion", split, subset)
        for subset in subsets
        for split in SPLITS
    ]
    save_table(root / "metadata.csv", ("vid", "uid", "s_min", "s_sec", "a_obj", "split", "label"), *rows)
    values = {name: place for place, name in enumerate(AVSS_CLASSES, start=1)}  # from 1, as published
    (root / "label2idx.json").write_text(json.dumps(values))
    for _, uid, *_, split, subset in rows:
        seconds = 10 if subset == "v2" else 5
        for second in range(seconds):
            save_image(root / f"{subset}/{uid}/frames/{second}.jpg", 10 * second, size=24)
            if (subset, split) != ("v1s", "train") or second == 0:
                path = root / f"{subset}/{uid}/{labels}/{second}.png"
                save_mask(path, quarters(0, 70, 17, 1, size=24), "RGB" if labels == "labels_rgb" else "L")
        save_audio(root / f"{subset}/{uid}/audio.wav", 0.125, seconds)
    return root


COLUMNS = ("img_Id", "ann_Ids", "cateName", "cateId", "vgg_file", "audio_pos", "split")
CAR, AIRPLANE, DOG = ("car", 3), ("airplane", 5), ("dog", 18)


def write_vpo(root, mode="L"):
    """VPO with its three parts: masks of categories 0, 3 (car), 5 (airplane) and 255; recordings beside it.

    VPO-SS has two objects in image 7 (train) and one in 8 (val); VPO-MS two recordings for image 9; VPO-MSMI the
    same image 9, borrowed, and image 10 of its own.
    """
    vpo = root / "VPO"
    rows = [(7, 71, *CAR, "car_000001", 0.25, "train"), (7, 72, *AIRPLANE, "plane_000002", 1.0, "train")]
    rows += [(8, 81, *DOG, "dog_000003", 0.5, "val")]
    save_table(vpo / "VPO-SS/vpo_ss_data_stereo.csv", COLUMNS, *rows)
    for image, instance, category, *_ in rows:
        save_image(vpo / f"VPO-SS/data/{category}/{image:012d}.jpg", 50)
        save_mask(vpo / f"VPO-SS/mask/{category}/{image:012d}_{instance:012d}.png", quarters(0, 3, 5, 255), mode)
    both = [(9, 91, *CAR, "car_000001", 0.25, "train"), (9, 92, *AIRPLANE, "plane_000002", 1.0, "train")]
    save_table(vpo / "VPO-MS/vpo_ms_data_stereo.csv", COLUMNS, *both)
    own = [(10, 101, *DOG, "dog_000003", 0.0, "val", 1), (10, 102, *DOG, "car_000001", 1.0, "val", 1)]
    lent = [(*row, 0) for row in both]
    save_table(vpo / "VPO-MSMI/vpo_msmi_data_stereo.csv", (*COLUMNS, "multi_instance"), *lent, *own)
    for part, image in (("VPO-MS", 9), ("VPO-MSMI", 10)):
        save_image(vpo / f"{part}/data/{image:012d}.jpg", 10 * image)
        save_mask(vpo / f"{part}/mask/{image:012d}.png", quarters(0, 3, 5, 255), mode)
    for file, level in (("car_000001", 0.25), ("plane_000002", 0.5), ("dog_000003", -0.25)):
        save_audio(root / f"vggsound_bench/VGGSound/audios/{file}.wav", level, seconds=4)
    return root


WRITERS = {"s4": write_s4, "ms3": write_ms3, "avss": write_avss, "vpo": write_vpo}
