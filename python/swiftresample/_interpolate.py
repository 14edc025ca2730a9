"""``torch.nn.functional.interpolate`` for arrays on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import through_numpy
from ._cache import PlanCache
from ._options import (
    Options,
    exact_align_corners,
    exact_clamp,
    exact_region,
    exact_scale_factor,
    exact_shape,
    exact_size,
)
from ._plan import Plan, gradient_once, resample_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._dlpack import ArrayT
    from ._options import Clamp, Region, ScaleFactor, Size

# Tables take some 16 bytes a sample, hence at most some 64 MB.
_plans = PlanCache(capacity=64, samples=2**22)
_AS_IT_IS = frozenset({type(None), float, int})  # of scale factors: to a key, 2 is the same as 2.0, and so it is here
_backward_plans = PlanCache(capacity=64, samples=2**22)


def interpolate(
    input: ArrayT,
    size: Size = None,
    scale_factor: ScaleFactor = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    clamp: Clamp = None,
    region: Region = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Resample an array to a size, or by a factor, as ``torch.nn.functional.interpolate`` does [1]_.

    Parameters
    ----------
    input : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (N, C, W), (N, C, H, W) or (N, C, D, H, W), with any strides. It is not copied, unless its byte order is not
        the machine's or its strides are not multiples of its item size.
    size : int or sequence of int, optional
        The output's spatial size in samples: one number for every spatial axis, or one each.
    scale_factor : float or sequence of float, optional
        Output samples per input sample, instead of `size`: the output's length is ``int(input_length * factor)``.
    mode : str, optional
        ``"nearest"`` and ``"nearest-exact"`` take any dtype. ``"linear"`` (3-D input), ``"bilinear"`` and
        ``"bicubic"`` (4-D), ``"trilinear"`` (5-D), ``"area"`` and ``"lanczos"`` (any rank; the latter only with
        `antialias`) take float16, bfloat16, float32, float64, uint8, int8, int16, uint16 and int32; integers are
        rounded half to even, uint8 as PyTorch rounds it.
    align_corners : bool, optional
        For the linear and cubic modes: whether the centres of the corner samples coincide (True), or the edges of the
        outer samples (False, which None means).
    recompute_scale_factor : bool, optional
        Whether to derive the distance between samples from the sizes instead of using `scale_factor` itself.
    antialias : bool, optional
        Whether to widen the filter when the array shrinks, for the linear, cubic and lanczos modes.
    clamp : (low, high), optional
        Bounds of the result, either of which may be None: the cubic and lanczos modes overshoot.
    region : sequence of (start, stop), slice or None, optional
        The part of the output that is wanted, in samples: an entry for each spatial axis, None for all of it. It has
        the bits that it has in the whole, and takes time for itself alone.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the input's dtype, with any strides that keep its
        elements apart, that does not overlap `input`.

    Returns
    -------
    numpy.ndarray, or an array of the kind of `input`
        `out`, or a new array of the input's dtype: channels last if the input is, otherwise contiguous.

    Raises
    ------
    ValueError
        For sizes, factors, shapes and combinations that PyTorch refuses, an `out` that cannot be written, and arrays
        that are not in the memory of the CPU or require a gradient.
    TypeError
        For anything but an array, for dtypes that the mode does not take, and arguments of the wrong type.
    NotImplementedError
        For a mode that does not exist or does not fit the rank.
    MemoryError
        If the output or the tables do not fit into memory.

    See Also
    --------
    Plan : everything about one resampling, computed once.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([[[[1, 2], [3, 4]]]], dtype=np.float32)
    >>> sr.interpolate(image, scale_factor=2, mode="bilinear")
    array([[[[1.  , 1.25, 1.75, 2.  ],
             [1.5 , 1.75, 2.25, 2.5 ],
             [2.5 , 2.75, 3.25, 3.5 ],
             [3.  , 3.25, 3.75, 4.  ]]]], dtype=float32)

    Labels of any dtype:

    >>> labels = np.array([[[7, -1]]], dtype=np.int64)
    >>> sr.interpolate(labels, size=5)
    array([[[ 7,  7,  7, -1, -1]]])

    An image with its channels last, as decoders give it, needs no copy:

    >>> photo = np.zeros((480, 640, 3), dtype=np.uint8)
    >>> small = sr.interpolate(photo.transpose(2, 0, 1)[None], size=(224, 224), mode="bilinear", antialias=True)
    >>> small.shape, small.strides
    ((1, 3, 224, 224), (150528, 1, 672, 3))
    """
    # This is most of what a small call costs: functions are called where they have something to do.
    array: Any = input
    if type(array) is not np.ndarray:
        return through_numpy(
            interpolate,
            "input",
            input,
            size,
            scale_factor,
            mode,
            align_corners,
            recompute_scale_factor,
            antialias,
            clamp=clamp,
            region=region,
            out=out,
        )
    if size is not None and type(size) is not int:
        size = exact_size(size)
    if type(scale_factor) not in _AS_IT_IS:
        scale_factor = exact_scale_factor(scale_factor)
    if clamp is not None:
        clamp = exact_clamp(clamp)
    if region is not None:
        region = exact_region(region)
    if align_corners is not None and type(align_corners) is not bool:
        align_corners = exact_align_corners(align_corners)  # to a key, 0 is the same as False
    key = (
        array.shape,
        array.dtype,
        size,
        scale_factor,
        mode,
        align_corners,
        recompute_scale_factor,
        antialias,
        clamp,
        region,
    )
    plan = _plans.get(key)
    if plan is None:
        if _plans.is_new(key):
            return resample_once(array, key[2:], out)
        plan = Plan._of(array.shape, array.dtype, Options(*key[2:]).exact())
        _plans.add(key, plan)
    result: ArrayT = plan._execute(array, out)
    return result


