"""Slow, plain references of the backward functions, written from the definitions of the gradients.

Nothing here is shared with the library. Weights and coordinates are those of the forward oracles, rounded as they round
them, but not to a half type; everything is summed in float64. Every function returns what is not rounded to the dtype
yet. With `magnitudes=True` a function returns, for each result, the sum of the magnitudes of what it is the sum of, to
which the rounding of that sum is proportional.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import neighbours_oracle as neighbours
import numpy as np
import oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    Pair = tuple[np.ndarray, np.ndarray]


# --- Interpolation ---------------------------------------------------------------------------------------------------


def interpolate_backward(
    grad_output: np.ndarray,
    input_size: Sequence[int],
    size: oracle.PerAxis | None = None,
    scale_factor: oracle.PerAxis | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    magnitudes: bool = False,
) -> np.ndarray:
    """Each output sample's gradient goes to the samples that it read, times the weights that it read them with."""
    lengths = input_size[2:]
    outputs, factors = oracle.output_lengths(lengths, size, scale_factor, mode, recompute_scale_factor)
    assert tuple(outputs) == grad_output.shape[2:]
    small = oracle.is_small(grad_output, outputs)
    y = grad_output.astype(np.float64)
    y = np.abs(y) if magnitudes else y
    # PyTorch rounds weights to a half type in the forward direction alone.
    dtype = np.dtype(np.float32) if grad_output.dtype in oracle.HALF_TYPES else grad_output.dtype
    for axis, (length, output, factor) in enumerate(zip(lengths, outputs, factors), start=2):
        corners = bool(align_corners)
        indices, weights = oracle.taps(length, output, mode, corners, factor, antialias, dtype, small)
        if magnitudes and mode not in oracle.NEAREST:
            # A weight is as exact as the largest of its output sample is.
            weights = np.where(weights != 0, np.abs(weights) + np.abs(weights).max(axis=1, keepdims=True), 0) / 2
        y = transposed_sum(y, axis, indices, weights, length)
    return y


def transposed_sum(y: np.ndarray, axis: int, indices: np.ndarray, weights: np.ndarray, length: int) -> np.ndarray:
    """The transpose of oracle.weighted_sum: x[indices[:, k]] += weights[:, k] * y, along one axis."""
    y = np.moveaxis(y, axis, 0)
    x = np.zeros((length, *y.shape[1:]))
    for k in range(indices.shape[1]):
        used = weights[:, k] != 0  # the padding of short rows must not make NaN out of an infinity
        np.add.at(x, indices[used, k], oracle.column(weights[used, k], y.ndim, 0) * y[used])
    return np.moveaxis(x, 0, axis)


# --- Transposed convolution ------------------------------------------------------------------------------------------


