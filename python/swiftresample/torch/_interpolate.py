"""``torch.nn.functional.interpolate`` for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import torch

from .._arrays import shape_of
from .._library import library
from .._options import exact_scale_factor, exact_size, interpolate_options
from ._interpolate_plan import Plan, Request, added, plans, resample_once
from ._memory_formats import fake_empty, gradient_of_interpolate, gradient_of_pooling, output_of_interpolate
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
    needs_graph,
    unfolded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._options import ExactScaleFactor, ExactSize, ScaleFactor, Size
    from ._interpolate_plan import Options


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
    plan, is_watched = plans.get(key), needs_graph(input)
    if plan is None:
        if not is_watched and plans.is_new(key):
            return resample_once(input, key[2:])
        plan = added(key)
    if is_watched:
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
    return operator(Request(input.shape, (size, scale_factor, mode, *others)), input)


# ---- The operator and its gradient -----------------------------------------------------------------------------------
# Each is the other's derivative. Their `extra` is a plan, or a request where shapes are not known or axes come and go.


def _run_forward(extra: Plan | Request, input: torch.Tensor) -> torch.Tensor:
    return extra(input) if isinstance(extra, Plan) else extra.plan(input.dtype)(input)


def _run_backward(extra: Plan | Request, grad_output: torch.Tensor) -> torch.Tensor:
    plan = extra if isinstance(extra, Plan) else extra.plan(grad_output.dtype)
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
    extra: Plan | Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_backward(extra, *gradients),)


def _gradient_of_backward(
    extra: Plan | Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_forward(extra, *gradients),)


def _arguments(extra: Plan | Request) -> list[Any]:
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


def _with_batch(extra: Plan | Request, batch_size: int) -> Request:
    batch, *others = extra.input_shape
    return Request((batch_size * batch, *others), extra.options)


def _batched(operator: Callable[[], Operator]) -> Callable[..., Any]:
    """Return the rule of vmap for an operator that is yet to be made."""

    def batched(
        extra: Plan | Request, batch_size: int, in_dims: Sequence[int | None], *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, int]:
        inputs = [folded(tensor, dim, batch_size) for tensor, dim in zip(tensors, in_dims)]
        return unfolded(operator()(_with_batch(extra, batch_size), *inputs), batch_size), 0

    return batched


def _request(tensors: Sequence[torch.Tensor], arguments: Sequence[Any]) -> Request:
    return Request(tensors[0].shape, _options(arguments))


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
    extra=lambda _tensors, arguments: Request(tuple(arguments[0]), _options(arguments[1:])),
)


# ---- Pooling ---------------------------------------------------------------------------------------------------------
# Mode area is linear as well, but PyTorch has the gradient of its adaptive pooling depend on the input: it is made in
# the input's memory format, and has a derivative by the input, which is 0; the gradient of another mode has none.


def _gradient_of_pooling(
    extra: Plan | Request, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_pooling_backward(extra, *gradients, *saved),)


def _run_pooling_backward(extra: Plan | Request, grad_output: torch.Tensor, input: torch.Tensor) -> torch.Tensor:
    plan = extra if isinstance(extra, Plan) else extra.plan(grad_output.dtype)
    return plan.pooling_backward(grad_output, input)


def _fake_pooling_backward(_grad_output: torch.Tensor, input: torch.Tensor, *_: Any) -> torch.Tensor:
    return gradient_of_pooling(fake_empty, input)


def _gradient_of_pooling_backward(
    extra: Plan | Request, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], wanted: Sequence[bool]
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    _, input = saved
    return (
        _pooling(extra, *gradients) if wanted[0] else None,
        torch.zeros_like(input, memory_format=torch.contiguous_format) if wanted[1] else None,
    )


def _tangent_of_pooling_backward(
    extra: Plan | Request, saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]
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
    extra=lambda tensors, arguments: Request(tensors[1].shape, _options(arguments)),
)
