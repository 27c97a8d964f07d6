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
    "transformers.models.auto.configuration_auto": "ravs.config.auto_config:register_configurations",
    "transformers.models.auto.processing_auto": "ravs.inference.auto_classes:register_processor",
    "transformers.models.auto.image_processing_auto": "ravs.inference.auto_classes:register_image_processor",
    "transformers.models.auto.feature_extraction_auto": "ravs.inference.auto_classes:register_feature_extractor",
    "transformers.pipelines": "ravs.inference.pipeline",
}  # module of transformers: our module that registers with it, or module:function


def register_after(module: str) -> None:
    """Call what registers our classes with a module of transformers that is imported."""
    ours, _, function = AFTER[module].partition(":")
    module_of_ours = import_module(ours)
    if function:
        getattr(module_of_ours, function)()


class RegisterAfterImport(MetaPathFinder):
    """Finds the modules in `AFTER` as the other finders do, and registers our classes once theirs is executed."""

    def __init__(self) -> None:
        self.searched: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The other finders' spec of a module in `AFTER`, whose execution is followed by the registration."""
        if fullname not in AFTER or fullname in self.searched:
            return None
        self.searched.add(fullname)
        try:
            spec = find_spec(fullname)  # which asks this finder, too
        finally:
            self.searched.remove(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                register_after(fullname)

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


def register_with_transformers() -> None:
    """Register our classes: at once with modules of transformers that are imported, with the others when they are."""
    if not any(isinstance(finder, RegisterAfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, RegisterAfterImport())
        for module in [theirs for theirs in AFTER if theirs in sys.modules]:
            register_after(module)
