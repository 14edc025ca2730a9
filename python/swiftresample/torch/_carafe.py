"""CARAFE's reassembly of features for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._library import library
from .._options import exact_integer
from ._tensors import (
    are_known,
    autocast_to_float32,
    check_dtypes,
    check_tensors,
    empty,
    execute,
    fake_empty,
    folded,
    is_compiling,
    is_plain,
    lengths,
    needs_graph,
    unfolded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

Sizes = tuple[int, int, int]  # kernel_size, group_size, scale_factor
Gradients = tuple[Any, Any]  # of features and masks; None where one is not wanted


def carafe(
    features: torch.Tensor,
    masks: torch.Tensor,
    kernel_size: SupportsIndex,
    group_size: SupportsIndex = 1,
    scale_factor: SupportsIndex = 1,
) -> torch.Tensor:
    """Enlarge features with weights of their own for each output sample: CARAFE (Wang et al., ICCV 2019) [1]_.

    Differentiable any number of times. Under autocast both tensors are cast to float32.

    Parameters
    ----------
    features : torch.Tensor
        (N, C, H, W) on the CPU: float16, bfloat16, float32 or float64, with any strides.
    masks : torch.Tensor
        (N, group_size * k * k, H * s, W * s), of the same dtype: the weights.
    kernel_size, group_size, scale_factor
        As for `swiftresample.carafe`.

    Returns
    -------
    torch.Tensor
        (N, C, H * s, W * s): channels last if the features are, otherwise contiguous.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As `swiftresample.carafe`; ValueError also for tensors of another device.

    References
    ----------
    .. [1] https://arxiv.org/abs/1905.02188

    Examples
    --------
    >>> import torch
    >>> import swiftresample.torch as srt
    >>> features = torch.tensor([[[[9.0, 18.0]]]])
    >>> srt.carafe(features, torch.full((1, 9, 2, 4), 1 / 9), kernel_size=3, scale_factor=2)
    tensor([[[[3., 3., 3., 3.],
              [3., 3., 3., 3.]]]])
    """
    check_tensors(features=features, masks=masks)
    features, masks = autocast_to_float32(features, masks)
    sizes: Any = (kernel_size, group_size, scale_factor)
    if not is_compiling():
        names = ("kernel_size", "group_size", "scale_factor")
        sizes = tuple(exact_integer(name, size) for name, size in zip(names, sizes))
    return _differentiable(features, masks, sizes)


# ---- Kernels ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _output_shape(features: tuple[int, ...], masks: tuple[int, ...], sizes: Sizes) -> tuple[int, ...]:
    for name, shape in (("features", features), ("masks", masks)):
        if len(shape) != 4:
            raise ValueError(f"{name} must be 4-D, got {len(shape)}-D")
    return shape_of(library.rsmp_carafe_shape, 4, lengths(features), lengths(masks), *sizes)


def _run(features: torch.Tensor, masks: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Return the reassembly of plain tensors."""
    check_dtypes(features=features, masks=masks)
    output = empty(_output_shape(features.shape, masks.shape, sizes), features)
    execute(library.rsmp_carafe, [features, masks], *sizes, outputs=[output])
    return output


def _run_backward(
    grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor, sizes: Sizes, wanted: Sequence[bool]
) -> Gradients:
    """Return the gradients that are wanted of features and masks, given that of the output; plain tensors."""
    check_dtypes(features=features, masks=masks, grad_output=grad_output)
    shape = _output_shape(features.shape, masks.shape, sizes)
    if grad_output.shape != shape:
        raise ValueError(f"grad_output must have the output's shape {shape}, got {tuple(grad_output.shape)}")
    gradients = (
        empty(features.shape, features) if wanted[0] else None,
        empty(masks.shape, masks) if wanted[1] else None,
    )
    execute(library.rsmp_carafe_backward, [grad_output, features, masks], *sizes, outputs=gradients)
    return gradients


# ---- Autograd without the dispatcher ---------------------------------------------------------------------------------


