"""transformers' image processors: the fields of a ``preprocessor_config.json``.

Release 5 has two backends, release 4 slow and fast processors. The files are the same; what differs is read from the
convention: ``torchvision`` and fast are ``"pytorch"``, ``pil`` and slow are ``"pillow"``.

References
----------
transformers 5.24 and 4.57: image_processing_backends.py, image_transforms.py and the image processors of the models.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ._fields import IMAGENET, Fields
from ._steps import Steps

_HALF = (0.5, 0.5, 0.5)
_OPENAI = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
_NEAREST, _LANCZOS, _BILINEAR, _BICUBIC, _BOX, _HAMMING = range(6)
_MODES = {
    _NEAREST: "nearest",
    _LANCZOS: "lanczos",
    _BILINEAR: "bilinear",
    _BICUBIC: "bicubic",
    _BOX: "box",
    _HAMMING: "hamming",
}
_SQUARE_224 = {"height": 224, "width": 224}
_SHORTEST_224 = {"shortest_edge": 224}
_DETR_SIZE = {"shortest_edge": 800, "longest_edge": 1333}


class _Processor(NamedTuple):
    """What an image processor does where its file says nothing."""

    size: dict[str, int]
    resample: int = _BICUBIC
    crop_size: int | None = None
    crops: bool = False
    mean: tuple[float, ...] = _HALF
    std: tuple[float, ...] = _HALF
    normalizes: bool = True
    converts: bool = False
    pads: bool = False
    #: An int as size is a square, and not the shortest edge.
    is_square: bool = True


_DETR = _Processor(_DETR_SIZE, _BILINEAR, None, False, *IMAGENET, pads=True, is_square=False)
_CLIP = _Processor(_SHORTEST_224, _BICUBIC, 224, True, *_OPENAI, converts=True, is_square=False)
_MOBILE_NET = _Processor({"shortest_edge": 256}, _BILINEAR, 224, True, is_square=False)
_SAM_2 = _Processor({"height": 1024, "width": 1024}, _BILINEAR, None, False, *IMAGENET, converts=True)
_PROCESSORS = {
    "Beit": _Processor(_SQUARE_224, crop_size=224),
    "Bit": _CLIP,
    "Blip": _Processor({"height": 384, "width": 384}, _BICUBIC, None, False, *_OPENAI, converts=True),
    "ChineseCLIP": _CLIP,
    "CLIP": _CLIP,
    "ConditionalDetr": _DETR,
    "ConvNext": _Processor({"shortest_edge": 384}, is_square=False),
    "DeformableDetr": _DETR,
    "DeiT": _Processor({"height": 256, "width": 256}, _BICUBIC, 224, True),
    "Detr": _DETR,
    "DPT": _Processor({"height": 384, "width": 384}),
    "EfficientNet": _Processor({"height": 346, "width": 346}, _BICUBIC, 289),
    "GroundingDino": _DETR,
    "LayoutLMv2": _Processor(_SQUARE_224, _BILINEAR, normalizes=False),
    "LayoutLMv3": _Processor(_SQUARE_224, _BILINEAR),
    "Levit": _Processor(_SHORTEST_224, _BICUBIC, 224, True, *IMAGENET, is_square=False),
    "Llava": _CLIP,
    "MobileNetV1": _MOBILE_NET,
    "MobileNetV2": _MOBILE_NET,
    "MobileViT": _Processor(_SHORTEST_224, _BICUBIC, 256, True, normalizes=False, is_square=False),
    "OwlViT": _Processor({"height": 768, "width": 768}, _BICUBIC, 768, False, *_OPENAI, converts=True),
    "PoolFormer": _Processor(_SHORTEST_224, _BICUBIC, 224, True, *IMAGENET, is_square=False),
    "Pvt": _Processor(_SQUARE_224, _BICUBIC, None, False, *IMAGENET),
    "RTDetr": _Processor({"height": 640, "width": 640}, _BILINEAR, None, False, *IMAGENET, normalizes=False),
    "Sam": _Processor({"longest_edge": 1024}, _BILINEAR, None, False, *IMAGENET, converts=True, pads=True),
    "Sam2": _SAM_2,
    "Sam3": _SAM_2._replace(size={"height": 1008, "width": 1008}, mean=_HALF, std=_HALF),
    "Segformer": _Processor({"height": 512, "width": 512}, _BILINEAR, None, False, *IMAGENET),
    "Siglip": _Processor(_SQUARE_224, converts=True, is_square=False),
    "ViT": _Processor(_SQUARE_224, _BILINEAR),
    "Yolos": _DETR,
}
# DETR's family: shortest and longest edge, no crop.
_DETECTORS = ("ConditionalDetr", "DeformableDetr", "Detr", "GroundingDino", "RTDetr", "Yolos")
# Those that leave a step out, whatever their file says.
_UNCROPPED = (*_DETECTORS, "LayoutLMv2", "Segformer")
_UNPADDED = ("Beit", "ConvNext", "EfficientNet", "LayoutLMv2", "LayoutLMv3", "MobileNetV2", "MobileViT", "Segformer")
_UNSCALED = ("LayoutLMv2",)
_UNNORMALIZED = ("LayoutLMv2", "MobileViT")
# Bookkeeping, and what concerns annotations, label maps and words.
_WITHOUT_EFFECT = (
    "_processor_class",
    "_valid_processor_keys",
    "apply_ocr",
    "auto_map",
    "backend",
    "data_format",
    "device",
    "disable_grouping",
    "do_convert_annotations",
    "do_reduce_labels",
    "feature_extractor_type",
    "format",
    "ignore_index",
    "image_processor_type",
    "image_seq_length",
    "input_data_format",
    "mask_pad_size",
    "mask_size",
    "num_labels",
    "ocr_lang",
    "processor_class",
    "reduce_labels",
    "return_tensors",
    "tesseract_config",
    "transformers_version",
    "use_fast",
)


def steps_of(config: dict[str, Any], convention: str | None) -> Steps:
    """Return the steps of a ``preprocessor_config.json``; convention None is today's, that of torchvision."""
    name = _name(config)
    fields, defaults = Fields(f"{name}ImageProcessor", config), _PROCESSORS[name]
    is_torch = convention != "pillow"
    steps: dict[str, Any] = {"convention": "pytorch" if is_torch else "pillow"}
    _read_resize(fields, name, defaults, steps, is_torch)
    _read_crop(fields, name, defaults, steps, is_torch)
    _read_pad(fields, name, defaults, steps)
    _read_numbers(fields, name, defaults, steps, is_torch)
    steps["alpha"] = "white" if fields.take_flag("do_convert_rgb", defaults.converts) else "refuse"
    if name == "LayoutLMv2":
        steps["reverse_channels"] = True
    if name == "MobileViT":
        steps["reverse_channels"] = fields.take_flag("do_flip_channel_order", True)
    if name == "EfficientNet":
        if fields.take_flag("include_top", True):
            raise ValueError(f"include_top of a {fields.kind} divides by image_std twice, which is not understood")
        fields.refuse("rescale_offset", "is not understood")
    fields.ignore(*_WITHOUT_EFFECT)
    fields.finish()
    return Steps(**steps)


