"""Pillow's ``Image.resize`` and ``Image.reduce`` [1]_, bit for bit, for arrays.

An array is what ``numpy.asarray`` makes of an image: (H, W) of uint8 (Pillow's L), uint16 (I;16), int32 (I) or float32
(F), or (H, W, C) of uint8 with any number of channels (RGB, RGBA and others). Sizes and boxes are Pillow's, x first.

References
----------
.. [1] https://pillow.readthedocs.io/en/stable/reference/Image.html

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> photo = np.zeros((480, 640, 3), dtype=np.uint8)
>>> sr.pillow.resize(photo, (160, 120)).shape
(120, 160, 3)
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import execute, operands, output_array, through_numpy
from ._library import library
from ._options import exact_integer, exact_number, exact_numbers, exact_per_axis, kept
from ._resize import resize as resize_by_plan
from ._structures import PillowResizeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._dlpack import ArrayT

__all__ = ["reduce", "resize"]

# The numbers of PIL.Image.Resampling, which are taken as well.
_FILTERS = {
    "nearest": 0,
    "lanczos": 1,
    "bilinear": 2,
    "bicubic": 3,
    "box": 4,
    "hamming": 5,
    "mks2013": 6,
    "mks2021": 7,
}
# The channels of Pillow's modes that arrays come from, and which it multiplies by the last of them.
_CHANNELS = {
    **dict.fromkeys(("L", "P", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"), 1),
    **dict.fromkeys(("LA", "La", "PA"), 2),
    **dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), 3),
    **dict.fromkeys(("RGBA", "RGBa", "RGBX", "CMYK"), 4),
}
_ALPHA = ("LA", "RGBA")


def resize(
    image: ArrayT,
    size: Sequence[int],
    resample: str | int = "bicubic",
    box: Sequence[float] | None = None,
    reducing_gap: float | None = None,
    *,
    mode: str | None = None,
    release: str | None = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Resize an image as Pillow's ``Image.resize`` does [1]_, bit for bit.

    Parameters
    ----------
    image : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (H, W) or (H, W, C), with any strides: uint8, uint16, int32 or float32.
    size : (int, int)
        Width and height of the result.
    resample : str or int, optional
        ``"nearest"``, ``"box"``, ``"bilinear"``, ``"hamming"``, ``"bicubic"``, ``"lanczos"``, ``"mks2013"``,
        ``"mks2021"``, or a ``PIL.Image.Resampling``.
    box : (float, float, float, float), optional
        Left, upper, right and lower edge of the part that is resized; the whole image by default.
    reducing_gap : float, optional
        At least 1: the image is averaged first, to no less than so many times the size of the result.
    mode : str, optional
        The image's mode in Pillow. Images of two channels and of four are taken for ``"LA"`` and ``"RGBA"``, whose
        colours Pillow multiplies by their alpha; others, ``"RGBX"`` and ``"CMYK"`` for instance, say so. The indices
        of ``"P"`` are resized by nearest, whatever the filter.
    release : str, optional
        Of Pillow, ``"10.4"`` for instance, whose bits are wanted. By default they are those of the newest known here,
        13.0, which resamples heights before widths in many cases.
    out : numpy.ndarray, optional
        Where to put the result: of its shape and the image's dtype, with any strides that keep its elements apart. It
        may not overlap the image.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array: (height, width) or (height, width, C).

    Raises
    ------
    ValueError
        For sizes below 1, boxes that leave the image or are empty, unknown filters, and modes that are unknown or have
        another number of channels.
    TypeError
        For other dtypes, and arguments of the wrong type.

    References
    ----------
    .. [1] https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.pillow.resize(np.array([[0, 100, 200, 250]], dtype=np.uint8), (2, 1), "bilinear")
    array([[ 71, 207]], dtype=uint8)
    """
    width, height = size if type(size) is tuple and len(size) == 2 else _pair(size)
    edges = () if box is None else exact_numbers("box", box)
    if box is not None and len(edges) != 4:
        raise ValueError(f"box must have 4 entries, got {len(edges)}")
    # As Pillow does with the indices of colours.
    filter = "nearest" if mode == "P" else resample
    options = _options(width, height, filter, _has_alpha(image, mode), release, reducing_gap, *edges)
    return resize_by_plan(library.rsmp_plan_create_pillow_resize, "image", image, options, out)


