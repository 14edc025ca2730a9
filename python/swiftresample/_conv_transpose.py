"""``torch.nn.functional.conv_transpose1d``, ``2d`` and ``3d`` for arrays on the CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, Union, cast

import numpy as np

from ._arrays import as_lengths, empty_output, execute, operands, output_array, shape_of, through_numpy
from ._library import library
from ._options import exact_integer, exact_per_axis
from ._structures import MAX_SPATIAL_AXES, ConvTransposeOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import TypeAlias

    from ._dlpack import ArrayT, SupportsDLPack

PerAxis: TypeAlias = Union[SupportsIndex, Sequence[SupportsIndex]]

_AXES = {1: "W", 2: "H, W", 3: "D, H, W"}


def conv_transpose1d(
    input: ArrayT,
    weight: SupportsDLPack,
    bias: SupportsDLPack | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Convolve a signal with fractional strides, as ``torch.nn.functional.conv_transpose1d`` does [1]_.

    Like `conv_transpose2d`, but with one spatial axis.

    Parameters
    ----------
    input : numpy.ndarray
        (N, Cin, W) or (Cin, W).
    weight : numpy.ndarray
        (Cin, Cout / groups, KW).
    bias, stride, padding, output_padding, groups, dilation, out
        As for `conv_transpose2d`, with one entry.

    Returns
    -------
    numpy.ndarray
        (N, Cout, Wo), or (Cout, Wo) for an input without N.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `conv_transpose2d`.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> signal = np.array([[[1, 2, 3]]], dtype=np.float32)
    >>> weight = np.array([[[1, 10]]], dtype=np.float32)
    >>> sr.conv_transpose1d(signal, weight, stride=2)
    array([[[ 1., 10.,  2., 20.,  3., 30.]]], dtype=float32)
    >>> sr.conv_transpose1d(signal, weight)
    array([[[ 1., 12., 23., 30.]]], dtype=float32)
    """
    options = (stride, padding, output_padding, groups, dilation)
    return through_numpy(_conv_transpose, "input", input, 1, weight, bias, *options, out=out)


