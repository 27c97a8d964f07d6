"""Published settings by name (paper, section 4.1; design of ours for tiny and debug)."""

from typing import Any

AVSS_CLASSES = tuple(
    """accordion airplane axe baby bassoon bell bird boat boy bus car cat cello clarinet clipper clock dog donkey drum
    duck elephant emergency-car erhu flute frying-food girl goose guitar gun guzheng hair-dryer handpan harmonica harp
    helicopter hen horse keyboard leopard lion man marimba missile-rocket motorcycle mower parrot piano pig pipa saw
    saxophone sheep sitar sorna squirrel tabla tank tiger tractor train trombone truck trumpet tuba ukulele utv
    vacuum-cleaner violin wolf woman""".split()  # noqa: SIM905 - a list of seventy would fill the page
)
TINY_CLASSES = tuple(
    """airplane bee boat brass car cat cow cricket deer dog drum duck elephant frog goat guitar hammer hen horse lion
    monkey owl parrot person phone piano pig sheep songbird train truck_bus violin_cello woodwind""".split()  # noqa: SIM905
)

# A fused map of width 256 and deep alignments have the parameters of one of 768 and shallower ones, the paper's, at
# four fifths of the time: a map of 768 at stride 4 would alone cost a third of the picture encoder. Like the picture
# encoder's own stages, the decoder stacks of eq. 7 are deep where the map is small, and their layers cheap.
_PAPER: dict[str, Any] = {
    "classes": AVSS_CLASSES,
    "alignment_layers": (4, 6, 11),
    "decoder_width": 256,
    "temporal_width": 64,
    "temporal_heads": 4,
    "uncertainty_scaling": "minmax",
    "loss_classes": "all",
    "loss_size": "picture",
}
_OURS: dict[str, Any] = {
    "visual_encoder": "efficientnet-lite0",
    "audio_encoder": "logmel-cnn",
    "merge_tokens": "audio_visual",
    "position_encoding": "sine",
    "remap": "gated",
    "contrastive_positives": "masks",
    "resize": "keep",
    "tagging_weight": 0.1,
}

PRESETS: dict[str, dict[str, Any]] = {
    "ravs-mit-b5-htsat": _PAPER | {"visual_encoder": "mit-b5", "audio_encoder": "htsat"},
    "ravs-mit-b5-vggish": _PAPER | {"visual_encoder": "mit-b5", "audio_encoder": "vggish"},
    "ravs-pvt-v2-b5-vggish": _PAPER | {"visual_encoder": "pvt-v2-b5", "audio_encoder": "vggish"},
    "ravs-tiny": _OURS
    | {
        "classes": TINY_CLASSES,
        "alignment_width": 96,
        "alignment_layers": 2,
        "decoder_width": 128,
        "temporal_width": 128,
        "temporal_heads": 4,
    },
    "ravs-debug": _OURS
    | {
        "classes": ("dog", "car"),
        "visual_encoder": "debug",
        "image_size": 64,
        "clip_seconds": 2,
        "audio_width": 16,
        "audio_directions": 3,
        "alignment_width": 16,
        "alignment_layers": 1,
        "decoder_width": 16,
        "temporal_width": 16,
        "temporal_heads": 2,
    },
}