def reduce(
    image: ArrayT,
    factor: int | Sequence[int],
    box: Sequence[int] | None = None,
    *,
    mode: str | None = None,
    release: str | None = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Average cells of an image as Pillow's ``Image.reduce`` does [1]_, bit for bit.

    Parameters
    ----------
    image : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (H, W) or (H, W, C), with any strides: uint8, int32 or float32.
    factor : int or (int, int)
        The width and the height of a cell. Cells at the right and at the bottom may be smaller.
    box : (int, int, int, int), optional
        Left, upper, right and lower edge of the part that is averaged; the whole image by default.
    mode, release : str, optional
        As for `resize`.
    out : numpy.ndarray, optional
        As for `resize`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array.

    Raises
    ------
    ValueError
        For factors below 1, boxes that leave the image or are empty, and modes as for `resize`, ``"P"`` included.
    TypeError
        For other dtypes, and arguments of the wrong type.

    References
    ----------
    .. [1] https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.reduce

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.pillow.reduce(np.array([[0, 100, 200, 250]], dtype=np.uint8), (2, 1))
    array([[ 50, 225]], dtype=uint8)
    """
    array: Any = image
    if type(array) is not np.ndarray:

        def reduced(array: Any, *, out: Any = None) -> Any:
            return reduce(array, factor, box, mode=mode, release=release, out=out)

        return through_numpy(reduced, "image", image, out=out)
    factors = exact_per_axis("factor", factor, 2)
    if len(factors) != 2 or min(factors) < 1:
        raise ValueError(f"factor must be one or two integers of at least 1, got {factor!r}")
    (array,) = operands(image=array)
    if mode == "P":
        raise ValueError("the indices of a palette, mode 'P', have no mean")
    height, width = (*array.shape, 0, 0)[:2]
    edges = (0, 0, width, height) if box is None else exact_per_axis("box", box, 4)
    if len(edges) != 4:
        raise ValueError(f"box must have 4 entries, got {len(edges)}")
    left, upper, right, lower = edges
    if not (0 <= left < right <= width and 0 <= upper < lower <= height):  # before there is an array of its size
        raise ValueError(f"box must be a part of the image that is not empty, got {edges} of {width} x {height}")
    columns, rows = -((left - right) // factors[0]), -((upper - lower) // factors[1])
    number, has_alpha = _release(release), _has_alpha(array, mode)
    if factors == (1, 1) and not 0 < number < 1300:  # a crop, without multiplying by alpha
        has_alpha = 0
    memory = output_array(out, array, (rows, columns, *array.shape[2:]))
    bounds = (ctypes.c_int64 * 4)(*edges)
    execute(library.rsmp_pillow_reduce, [array], *factors, bounds, has_alpha, outputs=[memory])
    return memory if out is None else out  # type: ignore[return-value]


@kept
def _options(
    width: Any, height: Any, filter: Any, has_alpha: int, release: Any, reducing_gap: Any, *box: float
) -> PillowResizeOptions:
    width, height = exact_per_axis("size", (width, height), 2)
    options = PillowResizeOptions(
        struct_size=ctypes.sizeof(PillowResizeOptions),
        resample=_filter(filter),
        has_alpha=has_alpha,
        release=_release(release),
        width=width,
        height=height,
    )
    if box:
        options.has_box = 1
        options.box[:] = box
    if reducing_gap is not None:
        gap = exact_number("reducing_gap", reducing_gap)
        if not gap >= 1:
            raise ValueError(f"reducing_gap must be at least 1, got {reducing_gap!r}")
        options.reducing_gap = gap
    return options


def _pair(size: Any) -> tuple[int, int]:
    entries = exact_per_axis("size", size, 2) if hasattr(size, "__len__") and len(size) == 2 else ()
    if len(entries) != 2:
        raise ValueError(f"size must be (width, height), got {size!r}")
    return entries[0], entries[1]


def _filter(resample: Any) -> int:
    if isinstance(resample, str):
        if resample.lower() not in _FILTERS:
            raise ValueError(f"resample must be one of {', '.join(map(repr, _FILTERS))}, got {resample!r}")
        return _FILTERS[resample.lower()]
    number = exact_integer("resample", resample)
    if number not in _FILTERS.values():
        raise ValueError(f"resample must be a filter of Pillow, 0 to {max(_FILTERS.values())}, got {number}")
    return number


def _has_alpha(image: Any, mode: str | None) -> int:
    shape: tuple[int, ...] = getattr(image, "shape", ())
    if mode is not None:
        if mode not in _CHANNELS:
            raise ValueError(f"mode must be one of {', '.join(map(repr, _CHANNELS))}, got {mode!r}")
        if len(shape) in (2, 3) and _CHANNELS[mode] != (*shape, 1)[2]:
            raise ValueError(f"an image of mode {mode!r} has {_CHANNELS[mode]} channels, this one {(*shape, 1)[2]}")
        return int(mode in _ALPHA)
    return int(len(shape) == 3 and shape[2] in (2, 4) and str(getattr(image, "dtype", "")).endswith("uint8"))


def _release(release: str | None) -> int:
    if release is None:
        return 0
    found = re.match(r"([0-9]{1,6})\.([0-9]{1,2})(?![0-9])", release) if isinstance(release, str) else None
    if found is None:
        raise ValueError(f"release must be a version of Pillow, '10.4' for instance, got {release!r}")
    return 100 * int(found[1]) + int(found[2])