def conv_transpose_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
    *,
    magnitudes: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of input, weight and bias.

    Input i and weight k meet in output i * stride + k * dilation - padding: each gets that gradient times the other.
    """
    axes = weight.ndim - 2
    if x.ndim == axes + 1:
        options = stride, padding, output_padding, groups, dilation
        grad_x, *others = conv_transpose_backward(grad_output[None], x[None], weight, *options, magnitudes=magnitudes)
        return grad_x[0], *others
    strides, paddings, dilations = (
        tuple(value) * (axes // len(value)) if isinstance(value, (tuple, list)) else (value,) * axes
        for value in (stride, padding, dilation)
    )
    y, x, weight = (array.astype(np.float64) for array in (grad_output, x, weight))
    if magnitudes:
        y, x, weight = np.abs(y), np.abs(x), np.abs(weight)
    images, inputs = x.shape[:2]
    parts = x.reshape(images, groups, inputs // groups, *x.shape[2:])
    weights = weight.reshape(groups, inputs // groups, *weight.shape[1:])
    gradients = y.reshape(images, groups, weight.shape[1], *y.shape[2:])
    grad_parts, grad_weights = np.zeros(parts.shape), np.zeros(weights.shape)
    for kernel in itertools.product(*map(range, weight.shape[2:])):
        here, there = [], []  # of the input, and of the output
        for k, s, p, d, length, output in zip(kernel, strides, paddings, dilations, x.shape[2:], y.shape[2:]):
            first = max(0, -((k * d - p) // s))
            last = min(length, (output - 1 - (k * d - p)) // s + 1)
            here.append(slice(first, max(last, first)))
            begin = first * s + k * d - p
            there.append(slice(begin, begin + max(last - first, 0) * s, s))
        read = gradients[(..., *there)]
        met = parts[(..., *here)]
        if met.size:
            grad_parts[(..., *here)] += np.einsum("ngo...,gio->ngi...", read, weights[(slice(None),) * 3 + kernel])
            flat = (array.reshape(*array.shape[:3], -1) for array in (met, read))
            grad_weights[(slice(None),) * 3 + kernel] += np.einsum("ngip,ngop->gio", *flat)
    return grad_parts.reshape(x.shape), grad_weights.reshape(weight.shape), y.sum((0, *range(2, y.ndim)))


# --- Grid sampling ---------------------------------------------------------------------------------------------------


def grid_sample_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    grid: np.ndarray,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
    *,
    magnitudes: bool = False,
) -> Pair:
    """The gradients of input and grid.

    A tap's sample gets the gradient times the weights of all axes. A point gets, on each axis, the sum over channels
    and taps of gradient times sample times the derivative of that axis' weight and the weights of the others.
    """
    lengths, corners = x.shape[2:], bool(align_corners)
    axes = len(lengths)
    working = np.float32 if grid.dtype in oracle.HALF_TYPES else grid.dtype
    taps = []
    for axis, length in enumerate(lengths):  # the last coordinate is along the first spatial axis
        point = grid[..., axes - 1 - axis].astype(working)
        coordinate = neighbours.unnormalised(point, length, corners, x.ndim == 4)
        taps.append(sloping_taps(coordinate, length, mode, padding_mode, corners))
    gradients, samples = np.moveaxis(grad_output, 1, -1).astype(np.float64), x.astype(np.float64)
    if magnitudes:
        gradients, samples = np.abs(gradients), np.abs(samples)
        # Weights are differences of numbers around 1: their rounding is that of 1.
        taps = [
            [
                Tap(tap.index, tap.is_inside, np.ones_like(tap.weight), np.full_like(tap.slope, length / 2))
                for tap in axis
            ]
            for axis, length in zip(taps, lengths)
        ]
    image = np.arange(x.shape[0]).reshape(-1, *(1,) * axes)
    grad_x, grad_grid = np.zeros(x.shape), np.zeros(grid.shape)
    for combination in itertools.product(*taps):
        # Nothing goes to, or comes from, a tap outside.
        is_read = np.logical_and.reduce([tap.is_inside for tap in combination])[..., None]
        place = (image, slice(None), *(tap.index for tap in combination))
        weights = [tap.weight for tap in combination]
        np.add.at(grad_x, place, np.where(is_read, gradients * np.prod(weights, axis=0)[..., None], 0.0))
        met = np.where(is_read, gradients * samples[place], 0.0).sum(axis=-1)
        for axis, tap in enumerate(combination):
            others = np.prod([np.ones_like(met), *weights[:axis], *weights[axis + 1 :]], axis=0)
            grad_grid[..., axes - 1 - axis] += met * others * tap.slope
    return grad_x, grad_grid


class Tap(NamedTuple):
    """What one axis contributes to each point: a sample, its weight, and the weight's derivative by the point."""

    index: np.ndarray
    is_inside: np.ndarray
    weight: np.ndarray
    slope: np.ndarray