def conv_transpose2d(
    input: ArrayT,
    weight: SupportsDLPack,
    bias: SupportsDLPack | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Convolve an image with fractional strides, as ``torch.nn.functional.conv_transpose2d`` does [1]_.

    Each input sample adds its multiple of the weights to the output from position ``index * stride - padding`` on:
    the gradient of a convolution with respect to its input.

    Parameters
    ----------
    input : numpy.ndarray
        (N, Cin, H, W) or (Cin, H, W): float16, bfloat16 (both summed in float32), float32, float64 or int64 (which
        wraps), with any strides.
    weight : numpy.ndarray
        (Cin, Cout / groups, KH, KW), of the same dtype.
    bias : numpy.ndarray, optional
        (Cout,), of the same dtype: what is added to each channel.
    stride : int or sequence of int, optional
        Output samples per input sample: one number for every spatial axis, or one each.
    padding : int or sequence of int, optional
        Samples left out at either end of the output.
    output_padding : int or sequence of int, optional
        Samples added at the high end of the output; less than `stride` or less than `dilation`.
    groups : int, optional
        Parts into which the channels are divided, that have nothing to do with one another.
    dilation : int or sequence of int, optional
        Output samples from one weight to the next.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the input's dtype, with any strides that keep its
        elements apart, that overlaps none of the other arrays.

    Returns
    -------
    numpy.ndarray
        (N, Cout, Ho, Wo), or (Cout, Ho, Wo) for an input without N, where
        ``Ho = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + output_padding + 1``: `out`, or a new array,
        channels last if the input is, otherwise contiguous.

    Raises
    ------
    ValueError
        For shapes that do not fit together, options and output sizes that PyTorch refuses, and an `out` that cannot
        be written.
    TypeError
        For anything but an array, for dtypes that differ or are not among those above, and options that are not made
        of integers.
    MemoryError
        If the output does not fit into memory.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([[[[1, 2], [3, 4]]]], dtype=np.float32)
    >>> weight = np.array([[[[1, 0], [0, 10]]]], dtype=np.float32)
    >>> sr.conv_transpose2d(image, weight, stride=2)
    array([[[[ 1.,  0.,  2.,  0.],
             [ 0., 10.,  0., 20.],
             [ 3.,  0.,  4.,  0.],
             [ 0., 30.,  0., 40.]]]], dtype=float32)

    The usual layer that doubles the size:

    >>> features = np.zeros((1, 64, 32, 32), dtype=np.float32)
    >>> weight = np.zeros((64, 16, 4, 4), dtype=np.float32)
    >>> sr.conv_transpose2d(features, weight, np.zeros(16, np.float32), stride=2, padding=1).shape
    (1, 16, 64, 64)
    """
    options = (stride, padding, output_padding, groups, dilation)
    return through_numpy(_conv_transpose, "input", input, 2, weight, bias, *options, out=out)


def conv_transpose3d(
    input: ArrayT,
    weight: SupportsDLPack,
    bias: SupportsDLPack | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Convolve a volume with fractional strides, as ``torch.nn.functional.conv_transpose3d`` does [1]_.

    Like `conv_transpose2d`, but with three spatial axes.

    Parameters
    ----------
    input : numpy.ndarray
        (N, Cin, D, H, W) or (Cin, D, H, W).
    weight : numpy.ndarray
        (Cin, Cout / groups, KD, KH, KW).
    bias, stride, padding, output_padding, groups, dilation, out
        As for `conv_transpose2d`, with three entries.

    Returns
    -------
    numpy.ndarray
        (N, Cout, Do, Ho, Wo), or (Cout, Do, Ho, Wo) for an input without N.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `conv_transpose2d`.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> volume = np.ones((1, 8, 4, 16, 16), dtype=np.float32)
    >>> weight = np.ones((8, 2, 2, 3, 3), dtype=np.float32)
    >>> sr.conv_transpose3d(volume, weight, stride=(2, 1, 1), padding=(0, 1, 1)).shape
    (1, 2, 8, 16, 16)
    """
    options = (stride, padding, output_padding, groups, dilation)
    return through_numpy(_conv_transpose, "input", input, 3, weight, bias, *options, out=out)


def conv_transpose1d_backward(
    grad_output: ArrayT,
    input: SupportsDLPack,
    weight: SupportsDLPack,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Return the gradients of `conv_transpose1d`, given that of its output.

    Like `conv_transpose2d_backward`, but with one spatial axis.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> signal, weight = np.ones((1, 1, 3), np.float32), np.array([[[1, 10]]], dtype=np.float32)
    >>> gradient = np.arange(6, dtype=np.float32).reshape(1, 1, 6)
    >>> sr.conv_transpose1d_backward(gradient, signal, weight, stride=2)[0]
    array([[[10., 32., 54.]]], dtype=float32)
    """
    options = (stride, padding, output_padding, groups, dilation)
    gradients = through_numpy(_backward, "grad_output", grad_output, 1, input, weight, *options)
    return cast("tuple[ArrayT, ArrayT, ArrayT]", gradients)


def conv_transpose2d_backward(
    grad_output: ArrayT,
    input: SupportsDLPack,
    weight: SupportsDLPack,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Return the gradients of `conv_transpose2d`, given that of its output.

    Parameters
    ----------
    grad_output : numpy.ndarray
        The gradient of the output, of its shape: (N, Cout, Ho, Wo), or (Cout, Ho, Wo) for an input without N. float32,
        float64, float16 or bfloat16 (both summed in float32).
    input, weight, stride, padding, output_padding, groups, dilation
        As they were for `conv_transpose2d`; the dtype is that of `grad_output`.

    Returns
    -------
    grad_input, grad_weight, grad_bias : numpy.ndarray
        Gradients of the shapes of `input`, of `weight` and of a bias, (Cout,).

    Raises
    ------
    ValueError
        As `conv_transpose2d`, and if `grad_output` does not have the shape of the output.
    TypeError
        As `conv_transpose2d`, and for integers.
    MemoryError
        If the gradients do not fit into memory.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image, weight = np.ones((1, 1, 2, 2), np.float32), np.ones((1, 1, 2, 2), np.float32)
    >>> gradient = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    >>> grad_image, grad_weight, grad_bias = sr.conv_transpose2d_backward(gradient, image, weight, stride=2)
    >>> grad_image
    array([[[[10., 18.],
             [42., 50.]]]], dtype=float32)
    >>> grad_weight, grad_bias
    (array([[[[20., 24.],
             [36., 40.]]]], dtype=float32), array([120.], dtype=float32))
    """
    options = (stride, padding, output_padding, groups, dilation)
    gradients = through_numpy(_backward, "grad_output", grad_output, 2, input, weight, *options)
    return cast("tuple[ArrayT, ArrayT, ArrayT]", gradients)


def conv_transpose3d_backward(
    grad_output: ArrayT,
    input: SupportsDLPack,
    weight: SupportsDLPack,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Return the gradients of `conv_transpose3d`, given that of its output.

    Like `conv_transpose2d_backward`, but with three spatial axes.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> volume, weight = np.ones((1, 8, 4, 16, 16), np.float32), np.ones((8, 2, 2, 3, 3), np.float32)
    >>> gradient = np.ones((1, 2, 8, 18, 18), np.float32)
    >>> [grad.shape for grad in sr.conv_transpose3d_backward(gradient, volume, weight, stride=(2, 1, 1))]
    [(1, 8, 4, 16, 16), (8, 2, 2, 3, 3), (2,)]
    """
    options = (stride, padding, output_padding, groups, dilation)
    gradients = through_numpy(_backward, "grad_output", grad_output, 3, input, weight, *options)
    return cast("tuple[ArrayT, ArrayT, ArrayT]", gradients)


def _conv_transpose(
    input: NDArray[Any],
    axes: int,
    weight: Any,
    bias: Any,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: SupportsIndex,
    dilation: PerAxis,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return the transposed convolution along that many spatial axes, or put it into `out`."""
    if bias is None:
        input, weight = operands(input=input, weight=weight)
    else:
        input, weight, bias = operands(input=input, weight=weight, bias=bias)
    options = _options(axes, stride, padding, output_padding, groups, dilation)
    images, shape = _batch(axes, input, weight, options)
    is_batch = images is input
    result = output_array(out, input, shape if is_batch else shape[1:], channels=input.ndim - axes - 1)
    if not is_batch and result.shape != shape[1:]:
        raise ValueError(f"output must have shape {shape[1:]}, got {result.shape}")
    outputs = [result if is_batch else result[None]]
    execute(library.rsmp_conv_transpose, [images, weight, bias], options, outputs=outputs)
    return result if out is None else out


def _backward(
    grad_output: NDArray[Any],
    axes: int,
    input: Any,
    weight: Any,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: SupportsIndex,
    dilation: PerAxis,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the gradients of input, weight and bias of the transposed convolution along that many spatial axes."""
    grad_output, input, weight = operands(grad_output=grad_output, input=input, weight=weight)
    options = _options(axes, stride, padding, output_padding, groups, dilation)
    images, shape = _batch(axes, input, weight, options)
    is_batch = images is input
    if grad_output.shape != (shape if is_batch else shape[1:]):
        raise ValueError(
            f"grad_output must have the output's shape {shape if is_batch else shape[1:]}, got {grad_output.shape}"
        )
    grad_input = empty_output(input, input.shape, input.dtype, channels=input.ndim - axes - 1)
    grad_weight, grad_bias = np.empty(weight.shape, weight.dtype), np.empty(shape[1], weight.dtype)
    outputs = [grad_input if is_batch else grad_input[None], grad_weight, grad_bias]
    gradients = grad_output if is_batch else grad_output[None]
    execute(library.rsmp_conv_transpose_backward, [gradients, images, weight], options, outputs=outputs)
    return grad_input, grad_weight, grad_bias


def _batch(
    axes: int, input: NDArray[Any], weight: NDArray[Any], options: ConvTransposeOptions
) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Return `input` with N, itself if it has it, and the shape of the output with N."""
    ndim = axes + 2
    if input.ndim not in (ndim, ndim - 1):
        raise ValueError(
            f"input must be {ndim}-D (N, C, {_AXES[axes]}) or {ndim - 1}-D (C, {_AXES[axes]}), got {input.ndim}-D"
        )
    if weight.ndim != ndim:
        raise ValueError(f"weight must be {ndim}-D, got {weight.ndim}-D")
    images = input if input.ndim == ndim else input[None]
    lengths = as_lengths(images.shape), as_lengths(weight.shape)
    return images, shape_of(library.rsmp_conv_transpose_shape, ndim, ndim, *lengths, options)


def _options(
    axes: int,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: SupportsIndex,
    dilation: PerAxis,
) -> ConvTransposeOptions:
    options = ConvTransposeOptions(
        struct_size=ctypes.sizeof(ConvTransposeOptions), groups=exact_integer("groups", groups)
    )
    if options.groups == 0:  # which the library takes for not given
        raise ValueError("groups must be positive, got 0")
    given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    for name, value in given.items():
        # Of too many entries the structure holds the first and the number: the library knows how many there must be.
        entries = exact_per_axis(name, value, axes)
        setattr(options, f"{name}_count", len(entries))
        setattr(options, name, entries[:MAX_SPATIAL_AXES])
    return options
