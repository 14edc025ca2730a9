"""ONNX's resampling operators [1]_ by their names and attributes, for arrays on the CPU.

Inputs come first, attributes are keywords with ONNX's defaults, and results are new arrays. Integers and floating-point
numbers are taken as the operators of this package take them; the results are those of ONNX's reference implementation.

References
----------
.. [1] https://onnx.ai/onnx/operators/

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> X = np.array([[[[1, 2], [3, 4]]]], dtype=np.float32)
>>> sr.onnx.resize(X, scales=[1, 1, 2, 2], mode="linear", coordinate_transformation_mode="align_corners").round(2)
array([[[[1.  , 1.33, 1.67, 2.  ],
         [1.67, 2.  , 2.33, 2.67],
         [2.33, 2.67, 3.  , 3.33],
         [3.  , 3.33, 3.67, 4.  ]]]], dtype=float32)
"""

from ._operators import (
    affine_grid,
    center_crop_pad,
    conv_transpose,
    depth_to_space,
    grid_sample,
    space_to_depth,
)
from ._resize import resize, upsample

__all__ = [
    "affine_grid",
    "center_crop_pad",
    "conv_transpose",
    "depth_to_space",
    "grid_sample",
    "resize",
    "space_to_depth",
    "upsample",
]