def sloping_taps(coordinate: np.ndarray, length: int, mode: str, padding_mode: str, align_corners: bool) -> list[Tap]:
    """The taps of one axis. The derivative on a sample is that to the right of it; that of nearest is 0."""
    if mode == "bicubic":
        first = np.floor(coordinate)
        fraction = (coordinate - first).astype(np.float64)
        found = [
            (
                neighbours.padded(first + first.dtype.type(k), length, padding_mode, align_corners),
                neighbours.cubic(fraction - k),
                cubic_slope(fraction - k),
            )
            for k in (-1, 0, 1, 2)
        ]
    else:
        turn = turning(coordinate, length, padding_mode, align_corners)
        coordinate = neighbours.padded(coordinate, length, padding_mode, align_corners)
        one = np.ones(coordinate.shape)
        if mode == "nearest":
            found = [(np.rint(coordinate), one, 0 * one)]
        else:
            first = np.floor(coordinate)
            fraction = (coordinate - first).astype(np.float64)
            found = [(first, 1 - fraction, -turn), (first + 1, fraction, turn)]
    scale = (length - 1) / 2 if align_corners else length / 2
    taps = []
    for index, weight, slope in found:
        is_inside = (index >= 0) & (index <= length - 1)
        taps.append(Tap(np.where(is_inside, index, 0).astype(np.int64), is_inside, weight, slope * scale))
    return taps


def turning(coordinate: np.ndarray, length: int, padding_mode: str, align_corners: bool) -> np.ndarray:
    """The derivative of the padded coordinate: 1, -1 where it was reflected, 0 where it is at or beyond the edge."""
    sign = np.ones(coordinate.shape)
    if padding_mode == "zeros":
        return sign
    if padding_mode == "reflection":
        low, span = (0, length - 1) if align_corners else (-0.5, length)
        if span == 0:
            return 0 * sign
        number = coordinate.dtype.type
        offset = coordinate - number(low)
        flips = np.floor(np.abs(offset) / number(span))
        sign = np.where(offset < 0, -1.0, 1.0) * np.where(flips % 2 == 0, 1.0, -1.0)
        distance = np.fmod(np.abs(offset), number(span))
        coordinate = np.where(flips % 2 == 0, distance + number(low), number(span) - distance + number(low))
    return np.where((coordinate > 0) & (coordinate < length - 1), sign, 0.0)


def cubic_slope(x: np.ndarray) -> np.ndarray:
    """The derivative of Keys' cubic filter with a = -0.75."""
    a, d = -0.75, np.abs(x)
    near = (3 * (a + 2) * d - 2 * (a + 3)) * d
    far = (3 * a * d - 10 * a) * d + 8 * a
    return np.sign(x) * np.where(d <= 1, near, np.where(d < 2, far, 0.0))


# --- CARAFE ----------------------------------------------------------------------------------------------------------


def carafe_backward(
    grad_output: np.ndarray,
    features: np.ndarray,
    masks: np.ndarray,
    kernel_size: int,
    group_size: int = 1,
    scale_factor: int = 1,
    *,
    magnitudes: bool = False,
) -> Pair:
    """The gradients of features and masks: each of the two gets the gradient times the other."""
    y, x, weights = (array.astype(np.float64) for array in (grad_output, features, masks))
    if magnitudes:
        y, x, weights = np.abs(y), np.abs(x), np.abs(weights)
    k, s, r, groups = kernel_size, scale_factor, kernel_size // 2, group_size
    images, channels, height, width = x.shape
    around = np.zeros((images, groups, channels // groups, height + 2 * r, width + 2 * r))
    around[..., r : r + height, r : r + width] = x.reshape(images, groups, -1, height, width)
    grad_around = np.zeros(around.shape)
    y = y.reshape(images, groups, channels // groups, height * s, width * s)
    weights = weights.reshape(images, groups, k, k, height * s, width * s)
    grad_weights = np.zeros(weights.shape)
    inside = np.zeros(around.shape[3:], bool)
    inside[r : r + height, r : r + width] = True
    rows, columns = np.ogrid[: height * s, : width * s]
    for i, j in itertools.product(range(k), range(k)):
        # All samples of a square of s x s read the same window.
        squares = (weights[:, :, None, i, j] * y).reshape(*around.shape[:3], height, s, width, s)
        grad_around[..., i : i + height, j : j + width] += squares.sum((4, 6))
        place = rows // s + i, columns // s + j
        grad_weights[:, :, i, j] = np.where(inside[place], (y * around[(..., *place)]).sum(axis=2), 0.0)
    grad_x = grad_around[..., r : r + height, r : r + width].reshape(x.shape)
    return grad_x, grad_weights.reshape(masks.shape)
