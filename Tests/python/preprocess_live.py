"""The processors of transformers, timm and torchvision, made from configurations: nothing is fetched.

``preprocess_oracle`` says what a configuration is, and what the two conventions are.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from typing import Any, Callable
from unittest import mock

import numpy as np

os.environ.setdefault("HF_HUB_OFFLINE", "1")

Configuration = dict[str, Any]
#: From an image, uint8 (height, width, channels), to (channels, height, width).
Processor = Callable[[np.ndarray], np.ndarray]


def missing(library: str) -> str | None:
    """Why ``library`` cannot be compared with, or None."""
    for name in ("torch", "torchvision", "PIL", *([library] if library != "torchvision" else [])):
        if importlib.util.find_spec(name) is None:
            return f"{name} is not installed"
    _torchvision()
    return None


def version(library: str) -> str:
    return __import__(library).__version__.split("+")[0]


def known_difference(library: str, config: Configuration, convention: str) -> str | None:
    """What the installed release does otherwise than today's, or None."""
    if library != "transformers" or not version(library).startswith("4."):
        return None
    if convention == "pytorch" and "ConvNext" in config.get("image_processor_type", ""):
        return "transformers 4 rounds the offset of ConvNeXT's crop to even"
    if convention == "pillow" and config.get("image_processor_type") == "ViTImageProcessor":
        return None if "height" in config["size"] else "transformers 4 refuses such sizes for ViT"
    if convention == "pillow" and isinstance(config["size"], int) and "default_to_square" in config:
        return "the slow processors of transformers 4 do not ask default_to_square"
    return None


def source(library: str, config: Configuration) -> Any:
    """What ``sr.Preprocess.from_config`` takes: the file's content, or torchvision's own object."""
    if library != "torchvision":
        return config
    return composed(config) if "transforms" in config else preset(config)


def processor(library: str, config: Configuration, convention: str) -> Processor:
    _torchvision()
    makers = {
        "transformers": _transformers,
        "timm": _timm,
        "torchvision": _composed if "transforms" in config else _preset,
    }
    return makers[library](config, convention)


def _torchvision() -> Any:
    """torchvision, also where its compiled part does not load.

    The wheels on PyPI are built for CUDA; beside a PyTorch for CPUs alone that part is missing, and torchvision cannot
    be imported until two operators have names. Transforms need none of them.
    """
    import torch

    try:
        import torchvision
    except RuntimeError:
        _torchvision.library = torch.library.Library("torchvision", "DEF")  # type: ignore[attr-defined]
        for name in ("nms", "qnms"):
            _torchvision.library.define(f"{name}(Tensor a, Tensor b, float c) -> Tensor")  # type: ignore[attr-defined]
        import torchvision
    return torchvision


def saved(config: Configuration, convention: str) -> Configuration:
    """The file that a processor of transformers writes of itself."""
    return json.loads(_made(config, convention).to_json_string())


def batch(config: Configuration, convention: str) -> Callable[[list[np.ndarray]], np.ndarray]:
    """A processor of transformers for images of many sizes: (images, channels, height, width)."""
    made = _made(config, convention)
    tensors = "pt" if convention == "pytorch" else "np"

    def call(images: list[np.ndarray]) -> np.ndarray:
        # Said, because a picture one or three rows high is taken for one with the channels first.
        return np.asarray(made(images, return_tensors=tensors, input_data_format="channels_last")["pixel_values"])

    return call


def _made(config: Configuration, convention: str) -> Any:
    _torchvision()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    import transformers

    transformers.utils.logging.set_verbosity_error()
    name = config.get("image_processor_type") or config["feature_extractor_type"]
    name = name.replace("FeatureExtractor", "ImageProcessor").removesuffix("Fast")
    if transformers.__version__.startswith("4."):
        name += "Fast" if convention == "pytorch" else ""
    elif convention == "pillow":
        name += "Pil"
    return getattr(transformers, name).from_dict(dict(config))


def _transformers(config: Configuration, convention: str) -> Processor:
    of_many = batch(config, convention)
    return lambda image: of_many([image])[0]


def _of_torchvision(apply: Callable[[Any], Any], convention: str) -> Processor:
    import torch
    from PIL import Image
    from torchvision.transforms import InterpolationMode, _functional_tensor
    from torchvision.transforms.v2 import functional

    def resize(image: Any, size: list[int], interpolation: str, antialias: bool) -> Any:
        return functional.resize_image(image, size, InterpolationMode(interpolation), antialias=antialias)

    def call(image: np.ndarray) -> np.ndarray:
        if convention == "pillow":
            return apply(Image.fromarray(image)).numpy()
        # The older functions go by way of float32; v2's resize the bytes.
        with mock.patch.object(_functional_tensor, "resize", resize):
            return apply(torch.from_numpy(np.ascontiguousarray(np.atleast_3d(image).transpose(2, 0, 1)))).numpy()

    return call


def _timm(config: Configuration, convention: str) -> Processor:
    import torch
    from timm.data import create_transform, resolve_data_config
    from torchvision import transforms

    resolved = resolve_data_config(pretrained_cfg=config)
    apply = create_transform(**resolved)
    if convention == "pytorch":
        # timm's own pipeline takes no uint8 tensor to the end: its geometry, and the steps that it takes for images.
        geometry = create_transform(**resolved, normalize=False)
        levels = transforms.Compose([transforms.ConvertImageDtype(torch.float32), apply.transforms[-1]])
        return _of_torchvision(lambda image: levels(geometry(image)), convention)
    return _of_torchvision(apply, convention)


def _mode(options: Configuration) -> Configuration:
    from torchvision.transforms import InterpolationMode

    if "interpolation" not in options:
        return options
    return {**options, "interpolation": InterpolationMode(options["interpolation"])}


def preset(config: Configuration) -> Any:
    """torchvision's preset that is made with ``config``."""
    from torchvision.transforms import _presets

    kind = _presets.ImageClassification if "crop_size" in config else _presets.SemanticSegmentation
    return kind(**_mode(config))


def composed(config: Configuration) -> Any:
    """A Compose of torchvision.transforms.v2."""
    import torch
    from torchvision.transforms import v2

    steps = []
    for name, options in config["transforms"]:
        options = _mode(options)
        if "dtype" in options:
            options = {**options, "dtype": getattr(torch, options["dtype"])}
        steps.append(getattr(v2, name)(**options))
    return v2.Compose(steps)


def _preset(config: Configuration, convention: str) -> Processor:
    return _of_torchvision(preset(config), convention)


def _composed(config: Configuration, convention: str) -> Processor:
    return _of_torchvision(composed(config), convention)
