"""Arguments of the layers: checked once, when a layer is made or called."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, SupportsIndex, cast

from .._arrays import as_array, through_numpy
from .._options import exact_integer, exact_per_axis

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from numpy.typing import NDArray

    from .._conv_transpose import PerAxis

    ForwardT = TypeVar("ForwardT", bound=Callable[..., Any])

_AXES = {1: "W", 2: "H, W", 3: "D, H, W"}


def at_least(least: int, name: str, value: SupportsIndex) -> int:
    """Return `value` as an int that is not less than `least`, or raise."""
    integer = exact_integer(name, value)
    if integer < least:
        raise ValueError(f"{name} must be at least {least}, got {integer}")
    return integer


def per_axis(least: int, name: str, value: PerAxis, axes: int) -> tuple[int, ...]:
    """Return one integer for each spatial axis, none less than `least`, or raise."""
    entries = exact_per_axis(name, value, axes)
    if len(entries) != axes:
        raise ValueError(f"{name} must be an integer or have {axes} entries, got {len(entries)}")
    if min(entries) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return entries


def of_any_kind(forward: ForwardT) -> ForwardT:
    """Let a layer's `forward` take an array of any library; it is given a plain one, and its result given back."""

    @functools.wraps(forward)
    def wrapped(self: Any, input: Any, *arguments: Any, **options: Any) -> Any:
        return through_numpy(functools.partial(forward, self), "input", input, *arguments, **options)

    return cast("ForwardT", wrapped)


def feature_maps(value: NDArray[Any], channels: int, axes: int = 2, without_batch: bool = True) -> NDArray[Any]:
    """Return `value` as a plain array with that many channels and spatial axes, or raise."""
    input = as_array("input", value)
    if input.ndim != axes + 2 and not (without_batch and input.ndim == axes + 1):
        allowed = f"{axes + 2}-D (N, C, {_AXES[axes]})"
        if without_batch:
            allowed += f" or {axes + 1}-D (C, {_AXES[axes]})"
        raise ValueError(f"input must be {allowed}, got {input.ndim}-D")
    if input.shape[-axes - 1] != channels:
        raise ValueError(f"input must have {channels} channels, got {input.shape[-axes - 1]} in shape {input.shape}")
    return input
