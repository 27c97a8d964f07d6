"""The card that a saved model gets: how to load it, and what its classes are."""

from typing import Any

TEMPLATE = """---
library_name: ravs
pipeline_tag: image-segmentation
tags: [audio-visual-segmentation]
---

# A model of RAVS

Segments the objects that make the sound in a video: method `{method}`, {count} classes.

```python
import ravs

segmenter = ravs.load("FOLDER")  # this folder, or the name of its repository
for second in segmenter.stream("clip.mp4"):
    print(second.time_s, [(found.name, found.score) for found in second.objects])
```

With transformers:

```python
import ravs
from transformers import AutoModel, AutoProcessor

model = AutoModel.from_pretrained("FOLDER")
processor = AutoProcessor.from_pretrained("FOLDER")
inputs = processor(images=frames, audio=audio, sampling_rate=48000, return_tensors="pt")
outputs = model(**inputs)
masks = processor.post_process_semantic_segmentation(outputs, target_sizes=[(720, 1280)])
```

`frames`: one for each second, (seconds, height, width, 3) uint8; `audio`: (channels, samples) float.

Classes: {classes}.

To be written: the data it was trained on and its license, results, known failures, what it is not for.
"""


def model_card(config: Any) -> str:
    """A card in Markdown, with the header that the Hugging Face hub reads, for a model of this configuration."""
    return TEMPLATE.format(method=config.model_type, count=len(config.classes), classes=", ".join(config.classes))
