"""Training recipes: one YAML file a setting, strict, with every default written where it can be read."""

from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Any, get_args, get_origin

from ravs.data_recipe import DataRecipe, SetRecipe, check_counts
from ravs.errors import InputError
from ravs.limits import check_number, is_count

TASKS = ("tagging", "segmentation")
KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", dict: "keys with values"}


@dataclass(frozen=True, kw_only=True)
class OptimiserRecipe:
    """AdamW with linear warm-up and cosine decay to zero; pretrained encoders at a lower rate."""

    steps: int | None = None  # of the whole run; 1000 where epochs are not given either
    epochs: int | None = None
    batch_size: int = 8  # clips
    learning_rate: float = 1e-3
    encoder_rate: float = 0.3  # times learning_rate, for both encoders
    frozen_stages: int = 0  # of the visual encoder, from the first; ImageNet's edges need no change
    weight_decay: float = 0.05
    warmup_steps: int = 50
    max_grad_norm: float = 1.0
    evaluate_every: int | None = None  # steps; None: after each epoch. Checkpoints are written then, too
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        given = [name for name in ("steps", "epochs", "evaluate_every") if getattr(self, name) is not None]
        check_counts("training", self, *given, "batch_size")
        if {"steps", "epochs"} <= set(given):
            raise InputError(
                f"training.steps is {self.steps} and training.epochs {self.epochs}: a run lasts for one of them; "
                "set the other to null"
            )
        if self.steps is None and self.epochs is None:
            object.__setattr__(self, "steps", 1000)
        for name in ("learning_rate", "encoder_rate", "weight_decay", "max_grad_norm"):
            check_number(f"training.{name}", getattr(self, name), 0, inf)
        for name in ("frozen_stages", "warmup_steps", "workers", "seed"):
            if getattr(self, name) != 0 and not is_count(getattr(self, name)):
                raise InputError(f"training.{name} is {getattr(self, name)!r}; it must be a whole number from 0 on")


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
    data: DataRecipe | SetRecipe = field(default_factory=DataRecipe)
    training: OptimiserRecipe = field(default_factory=OptimiserRecipe)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise InputError(f"task is {self.task!r}; it must be one of {', '.join(TASKS)}")
        if self.task == "tagging" and (isinstance(self.data, SetRecipe) or self.training.steps is None):
            raise InputError(
                "task is 'tagging', which hears endless mixtures of a library: give training.steps, no set"
            )

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
            if not isinstance(place, dict):
                raise InputError(f"--set {change}: {parent} is no section with keys of its own")
        place[last] = yaml.safe_load(text)
    of_a_set = isinstance(values.get("data"), dict) and "set" in values["data"]
    sections = {"data": SetRecipe if of_a_set else DataRecipe, "training": OptimiserRecipe}
    known = {
        key: _build(sections[key], value, f"{key}.") if key in sections else value for key, value in values.items()
    }
    recipe: Recipe = _build(Recipe, known, "")
    return recipe


def _build(kind: Any, values: Any, prefix: str) -> Any:
    if not isinstance(values, dict):
        raise InputError(f"{prefix.rstrip('.')} is {values!r}; it must be keys with their values")
    names = {f.name: f for f in fields(kind)}
    for key in values:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"keys are {', '.join(names)}"
            raise InputError(f"unknown key {prefix}{key} in the recipe; {hint}")
    return kind(**{key: _fitting(f"{prefix}{key}", value, names[key].type) for key, value in values.items()})


def _fitting(key: str, value: Any, kind: Any) -> Any:
    """The value as its key wants it. Raises: InputError for one of another kind."""
    if kind is float and isinstance(value, str | int) and not isinstance(value, bool):
        with suppress(ValueError):
            return float(value)  # YAML reads 1e-4 as text
    kinds = {dict} if get_origin(kind) is dict else set(get_args(kind) or (kind,))
    if type(value) in kinds or isinstance(value, DataRecipe | SetRecipe | OptimiserRecipe):
        return value
    words = " or ".join(KINDS[one] for one in sorted(kinds, key=str) if one in KINDS)
    raise InputError(f"{key} is {value!r}; it must be {words}")
