"""Configurations of image processors, and images of many sizes for them.

The sizes that networks have would make tests with an image of 1 x 5000 samples slow, so these are small. What tells one
rule from another is there: odd differences, one edge too small, steps and fields left out.
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


def _shortest(edge: int, longest: int | None = None) -> dict[str, int]:
    return {"shortest_edge": edge} if longest is None else {"shortest_edge": edge, "longest_edge": longest}


def _crop(height: int, width: int | None = None) -> Configuration:
    return {"do_center_crop": True, "crop_size": {"height": height, "width": width or height}}


def _pad(edge: int) -> Configuration:
    return {"do_pad": True, "pad_size": _square(edge)}


RGB = {"do_convert_rgb": True}
WIDE = {"height": 11, "width": 18}
LEVELS = {"image_mean": [127.5] * 3, "do_rescale": False}
OFFSET = {"include_top": False, "rescale_offset": True, "rescale_factor": 1 / 127.5}
DETR = STEPS | IMAGENET | COCO
#: The fast processors of transformers 4 write down all that they have.
SAVED_BY_4: Configuration = {
    "image_processor_type": "CLIPImageProcessorFast",
    "default_to_square": False,
    "data_format": "channels_first",
    **dict.fromkeys(("device", "disable_grouping", "do_pad", "input_data_format", "pad_size", "return_tensors")),
}
#: Files of before transformers 4.25 call the class a feature extractor, and have integers as sizes.
OLD_VIT = {"feature_extractor_type": "ViTFeatureExtractor", "size": 11, "resample": 2, "do_normalize": True}
OLD_CLIP = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 13, "crop_size": 13, "resample": 3}

TRANSFORMERS: dict[str, Configuration] = {
    "vit": _of("ViT", _square(15), STEPS, HALVES, resample=2),
    "vit-nearest": _of("ViT", WIDE, STEPS, HALVES, resample=0),
    "vit-lanczos": _of("ViT", {"height": 20, "width": 11}, STEPS, IMAGENET, resample=1),
    "vit-rescale-alone": _of("ViT", _square(12), STEPS, resample=3, do_normalize=False),
    "vit-normalise-alone": _of("ViT", _square(12), STEPS, HALVES, LEVELS, resample=3),
    "vit-levels-alone": _of("ViT", _square(12), do_rescale=False, do_normalize=False),
    "vit-other-factor": _of("ViT", _square(10), STEPS, IMAGENET, resample=2, rescale_factor=0.00784313725490196),
    "vit-bounded": _of("ViT", {"max_height": 13, "max_width": 21}, STEPS, IMAGENET, resample=2),
    "vit-both-edges": _of("ViT", _shortest(13, 21), STEPS, IMAGENET, resample=3),
    "vit-not-resized": _of("ViT", _square(15), STEPS, IMAGENET, do_resize=False),
    "vit-old": OLD_VIT | HALVES,
    "clip": _of("CLIP", _shortest(14), STEPS, OPENAI, RGB, _crop(14), resample=3),
    "clip-old": OLD_CLIP | OPENAI | {"do_center_crop": True, "do_normalize": True, "do_resize": True},
    "clip-crop-smaller": _of("CLIP", _shortest(16), STEPS, OPENAI, _crop(11, 13), resample=3),
    "clip-crop-larger": _of("CLIP", _shortest(9), STEPS, OPENAI, _crop(16, 13), resample=3),
    "clip-square": _of("CLIP", 15, STEPS, OPENAI, _crop(13), resample=3, default_to_square=True),
    "clip-saved-by-4": _of("CLIP", _shortest(14), STEPS, OPENAI, RGB, _crop(14), SAVED_BY_4, resample=3),
    "dinov2": _of("Bit", _shortest(16), STEPS, IMAGENET, RGB, _crop(13), resample=3),
    "convnext": _of("ConvNext", _shortest(13), STEPS, IMAGENET, resample=3, crop_pct=0.875),
    "convnext-without-crop-pct": _of("ConvNext", _shortest(11), STEPS, IMAGENET, resample=2),
    "siglip": _of("Siglip", _square(14), STEPS, HALVES, resample=3, do_convert_rgb=None),
    "detr": _of("Detr", _shortest(13, 21), DETR, resample=2, do_pad=True),
    "detr-padded": _of("Detr", _shortest(13, 21), DETR, _pad(25), resample=2),
    "conditional-detr": _of("ConditionalDetr", _shortest(13, 22), DETR),
    "deformable-detr": _of("DeformableDetr", _shortest(13, 22), DETR),
    "grounding-dino": _of("GroundingDino", _shortest(13, 22), DETR),
    "rt-detr": _of("RTDetr", _square(16), DETR, resample=2, do_normalize=False, do_pad=False),
    "yolos": _of("Yolos", _shortest(36, 52), DETR, resample=2, do_pad=True),
    "yolos-near-longest": _of("Yolos", _shortest(36, 63), DETR, resample=2, do_pad=True),
    "segformer": _of("Segformer", _square(17), STEPS, IMAGENET, resample=2, do_reduce_labels=True),
    "sam": _of("Sam", {"longest_edge": 20}, STEPS, IMAGENET, RGB, _pad(20), mask_size={"longest_edge": 8}),
    "sam2": _of("Sam2", _square(19), STEPS, IMAGENET, resample=2, mask_size=_square(8)),
    "beit": _of("Beit", _square(18), STEPS, HALVES, _crop(13), resample=3),
    "deit": _of("DeiT", _square(16), STEPS, HALVES, _crop(14), resample=3),
    "mobilenet-v1": _of("MobileNetV1", _shortest(16), STEPS, HALVES, _crop(14)),
    "mobilenet-v2": _of("MobileNetV2", _shortest(16), STEPS, HALVES, _crop(13)),
    "mobilevit": _of("MobileViT", _shortest(18), _crop(16), resample=2, do_flip_channel_order=True),
    "efficientnet": _of("EfficientNet", _square(15), STEPS, IMAGENET, resample=0, include_top=True),
    "efficientnet-offset": _of("EfficientNet", _square(15), STEPS, IMAGENET, OFFSET, _crop(13), resample=2),
    "layoutlmv2": _of("LayoutLMv2", _square(15), do_resize=True, resample=2, apply_ocr=False),
    "layoutlmv3": _of("LayoutLMv3", _square(15), STEPS, HALVES, resample=2, apply_ocr=False),
    "llava": _of("Llava", _shortest(14), STEPS, OPENAI, RGB, _crop(14), resample=3),
    "llava-padded": _of("Llava", _shortest(14), STEPS, OPENAI, RGB, _crop(14), resample=3, do_pad=True),
    "levit": _of("Levit", _shortest(13), STEPS, IMAGENET, _crop(13), resample=3),
    "poolformer": _of("PoolFormer", _shortest(13), STEPS, IMAGENET, _crop(13), resample=3, crop_pct=0.9),
    "pvt": _of("Pvt", _square(14), STEPS, IMAGENET, resample=2),
    "blip": _of("Blip", _square(14), STEPS, OPENAI, RGB, resample=3),
    "owlvit": _of("OwlViT", _square(16), STEPS, OPENAI, resample=3, do_center_crop=False, crop_size=_square(16)),
    "perceiver": _of("Perceiver", _square(14), STEPS, IMAGENET, _crop(16), resample=3),
    "dpt": _of("DPT", _square(18), STEPS, HALVES, resample=3, keep_aspect_ratio=False, ensure_multiple_of=1),
    "dpt-multiple": _of("DPT", _square(18), STEPS, HALVES, resample=3, keep_aspect_ratio=True, ensure_multiple_of=7),
}

#: Resampled by Pillow alone: PyTorch has no such filter.
PILLOW_ALONE: dict[str, Configuration] = {
    "vit-box": _of("ViT", WIDE, STEPS, HALVES, resample=4),
    "vit-hamming": _of("ViT", WIDE, STEPS, HALVES, resample=5),
}


def _timm(height: int, width: int, interpolation: str, crop_pct: float, crop_mode: str | None) -> Configuration:
    config = {"input_size": (3, height, width), "interpolation": interpolation, "crop_pct": crop_pct}
    return config | UNIT | ({} if crop_mode is None else {"crop_mode": crop_mode})


UNIT: Configuration = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
TIMM: dict[str, Configuration] = {
    "timm": _timm(13, 13, "bicubic", 0.875, None),
    "timm-center": _timm(14, 14, "bilinear", 0.95, "center") | {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)},
    "timm-not-square": _timm(11, 17, "bicubic", 0.9, "center"),
    "timm-squash": _timm(15, 13, "bicubic", 1.0, "squash"),
    "timm-squash-crop": _timm(15, 15, "bilinear", 0.8, "squash"),
    "timm-border": _timm(16, 16, "bicubic", 0.965, "border"),
    "timm-defaults": {"input_size": (3, 10, 10)},
}

#: By what the presets are made with.
PRESETS: dict[str, Configuration] = {
    "classification": {"crop_size": 14, "resize_size": 16, "interpolation": "bilinear", **UNIT},
    "classification-bicubic": {"crop_size": 15, "resize_size": 15, "interpolation": "bicubic"},
    "classification-crop-larger": {"crop_size": 16, "resize_size": 13},
    "segmentation": {"resize_size": 16, "interpolation": "bilinear"},
    "segmentation-not-resized": {"resize_size": None},
}


def _composed(*steps: tuple[str, Configuration]) -> Configuration:
    return {"transforms": [list(step) for step in steps]}


IMAGE, NORMALISE = ("ToImage", {}), ("Normalize", UNIT)
FLOAT, SCALED = ("ToDtype", {"dtype": "float32"}), ("ToDtype", {"dtype": "float32", "scale": True})


def _resize(size: Any, **options: Any) -> tuple[str, Configuration]:
    return "Resize", {"size": size, **options}


def _centre(*size: int) -> tuple[str, Configuration]:
    return "CenterCrop", {"size": list(size)}


#: Of torchvision.transforms.v2. After ToImage a tensor is resized, before it whatever came.
COMPOSED: dict[str, Configuration] = {
    "v2": _composed(_resize(16), _centre(13), IMAGE, SCALED, NORMALISE),
    "v2-bicubic": _composed(_resize([15, 20], interpolation="bicubic"), _centre(12, 23), IMAGE, SCALED, NORMALISE),
    "v2-tensor": _composed(IMAGE, _resize([14]), _centre(14), SCALED, NORMALISE),
    "v2-nearest": _composed(_resize([14], interpolation="nearest"), _centre(14), IMAGE, SCALED),
    "v2-padded": _composed(
        _resize(15, interpolation="nearest-exact"), ("Pad", {"padding": [3, 0, 2, 5], "fill": 9}), IMAGE, SCALED
    ),
    "v2-bounded": _composed(_resize(13, max_size=21), IMAGE, SCALED),
    "v2-without-scale": _composed(_resize(13), IMAGE, FLOAT, NORMALISE),
}

ALL = {
    "transformers": TRANSFORMERS | PILLOW_ALONE,
    "timm": TIMM,
    "torchvision": PRESETS | COMPOSED,
}

#: (height, width)
SIZES = [
    *[(1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (5, 3), (1, 40), (40, 1), (1, 5000), (5000, 1), (2, 900), (900, 2)],
    *[(7, 7), (9, 40), (40, 9), (13, 13), (13, 17), (17, 13), (14, 15), (15, 14), (15, 15), (16, 16), (20, 20)],
    *[(20, 33), (33, 20), (21, 22), (22, 21), (23, 23), (24, 24), (26, 30), (30, 26), (33, 57), (57, 33), (37, 36)],
    *[(36, 48), (52, 36), (45, 90), (90, 45), (61, 50), (64, 20), (64, 48), (50, 133), (133, 50), (99, 101), (101, 99)],
    *[(120, 160), (160, 120), (150, 149), (171, 256), (211, 97), (97, 211), (240, 320), (333, 251), (19, 500)],
]


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


#: What sr.Preprocess.from_config refuses, and the word of its message that says why.
REFUSED = {
    "dpt-multiple": "keep_aspect_ratio",
    "efficientnet": "include_top",
    "efficientnet-offset": "rescale_offset",
    "llava-padded": "do_pad",
    "perceiver": "PerceiverImageProcessor",
    "v2-padded": "Pad",
}


def conventions(library: str, name: str) -> tuple[str, ...]:
    """The conventions that there are for a configuration of that name."""
    if name in PILLOW_ALONE or name == "timm-border":  # torchvision pads no tensor with a colour
        return ("pillow",)
    return ("pytorch",) if name == "sam2" else ("pytorch", "pillow")
