"""A plain model of what image processors do: from a configuration and an image to what a network takes.

Written from the rules, in the order in which each library takes its steps; nothing here is shared with swiftresample
or with the processors. Only the resampling itself is left to PyTorch and to Pillow, which have oracles of their own.
It gives the bits of transformers 4.57 and 5.24, torchvision 0.28 and timm 1.0.31:
its golden vectors are theirs, and ``test_preprocess_installed.py`` calls them.

An image is uint8, (height, width, channels) or (height, width); the result is (channels, height, width).

``convention`` says who resizes:

============ ====================================== ===================================
library      "pytorch"                              "pillow"
============ ====================================== ===================================
transformers the torchvision backend; 4: the fast   the PIL backend; 4: the slow
torchvision  the transforms on a uint8 tensor       the transforms on a PIL image
timm         the transforms on a uint8 tensor       the transforms on a PIL image
============ ====================================== ===================================

torchvision's older functions, which its presets and timm call, resize a tensor by way of float32; here, as in
torchvision's v2, PyTorch resizes the uint8 tensor itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Configuration = dict[str, Any]
Size = tuple[int, int]

#: By Pillow's numbers, which configurations have; PyTorch has no box and no hamming.
FILTERS = ("nearest-exact", "lanczos", "bilinear", "bicubic", "box", "hamming")

IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALVES = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
OPENAI = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}


def prepare(config: Configuration, image: np.ndarray, convention: str) -> np.ndarray:
    """What the library of ``config`` makes of one image, before a batch is padded to its largest."""
    if "image_processor_type" in config or "feature_extractor_type" in config:
        return Transformers(config)(image, convention)
    if "transforms" in config:
        return torchvision_v2(config, image, convention)
    return timm(config, image, convention) if "input_size" in config else torchvision_preset(config, image, convention)


def batch(config: Configuration, images: list[np.ndarray], convention: str) -> np.ndarray:
    """(images, channels, height, width): smaller results are padded with 0 on the right and below."""
    results = [prepare(config, image, convention) for image in images]
    height, width = (max(result.shape[axis] for result in results) for axis in (1, 2))
    return np.stack([pad(result, (0, height - result.shape[1], 0, width - result.shape[2]), 0) for result in results])


# ---------------------------------------------------------------- resampling


def resize(image: np.ndarray, size: Size, mode: str, convention: str) -> np.ndarray:
    """(channels, height, width) uint8 to another size."""
    if min(size) < 1:
        raise ValueError(f"an image cannot be resized to {size}")
    if convention == "pillow":
        from PIL import Image

        def one(plane: np.ndarray) -> np.ndarray:
            number = 0 if mode == "nearest" else FILTERS.index(mode)
            return np.asarray(Image.fromarray(plane).resize(size[::-1], number))

        # Plane by plane, which is Pillow's arithmetic for every mode without alpha.
        return np.stack([one(np.ascontiguousarray(plane)) for plane in image])
    import torch
    from torch.nn.functional import interpolate

    smooth = {"antialias": True, "align_corners": False} if mode in ("bilinear", "bicubic", "lanczos") else {}
    tensor = torch.from_numpy(np.ascontiguousarray(image))[None]
    return interpolate(tensor, size, mode=mode, **smooth)[0].numpy()


# ---------------------------------------------------------------- sizes: int() cuts off, round() is half to even


def shortest_edge(image: Size, edge: int, longest: int | None = None) -> Size:
    """torchvision's Resize(edge, max_size=longest), and transformers' for a shortest edge alone."""
    short, long = min(image), max(image)
    new_short, new_long = edge, int(edge * long / short)
    if longest is not None and new_long > longest:
        new_short, new_long = int(longest * new_short / new_long), longest
    return (new_long, new_short) if image[1] <= image[0] else (new_short, new_long)


def detr_size(image: Size, edge: int, longest: int, multiple: int | None = None) -> Size:
    """transformers' for a shortest and a longest edge; with ``multiple``: YOLOS's, cut off to multiples of it."""
    height, width = image
    short, long = float(min(image)), float(max(image))
    exact: float = edge
    if long / short * edge > longest:
        exact = longest * short / long
        edge = round(exact)
    # YOLOS asks which edge is the shorter one first, so that only a height may stay as it is.
    if min(image) == edge and not (multiple and width < height):
        size = image
    elif width < height:
        size = int(exact * height / width), edge
    else:
        size = edge, int(exact * width / height)
    return (size[0] - size[0] % multiple, size[1] - size[1] % multiple) if multiple else size


def within(image: Size, size: Size) -> Size:
    """The largest with the image's proportions in ``size``: max_height and max_width."""
    scale = min(size[0] / image[0], size[1] / image[1])
    return int(image[0] * scale), int(image[1] * scale)


