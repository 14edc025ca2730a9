"""``torch.nn.functional.grid_sample`` and ``affine_grid`` for arrays on the CPU."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, SupportsIndex, cast

from ._arrays import as_array, as_lengths, check_output, execute, operands, shape_of, through_numpy
from ._library import library
from ._memory import new_array
from ._options import choice, exact_align_corners, exact_shape
from ._structures import GridSampleOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ._dlpack import ArrayT, SupportsDLPack

_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
_PADDING_MODES = {"zeros": 0, "border": 1, "reflection": 2}


def grid_sample(
    input: ArrayT,
    grid: SupportsDLPack,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Sample an array at the points of a grid, as ``torch.nn.functional.grid_sample`` does [1]_.

    Parameters
    ----------
    input : numpy.ndarray
        (N, C, H, W) or (N, C, D, H, W): float16, bfloat16, float32 or float64, with any strides.
    grid : numpy.ndarray
        (N, Ho, Wo, 2) or (N, Do, Ho, Wo, 3), of the same dtype: where to sample, x (along the width) before y before z.
        -1 and 1 are the edges of the input. Any value is allowed.
    mode : str, optional
        ``"bilinear"`` (trilinear for 5-D input), ``"nearest"`` or ``"bicubic"`` (for 5-D input as PyTorch 2.15 has
        it).
    padding_mode : str, optional
        What lies outside the input: ``"zeros"``, the samples at its edges (``"border"``), or its mirror images
        (``"reflection"``).
    align_corners : bool, optional
        Whether -1 and 1 are the centres of the corner samples instead of the edges. None means False.
    out : numpy.ndarray, optional
        Where to put the result: an array of the output's shape and the input's dtype, with any strides that keep its
        elements apart, that overlaps neither `input` nor `grid`.

    Returns
    -------
    numpy.ndarray
        (N, C, Ho, Wo) or (N, C, Do, Ho, Wo): `out`, or a new contiguous array.

    Raises
    ------
    ValueError
        For shapes that do not fit together, modes that do not exist, and an `out` that cannot be written.
    TypeError
        For anything but an array, for dtypes that differ or are not among those above, and arguments of the wrong type.
    MemoryError
        If the output does not fit into memory.

    See Also
    --------
    affine_grid : the grid of an affine map.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([[[[1, 2], [3, 4]]]], dtype=np.float32)
    >>> points = np.array([[[[0, 0], [-0.5, -0.5], [-1, 1], [5, 0]]]], dtype=np.float32)
    >>> sr.grid_sample(image, points)
    array([[[[2.5 , 1.  , 0.75, 0.  ]]]], dtype=float32)
    >>> sr.grid_sample(image, points, padding_mode="border", align_corners=True)
    array([[[[2.5 , 1.75, 3.  , 3.  ]]]], dtype=float32)
    """
    return through_numpy(_grid_sample, "input", input, grid, mode, padding_mode, align_corners, out=out)


