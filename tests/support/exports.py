"""Exports of annotation tools, and the masks in them."""

import numpy as np

SMALL = np.zeros((4, 6), bool)
SMALL[1:3, 2:5] = True
# fmt: off
BRUSHED = [0, 0, 0, 96, 57, 27, 254, 31, 0, 183, 255, 108, 2, 223, 254, 27, 0, 0]  # SMALL, encoded by label_studio_sdk
# fmt: on
SQUARE = [2, 1, 5, 1, 5, 3, 2, 3]  # SMALL, as corners
LEFT = np.zeros((4, 6), bool)
LEFT[:, :3] = True


def labels(source, instant, name, second):
    return source.labels(instant(name, second, (4, 6)))


def same(found, *layers):
    """Check that labels are these masks, drawn in order, with class indices from 1."""
    wanted = np.zeros((4, 6), np.uint8)
    for value, mask in layers:
        wanted[mask] = value
    np.testing.assert_array_equal(found, wanted)


def coco(*annotations, **images):
    return {
        "images": [{"id": i, "file_name": n, "width": 6, "height": 4} for n, i in images.items()],
        "annotations": [{"id": n, **one} for n, one in enumerate(annotations)],
        "categories": [{"id": 9, "name": "dog"}, {"id": 2, "name": "truck_bus"}],
    }


def task(name, *results, key="image", **annotation):
    return {"id": 5, "data": {key: name}, "annotations": [{"result": list(results), **annotation}]}


def stroke(name, kind="brushlabels", **value):
    given = value or {"format": "rle", "rle": BRUSHED}
    return {"type": kind, "original_width": 6, "original_height": 4, "value": {kind: [name], **given}}


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <{kind}>
      <size>40</size><mode>interpolation</mode><start_frame>0</start_frame><stop_frame>{stop}</stop_frame>
      <frame_filter>{filter}</frame_filter>
      <labels><label><name>truck_bus</name></label><label><name>dog</name></label></labels>
      <original_size><width>6</width><height>4</height></original_size>
      <source>{source}</source>
    </{kind}>
  </meta>
  {body}
</annotations>
"""
MASK = '<mask frame="{0}" outside="{1}" occluded="0" rle="0, 6" left="2" top="1" width="3" height="2" z_order="1"/>'
POLYGON = (
    '<polygon frame="{0}" outside="{1}" occluded="0" points="0.00,0.00;3.00,0.00;3.00,4.00;0.00,4.00" z_order="{2}"/>'
)
TRACKS = (
    f'<track id="0" label="dog">{MASK.format(9, 0)}{MASK.format(10, 1)}</track>'
    f'<track id="1" label="truck_bus">{"".join(POLYGON.format(n, 0, 0) for n in range(5, 20))}'
    f"{POLYGON.format(20, 1, 0)}</track>"
)


def cvat(body, kind="task", stop=39, source="a.mp4", step=""):
    return CVAT.format(kind=kind, stop=stop, filter=step, source=source, body=body)
