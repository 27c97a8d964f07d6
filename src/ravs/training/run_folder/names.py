"""The file names of a run's folder."""

from ravs.modeling.checkpoint_file import WEIGHTS_FILE

RECIPE = "recipe.json"  # every key of the recipe
RUN = "run.json"  # versions, commit, data and the model's keys
LOG = "log.jsonl"
UNREADABLE = "unreadable.jsonl"  # clips that could not be read
VALIDATION_IMAGES = "strips"  # folder of validation images
WEIGHTS = WEIGHTS_FILE
METRICS = "figures.json"  # validation metrics; written last: a run that has it is done
WRITING = ".writing"  # folder of what is not complete yet

CACHE = "pool"  # folder beside the run: scenes, composed clips and audio features that runs share

MANIFEST = "files.json"  # of a checkpoint, its last file: the names and sizes of the others
EMA_WEIGHTS = "average.safetensors"  # of a checkpoint, beside its own weights
