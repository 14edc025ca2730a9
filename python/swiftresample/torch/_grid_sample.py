"""``torch.nn.functional.grid_sample`` for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._grid_sample import _MODES, _PADDING_MODES
from .._library import library
from .._options import choice
from .._structures import GridSampleOptions
from ._memory_formats import CPU
from ._operator import Operator, same_extra
from ._tensors import (
    are_known,
    autocast_to_float32,
    check_dtypes,
    check_tensors,
    check_truth,
    execute,
    is_compiling,
    lengths,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Options = tuple[str, str, bool]  # mode, padding_mode, align_corners
Gradients = tuple[Any, Any]  # of input and grid; None where one is not wanted


def grid_sample(
    input: torch.Tensor,
    grid: torch.Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> torch.Tensor:
    """Sample a tensor at the points of a grid, as ``torch.nn.functional.grid_sample`` does [1]_.

    Differentiable any number of times, from the second on by PyTorch. Under autocast both tensors are cast to float32.

    Parameters
    ----------
    input : torch.Tensor
        (N, C, H, W) or (N, C, D, H, W) on the CPU: float16, bfloat16, float32 or float64, with any strides.
    grid : torch.Tensor
        (N, Ho, Wo, 2) or (N, Do, Ho, Wo, 3), of the same dtype.
    mode, padding_mode, align_corners
        As for `swiftresample.grid_sample`.

    Returns
    -------
    torch.Tensor
        (N, C, Ho, Wo) or (N, C, Do, Ho, Wo), contiguous.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `swiftresample.grid_sample`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> points = torch.tensor([[[[0.0, 0.0], [-0.5, -0.5], [-1.0, 1.0], [5.0, 0.0]]]])
    >>> srt.grid_sample(image, points)
    tensor([[[[2.5000, 1.0000, 0.7500, 0.0000]]]])
    """
    check_tensors(input=input, grid=grid)
    input, grid = autocast_to_float32(input, grid)
    if not is_compiling():
        choice("mode", mode, _MODES)
        choice("padding_mode", padding_mode, _PADDING_MODES)
        check_truth("align_corners", align_corners)
    return _forward((mode, padding_mode, bool(align_corners)), input, grid)


# ---- Kernels ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _structure(mode: str, padding_mode: str, align_corners: bool) -> GridSampleOptions:
    return GridSampleOptions(
        struct_size=ctypes.sizeof(GridSampleOptions),
        mode=choice("mode", mode, _MODES),
        padding_mode=choice("padding_mode", padding_mode, _PADDING_MODES),
        align_corners=align_corners,
    )


@functools.lru_cache(maxsize=256)
def _output_shape(input: tuple[int, ...], grid: tuple[int, ...]) -> tuple[int, ...]:
    if len(grid) != len(input):
        raise ValueError(f"grid must have as many axes as input, {len(input)}, got {len(grid)}")
    return shape_of(library.rsmp_grid_sample_shape, len(input), len(input), lengths(input), lengths(grid))


def _run(options: Options, input: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """Return the samples of plain tensors."""
    check_dtypes(input=input, grid=grid)
    output = torch.empty(_output_shape(input.shape, grid.shape), dtype=input.dtype, device=CPU)
    execute(library.rsmp_grid_sample, [input, grid], _structure(*options), outputs=[output])
    return output


def _run_backward(
    extra: tuple[Any, ...], grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor
) -> Gradients:
    """Return the gradients that are wanted of input and grid, given that of the output; plain tensors."""
    options, wanted = extra[:3], extra[3]
    check_dtypes(input=input, grid=grid, grad_output=grad_output)
    shape = _output_shape(input.shape, grid.shape)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output must have the output's shape {shape}, got {tuple(grad_output.shape)}")
    gradients = tuple(
        torch.empty(tensor.shape, dtype=tensor.dtype, device=CPU) if want else None
        for tensor, want in zip((input, grid), wanted)
    )
    function = library.rsmp_grid_sample_backward
    execute(function, [grad_output, input, grid], _structure(*options), outputs=gradients)
    return gradients  # type: ignore[return-value]


# ---- The operators ---------------------------------------------------------------------------------------------------


def _gradient(
    options: Options, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], wanted: Sequence[bool]
) -> Gradients:
    return _backward((*options, tuple(wanted)), *gradients, *saved)


def _gradient_of_backward(
    extra: tuple[Any, ...],
    saved: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor | None],
    _wanted: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """Return PyTorch's gradients of grad_output, input and grid, given those of the gradients of input and grid."""
    mode, padding_mode, align_corners, computed = extra
    of_input, of_grid = gradients
    if mode == "nearest":  # the gradient of the grid is 0, whatever comes
        of_grid = None
    if of_input is None and of_grid is None:
        return None, None, None
    aten = torch.ops.aten
    backward = aten.grid_sampler_2d_backward if saved[1].dim() == 4 else aten.grid_sampler_3d_backward

    def function(grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor) -> list[torch.Tensor]:
        options = _MODES[mode], _PADDING_MODES[padding_mode], align_corners
        found = backward(grad_output, input, grid, *options, list(computed))
        return [result for result, gradient in zip(found, (of_input, of_grid)) if gradient is not None]

    _, pull_back = torch.func.vjp(function, *saved)
    for_output, for_input, for_grid = pull_back([gradient for gradient in (of_input, of_grid) if gradient is not None])
    # The gradient of the input does not depend on its samples: then there is no derivative, instead of 0.
    return for_output, None if of_grid is None else for_input, for_grid


def _fake(input: torch.Tensor, grid: torch.Tensor, *options: Any) -> torch.Tensor:
    _structure(*options)  # raises what there is to raise
    if are_known(*input.shape, *grid.shape):
        return input.new_empty(_output_shape(tuple(input.shape), tuple(grid.shape)))
    return input.new_empty((*input.shape[:2], *grid.shape[1:-1]))


def _fake_backward(_grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor, *arguments: Any) -> Gradients:
    *_, wanted = arguments
    return (
        input.new_empty(input.shape if wanted[0] else (0,)),
        grid.new_empty(grid.shape if wanted[1] else (0,)),
    )


_SCHEMA = "str mode, str padding_mode, bool align_corners"

_forward = Operator(
    f"grid_sample(Tensor input, Tensor grid, {_SCHEMA}) -> Tensor",
    tensors=2,
    run=_run,
    fake=_fake,
    gradient=_gradient,
    fold=same_extra,
    saved=2,
)

_backward = Operator(
    f"grid_sample_backward(Tensor grad_output, Tensor input, Tensor grid, {_SCHEMA}, bool[] wanted)"
    " -> (Tensor, Tensor)",
    tensors=3,
    run=_run_backward,
    fake=_fake_backward,
    gradient=_gradient_of_backward,
    fold=same_extra,
    saved=3,
)
