"""The operators on PyTorch's CPU tensors, with autograd, and `accelerate`, which puts them in the place of PyTorch's.

Imported only on request; needs PyTorch.

Examples
--------
>>> import torch
>>> import swiftresample.torch as srt
>>> image = torch.ones(1, 3, 32, 32, requires_grad=True)
>>> srt.interpolate(image, size=(224, 224), mode="bicubic").shape
torch.Size([1, 3, 224, 224])
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "swiftresample.torch needs PyTorch: pip install torch, or swiftresample with its extra [torch]"
    ) from error

from ._accelerate import accelerate
from ._carafe import carafe
from ._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._grid_sample import grid_sample
from ._interpolate import interpolate
from ._pixel_shuffle import pixel_shuffle, pixel_unshuffle

__all__ = [
    "accelerate",
    "carafe",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
]