def _grid_sample(
    input: NDArray[Any],
    grid: Any,
    mode: str,
    padding_mode: str,
    align_corners: bool | None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return the samples at the points of the grid, or put them into `out`."""
    input, grid = operands(input=input, grid=grid)
    options = _options(mode, padding_mode, align_corners)
    shape = _output_shape(input.shape, grid.shape)
    if out is None:
        result = new_array(shape, input.dtype)  # contiguous for any input, as PyTorch's
    else:
        result = as_array("out", out)
        check_output(result, input.dtype)
    execute(library.rsmp_grid_sample, [input, grid], options, outputs=[result])
    return result if out is None else out


def grid_sample_backward(
    grad_output: ArrayT,
    input: SupportsDLPack,
    grid: SupportsDLPack,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> tuple[ArrayT, ArrayT]:
    """Return the gradients of `grid_sample`, given that of its output.

    Parameters
    ----------
    grad_output : numpy.ndarray
        The gradient of the output, of its shape: (N, C, Ho, Wo) or (N, C, Do, Ho, Wo).
    input, grid, mode, padding_mode, align_corners
        As they were for `grid_sample`; the dtype is that of `grad_output`.

    Returns
    -------
    grad_input, grad_grid : numpy.ndarray
        Gradients of the shapes of `input` and `grid`, contiguous. That of the grid is 0 for ``"nearest"``, and where
        ``"border"`` or ``"reflection"`` bounds a coordinate.

    Raises
    ------
    ValueError, TypeError
        As `grid_sample`, and if `grad_output` does not have the shape of the output.
    MemoryError
        If the gradients, and copies of the input and its gradient with a multiple of 16 channels, do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([[[[1, 2], [3, 4]]]], dtype=np.float32)
    >>> points = np.array([[[[0, 0], [-0.5, -0.5]]]], dtype=np.float32)
    >>> grad_image, grad_points = sr.grid_sample_backward(np.ones((1, 1, 1, 2), np.float32), image, points)
    >>> grad_image
    array([[[[1.25, 0.25],
             [0.25, 0.25]]]], dtype=float32)
    >>> grad_points
    array([[[[1., 2.],
             [1., 2.]]]], dtype=float32)
    """
    gradients = through_numpy(_backward, "grad_output", grad_output, input, grid, mode, padding_mode, align_corners)
    return cast("tuple[ArrayT, ArrayT]", gradients)


def _backward(
    grad_output: NDArray[Any], input: Any, grid: Any, mode: str, padding_mode: str, align_corners: bool | None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the gradients of input and grid."""
    grad_output, input, grid = operands(grad_output=grad_output, input=input, grid=grid)
    options = _options(mode, padding_mode, align_corners)
    shape = _output_shape(input.shape, grid.shape)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output must have the output's shape {shape}, got {grad_output.shape}")
    grad_input, grad_grid = new_array(input.shape, input.dtype), new_array(grid.shape, grid.dtype)
    execute(library.rsmp_grid_sample_backward, [grad_output, input, grid], options, outputs=[grad_input, grad_grid])
    return grad_input, grad_grid


def _options(mode: str, padding_mode: str, align_corners: bool | None) -> GridSampleOptions:
    return GridSampleOptions(
        struct_size=ctypes.sizeof(GridSampleOptions),
        mode=choice("mode", mode, _MODES),
        padding_mode=choice("padding_mode", padding_mode, _PADDING_MODES),
        align_corners=bool(exact_align_corners(align_corners)),
    )


@functools.lru_cache(maxsize=64)
def _output_shape(input: tuple[int, ...], grid: tuple[int, ...]) -> tuple[int, ...]:
    if len(grid) != len(input):
        raise ValueError(f"grid must have as many axes as input, {len(input)}, got {len(grid)}")
    return shape_of(library.rsmp_grid_sample_shape, len(input), len(input), as_lengths(input), as_lengths(grid))


def affine_grid(theta: ArrayT, size: Sequence[SupportsIndex], align_corners: bool | None = None) -> ArrayT:
    """Return the grid of an affine map for `grid_sample`, as ``torch.nn.functional.affine_grid`` does [1]_.

    Parameters
    ----------
    theta : numpy.ndarray
        (N, 2, 3) or (N, 3, 4), float32 or float64: what the output's coordinates (x, y, 1) or (x, y, z, 1) are
        multiplied by to give the input's.
    size : sequence of int
        The output's whole shape: (N, C, H, W) or (N, C, D, H, W).
    align_corners : bool, optional
        Whether -1 and 1 are the centres of the corner samples instead of the edges of the output; as for
        `grid_sample`. None means False.

    Returns
    -------
    numpy.ndarray
        (N, H, W, 2) or (N, D, H, W, 3), of the dtype of `theta`.

    Raises
    ------
    ValueError
        For a `theta` that does not fit `size`, and lengths below 1.
    TypeError
        For anything but an array, for other dtypes, and a size that is not made of integers.
    NotImplementedError
        For a size that has neither 4 nor 5 entries.
    MemoryError
        If the grid does not fit into memory.

    See Also
    --------
    grid_sample : what samples an array at these points.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> mirror = np.array([[[-1, 0, 0], [0, 1, 0]]], dtype=np.float32)
    >>> grid = sr.affine_grid(mirror, (1, 1, 1, 2))
    >>> grid
    array([[[[ 0.5,  0. ],
             [-0.5,  0. ]]]], dtype=float32)
    >>> sr.grid_sample(np.array([[[[1, 2]]]], dtype=np.float32), grid)
    array([[[[2., 1.]]]], dtype=float32)
    """
    return through_numpy(_affine_grid, "theta", theta, size, align_corners)


def _affine_grid(theta: NDArray[Any], size: Sequence[SupportsIndex], align_corners: bool | None) -> NDArray[Any]:
    """Return the grid of an affine map."""
    (theta,) = operands(theta=theta)
    lengths = exact_shape("size", size)
    is_aligned = bool(exact_align_corners(align_corners))
    if len(lengths) not in (4, 5):
        raise NotImplementedError(f"size must be (N, C, H, W) or (N, C, D, H, W), got {lengths}")
    if min(lengths) < 1:
        raise ValueError(f"size must be at least 1 on every axis, got {lengths}")
    batch, _, *spatial = lengths
    grid = new_array((batch, *spatial, len(spatial)), theta.dtype)
    execute(library.rsmp_affine_grid, [theta], is_aligned, outputs=[grid])
    return grid