def _name(config: dict[str, Any]) -> str:
    """Return what is before ImageProcessor in the processor's name."""
    given = config.get("image_processor_type") or config.get("feature_extractor_type")
    if not isinstance(given, str):
        raise ValueError(
            "a configuration must be transformers', with image_processor_type, timm's, with input_size, or "
            "torchvision's, with crop_size and resize_size"
        )
    name = given
    for suffix in ("Pil", "Fast", "ImageProcessor", "FeatureExtractor"):
        name = name[: -len(suffix)] if name.endswith(suffix) else name
    if name not in _PROCESSORS:
        raise ValueError(f"image_processor_type {given!r} is not one of those that are understood: {_known()}")
    return name


def _known() -> str:
    return ", ".join(f"{name}ImageProcessor" for name in _PROCESSORS)


def _read_resize(fields: Fields, name: str, defaults: _Processor, steps: dict[str, Any], is_torch: bool) -> None:
    size = _size(fields, name, defaults)
    resample = fields.take("resample", defaults.resample)
    if isinstance(resample, bool) or resample not in _MODES:
        raise ValueError(f"resample must be one of Pillow's numbers, 0 to 5, got {resample!r}")
    resizes = fields.take_flag("do_resize", True)
    _read_ratio(fields, name, size, steps)
    if not resizes:
        for key in ("size", "shortest_edge", "longest_edge", "within", "edge_rounding", "edge_multiple"):
            steps.pop(key, None)
        if name in ("ConvNext", "PoolFormer"):
            steps.pop("crop", None)
        return
    steps["mode"] = _MODES[int(resample)]
    if is_torch and resample == _NEAREST:
        steps["mode"] = "nearest-exact"
    if is_torch and resample in (_BOX, _HAMMING):
        raise ValueError(f"resample {resample}, {_MODES[resample]!r}, is Pillow's alone: convention='pillow'")


