"""The plans of interpolate on plain tensors, and which of them are kept."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from .._arrays import shape_of
from .._cache import PlanCache
from .._dlpack import address_in_capsule
from .._library import Error, library, raise_failure
from .._options import interpolate_options
from ._memory_formats import empty, gradient_of_interpolate, gradient_of_pooling, is_pooled, output_of_interpolate
from ._tensors import dtype_code, execute, lengths, set_limit, thread_limit, to_capsule

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

plans: Any = PlanCache(capacity=64, samples=2**21)  # half of what arrays have: there are tables for either direction
_execute = library.rsmp_plan_execute

Options = tuple[Any, ...]  # size, scale_factor, mode, align_corners, recompute_scale_factor, antialias


class Plan:
    """The plans of a resampling and, once it is asked for, of its gradient."""

    def __init__(self, input_shape: Sequence[int], dtype: torch.dtype, *options: Any) -> None:
        self.input_shape = tuple(input_shape)
        self.dtype = dtype
        self.options: Options = options
        self.mode: str = options[2]
        self._structure = interpolate_options(len(self.input_shape), *[*options, None])
        self._handle = self._create(library.rsmp_plan_create)
        self.output_shape = shape_of(library.rsmp_plan_output_shape, len(self.input_shape), self._handle)
        self.is_pooled = is_pooled(self.mode, self.output_shape)
        self._is_like_input = self.mode != "area" or len(self.input_shape) == 4

    def _create(self, function: Any) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        shape = self.input_shape
        function(len(shape), lengths(shape), dtype_code(self.dtype), self._structure, handle, Error())
        # Not at exit: the memory goes anyhow, and a daemon thread may be executing the plan.
        weakref.finalize(self, library.rsmp_plan_destroy, handle).atexit = False
        return handle

    @functools.cached_property
    def _backward_handle(self) -> ctypes.c_void_p:
        return self._create(library.rsmp_plan_create_backward)

    def __call__(self, input: torch.Tensor) -> torch.Tensor:
        """Resample `input`, a plain tensor of the plan's shape and dtype."""
        if self._is_like_input:  # nearly always, and short
            return _run(self._handle, input, empty(self.output_shape, input))
        return _run(self._handle, input, output_of_interpolate(empty, self.output_shape, input, self.mode))

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the input, given that of the output, a plain tensor of the plan's dtype."""
        gradient = gradient_of_interpolate(empty, self.input_shape, grad_output, self.mode)
        return _run(self._backward_handle, grad_output, gradient)

    def pooling_backward(self, grad_output: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
        """Return the same in the memory format of `input`."""
        return _run(self._backward_handle, grad_output, gradient_of_pooling(empty, input))


def _run(handle: ctypes.c_void_p, input: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    source, target = to_capsule(input), to_capsule(output)
    error = Error()
    limit = thread_limit()
    try:
        if limit:
            set_limit(limit, None)
        status = _execute(
            handle, address_in_capsule(source, b"dltensor"), address_in_capsule(target, b"dltensor"), error
        )
    finally:
        if limit:
            set_limit(0, None)
    if status:
        raise_failure(status, error)
    del source, target  # not before: they hold what the addresses are of
    return output


def resample_once(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample a plain tensor without a plan that stays: for arguments that may not come again."""
    ndim, structure = input.dim(), interpolate_options(input.dim(), *[*options, None])
    shape = shape_of(
        library.rsmp_interpolate_shape, ndim, ndim, lengths(input.shape), dtype_code(input.dtype), structure
    )
    output = output_of_interpolate(empty, shape, input, options[2])
    execute(library.rsmp_interpolate, [input], structure, outputs=[output])
    return output


def added(key: tuple[Any, ...]) -> Plan:
    """Return a new plan, which is kept: of a shape, a dtype and the options."""
    plan = Plan(*key)
    plans.add(key, plan)
    return plan


class Request(NamedTuple):
    """What a plan is made of, where there is none: lengths may be symbols, and the dtype is that of the tensor."""

    input_shape: Sequence[Any]
    options: Options

    def plan(self, dtype: torch.dtype) -> Plan:
        """Return the plan for it."""
        key = (tuple(self.input_shape), dtype, *self.options)
        plan: Plan | None = plans.get(key)
        return plan or added(key)
