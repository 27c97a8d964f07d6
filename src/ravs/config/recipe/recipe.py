"""A recipe: everything that determines a training run."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ravs.config.recipe.data import ComposedDataRecipe, DatasetRecipe
from ravs.config.recipe.training import OptimizerRecipe
from ravs.config.validation import check_choice
from ravs.errors import InputError

if TYPE_CHECKING:
    from ravs.config import RavsConfig

TASKS = ("tagging", "segmentation")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A training run. `initial` names a model whose weights it starts from; classes may differ."""

    task: str = "segmentation"
    preset: str = "ravs-tiny"
    model: dict[str, Any] = field(default_factory=dict)
    visual_weights: str | None = None  # "imagenet", a file in the authors' format, or the folder of a run
    audio_weights: str | None = (
        None  # "aisfx", "yamnet", "yamnet-panorama", folder of a tagging run, or a file in the authors' format
    )
    sight_weights: str | None = None  # folder of a run on everything in view: all but audio encoder and alignments
    initial: str | None = None  # folder of a complete model, in place of the three above
    data: ComposedDataRecipe | DatasetRecipe = field(default_factory=ComposedDataRecipe)
    training: OptimizerRecipe = field(default_factory=OptimizerRecipe)

    def __post_init__(self) -> None:
        check_choice("task", self.task, TASKS)
        if self.task == "tagging" and (isinstance(self.data, DatasetRecipe) or self.training.steps is None):
            raise InputError(
                "task is 'tagging', which learns from endless mixtures of a library: give training.steps, no set"
            )
        if self.initial is not None:
            for name in ("visual_weights", "audio_weights", "sight_weights"):
                if getattr(self, name) is not None:
                    raise InputError(
                        f"initial is {self.initial!r}, a whole model, and {name} is {getattr(self, name)!r}: give one "
                        "of them, and set the other to null"
                    )

    def as_dict(self) -> dict[str, Any]:
        """All keys and values, as saved with a run."""
        return asdict(self)


def resolve_config(recipe: Recipe) -> "RavsConfig":
    """The model's configuration: the preset with the recipe's changes."""
    from ravs.config import RavsConfig

    return RavsConfig.preset(recipe.preset, **recipe.model)
