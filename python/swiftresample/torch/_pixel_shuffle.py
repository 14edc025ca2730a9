"""``torch.nn.functional.pixel_shuffle`` and ``pixel_unshuffle`` for PyTorch tensors, each the other's gradient."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._library import MAX_AXES, library
from .._options import exact_integer
from ._tensors import (
    check_tensors,
    dtype_code,
    empty,
    execute,
    fake_empty,
    is_compiling,
    is_plain,
    lengths,
    needs_graph,
)

if TYPE_CHECKING:
    from typing import SupportsIndex


def pixel_shuffle(input: torch.Tensor, upscale_factor: SupportsIndex) -> torch.Tensor:
    """Turn channels into samples in between, as ``torch.nn.functional.pixel_shuffle`` does [1]_.

    Parameters
    ----------
    input : torch.Tensor
        (..., C * r * r, H, W) on the CPU, of any dtype, with any strides.
    upscale_factor : int
        r, the output samples per input sample, along the height and along the width.

    Returns
    -------
    torch.Tensor
        (..., C, H * r, W * r), of the memory format that PyTorch gives it.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `swiftresample.pixel_shuffle`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> srt.pixel_shuffle(torch.arange(8).reshape(4, 1, 2), 2)
    tensor([[[0, 2, 1, 3],
             [4, 6, 5, 7]]])
    """
    return _move("upscale_factor", True, input, upscale_factor)


def pixel_unshuffle(input: torch.Tensor, downscale_factor: SupportsIndex) -> torch.Tensor:
    """Turn samples into channels, as ``torch.nn.functional.pixel_unshuffle`` does [1]_.

    Parameters
    ----------
    input : torch.Tensor
        (..., C, H * r, W * r) on the CPU, of any dtype, with any strides.
    downscale_factor : int
        r, the input samples per output sample, along the height and along the width.

    Returns
    -------
    torch.Tensor
        (..., C * r * r, H, W), of the memory format that PyTorch gives it.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `swiftresample.pixel_unshuffle`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> srt.pixel_unshuffle(torch.arange(8).reshape(1, 2, 4), 2).shape
    torch.Size([4, 1, 2])
    """
    return _move("downscale_factor", False, input, downscale_factor)


def _move(name: str, is_shuffle: bool, input: torch.Tensor, factor: SupportsIndex) -> torch.Tensor:
    if is_compiling():
        return _operator(is_shuffle)(input, factor)
    factor = exact_integer(name, factor)
    if not is_plain(input):
        check_tensors(input=input)
        return _operator(is_shuffle)(input, factor)
    return _PixelMove.apply(input, factor, is_shuffle) if needs_graph(input) else _moved(input, factor, is_shuffle)


def _operator(is_shuffle: bool) -> Any:
    return torch.ops.swiftresample.pixel_shuffle if is_shuffle else torch.ops.swiftresample.pixel_unshuffle


def _moved(input: torch.Tensor, factor: int, is_shuffle: bool) -> torch.Tensor:
    """Move the samples of a plain tensor."""
    dtype_code(input.dtype)
    shape = _output_shape(input.shape, factor, is_shuffle)
    if input.dim() > MAX_AXES:  # the library takes no more; the leading ones do not take part
        moved = _moved(input.flatten(0, input.dim() - MAX_AXES), factor, is_shuffle)
        return moved.reshape(shape)
    output = empty(shape, input)
    execute(library.rsmp_pixel_shuffle if is_shuffle else library.rsmp_pixel_unshuffle, [input], factor, outputs=[output])
    return output


@functools.lru_cache(maxsize=256)
def _output_shape(shape: tuple[int, ...], factor: int, is_shuffle: bool) -> tuple[int, ...]:
    function = library.rsmp_pixel_shuffle_shape if is_shuffle else library.rsmp_pixel_unshuffle_shape
    leading = max(len(shape) - MAX_AXES, 0)
    ndim = len(shape) - leading
    return (*shape[:leading], *shape_of(function, ndim, ndim, lengths(shape[leading:]), factor))


class _PixelMove(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, factor: int, is_shuffle: bool) -> torch.Tensor:
        ctx.arguments = factor, is_shuffle
        return _moved(input, factor, is_shuffle)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        factor, is_shuffle = ctx.arguments
        return _move("factor", not is_shuffle, grad_output, factor), None, None

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor, *_: None) -> torch.Tensor:
        factor, is_shuffle = ctx.arguments
        return _move("factor", is_shuffle, tangent, factor)


# ---- The operators of the dispatcher ---------------------------------------------------------------------------------


def _keep_factor(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:  # noqa: ARG001
    _, ctx.factor = inputs


def _register(is_shuffle: bool) -> None:
    name = "swiftresample::pixel_shuffle" if is_shuffle else "swiftresample::pixel_unshuffle"
    parameter = "upscale_factor" if is_shuffle else "downscale_factor"

    def run(input: torch.Tensor, factor: int) -> torch.Tensor:
        return _moved(input, factor, is_shuffle)

    def fake(input: torch.Tensor, factor: Any) -> torch.Tensor:
        *leading, channels, height, width = input.shape
        if is_shuffle:
            shape = (*leading, channels // (factor * factor), height * factor, width * factor)
        else:
            shape = (*leading, channels * factor * factor, height // factor, width // factor)
        if all(type(value) is int for value in (*input.shape, factor)):
            _output_shape(tuple(input.shape), factor, is_shuffle)  # raises what there is to raise
        return fake_empty(shape, input)

    def gradient(ctx: Any, grad_output: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _operator(not is_shuffle)(grad_output, ctx.factor), None

    def batched(_info: Any, in_dims: tuple[Any, ...], input: torch.Tensor, factor: int) -> tuple[torch.Tensor, int]:
        return _operator(is_shuffle)(input.movedim(in_dims[0], 0), factor), 0

    torch.library.define(name, f"(Tensor input, SymInt {parameter}) -> Tensor")
    torch.library.impl(name, "CPU", run)
    torch.library.register_fake(name, fake)
    torch.library.register_autograd(name, gradient, setup_context=_keep_factor)
    torch.library.register_vmap(name, batched)


_register(is_shuffle=True)
_register(is_shuffle=False)
