"""A slow, plain reference of ONNX's Resize, written from its specification and shared with nothing.

https://onnx.ai/onnx/operators/onnx__Resize.html has the formulas. Where it leaves something open, this is what the
conformance data of ONNX say: the factor is the one that was given, also where lengths were cut to integers;
an axis that keeps its length is copied; pytorch_half_pixel of a length of 1 lies at -0.5. Coordinates, weights
and sums are float64.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from oracle import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, Any]


@dataclasses.dataclass(frozen=True)
class Axis:
    """One axis of a resize, as `axes_of` finds it: `start` and `end` are those of roi."""

    input: int
    output: int
    factor: float
    start: float = 0.0
    end: float = 1.0

    def is_copied(self, transformation: str) -> bool:
        """Whether such an axis is left alone."""
        whole = transformation != "tf_crop_and_resize" or (self.start == 0 and np.isclose(self.end, 1, 1e-9, 0))
        return self.input == self.output and bool(np.isclose(self.factor, 1, 1e-9, 0)) and whole


def resize(X: Array, roi: Any = None, scales: Any = None, sizes: Any = None, **attributes: Any) -> Array:
    """What the library's ``onnx.resize`` returns, up to the rounding of sums."""
    return convert(unrounded(X, roi, scales, sizes, **attributes)[0], X.dtype)


def unrounded(
    X: Array,
    roi: Any = None,
    scales: Any = None,
    sizes: Any = None,
    *,
    antialias: int = 0,
    axes: Any = None,
    coordinate_transformation_mode: str = "half_pixel",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "round_prefer_floor",
) -> tuple[Array, float]:
    """The result before it is rounded to the dtype, and by how much weights may enlarge the roundings of samples."""
    y = X if mode == "nearest" else X.astype(np.float64)
    gain = 1.0
    outside = []
    found = axes_of(X.shape, roi, scales, sizes, axes, keep_aspect_ratio_policy)
    for number, axis in found.items():
        if axis.is_copied(coordinate_transformation_mode) or axis.input == 0:
            continue
        x = coordinates(axis, coordinate_transformation_mode)
        if mode == "nearest":
            y = np.take(y, nearest(x, axis.input, nearest_mode), axis=number)
        else:
            coefficient = float(np.float32(cubic_coeff_a)) if mode == "cubic" else None
            density = min(axis.factor, 1.0) if antialias else 1.0
            table = weights(x, axis.input, coefficient, density, bool(exclude_outside))
            y = np.moveaxis(np.tensordot(table, y, (1, number)), 0, number)
            gain *= float(np.abs(table).sum(1).max())
        if coordinate_transformation_mode == "tf_crop_and_resize":
            column = [-1 if place == number else 1 for place in range(X.ndim)]
            outside.append(((x < 0) | (x > axis.input - 1)).reshape(column))
    for where in outside:
        y = np.where(
            where,
            convert(np.float64(np.float32(extrapolation_value)), X.dtype)
            if mode == "nearest"
            else float(np.float32(extrapolation_value)),
            y,
        )
    return y, gain


def axes_of(
    shape: Sequence[int], roi: Any, scales: Any, sizes: Any, axes: Any, policy: str = "stretch"
) -> dict[int, Axis]:
    """What is asked for of each axis that is named, by its number."""
    named = [axis % len(shape) for axis in (range(len(shape)) if axes is None else axes)]
    if scales is not None:
        factors = [float(np.float32(scale)) for scale in scales]
        outputs = [int(np.floor(shape[axis] * factor)) for axis, factor in zip(named, factors)]
    else:
        factors = [size / shape[axis] if shape[axis] else 1.0 for axis, size in zip(named, sizes)]
        outputs = list(sizes)
        if policy != "stretch":
            factors = [min(factors) if policy == "not_larger" else max(factors)] * len(named)
            outputs = [int(np.floor(factor * shape[axis] + 0.5)) for axis, factor in zip(named, factors)]
    bounds = [0.0] * len(named) + [1.0] * len(named) if roi is None else [float(bound) for bound in roi]
    return {
        axis: Axis(shape[axis], int(output), factor, bounds[place], bounds[place + len(named)])
        for place, (axis, factor, output) in enumerate(zip(named, factors, outputs))
    }


def coordinates(axis: Axis, transformation: str) -> Array:
    """x_original of every x_resized: the formulas of coordinate_transformation_mode."""
    x = np.arange(axis.output, dtype=np.float64)
    length, scale = axis.input, axis.factor
    resized = scale * length  # before it was cut to an integer
    if transformation == "half_pixel":
        return (x + 0.5) / scale - 0.5
    if transformation == "half_pixel_symmetric":
        adjustment = axis.output / resized
        return length / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
    if transformation == "pytorch_half_pixel":
        return (x + 0.5) / scale - 0.5 if resized != 1 else x * 0 - 0.5
    if transformation == "align_corners":
        return x * (length - 1) / (resized - 1) if resized != 1 else x * 0
    if transformation == "asymmetric":
        return x / scale
    if transformation == "tf_half_pixel_for_nn":
        return (x + 0.5) / scale
    assert transformation == "tf_crop_and_resize"
    part = axis.end - axis.start
    middle = x * 0 + part * (length - 1) / 2
    return (x * part * (length - 1) / (resized - 1) if resized != 1 else middle) + axis.start * (length - 1)


def nearest(x: Array, length: int, nearest_mode: str) -> Array:
    """The sample that each coordinate stands for."""
    before = np.floor(x)
    distance = x - before
    after = {
        "round_prefer_floor": distance > 0.5,
        "round_prefer_ceil": distance >= 0.5,
        "floor": distance < 0,
        "ceil": distance > 0,
    }[nearest_mode]
    return np.clip(before + after, 0, length - 1).astype(np.int64)


def weights(x: Array, length: int, coefficient: float | None, density: float, exclude_outside: bool) -> Array:
    """The weight of each source sample in each output sample.

    The filter is cubic with that coefficient, or a triangle for None, stretched by 1 / `density`. Of taps outside the
    axis the outer samples have the weights, unless they are excluded.
    """
    support = (1 if coefficient is None else 2) / density
    table = np.zeros((len(x), length))
    for output, position in enumerate(x):
        taps = np.arange(np.floor(position - support), np.ceil(position + support) + 1)
        values = (
            linear(taps - position, density) if coefficient is None else cubic(taps - position, density, coefficient)
        )
        if exclude_outside:
            values = np.where((taps < 0) | (taps > length - 1), 0, values)
        np.add.at(table[output], np.clip(taps, 0, length - 1).astype(np.int64), values)
        table[output] /= table[output].sum() or 1
    return table


def linear(distance: Array, density: float) -> Array:
    """The triangle of half-width 1 / density."""
    return np.maximum(1 - np.abs(distance * density), 0)


def cubic(distance: Array, density: float, a: float) -> Array:
    """Keys' cubic convolution."""
    s = np.abs(distance * density)
    inner = (a + 2) * s**3 - (a + 3) * s**2 + 1
    outer = a * s**3 - 5 * a * s**2 + 8 * a * s - 4 * a
    return np.where(s <= 1, inner, np.where(s < 2, outer, 0))
