"""Plans of other libraries' resize functions, made from the structures of their arguments, and kept between calls."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import (
    as_dtype,
    as_lengths,
    dtype_code,
    input_tensor,
    output_array,
    output_tensor,
    shape_of,
    through_numpy,
)
from ._cache import PlanCache
from ._library import Error, library, raise_failure_of
from ._memory import new_array

if TYPE_CHECKING:
    from ._dlpack import ArrayT

_plans = PlanCache(capacity=64, samples=2**22)
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

    def __call__(self, array: Any, out: object) -> Any:
        """Resample an array of the plan's shape and dtype."""
        if out is not None:
            memory = output_array(out, array, self.output_shape)
        else:
            memory = new_array(self.output_shape, array.dtype)
        source, reads = input_tensor(array)
        target, writes = output_tensor(memory)
        if _execute(self._handle, source, target, None):
            raise_failure_of(_execute, self._handle, source, target)
        del reads, writes  # not before: they hold what the addresses are of
        return memory if out is None else out


def resize(create: Any, name: str, input: ArrayT, options: ctypes.Structure, out: ArrayT | None) -> ArrayT:
    """Resample `input` with the plan that `create`, an ``rsmp_plan_create_...`` function, makes of `options`.

    The result is contiguous. `name` is what messages call the input.
    """
    array: Any = input
    if type(array) is not np.ndarray:

        def resized(array: Any, *, out: Any = None) -> Any:
            return resize(create, name, array, options, out)

        return through_numpy(resized, name, input, out=out)
    if not array.dtype.isnative:
        array = array.astype(as_dtype(array.dtype))
    key = (create.__name__, array.shape, array.dtype, bytes(options))
    plan = _plans.get(key)
    if plan is None:
        plan = _ResizePlan(create, array.shape, array.dtype, options)
        if not _plans.is_new(key):
            _plans.add(key, plan)
    result: ArrayT = plan(array, out)
    return result