def _size(fields: Fields, name: str, defaults: _Processor) -> dict[str, int]:
    size = fields.take("size", defaults.size)
    is_square = fields.take_flag("default_to_square", defaults.is_square)
    longest = fields.take("max_size") if name in _DETECTORS else None
    if name == "CLIP" and fields.take_flag("use_square_size") and isinstance(size, dict) and "shortest_edge" in size:
        size = {"height": size["shortest_edge"], "width": size["shortest_edge"]}
    if isinstance(size, int) and not isinstance(size, bool):
        if defaults.size == _DETR_SIZE:
            size = {"shortest_edge": size, "longest_edge": longest or 1333}
        else:
            size = {"height": size, "width": size} if is_square else {"shortest_edge": size}
    elif isinstance(size, (list, tuple)) and len(size) == 2:
        size = {"height": size[0], "width": size[1]}
    elif isinstance(size, dict):
        size = {key: value for key, value in size.items() if value is not None}
        if defaults.size == _DETR_SIZE and longest and set(size) == {"shortest_edge"}:
            size["longest_edge"] = longest
    if not isinstance(size, dict):
        raise ValueError(f"size of a {fields.kind} is not understood: {size!r}")
    return size


def _read_ratio(fields: Fields, name: str, size: dict[str, int], steps: dict[str, Any]) -> None:
    """Set the size that images are resized to."""
    keys = set(size)
    if keys == {"height", "width"}:
        steps["size"] = (size["height"], size["width"])
    elif keys == {"shortest_edge"} and name not in _DETECTORS:
        steps["shortest_edge"] = size["shortest_edge"]
    elif keys == {"shortest_edge", "longest_edge"}:
        steps["shortest_edge"], steps["longest_edge"] = size["shortest_edge"], size["longest_edge"]
        steps["edge_multiple"] = 16 if name == "Yolos" else 1
    elif keys == {"max_height", "max_width"}:
        steps["within"] = (size["max_height"], size["max_width"])
    elif keys == {"longest_edge"} and name == "Sam":
        steps["within"], steps["edge_rounding"] = (size["longest_edge"],) * 2, "half_up"
    else:
        raise ValueError(f"size of a {fields.kind} is not understood: {size!r}")
    if name == "ConvNext":
        _read_convnext(fields, size, steps)
    if name == "PoolFormer":
        percentage = fields.take("crop_pct", 0.9)
        _read_poolformer(fields, size, percentage, steps)
    if name == "Levit" and "shortest_edge" in steps:
        steps["shortest_edge"] = int((256 / 224) * size["shortest_edge"])
    if name == "DPT":
        fields.refuse("keep_aspect_ratio", "is not understood")
        multiple = fields.take("ensure_multiple_of", 1)
        if "size" not in steps or any(length % multiple for length in steps["size"]):
            raise ValueError(f"ensure_multiple_of of a {fields.kind} must divide size, got {multiple!r} and {size!r}")


