"""CARAFE's reassembly of features for arrays on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex, cast

from ._arrays import as_lengths, empty_output, execute, operands, output_array, shape_of, through_numpy
from ._library import library
from ._options import exact_integer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._dlpack import ArrayT, SupportsDLPack


def carafe(
    features: ArrayT,
    masks: SupportsDLPack,
    kernel_size: SupportsIndex,
    group_size: SupportsIndex = 1,
    scale_factor: SupportsIndex = 1,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Enlarge features with weights of their own for each output sample: CARAFE (Wang et al., ICCV 2019) [1]_.

    With k the kernel size, s the scale factor, r = (k - 1) / 2 and g = c / (C / group_size),
    ``output[n, c, y, x]`` is the sum over i, j < k of ``masks[n, (g * k + i) * k + j, y, x]`` times
    ``features[n, c, y / s + i - r, x / s + j - r]``, where quotients are rounded down and samples outside count 0. The
    masks are taken as they are: CARAFE itself makes them with a softmax.

    Parameters
    ----------
    features : numpy.ndarray
        (N, C, H, W): float16, bfloat16 (both summed in float32), float32 or float64, with any strides.
    masks : numpy.ndarray
        (N, group_size * k * k, H * s, W * s), of the same dtype: the weights.
    kernel_size : int
        Samples across the window that is reassembled; odd.
    group_size : int, optional
        The number of groups of channels that have masks of their own; it divides C.
    scale_factor : int, optional
        Output samples per input sample, along the height and along the width.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the features' dtype, with any strides that keep
        its elements apart, that overlaps neither `features` nor `masks`.

    Returns
    -------
    numpy.ndarray
        (N, C, H * s, W * s): `out`, or a new array, channels last if the features are, otherwise contiguous.

    Raises
    ------
    ValueError
        For shapes that do not fit together, an even kernel size, other sizes below 1, and an `out` that cannot be
        written.
    TypeError
        For anything but an array, for dtypes that differ or are not among those above, and sizes that are not integers.
    MemoryError
        If the output does not fit into memory.

    References
    ----------
    .. [1] https://arxiv.org/abs/1905.02188

    Examples
    --------
    Equal weights for every sample of the window give averages, with zeros outside:

    >>> import numpy as np
    >>> import swiftresample as sr
    >>> features = np.array([[[[9, 18]]]], dtype=np.float32)
    >>> masks = np.full((1, 9, 2, 4), 1 / 9, dtype=np.float32)
    >>> sr.carafe(features, masks, kernel_size=3, scale_factor=2)
    array([[[[3., 3., 3., 3.],
             [3., 3., 3., 3.]]]], dtype=float32)
    """
    return through_numpy(_carafe, "features", features, masks, kernel_size, group_size, scale_factor, out=out)


def _carafe(
    features: NDArray[Any],
    masks: Any,
    kernel_size: SupportsIndex,
    group_size: SupportsIndex,
    scale_factor: SupportsIndex,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return the features reassembled, or put them into `out`."""
    features, masks = operands(features=features, masks=masks)
    sizes = _sizes(kernel_size, group_size, scale_factor)
    shape = _output_shape(features, masks, sizes)
    result = output_array(out, features, shape)
    execute(library.rsmp_carafe, [features, masks], *sizes, outputs=[result])
    return result if out is None else out


def carafe_backward(
    grad_output: ArrayT,
    features: SupportsDLPack,
    masks: SupportsDLPack,
    kernel_size: SupportsIndex,
    group_size: SupportsIndex = 1,
    scale_factor: SupportsIndex = 1,
) -> tuple[ArrayT, ArrayT]:
    """Return the gradients of `carafe`, given that of its output.

    Parameters
    ----------
    grad_output : numpy.ndarray
        The gradient of the output, of its shape: (N, C, H * s, W * s).
    features, masks, kernel_size, group_size, scale_factor
        As they were for `carafe`; the dtype is that of `grad_output`.

    Returns
    -------
    grad_features, grad_masks : numpy.ndarray
        Gradients of the shapes of `features` and `masks`: channels last if these are, otherwise contiguous.

    Raises
    ------
    ValueError, TypeError
        As `carafe`, and if `grad_output` does not have the shape of the output.
    MemoryError
        If the gradients do not fit into memory.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> features, masks = np.array([[[[9, 18]]]], np.float32), np.ones((1, 1, 2, 4), np.float32)
    >>> gradient = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)
    >>> grad_features, grad_masks = sr.carafe_backward(gradient, features, masks, kernel_size=1, scale_factor=2)
    >>> grad_features
    array([[[[10., 18.]]]], dtype=float32)
    >>> grad_masks
    array([[[[  0.,   9.,  36.,  54.],
             [ 36.,  45., 108., 126.]]]], dtype=float32)
    """
    gradients = through_numpy(
        _backward, "grad_output", grad_output, features, masks, kernel_size, group_size, scale_factor
    )
    return cast("tuple[ArrayT, ArrayT]", gradients)


def _backward(
    grad_output: NDArray[Any],
    features: Any,
    masks: Any,
    kernel_size: SupportsIndex,
    group_size: SupportsIndex,
    scale_factor: SupportsIndex,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the gradients of features and masks."""
    grad_output, features, masks = operands(grad_output=grad_output, features=features, masks=masks)
    sizes = _sizes(kernel_size, group_size, scale_factor)
    shape = _output_shape(features, masks, sizes)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output must have the output's shape {shape}, got {grad_output.shape}")
    grad_features = empty_output(features, features.shape, features.dtype)
    grad_masks = empty_output(masks, masks.shape, masks.dtype)
    outputs = [grad_features, grad_masks]
    execute(library.rsmp_carafe_backward, [grad_output, features, masks], *sizes, outputs=outputs)
    return grad_features, grad_masks


def _sizes(kernel_size: SupportsIndex, group_size: SupportsIndex, scale_factor: SupportsIndex) -> tuple[int, int, int]:
    return (
        exact_integer("kernel_size", kernel_size),
        exact_integer("group_size", group_size),
        exact_integer("scale_factor", scale_factor),
    )


def _output_shape(features: NDArray[Any], masks: NDArray[Any], sizes: tuple[int, int, int]) -> tuple[int, ...]:
    for name, array in (("features", features), ("masks", masks)):
        if array.ndim != 4:
            raise ValueError(f"{name} must be 4-D, got {array.ndim}-D")
    return shape_of(library.rsmp_carafe_shape, 4, as_lengths(features.shape), as_lengths(masks.shape), *sizes)
