"""``torch.nn.functional.interpolate`` for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

import torch

from .._arrays import shape_of
from .._cache import PlanCache
from .._dlpack import address_in_capsule
from .._library import Error, library, raise_failure
from .._options import exact_scale_factor, exact_size, interpolate_options
from ._memory_formats import (
    empty,
    fake_empty,
    gradient_of_interpolate,
    gradient_of_pooling,
    is_pooled,
    output_of_interpolate,
)
from ._operator import Operator
from ._tensors import (
    are_known,
    autocast_to_float32,
    check_tensors,
    check_truth,
    dtype_code,
    folded,
    is_compiling,
    is_plain,
    lengths,
    lift_limit,
    limit_threads,
    needs_graph,
    to_capsule,
    unfolded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._options import ExactScaleFactor, ExactSize, ScaleFactor, Size

_plans: Any = PlanCache(capacity=64, samples=2**20)  # half of what arrays have: there are tables for either direction
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

    Differentiable any number of times: the gradient is the exact transpose. Under autocast, volumes are cast to float32
    in mode area, as PyTorch casts them.

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
    if align_corners is not None and type(align_corners) is not bool:
        check_truth("align_corners", align_corners)
    if is_compiling() or not is_plain(input):
        return _any_kind(input, (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias))
    if size is not None:
        size = exact_size(size)
    if scale_factor is not None:
        scale_factor = exact_scale_factor(scale_factor)
    return interpolate_plain(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)


def interpolate_plain(
    input: torch.Tensor, size: ExactSize, scale_factor: ExactScaleFactor, *others: Any
) -> torch.Tensor:
    """Resample a plain tensor, with a size and factors that are exact."""
    if others[0] == "area" and input.dim() == 5:
        (input,) = autocast_to_float32(input)
    key = (input.shape, input.dtype, size, scale_factor, *others)
    plan = _plans.get(key)
    if plan is None:
        plan = _added(key)
    if needs_graph(input):
        return (_pooling if plan.is_pooled else _forward)._apply(plan, input)
    return plan(input)


def _any_kind(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample what is no plain tensor, or what a compiler traces."""
    check_tensors(input=input)
    size, scale_factor, mode, *others = options
    if mode == "area" and input.dim() == 5:
        (input,) = autocast_to_float32(input)
    if not is_compiling():
        size, scale_factor = exact_size(size), exact_scale_factor(scale_factor)
    operator = _pooling if mode == "area" else _forward
    return operator(_Request(input.shape, (size, scale_factor, mode, *others)), input)


# ---- Plans -----------------------------------------------------------------------------------------------------------


class _Plan:
    """The plans of a resampling and, once it is asked for, of its gradient."""

    def __init__(self, input_shape: Sequence[int], dtype: torch.dtype, *options: Any) -> None:
        self.input_shape = tuple(input_shape)
        self.dtype = dtype
        self.options: Options = options
        self._structure = interpolate_options(len(self.input_shape), *[*options, None])
        self._handle = self._create(library.rsmp_plan_create)
        self.output_shape = shape_of(library.rsmp_plan_output_shape, len(self.input_shape), self._handle)
        self.is_pooled = is_pooled(self.mode, self.output_shape)

    @property
    def mode(self) -> str:
        """The mode."""
        return self.options[2]

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
    is_limited = limit_threads()
    try:
        status = _execute(
            handle, address_in_capsule(source, b"dltensor"), address_in_capsule(target, b"dltensor"), error
        )
    finally:
        if is_limited:
            lift_limit()
    if status:
        raise_failure(status, error)
    del source, target  # not before: they hold what the addresses are of
    return output


def _added(key: tuple[Any, ...]) -> _Plan:
    plan = _Plan(*key)
    _plans.add(key, plan)
    return plan


class _Request(NamedTuple):
    """What a plan is made of, where there is none: lengths may be symbols, and the dtype is that of the tensor."""

    input_shape: Sequence[Any]
    options: Options

    def plan(self, dtype: torch.dtype) -> _Plan:
        """Return the plan for it."""
        key = (tuple(self.input_shape), dtype, *self.options)
        plan: _Plan | None = _plans.get(key)
        return plan or _added(key)


# ---- The operator and its gradient -----------------------------------------------------------------------------------
# Each is the other's derivative. Their `extra` is a plan, or a request where shapes are not known or axes come and go.


def _run_forward(extra: _Plan | _Request, input: torch.Tensor) -> torch.Tensor:
    return extra(input) if isinstance(extra, _Plan) else extra.plan(input.dtype)(input)


def _run_backward(extra: _Plan | _Request, grad_output: torch.Tensor) -> torch.Tensor:
    plan = extra if isinstance(extra, _Plan) else extra.plan(grad_output.dtype)
    return plan.backward(grad_output)


def _fake_forward(input: torch.Tensor, *arguments: Any) -> torch.Tensor:
    size, scale_factor = arguments[:2]
    shape: Sequence[Any]
    if are_known(*input.shape, *(size or ()), *(scale_factor or ())):
        options = interpolate_options(input.dim(), *[*_options(arguments), None])
        ndim, code = input.dim(), dtype_code(input.dtype)
        shape = shape_of(library.rsmp_interpolate_shape, ndim, ndim, lengths(input.shape), code, options)
    elif size is not None:
        shape = (*input.shape[:2], *size)
    else:
        shape = (*input.shape[:2], *(torch.sym_int(n * factor) for n, factor in zip(input.shape[2:], scale_factor)))
    return output_of_interpolate(fake_empty, shape, input, arguments[2])