def _read_convnext(fields: Fields, size: dict[str, int], steps: dict[str, Any]) -> None:
    percentage = fields.take("crop_pct", 224 / 256)
    if "shortest_edge" not in size:
        raise ValueError(f"size of a {fields.kind} must be its shortest_edge, got {size!r}")
    edge = size["shortest_edge"]
    if edge >= 384:
        steps.pop("shortest_edge")
        steps["size"] = (edge, edge)
    else:
        steps["shortest_edge"], steps["crop"] = int(edge / percentage), (edge, edge)


def _read_poolformer(fields: Fields, size: dict[str, int], percentage: float, steps: dict[str, Any]) -> None:
    if "shortest_edge" in steps:
        steps["shortest_edge"] = int(size["shortest_edge"] / percentage)
    elif "size" in steps:
        height, width = steps.pop("size")
        if height == width:
            steps["shortest_edge"] = int(height / percentage)
        else:
            steps["size"] = (int(height / percentage), int(width / percentage))
    else:
        raise ValueError(f"size of a {fields.kind} is not understood: {size!r}")


def _read_crop(fields: Fields, name: str, defaults: _Processor, steps: dict[str, Any], is_torch: bool) -> None:
    crops = fields.take_flag("do_center_crop", defaults.crops)
    crop = fields.take("crop_size", defaults.crop_size)
    if crops and name not in _UNCROPPED and not (name == "DPT" and not is_torch):
        if isinstance(crop, dict) and set(crop) == {"height", "width"}:
            crop = (crop["height"], crop["width"])
        if isinstance(crop, bool) or not (
            isinstance(crop, int) or (isinstance(crop, (list, tuple)) and len(crop) == 2)
        ):
            raise ValueError(f"crop_size of a {fields.kind} is not understood: {crop!r}")
        if "crop" in steps:
            raise ValueError(f"do_center_crop of a {fields.kind} comes after another crop")
        steps["crop"] = crop
    if "crop" in steps:
        steps["anchor"] = "center_cut_off" if is_torch else "center_down"


def _read_pad(fields: Fields, name: str, defaults: _Processor, steps: dict[str, Any]) -> None:
    pads = fields.take("do_pad", fields.take("pad_and_return_pixel_mask", defaults.pads))
    size = fields.take("pad_size", {"height": 1024, "width": 1024} if name == "Sam" else None)
    divisor = fields.take("size_divisor")
    if not pads or name in _UNPADDED:
        return
    if name in ("Llava", "DPT") or divisor is not None or "crop" in steps:
        raise ValueError(f"do_pad of a {fields.kind} is not understood")
    if size is None:
        steps["pad"] = "largest"
    elif isinstance(size, dict) and set(size) == {"height", "width"}:
        steps["pad"] = (size["height"], size["width"])
    else:
        raise ValueError(f"pad_size of a {fields.kind} is not understood: {size!r}")
    steps["fill_value"] = 0.0


def _read_numbers(fields: Fields, name: str, defaults: _Processor, steps: dict[str, Any], is_torch: bool) -> None:
    rescales = fields.take_flag("do_rescale", True)
    if name == "OwlViT":  # an old name of do_rescale
        rescales = fields.take_flag("rescale", rescales)
    factor = fields.take("rescale_factor", 1 / 255)
    steps["rescale"] = factor if rescales and name not in _UNSCALED else 1.0
    steps["arithmetic"] = "fused" if is_torch else "wide_product"
    normalizes = fields.take_flag("do_normalize", defaults.normalizes)
    mean, std = fields.take("image_mean", defaults.mean), fields.take("image_std", defaults.std)
    if normalizes and name not in _UNNORMALIZED:
        steps["mean"], steps["std"] = mean, std
