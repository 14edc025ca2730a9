"""``torch.nn.functional.interpolate`` for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .._modes import MODES, POOLING
from .._options import Options, as_options, exact_scale_factor, exact_size
from .._plan import Plan, output_shape
from ._interpolate_plan import (
    Request,
    added,
    gradient,
    is_pooled_by,
    plans,
    pooling_gradient,
    resample,
    resample_once,
)
from ._memory_formats import fake_empty, gradient_of_interpolate, gradient_of_pooling, output_of_interpolate
from ._operator import Operator
from ._tensors import (
    are_known,
    autocast_to_float32,
    check_tensors,
    check_truth,
    dtype_code,
    is_compiling,
    is_plain,
    needs_graph,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._options import ScaleFactor, Size


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
        options = Options(size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
        return _any_kind(input, options)
    if size is not None:
        size = exact_size(size)
    if scale_factor is not None:
        scale_factor = exact_scale_factor(scale_factor)
    options = as_options((size, scale_factor, mode, align_corners, recompute_scale_factor, antialias, None, None))
    return interpolate_plain(input, options)


def interpolate_plain(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample a plain tensor, with options that are exact."""
    if options.mode in POOLING and input.dim() == 5:
        (input,) = autocast_to_float32(input)
    key = (input.shape, input.dtype, options)
    plan, is_watched = plans.get(key), needs_graph(input)
    if plan is None:
        if not is_watched and plans.is_new(key):
            return resample_once(input, options)
        plan = added(key)
    if is_watched:
        return (_pooling if is_pooled_by(plan) else _forward)._apply(plan, input)
    return resample(plan, input)


def _any_kind(input: torch.Tensor, options: Options) -> torch.Tensor:
    """Resample anything but a plain tensor, or what a compiler traces."""
    check_tensors(input=input)
    is_pooling = options.mode in POOLING
    if is_pooling and input.dim() == 5:
        (input,) = autocast_to_float32(input)
    if not is_compiling():
        options = options._replace(size=exact_size(options.size), scale_factor=exact_scale_factor(options.scale_factor))
    return (_pooling if is_pooling else _forward)(Request(input.shape, options), input)


# ---- The operator and its gradient -----------------------------------------------------------------------------------
# Each is the other's derivative. Their `extra` is a plan, or a request where shapes are not known or axes come and go.


def _request(extra: Plan | Request) -> Request:
    return Request(extra.input_shape, extra._options) if isinstance(extra, Plan) else extra


def _plan(extra: Plan | Request, dtype: torch.dtype) -> Plan:
    return extra if isinstance(extra, Plan) else extra.plan(dtype)


def _run_forward(extra: Plan | Request, input: torch.Tensor) -> torch.Tensor:
    return resample(_plan(extra, input.dtype), input)


def _run_backward(extra: Plan | Request, grad_output: torch.Tensor) -> torch.Tensor:
    return gradient(_plan(extra, grad_output.dtype), grad_output)


def _fake_forward(input: torch.Tensor, *arguments: Any) -> torch.Tensor:
    options = _options(arguments)
    size, factors = options.size, options.scale_factor
    shape: Sequence[Any]
    if are_known(*input.shape, *(size or ()), *(factors or ())):
        shape = output_shape(input.shape, dtype_code(input.dtype), options.structure(input.dim()))
    elif size is not None:
        shape = (*input.shape[:2], *size)
    else:
        shape = (*input.shape[:2], *(torch.sym_int(n * factor) for n, factor in zip(input.shape[2:], factors)))
    return output_of_interpolate(fake_empty, shape, input, options.known_mode)


def _fake_backward(grad_output: torch.Tensor, input_size: Sequence[Any], *arguments: Any) -> torch.Tensor:
    return gradient_of_interpolate(fake_empty, input_size, grad_output, MODES[arguments[2]])


def _gradient_of_forward(
    extra: Plan | Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_backward(extra, *gradients),)


def _gradient_of_backward(
    extra: Plan | Request, _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
) -> tuple[torch.Tensor]:
    return (_forward(extra, *gradients),)


def _arguments(extra: Plan | Request) -> list[Any]:
    """Return the options as the schema has them: size and scale_factor with one entry for each axis."""
    shape, options = _request(extra)
    axes = max(len(shape) - 2, 1)
    return [
        _per_axis(options.size, axes),
        _per_axis(options.scale_factor, axes),
        options.mode,
        options.align_corners,
        options.recompute_scale_factor,
        options.antialias,
    ]


def _per_axis(value: Any, axes: int) -> list[Any] | None:
    if value is None:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value] * axes


def _options(arguments: Sequence[Any]) -> Options:
    """Return the arguments of the schema as options."""
    return Options(*(tuple(value) if isinstance(value, (list, tuple)) else value for value in arguments))


def _with_batch(extra: Plan | Request, batch_size: int) -> Request:
    (batch, *others), options = _request(extra)
    return Request((batch_size * batch, *others), options)


def _extra(tensors: Sequence[torch.Tensor], arguments: Sequence[Any]) -> Request:
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
    fold=_with_batch,
    is_linear=True,
    arguments=_arguments,
    extra=_extra,
)

_backward: Operator = Operator(
    f"interpolate_backward(Tensor grad_output, SymInt[] input_size, {_SCHEMA}) -> Tensor",
    tensors=1,
    run=_run_backward,
    fake=_fake_backward,
    gradient=_gradient_of_backward,
    fold=_with_batch,
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
    return pooling_gradient(_plan(extra, grad_output.dtype), grad_output, input)


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
    fold=_with_batch,
    saved=1,
    is_linear=True,
    arguments=_arguments,
    extra=_extra,
)

_pooling_backward: Operator = Operator(
    f"interpolate_area_backward(Tensor grad_output, Tensor input, {_SCHEMA}) -> Tensor",
    tensors=2,
    run=_run_pooling_backward,
    fake=_fake_pooling_backward,
    gradient=_gradient_of_pooling_backward,
    fold=_with_batch,
    saved=2,
    tangent=_tangent_of_pooling_backward,
    arguments=_arguments,
    extra=lambda tensors, arguments: Request(tensors[1].shape, _options(arguments)),
)
