"""``torch.nn.functional.interpolate`` for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._cache import PlanCache
from .._library import Error, library, raise_failure
from .._options import exact_scale_factor, exact_size, interpolate_options
from ._tensors import (
    address_in_capsule,
    are_known,
    check_tensors,
    dtype_code,
    empty,
    fake_empty,
    is_compiling,
    is_plain,
    lengths,
    needs_graph,
    to_capsule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._options import ScaleFactor, Size

_plans = PlanCache(capacity=64, samples=2**20)  # half of what arrays have: there are tables for either direction
_execute = library.rsmp_plan_execute

Options = tuple[Any, ...]  # size, scale_factor, mode, align_corners, recompute_scale_factor, antialias


def interpolate(
    input: torch.Tensor,
    size: Size = None,
    scale_factor: ScaleFactor = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> torch.Tensor:
    """Resample a tensor to a size, or by a factor, as ``torch.nn.functional.interpolate`` does [1]_.

    Differentiable any number of times: the gradient is the exact transpose.

    Parameters
    ----------
    input : torch.Tensor
        (N, C, W), (N, C, H, W) or (N, C, D, H, W) on the CPU, with any strides; it is not copied.
    size, scale_factor, mode, align_corners, recompute_scale_factor, antialias
        As for `swiftresample.interpolate`, dtypes included; a gradient have float32, float64, float16 and bfloat16.

    Returns
    -------
    torch.Tensor
        Of the input's dtype, and of the memory format that PyTorch gives it.

    Raises
    ------
    ValueError, TypeError, NotImplementedError, MemoryError
        As `swiftresample.interpolate`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]], requires_grad=True)
    >>> enlarged = srt.interpolate(image, scale_factor=2, mode="bilinear")
    >>> enlarged.detach()
    tensor([[[[1.0000, 1.2500, 1.7500, 2.0000],
              [1.5000, 1.7500, 2.2500, 2.5000],
              [2.5000, 2.7500, 3.2500, 3.5000],
              [3.0000, 3.2500, 3.7500, 4.0000]]]])
    >>> enlarged.sum().backward()
    >>> image.grad
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    # This is most of what a small call costs: functions are called where they have something to do.
    if is_compiling() or not is_plain(input):
        return _dispatched(input, (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias))
    if size is not None:
        size = exact_size(size)
    if scale_factor is not None:
        scale_factor = exact_scale_factor(scale_factor)
    key = (input.shape, input.dtype, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    plan = _plans.get(key)
    if plan is None:
        plan = _added(key)
    if needs_graph(input):
        return _Interpolate.apply(input, plan)
    return plan(input)


def _dispatched(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample through PyTorch's dispatcher: what a compiler traces, and all that is no plain tensor."""
    check_tensors(input=input)
    size, scale_factor, *others = options
    if not is_compiling():
        size, scale_factor = exact_size(size), exact_scale_factor(scale_factor)
    axes = max(input.dim() - 2, 1)
    return torch.ops.swiftresample.interpolate(input, _per_axis(size, axes), _per_axis(scale_factor, axes), *others)


def _per_axis(value: Any, axes: int) -> list[Any] | None:
    if value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value] * axes


# ---- Plans -----------------------------------------------------------------------------------------------------------


class _Plan:
    """The plans of a resampling and, once it is asked for, of its gradient."""

    def __init__(self, input_shape: Sequence[int], dtype: torch.dtype, *options: Any) -> None:
        self.input_shape = tuple(input_shape)
        self.dtype = dtype
        self.options: Options = options
        self._structure = interpolate_options(len(self.input_shape), *options, None)
        self._handle = self._create(library.rsmp_plan_create)
        self.output_shape = shape_of(library.rsmp_plan_output_shape, len(self.input_shape), self._handle)

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
        return _run(self._handle, input, self.output_shape)

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the input, given that of the output, a plain tensor of the plan's dtype."""
        return _run(self._backward_handle, grad_output, self.input_shape)


def _run(handle: ctypes.c_void_p, input: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    output = empty(shape, input)
    source, target = to_capsule(input), to_capsule(output)
    error = Error()
    status = _execute(
        handle, address_in_capsule(source, b"dltensor"), address_in_capsule(target, b"dltensor"), error
    )
    if status:
        raise_failure(status, error)
    del source, target  # not before: they hold what the addresses are of
    return output


def _added(key: tuple[Any, ...]) -> _Plan:
    plan = _Plan(*key)
    _plans.add(key, plan)  # type: ignore[arg-type]
    return plan


def _plan(shape: Sequence[int], dtype: torch.dtype, size: Any, scale_factor: Any, *others: Any) -> _Plan:
    """Return the plan for the arguments of the operator."""
    key = (
        tuple(shape),
        dtype,
        None if size is None else tuple(size),
        None if scale_factor is None else tuple(scale_factor),
        *others,
    )
    return _plans.get(key) or _added(key)  # type: ignore[return-value]


# ---- Autograd without the dispatcher ---------------------------------------------------------------------------------
# Each of the two is the derivative of the other.


class _Interpolate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, plan: _Plan) -> torch.Tensor:
        ctx.plan = plan
        return plan(input)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _differentiable_backward(grad_output, ctx.plan), None

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor, _: None) -> torch.Tensor:
        return _differentiable(tangent, ctx.plan)


