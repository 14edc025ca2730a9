"""CARAFE's reassembly of features for PyTorch tensors, differentiable any number of times."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from .._arrays import shape_of
from .._library import library
from .._options import exact_integer
from ._memory_formats import empty, fake_empty
from ._operator import Operator, same_extra
from ._tensors import (
    are_known,
    autocast_to_float32,
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
    return _forward(sizes, features, masks)


# ---- Kernels ---------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _output_shape(features: tuple[int, ...], masks: tuple[int, ...], sizes: Sizes) -> tuple[int, ...]:
    for name, shape in (("features", features), ("masks", masks)):
        if len(shape) != 4:
            raise ValueError(f"{name} must be 4-D, got {len(shape)}-D")
    return shape_of(library.rsmp_carafe_shape, 4, lengths(features), lengths(masks), *sizes)


def _run(sizes: Sizes, features: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Return the reassembly of plain tensors."""
    check_dtypes(features=features, masks=masks)
    output = empty(_output_shape(features.shape, masks.shape, sizes), features)
    execute(library.rsmp_carafe, [features, masks], *sizes, outputs=[output])
    return output


def _run_backward(
    extra: tuple[Any, ...], grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor
) -> Gradients:
    """Return the gradients that are wanted of features and masks, given that of the output; plain tensors."""
    sizes, wanted = extra[:3], extra[3]
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


# ---- Gradients -------------------------------------------------------------------------------------------------------


def _gradient(
    sizes: Sizes, saved: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], wanted: Sequence[bool]
) -> Gradients:
    return _backward((*sizes, tuple(wanted)), *gradients, *saved)


def _gradient_of_backward(
    extra: tuple[Any, ...],
    saved: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor | None],
    wanted: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """Return the gradients of grad_output, features and masks, given those of the gradients of features and masks.

    As with conv_transpose, the sum of grad_output times the output is linear in each of the three.
    """
    sizes = extra[:3]
    grad_output, features, masks = saved
    of_features, of_masks = gradients
    for_output = for_features = for_masks = None
    if wanted[0]:
        for_output = _tangent(sizes, (features, masks), gradients)
    if wanted[1] and of_masks is not None:
        for_features, _ = _backward((*sizes, (True, False)), grad_output, features, of_masks)
    if wanted[2] and of_features is not None:
        _, for_masks = _backward((*sizes, (False, True)), grad_output, of_features, masks)
    return for_output, for_features, for_masks


def _tangent(sizes: Sizes, saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]) -> torch.Tensor:
    """Return the forward derivative: the sum of the outputs with one argument's tangent in its place."""
    features, masks = saved
    of_features, of_masks = tangents
    return total(
        None if of_features is None else _forward(sizes, of_features, masks),
        None if of_masks is None else _forward(sizes, features, of_masks),
    )


def _tangent_of_backward(
    extra: tuple[Any, ...], saved: Sequence[torch.Tensor], tangents: Sequence[torch.Tensor | None]
) -> Gradients:
    sizes, wanted = extra[:3], extra[3]
    grad_output, features, masks = saved
    of_output, of_features, of_masks = tangents
    if of_output is None:  # a result that is wanted has a tangent, be it 0
        of_output = torch.zeros_like(grad_output)
    for_features, for_masks = _backward((*sizes, wanted), of_output, features, masks)
    if wanted[0] and of_masks is not None:
        found, _ = _backward((*sizes, (True, False)), grad_output, features, of_masks)
        for_features = total(for_features, found)
    if wanted[1] and of_features is not None:
        _, found = _backward((*sizes, (False, True)), grad_output, of_features, masks)
        for_masks = total(for_masks, found)
    return for_features, for_masks


# ---- The operators ---------------------------------------------------------------------------------------------------


def _fake(features: torch.Tensor, masks: torch.Tensor, *sizes: Any) -> torch.Tensor:
    if are_known(*features.shape, *masks.shape, *sizes):
        return fake_empty(_output_shape(tuple(features.shape), tuple(masks.shape), sizes), features)
    batch, channels, height, width = features.shape
    return fake_empty((batch, channels, height * sizes[2], width * sizes[2]), features)


def _fake_backward(
    _grad_output: torch.Tensor, features: torch.Tensor, masks: torch.Tensor, *arguments: Any
) -> Gradients:
    *_, wanted = arguments
    return (
        fake_empty(features.shape, features) if wanted[0] else features.new_empty(0),
        fake_empty(masks.shape, masks) if wanted[1] else features.new_empty(0),
    )


_SCHEMA = "SymInt kernel_size, SymInt group_size, SymInt scale_factor"

_forward = Operator(
    f"carafe(Tensor features, Tensor masks, {_SCHEMA}) -> Tensor",
    tensors=2,
    run=_run,
    fake=_fake,
    gradient=_gradient,
    fold=same_extra,
    saved=2,
    tangent=_tangent,
)

_backward = Operator(
    f"carafe_backward(Tensor grad_output, Tensor features, Tensor masks, {_SCHEMA}, bool[] wanted) -> (Tensor, Tensor)",
    tensors=3,
    run=_run_backward,
    fake=_fake_backward,
    gradient=_gradient_of_backward,
    fold=same_extra,
    saved=3,
    tangent=_tangent_of_backward,
)
