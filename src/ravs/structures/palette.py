"""One color for each class index, the same in masks, overlays and documents."""


def voc_color(index: int) -> tuple[int, int, int]:
    """Red, green and blue of a class, 0 to 255, by the rule of PASCAL VOC: 1 is (128, 0, 0), 2 is (0, 128, 0).

    Bits of the index, three at a time from the lowest on, become bits of red, green and blue, from the highest down.
    """
    color = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            color[channel] |= (index >> (3 * place + channel) & 1) << (7 - place)
    return color[0], color[1], color[2]
