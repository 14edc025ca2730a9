"""A slow, plain reference of ``interpolate``, written from the definitions.

Nothing here is shared with the library: this file is what the library is compared with. It follows PyTorch's answer for
a contiguous tensor; docs/exactness.md states every rule, and each function below names the rule it follows.

Two precisions appear. The *working type* is the one in which PyTorch computes coordinates and weights. There the oracle
rounds exactly as PyTorch does, because on an axis of some thousands of samples one rounding of a coordinate is visible
in the result. Sums of samples, however, are taken in float64: their rounding is what the tolerances are for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Union

    Number = Union[int, float]
    PerAxis = Union[Number, Sequence[Number]]
    Taps = tuple[np.ndarray, np.ndarray]

try:
    import ml_dtypes
except ImportError:
    BFLOAT16 = None
else:
    BFLOAT16 = np.dtype(ml_dtypes.bfloat16)

HALF_TYPES = (np.dtype(np.float16), BFLOAT16) if BFLOAT16 else (np.dtype(np.float16),)
NEAREST = ("nearest", "nearest-exact")

#: Longest axis whose samples float32 can number. Beyond it coordinates are taken in float64, and are right.
LONGEST_FLOAT32_AXIS = 2**23

#: PyTorch hands two-dimensional outputs up to this height + width to another kernel, with another nearest rule.
SMALL_OUTPUT = 128

#: Half-width of each antialiasing filter, in source samples, when enlarging.
SUPPORT = {
    "linear": 1,
    "bilinear": 1,
    "trilinear": 1,
    "bicubic": 2,
    "lanczos": 3,
    "mitchell": 2,
    "hamming": 1,
    "box": 0.5,
}

#: Filters that PyTorch does not have: their coordinates are float64 whatever the dtype, as Pillow's.
BEYOND_PYTORCH = ("mitchell", "hamming", "box")


def interpolate(
    input: np.ndarray,
    size: PerAxis | None = None,
    scale_factor: PerAxis | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    clamp: tuple[Number | None, Number | None] | None = None,
) -> np.ndarray:
    """What the library's ``interpolate`` returns, up to the rounding of sums (torch.nn.functional.interpolate)."""
    x = np.asarray(input)
    exact = unrounded(x, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    return convert(bounded(exact, clamp, x.dtype) if clamp else exact, x.dtype)


def unrounded(
    input: np.ndarray,
    size: PerAxis | None = None,
    scale_factor: PerAxis | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> np.ndarray:
    """The result before it is rounded to the input's dtype: float64 for weighted modes, the samples for nearest.

    The tests need it for integers, where a sum that falls on a half may go either way.
    """
    x = np.asarray(input)
    lengths = x.shape[2:]
    outputs, factors = output_lengths(lengths, size, scale_factor, mode, recompute_scale_factor)
    if mode in NEAREST:
        return nearest(x, outputs, factors, mode)
    if mode == "area":
        return area(x, outputs)
    if x.dtype == np.uint8:
        return fixed_point(x, outputs, factors, mode, bool(align_corners), antialias)

    small = is_small(x, outputs)
    y = x.astype(np.float64)
    for axis in reversed(range(2, x.ndim)):  # the width first, as PyTorch
        length, output, factor = x.shape[axis], outputs[axis - 2], factors[axis - 2]
        if is_copied(length, output, mode, antialias):
            continue
        y = weighted_sum(y, axis, *taps(length, output, mode, bool(align_corners), factor, antialias, x.dtype, small))
    return y


def bounded(exact: np.ndarray, clamp: tuple[Number | None, Number | None], dtype: np.dtype | type) -> np.ndarray:
    """The result within (low, high), either of which may be None; those of integers are rounded inwards (an extension).

    Bicubic and lanczos overshoot.
    """
    low, high = (limit if bound is None else bound for bound, limit in zip(clamp, (-np.inf, np.inf)))
    if np.dtype(dtype).kind in "iu":
        low, high = np.ceil(low), np.floor(high)
    return np.minimum(np.maximum(exact.astype(np.float64), low), high)


def convert(exact: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Round to the dtype once: halves to even, integers saturated (the extension to integers: docs/exactness.md)."""
    dtype = np.dtype(dtype)
    if exact.dtype == dtype:
        return exact
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(np.rint(exact), limits.min, limits.max).astype(dtype)
    # PyTorch sums half types in float32, so they round by way of it.
    return exact.astype(dtype) if dtype.itemsize > 2 else exact.astype(np.float32).astype(dtype)


# --- Sizes and scales ------------------------------------------------------------------------------------------------


def output_lengths(
    lengths: Sequence[int],
    size: PerAxis | None,
    scale_factor: PerAxis | None,
    mode: str,
    recompute_scale_factor: bool | None,
) -> tuple[list[int], list[float | None]]:
    """Output length and user's factor of each axis; a factor counts only if it is not recomputed from the lengths.

    The length is trunc(in * factor) in float64: 88 * (120 / 88) gives 119. Area always recomputes.
    """
    if (size is None) == (scale_factor is None):
        raise ValueError("exactly one of size and scale_factor must be given")
    if size is not None:
        return [int(n) for n in per_axis(size, len(lengths))], [None] * len(lengths)
    factors = [float(factor) for factor in per_axis(scale_factor, len(lengths))]
    outputs = [math.trunc(length * factor) for length, factor in zip(lengths, factors)]
    recomputed = recompute_scale_factor or mode == "area"
    return outputs, [None if recomputed else factor for factor in factors]


def per_axis(value: PerAxis, rank: int) -> list[Number]:
    """One entry an axis: a number holds for every axis."""
    entries = list(value) if isinstance(value, (list, tuple)) else [value] * rank
    if len(entries) != rank:
        raise ValueError(f"expected {rank} entries, got {len(entries)}")
    return entries


def scale(
    length: int, output: int, align_corners: bool, factor: float | None, working: type[np.floating]
) -> np.floating:
    """Source samples per output sample, in the working type.

    align_corners: (in - 1) / (out - 1), whatever the factor; else the user's factor, inverted in float64 before it is
    rounded; else in / out, divided in the working type. (ATen/native/UpSample.h, area_pixel_compute_scale.)
    """
    if align_corners:
        return working(length - 1) / working(output - 1) if output > 1 else working(0)
    if factor is not None and factor > 0:
        return working(1.0 / factor)
    return working(length) / working(output)


def working_type(dtype: np.dtype, mode: str, length: int, output: int) -> type[np.floating]:
    """The type of coordinates and weights: float32, but float64 for float64 samples, the tables of uint8 and int32.

    Nearest needs no arithmetic on samples, so only float64 samples have float64 coordinates there. Axes that float32
    cannot index are computed in float64 for every dtype, where PyTorch goes wrong.
    """
    if max(length, output) > LONGEST_FLOAT32_AXIS or dtype == np.float64 or mode in BEYOND_PYTORCH:
        return np.float64
    if mode not in NEAREST and dtype in (np.dtype(np.uint8), np.dtype(np.int32)):
        return np.float64
    return np.float32


def is_small(x: np.ndarray, outputs: Sequence[int]) -> bool:
    """Whether PyTorch computes this output with the kernel it otherwise keeps for channels-last images."""
    return x.ndim == 4 and sum(outputs) <= SMALL_OUTPUT


def is_copied(length: int, output: int, mode: str, antialias: bool) -> bool:
    """Whether an axis is copied because its length stays: whatever the factor, but for plain bicubic and mitchell."""
    return length == output and (mode != "bicubic" or antialias) and mode != "mitchell"


# --- Coordinates -----------------------------------------------------------------------------------------------------


def coordinates(
    length: int,
    output: int,
    mode: str,
    align_corners: bool,
    factor: float | None,
    working: type[np.floating],
    small: bool = False,
) -> np.ndarray:
    """The source coordinate of each output sample, before any border rule.

    align_corners: s * i. Otherwise s * (i + 0.5) - 0.5. The compiler of PyTorch's kernels contracts this to a fused
    multiply-add, which rounds once, in bicubic, in float64 and for small 4-D outputs. In the linear modes of float32
    PyTorch 2.13 rounds once otherwise, too, but 2.15 twice, which is followed here.
    """
    s = scale(length, output, align_corners, factor, working)
    i = np.arange(output).astype(working)
    half = working(0.5)
    if align_corners:
        return s * i
    if mode == "bicubic" or working is np.float64 or small:
        return fused_multiply_add(s, i + half, -half)
    return s * (i + half) - half


def fused_multiply_add(a: np.ndarray, b: np.ndarray, c: np.floating) -> np.ndarray:
    """a * b + c, rounded once to the type of b, on any machine; a and c may be numbers.

    Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
    Transactions on Computers 57 (2008).
    """
    wide = np.asarray(a, np.float64), b.astype(np.float64), np.asarray(c, np.float64)
    if b.dtype == np.float32:
        # The product of two float32 is exact in float64.
        return odd_sum(wide[0] * wide[1], wide[2]).astype(np.float32)
    product, product_error = exact_product(wide[0], wide[1])
    low, low_error = exact_sum(wide[2], product_error)
    high, high_error = exact_sum(product, low)
    return high + odd_sum(low_error, high_error)


def odd_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a + b, rounded to odd: of the two float64 around an inexact sum, the one whose last bit is 1.

    Rounded again, to fewer bits or as part of a larger sum, it gives what the exact sum would have given.
    """
    total, error = exact_sum(a, b)
    even = (total.view(np.int64) & 1) == 0
    return np.where((error != 0) & even, np.nextafter(total, np.where(error > 0, np.inf, -np.inf)), total)


def exact_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounded sum, and what the rounding took away (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def exact_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rounded product, and what the rounding took away (Dekker)."""
    product = a * b
    a_high, a_low = halves(a)
    b_high, b_low = halves(b)
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def halves(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two float64 of 26 bits each that add up to a (Veltkamp)."""
    shifted = a * (2.0**27 + 1)
    high = shifted - (shifted - a)
    return high, a - high


def floor_within(x: np.ndarray, length: int) -> np.ndarray:
    """The integer below each coordinate, at most the last sample.

    PyTorch calls floorf, which rounds a float64 coordinate to float32 first; that is followed as far as float32 can
    number the samples.
    """
    long = x.dtype == np.float64 and max(length, len(x)) > LONGEST_FLOAT32_AXIS
    floored = np.floor(x if long else x.astype(np.float32))
    return np.minimum(floored.astype(np.int64), length - 1)


# --- Nearest ---------------------------------------------------------------------------------------------------------


def nearest(x: np.ndarray, outputs: Sequence[int], factors: Sequence[float | None], mode: str) -> np.ndarray:
    """nearest and nearest-exact: one source sample for each output sample."""
    small = is_small(x, outputs)
    for axis, (output, factor) in enumerate(zip(outputs, factors), start=2):
        x = np.take(x, nearest_indices(x.shape[axis], output, mode, factor, x.dtype, small), axis=axis)
    return x


def nearest_indices(
    length: int, output: int, mode: str, factor: float | None, dtype: np.dtype, small: bool
) -> np.ndarray:
    """The source index of each output sample; `small` is a 4-D output of height + width <= 128.

    Small outputs: float32 for every dtype; nearest (not nearest-exact) goes by the lengths alone where the output is
    exactly as long as the input, or twice as long. All others: nearest is floor(s * i), nearest-exact is
    floor(fma(s, i + 0.5, -0.5) + 0.5). (Settled by running PyTorch with AVX2 and AVX-512.)
    """
    long = max(length, output) > LONGEST_FLOAT32_AXIS
    working = np.float32 if small and not long else working_type(np.dtype(dtype), mode, length, output)
    i = np.arange(output)
    if small and mode == "nearest" and output == length:
        return i
    if small and mode == "nearest" and output == 2 * length:
        return i // 2
    s = scale(length, output, False, factor, working)
    half = working(0.5)
    if mode == "nearest":
        x = s * i.astype(working)
    elif small or long:
        x = s * (i.astype(working) + half)
    else:
        x = fused_multiply_add(s, i.astype(working) + half, -half) + half
    return floor_within(x, length)


# --- Area ------------------------------------------------------------------------------------------------------------


def area(x: np.ndarray, outputs: Sequence[int]) -> np.ndarray:
    """The mean of each window: summed, then divided by the window's depth, height and width in turn."""
    y = x.astype(np.float64)
    counts = []
    for axis, output in enumerate(outputs, start=2):
        windows = [area_window(i, x.shape[axis], output) for i in range(output)]
        y = np.moveaxis(y, axis, 0)
        sums = np.zeros((output, *y.shape[1:]))
        for i, (first, last) in enumerate(windows):
            sums[i] = y[first:last].sum(axis=0)
        y = np.moveaxis(sums, 0, axis)
        counts.append(np.array([last - first for first, last in windows], np.float64))
    for axis, count in enumerate(counts, start=2):
        y = y / column(count, y.ndim, axis)
    return y


def area_window(i: int, length: int, output: int) -> tuple[int, int]:
    """First and one past the last source sample of output i: floor(i * in / out), ceil((i + 1) * in / out)."""
    return i * length // output, -(-(i + 1) * length // output)


# --- Taps ------------------------------------------------------------------------------------------------------------


def taps(
    length: int,
    output: int,
    mode: str,
    align_corners: bool = False,
    factor: float | None = None,
    antialias: bool = False,
    dtype: np.dtype | type = np.float32,
    small: bool = False,
) -> Taps:
    """The source samples each output sample reads, and their weights: two arrays (output, K).

    Unused entries have weight 0. A sample may appear twice (at the edges); its weights then add up. `small` says that
    the output is 4-D with height + width <= 128, where PyTorch has other rules (nearest and bilinear).
    """
    dtype = np.dtype(dtype)
    if mode in NEAREST:
        indices = nearest_indices(length, output, mode, factor, dtype, small)[:, None]
        return indices, np.ones(indices.shape)
    if mode == "area":
        windows = [area_window(i, length, output) for i in range(output)]
        return ranges(
            np.array([first for first, _ in windows]),
            np.array([last for _, last in windows]),
            lambda j: 1 / np.array([last - first for first, last in windows]),
        )
    working = working_type(dtype, mode, length, output)
    if is_copied(length, output, mode, antialias):
        return np.arange(output)[:, None], np.ones((output, 1))
    if antialias:
        return antialias_taps(length, output, mode, align_corners, factor, working)
    x = coordinates(length, output, mode, align_corners, factor, working, small)
    indices, weights = cubic_taps(x, length) if mode == "bicubic" else linear_taps(x, length)
    if dtype in HALF_TYPES and not (mode == "bilinear" and small):
        weights = half_weights(weights, dtype)
    return indices, weights


def linear_taps(x: np.ndarray, length: int) -> Taps:
    """Two neighbours, weighted by closeness; coordinates below 0 read the first sample, above the end the last."""
    x = np.maximum(x, x.dtype.type(0))
    first = floor_within(x, length)
    closeness = np.clip(x - first.astype(x.dtype), 0, 1).astype(x.dtype)
    indices = np.stack([first, np.minimum(first + 1, length - 1)], axis=1)
    return indices, np.stack([1 - closeness, closeness], axis=1).astype(np.float64)


def cubic_taps(x: np.ndarray, length: int) -> Taps:
    """Keys' cubic convolution with a = -0.75 over floor(x) - 1 .. floor(x) + 2, each index moved into the image."""
    first = floor_within(x, length)
    t = np.clip(x - first.astype(x.dtype), 0, 1).astype(x.dtype)
    indices = np.clip(first[:, None] + np.arange(-1, 3), 0, length - 1)
    distances = np.stack([t + 1, t, 1 - t, (1 - t) + 1], axis=1)
    return indices, cubic(distances, -0.75).astype(np.float64)


def half_weights(weights: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The weights of f16 and bf16, which PyTorch keeps in the half type itself, though it sums in float32.

    Of two weights the second is rounded, and the first is one minus that, rounded.
    """
    rounded = weights.astype(np.float32).astype(dtype).astype(np.float64)
    if weights.shape[1] == 2:
        rounded[:, 0] = (1 - rounded[:, 1]).astype(np.float32).astype(dtype).astype(np.float64)
    return rounded


def antialias_taps(
    length: int,
    output: int,
    mode: str,
    align_corners: bool,
    factor: float | None,
    working: type[np.floating],
) -> Taps:
    """The filter widened to the scale, its taps outside the image dropped, and the rest divided by their sum.

    The centre s * (i + 0.5) is rounded to the working type before anything is subtracted from it; the filter itself
    needs no such care. align_corners changes s alone. (ATen/native/cpu/UpSampleKernel.cpp.)
    """
    s = scale(length, output, align_corners, factor, working)
    half = working(0.5)
    centre = s * (np.arange(output).astype(working) + half)
    support = working(SUPPORT[mode]) * s if s >= 1 else working(SUPPORT[mode])
    inverse = working(1) / s if s >= 1 else working(1)
    first = np.maximum(np.trunc(centre - support + half).astype(np.int64), 0)
    last = np.minimum(np.trunc(centre + support + half).astype(np.int64), length)
    start = first.astype(working) - centre

    def weight(j: int) -> np.ndarray:
        return filter_value(mode, ((start + working(j) + half) * inverse).astype(np.float64))

    indices, weights = ranges(first, last, weight)
    return indices, weights / weights.sum(axis=1, keepdims=True)


def ranges(first: np.ndarray, last: np.ndarray, weight: Callable[[int], np.ndarray]) -> Taps:
    """Taps first .. last - 1 of each output sample, with weight(j) for the j-th of them; shorter rows end in zeros."""
    indices, weights = [], []
    for j in range(int((last - first).max())):
        inside = first + j < last
        indices.append(np.where(inside, first + j, first))
        weights.append(np.where(inside, weight(j), 0).astype(np.float64))
    return np.stack(indices, axis=1), np.stack(weights, axis=1)


# --- Filters ---------------------------------------------------------------------------------------------------------


# Pillow's constants, which are float32; at 0 the filter is 1 all the same.
_HAMMING = float(np.float32(0.54)), float(np.float32(0.46))


def filter_value(mode: str, x: np.ndarray) -> np.ndarray:
    """The antialiasing filter of a mode: triangle, Keys' cubic with a = -0.5 (as Pillow), Lanczos with three lobes, ...

    Mitchell and Netravali's is the mean, by thirds, of the cubic B-spline and the cardinal cubics (B = C = 1/3).
    """
    if mode == "bicubic":
        return cubic(x, -0.5)
    if mode == "mitchell":
        spline = (np.maximum(2 - np.abs(x), 0) ** 3 - 4 * np.maximum(1 - np.abs(x), 0) ** 3) / 6
        return spline / 3 + 2 / 3 * cubic(x, -0.5)
    if mode == "hamming":
        inside = np.where(x == 0, 1, np.sinc(x) * (_HAMMING[0] + _HAMMING[1] * np.cos(np.pi * x)))
        return np.where(np.abs(x) < 1, inside, 0)
    if mode == "box":
        return np.where((x > -0.5) & (x <= 0.5), 1.0, 0.0)
    if mode == "lanczos":
        return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    return np.maximum(1 - np.abs(x), 0)


def cubic(x: np.ndarray, a: float) -> np.ndarray:
    """Keys' cubic convolution (IEEE Trans. ASSP 29, 1981) with parameter a.

    In float32 every step but the last of each polynomial is fused, as in PyTorch's kernels; else two thirds of the
    tolerance were spent on the difference.
    """
    x = np.abs(x)
    a = x.dtype.type(a)

    def step(m: np.ndarray, addend: np.floating) -> np.ndarray:
        return fused_multiply_add(m, x, addend) if x.dtype == np.float32 else m * x + addend

    near = step(a + 2, -(a + 3)) * x * x + 1
    far = step(step(a, -5 * a), 8 * a) * x - 4 * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))


# --- Sums ------------------------------------------------------------------------------------------------------------


def weighted_sum(x: np.ndarray, axis: int, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sum over k of weights[:, k] * x[indices[:, k]] along one axis."""
    total = 0
    for k in range(indices.shape[1]):
        used = column(weights[:, k], x.ndim, axis)
        # The padding of short rows must not make NaN out of an infinity.
        total = total + np.where(used != 0, used * np.take(x, indices[:, k], axis=axis), 0)
    return total


def column(values: np.ndarray, rank: int, axis: int) -> np.ndarray:
    """One value for each sample of an axis, shaped to multiply an array of that rank."""
    return values.reshape([-1] + [1] * (rank - 1 - axis))


# --- uint8 -----------------------------------------------------------------------------------------------------------


def fixed_point(
    x: np.ndarray,
    outputs: Sequence[int],
    factors: Sequence[float | None],
    mode: str,
    align_corners: bool,
    antialias: bool,
) -> np.ndarray:
    """uint8 in integer arithmetic: each pass, the width first, rounds to uint8.

    An axis that keeps its length is skipped, even in bicubic, unlike in the float modes, but not in mitchell.
    """
    y = x.astype(np.int64)
    for axis in reversed(range(2, x.ndim)):
        length, output, factor = x.shape[axis], outputs[axis - 2], factors[axis - 2]
        if length == output and mode != "mitchell":
            continue
        indices, weights = taps(length, output, mode, align_corners, factor, antialias, x.dtype)
        if not antialias:
            weights = folded(indices, weights)
        integers, precision = quantised(weights)
        total = 1 << (precision - 1)
        for k in range(indices.shape[1]):
            total = total + column(integers[:, k], y.ndim, axis) * np.take(y, indices[:, k], axis=axis)
        y = np.clip(total >> precision, 0, 255)
    return y.astype(np.uint8)


def folded(indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights with those of a repeated source sample added to its first tap, before they are rounded to integers."""
    weights = weights.copy()
    for k in range(1, indices.shape[1]):
        for earlier in range(k):
            same = indices[:, k] == indices[:, earlier]
            weights[same, earlier] += weights[same, k]
            weights[same, k] = 0
    return weights


def quantised(weights: np.ndarray) -> tuple[np.ndarray, int]:
    """Weights as integers of 16 bits with a common number of fractional bits.

    The precision is the largest p <= 22 with int(0.5 + largest weight * 2**p) < 2**15; halves round away from zero.
    (ATen/native/cpu/UpSampleKernel.cpp.)
    """
    largest = float(weights.max())
    precision = max(p for p in range(23) if p == 0 or int(0.5 + largest * 2**p) < 2**15)
    scaled = weights * 2.0**precision
    return np.trunc(scaled + np.copysign(0.5, scaled)).astype(np.int64), precision
