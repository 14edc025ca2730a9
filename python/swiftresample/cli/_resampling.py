"""Resampling as the command offers it: for pictures, with transparency, and for arrays of any rank."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import swiftresample as sr
from swiftresample._modes import MODES, mode_of_rank

from ._common import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._common import Array
    from ._picture import Picture

_BAND = 1 << 25  # bytes of the rows that are read for a strip, about
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
        result: Array = sr.interpolate(tensor, *self._arguments(tensor.shape[2:], images))
        return result

    def plan(self, channels: int, dtype: Any, strip: Strip) -> sr.Plan:
        """Return the plan of a strip of a picture."""
        region = (strip.rows, None)
        return sr.Plan((1, channels, *strip.lengths), dtype, *self._arguments(strip.lengths, True), region=region)

    def _arguments(self, lengths: Sequence[int], images: bool) -> tuple[Any, ...]:
        """Return what interpolate is given for these lengths of the input."""
        self.output_lengths(lengths)
        size, scale = self.size, self.scale
        if size and len(size) == 1:
            size *= len(lengths)
        if scale and len(scale) == 1:
            scale *= len(lengths)
        mode = mode_of_rank(self.mode, len(lengths))
        return size, scale, mode, self.align_corners, None, self.antialias_for(images)


class Strip(NamedTuple):
    """Some rows of the output, and where the rows of the input begin of which they are made."""

    lengths: tuple[int, int]  # of the whole input
    rows: tuple[int, int]
    first: int = 0


def resample_picture(picture: Picture, request: Request) -> None:
    """Resample a picture in place: as PyTorch does its samples, but colours weighted by alpha where that varies."""
    _check(picture, request)
    picture.samples = _resampled(picture.samples, request, picture.is_opaque)


def _check(picture: Picture, request: Request) -> None:
    if picture.marks_missing and not request.copies:
        raise ValueError("some of its samples may be missing (GDAL_NODATA), which have no weight: choose nearest")


def _resampled(samples: Array, request: Request, is_opaque: bool, strip: Strip | None = None) -> Array:
    """Return resampled samples (H, W, C) of a picture, or a strip of them."""
    if request.copies or is_opaque:
        return _channels_last(samples, request, strip)
    alpha = samples[..., -1:]
    weights = alpha.astype(np.float32 if samples.dtype == np.uint8 else np.float64)
    weighted = np.concatenate([samples[..., :-1] * weights, weights], axis=-1)
    result = _channels_last(weighted, request, strip)
    covers = result[..., -1:] > 0
    colours = np.divide(result[..., :-1], result[..., -1:], out=np.zeros_like(result[..., :-1]), where=covers)
    return np.concatenate(
        [
            np.rint(colours).clip(0, np.iinfo(samples.dtype).max).astype(samples.dtype),
            _channels_last(np.ascontiguousarray(alpha), request, strip),
        ],
        axis=-1,
    )


def _channels_last(samples: Array, request: Request, strip: Strip | None) -> Array:
    dtype = _computed_in(samples.dtype, request)
    tensor = samples.astype(dtype, copy=False).transpose(2, 0, 1)[None]
    if strip is None:
        result: Array = request.run(tensor, images=True)
    else:
        plan = request.plan(samples.shape[2], tensor.dtype, strip)
        y, x = plan.source_region
        result = plan(tensor[:, :, y.start - strip.first : y.stop - strip.first, x])
    if dtype != samples.dtype:
        result = np.rint(result).clip(0, np.iinfo(np.uint32).max).astype(np.uint32)
    picture: Array = result[0].transpose(1, 2, 0)
    return picture


def _computed_in(dtype: np.dtype[Any], request: Request) -> np.dtype[Any]:
    """Return what samples are weighted as: the library has no uint32, and computes int32 in float64."""
    return np.dtype(np.float64) if dtype == np.uint32 and not request.copies else dtype


# ---- Strips ----------------------------------------------------------------------------------------------------------


def resample_rows(
    read: Callable[[int, int], Picture], lengths: tuple[int, int], bytes_of_row: int, request: Request
) -> Picture:
    """Return a picture resampled strip by strip, with the bits of the whole, of which `read` gives some rows at a time.

    Whether alpha varies is known of the whole alone: a picture with alpha is read twice.
    """
    height, width = request.output_lengths(lengths)
    at_once = max(1, _BAND // bytes_of_row)
    picture = read(0, 1)
    _check(picture, request)
    tops = range(0, lengths[0], at_once)
    is_opaque = not (picture.has_alpha and not request.copies) or all(
        read(top, min(top + at_once, lengths[0])).is_opaque for top in tops
    )
    dtype, channels = picture.samples.dtype, picture.samples.shape[2]
    # Colours that alpha weights are floats, and alpha itself are integers.
    weighted = [] if is_opaque else [np.dtype(np.float32), np.dtype(np.float64)]
    dtypes = [_computed_in(dtype, request), *weighted]
    rows = max(1, min(at_once, at_once * height // lengths[0]))

    def strips() -> Iterator[Array]:
        for top in range(0, height, rows):
            strip = Strip(lengths, (top, min(top + rows, height)))
            reads = [request.plan(channels, of, strip).source_region[0] for of in dtypes]
            first, stop = min(part.start for part in reads), max(part.stop for part in reads)
            yield _resampled(read(first, stop).samples, request, is_opaque, strip._replace(first=first))

    picture.samples = np.empty((0, width, channels), dtype)
    picture.strips, picture.height_of_strips = strips(), height
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
