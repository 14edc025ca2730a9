"""PyTorch's upsampling layers as callables on NumPy arrays, with PyTorch's arguments and names of parameters.

A layer made with random weights is given those of a trained one by `Module.load_state_dict`, which takes PyTorch's
state dict as arrays. Layers of `Module` that have others as attributes, whether made here or by the user, give their
parameters PyTorch's dotted names. Nothing is trained here.

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> class Decoder(sr.nn.Module):
...     def __init__(self):
...         super().__init__()
...         self.up = sr.nn.ConvTranspose2d(64, 16, kernel_size=4, stride=2, padding=1)
...         self.head = sr.nn.ResizeConv2d(16, 3, kernel_size=3)
...
...     def forward(self, input):
...         return self.head(self.up(input))
>>> decoder = Decoder()
>>> decoder(np.zeros((1, 64, 32, 32), np.float32)).shape
(1, 3, 128, 128)
>>> {name: array.shape for name, array in decoder.state_dict().items()}
{'up.weight': (64, 16, 4, 4), 'up.bias': (16,), 'head.weight': (3, 16, 3, 3), 'head.bias': (3,)}
"""

from ._blocks import AdaptiveUpsample, LightweightUpsample
from ._content_aware import CARAFE, DySample
from ._conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ._convolution import Conv2d
from ._module import IncompatibleKeys, Module
from ._resize_convolution import ResizeConv2d
from ._shuffle import PixelShuffle, PixelUnshuffle
from ._upsample import Upsample, UpsamplingBilinear2d, UpsamplingNearest2d

__all__ = [
    "CARAFE",
    "AdaptiveUpsample",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "DySample",
    "IncompatibleKeys",
    "LightweightUpsample",
    "Module",
    "PixelShuffle",
    "PixelUnshuffle",
    "ResizeConv2d",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]
