"""Some rows and columns of a large output, on which hundreds of ways are tried in a few seconds."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Array
    from ._elsewhere import Elsewhere
    from ._ways import Way

SAMPLES = 1 << 20  # of input and output, above which a part is tried first
_CHOSEN = 200  # samples of a plane
_READ = 1 << 20  # samples of a plane of the input that they may read, about


class Part:
    """The part, and what of the input it is made of."""

    def __init__(self, tensor: Array, output: Array) -> None:
        self.tensor, self.size = tensor, output.shape[2:]
        self.indices = [_chosen(output, axis, tensor.shape[axis]) for axis in range(2, output.ndim)]
        self.goal = _meeting(output, self.indices)
        name = tensor.dtype.name
        self.dtype = name if name in ("uint8", "float16", "float32") else "float64"

    def of_way(self, way: Way) -> Array:
        """Return what this way makes of the part, but for roundings."""
        axes = []
        for axis, index in enumerate(self.indices):
            factor = way.factors[axis] if way.factors else None
            options = way.mode, bool(way.align_corners), factor, way.antialias, self.dtype
            taps = _taps(self.tensor.shape[axis + 2], self.size[axis], *options)
            used, places = np.unique(taps.indices[index], return_inverse=True)
            weights = np.zeros((len(index), len(used)))
            rows = np.arange(len(index))[:, None]
            np.add.at(weights, (rows, places.reshape(len(index), -1)), taps.weights[index])
            axes.append((used, weights))
        return self._weighed(axes)

    def of_elsewhere(self, way: Elsewhere) -> Array:
        """Return what another library's way makes of the part."""
        axes = []
        for axis, index in enumerate(self.indices):
            matrix = way.matrix(self.tensor.shape[axis + 2], self.size[axis], index)
            used = np.flatnonzero(matrix.any(axis=0))
            axes.append((used, matrix[:, used]))
        return self._weighed(axes)

    def _weighed(self, axes: Sequence[tuple[Array, Array]]) -> Array:
        result = _meeting(self.tensor, [used for used, _ in axes]).astype(np.float64)
        for axis, (_, weights) in enumerate(axes, 2):
            result = np.moveaxis(np.tensordot(weights, result, (1, axis)), 0, axis)
        return result


def _meeting(array: Array, indices: Sequence[Array]) -> Array:
    """Return the samples where these rows and columns meet."""
    where: tuple[Any, ...] = (slice(None), slice(None), *np.ix_(*indices))
    result: Array = array[where]
    return result


@functools.lru_cache(maxsize=8)
def _taps(*arguments: Any) -> sr.AxisTaps:
    return sr.axis_taps(*arguments)


def _chosen(output: Array, axis: int, input_length: int) -> Array:
    """Return both ends of an axis, and samples between where the output changes most: ways differ there."""
    length = output.shape[axis]
    taps = 6 * max(1.0, input_length / length)  # of Lanczos, which has most
    share = 1 / (output.ndim - 2)  # each axis has the same part
    count = int(min(length, _CHOSEN**share, max(3, _READ**share // taps)))
    random = np.random.default_rng(0)
    candidates = random.choice(length, min(length, 16 * count), replace=False)
    lines = np.moveaxis(np.take(output, candidates, axis), axis, 0).astype(np.float64)
    changes = np.abs(np.diff(lines.reshape(len(lines), -1), axis=1)).mean(axis=1)
    liveliest = candidates[np.argsort(-np.nan_to_num(changes))[: count // 2]]
    others = candidates[: count - 2 - len(liveliest)]  # in the order of chance
    return np.unique(np.concatenate([[0, length - 1], liveliest, others]))
