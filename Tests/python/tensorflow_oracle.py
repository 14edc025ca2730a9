"""A plain and slow model of TensorFlow's image resizing on a CPU, in NumPy.

``resize`` is ``tf.image.resize``; ``resize_bilinear``, ``resize_nearest_neighbor``, ``resize_bicubic`` and
``resize_area`` are those of ``tf.compat.v1.image``; ``scale_and_translate`` is the operation underneath.

Images are (H, W, C) or (N, H, W, C). All arithmetic is float32, and so is every result but that of nearest, which keeps
its dtype.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

F32 = np.float32


def _batched(function: Any) -> Any:
    """Lets a function for (N, H, W, C) take (H, W, C) too."""

    def wrapper(images: NDArray[Any], *args: Any, **named: Any) -> Any:
        if images.ndim == 3:
            return function(images[None], *args, **named)[0]
        if images.ndim != 4:
            raise ValueError("images must have 3 or 4 dimensions")
        return function(images, *args, **named)

    wrapper.__doc__ = function.__doc__
    return wrapper


def axis_scale(in_size: int, out_size: int, align_corners: bool) -> np.float32:
    """Input samples per output sample: one division in float32."""
    if out_size < 1 or in_size < 1:
        raise ValueError("sizes must be positive")
    if align_corners and in_size > 1 and out_size > 1:
        return F32(in_size - 1) / F32(out_size - 1)
    return F32(in_size) / F32(out_size)


def position(i: int, scale: np.float32, half_pixel_centers: bool) -> np.float32:
    if half_pixel_centers:
        return (F32(i) + F32(0.5)) * scale - F32(0.5)
    return F32(i) * scale


def _check(align_corners: bool, half_pixel_centers: bool) -> None:
    if align_corners and half_pixel_centers:
        raise ValueError("half_pixel_centers excludes align_corners")


# ---- Nearest ---------------------------------------------------------------------------------------------------------


def nearest_indices(in_size: int, out_size: int, align_corners: bool, half_pixel_centers: bool) -> list[Any]:
    scale = axis_scale(in_size, out_size, align_corners)
    indices = []
    for i in range(out_size):
        p = (F32(i) + F32(0.5)) * scale if half_pixel_centers else F32(i) * scale
        # roundf: half away from zero (p is never negative)
        index = math.floor(float(p) + 0.5) if align_corners else math.floor(p)
        indices.append(min(index, in_size - 1))
    return indices


@_batched
def resize_nearest_neighbor(
    images: NDArray[Any], size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> NDArray[Any]:
    _check(align_corners, half_pixel_centers)
    rows = nearest_indices(images.shape[1], size[0], align_corners, half_pixel_centers)
    columns = nearest_indices(images.shape[2], size[1], align_corners, half_pixel_centers)
    return images[:, rows][:, :, columns]


# ---- Bilinear --------------------------------------------------------------------------------------------------------


def bilinear_taps(in_size: int, out_size: int, align_corners: bool, half_pixel_centers: bool) -> list[Any]:
    """For each output sample: (lower, upper, fraction)."""
    scale = axis_scale(in_size, out_size, align_corners)
    taps = []
    for i in range(out_size):
        p = position(i, scale, half_pixel_centers)
        floor = math.floor(p)
        taps.append((max(floor, 0), min(math.ceil(p), in_size - 1), p - F32(floor)))
    return taps


@_batched
def resize_bilinear(
    images: NDArray[Any], size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> NDArray[Any]:
    """a + (b - a) * fraction: along the width, then along the height."""
    _check(align_corners, half_pixel_centers)
    x = images.astype(F32)
    if tuple(size) == images.shape[1:3]:
        return x
    rows = bilinear_taps(images.shape[1], size[0], align_corners, half_pixel_centers)
    columns = bilinear_taps(images.shape[2], size[1], align_corners, half_pixel_centers)
    x = np.stack([x[:, :, a] + (x[:, :, b] - x[:, :, a]) * t for a, b, t in columns], axis=2)
    return np.stack([x[:, a] + (x[:, b] - x[:, a]) * t for a, b, t in rows], axis=1)


# ---- Bicubic ---------------------------------------------------------------------------------------------------------

_TABLE = 1024  # positions between two samples that bicubic knows


def _cubic_table(a: float) -> NDArray[Any]:
    """[(weight at x, weight at 1 + x)] for x = 0, 1/1024, ..., 1: double, then float32."""
    rows = []
    for i in range(_TABLE + 1):
        x = i / _TABLE
        y = x + 1.0
        rows.append((((a + 2) * x - (a + 3)) * x * x + 1, ((a * y - 5 * a) * y + 8 * a) * y - 4 * a))
    return np.array(rows, np.float64).astype(F32)


def bicubic_taps(in_size: int, out_size: int, align_corners: bool, half_pixel_centers: bool) -> list[Any]:
    """For each output sample: [(index, float32 weight)] * 4.

    half_pixel_centers: a = -0.5, samples outside are left out and the rest is
    divided by its sum. Otherwise a = -0.75 and the edge is repeated.
    """
    table = _cubic_table(-0.5 if half_pixel_centers else -0.75)
    scale = axis_scale(in_size, out_size, align_corners)
    taps = []
    for i in range(out_size):
        p = position(i, scale, half_pixel_centers)
        first = math.floor(p)
        step = int(np.rint((p - F32(first)) * F32(_TABLE)))
        weights = [table[step][1], table[step][0], table[_TABLE - step][0], table[_TABLE - step][1]]
        wanted = range(first - 1, first + 3)
        indices = [min(max(k, 0), in_size - 1) for k in wanted]
        if half_pixel_centers:
            weights = [w if k == j else F32(0) for w, k, j in zip(weights, indices, wanted)]
            total = ((weights[0] + weights[1]) + weights[2]) + weights[3]
            if abs(total) >= F32(1000) * np.finfo(F32).tiny:
                inverse = F32(1) / total
                weights = [w * inverse for w in weights]
        taps.append(list(zip(indices, weights)))
    return taps


@_batched
def resize_bicubic(
    images: NDArray[Any], size: Sequence[int], align_corners: bool = False, half_pixel_centers: bool = False
) -> NDArray[Any]:
    """The height first, then the width."""
    _check(align_corners, half_pixel_centers)
    x = images.astype(F32)
    if tuple(size) == images.shape[1:3]:
        return x
    rows = bicubic_taps(images.shape[1], size[0], align_corners, half_pixel_centers)
    columns = bicubic_taps(images.shape[2], size[1], align_corners, half_pixel_centers)
    x = np.stack([_sum([x[:, k] * w for k, w in taps]) for taps in rows], axis=1)
    return np.stack([_sum([x[:, :, k] * w for k, w in taps]) for taps in columns], axis=2)


def _sum(terms: list[Any]) -> NDArray[Any]:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


# ---- Area ------------------------------------------------------------------------------------------------------------


def area_taps(in_size: int, out_size: int, align_corners: bool) -> list[Any]:
    """For each output sample: [(index, float32 share of that sample)]."""
    scale = axis_scale(in_size, out_size, align_corners)
    taps = []
    for i in range(out_size):
        begin, end = F32(i) * scale, F32(i + 1) * scale
        entry = []
        for k in range(math.floor(begin), math.ceil(end)):
            if k < begin:
                share = scale if k + 1 > end else F32(k + 1) - begin
            else:
                share = end - F32(k) if k + 1 > end else F32(1)
            entry.append((min(max(k, 0), in_size - 1), share))
        taps.append(entry)
    return taps


@_batched
def resize_area(images: NDArray[Any], size: Sequence[int], align_corners: bool = False) -> NDArray[Any]:
    """Sums of shares, the width inside of the height, times 1 / (area of a cell)."""
    x = images.astype(F32)
    rows = area_taps(images.shape[1], size[0], align_corners)
    columns = area_taps(images.shape[2], size[1], align_corners)
    area = axis_scale(images.shape[1], size[0], align_corners) * axis_scale(images.shape[2], size[1], align_corners)
    factor = F32(1.0 / float(area))
    x = np.stack([_sum([x[:, :, k] * s for k, s in taps]) for taps in columns], axis=2)
    return np.stack([_sum([x[:, k] * s for k, s in taps]) * factor for taps in rows], axis=1)


# ---- Filters with antialias ------------------------------------------------------------------------------------------

_PI = F32(3.14159265359)


def _sin(x: np.float32) -> np.float32:
    return F32(math.sin(float(x)))


def _lanczos(support: float) -> Callable[[Any], Any]:
    r = F32(support)

    def filter_(x: np.float32) -> np.float32:
        if x > r:
            return F32(0)
        if x <= 1e-3:
            return F32(1)
        return r * _sin(_PI * x) * _sin(_PI * x / r) / (_PI * _PI * x * x)

    return filter_


def _gaussian(x: np.float32) -> np.float32:
    """Support 1.5, sigma 0.5; the exponential in float64."""
    if x >= F32(1.5):
        return F32(0)
    return F32(math.exp(float(-x * x) / (2.0 * 0.5 * 0.5)))


def _triangle(x: np.float32) -> np.float32:
    return F32(1) - x if x < 1 else F32(0)


def _box(x: np.float32) -> np.float32:
    return F32(1) if x < F32(0.5) else F32(0.5) if x == F32(0.5) else F32(0)


def _keys_cubic(x: np.float32) -> np.float32:
    if x >= 2:
        return F32(0)
    if x >= 1:
        return ((F32(-0.5) * x + F32(2.5)) * x - F32(4)) * x + F32(2)
    return ((F32(1.5) * x - F32(2.5)) * x) * x + F32(1)


def _mitchell_cubic(x: np.float32) -> np.float32:
    if x >= 2:
        return F32(0)
    if x >= 1:
        return (((F32(-7) / F32(18)) * x + F32(2)) * x - F32(10) / F32(3)) * x + F32(16) / F32(9)
    return (((F32(7) / F32(6)) * x - F32(2)) * x) * x + F32(8) / F32(9)


#: filter_type -> (its function, support)
FILTERS = {
    "lanczos1": (_lanczos(1), 1.0),
    "lanczos3": (_lanczos(3), 3.0),
    "lanczos5": (_lanczos(5), 5.0),
    "gaussian": (_gaussian, 1.5),
    "box": (_box, 1.0),
    "triangle": (_triangle, 1.0),
    "keyscubic": (_keys_cubic, 2.0),
    "mitchellcubic": (_mitchell_cubic, 2.0),
}


def filter_taps(
    in_size: int, out_size: int, scale: float, translation: float, filter_type: str, antialias: bool
) -> list[Any]:
    """For each output sample: (first sample, float32 weights); no weights where the result is 0."""
    filter_, support = FILTERS[filter_type]
    inverse = F32(1.0 / float(F32(scale)))
    shift = -inverse * F32(translation)
    filter_scale = max(inverse, F32(1)) if antialias else F32(1)
    reach = F32(support) * filter_scale
    one_over = F32(1) / filter_scale
    taps = []
    for i in range(out_size):
        p = (F32(i) + F32(0.5)) * inverse + shift
        if p < 0 or p > in_size:
            taps.append((0, []))
            continue
        first = min(max(math.ceil(p - reach - F32(0.5)), 0), in_size - 1)
        last = min(max(math.floor(p + reach - F32(0.5)), 0), in_size - 1)
        weights = [filter_(abs((F32(k) + F32(0.5) - p) * one_over)) for k in range(first, last + 1)]
        total = F32(0)
        for w in weights:
            total = total + w
        if abs(total) >= F32(1000) * np.finfo(F32).tiny:
            inverse_total = F32(1) / total
            weights = [w * inverse_total for w in weights]
        else:
            weights = [F32(0) for w in weights]
        taps.append((first, weights))
    return taps


@_batched
def scale_and_translate(
    images: NDArray[Any],
    size: Sequence[int],
    scale: Sequence[float],
    translation: Sequence[float],
    filter_type: str = "lanczos3",
    antialias: bool = True,
) -> NDArray[Any]:
    """``tf.raw_ops.ScaleAndTranslate``: the height first, then the width."""
    x = images.astype(F32)
    for axis in (1, 2):
        taps = filter_taps(
            x.shape[axis], size[axis - 1], scale[axis - 1], translation[axis - 1], filter_type, antialias
        )
        x = np.moveaxis(x, axis, 0)
        rows = []
        for first, weights in taps:
            total = np.zeros(x.shape[1:], F32)
            for k, w in enumerate(weights):
                total = total + x[first + k] * w
            rows.append(total)
        x = np.moveaxis(np.stack(rows), 0, axis)
    return x


# ---- The public functions --------------------------------------------------------------------------------------------


def size_with_aspect_ratio(in_size: Sequence[int], size: Sequence[int]) -> tuple[int, int]:
    """The largest size of the input's proportions within ``size``; float32, half to even."""
    scale = min(F32(size[0]) / F32(in_size[0]), F32(size[1]) / F32(in_size[1]))
    return int(np.rint(scale * F32(in_size[0]))), int(np.rint(scale * F32(in_size[1])))


def resize(
    images: NDArray[Any],
    size: Sequence[int],
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
) -> NDArray[Any]:
    """``tf.image.resize`` of TensorFlow 2; ``size`` is (height, width)."""
    in_size = images.shape[-3:-1]
    if preserve_aspect_ratio:
        size = size_with_aspect_ratio(in_size, size)
    if method == "nearest":
        return resize_nearest_neighbor(images, size, half_pixel_centers=True)
    if method == "area":
        return resize_area(images, size)
    if method == "bilinear" and not antialias:
        return resize_bilinear(images, size, half_pixel_centers=True)
    if method == "bicubic" and not antialias:
        return resize_bicubic(images, size, half_pixel_centers=True)
    filter_ = {"bilinear": "triangle", "bicubic": "keyscubic"}.get(method, method)
    if filter_ not in ("triangle", "keyscubic", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
        raise ValueError("unknown method")
    scale = [F32(o) / F32(i) for o, i in zip(size, in_size)]
    return scale_and_translate(images, size, scale, (0.0, 0.0), filter_, antialias)
