"""``torch.nn.functional.conv_transpose1d``, ``2d`` and ``3d`` for PyTorch tensors, differentiable without end."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._conv_transpose import _AXES, _options
from .._library import library
from .._options import exact_integer, exact_per_axis
from ._memory_formats import CPU, empty_in, format_of_convolution
from ._operator import Operator
from ._tensors import (
    are_known,
    autocast_to_lower,
    check_dtypes,
    check_tensors,
    execute,
    is_compiling,
    lengths,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from .._conv_transpose import PerAxis
    from .._structures import ConvTransposeOptions

Options = tuple[Any, ...]  # stride, padding, output_padding, groups, dilation; one entry for each axis
Gradients = tuple[Any, Any, Any]  # of input, weight and bias; None where one is not wanted


def conv_transpose1d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> torch.Tensor:
    """Convolve a signal with fractional strides, as ``torch.nn.functional.conv_transpose1d`` does [1]_.

    Like `conv_transpose2d`, but with one spatial axis.

    Parameters
    ----------
    input, weight, bias, stride, padding, output_padding, groups, dilation
        As for `conv_transpose2d`, with one entry.

    Returns
    -------
    torch.Tensor
        (N, Cout, Wo), or (Cout, Wo) for an input without N.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> srt.conv_transpose1d(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[1.0, 10.0]]]), stride=2)
    tensor([[[ 1., 10.,  2., 20.,  3., 30.]]])
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> torch.Tensor:
    """Convolve an image with fractional strides, as ``torch.nn.functional.conv_transpose2d`` does [1]_.

    Differentiable any number of times. Under autocast the tensors are cast as PyTorch casts them.

    Parameters
    ----------
    input : torch.Tensor
        (N, Cin, H, W) or (Cin, H, W) on the CPU: float16, bfloat16, float32, float64 or int64, with any strides.
    weight : torch.Tensor
        (Cin, Cout / groups, KH, KW), of the same dtype.
    bias : torch.Tensor, optional
        (Cout,), of the same dtype.
    stride, padding, output_padding, groups, dilation
        As for `swiftresample.conv_transpose2d`.

    Returns
    -------
    torch.Tensor
        (N, Cout, Ho, Wo), or (Cout, Ho, Wo) for an input without N: channels last if `input` or `weight` is, otherwise
        contiguous.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `swiftresample.conv_transpose2d`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> features = torch.zeros(1, 64, 32, 32)
    >>> srt.conv_transpose2d(features, torch.zeros(64, 16, 4, 4), torch.zeros(16), stride=2, padding=1).shape
    torch.Size([1, 16, 64, 64])
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
    output_padding: PerAxis = 0,
    groups: SupportsIndex = 1,
    dilation: PerAxis = 1,
) -> torch.Tensor:
    """Convolve a volume with fractional strides, as ``torch.nn.functional.conv_transpose3d`` does [1]_.

    Like `conv_transpose2d`, but with three spatial axes.

    Parameters
    ----------
    input, weight, bias, stride, padding, output_padding, groups, dilation
        As for `conv_transpose2d`, with three entries.

    Returns
    -------
    torch.Tensor
        (N, Cout, Do, Ho, Wo), or (Cout, Do, Ho, Wo) for an input without N.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> srt.conv_transpose3d(torch.ones(1, 8, 4, 16, 16), torch.ones(8, 2, 2, 3, 3), stride=(2, 1, 1)).shape
    torch.Size([1, 2, 8, 18, 18])
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _conv_transpose(
    axes: int,
    input: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: PerAxis,
    padding: PerAxis,
    output_padding: PerAxis,
    groups: SupportsIndex,
    dilation: PerAxis,
) -> torch.Tensor:
    tensors = {"input": input, "weight": weight} if bias is None else {"input": input, "weight": weight, "bias": bias}
    check_tensors(**tensors)
    input, weight, bias = autocast_to_lower(input, weight, bias)
    options: Options
    if is_compiling():
        per_axis = [
            list(value) if isinstance(value, (list, tuple)) else [value] * axes
            for value in (stride, padding, output_padding, dilation)
        ]
        options = (*per_axis[:3], groups, per_axis[3])
    else:
        options = (
            exact_per_axis("stride", stride, axes),
            exact_per_axis("padding", padding, axes),
            exact_per_axis("output_padding", output_padding, axes),
            exact_integer("groups", groups),
            exact_per_axis("dilation", dilation, axes),
        )
    ndim = axes + 2
    if input.dim() not in (ndim, ndim - 1):
        raise ValueError(
            f"input must be {ndim}-D (N, C, {_AXES[axes]}) or {ndim - 1}-D (C, {_AXES[axes]}), got {input.dim()}-D"
        )
    if weight.dim() != ndim:
        raise ValueError(f"weight must be {ndim}-D, got {weight.dim()}-D")
    if input.dim() == ndim:
        return _forward(options, input, weight, bias)
    return _forward(options, input.unsqueeze(0), weight, bias).squeeze(0)


