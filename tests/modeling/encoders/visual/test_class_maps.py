import math

import pytest
import torch
from PIL import Image, ImageDraw
from torch.nn import functional as F

from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.encoders.pretrained import lite0_file, load_encoder
from ravs.modeling.encoders.visual.class_maps import ImageNetClassMaps, sum_over_classes
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.encoders.visual.imagenet_classes import imagenet_indices

HEAD_SHAPES = {
    "_conv_head.weight": (1280, 320, 1, 1),
    **{f"_bn1.{part}": (1280,) for part in ("weight", "bias", "running_mean", "running_var")},
    "_bn1.num_batches_tracked": (),
    "_fc.weight": (1000, 1280),
    "_fc.bias": (1000,),
}


def classify(state, last_map):
    """The package's own head: convolution, batch norm, ReLU6, mean over the image, classifier."""
    hidden = F.conv2d(last_map, state["_conv_head.weight"])
    norm = [state[f"_bn1.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    hidden = F.relu6(F.batch_norm(hidden, *norm, False, 0.0, 1e-3))
    return F.linear(hidden.mean((2, 3)), state["_fc.weight"], state["_fc.bias"])


def clock_at_the_left():
    """A normalized image, twice as wide as high, whose left half shows a clock's face and whose right half nothing."""
    image = Image.new("RGB", (384, 192), (120, 115, 100))
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 8, 184, 184), fill=(250, 250, 245), outline=(20, 20, 20), width=8)
    for hour in range(12):
        x, y = math.sin(hour * math.pi / 6), math.cos(hour * math.pi / 6)
        draw.line((96 + 62 * x, 96 - 62 * y, 96 + 76 * x, 96 - 76 * y), fill="black", width=5)
    draw.line((96, 96, 141, 84), fill="black", width=6)
    draw.line((96, 96, 86, 34), fill="black", width=4)
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).reshape(192, 384, 3).permute(2, 0, 1) / 255
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
    return ((pixels - mean) / std)[None]


@pytest.fixture(scope="module")
def state(random_state):
    return random_state(HEAD_SHAPES)


@pytest.fixture(scope="module")
def last_map():
    return torch.randn(2, 320, 3, 5, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def dog_cat_person(state, tmp_path):
    torch.save(state, tmp_path / "theirs.pth")
    maps = ImageNetClassMaps(["dog", "cat", "person"])
    load_encoder(maps, "efficientnet-lite0-head", tmp_path / "theirs.pth")
    return maps


@torch.inference_mode()
def test_the_mean_of_the_logits_is_the_original_classifiers_answer(state, last_map, dog_cat_person):
    found = dog_cat_person.logits(last_map)
    assert found.shape == (2, 1000, 3, 5)
    torch.testing.assert_close(found.mean((2, 3)), classify(state, last_map), atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_each_place_is_classified_by_itself_and_summed_by_the_table(state, last_map, dog_cat_person):
    maps = dog_cat_person(last_map)
    for row in range(3):
        for column in range(5):
            place = last_map[:, :, row : row + 1, column : column + 1]
            probabilities = classify(state, place).softmax(1)
            for index, name in enumerate(("dog", "cat")):
                wanted = sum(probabilities[:, one] for one in imagenet_indices()[name])
                torch.testing.assert_close(maps[:, index, row, column], wanted, atol=1e-5, rtol=1e-3)


def test_classes_without_imagenet_classes_have_a_zero_map(last_map):
    maps = ImageNetClassMaps(["background", "person", "dog"])(last_map)
    assert maps[:, :2].eq(0).all()
    assert maps[:, 2].gt(0).all()


def test_probabilities_are_summed_over_the_classes_listed_and_the_rest_is_dropped():
    probabilities = torch.tensor([0.1, 0.2, 0.3, 0.4])[None, :, None, None]
    sums = sum_over_classes(probabilities, [(0, 2), (), (3,)])
    torch.testing.assert_close(sums.flatten(), torch.tensor([0.4, 0.0, 0.4]))


def test_training_leaves_it_frozen(last_map, dog_cat_person):
    before = {key: value.clone() for key, value in dog_cat_person.state_dict().items()}
    dog_cat_person.requires_grad_(True).train()
    maps = dog_cat_person(last_map.clone().requires_grad_())
    assert not maps.requires_grad
    assert not any(parameter.requires_grad for parameter in dog_cat_person.parameters())
    assert all(torch.equal(value, before[key]) for key, value in dog_cat_person.state_dict().items())


def test_probabilities_are_float32_under_autocast(last_map, dog_cat_person):
    with torch.autocast("cpu", torch.bfloat16):
        maps = dog_cat_person(last_map)
    assert maps.dtype == torch.float32
    torch.testing.assert_close(maps, dog_cat_person(last_map), atol=0.05, rtol=0.1)


@torch.inference_mode()
def test_with_the_packages_weights_a_clock_is_seen_where_it_is_drawn():
    encoder, maps = lite0().eval(), ImageNetClassMaps(["clock", "dog"])
    load_encoder(encoder, "efficientnet-lite0")
    load_encoder(maps, "efficientnet-lite0-head")
    last_map = encoder(clock_at_the_left())[-1]
    clock, dog = maps(last_map)[0]
    assert clock[1:5, 1:5].mean() > 0.8 > 0.1 > clock[:, 8:].mean()
    assert (clock > dog)[1:5, 1:5].all()
    original = classify(read_checkpoint(lite0_file()), last_map)
    torch.testing.assert_close(maps.logits(last_map).mean((2, 3)), original, atol=1e-4, rtol=1e-4)
