"""The taps of one axis: which source samples each output sample reads, with which weights."""

from __future__ import annotations

import ctypes
import dataclasses
from typing import TYPE_CHECKING, SupportsFloat, SupportsIndex

import numpy as np

from ._arrays import as_dtype, dtype_code
from ._library import library
from ._options import axis_structure, exact_shape
from ._structures import AxisInfo, Error

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray


@dataclasses.dataclass(frozen=True, eq=False)
class AxisTaps:
    """Which source samples each sample of an output axis reads, with which weights.

    Attributes
    ----------
    coordinates : numpy.ndarray
        (output_length,), float64: the position in the source axis that each output sample reads, before the border
        rule. Sample i of the source is at position i.
    indices : numpy.ndarray
        (output_length, K), int64: the source samples read.
    weights : numpy.ndarray
        (output_length, K), float64: their weights. An output sample with fewer than K taps repeats its last index
        with weight 0.

    Examples
    --------
    >>> import swiftresample as sr
    >>> sr.axis_taps(4, 8)
    <swiftresample.AxisTaps of 8 samples with 2 taps each>
    """

    coordinates: NDArray[np.float64]
    indices: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __repr__(self) -> str:
        """Name the numbers of samples and taps."""
        return f"<swiftresample.AxisTaps of {self.indices.shape[0]} samples with {self.indices.shape[1]} taps each>"


def axis_taps(
    input_length: SupportsIndex,
    output_length: SupportsIndex,
    mode: str = "linear",
    align_corners: bool = False,
    scale_factor: SupportsFloat | None = None,
    antialias: bool = False,
    dtype: DTypeLike = "float32",
) -> AxisTaps:
    """Return the taps of resampling one axis.

    Parameters
    ----------
    input_length, output_length : int
        Samples of the axis.
    mode : str, optional
        As for `interpolate`; "linear", "bilinear" and "trilinear" mean the same here, and so do "bicubic" and "cubic".
    align_corners : bool, optional
        For the linear and cubic modes: whether the centres of the corner samples coincide.
    scale_factor : float, optional
        The factor given to `interpolate`, which must lead to `output_length`; by default the ratio of the lengths.
    antialias : bool, optional
        Whether to widen the filter when the axis shrinks.
    dtype : data-type, optional
        Dtype of the samples: coordinates and weights are computed in the precision that PyTorch computes them in.

    Returns
    -------
    AxisTaps
        Read-only arrays.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `interpolate`.

    Examples
    --------
    >>> import swiftresample as sr
    >>> taps = sr.axis_taps(2, 4)
    >>> taps.coordinates
    array([-0.25,  0.25,  0.75,  1.25])
    >>> taps.indices
    array([[0, 1],
           [0, 1],
           [0, 1],
           [1, 1]])
    >>> taps.weights
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [1.  , 0.  ]])
    """
    lengths = exact_shape("input_length and output_length", (input_length, output_length))
    options = axis_structure(mode, align_corners, scale_factor, antialias)
    handle = ctypes.c_void_p()
    library.rsmp_axis_create(*lengths, dtype_code(as_dtype(dtype)), options, handle, Error())
    try:
        return read_axis(handle)
    finally:
        library.rsmp_axis_destroy(handle)


def read_axis(handle: ctypes.c_void_p) -> AxisTaps:
    """Return the taps of an ``rsmp_axis`` handle."""
    info = AxisInfo(struct_size=ctypes.sizeof(AxisInfo))
    library.rsmp_axis_describe(handle, info, Error())
    coordinates = np.empty(info.output_length, np.float64)
    indices = np.empty((info.output_length, info.tap_count), np.int64)
    weights = np.empty((info.output_length, info.tap_count), np.float64)
    library.rsmp_axis_taps(
        handle,
        coordinates.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        indices.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
        weights.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        Error(),
    )
    for array in (coordinates, indices, weights):
        array.setflags(write=False)
    return AxisTaps(coordinates, indices, weights)