def sam_size(image: Size, longest: int) -> Size:
    scale = longest * 1.0 / max(image)
    return int(image[0] * scale + 0.5), int(image[1] * scale + 0.5)


def dpt_size(image: Size, size: Size, keep_aspect_ratio: bool, multiple: int) -> Size:
    height, width = size[0] / image[0], size[1] / image[1]
    if keep_aspect_ratio:
        height = width = width if abs(1 - width) < abs(1 - height) else height
    return round(height * image[0] / multiple) * multiple, round(width * image[1] / multiple) * multiple


def keep_ratio(image: Size, size: Size, longest: bool) -> Size:
    """timm's ResizeKeepRatio: the image inside ``size`` (longest) or around it."""
    height, width = image[0] / size[0], image[1] / size[1]
    ratio = max(height, width) if longest else min(height, width)
    return round(image[0] * 1.0 / ratio), round(image[1] * 1.0 / ratio)


# ---------------------------------------------------------------- crops and borders of (channels, height, width)


def pad(image: np.ndarray, edges: tuple[int, int, int, int], fill: Any) -> np.ndarray:
    """``edges``: above, below, left, right. ``fill``: one value, or one for each channel."""
    top, bottom, left, right = edges
    channels, height, width = image.shape
    result = np.empty((channels, top + height + bottom, left + width + right), image.dtype)
    result[...] = np.reshape(np.asarray(fill, image.dtype), (-1, 1, 1))
    result[:, top : top + height, left : left + width] = image
    return result