def interpolate_backward(
    grad_output: ArrayT,
    input_size: Sequence[int],
    size: Size = None,
    scale_factor: ScaleFactor = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    region: Region = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Return the gradient of `interpolate` for its input, given that of its output.

    It is the exact transpose of `interpolate`: for every input sample the sum of the gradients of the output samples
    that read it, times the weights that they read it with [1]_.

    Parameters
    ----------
    grad_output : numpy.ndarray
        The gradient of the output, of the output's shape: float32, float64, float16 or bfloat16, with any strides.
    input_size : sequence of int
        The whole shape of the input, (N, C, W), (N, C, H, W) or (N, C, D, H, W).
    size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, region
        As they were for `interpolate`. With a region `grad_output` is the gradient of that part of the output, and that
        of the rest is 0.
    out : numpy.ndarray, optional
        Where to put the result: an array of shape `input_size` and the dtype of `grad_output`, with any strides that
        keep its elements apart, that does not overlap `grad_output`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new array of shape `input_size`: channels last if `grad_output` is, otherwise contiguous.

    Raises
    ------
    ValueError
        As `interpolate`, and if `grad_output` does not have the shape that `input_size` and the other arguments give.
    TypeError
        As `interpolate`, and for integers.
    NotImplementedError, MemoryError
        As `interpolate`.

    References
    ----------
    .. [1] docs/exactness.md says where PyTorch's own gradient is not that of its output.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.interpolate_backward(np.ones((1, 1, 4), np.float32), (1, 1, 2), scale_factor=2)
    array([[[2., 2.]]], dtype=float32)
    """
    array: Any = grad_output
    if type(array) is not np.ndarray:
        return through_numpy(
            interpolate_backward,
            "grad_output",
            grad_output,
            input_size,
            size,
            scale_factor,
            mode,
            align_corners,
            recompute_scale_factor,
            antialias,
            region=region,
            out=out,
        )
    input_size = exact_shape("input_size", input_size)
    size, scale_factor = exact_size(size), exact_scale_factor(scale_factor)
    align_corners = exact_align_corners(align_corners)
    region = exact_region(region)
    key = (input_size, array.dtype, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, region)
    plan = _backward_plans.get(key)
    if plan is None:
        if _backward_plans.is_new(key):
            return gradient_once(array, input_size, (*key[2:8], None, region), out)
        plan = Plan._of_gradient(input_size, array.dtype, Options(*key[2:8], region=region))
        _backward_plans.add(key, plan)
    result: ArrayT = plan._execute(array, out)
    return result
