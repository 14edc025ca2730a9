"""What other libraries do and no function here does, axis by axis as matrices: diagnose names it by computing it.

Positions are fractions of integers, so that ties are ties; everything else is float64.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._common import Array

_ROWS = 256  # of a matrix that are computed at once
_NOTHING = 1e-15  # a weight

HALF, START, CORNERS = "half-pixel centres", "positions i * input / output", "corners aligned"


class Elsewhere(NamedTuple):
    """A way to resample: a name, and rows of the matrix of an axis: samples of the input, of the output, which rows."""

    name: str
    matrix: Callable[[int, int, Array], Array]


def resample(tensor: Array, size: Sequence[int], way: Elsewhere) -> Array:
    """Return (N, C, ...) resampled in float64."""
    result = tensor.astype(np.float64)
    for axis, length in enumerate(size, 2):
        parts = []
        for first in range(0, length, _ROWS):
            matrix = way.matrix(tensor.shape[axis], length, np.arange(first, min(first + _ROWS, length)))
            used = np.flatnonzero((np.abs(matrix) > _NOTHING).any(axis=0))
            reach = slice(used[0], used[-1] + 1) if used.size else slice(0, 1)
            source = result[(slice(None),) * axis + (reach,)]
            parts.append(np.moveaxis(np.tensordot(matrix[:, reach], source, (1, axis)), 0, axis))
        result = np.concatenate(parts, axis)
    return result


def ways() -> Iterator[Elsewhere]:
    """Yield all that are known."""
    for rule in (HALF, START, CORNERS):
        for rounding, rounded in _ROUNDINGS.items():
            yield Elsewhere(f"nearest: {rule}, {rounding}", _nearest(rule, rounded))
    yield Elsewhere(f"linear: {HALF}, mirrored at the borders (scikit-image)", _filtered(_linear, 1, HALF, "mirror"))
    yield Elsewhere(f"linear: {HALF}, 0 outside (SciPy's grid-constant)", _filtered(_linear, 1, HALF, "zero"))
    yield Elsewhere(f"cubic B-spline: {CORNERS} (SciPy's zoom)", _spline(CORNERS))
    yield Elsewhere(f"cubic B-spline: {HALF} (scikit-image)", _spline(HALF))
    name = f"a Gaussian filter, then linear: {HALF}, mirrored at the borders (scikit-image's anti_aliasing)"
    yield Elsewhere(name, _gaussian_linear)


# ---- Positions -------------------------------------------------------------------------------------------------------


def _position(rule: str, before: int, after: int, index: Array) -> tuple[Array, int]:
    """Return where samples of the output lie among the input's: numerators, and their denominator."""
    if rule == HALF:
        return (2 * index + 1) * before - after, 2 * after
    if rule == START:
        return index * before, after
    return index * (before - 1), max(after - 1, 1)


_ROUNDINGS: dict[str, Callable[[Array, int], Array]] = {
    "rounded down": lambda top, bottom: top // bottom,
    "rounded up": lambda top, bottom: -(-top // bottom),
    "rounded, ties down": lambda top, bottom: -((bottom - 2 * top) // (2 * bottom)),
    "rounded, ties up": lambda top, bottom: (2 * top + bottom) // (2 * bottom),
}


def _nearest(rule: str, rounding: Callable[[Array, int], Array]) -> Callable[[int, int, Array], Array]:
    def matrix(before: int, after: int, index: Array) -> Array:
        indices = rounding(*_position(rule, before, after, index))
        result = np.zeros((len(index), before))
        result[np.arange(len(index)), indices.clip(0, before - 1)] = 1
        return result

    return matrix


# ---- Filters ---------------------------------------------------------------------------------------------------------


def _linear(x: Array) -> Array:
    result: Array = np.maximum(1 - np.abs(x), 0)
    return result


def _b_spline(x: Array) -> Array:
    d = np.abs(x)
    return np.where(d < 1, 2 / 3 - d * d + d**3 / 2, np.where(d < 2, (2 - d) ** 3 / 6, 0))


# ---- Matrices --------------------------------------------------------------------------------------------------------


def _filtered(
    filter: Callable[[Array], Array], support: int, rule: str, border: str
) -> Callable[[int, int, Array], Array]:
    """Weigh the samples within the support; what lies outside the input is repeated, mirrored, 0 or left out."""

    def matrix(before: int, after: int, index: Array) -> Array:
        top, bottom = _position(rule, before, after, index)
        return _weights(filter, support, top / bottom, before, border)

    return matrix


def _weights(filter: Callable[[Array], Array], support: int, position: Array, length: int, border: str) -> Array:
    first = np.floor(position).astype(np.int64) - support + 1
    indices = first[:, None] + np.arange(2 * support)
    weights = filter(position[:, None] - indices)
    inside = (indices >= 0) & (indices < length)
    if border == "mirror":
        period = max(2 * length - 2, 1)
        indices = np.minimum(indices % period, -indices % period)
    elif border in ("zero", "none"):
        weights = weights * inside
    if border != "zero":
        weights = weights / weights.sum(axis=1, keepdims=True)
    result = np.zeros((len(position), length))
    np.add.at(result, (np.arange(len(position))[:, None], indices.clip(0, length - 1)), weights)
    return result


def _spline(rule: str) -> Callable[[int, int, Array], Array]:
    """Cubic B-splines through the samples, mirrored at the borders."""

    def matrix(before: int, after: int, index: Array) -> Array:
        top, bottom = _position(rule, before, after, index)
        return _through_samples(_weights(_b_spline, 2, top / bottom, before, "mirror"))

    return matrix


def _through_samples(rows: Array) -> Array:
    """Solve X @ T = rows, where T makes samples of coefficients of splines: 1/6, 4/6, 1/6, mirrored at both ends."""
    length = rows.shape[1]
    if length == 1:
        return rows
    below, above = np.full(length, 1 / 6), np.full(length, 1 / 6)  # the diagonal of the transposed T
    below[1] = above[-2] = 2 / 6
    found = rows.T.copy()
    ratio = np.zeros(length)
    for i in range(length):  # Thomas's algorithm
        pivot = 4 / 6 - (below[i] * ratio[i - 1] if i else 0)
        ratio[i] = above[i] / pivot
        found[i] = (found[i] - (below[i] * found[i - 1] if i else 0)) / pivot
    for i in reversed(range(length - 1)):
        found[i] -= ratio[i] * found[i + 1]
    return found.T


def _gaussian_linear(before: int, after: int, index: Array) -> Array:
    sigma = max(0.0, (before / after - 1) / 2)
    linear = _filtered(_linear, 1, HALF, "mirror")(before, after, index)
    if sigma == 0:
        return linear
    radius = math.floor(4 * sigma + 0.5)
    offsets = np.arange(-radius, radius + 1)
    weights = np.exp(-(offsets**2) / (2 * sigma * sigma))
    period = max(2 * before - 2, 1)
    used = np.flatnonzero(linear.any(axis=0))
    indices = used[:, None] + offsets
    gaussian = np.zeros((len(used), before))
    np.add.at(
        gaussian,
        (np.arange(len(used))[:, None], np.minimum(indices % period, -indices % period)),
        weights / weights.sum(),
    )
    result: Array = linear[:, used] @ gaussian
    return result
