"""After `import ravs` the auto classes and pipelines of transformers know our models, and nothing is imported for it.

transformers has no entry points for other packages: a class is registered by a call, for which both have to be imported
(four seconds). So each call waits until transformers' own module of auto classes is imported by whoever needs it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

AFTER = {
    "transformers.models.auto.configuration_auto": "ravs.config.model",
    "transformers.models.auto.processing_auto": "ravs.inference.auto_classes",
    "transformers.models.auto.image_processing_auto": "ravs.inference.auto_classes",
    "transformers.models.auto.feature_extraction_auto": "ravs.inference.auto_classes",
    "transformers.pipelines": "ravs.inference.pipeline",
}  # module of transformers: ours that registers with it


class RegisterAfterImport(MetaPathFinder):
    """Finds the modules in `AFTER` as the other finders do, and imports ours once theirs is executed."""

    def __init__(self) -> None:
        self.waiting = dict(AFTER)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that is waited for, whose execution is followed by the import of ours."""
        ours = self.waiting.pop(fullname, None)
        spec = None if ours is None else find_spec(fullname)  # by the other finders: it is no longer waited for
        if ours is None or spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            import_module(ours)

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


def register_with_transformers() -> None:
    """Import what registers our classes: at once for modules of transformers that are there, else with them."""
    if not any(isinstance(finder, RegisterAfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, RegisterAfterImport())
        for module in [theirs for theirs in AFTER if theirs in sys.modules]:
            import_module(AFTER[module])
