"""Plans of interpolate on plain tensors."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .._cache import PlanCache
from .._dlpack import address_in_capsule
from .._library import library, raise_failure_of
from .._plan import Plan, output_shape
from ._memory_formats import (
    empty,
    gradient_of_interpolate,
    gradient_of_pooling,
    is_pooled,
    output_of_interpolate,
    template,
)
from ._tensors import described, dtype_code, execute, numpy_dtype, set_limit, thread_limit, to_capsule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._options import Options
    from .._structures import Tensor

plans = PlanCache(capacity=64, samples=2**21)  # half of what arrays have: there are tables for either direction
_plan_execute = library.rsmp_plan_execute
_empty_like = torch.empty_like


def resample(plan: Plan, input: torch.Tensor) -> torch.Tensor:
    """Resample `input`, a plain tensor of the plan's shape and dtype."""
    if plan._mode.pools:
        return _run(plan, input, output_of_interpolate(empty, plan.output_shape, input, plan._mode))
    calls = plan._calls
    call = calls.get(input.stride())
    if call is None:
        if len(calls) > _MOST_CALLS:
            calls.clear()
        call = calls[input.stride()] = Call(plan, input)
    return call.run(input)


_MOST_CALLS = 8


class Call:
    """A plan for tensors that lie in memory in one way: all is ready but their addresses.

    This is much of what a small call costs.
    """

    __slots__ = ("_format", "_handle", "_idle", "_template")

    def __init__(self, plan: Plan, input: torch.Tensor) -> None:
        self._handle = plan._handle
        self._template, self._format = template(plan.output_shape, input)
        # What threads write addresses into; one takes a pair, and puts it back.
        self._idle: list[tuple[Tensor, Tensor, int, int]] = []

    def run(self, input: torch.Tensor) -> torch.Tensor:
        """Resample `input` into a new tensor."""
        output = _empty_like(self._template, memory_format=self._format)
        try:
            pair = self._idle.pop()
        except IndexError:
            pair = _pair(input, output)
        source, target, source_address, target_address = pair
        source.data, target.data = input.data_ptr(), output.data_ptr()
        _execute(self._handle, source_address, target_address)
        self._idle.append(pair)
        return output


def _pair(input: torch.Tensor, output: torch.Tensor) -> tuple[Tensor, Tensor, int, int]:
    source, target = described(input), described(output)
    return source, target, ctypes.addressof(source), ctypes.addressof(target)


def gradient(plan: Plan, grad_output: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the input, given that of the output, a plain tensor of the plan's dtype."""
    return _run(plan._gradient, grad_output, gradient_of_interpolate(empty, plan.input_shape, grad_output, plan._mode))


def pooling_gradient(plan: Plan, grad_output: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
    """Return the same in the memory format of `input`."""
    return _run(plan._gradient, grad_output, gradient_of_pooling(empty, input))


def _run(plan: Plan, input: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    reads, writes = to_capsule(input), to_capsule(output)
    _execute(plan._handle, address_in_capsule(reads, b"dltensor"), address_in_capsule(writes, b"dltensor"))
    del reads, writes  # not before: they hold what the addresses are of
    return output


def _execute(*arguments: Any) -> None:
    """Execute a plan, on as many threads as PyTorch has."""
    limit = thread_limit()
    try:
        if limit:
            set_limit(limit, None)
        # Without an error to fill, for which there is hardly ever a use.
        if _plan_execute(*arguments, None):
            raise_failure_of(_plan_execute, *arguments)
    finally:
        if limit:
            set_limit(0, None)


def resample_once(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample a plain tensor without a plan that stays: for arguments that may not come again."""
    structure = options.structure(input.dim())
    shape = output_shape(input.shape, dtype_code(input.dtype), structure)
    output = output_of_interpolate(empty, shape, input, options.known_mode)
    execute(library.rsmp_interpolate, [input], structure, outputs=[output])
    return output


def is_pooled_by(plan: Plan) -> bool:
    """Tell whether PyTorch computes it by its adaptive pooling."""
    return plan._mode.pools and is_pooled(plan._mode, plan.output_shape)


def added(key: tuple[Any, torch.dtype, Options]) -> Plan:
    """Return a new plan, which is kept: of a shape, a dtype and the options."""
    shape, dtype, options = key
    plan = Plan._of(tuple(shape), numpy_dtype(dtype), options)
    plans.add(key, plan)
    return plan


class Request(NamedTuple):
    """What a plan is made of, where there is none: lengths may be symbols, and the dtype is that of the tensor."""

    input_shape: Sequence[Any]
    options: Options

    def plan(self, dtype: torch.dtype) -> Plan:
        """Return the plan for it."""
        key = (tuple(self.input_shape), dtype, self.options)
        return plans.get(key) or added(key)
