"""The clips that the page offers, which come with the package, or lie in the checkout that it is run from."""

from pathlib import Path

from ravs.errors import InputError

PACKAGED = Path(__file__).parent / "clips"  # in a wheel
CHECKOUT = Path(__file__).parents[3] / "examples"
EXAMPLES = {
    "Horses, then a voice": "film/horses-and-riders.mp4",
    "An airplane": "film/airplane.mp4",
    "A dog and a piano": "dog-and-piano.mp4",
    "Two drums, one plays": "two-drums.mp4",
}


def example_clip(title: str) -> Path:
    """The file of one of EXAMPLES. Raises: InputError for another title."""
    if title not in EXAMPLES:
        raise InputError(f"no example {title!r}; examples are {', '.join(EXAMPLES)}")
    file = Path(EXAMPLES[title])
    packaged = PACKAGED / file.name
    return packaged if packaged.is_file() else CHECKOUT / file
