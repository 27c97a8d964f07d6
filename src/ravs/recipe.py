"""Training recipes: one YAML file a setting, strict, with every default written where it can be read."""

from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ravs.errors import InputError

TASKS = ("tagging", "segmentation")


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """Which composed clips are trained on. Pictures are rendered once into a pool, their sound is drawn each epoch."""

    scenes: int = 2400
    renewed: float = 0.1  # share of the scenes that give way to new ones before each epoch but the first
    size: int = 128  # side of the pictures
    seconds: int = 5  # of each clip in a step, a random run of its five
    everything: bool = False  # masks show all that is in view, whether or not it sounds: sight alone, step 2 of tiny
    muted: bool = False  # silence every clip: the deaf control
    seed: int = 1
    held_out: str | None = "examples/held_out.csv"  # parts that are never trained on
    shares: dict[str, float] = field(default_factory=lambda: {"ss": 0.3, "ms": 0.3, "msmi": 0.3, "negative": 0.1})
    validation_clips: int = 100  # of each subset
    validation_size: int = 128
    validation_seed: int = 100


@dataclass(frozen=True, kw_only=True)
class OptimiserRecipe:
    """AdamW with linear warm-up and cosine decay to zero; pretrained encoders at a lower rate."""

    steps: int = 1000
    batch_size: int = 8  # clips
    learning_rate: float = 1e-3
    encoder_rate: float = 0.3  # times learning_rate, for both encoders
    frozen_stages: int = 0  # of the visual encoder, from the first; ImageNet's edges need no change
    weight_decay: float = 0.05
    warmup_steps: int = 50
    max_grad_norm: float = 1.0
    evaluate_every: int = 250  # steps; checkpoints are written then, too
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run. `initial` names a folder of a model whose weights it starts from, whole."""

    task: str = "segmentation"
    preset: str = "ravs-tiny"
    model: dict[str, Any] = field(default_factory=dict)
    visual_weights: str | None = None  # "imagenet", or a file of the authors' format
    audio_weights: str | None = None  # folder of a tagging run
    sight_weights: str | None = None  # folder of a run on everything in view: encoder, decoder, temporal and heads
    initial: str | None = None
    data: DataRecipe = field(default_factory=DataRecipe)
    training: OptimiserRecipe = field(default_factory=OptimiserRecipe)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise InputError(f"task is {self.task!r}; it must be one of {', '.join(TASKS)}")

    def as_dict(self) -> dict[str, Any]:
        """Every key with its value, as it is saved with a run."""
        return asdict(self)


def read_recipe(path: str | Path, changes: tuple[str, ...] = ()) -> Recipe:
    """A recipe from its YAML file, with changes such as `training.learning_rate=1e-4`.

    Raises: InputError for a misspelt key, with the nearest right one, or for a value that does not fit.
    """
    import yaml

    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise InputError(f"{path}: no recipe can be read there ({error.strerror}); recipes lie in recipes/") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not a YAML file ({error})") from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds {type(values).__name__}, not keys with values")
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise InputError(f"--set {change}: write KEY=VALUE, for example training.steps=100")
        *parents, last = key.split(".")
        place = values
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = yaml.safe_load(text)
    sections = {"data": DataRecipe, "training": OptimiserRecipe}
    known = {
        key: _build(sections[key], value, f"{key}.") if key in sections else value for key, value in values.items()
    }
    recipe: Recipe = _build(Recipe, known, "")
    return recipe


def _build(kind: Any, values: dict[str, Any], prefix: str) -> Any:
    names = {f.name: f for f in fields(kind)}
    for key, value in values.items():
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"keys are {', '.join(names)}"
            raise InputError(f"unknown key {prefix}{key} in the recipe; {hint}")
        if names[key].type is float and isinstance(value, str):
            values = values | {key: float(value)}  # YAML reads 1e-4 as text
        elif names[key].type in (int, float) and not isinstance(value, int | float):
            raise InputError(f"{prefix}{key} is {value!r}; it must be a number")
    return kind(**values)
