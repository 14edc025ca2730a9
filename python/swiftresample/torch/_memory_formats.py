"""New tensors, in the memory formats that PyTorch's functions give to their results."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Callable

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._modes import Mode

CPU = torch.device("cpu")


def memory_format(shape: Sequence[int], strides: Sequence[int]) -> torch.memory_format:
    """Return PyTorch's ``suggest_memory_format``, the memory format that outputs of an operator take from its input."""
    if len(shape) not in (4, 5) or strides[1] == 0:
        return torch.contiguous_format
    reach = 0
    for axis in (1, *range(len(shape) - 1, 1, -1), 0):
        if shape[axis] == 0 or strides[axis] < reach:
            return torch.contiguous_format
        if axis == 0 and reach == strides[1]:  # every other axis has length 1: either format would do
            return torch.contiguous_format
        reach = strides[axis] * max(shape[axis], 1)
    return torch.channels_last if len(shape) == 4 else torch.channels_last_3d


_known_memory_format = functools.lru_cache(maxsize=256)(memory_format)


def empty(shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """Return a new tensor of `shape` with the memory format and dtype of `like`, a plain tensor."""
    # The device is named: a default device, or a `with torch.device(...)`, is for tensors that users make.
    form = _known_memory_format(like.shape, like.stride())
    return torch.empty(shape, dtype=like.dtype, device=CPU, memory_format=form)


def template(shape: Sequence[int], like: torch.Tensor) -> tuple[torch.Tensor, torch.memory_format]:
    """Return what makes ``torch.empty_like`` do as `empty`, in half the time: a single element, expanded."""
    with torch.inference_mode(False):
        element = torch.empty(1, dtype=like.dtype, device=CPU)
        return element.expand(shape), memory_format(like.shape, like.stride())


def fake_empty(shape: Sequence[Any], like: torch.Tensor) -> torch.Tensor:
    """Return the same for a fake or meta tensor, whose lengths may be symbols."""
    form = memory_format(like.shape, like.stride())
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=form)


# ---- interpolate -----------------------------------------------------------------------------------------------------

Make = Callable[[Any, torch.Tensor], torch.Tensor]  # empty or fake_empty


def is_pooled(mode: Mode, output_shape: Sequence[Any]) -> bool:
    """Tell whether PyTorch computes it by its adaptive pooling; a mean over all samples it takes in another way."""
    return mode.pools and any(length != 1 for length in output_shape[2:])


def output_of_interpolate(make: Make, shape: Sequence[Any], input: torch.Tensor, mode: Mode) -> torch.Tensor:
    """Return memory for the output of interpolate: in the format of the input, but for a few."""
    if mode.pools and input.dim() != 4:
        return _pooled(make, shape, input, is_pooled(mode, shape))
    return make(shape, input)


def gradient_of_interpolate(make: Make, shape: Sequence[Any], grad_output: torch.Tensor, mode: Mode) -> torch.Tensor:
    """Return memory for the gradient of its input, but where `is_pooled`: in the format of the output's, if in any."""
    keeps_format = grad_output.dim() - 2 in mode.gradient_keeps_format
    return make(shape, grad_output) if keeps_format else _contiguous(shape, grad_output)


def gradient_of_pooling(make: Make, input: torch.Tensor) -> torch.Tensor:
    """Return memory for the gradient of its input where `is_pooled`: in the input's format, if in any."""
    return make(input.shape, input) if input.dim() == 4 else _pooled(make, input.shape, input, True)


def _pooled(make: Make, shape: Sequence[Any], input: torch.Tensor, is_pooled: bool) -> torch.Tensor:
    if input.dim() == 3:  # (N, C, W) as (N, C, 1, W)
        batch, channels, length = shape
        return make((batch, channels, 1, length), input.unsqueeze(2)).squeeze(2)
    return _contiguous(shape, input) if is_pooled else make(shape, input)


def _contiguous(shape: Sequence[Any], like: torch.Tensor) -> torch.Tensor:
    return torch.empty(shape, dtype=like.dtype, device=like.device)


# ---- conv_transpose --------------------------------------------------------------------------------------------------


def format_of_convolution(
    input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, options: Sequence[Any]
) -> torch.memory_format:
    """Return the memory format of the output, and of the gradients of `input` and `weight`: channels last if either is.

    But for an empty input, and for volumes: there it depends on which of its convolutions PyTorch would take. Of
    (N, C, W), as (N, C, 1, W), only `weight` counts.
    """
    if weight.dim() == 3:
        weight = weight.unsqueeze(2)
    form = memory_format(input.shape, input.stride())
    if form == torch.contiguous_format:
        form = memory_format(weight.shape, weight.stride())
    if form == torch.contiguous_format or input.numel() == 0:
        return torch.contiguous_format
    stride, padding, output_padding, groups, dilation = options
    if form == torch.channels_last_3d and input.device.type == "cpu":
        backend = torch._C._select_conv_backend(
            input, weight, bias, list(stride), list(padding), list(dilation), True, list(output_padding), groups
        )
        form = torch._C._conv_determine_backend_memory_format(input, weight, backend)
    return form


def empty_in(form: torch.memory_format, shape: Sequence[Any], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return a new tensor in a memory format; of (N, C, W) it is that of (N, C, 1, W)."""
    if len(shape) == 3 and form != torch.contiguous_format:
        batch, channels, length = shape
        return empty_in(form, (batch, channels, 1, length), dtype, device).squeeze(2)
    return torch.empty(shape, dtype=dtype, device=device, memory_format=form)
