from ravs.structures.palette import voc_color

PRINTED = {  # of the PASCAL VOC development kit
    0: (0, 0, 0),
    1: (128, 0, 0),
    2: (0, 128, 0),
    3: (128, 128, 0),
    8: (64, 0, 0),
    42: (64, 128, 64),
    64: (32, 0, 0),
    70: (32, 128, 128),
    255: (224, 224, 192),
}


def test_colors_are_those_that_pascal_voc_prints():
    assert {index: voc_color(index) for index in PRINTED} == PRINTED


def test_all_256_colors_differ():
    assert len({voc_color(index) for index in range(256)}) == 256
