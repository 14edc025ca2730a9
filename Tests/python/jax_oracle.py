"""A plain and slow model of ``jax.image.resize`` and ``jax.image.scale_and_translate`` on a CPU, in NumPy.

JAX multiplies by a dense matrix of float32 weights for each axis. They are computed here as JAX does; sums differ in
their order, so that results agree within the rounding of float32. Those of nearest are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

F32 = np.float32

NAMES = {
    "nearest": "nearest",
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "triangle": "linear",
    "cubic": "cubic",
    "bicubic": "cubic",
    "tricubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
    "cubic-pytorch": "cubic-pytorch",
    "bicubic-pytorch": "cubic-pytorch",
    "area": "area",
}


# ---- Filters of a distance that is not negative ----------------------------------------------------------------------


def _triangle(x: NDArray[Any]) -> NDArray[Any]:
    return np.maximum(F32(0), F32(1) - x)


def _cubic(x: NDArray[Any]) -> NDArray[Any]:
    near = ((F32(1.5) * x - F32(2.5)) * x) * x + F32(1)
    far = ((F32(-0.5) * x + F32(2.5)) * x - F32(4)) * x + F32(2)
    return np.where(x >= 2, F32(0), np.where(x >= 1, far, near))


def _cubic_pytorch(x: NDArray[Any]) -> NDArray[Any]:
    a = F32(-0.75)
    near = ((a + F32(2)) * x - (a + F32(3))) * x * x + F32(1)
    far = ((a * x - F32(5) * a) * x + F32(8) * a) * x - F32(4) * a
    return np.where(x >= 2, F32(0), np.where(x >= 1, far, near))


def _lanczos(radius: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def weight(x: NDArray[Any]) -> NDArray[Any]:
        pi, r = F32(np.pi), F32(radius)
        y = r * np.sin(pi * x) * np.sin(pi * x / r)
        safe = np.where(x != 0, F32(np.pi**2) * (x * x), F32(1))
        return np.where(x > r, F32(0), np.where(x > F32(1e-3), y / safe, F32(1)))

    return weight


FILTERS = {
    "linear": _triangle,
    "cubic": _cubic,
    "cubic-pytorch": _cubic_pytorch,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}


# ---- The weights of an axis ------------------------------------------------------------------------------------------


def _fused(a: NDArray[Any], b: Any, c: Any) -> NDArray[Any]:
    """a * b + c, rounded once, as the code that XLA makes for CPUs with FMA does."""
    return (a.astype(np.float64) * np.float64(b) + np.float64(c)).astype(F32)


def weight_matrix(
    in_size: int, out_size: int, scale: Any, translation: Any, method: str, antialias: bool
) -> NDArray[Any]:
    """Return the float32 weights [in_size, out_size].

    `scale` is that of ``resize``, a float, whose reciprocal is taken in float64, or of ``scale_and_translate``, a
    float32.
    """
    is_whole = isinstance(scale, float)
    inverse = F32(1.0 / scale) if is_whole else F32(1) / F32(scale)
    filter_scale = max(inverse, F32(1)) if antialias else F32(1)
    shift = F32(translation) * inverse
    i = np.arange(out_size, dtype=F32)
    # resize is compiled as a whole, scale_and_translate runs step by step
    middle = i + F32(0.5)
    position = _fused(middle, inverse, F32(-0.5)) if is_whole else middle * inverse - shift - F32(0.5)
    repeats_edges = method == "cubic-pytorch"
    padding = 2 if repeats_edges else 0
    k = np.arange(-padding, in_size + padding, dtype=F32)
    if method == "area":
        begin = i * inverse - shift
        end = begin + inverse
        weights = np.maximum(F32(0), np.minimum(end[None], k[:, None] + F32(1)) - np.maximum(begin[None], k[:, None]))
    else:
        weights = FILTERS[method](np.abs(position[None] - k[:, None]) / filter_scale)
    if repeats_edges:
        folded = np.zeros((in_size, out_size), F32)
        for row, index in zip(weights, np.clip(k.astype(int), 0, in_size - 1)):
            folded[index] += row
        weights = folded
    total = weights.sum(axis=0, keepdims=True, dtype=F32)
    is_enough = np.abs(total) > F32(1000 * float(np.finfo(F32).eps))
    weights = np.where(is_enough, weights / np.where(total != 0, total, F32(1)), F32(0))
    if not repeats_edges:
        is_inside = (position >= F32(-0.5)) & (position <= F32(in_size - 0.5))
        weights = np.where(is_inside[None], weights, F32(0))
    return weights.astype(F32)


def result_dtype(dtype: Any) -> np.dtype[Any]:
    """Return that of the result: integers, and float64 without x64, become float32."""
    return np.dtype(np.float16) if np.dtype(dtype) == np.float16 else np.dtype(F32)


def _apply(image: NDArray[Any], axis: int, weights: NDArray[Any]) -> NDArray[Any]:
    """Sum in float64: as near as any order of float32 sums could come."""
    moved = np.moveaxis(image.astype(np.float64), axis, -1)
    return np.moveaxis(moved @ weights.astype(np.float64), -1, axis)


# ---- The functions ---------------------------------------------------------------------------------------------------


def resize(image: NDArray[Any], shape: Sequence[int], method: str, antialias: bool = True) -> NDArray[Any]:
    method = NAMES[method]
    axes = [axis for axis in range(image.ndim) if shape[axis] != image.shape[axis]]
    if method == "nearest":
        for axis in axes:
            m, n = image.shape[axis], shape[axis]
            # XLA divides by a constant by multiplying by its reciprocal.
            position = (np.arange(n, dtype=F32) + F32(0.5)) * F32(m) * (F32(1) / F32(n))
            image = np.take(image, np.minimum(np.floor(position).astype(int), m - 1), axis=axis)
        return image
    if method == "cubic-pytorch" and antialias:
        method = "cubic"
    dtype = result_dtype(image.dtype)
    out = image.astype(dtype)
    for axis in axes:
        m, n = image.shape[axis], shape[axis]
        out = _apply(out, axis, weight_matrix(m, n, n / m, 0.0, method, antialias).astype(dtype))
    return out.astype(dtype)


def scale_and_translate(
    image: NDArray[Any],
    shape: Sequence[int],
    spatial_dims: Sequence[int],
    scale: Sequence[float],
    translation: Sequence[float],
    method: str,
    antialias: bool = True,
) -> NDArray[Any]:
    method = NAMES[method]
    if method == "cubic-pytorch" and antialias:
        method = "cubic"
    dtype = result_dtype(image.dtype)
    out = image.astype(dtype)
    for axis, s, t in zip(spatial_dims, scale, translation):
        weights = weight_matrix(image.shape[axis], shape[axis], F32(s), F32(t), method, antialias)
        out = _apply(out, axis, weights.astype(dtype))
    return out.astype(dtype)