def _fake_backward(grad_output: torch.Tensor, input_size: Sequence[Any], *arguments: Any) -> torch.Tensor:
    return gradient_of_interpolate(fake_empty, input_size, grad_output, arguments[2])


def _gradient_of_forward(
    extra: _Plan | _Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_backward(extra, *gradients),)


def _gradient_of_backward(
    extra: _Plan | _Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_forward(extra, *gradients),)


def _arguments(extra: _Plan | _Request) -> list[Any]:
    """Return size and scale_factor with one entry for each axis, and the other options."""
    size, scale_factor, *others = extra.options
    axes = max(len(extra.input_shape) - 2, 1)
    return [_per_axis(size, axes), _per_axis(scale_factor, axes), *others]


def _per_axis(value: Any, axes: int) -> list[Any] | None:
    if value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value] * axes


def _options(arguments: Sequence[Any]) -> Options:
    """Return the options as plans have them."""
    return tuple(tuple(value) if isinstance(value, (list, tuple)) else value for value in arguments)


def _with_batch(extra: _Plan | _Request, batch_size: int) -> _Request:
    batch, *others = extra.input_shape
    return _Request((batch_size * batch, *others), extra.options)


def _batched(operator: Callable[[], Operator]) -> Callable[..., Any]:
    """Return the rule of vmap for an operator that is yet to be made."""

    def batched(
        extra: _Plan | _Request, batch_size: int, in_dims: Sequence[int | None], *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, int]:
        inputs = [folded(tensor, dim, batch_size) for tensor, dim in zip(tensors, in_dims)]
        return unfolded(operator()(_with_batch(extra, batch_size), *inputs), batch_size), 0

    return batched


def _request(tensors: Sequence[torch.Tensor], arguments: Sequence[Any]) -> _Request:
    return _Request(tensors[0].shape, _options(arguments))


_SCHEMA = (
    "SymInt[]? size, float[]? scale_factor, str mode, bool? align_corners, bool? recompute_scale_factor, bool antialias"
)

_forward: Operator = Operator(
    f"interpolate(Tensor input, {_SCHEMA}) -> Tensor",
    tensors=1,
    run=_run_forward,
    fake=_fake_forward,
    gradient=_gradient_of_forward,
    batched=_batched(lambda: _forward),
    is_linear=True,
    arguments=_arguments,
    extra=_request,
)

_backward: Operator = Operator(
    f"interpolate_backward(Tensor grad_output, SymInt[] input_size, {_SCHEMA}) -> Tensor",
    tensors=1,
    run=_run_backward,
    fake=_fake_backward,
    gradient=_gradient_of_backward,
    batched=_batched(lambda: _backward),
    is_linear=True,
    arguments=lambda extra: [list(extra.input_shape), *_arguments(extra)],
    extra=lambda _tensors, arguments: _Request(tuple(arguments[0]), _options(arguments[1:])),
)


# ---- Pooling ---------------------------------------------------------------------------------------------------------
# Mode area is linear as well, but PyTorch has the gradient of its adaptive pooling depend on the input: it is made in
# the input's memory format, and has a derivative by the input, which is 0; the gradient of another mode has none.


def _gradient_of_pooling(
    extra: _Plan | _Request, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_pooling_backward(extra, *gradients, *saved),)


def _run_pooling_backward(extra: _Plan | _Request, grad_output: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
    plan = extra if isinstance(extra, _Plan) else extra.plan(grad_output.dtype)
    return plan.pooling_backward(grad_output, input)


def _fake_pooling_backward(_grad_output: torch.Tensor, input: torch.Tensor, *_: Any) -> torch.Tensor:
    return gradient_of_pooling(fake_empty, input)


def _gradient_of_pooling_backward(
    extra: _Plan | _Request, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], wanted: Sequence[bool]
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    _, input = saved
    return (
        _pooling(extra, *gradients) if wanted[0] else None,
        torch.zeros_like(input, memory_format=torch.contiguous_format) if wanted[1] else None,
    )


def _tangent_of_pooling_backward(
    extra: _Plan | _Request, saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]
) -> torch.Tensor:
    _, input = saved
    return torch.zeros_like(input) if tangents[0] is None else _pooling_backward(extra, tangents[0], input)


_pooling: Operator = Operator(
    f"interpolate_area(Tensor input, {_SCHEMA}) -> Tensor",
    tensors=1,
    run=_run_forward,
    fake=_fake_forward,
    gradient=_gradient_of_pooling,
    batched=_batched(lambda: _pooling),
    saved=1,
    is_linear=True,
    arguments=_arguments,
    extra=_request,
)

_pooling_backward: Operator = Operator(
    f"interpolate_area_backward(Tensor grad_output, Tensor input, {_SCHEMA}) -> Tensor",
    tensors=2,
    run=_run_pooling_backward,
    fake=_fake_pooling_backward,
    gradient=_gradient_of_pooling_backward,
    batched=_batched(lambda: _pooling_backward),
    saved=2,
    tangent=_tangent_of_pooling_backward,
    arguments=_arguments,
    extra=lambda tensors, arguments: _Request(tensors[1].shape, _options(arguments)),
)
