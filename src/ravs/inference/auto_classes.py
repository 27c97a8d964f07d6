"""Registers the processor and its parts with transformers' AutoProcessor, AutoImageProcessor, AutoFeatureExtractor."""

from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoProcessor

from ravs.config import RavsConfig
from ravs.inference.feature_extractor import RavsFeatureExtractor
from ravs.inference.image_processor import RavsImageProcessor
from ravs.inference.processor import RavsProcessor

AutoProcessor.register(RavsConfig, RavsProcessor)
AutoImageProcessor.register(RavsConfig, slow_image_processor_class=RavsImageProcessor)
AutoFeatureExtractor.register(RavsConfig, RavsFeatureExtractor)
