"""Labels in Label Studio's JSON."""

from support.exports import LEFT, SMALL, labels, same, stroke, task


def test_label_studio_gives_brush_strokes_and_polygons_in_percent(export, instant):
    polygon = stroke("cat", "polygonlabels", points=[[0, 0], [50, 0], [50, 100], [0, 100]])
    later = {"result": [stroke("dog")], "was_cancelled": True}
    source = export(
        "labelstudio",
        [
            task("/data/upload/1/0a1b2c3d-a_0.png", polygon, stroke("dog")),
            task("/data/local-files/?d=x/a_1.png"),
            {"id": 6, "data": {"image": "a_2.png"}, "annotations": [later]},
            {"id": 7, "data": {"image": "b_0.png"}, "annotations": [{"result": []}, {"result": [stroke("dog")]}]},
            {
                "id": 8,
                "data": {"image": "b_1.png"},
                "annotations": [{"result": [stroke("dog")], "ground_truth": True}, {"result": []}],
            },
        ],
    )
    assert source.classes == ("cat", "dog")
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))
    same(labels(source, instant, "a", 1))  # submitted without a shape: silent
    assert labels(source, instant, "a", 2) is None  # cancelled
    same(labels(source, instant, "b", 0), (2, SMALL))
    same(labels(source, instant, "b", 1), (2, SMALL))
