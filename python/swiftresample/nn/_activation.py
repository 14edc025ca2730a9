"""Functions of single samples, and of those along an axis. Half types are computed in float32 and rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._dlpack import BFLOAT16_BITS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def as_wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in which samples of `dtype` are computed: float32 for half types, otherwise itself."""
    if dtype == BFLOAT16_BITS:
        raise TypeError("this layer needs ml_dtypes for bfloat16: import it before the weights are loaded")
    return np.dtype(np.float32) if dtype.name in ("float16", "bfloat16") else dtype


def softmax(x: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return exp(x) over its sum along the axis."""
    wide = x.astype(as_wide(x.dtype), order="K", copy=False)
    exponentials: NDArray[Any] = np.exp(wide - wide.max(axis, keepdims=True))  # the greatest is 1: nothing overflows
    exponentials /= exponentials.sum(axis, keepdims=True)
    return exponentials.astype(x.dtype, order="K", copy=False)


def sigmoid(x: NDArray[Any]) -> NDArray[Any]:
    """Return 1 / (1 + exp(-x))."""
    result = -x.astype(as_wide(x.dtype), order="K", copy=False)
    with np.errstate(over="ignore"):  # 1 / infinity is right
        np.exp(result, out=result)
    result += 1
    np.reciprocal(result, out=result)
    return result.astype(x.dtype, order="K", copy=False)


def hardswish(x: NDArray[Any]) -> NDArray[Any]:
    """Return x * min(max(x + 3, 0), 6) / 6: Howard et al., https://arxiv.org/abs/1905.02244."""
    wide = x.astype(as_wide(x.dtype), order="K", copy=False)
    result = wide + 3
    np.clip(result, 0, 6, out=result)
    result *= wide
    result /= 6
    return result.astype(x.dtype, order="K", copy=False)
