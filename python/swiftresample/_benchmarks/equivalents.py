"""The same operator under other libraries' names."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

PYTORCH = "PyTorch"
ONNX_RUNTIME = "ONNX Runtime"
OPENCV = "OpenCV"
OPENVINO = "OpenVINO"
PILLOW = "Pillow"
FAST_IMAGE_RESIZE = "fast_image_resize"


@dataclasses.dataclass(frozen=True)
class Equivalent:
    """What a peer calls an operator.

    `only` is the condition under which it computes the same: "enlarging" (it widens its filter when the image shrinks)
    or "dividing" (whole numbers of input samples in each output sample). `loose`: it computes something related, and
    is timed if its result is not far off, but is not counted as a peer of the same numbers.
    """

    arguments: dict[str, Any]
    only: str = ""
    loose: bool = False


def _onnx(mode: str, transformation: str = "half_pixel", **further: Any) -> Equivalent:
    return Equivalent({"mode": mode, "coordinate_transformation_mode": transformation, **further})


_onnx_antialias = functools.partial(_onnx, antialias=1, exclude_outside=1)

#: By operator, then by peer. An operator that a peer is not listed under is one that it does not have; PyTorch has
#: all, or what they are made of. benchmarks/ of a checkout adds the other operators.
EQUIVALENTS: dict[str, dict[str, Equivalent]] = {
    "nearest": {
        ONNX_RUNTIME: _onnx("nearest", "asymmetric", nearest_mode="floor"),
        OPENCV: Equivalent({"interpolation": "INTER_NEAREST"}),
        OPENVINO: _onnx("nearest", "asymmetric", nearest_mode="floor"),
        PILLOW: Equivalent({"resample": "NEAREST"}, loose=True),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "nearest"}, loose=True),
    },
    "nearest-exact": {
        ONNX_RUNTIME: _onnx("nearest", nearest_mode="round_prefer_ceil"),
        OPENCV: Equivalent({"interpolation": "INTER_NEAREST_EXACT"}),
        OPENVINO: _onnx("nearest", nearest_mode="round_prefer_ceil"),
        PILLOW: Equivalent({"resample": "NEAREST"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "nearest"}),
    },
    "linear": {
        ONNX_RUNTIME: _onnx("linear"),
        OPENCV: Equivalent({"interpolation": "INTER_LINEAR"}),
        OPENVINO: _onnx("linear_onnx"),
        PILLOW: Equivalent({"resample": "BILINEAR"}, only="enlarging"),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "interpolation", "filter": "bilinear"}),
    },
    "linear, align_corners": {
        ONNX_RUNTIME: _onnx("linear", "align_corners"),
        OPENVINO: _onnx("linear_onnx", "align_corners"),
    },
    "linear, antialias": {
        ONNX_RUNTIME: _onnx_antialias("linear"),
        OPENVINO: _onnx("bilinear_pillow"),
        PILLOW: Equivalent({"resample": "BILINEAR"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "bilinear"}),
    },
    "bicubic": {
        ONNX_RUNTIME: _onnx("cubic"),
        OPENCV: Equivalent({"interpolation": "INTER_CUBIC"}),
        OPENVINO: _onnx("cubic"),
    },
    "bicubic, antialias": {
        ONNX_RUNTIME: _onnx_antialias("cubic", cubic_coeff_a=-0.5),
        OPENVINO: _onnx("bicubic_pillow", cube_coeff=-0.5),
        PILLOW: Equivalent({"resample": "BICUBIC"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "catmull_rom"}),
    },
    "area": {
        OPENCV: Equivalent({"interpolation": "INTER_AREA"}, loose=True),
        PILLOW: Equivalent({"resample": "BOX"}, only="dividing"),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "box"}, only="dividing"),
    },
    "lanczos, antialias": {
        PILLOW: Equivalent({"resample": "LANCZOS"}),
        FAST_IMAGE_RESIZE: Equivalent({"algorithm": "convolution", "filter": "lanczos3"}),
    },
}
