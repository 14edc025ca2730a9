"""JAX's ``image.resize`` and ``image.scale_and_translate`` [1]_, for NumPy arrays as for JAX's own.

Results are JAX's on a CPU, within the rounding of float32; those of nearest are the same. float64 stays float64, with
coordinates and weights of float64, as in JAX where ``jax_enable_x64`` is set: elsewhere JAX computes it as float32.

References
----------
.. [1] https://docs.jax.dev/en/latest/jax.image.html

Examples
--------
>>> import numpy as np
>>> import swiftresample as sr
>>> image = np.zeros((480, 640, 3), dtype=np.float32)
>>> sr.jax.resize(image, (120, 160, 3), "bilinear").shape
(120, 160, 3)
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from ._library import library
from ._options import choice, exact_shape, flag, kept
from ._resize import resize as resize_by_plan
from ._structures import MAX_AXES, JaxResizeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsFloat, SupportsIndex

    from ._dlpack import ArrayT

__all__ = ["resize", "scale_and_translate"]

_METHODS = {
    "nearest": 0,
    "linear": 1,
    "bilinear": 1,
    "trilinear": 1,
    "triangle": 1,
    "cubic": 2,
    "bicubic": 2,
    "tricubic": 2,
    "lanczos3": 3,
    "lanczos5": 4,
    "cubic-pytorch": 5,
    "bicubic-pytorch": 5,
    "area": 6,
}
_NEAREST = _METHODS["nearest"]
_FLAGS = {False: 0, True: 1}


def resize(
    image: ArrayT,
    shape: Sequence[SupportsIndex],
    method: str,
    antialias: bool = True,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Resize any axes of an array, as ``jax.image.resize`` does [1]_.

    Parameters
    ----------
    image : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        1 to 8 axes, any strides, any real dtype; nearest takes complex ones as well.
    shape : sequence of int
        That of the result. At most three axes may change.
    method : str
        ``"nearest"``, ``"linear"`` (or ``"bilinear"``, ``"trilinear"``, ``"triangle"``), ``"cubic"`` (``"bicubic"``,
        ``"tricubic"``), ``"lanczos3"``, ``"lanczos5"``, ``"cubic-pytorch"`` (``"bicubic-pytorch"``) or ``"area"``. JAX
        before 0.5 does not have the last two.
    antialias : bool, optional
        Whether filters are stretched where an axis shrinks: unlike elsewhere, they are by default. Nearest and area do
        not look at it, and cubic-pytorch is cubic where it is set.
    out : numpy.ndarray, optional
        Where to put the result: an array of its shape and dtype, with any strides that keep its elements apart, that
        does not overlap `image`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array: of the image's dtype for nearest and for floating-point numbers, else of
        float32.

    Raises
    ------
    ValueError
        For a shape of another number of axes, sizes below 1, unknown methods, and an `out` that cannot be written.
    TypeError
        For arguments of the wrong type, and dtypes that the method does not take.
    NotImplementedError
        For more than three axes that change.

    References
    ----------
    .. [1] https://docs.jax.dev/en/latest/_autosummary/jax.image.resize.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> sr.jax.resize(np.array([1, 2, 3, 4], dtype=np.uint8), (2,), "linear").round(4)
    array([1.7143, 3.2857], dtype=float32)
    >>> sr.jax.resize(np.array([1, 2, 3, 4], dtype=np.uint8), (2,), "linear", antialias=False)
    array([1.5, 3.5], dtype=float32)
    """
    return _resized(image, _options(image, shape, method, antialias), out)


def scale_and_translate(
    image: ArrayT,
    shape: Sequence[SupportsIndex],
    spatial_dims: Sequence[SupportsIndex],
    scale: Sequence[SupportsFloat],
    translation: Sequence[SupportsFloat],
    method: str,
    antialias: bool = True,
    *,
    out: ArrayT | None = None,
) -> ArrayT:
    """Scale and move an array, as ``jax.image.scale_and_translate`` does [1]_.

    Position p of the input, whose first sample covers 0 to 1, goes to ``p * scale + translation``. What comes from
    outside the input is 0; cubic-pytorch without antialias goes on with its outer samples, as if there were two more of
    each.

    Parameters
    ----------
    image : numpy.ndarray, or any array on the CPU with ``__dlpack__``
        As for `resize`.
    shape : sequence of int
        That of the result; it differs from the image's on `spatial_dims` alone.
    spatial_dims : sequence of int
        At most three axes, from the last, -1, where they are negative.
    scale : sequence of float
        An entry for each of them, from 1e-6 to 1e6.
    translation : sequence of float
        An entry for each of them, from -1e9 to 1e9.
    method : str
        As for `resize`, but for ``"nearest"``.
    antialias : bool, optional
        As for `resize`.
    out : numpy.ndarray, optional
        As for `resize`.

    Returns
    -------
    numpy.ndarray
        `out`, or a new contiguous array, of the dtypes of `resize`.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        As `resize`.

    References
    ----------
    .. [1] https://docs.jax.dev/en/latest/_autosummary/jax.image.scale_and_translate.html

    Examples
    --------
    >>> import numpy as np
    >>> import swiftresample as sr
    >>> image = np.array([1, 2, 3, 4], dtype=np.float32)
    >>> sr.jax.scale_and_translate(image, (6,), [0], [1.0], [1.5], "linear")
    array([0. , 1. , 1.5, 2.5, 3.5, 4. ], dtype=float32)
    """
    options = JaxResizeOptions.from_buffer_copy(_options(image, shape, method, antialias))
    options.scales_and_translates = 1
    axes = exact_shape("spatial_dims", spatial_dims)
    if len(axes) > MAX_AXES:
        raise ValueError(f"spatial_dims must have at most {MAX_AXES} entries, got {len(axes)}")
    options.axis_count = len(axes)
    options.axes[: len(axes)] = axes
    options.scales[: len(axes)] = _numbers("scale", scale, len(axes))
    options.translations[: len(axes)] = _numbers("translation", translation, len(axes))
    return _resized(image, options, out)


def _options(image: Any, shape: Any, method: Any, antialias: Any) -> JaxResizeOptions:
    lengths = shape if type(shape) is tuple else exact_shape("shape", shape)
    options: JaxResizeOptions = _kept_options(getattr(image, "ndim", None), method, antialias, *lengths)
    return options


@kept
def _kept_options(axes: int | None, method: Any, antialias: Any, *shape: Any) -> JaxResizeOptions:
    lengths = exact_shape("shape", shape)
    if axes is not None and (len(lengths) != axes or axes > MAX_AXES):
        raise ValueError(
            f"shape must have an entry for each of the image's axes, at most {MAX_AXES}, got {len(lengths)} for {axes}"
        )
    options = JaxResizeOptions(
        struct_size=ctypes.sizeof(JaxResizeOptions),
        method=choice("method", method, _METHODS),
        antialias=flag("antialias", antialias, _FLAGS),
    )
    options.shape[: len(lengths)] = lengths
    return options


def _numbers(name: str, values: Any, count: int) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a sequence of numbers, got {values!r}") from None
    if len(numbers) != count:
        raise ValueError(f"{name} must have an entry for each of the {count} spatial_dims, got {len(numbers)}")
    return numbers


def _resized(image: ArrayT, options: JaxResizeOptions, out: ArrayT | None) -> ArrayT:
    result_dtype = None if options.method == _NEAREST else _result_dtype
    return resize_by_plan(library.rsmp_plan_create_jax_resize, "image", image, options, out, result_dtype)


def _result_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Integers become float32."""
    return np.dtype(np.float32) if dtype.kind in "biu" else dtype
