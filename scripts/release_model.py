"""Put a trained run into the package: python scripts/release_model.py RUN LIBRARY [KEY=VALUE of the configuration…].

Writes float16 weights of the classes that are released, the configuration, and the list of the library's parts that
the model was trained on, with their licenses. The model card, README.md of the same folder, is written by hand from
the output of `ravs evaluate`.
"""

import sys
from pathlib import Path

import yaml

from ravs.config import RavsConfig
from ravs.data.library.library import Library
from ravs.inference.processor import RavsProcessor
from ravs.modeling.ravs import RavsModel
from ravs.training.class_transfer import keep_classes
from ravs.training.training_parts import write_training_parts

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src" / "ravs" / "checkpoints" / "ravs-tiny"


def main(run: Path, root: Path, changes: list[str]) -> None:
    """Write the released model; nothing is written unless all weights load."""
    changed = dict(change.split("=") for change in changes)
    model = RavsModel.from_pretrained(run, **{key: yaml.safe_load(value) for key, value in changed.items()})
    released = keep_classes(model, RavsConfig.preset("ravs-tiny").classes)
    released.half().save_pretrained(TARGET)
    RavsProcessor(released.config).save_pretrained(TARGET)
    library = Library.read(root, "train", classes=model.config.classes, held_out=ROOT / "examples" / "held_out.csv")
    write_training_parts(TARGET / "training_parts.csv", library)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