def _differentiable(features: torch.Tensor, masks: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    if is_compiling() or not is_plain(features, masks):
        return torch.ops.swiftresample.carafe(features, masks, *sizes)
    return _Carafe.apply(features, masks, sizes) if needs_graph(features, masks) else _run(features, masks, sizes)


def _differentiable_backward(
    grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor, sizes: Sizes, wanted: Sequence[bool]
) -> Gradients:
    if is_compiling() or not is_plain(grad_output, features, masks):
        operator = torch.ops.swiftresample.carafe_backward
        gradients = operator(grad_output, features, masks, *sizes, list(wanted))
        return tuple(gradient if want else None for gradient, want in zip(gradients, wanted))  # type: ignore[return-value]
    if needs_graph(grad_output, features, masks):
        return _CarafeBackward.apply(grad_output, features, masks, sizes, wanted)
    return _run_backward(grad_output, features, masks, sizes, wanted)


class _Carafe(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: torch.Tensor, masks: torch.Tensor, sizes: Sizes) -> torch.Tensor:
        ctx.save_for_backward(features, masks)
        ctx.sizes = sizes
        return _run(features, masks, sizes)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> tuple[Any, ...]:
        wanted = ctx.needs_input_grad[:2]
        return *_differentiable_backward(grad_output, *ctx.saved_tensors, ctx.sizes, wanted), None


class _CarafeBackward(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        grad_output: torch.Tensor,
        features: torch.Tensor,
        masks: torch.Tensor,
        sizes: Sizes,
        wanted: Sequence[bool],
    ) -> Gradients:
        ctx.save_for_backward(grad_output, features, masks)
        ctx.sizes = sizes
        ctx.set_materialize_grads(False)
        return _run_backward(grad_output, features, masks, sizes, wanted)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
        return *_second(*ctx.saved_tensors, ctx.sizes, gradients, ctx.needs_input_grad), None, None


def _second(
    grad_output: torch.Tensor,
    features: torch.Tensor,
    masks: torch.Tensor,
    sizes: Sizes,
    gradients: Sequence[torch.Tensor | None],
    wanted: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """Return the gradients of grad_output, features and masks, given those of the gradients of features and masks.

    As with conv_transpose, the sum of grad_output times the output is linear in each of the three.
    """
    of_features, of_masks = gradients
    for_output = for_features = for_masks = None
    if wanted[0]:
        terms = []
        if of_features is not None:
            terms.append(_differentiable(of_features, masks, sizes))
        if of_masks is not None:
            terms.append(_differentiable(features, of_masks, sizes))
        for_output = sum(terms[1:], terms[0]) if terms else None
    if wanted[1] and of_masks is not None:
        for_features = _differentiable_backward(grad_output, features, of_masks, sizes, (True, False))[0]
    if wanted[2] and of_features is not None:
        for_masks = _differentiable_backward(grad_output, of_features, masks, sizes, (False, True))[1]
    return for_output, for_features, for_masks


# ---- The operators of the dispatcher ---------------------------------------------------------------------------------

_SIZES = "SymInt kernel_size, SymInt group_size, SymInt scale_factor"
torch.library.define("swiftresample::carafe", f"(Tensor features, Tensor masks, {_SIZES}) -> Tensor")
torch.library.define(
    "swiftresample::carafe_backward",
    f"(Tensor grad_output, Tensor features, Tensor masks, {_SIZES}, bool[] wanted) -> (Tensor, Tensor)",
)


@torch.library.impl("swiftresample::carafe", "CPU")
def _(features: torch.Tensor, masks: torch.Tensor, *sizes: int) -> torch.Tensor:
    return _run(features, masks, sizes)  # type: ignore[arg-type]


@torch.library.impl("swiftresample::carafe_backward", "CPU")
def _(grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor, *arguments: Any) -> Gradients:
    *sizes, wanted = arguments
    found = _run_backward(grad_output, features, masks, tuple(sizes), wanted)  # type: ignore[arg-type]
    return tuple(features.new_empty(0) if gradient is None else gradient for gradient in found)  # type: ignore[return-value]


@torch.library.register_fake("swiftresample::carafe")
def _(features: torch.Tensor, masks: torch.Tensor, *sizes: Any) -> torch.Tensor:
    if are_known(*features.shape, *masks.shape, *sizes):
        _output_shape(tuple(features.shape), tuple(masks.shape), sizes)  # type: ignore[arg-type]  # raises what there is
    batch, channels, height, width = features.shape
    return fake_empty((batch, channels, height * sizes[2], width * sizes[2]), features)


@torch.library.register_fake("swiftresample::carafe_backward")
def _(grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor, *arguments: Any) -> Gradients:  # noqa: ARG001
    wanted = arguments[-1]
    return (
        fake_empty(features.shape, features) if wanted[0] else features.new_empty(0),
        fake_empty(masks.shape, masks) if wanted[1] else features.new_empty(0),
    )


def _keep(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:  # noqa: ARG001
    ctx.save_for_backward(*inputs[:2])
    ctx.sizes = inputs[2:]


def _gradient(ctx: Any, grad_output: torch.Tensor) -> tuple[Any, ...]:
    wanted = ctx.needs_input_grad[:2]
    return *_differentiable_backward(grad_output, *ctx.saved_tensors, ctx.sizes, wanted), *[None] * 3


def _keep_backward(ctx: Any, inputs: tuple[Any, ...], output: Gradients) -> None:  # noqa: ARG001
    ctx.save_for_backward(*inputs[:3])
    ctx.sizes, ctx.wanted = inputs[3:6], inputs[6]


def _gradient_of_backward(ctx: Any, *gradients: torch.Tensor) -> tuple[Any, ...]:
    given = [gradient if want else None for gradient, want in zip(gradients, ctx.wanted)]
    return *_second(*ctx.saved_tensors, ctx.sizes, given, ctx.needs_input_grad), *[None] * 4


torch.library.register_autograd("swiftresample::carafe", _gradient, setup_context=_keep)
torch.library.register_autograd("swiftresample::carafe_backward", _gradient_of_backward, setup_context=_keep_backward)


@torch.library.register_vmap("swiftresample::carafe")
def _(info: Any, in_dims: tuple[Any, ...], features: torch.Tensor, masks: torch.Tensor, *sizes: Any) -> tuple[Any, int]:
    batch = info.batch_size
    tensors = [folded(tensor, dim, batch) for tensor, dim in zip((features, masks), in_dims)]
    return unfolded(torch.ops.swiftresample.carafe(*tensors, *sizes), batch), 0


@torch.library.register_vmap("swiftresample::carafe_backward")
def _(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
    batch, wanted = info.batch_size, arguments[-1]
    tensors = [folded(tensor, dim, batch) for tensor, dim in zip(arguments[:3], in_dims)]
    found = torch.ops.swiftresample.carafe_backward(*tensors, *arguments[3:])
    return (
        tuple(unfolded(gradient, batch) if want else gradient for gradient, want in zip(found, wanted)),
        tuple(0 if want else None for want in wanted),
    )
