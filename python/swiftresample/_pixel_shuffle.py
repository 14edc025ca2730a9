"""``torch.nn.functional.pixel_shuffle`` and ``pixel_unshuffle`` for arrays on the CPU."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ._arrays import as_lengths, execute, operands, output_array, shape_of, through_numpy
from ._library import library
from ._options import exact_integer
from ._structures import MAX_AXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._dlpack import ArrayT


def pixel_shuffle(input: ArrayT, upscale_factor: SupportsIndex, *, out: ArrayT | None = None) -> ArrayT:
    """Turn channels into spatial samples, as ``torch.nn.functional.pixel_shuffle`` does [1]_.

    With r the upscale factor, ``output[..., c, h * r + i, w * r + j]`` is ``input[..., (c * r + i) * r + j, h, w]``
    (Shi et al., CVPR 2016 [2]_).

    Parameters
    ----------
    input : numpy.ndarray
        (..., C * r * r, H, W) of any dtype, with any strides and any number of axes from 3 on.
    upscale_factor : int
        Output samples per input sample, along the height and along the width.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the input's dtype, with any strides that keep its
        elements apart, that does not overlap `input`.

    Returns
    -------
    numpy.ndarray
        (..., C, H * r, W * r): `out`, or a new array, channels last if the input is, otherwise contiguous.

    Raises
    ------
    ValueError
        For a factor below 1, channels that its square does not divide, fewer than 3 axes, and an `out` that cannot be
        written.
    TypeError
        For anything but an array, for dtypes that the library does not know, and a factor that is not an integer.
    MemoryError
        If the output does not fit into memory.

    See Also
    --------
    pixel_unshuffle : the inverse.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html
    .. [2] https://arxiv.org/abs/1609.05158

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> channels = np.array([[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]])
    >>> channels.shape
    (4, 1, 2)
    >>> sr.pixel_shuffle(channels, 2)
    array([[[1, 3, 2, 4],
            [5, 7, 6, 8]]])
    """
    factor = exact_integer("upscale_factor", upscale_factor)
    functions = library.rsmp_pixel_shuffle_shape, library.rsmp_pixel_shuffle
    return through_numpy(_move, "input", input, factor, *functions, out=out)


def pixel_unshuffle(input: ArrayT, downscale_factor: SupportsIndex, *, out: ArrayT | None = None) -> ArrayT:
    """Turn samples into channels, as ``torch.nn.functional.pixel_unshuffle`` does [1]_.

    The inverse of `pixel_shuffle`: with r the downscale factor, ``output[..., (c * r + i) * r + j, h, w]`` is
    ``input[..., c, h * r + i, w * r + j]``.

    Parameters
    ----------
    input : numpy.ndarray
        (..., C, H * r, W * r) of any dtype, with any strides and any number of axes from 3 on.
    downscale_factor : int
        Input samples per output sample, along the height and along the width.
    out : numpy.ndarray, optional
        As for `pixel_shuffle`.

    Returns
    -------
    numpy.ndarray
        (..., C * r * r, H, W): `out`, or a new array, channels last if the input is, otherwise contiguous.

    Raises
    ------
    ValueError
        For a factor below 1, a height or width that it does not divide, fewer than 3 axes, and an `out` that cannot
        be written.
    TypeError, MemoryError
        As `pixel_shuffle`.

    See Also
    --------
    pixel_shuffle : the inverse.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([[[1, 3, 2, 4], [5, 7, 6, 8]]])
    >>> sr.pixel_unshuffle(image, 2)
    array([[[1, 2]],
    <BLANKLINE>
           [[3, 4]],
    <BLANKLINE>
           [[5, 6]],
    <BLANKLINE>
           [[7, 8]]])
    """
    factor = exact_integer("downscale_factor", downscale_factor)
    functions = library.rsmp_pixel_unshuffle_shape, library.rsmp_pixel_unshuffle
    return through_numpy(_move, "input", input, factor, *functions, out=out)


def _move(
    value: NDArray[Any], factor: int, shape_function: Any, function: Any, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return the result of one of the two functions of the library, or put it into `out`."""
    (input,) = operands(input=value)
    leading = max(input.ndim - MAX_AXES, 0)  # axes more than the library takes; they do not take part
    ndim = input.ndim - leading
    shape = input.shape[:leading] + shape_of(shape_function, ndim, ndim, as_lengths(input.shape[leading:]), factor)
    result = output_array(out, input, shape, channels=input.ndim - 3)
    if leading:
        _move_merged(function, input, factor, result, shape)
    else:
        execute(function, [input], factor, outputs=[result])
    return result if out is None else out


def _move_merged(function: Any, input: NDArray[Any], factor: int, output: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Move the samples of an input with more axes than the library takes, the first of them merged into one."""
    if output.shape != shape:
        raise ValueError(f"output must have shape {shape}, got {output.shape}")
    if np.shares_memory(input, output):  # which a copy made here would hide from the library
        raise ValueError("the output overlaps an input")
    merged = _merged(output)
    execute(function, [_merged(input)], factor, outputs=[merged])
    if not np.may_share_memory(merged, output):  # axes that do not merge in place
        output[...] = merged.reshape(shape)


def _merged(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with as many axes as the library takes; a copy where its strides leave no other way."""
    first = array.ndim - MAX_AXES + 1
    return array.reshape(math.prod(array.shape[:first]), *array.shape[first:])