def centre(image: np.ndarray, size: Size, rule: str, fill: Any = 0) -> np.ndarray:
    """A centre crop, padded where the image is smaller. ``rule`` says to which side halves go.

    "torchvision": a crop's to even, padding has its larger half below; "fast": a crop's up and left;
    "slow": a crop's up and left, padding has its larger half above.
    """
    starts, edges = [], []
    for have, want in zip(image.shape[1:], size):
        missing = max(want - have, 0)
        before = (missing + 1) // 2 if rule == "slow" else missing // 2
        edges += [before, missing - before]
        excess = max(have - want, 0)
        starts.append(round(excess / 2) if rule == "torchvision" else excess // 2)
    image = pad(image, tuple(edges), fill)
    return image[:, starts[0] : starts[0] + size[0], starts[1] : starts[1] + size[1]]


def square(image: np.ndarray, fill: Any) -> np.ndarray:
    """LLaVA's: borders on two sides, the larger half of them on the right and below."""
    height, width = image.shape[1:]
    vertical, horizontal = max(width - height, 0), max(height - width, 0)
    edges = vertical // 2, vertical - vertical // 2, horizontal // 2, horizontal - horizontal // 2
    return pad(image, edges, fill)


# ---------------------------------------------------------------- levels: every operation rounds to float32


def _per_channel(values: Any) -> np.ndarray:
    return np.asarray(values, np.float32).reshape(-1, 1, 1)


def normalise(image: np.ndarray, mean: Any, std: Any) -> np.ndarray:
    return (image - _per_channel(mean)) / _per_channel(std)


def fused_levels(image: np.ndarray, factor: float | None, mean: Any, std: Any) -> np.ndarray:
    """transformers' torchvision backend: mean and std are brought to the levels instead of the levels to 0 ... 1."""
    if mean is None:
        return image if factor is None else image * np.float32(factor)
    scale = np.float32(1 if factor is None else 1.0 / factor)
    return normalise(np.float32(image), _per_channel(mean) * scale, _per_channel(std) * scale)


def plain_levels(image: np.ndarray, factor: float | None, mean: Any, std: Any) -> np.ndarray:
    """transformers' PIL backend: the factor in float64, the rest in float32."""
    if factor is not None:
        image = (np.float64(image) * factor).astype(np.float32)
    return image if mean is None else normalise(np.float32(image), mean, std)


# ---------------------------------------------------------------- transformers

#: What a processor has where its file says nothing, as far as it is not what ViT has.
DEFAULTS: dict[str, Configuration] = {
    "ViT": {"size": {"height": 224, "width": 224}, "resample": 2, **HALVES},
    "Beit": {"resample": 3, "crop_size": 224},
    "Bit": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 224, "center": True, "rgb": True, **OPENAI},
    "CLIP": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 224, "center": True, "rgb": True, **OPENAI},
    "ConvNext": {"size": {"shortest_edge": 384}, "resample": 3},
    "Detr": {"size": {"shortest_edge": 800, "longest_edge": 1333}, "pad": True, **IMAGENET},
    "DeiT": {"size": {"height": 256, "width": 256}, "resample": 3, "crop_size": 224, "center": True},
    "DPT": {"size": {"height": 384, "width": 384}, "resample": 3},
    "EfficientNet": {"size": {"height": 346, "width": 346}, "resample": 3, "crop_size": 289},
    "LayoutLMv2": {},
    "LayoutLMv3": {},
    "Levit": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 224, "center": True, **IMAGENET},
    "Llava": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 224, "center": True, "rgb": True, **OPENAI},
    "MobileNetV1": {"size": {"shortest_edge": 256}, "crop_size": 224, "center": True},
    "MobileNetV2": {"size": {"shortest_edge": 256}, "crop_size": 224, "center": True},
    "MobileViT": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 256, "center": True},
    "Perceiver": {"resample": 3, "crop_size": 256, "center": True, **IMAGENET},
    "PoolFormer": {"size": {"shortest_edge": 224}, "resample": 3, "crop_size": 224, "center": True, **IMAGENET},
    "Pvt": {"resample": 3, **IMAGENET},
    "RTDetr": {"size": {"height": 640, "width": 640}, "normalize": False, **IMAGENET},
    "Sam": {"size": {"longest_edge": 1024}, "pad_size": 1024, "pad": True, "rgb": True, **IMAGENET},
    "Segformer": {"size": {"height": 512, "width": 512}, **IMAGENET},
    "Siglip": {"resample": 3, "rgb": True},
}
ALIKE = {
    "Blip": {"like": "Siglip", "size": {"height": 384, "width": 384}, **OPENAI},
    "ChineseCLIP": {"like": "CLIP"},
    "ConditionalDetr": {"like": "Detr"},
    "DeformableDetr": {"like": "Detr"},
    "GroundingDino": {"like": "Detr"},
    "Yolos": {"like": "Detr"},
    "OwlViT": {"like": "Siglip", "size": {"height": 768, "width": 768}, "crop_size": 768, **OPENAI},
    "Sam2": {"like": "Sam", "size": {"height": 1024, "width": 1024}, "pad": False},
}
#: Whose integer as a size is the shortest edge.
EDGE_IS_SHORTEST = ("Bit", "CLIP", "ChineseCLIP", "ConvNext", "Levit", "Llava", "MobileNetV1", "MobileNetV2")
EDGE_IS_SHORTEST += ("MobileViT", "PoolFormer", "Siglip")
#: Which leave a step out, whatever their files say.
NOT_CROPPED = ("Segformer", "Detr", "RTDetr", "Perceiver", "LayoutLMv2")
NOT_RESCALED = ("LayoutLMv2",)
NOT_NORMALISED = ("LayoutLMv2", "MobileViT")
NOT_PADDED = ("Beit", "ConvNext", "DPT", "EfficientNet", "LayoutLMv2", "LayoutLMv3", "Llava", "MobileNetV2")
NOT_PADDED += ("MobileViT", "Perceiver", "Segformer")


def _height_and_width(size: Any) -> Size:
    if isinstance(size, int):
        return size, size
    return (size["height"], size["width"]) if isinstance(size, dict) else (size[0], size[-1])


def to_rgb(image: np.ndarray, convention: str) -> np.ndarray:
    """transformers 5: grey is repeated, transparency laid over white. (channels, height, width)."""
    if len(image) == 1:
        return np.repeat(image, 3, axis=0)
    if len(image) != 4:
        return image
    if convention == "pillow":
        opacity = image[3:] / 255
        return np.round(opacity * image[:3] + (1 - opacity) * 255).astype(np.uint8)
    image = image * np.float32(1 / 255)
    return ((image[:3] * image[3:] + (1 - image[3:])) * np.float32(255.999)).astype(np.uint8)