class _InterpolateBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, grad_output: torch.Tensor, plan: _Plan) -> torch.Tensor:
        ctx.plan = plan
        return plan.backward(grad_output)

    @staticmethod
    def backward(ctx: Any, grad_grad_input: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _differentiable(grad_grad_input, ctx.plan), None

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor, _: None) -> torch.Tensor:
        return _differentiable_backward(tangent, ctx.plan)


def _differentiable(input: torch.Tensor, plan: _Plan) -> torch.Tensor:
    if is_compiling() or not is_plain(input):
        return _dispatched(input, plan.options)
    return _Interpolate.apply(input, plan) if needs_graph(input) else plan(input)


def _differentiable_backward(grad_output: torch.Tensor, plan: _Plan) -> torch.Tensor:
    if is_compiling() or not is_plain(grad_output):
        size, scale_factor, *others = plan.options
        axes = len(plan.input_shape) - 2
        return torch.ops.swiftresample.interpolate_backward(
            grad_output, plan.input_shape, _per_axis(size, axes), _per_axis(scale_factor, axes), *others
        )
    return _InterpolateBackward.apply(grad_output, plan) if needs_graph(grad_output) else plan.backward(grad_output)


# ---- The operators of the dispatcher ---------------------------------------------------------------------------------

_OPTIONS = (
    "SymInt[]? size, float[]? scale_factor, str mode, bool? align_corners, bool? recompute_scale_factor, bool antialias"
)
torch.library.define("swiftresample::interpolate", f"(Tensor input, {_OPTIONS}) -> Tensor")
torch.library.define(
    "swiftresample::interpolate_backward", f"(Tensor grad_output, SymInt[] input_size, {_OPTIONS}) -> Tensor"
)


@torch.library.impl("swiftresample::interpolate", "CPU")
def _(input: torch.Tensor, *options: Any) -> torch.Tensor:
    return _plan(input.shape, input.dtype, *options)(input)


@torch.library.impl("swiftresample::interpolate_backward", "CPU")
def _(grad_output: torch.Tensor, input_size: Sequence[int], *options: Any) -> torch.Tensor:
    return _plan(input_size, grad_output.dtype, *options).backward(grad_output)


@torch.library.register_fake("swiftresample::interpolate")
def _(input: torch.Tensor, size: Any, scale_factor: Any, *others: Any) -> torch.Tensor:
    if are_known(*input.shape, *(size or ()), *(scale_factor or ())):
        options = interpolate_options(
            input.dim(), _as_tuple(size), _as_tuple(scale_factor), *others, None
        )
        ndim, code = input.dim(), dtype_code(input.dtype)
        shape: Sequence[Any] = shape_of(library.rsmp_interpolate_shape, ndim, ndim, lengths(input.shape), code, options)
    elif size is not None:
        shape = (*input.shape[:2], *size)
    else:
        shape = (*input.shape[:2], *(torch.sym_int(n * factor) for n, factor in zip(input.shape[2:], scale_factor)))
    return fake_empty(shape, input)


@torch.library.register_fake("swiftresample::interpolate_backward")
def _(grad_output: torch.Tensor, input_size: Sequence[Any], *_options: Any) -> torch.Tensor:
    return fake_empty(input_size, grad_output)


def _as_tuple(value: Any) -> Any:
    return None if value is None else tuple(value)


def _keep_options(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:  # noqa: ARG001
    input, *ctx.options = inputs
    ctx.input_size = input.shape


def _gradient(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    gradient = torch.ops.swiftresample.interpolate_backward(grad_output, ctx.input_size, *ctx.options)
    return gradient, *[None] * 6


def _keep_backward_options(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:  # noqa: ARG001
    _, _, *ctx.options = inputs


def _gradient_of_backward(ctx: Any, grad_grad_input: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
    return torch.ops.swiftresample.interpolate(grad_grad_input, *ctx.options), *[None] * 7


torch.library.register_autograd("swiftresample::interpolate", _gradient, setup_context=_keep_options)
torch.library.register_autograd(
    "swiftresample::interpolate_backward", _gradient_of_backward, setup_context=_keep_backward_options
)


@torch.library.register_vmap("swiftresample::interpolate")
def _(info: Any, in_dims: tuple[Any, ...], input: torch.Tensor, *options: Any) -> tuple[torch.Tensor, int]:
    folded = input.movedim(in_dims[0], 0).flatten(0, 1)  # any number of batches is one batch
    return torch.ops.swiftresample.interpolate(folded, *options).unflatten(0, (info.batch_size, -1)), 0


@torch.library.register_vmap("swiftresample::interpolate_backward")
def _(
    info: Any, in_dims: tuple[Any, ...], grad_output: torch.Tensor, input_size: Sequence[int], *options: Any
) -> tuple[torch.Tensor, int]:
    batch, *others = input_size
    folded = grad_output.movedim(in_dims[0], 0).flatten(0, 1)
    gradient = torch.ops.swiftresample.interpolate_backward(folded, [info.batch_size * batch, *others], *options)
    return gradient.unflatten(0, (info.batch_size, batch)), 0