# ---- Kernels ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _structure(
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    output_padding: tuple[int, ...],
    groups: int,
    dilation: tuple[int, ...],
) -> ConvTransposeOptions:
    return _options(len(stride), stride, padding, output_padding, groups, dilation)


@functools.lru_cache(maxsize=256)
def _output_shape(input: tuple[int, ...], weight: tuple[int, ...], options: Options) -> tuple[int, ...]:
    structure = _structure(*options)
    if len(input) != len(weight):
        raise ValueError(f"weight must have as many axes as input, {len(input)}, got {len(weight)}")
    ndim = len(input)
    return shape_of(library.rsmp_conv_transpose_shape, ndim, ndim, lengths(input), lengths(weight), structure)


def _run(options: Options, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Return the transposed convolution of plain tensors."""
    if bias is None:
        check_dtypes(input=input, weight=weight)
    else:
        check_dtypes(input=input, weight=weight, bias=bias)
    shape = _output_shape(input.shape, weight.shape, options)
    output = empty_in(format_of_convolution(input, weight, bias, options), shape, input.dtype, CPU)
    execute(library.rsmp_conv_transpose, [input, weight, bias], _structure(*options), outputs=[output])
    return output


def _run_backward(extra: Options, grad_output: torch.Tensor, input: torch.Tensor, weight: torch.Tensor) -> Gradients:
    """Return the gradients that are wanted of input, weight and bias, given that of the output; plain tensors."""
    *others, wanted = extra
    options = tuple(others)
    check_dtypes(input=input, weight=weight, grad_output=grad_output)
    shape = _output_shape(input.shape, weight.shape, options)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output must have the output's shape {shape}, got {tuple(grad_output.shape)}")
    form = format_of_convolution(input, weight, None, options)
    gradients = (
        empty_in(form, input.shape, input.dtype, CPU) if wanted[0] else None,
        empty_in(form, weight.shape, weight.dtype, CPU) if wanted[1] else None,
        torch.empty(shape[1], dtype=weight.dtype, device=CPU) if wanted[2] else None,
    )
    function = library.rsmp_conv_transpose_backward
    execute(function, [grad_output, input, weight], _structure(*options), outputs=gradients)
    return gradients


# ---- Gradients -------------------------------------------------------------------------------------------------------


def _gradient(
    options: Options, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], wanted: Sequence[bool]
) -> Gradients:
    return _backward((*options, tuple(wanted)), *gradients, *saved)


def _gradient_of_backward(
    extra: Options, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None], wanted: Sequence[bool]
) -> Gradients:
    """Return the gradients of grad_output, input and weight, given those of the gradients of input, weight and bias.

    The sum of grad_output times the output is linear in each of grad_output, input and weight; the three gradients are
    its derivatives, and so theirs are the same functions with one argument exchanged.
    """
    options = extra[:-1]
    grad_output, input, weight = saved
    of_input, of_weight, _ = gradients
    for_output = for_input = for_weight = None
    if wanted[0]:
        for_output = _pushed_forward(options, input, weight, gradients, grad_output.shape)
    if wanted[1] and of_weight is not None:
        for_input, _, _ = _backward((*options, (True, False, False)), grad_output, input, of_weight)
    if wanted[2] and of_input is not None:
        _, for_weight, _ = _backward((*options, (False, True, False)), grad_output, of_input, weight)
    return for_output, for_input, for_weight


def _tangent(options: Options, saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]) -> torch.Tensor:
    input, weight = saved
    return _pushed_forward(options, input, weight, tangents, _output_shape(input.shape, weight.shape, options))


def _pushed_forward(
    options: Options,
    input: torch.Tensor,
    weight: torch.Tensor,
    tangents: Sequence[torch.Tensor | None],
    shape: Sequence[Any],
) -> torch.Tensor:
    """Return the forward derivative, of `shape`: the sum of the outputs with one argument's tangent in its place."""
    of_input, of_weight, of_bias = tangents
    return total(
        None if of_input is None else _forward(options, of_input, weight, None),
        None if of_weight is None else _forward(options, input, of_weight, None),
        None if of_bias is None else of_bias.reshape(-1, *[1] * (len(shape) - 2)).expand(shape),
    )


def _tangent_of_backward(
    extra: Options, saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]
) -> Gradients:
    options, wanted = extra[:-1], extra[-1]
    grad_output, input, weight = saved
    of_output, of_input, of_weight = tangents
    if of_output is None:  # a result that is wanted has a tangent, be it 0
        of_output = torch.zeros_like(grad_output)
    for_input, for_weight, for_bias = _backward((*options, wanted), of_output, input, weight)
    if wanted[0] and of_weight is not None:
        found, _, _ = _backward((*options, (True, False, False)), grad_output, input, of_weight)
        for_input = total(for_input, found)
    if wanted[1] and of_input is not None:
        _, found, _ = _backward((*options, (False, True, False)), grad_output, of_input, weight)
        for_weight = total(for_weight, found)
    return for_input, for_weight, for_bias