class Transformers:
    """One configuration: what its file says, and what its class has where the file says nothing."""

    def __init__(self, config: Configuration) -> None:
        name = config.get("image_processor_type") or config["feature_extractor_type"]
        self.name = name.removesuffix("Fast").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")
        own = ALIKE.get(self.name, {})
        self.kind = own.get("like", self.name)
        self.config = config
        self.defaults = {**DEFAULTS["ViT"], **DEFAULTS[self.kind], **own}

    def __call__(self, image: np.ndarray, convention: str) -> np.ndarray:
        kind, rule = self.kind, "slow" if convention == "pillow" else "fast"
        planes = np.atleast_3d(image).transpose(2, 0, 1)
        if self.option("do_convert_rgb", "rgb"):
            planes = to_rgb(planes, convention)
        if kind == "Llava" and self.option("do_pad"):
            planes = square(planes, [int(value * 255) for value in self.option("image_mean", "mean")])
        if kind == "Perceiver" and self.option("do_center_crop", "center"):
            planes = centre(planes, self._perceiver_crop(planes.shape[1:]), rule)
        if self.option("do_resize", True):
            mode = FILTERS[self.option("resample", "resample")]
            planes = resize(planes, self.resized(planes.shape[1:]), mode, convention)
            edge = self.size().get("shortest_edge")
            if kind == "ConvNext" and edge < 384:
                planes = centre(planes, (edge, edge), rule)
        cropped = kind not in NOT_CROPPED and not (kind == "DPT" and convention == "pillow")
        if cropped and self.option("do_center_crop", "center"):
            planes = centre(planes, _height_and_width(self.option("crop_size", "crop_size")), rule)
        result = self.levels(planes, plain_levels if convention == "pillow" else fused_levels)
        if kind == "LayoutLMv2" or (kind == "MobileViT" and self.option("do_flip_channel_order", True)):
            result = result[::-1]
        return self.padded(result)

    def option(self, key: str, default: Any = None) -> Any:
        """What the file says; else ``default``, or the class's default of that name."""
        value = self.config.get(key)
        if value is not None:
            return value
        return self.defaults.get(default) if isinstance(default, str) else default

    def size(self) -> Configuration:
        size = self.option("size", "size")
        if isinstance(size, dict):
            return size
        if self.kind == "Detr" and isinstance(size, int):
            return {"shortest_edge": size, "longest_edge": self.option("max_size", 1333)}
        if isinstance(size, int) and not self.option("default_to_square", self.name not in EDGE_IS_SHORTEST):
            return {"shortest_edge": size}
        return dict(zip(("height", "width"), _height_and_width(size)))

    def resized(self, image: Size) -> Size:
        size, kind = self.size(), self.kind
        shortest, longest = size.get("shortest_edge"), size.get("longest_edge")
        if kind == "ConvNext":
            enlarged = int(shortest / self.option("crop_pct", 224 / 256))
            return (shortest, shortest) if shortest >= 384 else shortest_edge(image, enlarged)
        if kind == "Levit" and shortest:
            return shortest_edge(image, int((256 / 224) * shortest))
        if kind == "PoolFormer":
            fraction = self.option("crop_pct", 0.9)
            if shortest or size["height"] == size["width"]:
                return shortest_edge(image, int((shortest or size["height"]) / fraction))
            return int(size["height"] / fraction), int(size["width"] / fraction)
        if kind == "Sam" and longest:
            return sam_size(image, longest)
        if kind == "DPT":
            ratio, multiple = self.option("keep_aspect_ratio", False), self.option("ensure_multiple_of", 1)
            return dpt_size(image, (size["height"], size["width"]), ratio, multiple)
        if shortest and longest:
            return detr_size(image, shortest, longest, 16 if self.name == "Yolos" else None)
        if shortest:
            return shortest_edge(image, shortest)
        if "max_height" in size:
            return within(image, (size["max_height"], size["max_width"]))
        return size["height"], size["width"]

    def _perceiver_crop(self, image: Size) -> Size:
        """A part of the image itself, in its own samples."""
        whole, part = _height_and_width(self.option("crop_size", "crop_size")), _height_and_width(self.size())
        return int(part[0] / whole[0] * min(image)), int(part[1] / whole[1] * min(image))

    def levels(self, planes: np.ndarray, rule: Any) -> np.ndarray:
        rescaled = self.option("do_rescale", True) and self.kind not in NOT_RESCALED
        factor = self.option("rescale_factor", 1 / 255) if rescaled else None
        normalised = self.option("do_normalize", self.defaults.get("normalize", True))
        normalised = normalised and self.kind not in NOT_NORMALISED
        mean, std = self.option("image_mean", "mean"), self.option("image_std", "std")
        if self.kind == "EfficientNet" and self.option("rescale_offset") and factor is not None:
            result = rule(planes, factor, None, None) - np.float32(1)
            result = normalise(result, mean, std) if normalised else result
        else:
            result = rule(planes, factor, mean if normalised else None, std)
        if self.kind == "EfficientNet" and self.option("include_top", True):
            return normalise(np.float32(result), 0, std)
        return result

    def padded(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[1:]
        if self.kind == "DPT" and self.option("do_pad"):
            divisor = self.option("size_divisor")
            vertical, horizontal = -height % divisor, -width % divisor
            edges = vertical // 2, vertical - vertical // 2, horizontal // 2, horizontal - horizontal // 2
            return pad(image, edges, 0)
        target = self.option("pad_size", "pad_size")
        if self.kind in NOT_PADDED or target is None or not self.option("do_pad", "pad"):
            return image
        target = _height_and_width(target)
        if target[0] < height or target[1] < width:
            raise ValueError(f"an image of {height} x {width} cannot be padded to {target}")
        return pad(image, (0, target[0] - height, 0, target[1] - width), 0)


# ---------------------------------------------------------------- torchvision and timm


def _unit_levels(image: np.ndarray) -> np.ndarray:
    """ToTensor and convert_image_dtype: a division by 255."""
    return np.float32(image) / np.float32(255)


def torchvision_preset(config: Configuration, image: np.ndarray, convention: str) -> np.ndarray:
    """The presets of weights, by what they are made with: ImageClassification and SemanticSegmentation."""
    planes = np.atleast_3d(image).transpose(2, 0, 1)
    if config.get("resize_size") is not None:
        size = shortest_edge(planes.shape[1:], config["resize_size"])
        planes = resize(planes, size, config.get("interpolation", "bilinear"), convention)
    if "crop_size" in config:
        planes = centre(planes, (config["crop_size"],) * 2, "torchvision")
    return normalise(_unit_levels(planes), config.get("mean", IMAGENET["mean"]), config.get("std", IMAGENET["std"]))


def torchvision_v2(config: Configuration, image: np.ndarray, convention: str) -> np.ndarray:
    """A Compose of torchvision.transforms.v2, as a list of names and of what each is made with."""
    result = np.atleast_3d(image).transpose(2, 0, 1)
    for name, options in config["transforms"]:
        if name == "Resize":
            size = options["size"]
            if isinstance(size, int):
                size = shortest_edge(result.shape[1:], size, options.get("max_size"))
            elif len(size) == 1:
                size = shortest_edge(result.shape[1:], size[0], options.get("max_size"))
            result = resize(result, tuple(size), options.get("interpolation", "bilinear"), convention)
        elif name == "CenterCrop":
            result = centre(result, _height_and_width(options["size"]), "torchvision")
        elif name == "Pad":
            left, top, right, bottom = options["padding"]
            result = pad(result, (top, bottom, left, right), options.get("fill", 0))
        elif name == "ToDtype":
            result = np.float32(result) * np.float32(1 / 255) if options.get("scale") else np.float32(result)
        elif name == "Normalize":
            result = normalise(result, options["mean"], options["std"])
        elif name == "ToImage":
            convention = "pytorch"  # what comes after it sees a tensor
        else:
            raise ValueError(f"a transform {name} is not known")
    return result


def timm(config: Configuration, image: np.ndarray, convention: str) -> np.ndarray:
    planes = np.atleast_3d(image).transpose(2, 0, 1)
    mode, mean = config.get("interpolation") or "bicubic", config.get("mean") or IMAGENET["mean"]
    size = tuple(config["input_size"][-2:])
    larger = tuple(math.floor(edge / (config.get("crop_pct") or 0.875)) for edge in size)
    crop_mode, fill = config.get("crop_mode") or "center", 0
    have = planes.shape[1:]
    if crop_mode == "squash":
        resized = larger
    elif crop_mode == "border":
        resized, fill = keep_ratio(have, larger, longest=True), [round(255 * value) for value in mean]
    elif larger[0] == larger[1]:
        resized = shortest_edge(have, larger[0])
    else:
        resized = keep_ratio(have, larger, longest=False)
    planes = centre(resize(planes, resized, mode, convention), size, "torchvision", fill)
    return normalise(_unit_levels(planes), mean, config.get("std") or IMAGENET["std"])
