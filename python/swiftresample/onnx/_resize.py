"""ONNX's Resize, and Upsample, which came before it."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from .._library import library
from .._options import choice, exact_number
from .._resize import resize as resize_by_plan
from .._structures import MAX_AXES, OnnxResizeOptions
from ._attributes import flag, integers, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._dlpack import ArrayT

_MODES = {"nearest": 0, "linear": 1, "cubic": 2}
_COORDINATES = {
    "half_pixel": 0,
    "half_pixel_symmetric": 1,
    "pytorch_half_pixel": 2,
    "align_corners": 3,
    "asymmetric": 4,
    "tf_half_pixel_for_nn": 5,
    "tf_crop_and_resize": 6,
}
_NEAREST_MODES = {"round_prefer_floor": 0, "round_prefer_ceil": 1, "floor": 2, "ceil": 3}
_POLICIES = {"stretch": 0, "not_larger": 1, "not_smaller": 2}


def resize(
    X: ArrayT,
    roi: Sequence[float] | None = None,
    scales: Sequence[float] | None = None,
    sizes: Sequence[int] | None = None,
    *,
    antialias: int = 0,
    axes: Sequence[int] | None = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
    out: ArrayT | None = None,
) -> ArrayT:
    """Resize any axes of an array, as ONNX's Resize of opsets 10 to 19 does [1]_.

    Parameters
    ----------
    X : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        1 to 8 axes, any strides. Nearest takes any dtype; linear and cubic take float16, bfloat16, float32, float64,
        uint8, int8, int16, uint16 and int32, of which integers are rounded half to even, and saturated.
    roi : sequence of float, optional
        For tf_crop_and_resize: the starts of all axes, then their ends, from 0, the first sample, to 1, the last.
    scales : sequence of float, optional
        Output samples per input sample, an entry for each axis. They are float32, as ONNX has them.
    sizes : sequence of int, optional
        The lengths of the output instead. Either this or `scales` is given.
    antialias : int, optional
        1: linear and cubic are stretched over what an output sample covers, where an axis shrinks.
    axes : sequence of int, optional
        The axes that `roi`, `scales` and `sizes` have entries for; all of them by default. At most three may change at
        once.
    coordinate_transformation_mode : str, optional
        Where output samples lie: ``"half_pixel"``, ``"half_pixel_symmetric"``, ``"pytorch_half_pixel"``,
        ``"align_corners"``, ``"asymmetric"``, ``"tf_half_pixel_for_nn"`` (of opset 11) or ``"tf_crop_and_resize"``.
    cubic_coeff_a : float, optional
        The coefficient of cubic.
    exclude_outside : int, optional
        1: taps outside the array do not count, and the weights of the others are divided by their sum; 0: they read its
        outer samples.
    extrapolation_value : float, optional
        For tf_crop_and_resize: the value of output samples outside the array.
    keep_aspect_ratio_policy : str, optional
        ``"stretch"``, or, with `sizes`, one factor for all axes so that none is larger than its size,
        ``"not_larger"``, or smaller, ``"not_smaller"``.
    mode : str, optional
        ``"nearest"``, ``"linear"`` or ``"cubic"``.
    nearest_mode : str, optional
        Which neighbour: ``"round_prefer_floor"``, ``"round_prefer_ceil"``, ``"floor"`` or ``"ceil"``.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the input's dtype, with any strides that keep its
        elements apart, that does not overlap `X`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array.

    Raises
    ------
    ValueError
        For arguments that contradict one another or the shape, unknown names, and an `out` that cannot be written.
    TypeError
        For arguments of the wrong type, and dtypes that the mode does not take.
    NotImplementedError
        For more than three axes that change.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__Resize.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> X = np.array([[1, 2, 3, 4]], dtype=np.float32)
    >>> sr.onnx.resize(X, sizes=[3], axes=[1], mode="linear")
    array([[1.1666666, 2.5      , 3.8333333]], dtype=float32)
    >>> sr.onnx.resize(X, scales=[0.6], axes=[-1], mode="linear", antialias=1)
    array([[1.375, 3.   ]], dtype=float32)
    """
    options = OnnxResizeOptions(
        struct_size=ctypes.sizeof(OnnxResizeOptions),
        mode=choice("mode", mode, _MODES),
        coordinate_transformation_mode=choice(
            "coordinate_transformation_mode", coordinate_transformation_mode, _COORDINATES
        ),
        nearest_mode=choice("nearest_mode", nearest_mode, _NEAREST_MODES),
        antialias=flag("antialias", antialias),
        exclude_outside=flag("exclude_outside", exclude_outside),
        keep_aspect_ratio_policy=choice("keep_aspect_ratio_policy", keep_aspect_ratio_policy, _POLICIES),
        has_cubic_coeff_a=1,
        cubic_coeff_a=exact_number("cubic_coeff_a", cubic_coeff_a),
        extrapolation_value=exact_number("extrapolation_value", extrapolation_value),
    )
    options.axis_count = _fill("axes", options.axes, integers("axes", axes))
    options.scale_count = _fill("scales", options.scales, numbers("scales", scales))
    options.size_count = _fill("sizes", options.sizes, integers("sizes", sizes))
    if coordinate_transformation_mode == "tf_crop_and_resize":
        options.roi_count = _fill("roi", options.roi, numbers("roi", roi))
    return resize_by_plan(library.rsmp_plan_create_onnx_resize, "X", X, options, out)


def upsample(X: ArrayT, scales: Sequence[float], *, mode: str = "nearest", out: ArrayT | None = None) -> ArrayT:
    """Resize as ONNX's Upsample of opsets 7 to 9 does [1]_: sample i lies at i / scale, and nearest is the one before.

    Parameters
    ----------
    X : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        As for `resize`.
    scales : sequence of float
        Output samples per input sample, an entry for each axis.
    mode : str, optional
        ``"nearest"`` or ``"linear"``.
    out : numpy.ndarray, optional
        As for `resize`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `resize`.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__Upsample.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.onnx.upsample(np.array([1, 2], dtype=np.int64), [2.0])
    array([1, 1, 2, 2])
    """
    choice("mode", mode, {"nearest": 0, "linear": 1})
    return resize(
        X, scales=scales, mode=mode, coordinate_transformation_mode="asymmetric", nearest_mode="floor", out=out
    )


def _fill(name: str, field: Any, values: tuple[Any, ...]) -> int:
    """Write the entries of an argument into a field of the structure, and return how many there are."""
    if len(values) > len(field):
        raise ValueError(f"{name} must have at most {len(field)} entries, for {MAX_AXES} axes, got {len(values)}")
    field[: len(values)] = values
    return len(values)
