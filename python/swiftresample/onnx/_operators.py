"""The other resampling operators of ONNX: names and attributes, translated to the functions of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._arrays import as_array, operands
from .._conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from .._grid_sample import affine_grid as torch_affine_grid
from .._grid_sample import grid_sample as torch_grid_sample
from .._memory import new_array
from .._options import choice, exact_integer
from .._pixel_shuffle import pixel_shuffle, pixel_unshuffle
from ._attributes import flag, integers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_GRID_MODES = {
    "linear": "bilinear",
    "bilinear": "bilinear",
    "nearest": "nearest",
    "cubic": "bicubic",
    "bicubic": "bicubic",
}
_CHANNEL_ORDERS = {"DCR": 0, "CRD": 1}
_CONVOLUTIONS = {3: conv_transpose1d, 4: conv_transpose2d, 5: conv_transpose3d}


def grid_sample(
    X: Any, grid: Any, *, align_corners: int = 0, mode: str = "linear", padding_mode: str = "zeros"
) -> NDArray[Any]:
    """Read an array at the points of a grid, as ONNX's GridSample does [1]_.

    Parameters
    ----------
    X : numpy.ndarray
        (N, C, H, W) or (N, C, D, H, W); float32, float64, float16 or bfloat16.
    grid : numpy.ndarray
        (N, H', W', 2) or (N, D', H', W', 3): where each output sample lies, from -1 to 1, x first.
    align_corners : int, optional
        1: -1 and 1 are the centres of the outer samples; 0: their outer edges.
    mode : str, optional
        ``"linear"``, ``"nearest"`` or ``"cubic"``; of opset 16 ``"bilinear"`` and ``"bicubic"``.
    padding_mode : str, optional
        ``"zeros"``, ``"border"`` or ``"reflection"``.

    Returns
    -------
    numpy.ndarray
        (N, C, H', W') or (N, C, D', H', W').

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `swiftresample.grid_sample`.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__GridSample.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> X = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
    >>> sr.onnx.grid_sample(X, np.zeros((1, 1, 1, 2), np.float32))
    array([[[[1.5]]]], dtype=float32)
    """
    choice("mode", mode, dict.fromkeys(_GRID_MODES, 0))
    is_aligned = bool(flag("align_corners", align_corners))
    result: NDArray[Any] = torch_grid_sample(X, grid, _GRID_MODES[mode], padding_mode, is_aligned)
    return result


def affine_grid(theta: Any, size: Sequence[int], *, align_corners: int = 0) -> NDArray[Any]:
    """Return the grid of an affine map, as ONNX's AffineGrid does [1]_.

    Parameters
    ----------
    theta : numpy.ndarray
        (N, 2, 3) or (N, 3, 4).
    size : sequence of int
        (N, C, H, W) or (N, C, D, H, W): the shape of what `grid_sample` shall make.
    align_corners : int, optional
        As for `grid_sample`.

    Returns
    -------
    numpy.ndarray
        (N, H, W, 2) or (N, D, H, W, 3).

    Raises
    ------
    ValueError, TypeError
        As `swiftresample.affine_grid`.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__AffineGrid.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> theta = np.array([[[1, 0, 0], [0, 1, 0]]], dtype=np.float32)
    >>> sr.onnx.affine_grid(theta, [1, 1, 1, 2])
    array([[[[-0.5,  0. ],
             [ 0.5,  0. ]]]], dtype=float32)
    """
    is_aligned = bool(flag("align_corners", align_corners))
    result: NDArray[Any] = torch_affine_grid(theta, integers("size", size), is_aligned)
    return result


def depth_to_space(input: Any, blocksize: int, *, mode: str = "DCR") -> NDArray[Any]:
    """Move channels to pixels, as ONNX's DepthToSpace does [1]_.

    Parameters
    ----------
    input : numpy.ndarray
        (N, C * blocksize * blocksize, H, W), any dtype.
    blocksize : int
        The pixels that one becomes along each axis.
    mode : str, optional
        Which channels become the pixels of a block: ``"DCR"``, those that are C apart, or ``"CRD"``, neighbours, as in
        PyTorch's pixel_shuffle.

    Returns
    -------
    numpy.ndarray
        (N, C, H * blocksize, W * blocksize).

    Raises
    ------
    ValueError
        For another number of axes, and channels that the blocks do not divide.
    TypeError
        For a dtype that is not known here.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__DepthToSpace.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.onnx.depth_to_space(np.arange(4).reshape(1, 4, 1, 1), 2)
    array([[[[0, 1],
             [2, 3]]]])
    """
    (array,) = operands(input=input)
    blocks = _blocks(array, blocksize)
    channels = array.shape[1] // blocks if blocks else 0
    if channels * blocks != array.shape[1]:
        raise ValueError(f"input must have a multiple of {blocks} channels, got {array.shape[1]}")
    if choice("mode", mode, _CHANNEL_ORDERS) == 1:
        return pixel_shuffle(array, blocksize)
    batch, _, height, width = array.shape
    # The channels of a block beside one another: for pixel_shuffle each C is an image.
    images = array.reshape(batch, blocks, channels, height, width).transpose(0, 2, 1, 3, 4)
    return pixel_shuffle(images, blocksize).reshape(batch, channels, height * blocksize, width * blocksize)


def space_to_depth(input: Any, blocksize: int, *, mode: str = "DCR") -> NDArray[Any]:
    """Move pixels to channels, as ONNX's SpaceToDepth does [1]_: the inverse of `depth_to_space`.

    Parameters
    ----------
    input : numpy.ndarray
        (N, C, H * blocksize, W * blocksize), any dtype.
    blocksize : int
        The pixels that become one along each axis.
    mode : str, optional
        As for `depth_to_space`; opsets before 28 have ``"DCR"`` alone.

    Returns
    -------
    numpy.ndarray
        (N, C * blocksize * blocksize, H, W).

    Raises
    ------
    ValueError
        For another number of axes, and lengths that the blocks do not divide.
    TypeError
        For a dtype that is not known here.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.onnx.space_to_depth(np.arange(4).reshape(1, 1, 2, 2), 2).ravel()
    array([0, 1, 2, 3])
    """
    (array,) = operands(input=input)
    blocks = _blocks(array, blocksize)
    batch, channels, height, width = array.shape
    if height % blocksize or width % blocksize:
        raise ValueError(f"blocksize must divide height and width, got {blocksize} for {height} and {width}")
    if choice("mode", mode, _CHANNEL_ORDERS) == 1:
        return pixel_unshuffle(array, blocksize)
    shape = (batch, blocks, channels, height // blocksize, width // blocksize)
    result = new_array(shape, array.dtype)
    pixel_unshuffle(array[:, :, None], blocksize, out=result.transpose(0, 2, 1, 3, 4))
    return result.reshape(batch, blocks * channels, *shape[3:])


def _blocks(array: NDArray[Any], blocksize: Any) -> int:
    size = exact_integer("blocksize", blocksize)
    if array.ndim != 4:
        raise ValueError(f"input must be 4-D, (N, C, H, W), got {array.ndim}-D")
    if size < 1:
        raise ValueError(f"blocksize must be at least 1, got {size}")
    return size * size


def conv_transpose(
    X: Any,
    W: Any,
    B: Any = None,
    *,
    auto_pad: str = "NOTSET",
    dilations: Sequence[int] | None = None,
    group: int = 1,
    kernel_shape: Sequence[int] | None = None,
    output_padding: Sequence[int] | None = None,
    output_shape: Sequence[int] | None = None,
    pads: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
) -> NDArray[Any]:
    """Return the transposed convolution, as ONNX's ConvTranspose does [1]_.

    Parameters
    ----------
    X : numpy.ndarray
        (N, Cin, spatial...), with one to three spatial axes.
    W : numpy.ndarray
        (Cin, Cout / group, kernel...).
    B : numpy.ndarray, optional
        (Cout,).
    auto_pad : str, optional
        ``"NOTSET"``: `pads` say what is cut off; ``"VALID"``: nothing is; ``"SAME_UPPER"`` and ``"SAME_LOWER"``: as
        much as leaves `strides` times the length of the input, the odd sample at the end or at the start.
    dilations, strides : sequence of int, optional
        An entry for each spatial axis; 1 by default.
    group : int, optional
        The groups of channels.
    kernel_shape : sequence of int, optional
        That of `W`.
    output_padding : sequence of int, optional
        What is added to the end of each axis; 0 by default.
    output_shape : sequence of int, optional
        The spatial lengths of the output, from which the pads follow. Where they are longer than what `X` reaches,
        the rest is `B`.
    pads : sequence of int, optional
        What is cut off the starts of the spatial axes, then off their ends; 0 by default.

    Returns
    -------
    numpy.ndarray
        (N, Cout, spatial...).

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `swiftresample.conv_transpose2d`, and for attributes that contradict one another or the shapes.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__ConvTranspose.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> X, W = np.array([[[1, 2]]], dtype=np.float32), np.array([[[1, 2, 3]]], dtype=np.float32)
    >>> sr.onnx.conv_transpose(X, W, strides=[2], pads=[1, 0])
    array([[[2., 5., 4., 6.]]], dtype=float32)
    """
    X, W = as_array("X", X), as_array("W", W)
    if X.ndim not in _CONVOLUTIONS or W.ndim != X.ndim:
        raise ValueError(f"X and W must have 3 to 5 axes, and as many, got {X.ndim} and {W.ndim}")
    axes, lengths = X.ndim - 2, X.shape[2:]
    kernel = _per_axis("kernel_shape", kernel_shape, axes, W.shape[2:])
    if kernel != W.shape[2:]:
        raise ValueError(f"kernel_shape must be that of W, {W.shape[2:]}, got {kernel}")
    step = _per_axis("strides", strides, axes, (1,) * axes, least=1)
    gap = _per_axis("dilations", dilations, axes, (1,) * axes, least=1)
    extra = _per_axis("output_padding", output_padding, axes, (0,) * axes, least=0)
    if any(more >= max(pair) for more, *pair in zip(extra, step, gap)):
        raise ValueError(f"output_padding must be less than strides or dilations, got {extra}")
    # What the samples of X reach, and with output_padding.
    reached = [s * (n - 1) + d * (k - 1) + 1 for n, s, d, k in zip(lengths, step, gap, kernel)]
    whole = [length + more for length, more in zip(reached, extra)]
    padding = choice("auto_pad", auto_pad, {"NOTSET": 0, "VALID": 1, "SAME_UPPER": 2, "SAME_LOWER": 3})
    if padding in (2, 3) or output_shape is not None:
        same = tuple(n * s for n, s in zip(lengths, step))
        wanted = list(_per_axis("output_shape", output_shape, axes, same, least=1))
        cut = [length - kept for length, kept in zip(whole, wanted)]
        start = [total // 2 if padding == 2 else total - total // 2 for total in cut]
    else:
        bounds = _per_axis("pads", None if padding == 1 else pads, 2 * axes, (0,) * (2 * axes), least=0)
        start = list(bounds[:axes])
        wanted = [length - sum(ends) for length, *ends in zip(whole, start, bounds[axes:])]
        if min(wanted) < 1:
            raise ValueError(f"pads must leave at least 1 sample of {whole}, got {bounds}")
    # The operator cuts off as much from both ends; the rest is cut off its result.
    both = [max(min(first, length - first - kept), 0) for first, length, kept in zip(start, reached, wanted)]
    function = _CONVOLUTIONS[X.ndim]
    result = function(X, W, B, step, both, groups=exact_integer("group", group), dilation=gap)
    first = [cut - done for cut, done in zip(start, both)]
    kept = [slice(max(begin, 0), max(begin + length, 0)) for begin, length in zip(first, wanted)]
    part: NDArray[Any] = result[(..., *kept)]
    if list(part.shape[2:]) == wanted:
        return np.ascontiguousarray(part)
    # Beyond what X reaches there is the bias alone.
    output: Any = np.zeros((*result.shape[:2], *wanted), result.dtype)
    if B is not None:
        output += as_array("B", B).reshape(-1, *[1] * axes)
    before = [max(-begin, 0) for begin in first]
    output[(..., *(slice(begin, begin + length) for begin, length in zip(before, part.shape[2:])))] = part
    return np.asarray(output)


def center_crop_pad(input: Any, shape: Sequence[int], *, axes: Sequence[int] | None = None) -> NDArray[Any]:
    """Cut out the middle of an array, or put zeros around it, as ONNX's CenterCropPad does [1]_.

    Parameters
    ----------
    input : numpy.ndarray
        Any number of axes, any dtype.
    shape : sequence of int
        The lengths that the axes get.
    axes : sequence of int, optional
        The axes that `shape` has entries for; all of them by default.

    Returns
    -------
    numpy.ndarray
        A new array.

    Raises
    ------
    ValueError
        For axes that are not there or come twice, and lengths that are negative or not one each.
    TypeError
        For anything but integers.

    References
    ----------
    .. [1] https://onnx.ai/onnx/operators/onnx__CenterCropPad.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.onnx.center_crop_pad(np.array([[1, 2, 3, 4]]), [3, 2])
    array([[0, 0],
           [2, 3],
           [0, 0]])
    """
    array = as_array("input", input)
    lengths = integers("shape", shape)
    given = integers("axes", axes) if axes is not None else range(array.ndim)
    if any(not -array.ndim <= axis < array.ndim for axis in given):
        raise ValueError(f"axes must be from {-array.ndim} to {array.ndim - 1}, got {given}")
    named = [axis % array.ndim for axis in given]
    if len(set(named)) != len(named) or len(named) != len(lengths):
        raise ValueError(f"shape must have an entry for each axis, got {len(lengths)} for axes {named}")
    if min(lengths, default=0) < 0:
        raise ValueError(f"shape must not be negative, got {lengths}")
    wanted = list(array.shape)
    source, target = [slice(None)] * array.ndim, [slice(None)] * array.ndim
    for axis, length in zip(named, lengths):
        wanted[axis] = length
        difference = abs(array.shape[axis] - length)
        middle = slice(difference // 2, difference // 2 + min(array.shape[axis], length))
        (source if array.shape[axis] > length else target)[axis] = middle
    result = np.zeros(wanted, array.dtype)
    result[tuple(target)] = array[tuple(source)]
    return result


def _per_axis(name: str, value: Any, count: int, default: tuple[int, ...], least: int | None = None) -> tuple[int, ...]:
    if value is None:
        return tuple(default)
    entries = integers(name, value)
    if len(entries) != count:
        raise ValueError(f"{name} must have {count} entries, got {len(entries)}")
    if least is not None and min(entries) < least:
        raise ValueError(f"{name} must be at least {least}, got {entries}")
    return entries
