"""Resampling as the command offers it: for pictures, with transparency, and for arrays of any rank."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank

from ._common import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._common import Array
    from ._picture import Picture

LAYOUTS = ("torch", "image", "last1", "last2", "last3")


@dataclasses.dataclass(frozen=True)
class Request:
    """The arguments of interpolate, before the rank is known."""

    size: tuple[int, ...] | None
    scale: tuple[float, ...] | None
    mode: str
    align_corners: bool | None
    antialias: bool | None

    def antialias_for(self, images: bool) -> bool:
        """Whether to antialias: as asked, or else for images where the mode can and corners are not to be aligned."""
        mode = MODES[self.mode]
        if mode.needs_antialias:
            return True
        if self.antialias is not None:
            return self.antialias
        return images and mode.can_antialias and not self.align_corners

    def filter_for(self, images: bool) -> Filter:
        """Return the filter, for images or for arrays."""
        return Filter(self.mode, self.align_corners, self.antialias_for(images))

    @property
    def copies(self) -> bool:
        """Whether samples are copied instead of weighted."""
        return MODES[self.mode].copies

    def output_lengths(self, lengths: Sequence[int]) -> tuple[int, ...]:
        """Return the lengths that axes of these lengths become, or raise ValueError."""
        given: tuple[Any, ...] = self.size or self.scale or ()
        if len(given) not in (1, len(lengths)):
            raise ValueError(f"{len(given)} entries of size or scale for {len(lengths)} axes")
        given = given * len(lengths) if len(given) == 1 else given
        if self.size:
            return tuple(given)
        results = [length * factor for length, factor in zip(lengths, given)]
        for length, factor, result in zip(lengths, given, results):
            if not 1 <= result < 2**31:
                raise ValueError(f"{length} samples times {factor:g} are {result:g}: an axis has 1 to 2147483647")
        return tuple(map(int, results))

    def run(self, tensor: Array, images: bool) -> Array:
        """Resample (N, C, ...)."""
        lengths = tensor.shape[2:]
        self.output_lengths(lengths)
        size, scale = self.size, self.scale
        if size and len(size) == 1:
            size *= len(lengths)
        if scale and len(scale) == 1:
            scale *= len(lengths)
        mode = mode_of_rank(self.mode, len(lengths))
        result: Array = sr.interpolate(tensor, size, scale, mode, self.align_corners, None, self.antialias_for(images))
        return result


def resample_picture(picture: Picture, request: Request) -> None:
    """Resample a picture in place: as PyTorch does its samples, but colours weighted by alpha where that varies."""
    samples = picture.samples
    if picture.marks_missing and not request.copies:
        raise ValueError("some of its samples may be missing (GDAL_NODATA), which have no weight: choose nearest")
    if request.copies or picture.is_opaque:
        picture.samples = _channels_last(samples, request)
        return
    alpha = samples[..., -1:]
    weights = alpha.astype(np.float32 if samples.dtype == np.uint8 else np.float64)
    weighted = np.concatenate([samples[..., :-1] * weights, weights], axis=-1)
    result = _channels_last(weighted, request)
    covers = result[..., -1:] > 0
    colours = np.divide(result[..., :-1], result[..., -1:], out=np.zeros_like(result[..., :-1]), where=covers)
    picture.samples = np.concatenate(
        [
            np.rint(colours).clip(0, np.iinfo(samples.dtype).max).astype(samples.dtype),
            _channels_last(np.ascontiguousarray(alpha), request),
        ],
        axis=-1,
    )


def _channels_last(samples: Array, request: Request) -> Array:
    tensor = samples.transpose(2, 0, 1)[None]
    is_of_32_bits = samples.dtype == np.uint32 and not request.copies
    result: Array = request.run(tensor.astype(np.float64) if is_of_32_bits else tensor, images=True)
    if is_of_32_bits:  # which the library does not weigh: as it does int32
        result = np.rint(result).clip(0, np.iinfo(np.uint32).max).astype(np.uint32)
    picture: Array = result[0].transpose(1, 2, 0)
    return picture


# ---- Arrays ----------------------------------------------------------------------------------------------------------


def spatial_axes(shape: Sequence[int], layout: str | None) -> tuple[int, ...]:
    """Return which axes of an array are resampled, or raise ValueError."""
    rank = len(shape)
    if layout is None:
        if rank > 5:
            raise ValueError(f"it has {rank} axes: say by --layout last1, last2 or last3 which of them are space")
        layout = "torch" if rank > 2 else f"last{rank}"
    if layout == "torch":
        if not 3 <= rank <= 5:
            raise ValueError(f"it has {rank} axes, and PyTorch's layout (N, C, ...) has 3 to 5")
        return tuple(range(2, rank))
    if layout == "image":
        if rank != 2 and not (rank == 3 and 1 <= shape[2] <= 4):
            raise ValueError(f"its shape {tuple(shape)} is neither (H, W) nor (H, W, C) with 1 to 4 channels")
        return (0, 1)
    count = int(layout[-1])
    if rank < count or count == 0:
        raise ValueError(f"it has {rank} axes, fewer than {max(count, 1)}")
    return tuple(range(rank - count, rank))


def as_tensor(array: Array, axes: Sequence[int]) -> Array:
    """Return a view (N, C, ...) of the array, or a copy where there is no view."""
    if axes == (0, 1) and array.ndim == 3:
        return array.transpose(2, 0, 1)[None]
    others = array.shape[: axes[0]]
    if len(others) == 2:
        return array
    tensor: Array = array.reshape(math.prod(others), 1, *(array.shape[axis] for axis in axes))
    return tensor


def resample_array(array: Array, request: Request, layout: str | None) -> Array:
    """Resample an array of any rank."""
    axes = spatial_axes(array.shape, layout)
    result: Array = request.run(as_tensor(array, axes), images=False)
    is_image = axes == (0, 1) and array.ndim == 3
    return result[0].transpose(1, 2, 0) if is_image else result.reshape(*array.shape[: axes[0]], *result.shape[2:])
