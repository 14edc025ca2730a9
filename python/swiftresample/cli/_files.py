"""Arrays to be looked at, from .npy files and from images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import _images
from ._common import CommandError
from ._resampling import as_tensor, spatial_axes

if TYPE_CHECKING:
    from ._common import Array


def read_array(name: str) -> Array:
    """Return the array of a .npy file, or the samples (H, W) or (H, W, C) of an image."""
    path = Path(name)
    suffix = path.suffix.lower()
    if suffix not in (".npy", *_images.FORMATS):
        raise CommandError(f"{name} is neither .npy nor an image: {', '.join(_images.FORMATS)}")
    try:
        if suffix == ".npy":
            array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
            if array.dtype.kind not in "biufc":
                raise ValueError(f"its dtype is {array.dtype}")
            return array
        samples = _images.read(path, "TIFF", nearest=False).samples
        return samples[..., 0] if samples.shape[2] == 1 else samples
    except FileNotFoundError:
        raise CommandError(f"{name} does not exist") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # SyntaxError: Pillow's, of broken PNG
        raise CommandError(f"{name} cannot be read: {error}") from None


def read_tensor(name: str, layout: str | None) -> Array:
    """Return a view (N, C, ...) of an array or image, whose last axes are space."""
    array = read_array(name)
    if layout is None and Path(name).suffix.lower() in _images.FORMATS:
        layout = "image"
    try:
        return as_tensor(array, spatial_axes(array.shape, layout))
    except ValueError as error:
        raise CommandError(f"{name}: {error}") from None


def differences(a: Array, b: Array) -> Array:
    """Return the magnitudes of the differences: NaN and NaN are equal, NaN and a number differ by infinity."""
    first, second = (x.astype(np.complex128 if np.iscomplexobj(x) else np.float64) for x in (a, b))
    with np.errstate(invalid="ignore"):
        result: Array = np.abs(first - second)
    missing = np.isnan(first), np.isnan(second)
    result[(first == second) | (missing[0] & missing[1])] = 0
    result[np.isnan(result)] = np.inf
    large = (result == 0) & (a != b) & ~(missing[0] & missing[1])  # integers beyond 2**53
    result[large] = 1
    return result
