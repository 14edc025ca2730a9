"""TensorFlow's ``image.resize`` [1]_, and ``compat.v1.image.resize_bilinear`` and its like, for arrays.

Results are TensorFlow's on a CPU, within the rounding of float32; those of nearest are the same.

References
----------
.. [1] https://www.tensorflow.org/api_docs/python/tf/image/resize

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> photo = np.zeros((480, 640, 3), dtype=np.uint8)
>>> sr.tensorflow.resize(photo, (120, 160)).shape
(120, 160, 3)
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from ._library import library
from ._options import choice, exact_shape, flag, kept
from ._resize import resize as resize_by_plan
from ._structures import TensorFlowResizeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from ._dlpack import ArrayT

__all__ = ["resize"]

_METHODS = {
    "bilinear": 0,
    "nearest": 1,
    "bicubic": 2,
    "area": 3,
    "lanczos3": 4,
    "lanczos5": 5,
    "gaussian": 6,
    "mitchellcubic": 7,
}
_NEAREST = _METHODS["nearest"]
_FLAGS = {False: 0, True: 1}
_HALF_PIXEL, _LEGACY, _ALIGN_CORNERS = range(3)


def resize(
    images: ArrayT,
    size: Sequence[SupportsIndex],
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    *,
    legacy: bool = False,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    out: ArrayT | None = None,
) -> ArrayT:
    """Resize images as ``tf.image.resize`` does [1]_.

    Parameters
    ----------
    images : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (H, W, C) or (N, H, W, C), any strides, any real dtype; nearest takes complex ones as well.
    size : (int, int)
        Height and width of the result.
    method : str, optional
        ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"area"``, ``"lanczos3"``, ``"lanczos5"``, ``"gaussian"`` or
        ``"mitchellcubic"``.
    preserve_aspect_ratio : bool, optional
        Whether the result has the largest size of the images' proportions within `size`.
    antialias : bool, optional
        Whether filters are stretched where an image shrinks; nearest and area do not look at it.
    legacy : bool, optional
        Whether to do what ``tf.compat.v1.image.resize_bilinear``, ``resize_nearest_neighbor``, ``resize_bicubic`` or
        ``resize_area`` do, which have the next two arguments.
    align_corners : bool, optional
        With `legacy`: the centres of the corner samples stay where they are.
    half_pixel_centers : bool, optional
        With `legacy`, and not for area: what TensorFlow 2 does.
    out : numpy.ndarray, optional
        Where to put the result: an array of its shape and dtype, with any strides that keep its elements apart, that
        does not overlap `images`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array: of the images' dtype for nearest, else of float32.

    Raises
    ------
    ValueError
        For sizes below 1, arguments that contradict one another, unknown methods, and an `out` that cannot be written.
    TypeError
        For arguments of the wrong type, and dtypes that the method does not take.

    References
    ----------
    .. [1] https://www.tensorflow.org/api_docs/python/tf/image/resize

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> row = np.array([1, 2, 3, 4], dtype=np.uint8).reshape(1, 4, 1)
    >>> sr.tensorflow.resize(row, (1, 2)).ravel()
    array([1.5, 3.5], dtype=float32)
    >>> sr.tensorflow.resize(row, (1, 2), antialias=True).ravel().round(4)
    array([1.7143, 3.2857], dtype=float32)
    >>> sr.tensorflow.resize(row, (1, 2), legacy=True).ravel()
    array([1., 3.], dtype=float32)
    """
    lengths = size if type(size) is tuple else exact_shape("size", size)
    if len(lengths) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}")
    options = _options(*lengths, method, antialias, legacy, align_corners, half_pixel_centers, preserve_aspect_ratio)
    result_dtype = None if options.method == _NEAREST else _float32
    return resize_by_plan(library.rsmp_plan_create_tensorflow_resize, "images", images, options, out, result_dtype)


@kept
def _options(
    height: Any,
    width: Any,
    method: Any,
    antialias: Any,
    legacy: Any,
    align_corners: Any,
    half_pixel_centers: Any,
    preserve_aspect_ratio: Any,
) -> TensorFlowResizeOptions:
    height, width = exact_shape("size", (height, width))
    return TensorFlowResizeOptions(
        struct_size=ctypes.sizeof(TensorFlowResizeOptions),
        method=choice("method", method, _METHODS),
        antialias=flag("antialias", antialias, _FLAGS),
        coordinates=_coordinates(method, legacy, align_corners, half_pixel_centers),
        preserve_aspect_ratio=flag("preserve_aspect_ratio", preserve_aspect_ratio, _FLAGS),
        height=height,
        width=width,
    )


def _coordinates(method: str, legacy: Any, align_corners: Any, half_pixel_centers: Any) -> int:
    aligns, has_half_pixels = (
        flag("align_corners", align_corners, _FLAGS),
        flag("half_pixel_centers", half_pixel_centers, _FLAGS),
    )
    if not flag("legacy", legacy, _FLAGS):
        if aligns or has_half_pixels:
            raise ValueError("align_corners and half_pixel_centers are arguments of legacy=True")
        return _HALF_PIXEL
    if aligns and has_half_pixels:
        raise ValueError("either align_corners or half_pixel_centers may be set, got both")
    if has_half_pixels and method == "area":
        raise ValueError("half_pixel_centers is no argument of area")
    if has_half_pixels and _METHODS[method] > _METHODS["area"]:
        raise ValueError(f"{method} is no method of legacy=True")
    return _ALIGN_CORNERS if aligns else _HALF_PIXEL if has_half_pixels else _LEGACY


def _float32(_: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(np.float32)
