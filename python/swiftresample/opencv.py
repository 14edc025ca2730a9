"""OpenCV's ``resize`` [1]_, for arrays: the same numbers under the same names.

Images are (H, W) or (H, W, C), sizes are OpenCV's, x before y.

References
----------
.. [1] https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html#ga47a974309e9102f5f08231edc7e7529d

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> photo = np.zeros((480, 640, 3), dtype=np.uint8)
>>> sr.opencv.resize(photo, (160, 120), interpolation="area").shape
(120, 160, 3)
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ._arrays import through_numpy
from ._library import library
from ._options import exact_integer, exact_per_axis, kept
from ._resize import resize as resize_by_plan
from ._structures import OpenCVResizeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._dlpack import ArrayT

__all__ = ["resize"]

# The numbers of cv2.INTER_..., which are taken as well.
_INTERPOLATIONS = {
    "nearest": 0,
    "linear": 1,
    "cubic": 2,
    "area": 3,
    "lanczos4": 4,
    "linear_exact": 5,
    "nearest_exact": 6,
}


def resize(
    src: ArrayT,
    dsize: Sequence[int] | None,
    fx: float = 0,
    fy: float = 0,
    interpolation: str | int = "linear",
    *,
    ipp: bool = True,
    release: str | None = None,
    out: ArrayT | None = None,
) -> ArrayT:
    """Resize an image as OpenCV's ``cv2.resize`` does [1]_.

    Bit for bit: ``"nearest"``, ``"nearest_exact"``; of integers ``"linear_exact"``, and ``"area"`` where it shrinks by
    whole factors; of uint8 ``"linear"``, ``"area"`` and ``"lanczos4"``. The others are within one unit of an integer,
    and within 3e-6 of the largest absolute sample (float64 with IPP: 1e-12), where builds of OpenCV themselves differ
    from one another.

    Parameters
    ----------
    src : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        (H, W) or (H, W, C), with any strides: uint8, uint16, int16, float32 or float64; every dtype for ``"nearest"``
        and ``"nearest_exact"``.
    dsize : (int, int) or None
        Width and height of the result. Unless both are above 0, `fx` and `fy` decide.
    fx, fy : float, optional
        The factors of width and height, where there is no `dsize`. Coordinates are computed from them, and not from the
        rounded size.
    interpolation : str or int, optional
        ``"nearest"``, ``"linear"``, ``"cubic"``, ``"area"``, ``"lanczos4"``, ``"linear_exact"``, ``"nearest_exact"``,
        or a ``cv2.INTER_...``.
    ipp : bool, optional
        True, the default: the numbers of opencv-python for x86-64, which leaves ``"linear"`` of everything but uint8,
        and ``"cubic"`` of everything but float64, to Intel's IPP, with coordinates in float64. False: those of OpenCV's
        own code, with coordinates in float32, which runs elsewhere: on other processors, in packages of Linux
        distributions, for images of two channels, and with ``OPENCV_IPP=disabled``. The two differ the more, the larger
        the image is.
    release : str, optional
        Of OpenCV, ``"4.6"`` for instance, whose ``"nearest_exact"`` is wanted: it changed in 4.8 and in 5.0. By default
        that of the newest known here, 5.0; nothing else depends on it.
    out : numpy.ndarray, optional
        Where to put the result: of its shape and dtype, with any strides that keep its elements apart. It may not
        overlap `src`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array: (height, width) or (height, width, C). As OpenCV's, it has no axis for one
        channel.

    Raises
    ------
    ValueError
        For empty images, sizes and factors that are not positive, unknown interpolations, and more than four channels
        for ``"area"`` by other than whole factors.
    TypeError
        For other dtypes, and arguments of the wrong type.

    References
    ----------
    .. [1] https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html#ga47a974309e9102f5f08231edc7e7529d

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.opencv.resize(np.array([[0, 100, 200, 250]], dtype=np.uint8), (2, 1), interpolation="area")
    array([[ 50, 225]], dtype=uint8)
    """
    array: Any = src
    if type(array) is not np.ndarray:

        def resized(array: Any, *, out: Any = None) -> Any:
            return resize(array, dsize, fx, fy, interpolation, ipp=ipp, release=release, out=out)

        return through_numpy(resized, "src", src, out=out)
    width, height = dsize if type(dsize) is tuple and len(dsize) == 2 else _size(dsize)
    options = _options(width, height, fx, fy, interpolation, ipp, release)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    result: ArrayT = resize_by_plan(library.rsmp_plan_create_opencv_resize, "src", array, options, out)
    return result


@kept
def _options(
    width: Any, height: Any, fx: Any, fy: Any, interpolation: Any, ipp: Any, release: Any
) -> OpenCVResizeOptions:
    width, height = exact_per_axis("dsize", (width, height), 2)
    return OpenCVResizeOptions(
        struct_size=ctypes.sizeof(OpenCVResizeOptions),
        interpolation=_interpolation(interpolation),
        release=_release(release),
        without_ipp=not ipp,
        width=width,
        height=height,
        fx=fx,
        fy=fy,
    )


def _size(dsize: Any) -> tuple[int, int]:
    if dsize is None:
        return 0, 0
    if not hasattr(dsize, "__len__") or len(dsize) != 2:
        raise ValueError(f"dsize must be (width, height) or None, got {dsize!r}")
    width, height = exact_per_axis("dsize", dsize, 2)
    return width, height


def _interpolation(interpolation: Any) -> int:
    if isinstance(interpolation, str):
        if interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"interpolation must be one of {', '.join(map(repr, _INTERPOLATIONS))}, got {interpolation!r}"
            )
        return _INTERPOLATIONS[interpolation]
    number = exact_integer("interpolation", interpolation)
    if number not in _INTERPOLATIONS.values():
        raise ValueError(f"interpolation must be one of OpenCV's, 0 to {max(_INTERPOLATIONS.values())}, got {number}")
    return number


def _release(release: str | None) -> int:
    if release is None:
        return 0
    found = re.match(r"(\d+)\.(\d+)", release) if isinstance(release, str) else None
    if found is None:
        raise ValueError(f"release must be a version of OpenCV, '4.8' for instance, got {release!r}")
    return min(100 * int(found[1]) + min(int(found[2]), 99), 2**31 - 1)
