"""PyTorch's resampling operators without PyTorch: the same numbers, for arrays on the CPU.

Where it says ``numpy.ndarray``, functions and layers take any array on the CPU with ``__dlpack__``, such as a tensor of
PyTorch or an array of JAX, without a copy. The result is of the kind of the first array.

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> image = np.ones((1, 3, 32, 32), dtype=np.float32)
>>> sr.interpolate(image, size=(224, 224), mode="bicubic").shape
(1, 3, 224, 224)
"""

from . import jax, nn, onnx, opencv, pillow, tensorflow
from ._axis import AxisTaps, axis_taps
from ._carafe import carafe, carafe_backward
from ._conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)
from ._grid_sample import affine_grid, grid_sample, grid_sample_backward
from ._interpolate import interpolate, interpolate_backward
from ._labels import logits_to_labels
from ._library import library
from ._machine import get_num_threads, instruction_set, set_num_threads
from ._memory import release_memory
from ._pixel_shuffle import pixel_shuffle, pixel_unshuffle
from ._plan import Plan
from ._undo import Placement, undo_boxes, undo_mask
from .preprocess import Preprocess

__all__ = [
    "AxisTaps",
    "Placement",
    "Plan",
    "Preprocess",
    "__version__",
    "affine_grid",
    "axis_taps",
    "carafe",
    "carafe_backward",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "get_num_threads",
    "grid_sample",
    "grid_sample_backward",
    "instruction_set",
    "interpolate",
    "interpolate_backward",
    "jax",
    "logits_to_labels",
    "nn",
    "onnx",
    "opencv",
    "pillow",
    "pixel_shuffle",
    "pixel_unshuffle",
    "release_memory",
    "set_num_threads",
    "tensorflow",
    "undo_boxes",
    "undo_mask",
]

__version__: str = library.rsmp_version().decode()
