"""Categories, mask values and published counts of the field's data sets; marked where not verified."""

_S4 = """
ambulance_siren baby_laughter cap_gun_shooting cat_meowing chainsawing_trees coyote_howling dog_barking
driving_buses female_singing helicopter horse_clip-clop lawn_mowing lions_roaring male_speech mynah_bird_singing
playing_acoustic_guitar playing_glockenspiel playing_piano playing_tabla playing_ukulele playing_violin race_car
typing_on_computer_keyboard
"""
S4_CATEGORIES = tuple(_S4.split())  # one for each video of S4; its masks hold no classes

VPO_VALUES = {
    "background": 0,
    "airplane": 5,
    "baby": 94,
    "bird": 16,
    "bus": 6,
    "car": 3,
    "cat": 17,
    "cell phone": 77,
    "cow": 21,
    "dog": 18,
    "elephant": 22,
    "female": 93,
    "horse": 19,
    "keyboard": 76,
    "male": 92,
    "motorcycle": 4,
    "mouse": 74,
    "sheep": 20,
    "skateboard": 41,
    "sports ball": 37,
    "tennis racket": 43,
    "zebra": 24,
}  # value in masks by class, in index order: the COCO category, with person split into 92, 93 and 94

# Videos, or images of VPO. Totals of S4, MS3 and VPO are from the papers, as are the splits of S4. From memory, not
# verified: the splits of MS3 and VPO, and all of v1s, v1m and v2, whose sums are the quoted 8,498, 1,304 and 1,554.
PUBLISHED_COUNTS = {
    ("s4", "train"): 3452,
    ("s4", "val"): 740,
    ("s4", "test"): 740,
    ("ms3", "train"): 296,
    ("ms3", "val"): 64,
    ("ms3", "test"): 64,
    ("v1s", "train"): 3452,
    ("v1s", "val"): 740,
    ("v1s", "test"): 740,
    ("v1m", "train"): 296,
    ("v1m", "val"): 64,
    ("v1m", "test"): 64,
    ("v2", "train"): 4750,
    ("v2", "val"): 500,
    ("v2", "test"): 750,
    ("VPO-SS", "train"): 11312,
    ("VPO-SS", "test"): 890,
    ("VPO-MS", "train"): 8380,
    ("VPO-MS", "test"): 1437,
    ("VPO-MSMI", "train"): 11080,
    ("VPO-MSMI", "test"): 1775,
}


def published_counts(*subsets: str) -> dict[tuple[str, str], int]:
    """The published number of videos of these subsets, by subset and split."""
    return {key: count for key, count in PUBLISHED_COUNTS.items() if key[0] in subsets}