# ---- The operators ---------------------------------------------------------------------------------------------------


def _fake(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, *options: Any) -> torch.Tensor:
    stride, padding, output_padding, groups, dilation = options
    if are_known(*input.shape, *weight.shape, groups, *stride, *padding, *output_padding, *dilation):
        exact = tuple(option if isinstance(option, int) else tuple(option) for option in options)
        shape: Sequence[Any] = _output_shape(tuple(input.shape), tuple(weight.shape), exact)
    else:
        spatial = [
            (length - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel - 1) + output_padding[axis] + 1
            for axis, (length, kernel) in enumerate(zip(input.shape[2:], weight.shape[2:]))
        ]
        shape = (input.shape[0], weight.shape[1] * groups, *spatial)
    return empty_in(format_of_convolution(input, weight, bias, options), shape, input.dtype, input.device)


def _fake_backward(grad_output: torch.Tensor, input: torch.Tensor, weight: torch.Tensor, *options: Any) -> Gradients:
    *others, wanted = options
    form = format_of_convolution(input, weight, None, others)
    return (
        empty_in(form, input.shape, input.dtype, input.device) if wanted[0] else input.new_empty(0),
        empty_in(form, weight.shape, weight.dtype, input.device) if wanted[1] else input.new_empty(0),
        weight.new_empty(grad_output.shape[1]) if wanted[2] else input.new_empty(0),
    )


_SCHEMA = "SymInt[] stride, SymInt[] padding, SymInt[] output_padding, SymInt groups, SymInt[] dilation"

_forward = Operator(
    f"conv_transpose(Tensor input, Tensor weight, Tensor? bias, {_SCHEMA}) -> Tensor",
    tensors=3,
    run=_run,
    fake=_fake,
    gradient=_gradient,
    saved=2,
    tangent=_tangent,
)

_backward = Operator(
    f"conv_transpose_backward(Tensor grad_output, Tensor input, Tensor weight, {_SCHEMA}, bool[] wanted)"
    " -> (Tensor, Tensor, Tensor)",
    tensors=3,
    run=_run_backward,
    fake=_fake_backward,
    gradient=_gradient_of_backward,
    saved=3,
    tangent=_tangent_of_backward,
)
