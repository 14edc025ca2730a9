"""Configurations of image processors, and images of many sizes for them.

The sizes that networks have would make tests of an image of 1 x 5000 samples slow, so that these are small; what decides
about a rule (odd differences, sizes around 384, missing fields) is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Configuration = dict[str, Any]

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
OPENAI = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
STEPS = {"do_resize": True, "do_rescale": True, "do_normalize": True, "rescale_factor": 1 / 255}
COCO = {"format": "coco_detection", "do_convert_annotations": True}


def _of(name: str, size: Any, *parts: Configuration, **own: Any) -> Configuration:
    config: Configuration = {"image_processor_type": f"{name}ImageProcessor", "size": size}
    for part in parts:
        config |= part
    return config | own


def _square(edge: int) -> dict[str, int]:
    return {"height": edge, "width": edge}


TRANSFORMERS: dict[str, Configuration] = {
    "vit": _of("ViT", _square(24), STEPS, HALVES, resample=2),
    "vit-nearest": _of("ViT", {"height": 17, "width": 29}, STEPS, HALVES, resample=0),
    "vit-lanczos": _of("ViT", {"height": 31, "width": 18}, STEPS, IMAGENET, resample=1),
    "vit-rescale-alone": _of("ViT", _square(19), STEPS, resample=3, do_normalize=False),
    "vit-normalise-alone": _of("ViT", _square(19), STEPS, HALVES, resample=3, do_rescale=False, image_mean=[127.5] * 3),
    "vit-other-factor": _of("ViT", _square(16), STEPS, IMAGENET, resample=2, rescale_factor=0.00784313725490196),
    "vit-bounded": _of("ViT", {"max_height": 21, "max_width": 33}, STEPS, IMAGENET, resample=2),
    "vit-both-edges": _of("ViT", {"shortest_edge": 20, "longest_edge": 33}, STEPS, IMAGENET, resample=3),
    "vit-feature-extractor": {
        "feature_extractor_type": "ViTFeatureExtractor",
        "do_normalize": True,
        "do_resize": True,
        "resample": 2,
        "size": 18,
        **HALVES,
    },
    "clip": _of(
        "CLIP", {"shortest_edge": 23}, STEPS, OPENAI,
        resample=3, do_center_crop=True, crop_size=_square(23), do_convert_rgb=True,
    ),
    "clip-as-openai-wrote-it": {
        "crop_size": 20, "do_center_crop": True, "do_normalize": True, "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3, "size": 20, **OPENAI,
    },
    "clip-crop-smaller": _of(
        "CLIP", {"shortest_edge": 25}, STEPS, OPENAI, resample=3, do_center_crop=True, crop_size={"height": 18, "width": 21},
    ),
    "clip-crop-larger": _of(
        "CLIP", {"shortest_edge": 14}, STEPS, OPENAI, resample=3, do_center_crop=True, crop_size={"height": 25, "width": 20},
    ),
    "dinov2": _of(
        "Bit", {"shortest_edge": 26}, STEPS, IMAGENET,
        resample=3, do_center_crop=True, crop_size=_square(21), do_convert_rgb=True,
    ),
    "convnext": _of("ConvNext", {"shortest_edge": 21}, STEPS, IMAGENET, resample=3, crop_pct=0.875),
    "convnext-of-a-class-default": _of("ConvNext", {"shortest_edge": 18}, STEPS, IMAGENET, resample=2),
    "siglip": _of("Siglip", _square(22), STEPS, HALVES, resample=3, do_convert_rgb=None),
    "detr": _of("Detr", {"shortest_edge": 20, "longest_edge": 33}, STEPS, IMAGENET, COCO, resample=2, do_pad=True),
    "detr-padded": _of(
        "Detr", {"shortest_edge": 20, "longest_edge": 33}, STEPS, IMAGENET, COCO, resample=2, do_pad=True, pad_size=_square(40),
    ),
    "conditional-detr": _of("ConditionalDetr", {"shortest_edge": 21, "longest_edge": 35}, STEPS, IMAGENET, COCO),
    "deformable-detr": _of("DeformableDetr", {"shortest_edge": 21, "longest_edge": 35}, STEPS, IMAGENET, COCO),
    "grounding-dino": _of("GroundingDino", {"shortest_edge": 21, "longest_edge": 35}, STEPS, IMAGENET, COCO),
    "rt-detr": _of("RTDetr", _square(25), STEPS, IMAGENET, COCO, do_normalize=False, do_pad=False, resample=2),
    "yolos": _of("Yolos", {"shortest_edge": 36, "longest_edge": 52}, STEPS, IMAGENET, COCO, resample=2, do_pad=True),
    "segformer": _of("Segformer", _square(27), STEPS, IMAGENET, resample=2, do_reduce_labels=True),
    "sam": _of(
        "Sam", {"longest_edge": 32}, STEPS, IMAGENET,
        resample=2, do_pad=True, pad_size=_square(32), do_convert_rgb=True,
        mask_size={"longest_edge": 8}, mask_pad_size=_square(8),
    ),
    "sam2": _of("Sam2", _square(30), STEPS, IMAGENET, resample=2, mask_size=_square(8)),
    "beit": _of("Beit", _square(28), STEPS, HALVES, resample=3, do_center_crop=True, crop_size=_square(23)),
    "deit": _of("DeiT", _square(26), STEPS, HALVES, resample=3, do_center_crop=True, crop_size=_square(23)),
    "mobilenet-v1": _of("MobileNetV1", {"shortest_edge": 25}, STEPS, HALVES, do_center_crop=True, crop_size=_square(22)),
    "mobilenet-v2": _of("MobileNetV2", {"shortest_edge": 25}, STEPS, HALVES, do_center_crop=True, crop_size=_square(22)),
    "mobilevit": _of(
        "MobileViT", {"shortest_edge": 28}, STEPS,
        resample=2, do_center_crop=True, crop_size=_square(25), do_flip_channel_order=True,
    ),
    "efficientnet": _of("EfficientNet", _square(24), STEPS, IMAGENET, resample=0, include_top=True, rescale_offset=False),
    "efficientnet-offset": _of(
        "EfficientNet", _square(24), STEPS, IMAGENET,
        resample=2, include_top=False, rescale_offset=True, rescale_factor=1 / 127.5, do_center_crop=True, crop_size=_square(21),
    ),
    "layoutlmv2": _of("LayoutLMv2", _square(24), do_resize=True, resample=2, apply_ocr=False),
    "layoutlmv3": _of("LayoutLMv3", _square(24), STEPS, HALVES, resample=2, apply_ocr=False),
    "llava": _of(
        "Llava", {"shortest_edge": 23}, STEPS, OPENAI, resample=3, do_center_crop=True, crop_size=_square(23), do_convert_rgb=True,
    ),
    "llava-padded": _of(
        "Llava", {"shortest_edge": 23}, STEPS, OPENAI,
        resample=3, do_center_crop=True, crop_size=_square(23), do_convert_rgb=True, do_pad=True,
    ),
    "levit": _of("Levit", {"shortest_edge": 21}, STEPS, IMAGENET, resample=3, do_center_crop=True, crop_size=_square(21)),
    "poolformer": _of(
        "PoolFormer", {"shortest_edge": 21}, STEPS, IMAGENET, resample=3, crop_pct=0.9, do_center_crop=True, crop_size=_square(21),
    ),
    "pvt": _of("Pvt", _square(23), STEPS, IMAGENET, resample=2),
    "blip": _of("Blip", _square(23), STEPS, OPENAI, resample=3, do_convert_rgb=True),
    "owlvit": _of("OwlViT", _square(25), STEPS, OPENAI, resample=3, do_center_crop=False, crop_size=_square(25)),
    "perceiver": _of("Perceiver", _square(22), STEPS, IMAGENET, resample=3, do_center_crop=True, crop_size=_square(26)),
    "dpt": _of("DPT", _square(28), STEPS, HALVES, resample=3, keep_aspect_ratio=False, ensure_multiple_of=1),
    "dpt-multiple": _of("DPT", _square(28), STEPS, HALVES, resample=3, keep_aspect_ratio=True, ensure_multiple_of=7),
}

#: Resampled by Pillow alone: PyTorch has no such filter.
PILLOW_ALONE: dict[str, Configuration] = {
    "vit-box": _of("ViT", {"height": 17, "width": 22}, STEPS, HALVES, resample=4),
    "vit-hamming": _of("ViT", {"height": 17, "width": 22}, STEPS, HALVES, resample=5),
}

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TIMM: dict[str, Configuration] = {
    "timm": {"input_size": (3, 21, 21), "interpolation": "bicubic", "crop_pct": 0.875, "mean": _MEAN, "std": _STD},
    "timm-center": {
        "input_size": (3, 22, 22), "interpolation": "bilinear", "crop_pct": 0.95, "crop_mode": "center",
        "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5),
    },
    "timm-not-square": {
        "input_size": (3, 18, 27), "interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "center", "mean": _MEAN, "std": _STD,
    },
    "timm-squash": {
        "input_size": (3, 24, 20), "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "squash", "mean": _MEAN, "std": _STD,
    },
    "timm-squash-crop": {
        "input_size": (3, 24, 24), "interpolation": "bilinear", "crop_pct": 0.9, "crop_mode": "squash", "mean": _MEAN, "std": _STD,
    },
    "timm-border": {
        "input_size": (3, 25, 25), "interpolation": "bicubic", "crop_pct": 0.965, "crop_mode": "border", "mean": _MEAN, "std": _STD,
    },
    "timm-defaults": {"input_size": (3, 16, 16)},
}

#: By what the presets are made with.
PRESETS: dict[str, Configuration] = {
    "classification": {"crop_size": 22, "resize_size": 25, "mean": _MEAN, "std": _STD, "interpolation": "bilinear"},
    "classification-bicubic": {"crop_size": 24, "resize_size": 24, "interpolation": "bicubic"},
    "classification-crop-larger": {"crop_size": 26, "resize_size": 21},
    "segmentation": {"resize_size": 26, "interpolation": "bilinear"},
    "segmentation-as-it-is": {"resize_size": None},
}

_TO_FLOAT = [["ToImage", {}], ["ToDtype", {"dtype": "float32", "scale": True}]]
_NORMALISE = ["Normalize", {"mean": _MEAN, "std": _STD}]
COMPOSED: dict[str, Configuration] = {
    "v2": {"transforms": [["Resize", {"size": 26}], ["CenterCrop", {"size": 21}], *_TO_FLOAT, _NORMALISE]},
    "v2-bicubic": {
        "transforms": [
            ["Resize", {"size": [24, 31], "interpolation": "bicubic"}], ["CenterCrop", {"size": [19, 36]}], *_TO_FLOAT, _NORMALISE,
        ]
    },
    "v2-bounded": {"transforms": [["Resize", {"size": 20, "max_size": 33}], *_TO_FLOAT]},
    "v2-without-scale": {
        "transforms": [["Resize", {"size": 20}], ["ToImage", {}], ["ToDtype", {"dtype": "float32"}], _NORMALISE]
    },
}

#: (height, width)
SIZES = [
    (1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (5, 3), (1, 40), (40, 1), (1, 5000), (5000, 1), (2, 900), (900, 2),
    (7, 7), (13, 17), (17, 13), (20, 20), (20, 33), (33, 20), (21, 22), (22, 21), (23, 23), (24, 24), (25, 24), (26, 30),
    (30, 26), (31, 31), (32, 32), (33, 57), (57, 33), (36, 36), (37, 36), (36, 48), (52, 36), (40, 40), (45, 90), (90, 45),
    (61, 50), (64, 48), (75, 75), (50, 133), (133, 50), (99, 101), (101, 99), (128, 96), (120, 160), (160, 120), (150, 149),
    (171, 256), (256, 171), (211, 97), (97, 211), (240, 320), (333, 251), (19, 500), (500, 19), (384, 385),
]  # fmt: skip


def image(size: tuple[int, int], number: int, channels: int = 3) -> np.ndarray:
    """Noise for even numbers; for odd ones like a photograph: smooth, with edges, and a little noise."""
    random = np.random.default_rng([number, *size])
    shape = (*size, channels) if channels > 1 else size
    if number % 2 == 0:
        return random.integers(0, 256, shape, dtype=np.uint8)
    y, x = (np.linspace(0, 1, length) for length in size)
    levels = np.zeros((*size, channels))
    for _ in range(4):
        waves, phase = random.uniform(0.5, 6, 2), random.uniform(0, 7, channels)
        levels += np.sin(6.28 * (waves[0] * y[:, None] + waves[1] * x))[..., None] * np.cos(phase)
    levels[y > 0.6] += 1.5
    levels[:, x < 0.3] -= 1.0
    levels = 128 + 40 * levels + random.normal(0, 3, levels.shape)
    return np.clip(np.round(levels), 0, 255).astype(np.uint8).reshape(shape)
