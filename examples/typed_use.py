"""What sounds in a video, from Python with types: mypy --strict takes these lines as it takes yours."""

import sys
from pathlib import Path

import ravs


def describe(video: Path, out: Path) -> list[str]:
    """A line for each event of a video, whose masks and document are saved in a folder."""
    segmenter: ravs.Segmenter = ravs.load("ravs-tiny", device="cpu")
    prediction: ravs.Prediction = segmenter(video, threshold=0.4)
    prediction.save(out, formats=["json", "masks"])
    lines = [f"{one.name}: {one.start_s:.1f} to {one.end_s:.1f} s, {one.score:.2f}" for one in prediction.events]
    areas: list[int] = [sum(found.area for found in frame.objects) for frame in prediction]
    return [*lines, f"{max(areas, default=0)} pixels at most"]


if __name__ == "__main__":
    try:
        sys.stdout.write("\n".join(describe(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
    except ravs.RavsError as error:
        raise SystemExit(str(error)) from error
