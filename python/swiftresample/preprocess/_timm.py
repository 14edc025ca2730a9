"""timm's evaluation transform: the fields of a ``pretrained_cfg``, or the ``config.json`` that holds one.

References
----------
timm 1.0.31: data/config.py and data/transforms_factory.py.
"""

from __future__ import annotations

import math
from typing import Any

from ._fields import IMAGENET, Fields
from ._steps import Steps

_CROP_PCT = 0.875
_MODES = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")
# What says nothing about the pixels of the evaluation transform.
_WITHOUT_EFFECT = (
    "architecture",
    "classifier",
    "custom_load",
    "description",
    "file",
    "first_conv",
    "fixed_input_size",
    "global_pool",
    "has_head",
    "hf_hub_filename",
    "hf_hub_id",
    "label_descriptions",
    "label_names",
    "license",
    "min_input_size",
    "model_args",
    "notes",
    "num_classes",
    "num_features",
    "origin_url",
    "paper_ids",
    "paper_name",
    "pool_size",
    "pretrained_kwargs",
    "source",
    "state_dict",
    "tag",
    "tags",
    "test_crop_pct",
    "test_input_size",
    "url",
)


def knows(config: dict[str, Any]) -> bool:
    """Tell whether these are the fields of timm."""
    return "pretrained_cfg" in config or "input_size" in config


def steps_of(config: dict[str, Any], convention: str | None) -> Steps:
    """Return the steps of ``create_transform(**resolve_data_config({}, pretrained_cfg=config))``."""
    inner = config.get("pretrained_cfg", config)
    if not isinstance(inner, dict):
        raise ValueError(f"pretrained_cfg must be an object, got {inner!r}")
    fields = Fields("pretrained_cfg", inner)
    channels, height, width = _input_size(fields.take("input_size", (3, 224, 224)))
    percentage = fields.take("crop_pct", _CROP_PCT) or _CROP_PCT
    if isinstance(percentage, bool) or not isinstance(percentage, (int, float)) or not 0 < percentage < math.inf:
        raise ValueError(f"crop_pct must be a positive number, got {percentage!r}")
    scale = (math.floor(height / percentage), math.floor(width / percentage))
    crop_mode = fields.take("crop_mode", "center")
    mode = fields.take("interpolation", "bicubic")
    mean, std = fields.take("mean", IMAGENET[0]), fields.take("std", IMAGENET[1])
    steps: dict[str, Any] = {"crop": (height, width), "mode": mode, "mean": mean, "std": std}
    if mode not in _MODES:
        raise ValueError(f"interpolation must be one of {', '.join(map(repr, _MODES))}, got {mode!r}")
    if crop_mode == "squash":
        steps["size"] = scale
    elif crop_mode == "border":
        steps["within"], steps["edge_rounding"] = scale, "half_to_even_quotient"
        steps["fill"] = tuple(round(255 * value) for value in mean)
    elif crop_mode != "center":
        raise ValueError(f"crop_mode must be 'center', 'squash' or 'border', got {crop_mode!r}")
    elif scale[0] == scale[1]:
        steps["shortest_edge"] = scale[0]
    else:
        steps["covering"], steps["edge_rounding"] = scale, "half_to_even_quotient"
    fields.ignore(*_WITHOUT_EFFECT)
    fields.finish()
    return Steps(**steps, convention=convention or "pillow", channels=channels, arithmetic="quotient", alpha="refuse")


def _input_size(value: Any) -> tuple[int, int, int]:
    is_size = isinstance(value, (list, tuple)) and len(value) == 3
    if not is_size or any(isinstance(entry, bool) or not isinstance(entry, int) for entry in value):
        raise ValueError(f"input_size must be channels, height and width, got {value!r}")
    channels, height, width = value
    return channels, height, width
