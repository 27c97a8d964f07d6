"""Indices and ranges as the tables of ImageNet's and AudioSet's classes write them."""


def parse_indices(text: str) -> tuple[int, ...]:
    """Indices and ranges, both ends included, separated by semicolons: `7;151-153` is 7, 151, 152, 153."""
    ranges = [part.partition("-") for part in text.split(";") if part]
    return tuple(index for first, _, last in ranges for index in range(int(first), int(last or first) + 1))
