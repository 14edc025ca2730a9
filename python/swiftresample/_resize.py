"""Plans of other libraries' resize functions, made from the structures of their arguments, and kept between calls."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import (
    as_array,
    as_dtype,
    as_lengths,
    check_output,
    dtype_code,
    input_tensor,
    output_tensor,
    shape_of,
    through_numpy,
)
from ._cache import PlanCache
from ._library import library, raise_failure_of
from ._memory import new_array
from ._structures import Error

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._dlpack import ArrayT

_plans = PlanCache(capacity=64, samples=2**22)
# Those that plans cannot weight, and that may become float32.
_CONVERTED = [np.dtype(name) for name in ("bool", "int64", "uint32", "uint64")]
_execute = library.rsmp_plan_execute


class _ResizePlan:
    """A plan for inputs of one shape and dtype."""

    def __init__(self, create: Any, shape: tuple[int, ...], dtype: np.dtype[Any], options: ctypes.Structure) -> None:
        self._handle = ctypes.c_void_p()
        create(len(shape), as_lengths(shape), dtype_code(dtype), options, self._handle, Error())
        # Not at exit: the memory goes anyway, and a daemon thread may be executing the plan.
        weakref.finalize(self, library.rsmp_plan_destroy, self._handle).atexit = False
        self.output_shape = shape_of(library.rsmp_plan_output_shape, len(shape), self._handle)
        self._table_lengths = (shape, self.output_shape)

    def __call__(self, array: Any, out: object, dtype: np.dtype[Any]) -> Any:
        """Resample an array of the plan's shape and dtype; the result has a dtype of its own."""
        if out is not None:
            memory = as_array("out", out)
            check_output(memory, dtype)
        else:
            memory = new_array(self.output_shape, dtype)
        source, reads = input_tensor(array)
        target, writes = output_tensor(memory)
        if _execute(self._handle, source, target, None):
            raise_failure_of(_execute, self._handle, source, target)
        del reads, writes  # not before: they hold what the addresses are of
        return memory if out is None else out


def resize(
    create: Any,
    name: str,
    input: ArrayT,
    options: ctypes.Structure,
    out: ArrayT | None,
    result_dtype: Callable[[np.dtype[Any]], np.dtype[Any]] | None = None,
) -> ArrayT:
    """Resample `input` with the plan that `create`, an ``rsmp_plan_create_...`` function, makes of `options`.

    The result is contiguous, and has the dtype that `result_dtype` makes of the input's; without it, the input's own.
    Where plans do not take a dtype that becomes another, its samples are converted before. `name` is what messages call
    the input.
    """
    array: Any = input
    if type(array) is not np.ndarray:

        def resized(array: Any, *, out: Any = None) -> Any:
            return resize(create, name, array, options, out, result_dtype)

        return through_numpy(resized, name, input, out=out)
    if not array.dtype.isnative:
        array = array.astype(as_dtype(array.dtype))
    dtype = array.dtype if result_dtype is None else result_dtype(array.dtype)
    if dtype != array.dtype and array.dtype in _CONVERTED:
        array = array.astype(dtype)
    key = (create.__name__, array.shape, array.dtype, bytes(options))
    plan = _plans.get(key)
    if plan is None:
        plan = _ResizePlan(create, array.shape, array.dtype, options)
        if not _plans.is_new(key):
            _plans.add(key, plan)
    result: ArrayT = plan(array, out, dtype)
    return result
