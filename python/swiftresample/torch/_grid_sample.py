"""``torch.nn.functional.grid_sample`` for PyTorch tensors, differentiable once."""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, NoReturn

import torch

from .._arrays import shape_of
from .._grid_sample import _ALIGN_CORNERS, _MODES, _PADDING_MODES
from .._library import GridSampleOptions, library
from .._options import choice, flag
from ._tensors import (
    CPU,
    are_known,
    autocast_to_float32,
    check_dtypes,
    check_tensors,
    execute,
    folded,
    is_compiling,
    is_plain,
    lengths,
    needs_graph,
    unfolded,
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

    Differentiable once, as PyTorch's. Under autocast both tensors are cast to float32.

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
        flag("align_corners", align_corners, _ALIGN_CORNERS)
    options = mode, padding_mode, bool(align_corners)
    if is_compiling() or not is_plain(input, grid):
        return torch.ops.swiftresample.grid_sample(input, grid, *options)
    return _GridSample.apply(input, grid, options) if needs_graph(input, grid) else _run(input, grid, options)


# ---- Kernels ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _structure(mode: str, padding_mode: str, align_corners: bool) -> GridSampleOptions:
    return GridSampleOptions(
        struct_size=ctypes.sizeof(GridSampleOptions),
        mode=choice("mode", mode, _MODES),
        padding_mode=choice("padding_mode", padding_mode, _PADDING_MODES),
        align_corners=flag("align_corners", align_corners, _ALIGN_CORNERS),
    )


@functools.lru_cache(maxsize=256)
def _output_shape(input: tuple[int, ...], grid: tuple[int, ...]) -> tuple[int, ...]:
    if len(grid) != len(input):
        raise ValueError(f"grid must have as many axes as input, {len(input)}, got {len(grid)}")
    return shape_of(library.rsmp_grid_sample_shape, len(input), len(input), lengths(input), lengths(grid))


def _run(input: torch.Tensor, grid: torch.Tensor, options: Options) -> torch.Tensor:
    """Return the samples of plain tensors."""
    check_dtypes(input=input, grid=grid)
    output = torch.empty(_output_shape(input.shape, grid.shape), dtype=input.dtype, device=CPU)
    execute(library.rsmp_grid_sample, [input, grid], _structure(*options), outputs=[output])
    return output


def _run_backward(
    grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor, options: Options, wanted: Sequence[bool]
) -> Gradients:
    """Return the gradients that are wanted of input and grid, given that of the output; plain tensors."""
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


# ---- Autograd without the dispatcher ---------------------------------------------------------------------------------

_TWICE = "grid_sample cannot be differentiated twice"


class _GridSample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: torch.Tensor, grid: torch.Tensor, options: Options) -> torch.Tensor:
        ctx.save_for_backward(input, grid)
        ctx.options = options
        return _run(input, grid, options)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[Any, ...]:
        input, grid = ctx.saved_tensors
        wanted = ctx.needs_input_grad[:2]
        if is_compiling() or not is_plain(grad_output, input, grid):
            found = _gradients(grad_output, input, grid, ctx.options, wanted)
        elif needs_graph(grad_output, input, grid):
            found = _GridSampleBackward.apply(grad_output, input, grid, ctx.options, wanted)
        else:
            found = _run_backward(grad_output, input, grid, ctx.options, wanted)
        return *found, None


class _GridSampleBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *arguments: Any) -> Gradients:  # noqa: ARG004
        return _run_backward(*arguments)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> NoReturn:  # noqa: ARG004
        raise NotImplementedError(_TWICE)


def _gradients(
    grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor, options: Sequence[Any], wanted: Sequence[bool]
) -> Gradients:
    found = torch.ops.swiftresample.grid_sample_backward(grad_output, input, grid, *options, list(wanted))
    return tuple(gradient if want else None for gradient, want in zip(found, wanted))  # type: ignore[return-value]


# ---- The operators of the dispatcher ---------------------------------------------------------------------------------

_OPTIONS = "str mode, str padding_mode, bool align_corners"
torch.library.define("swiftresample::grid_sample", f"(Tensor input, Tensor grid, {_OPTIONS}) -> Tensor")
torch.library.define(
    "swiftresample::grid_sample_backward",
    f"(Tensor grad_output, Tensor input, Tensor grid, {_OPTIONS}, bool[] wanted) -> (Tensor, Tensor)",
)


@torch.library.impl("swiftresample::grid_sample", "CPU")
def _(input: torch.Tensor, grid: torch.Tensor, *options: Any) -> torch.Tensor:
    return _run(input, grid, options)  # type: ignore[arg-type]


@torch.library.impl("swiftresample::grid_sample_backward", "CPU")
def _(grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor, *arguments: Any) -> Gradients:
    *options, wanted = arguments
    found = _run_backward(grad_output, input, grid, tuple(options), wanted)  # type: ignore[arg-type]
    return tuple(input.new_empty(0) if gradient is None else gradient for gradient in found)  # type: ignore[return-value]


@torch.library.register_fake("swiftresample::grid_sample")
def _(input: torch.Tensor, grid: torch.Tensor, *options: Any) -> torch.Tensor:
    _structure(*options)  # raises what there is to raise
    if are_known(*input.shape, *grid.shape):
        _output_shape(tuple(input.shape), tuple(grid.shape))
    return input.new_empty((*input.shape[:2], *grid.shape[1:-1]))


@torch.library.register_fake("swiftresample::grid_sample_backward")
def _(grad_output: torch.Tensor, input: torch.Tensor, grid: torch.Tensor, *arguments: Any) -> Gradients:  # noqa: ARG001
    wanted = arguments[-1]
    return (
        input.new_empty(input.shape if wanted[0] else (0,)),
        grid.new_empty(grid.shape if wanted[1] else (0,)),
    )


def _keep(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:  # noqa: ARG001
    ctx.save_for_backward(*inputs[:2])
    ctx.options = inputs[2:]


def _gradient(ctx: Any, grad_output: torch.Tensor) -> tuple[Any, ...]:
    return *_gradients(grad_output, *ctx.saved_tensors, ctx.options, ctx.needs_input_grad[:2]), *[None] * 3


def _gradient_of_backward(_ctx: Any, *_gradients: torch.Tensor) -> NoReturn:
    raise NotImplementedError(_TWICE)


torch.library.register_autograd("swiftresample::grid_sample", _gradient, setup_context=_keep)
torch.library.register_autograd("swiftresample::grid_sample_backward", _gradient_of_backward)


@torch.library.register_vmap("swiftresample::grid_sample")
def _(info: Any, in_dims: tuple[Any, ...], input: torch.Tensor, grid: torch.Tensor, *options: Any) -> tuple[Any, int]:
    batch = info.batch_size
    tensors = [folded(tensor, dim, batch) for tensor, dim in zip((input, grid), in_dims)]
    return unfolded(torch.ops.swiftresample.grid_sample(*tensors, *options), batch), 0


@torch.library.register_vmap("swiftresample::grid_sample_backward")
def _(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
    batch, wanted = info.batch_size, arguments[-1]
    tensors = [folded(tensor, dim, batch) for tensor, dim in zip(arguments[:3], in_dims)]
    found = torch.ops.swiftresample.grid_sample_backward(*tensors, *arguments[3:])
    return (
        tuple(unfolded(gradient, batch) if want else gradient for gradient, want in zip(found, wanted)),
        tuple(0 if want else None for want in wanted),
    )
