"""``torch.nn.functional.pixel_shuffle`` and ``pixel_unshuffle`` for PyTorch tensors, each the other's gradient."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from .._arrays import shape_of
from .._library import library
from .._options import exact_integer
from .._structures import MAX_AXES
from ._memory_formats import empty, fake_empty
from ._operator import Operator
from ._tensors import (
    are_known,
    check_tensors,
    dtype_code,
    execute,
    is_compiling,
    lengths,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    import torch


def pixel_shuffle(input: torch.Tensor, upscale_factor: SupportsIndex) -> torch.Tensor:
    """Turn channels into spatial samples, as ``torch.nn.functional.pixel_shuffle`` does [1]_.

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
    check_tensors(input=input)
    if not is_compiling():
        factor = exact_integer(name, factor)
    return _OPERATORS[is_shuffle]((factor,), input)


@functools.lru_cache(maxsize=256)
def _output_shape(shape: tuple[int, ...], factor: int, is_shuffle: bool) -> tuple[int, ...]:
    function = library.rsmp_pixel_shuffle_shape if is_shuffle else library.rsmp_pixel_unshuffle_shape
    leading = max(len(shape) - MAX_AXES, 0)
    ndim = len(shape) - leading
    return (*shape[:leading], *shape_of(function, ndim, ndim, lengths(shape[leading:]), factor))


def _run(input: torch.Tensor, factor: int, is_shuffle: bool) -> torch.Tensor:
    """Move the samples of a plain tensor."""
    dtype_code(input.dtype)
    shape = _output_shape(input.shape, factor, is_shuffle)
    if input.dim() > MAX_AXES:  # the library takes no more; the leading ones do not take part
        return _run(input.flatten(0, input.dim() - MAX_AXES), factor, is_shuffle).reshape(shape)
    output = empty(shape, input)
    function = library.rsmp_pixel_shuffle if is_shuffle else library.rsmp_pixel_unshuffle
    execute(function, [input], factor, outputs=[output])
    return output


def _fake(input: torch.Tensor, factor: Any, is_shuffle: bool) -> torch.Tensor:
    if are_known(*input.shape, factor):
        return fake_empty(_output_shape(tuple(input.shape), factor, is_shuffle), input)
    *leading, channels, height, width = input.shape
    if is_shuffle:
        return fake_empty((*leading, channels // (factor * factor), height * factor, width * factor), input)
    return fake_empty((*leading, channels * factor * factor, height // factor, width // factor), input)


def _operator(is_shuffle: bool) -> Operator:
    """Return the operator of either; the gradient of each is the other."""
    name, parameter = ("pixel_shuffle", "upscale_factor") if is_shuffle else ("pixel_unshuffle", "downscale_factor")

    def gradient(
        extra: tuple[int], _saved: Any, gradients: Sequence[torch.Tensor], _wanted: Any
    ) -> tuple[torch.Tensor]:
        return (_OPERATORS[not is_shuffle](extra, *gradients),)

    def batched(
        extra: tuple[int], _batch_size: int, in_dims: Sequence[int], input: torch.Tensor
    ) -> tuple[torch.Tensor, int]:
        return _OPERATORS[is_shuffle](extra, input.movedim(in_dims[0], 0)), 0

    return Operator(
        f"{name}(Tensor input, SymInt {parameter}) -> Tensor",
        tensors=1,
        run=lambda extra, tensor: _run(tensor, extra[0], is_shuffle),
        fake=lambda tensor, factor: _fake(tensor, factor, is_shuffle),
        gradient=gradient,
        batched=batched,
        is_linear=True,
    )


_OPERATORS = {is_shuffle: _operator(is_shuffle) for is_shuffle in (True, False)}
