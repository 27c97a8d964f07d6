"""Registers the processor and its parts with transformers' auto classes, each as soon as transformers has the class.

Each function imports no more than it registers: one of these modules of transformers imports the next.
"""

from ravs.config import RavsConfig


def register_processor() -> None:
    """AutoProcessor gives a RavsProcessor."""
    from transformers.models.auto.processing_auto import AutoProcessor

    from ravs.inference.processor import RavsProcessor

    AutoProcessor.register(RavsConfig, RavsProcessor, exist_ok=True)


def register_image_processor() -> None:
    """AutoImageProcessor gives a RavsImageProcessor."""
    from transformers.models.auto.image_processing_auto import AutoImageProcessor

    from ravs.inference.image_processor import RavsImageProcessor

    AutoImageProcessor.register(RavsConfig, slow_image_processor_class=RavsImageProcessor, exist_ok=True)


def register_feature_extractor() -> None:
    """AutoFeatureExtractor gives a RavsFeatureExtractor."""
    from transformers.models.auto.feature_extraction_auto import AutoFeatureExtractor

    from ravs.inference.feature_extractor import RavsFeatureExtractor

    AutoFeatureExtractor.register(RavsConfig, RavsFeatureExtractor, exist_ok=True)
