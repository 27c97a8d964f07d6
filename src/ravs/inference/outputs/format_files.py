"""Which entries of a result folder each format consists of."""

DOCUMENT = "NAME.json"  # stands for the name that the folder gives its document

FORMAT_FILES = {
    "overlay": ("overlay.mp4",),
    "masks": ("masks",),
    "uncertainty": ("uncertainty",),
    "json": (DOCUMENT,),
    "timeline": ("timeline.csv", "timeline.vtt", "timeline.srt", "timeline.rttm", "timeline.txt"),
    "coco": ("coco.json",),
    "yolo": ("yolo",),
    "cvat": ("cvat.xml",),
    "labelstudio": (
        "labelstudio-brush.json",
        "labelstudio-brush.xml",
        "labelstudio-timeline.json",
        "labelstudio-timeline.xml",
    ),
    "npz": ("masks.npz",),
    "prompts": ("prompts.json", "prompts.npz"),
    "markers": ("markers.fcpxml", "markers.edl"),
    "alpha": ("alpha.mov",),
    "alpha-vp9": ("alpha.webm",),
    "matte": ("matte.mp4",),
}
VIDEOS = ("overlay", "alpha", "alpha-vp9", "matte")  # drawn from the source's frames
EDITOR_VIDEOS = ("alpha", "alpha-vp9", "matte")  # large and slow: no part of all formats
