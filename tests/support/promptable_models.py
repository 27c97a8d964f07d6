"""SAM 2, EdgeTAM and SAM 3 of transformers with random weights, and their processors without torchvision.

transformers' own image and video processors need torchvision, which this environment has not; those here resize by
torch alone. All that concerns prompts is transformers': Sam2VideoProcessor and the sessions.
"""

import torch
import transformers
from torch.nn.functional import interpolate
from transformers.feature_extraction_utils import BatchFeature
from transformers.image_processing_utils import BaseImageProcessor
from transformers.video_processing_utils import VideoProcessorMixin

SIDE, PATCH, WIDTH = 64, 16, 128


class SmallImages(BaseImageProcessor):
    """An image, or a list of one, of (height, width, 3) as pixel values; masks brought back to its size."""

    model_input_names = ["pixel_values"]  # noqa: RUF012
    size = {"height": SIDE, "width": SIDE}  # noqa: RUF012

    def __call__(self, images, segmentation_maps=None, return_tensors="pt"):
        return BatchFeature({"pixel_values": resized(images[None]), "original_sizes": [list(images.shape[:2])]})

    def post_process_masks(self, masks, original_sizes, threshold=0.0, binarize=True, *rest, **more):
        grown = [interpolate(one.float(), tuple(size)) for one, size in zip(masks, original_sizes, strict=True)]
        return [one > threshold for one in grown] if binarize else grown


class SmallVideos(VideoProcessorMixin):
    """A video of (frames, height, width, 3) as pixel values."""

    def __init__(self):
        BaseImageProcessor.__init__(self)

    def __call__(self, videos, device=None, return_tensors="pt"):
        return BatchFeature({"pixel_values_videos": resized(videos)[None], "original_sizes": [videos.shape[1:3]]})


def resized(frames):
    values = torch.from_numpy(frames).movedim(-1, 1).float() / 255
    return interpolate(values, (SIDE, SIDE), mode="bilinear", antialias=True)


def small_processor(kind):
    """A processor class of transformers, for models of SIDE pixels; the types of its parts are not checked."""
    unchecked = type(kind.__name__, (kind,), {"check_argument_for_proper_class": lambda self, name, part: type(part)})
    return unchecked(*((SmallImages(),) if kind is transformers.Sam2Processor else (SmallImages(), SmallVideos())))


def small_model(kind):
    """A model class of transformers with few random weights."""
    torch.manual_seed(0)
    shared = {
        "prompt_encoder_config": {"hidden_size": WIDTH, "image_size": SIDE, "patch_size": PATCH},
        "mask_decoder_config": {
            **{"hidden_size": WIDTH, "mlp_dim": WIDTH, "num_attention_heads": 2, "iou_head_hidden_dim": WIDTH}
        },
    }
    config = kind.config_class
    if kind is transformers.Sam2Model:
        return kind(config(vision_config=hiera(), **shared)).eval()
    memory = {
        **{"memory_attention_hidden_size": WIDTH, "memory_attention_num_layers": 1},
        "memory_encoder_hidden_size": WIDTH,
        **{"memory_fuser_embed_dim": WIDTH, "memory_fuser_intermediate_dim": WIDTH, "memory_fuser_num_layers": 1},
        **{"mask_downsampler_embed_dim": WIDTH, "memory_attention_rope_feat_sizes": [SIDE // PATCH] * 2},
    }
    if kind is transformers.EdgeTamVideoModel:
        memory |= EDGETAM
    vision = vit() if kind is transformers.Sam3TrackerVideoModel else hiera()
    return kind(config(vision_config=vision, image_size=SIDE, **shared, **memory)).eval()


EDGETAM = {
    **{"perceiver_resampler_num_latents": 4, "perceiver_resampler_num_latents_2d": 4},
    "memory_attention_rope_k_sizes": [2, 2],
}


def hiera():
    """The encoder of SAM 2; EdgeTAM's own, of timm, gives maps of the same form."""
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SIDE, SIDE],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 1, 1],
        window_size_per_stage=[8, 4, 4, 4],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[2, 2],
    )
    return transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        fpn_hidden_size=WIDTH,
    )


def vit():
    """The encoder of SAM 3."""
    backbone = transformers.Sam3ViTConfig(
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
        window_size=2,
        global_attn_indexes=[0],
        pretrain_image_size=SIDE,
    )
    return transformers.Sam3VisionConfig(
        backbone_config=backbone, fpn_hidden_size=WIDTH, scale_factors=[4.0, 2.0, 1.0, 0.5]
    )
