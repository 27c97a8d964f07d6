"""The task "audio-visual-segmentation" of transformers' `pipeline`, on videos and on arrays."""

from collections.abc import Mapping
from typing import Any

from PIL import Image
from transformers import AutoModelForSemanticSegmentation
from transformers.pipelines import PIPELINE_REGISTRY
from transformers.pipelines.base import Pipeline

from ravs.config.presets import DEFAULT_MODEL, SHIPPED_MODELS
from ravs.errors import InputError
from ravs.inference.segmenter import Segmenter
from ravs.structures.prediction import FramePrediction, Prediction
from ravs.structures.rle import decode_mask

TASK = "audio-visual-segmentation"
ARRAY_KEYS = ("images", "audio", "sampling_rate")


class AudioVisualSegmentationPipeline(Pipeline):  # type: ignore[misc]  # mypy skips transformers' pipelines
    """Finds the objects that make the sound in a video, second by second.

        import ravs
        from transformers import pipeline

        segment = pipeline("audio-visual-segmentation")  # ravs-film; or model=FOLDER
        for found in segment("clip.mp4", threshold=0.5):
            print(found["timestamp"], found["label"], found["score"], found["mask"].size)

    An input is the path of a video, or a dictionary of arrays: `images` (one frame for each second), `audio` and
    `sampling_rate`, as RavsProcessor takes them; or a list of inputs. Keywords are those of `Segmenter.segment`, such
    as `rate`, `threshold` and `start_s`. Weights are float32 unless a dtype is asked for.

    For each input it returns a list, in order of time, of one dictionary for each class that sounds in a second:
    `timestamp`, begin and end of the second of audio; `time`, when its frame is shown, in seconds; `label`; `score`,
    the mean probability inside the mask; `mask`, an image of the frame's size, 255 where it sounds.
    """

    _load_processor = True
    _load_image_processor = False
    _load_video_processor = False
    _load_feature_extractor = False
    _load_tokenizer = False

    def __init__(self, model: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("dtype") in (None, "auto"):
            model = model.float()
        super().__init__(model, *args, **kwargs)
        self.segmenter = Segmenter(self.model, self.processor, name=model.config.name_or_path or "model")

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """One input, or several. Raises: InputError for a batch size, since inputs differ in length."""
        if (kwargs.get("batch_size") or self._batch_size or 1) != 1:
            raise InputError(f"{TASK} takes one input at a time: leave out batch_size")
        return super().__call__(inputs, *args, **kwargs)

    def _sanitize_parameters(self, **choices: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return {}, choices, {}

    def preprocess(self, input_: Any, **_: Any) -> dict[str, Any]:
        """The keywords with which the segmenter is called."""
        if not isinstance(input_, Mapping):
            return {"path": input_}
        arrays = {"images" if key == "videos" else key: value for key, value in input_.items()}
        if sorted(arrays) != sorted(ARRAY_KEYS):
            raise InputError(f"the keys of an input are {', '.join(input_)}; they must be {', '.join(ARRAY_KEYS)}")
        return {
            "frames": arrays["images"],
            "waveform": arrays["audio"],
            "sample_rate_hz": arrays["sampling_rate"],
        }

    def _forward(self, input_tensors: dict[str, Any], **choices: Any) -> Any:
        return {"prediction": self.segmenter.segment(**input_tensors, **choices)}

    def postprocess(self, model_outputs: Any, **_: Any) -> list[dict[str, Any]]:
        """What sounds, in order of time."""
        prediction: Prediction = model_outputs["prediction"]
        return [found for frame in prediction for found in sounding(frame)]

    def save_pretrained(self, save_directory: Any, **kwargs: Any) -> None:
        """Write the model and its processor."""
        self.model.save_pretrained(save_directory, **kwargs)
        self.processor.save_pretrained(save_directory, **kwargs)


def sounding(frame: FramePrediction) -> list[dict[str, Any]]:
    """The sounding objects of one second, as the pipeline returns them."""
    return [
        {
            "timestamp": (frame.start_s, frame.end_s),
            "time": frame.time_s,
            "label": found.name,
            "score": found.score,
            "mask": Image.fromarray(decode_mask(found.rle).astype("uint8") * 255),
        }
        for found in frame.objects
    ]


PIPELINE_REGISTRY.register_pipeline(
    TASK,
    pipeline_class=AudioVisualSegmentationPipeline,
    pt_model=AutoModelForSemanticSegmentation,
    default={"model": (str(SHIPPED_MODELS / DEFAULT_MODEL), "main")},
    type="multimodal",
)
