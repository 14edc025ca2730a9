"""Slow, plain references of the operators beside interpolate, written from their definitions.

Nothing here is shared with the library: this file is what the library is compared with. Sums are taken in float64, or
in int64, which wraps; only the coordinates of grid_sample are rounded as PyTorch rounds them, because with a long axis
one rounding of a coordinate is visible in the result. Every function returns what is not rounded to the dtype yet.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from oracle import HALF_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    #: What one axis contributes: for each tap, the sample that each output reads, and its weight.
    Taps = list[tuple[np.ndarray, np.ndarray]]


# --- Pixel shuffle ---------------------------------------------------------------------------------------------------


def pixel_shuffle(x: np.ndarray, upscale_factor: int) -> np.ndarray:
    """output[..., c, y, x] = input[..., c * r * r + y % r * r + x % r, y / r, x / r], rounded down."""
    r = upscale_factor
    channels, height, width = x.shape[-3] // r**2, x.shape[-2] * r, x.shape[-1] * r
    c, i, j = np.ogrid[:channels, :height, :width]
    return x[..., c * r * r + i % r * r + j % r, i // r, j // r]


def pixel_unshuffle(x: np.ndarray, downscale_factor: int) -> np.ndarray:
    """output[..., c, y, x] = input[..., c / (r * r), y * r + c / r % r, x * r + c % r], rounded down."""
    r = downscale_factor
    channels, height, width = x.shape[-3] * r**2, x.shape[-2] // r, x.shape[-1] // r
    c, i, j = np.ogrid[:channels, :height, :width]
    return x[..., c // r**2, i * r + c // r % r, j * r + c % r]


# --- Transposed convolution ------------------------------------------------------------------------------------------


def conv_transpose(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> np.ndarray:
    """Sample i of the input, times weight k, goes to i * stride + k * dilation - padding of the output."""
    axes = weight.ndim - 2
    if x.ndim == axes + 1:
        return conv_transpose(x[None], weight, bias, stride, padding, output_padding, groups, dilation)[0]
    strides, paddings, additions, dilations = (
        tuple(value) * (axes // len(value)) if isinstance(value, (tuple, list)) else (value,) * axes
        for value in (stride, padding, output_padding, dilation)
    )
    summed_in = np.int64 if x.dtype == np.int64 else np.float64
    x, weight = x.astype(summed_in), weight.astype(summed_in)
    per_group = weight.shape[1]
    # Without padding first: what it leaves out is cut off at the end.
    lengths = [
        (length - 1) * s + d * (k - 1) + 1 + a
        for length, k, s, d, a in zip(x.shape[2:], weight.shape[2:], strides, dilations, additions)
    ]
    whole = np.zeros((x.shape[0], groups * per_group, *lengths), summed_in)
    parts = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    weights = weight.reshape(groups, x.shape[1] // groups, *weight.shape[1:])
    for kernel in itertools.product(*map(range, weight.shape[2:])):
        places = tuple(
            slice(k * d, k * d + (length - 1) * s + 1, s)
            for k, d, length, s in zip(kernel, dilations, x.shape[2:], strides)
        )
        products = np.einsum("ngi...,gio->ngo...", parts, weights[(slice(None),) * 3 + kernel])
        whole[(slice(None), slice(None), *places)] += products.reshape(x.shape[0], groups * per_group, *x.shape[2:])
    if bias is not None:
        whole += bias.astype(summed_in).reshape(-1, *(1,) * axes)
    inside = tuple(slice(p, length - p) for p, length in zip(paddings, lengths))
    return whole[(slice(None), slice(None), *inside)]


def conv_transpose_magnitudes(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None, **options: object
) -> np.ndarray:
    """The sum of the magnitudes of what is summed, to which the rounding of a sum is proportional."""
    magnitudes = [None if a is None else np.abs(a.astype(np.float64)) for a in (x, weight, bias)]
    return conv_transpose(*magnitudes, **options)


# --- Grid sampling ---------------------------------------------------------------------------------------------------


def grid_sample(
    x: np.ndarray,
    grid: np.ndarray,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> np.ndarray:
    """The sum over the taps of every axis of the samples there times the weights of all axes."""
    lengths = x.shape[2:]
    working = np.float32 if grid.dtype in HALF_TYPES else grid.dtype
    # The last coordinate is along the first spatial axis.
    points = [grid[..., len(lengths) - 1 - axis].astype(working) for axis in range(len(lengths))]
    corners, is_fused = bool(align_corners), x.ndim == 4
    taps = [
        axis_taps(unnormalised(point, length, corners, is_fused), length, mode, padding_mode, corners)
        for point, length in zip(points, lengths)
    ]
    samples = x.astype(np.float64)
    image = np.arange(x.shape[0]).reshape(-1, *(1,) * len(lengths))
    output = np.zeros((*grid.shape[:-1], x.shape[1]))
    for combination in itertools.product(*taps):
        weight = np.prod(np.broadcast_arrays(*(weight for _, weight in combination)), axis=0)
        read = samples[(image, slice(None), *(index for index, _ in combination))]
        output += weight[..., None] * read
    return np.moveaxis(output, -1, 1)


def unnormalised(point: np.ndarray, length: int, align_corners: bool, is_fused: bool) -> np.ndarray:
    """The source coordinate of a point from -1 to 1, each operation rounded, or (is_fused) the last two together.

    They are fused for 4-D input without align_corners, where PyTorch's vector code has (x + 1) * (S / 2) - 0.5.
    """
    one, two, length_ = (point.dtype.type(value) for value in (1, 2, length))
    if align_corners:
        return (point + one) / two * (length_ - one)
    if is_fused:
        exact = (point + one).astype(np.longdouble) * length / 2 - np.longdouble(0.5)
        return exact.astype(point.dtype)
    return ((point + one) * length_ - one) / two


def padded(coordinate: np.ndarray, length: int, padding_mode: str, align_corners: bool) -> np.ndarray:
    """The source coordinate after the rule for what lies outside."""
    number = coordinate.dtype.type
    if padding_mode == "zeros":
        return coordinate
    if padding_mode == "reflection":
        low, span = (number(0), length - 1) if align_corners else (number(-0.5), length)
        if span == 0:
            return np.zeros_like(coordinate)
        distance = np.abs(coordinate - low)
        flips, rest = np.floor(distance / number(span)), np.fmod(distance, number(span))
        coordinate = np.where(flips % 2 == 0, rest + low, number(span) - rest + low)
    return np.clip(coordinate, number(0), number(length - 1))


def axis_taps(coordinate: np.ndarray, length: int, mode: str, padding_mode: str, align_corners: bool) -> Taps:
    """The taps of one axis; one outside the input has weight 0."""
    if mode == "bicubic":
        first = np.floor(coordinate)
        fraction = (coordinate - first).astype(np.float64)
        taps = [
            (padded(first + first.dtype.type(k), length, padding_mode, align_corners), cubic(fraction - k))
            for k in (-1, 0, 1, 2)
        ]
    else:
        coordinate = padded(coordinate, length, padding_mode, align_corners)
        if mode == "nearest":
            taps = [(np.rint(coordinate), np.ones(coordinate.shape))]
        else:
            first = np.floor(coordinate)
            fraction = (coordinate - first).astype(np.float64)
            taps = [(first, 1 - fraction), (first + 1, fraction)]
    found = []
    for index, weight in taps:
        inside = (index >= 0) & (index <= length - 1)
        found.append((np.where(inside, index, 0).astype(np.int64), np.where(inside, weight, 0.0)))
    return found


def cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' cubic filter with a = -0.75."""
    a, d = -0.75, np.abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def affine_grid(theta: np.ndarray, size: Sequence[int], align_corners: bool | None = None) -> np.ndarray:
    """Each point (x, y[, z], 1) of the output times theta."""
    spatial = size[2:]
    lines = []
    for length in spatial:
        line = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
        lines.append(line if align_corners else line * (length - 1) / length)
    points = np.meshgrid(*lines, indexing="ij")[::-1]
    homogeneous = np.stack([*points, np.ones(spatial)], axis=-1)
    return np.einsum("nij,...j->n...i", theta.astype(np.float64), homogeneous)


# --- CARAFE ----------------------------------------------------------------------------------------------------------


def carafe(
    features: np.ndarray, masks: np.ndarray, kernel_size: int, group_size: int = 1, scale_factor: int = 1
) -> np.ndarray:
    """The sum over the window of each output sample of masks times features, those outside being 0."""
    k, s, r = kernel_size, scale_factor, kernel_size // 2
    images, channels, height, width = features.shape
    around = np.zeros((images, channels, height + 2 * r, width + 2 * r))
    around[:, :, r : r + height, r : r + width] = features
    y, x = np.ogrid[: height * s, : width * s]
    group = np.arange(channels) // (channels // group_size)
    output = np.zeros((images, channels, height * s, width * s))
    for i, j in itertools.product(range(k), range(k)):
        weights = masks[:, (group * k + i) * k + j].astype(np.float64)
        output += weights * around[:, :, y // s + i, x // s + j]
    return output


def carafe_magnitudes(features: np.ndarray, masks: np.ndarray, *sizes: int) -> np.ndarray:
    """The sum of the magnitudes of what is summed."""
    return carafe(np.abs(features.astype(np.float64)), np.abs(masks.astype(np.float64)), *sizes)
