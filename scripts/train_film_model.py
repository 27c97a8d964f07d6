"""Train a model on film-like frames: python scripts/train_film_model.py LIBRARY PHOTOS OUT [KEY=VALUE…].

LIBRARY is that of `ravs library`, without what the examples show; PHOTOS has images/ and an instances.json in COCO's
form. The same command resumes. KEYs are those of src/ravs/training/film/film_training_settings.py, whose defaults
make `ravs-film`. The model is OUT/model. See docs/training.md.
"""

import sys
from pathlib import Path

from ravs.errors import RavsError
from ravs.training.film.film_pipeline import train_film_model
from ravs.training.film.film_training_settings import read_film_settings

HELD_OUT = Path(__file__).parent.parent / "examples" / "held_out.csv"


def main(library: Path, photos: Path, out: Path, changes: list[str]) -> None:
    """Train, and say on stderr how far it is and on stdout where the model is."""
    settings = read_film_settings(changes)
    model = train_film_model(out, library, photos, settings, held_out=HELD_OUT, report=_report)
    sys.stdout.write(f"{model}\n")


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
    except RavsError as error:
        sys.exit(str(error))
